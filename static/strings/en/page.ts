/**
 * What stands everywhere: the frame, the line to the server.
 *
 * @module
 */

/** In English. */
export const page = {
  app: "Hubbub",
  loading: "Loading…",
  skip: "Skip to the messages",
  later: {
    title: "Not loaded",
    failed: "This part of the page could not be loaded. The server may have a newer one.",
    reload: "Reload the page",
  },
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
    catchingUp: "Catching up…",
    closing: "Disconnecting…",
    closed: "Offline",
    retrying: (seconds: number) =>
      seconds <= 0 ? "Offline. Trying again…" : `Offline. Trying again in ${seconds} s`,
    tryNow: "Try now",
    notIn: (room: string) => `You are not in ${room}.`,
    join: "Join",
    decline: "Not now",
    kept: "What you write is sent when you are back.",
    asOf: (when: string) => `As of ${when}.`,
  },
};
