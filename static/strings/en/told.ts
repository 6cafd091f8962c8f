/**
 * What one is told of, and how; and going somewhere quickly.
 *
 * @module
 */

/** In English. */
export const told = {
  level: {
    open: "Notifications of this room",
    title: (room: string) => `Notifications of ${room}`,
    what: "What you want to be told of",
    levels: {
      all: { name: "Every message", hint: "Whatever anybody writes here." },
      mentions: { name: "Mentions", hint: "Your @name, and answers to what you wrote." },
      none: { name: "Nothing", hint: "The room is shown without a number, too." },
    },
    everywhere: "Holds on all of your devices. How a device tells you is in your account.",
  },
  switcher: {
    title: "Go to",
    label: "A room or somebody's name",
    none: "Nothing of this name.",
  },
};
