/**
 * What one does with rooms in dialogs: making, finding, setting them.
 *
 * @module
 */
import { pluralIn } from "../plural.ts";

const plural = pluralIn("en");

/** In English. */
export const dialogs = {
  create: {
    title: "Create a room",
    name: "Name",
    nameHint: "Letters, digits, - and _",
    roomTitle: "Topic",
    kind: "Who can come in",
    public: "Everybody",
    publicHint: "Listed for everybody on this server.",
    private: "Only whom members invite",
    privateHint: "Not listed, and closed to others.",
    submit: "Create room",
  },
  browse: {
    title: "Public rooms",
    empty: "There are no public rooms yet.",
    members: (n: number) => plural(n, "member", "members"),
    join: "Join",
    open: "Open",
    filter: "Find a room",
    none: "No room of this name.",
  },
  direct: { title: "Write to somebody", name: "Their name", submit: "Start conversation" },
  invite: { title: "Invite to this room", name: "Their name", submit: "Invite" },
  level: {
    title: (room: string) => `Notifications of ${room}`,
    what: "What you want to be told of",
    levels: {
      all: { name: "Every message", hint: "Whatever anybody writes here." },
      mentions: { name: "Mentions", hint: "Your @name, and answers to what you wrote." },
      none: { name: "Nothing", hint: "The room is shown without a number, too." },
    },
    everywhere: "Holds on all of your devices. How a device tells you is in your account.",
  },
};
