import { defineEvent, refusesTarget } from "./event.ts";

/** `reaction`: a member has added a reaction to a message, or removed it. */
export const reaction = defineEvent({
  kind: "reaction",
  type: "reaction",
  action: "respond",
  about: "a reaction that a member added to a message or removed",
  fields: {
    target: { type: "target", column: "target", about: "the message" },
    emoji: { type: "emoji", column: "emoji", about: "the emoji" },
    on: { type: "boolean", column: "state", about: "whether it was added" },
    count: {
      type: "number",
      optional: true,
      computed: true,
      about: "how many users have reacted with this emoji since; events before version 2 lack it",
    },
  },
  refuses: refusesTarget,
  changes: ({ emoji, on, count }) => ({
    reaction: { emoji, on, ...(count == null ? {} : { count }) },
  }),
});
