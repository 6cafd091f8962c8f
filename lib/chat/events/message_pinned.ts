import { defineEvent, refusesTarget } from "./event.ts";

/** `message_pinned`: a moderator of the room has pinned a message, or unpinned it. */
export const messagePinned = defineEvent({
  kind: "message_pinned",
  type: "message_pinned",
  action: "pin",
  about: "a message that a moderator pinned or unpinned",
  fields: {
    target: { type: "target", about: "the message" },
    on: { type: "boolean", about: "whether it was pinned" },
  },
  state: { pinned: { type: "boolean", about: "`true` while it is pinned" } },
  refuses: (facts) => refusesTarget(facts) ?? (facts.asModerator ? null : "forbidden"),
  changes: ({ on }) => ({ state: { pinned: on ? true : null } }),
});
