import { defineEvent, refusesTarget } from "./event.ts";

/** `message_deleted`: a message is gone. Only its place in the log remains. */
export const messageDeleted = defineEvent({
  kind: "delete",
  type: "message_deleted",
  action: "retract",
  about: "a message that was deleted by its author or a moderator, or because of its age",
  fields: {
    target: { type: "target", column: "target", about: "the message" },
    expired: {
      type: "boolean",
      optional: true,
      computed: true,
      sparse: true,
      about: "`true` if the server deleted it in the name of its author, because it was too old",
    },
  },
  refuses: (facts) =>
    refusesTarget(facts) ?? (facts.target === "own" || facts.asModerator ? null : "forbidden"),
  changes: () => ({ deleted: true }),
});
