/**
 * What stands everywhere: the frame, the line to the server.
 *
 * @module
 */

/** In English. */
export const page = {
  app: "Hubbub",
  tagline: "Rooms for people who want to talk.",
  loading: "Loading…",
  close: "Close",
  done: "Done",
  cancel: "Cancel",
  dismiss: "Dismiss",
  copy: "Copy",
  copied: "Copied",
  remove: "Remove",
  optional: "optional",
  line: {
    connecting: "Connecting…",
    open: "Connected",
    closing: "Disconnecting…",
    closed: "Offline",
    retrying: (seconds: number) =>
      seconds <= 0 ? "Offline. Trying again…" : `Offline. Trying again in ${seconds} s`,
    tryNow: "Try now",
    kept: "What you write is kept and sent when you are back.",
  },
};
