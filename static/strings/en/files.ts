/**
 * Files under messages.
 *
 * @module
 */

/** In English. */
export const files = {
  files: {
    attach: "Attach files",
    drop: (room: string) => `Drop files here to send them to ${room}`,
    tray: "Files to send",
    remove: (name: string) => `Remove ${name}`,
    sending: (percent: number) => `${percent} %`,
    waiting: "Waits for the line",
    tooLarge: "This file is larger than the server accepts.",
    full: "There is no room for more files on this server.",
    off: "This server takes no files.",
    lost: "A file was not kept when the page was loaded anew. Attach it again.",
    tooMany: (n: number) => `A message can have at most ${n} files.`,
    open: (name: string) => `Show ${name}`,
    download: "Download",
    gone: "This file cannot be shown.",
    previous: "Previous picture",
    next: "Next picture",
    count: (n: number, of: number) => `${n} of ${of}`,
  },
};
