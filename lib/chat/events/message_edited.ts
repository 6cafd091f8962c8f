import { defineEvent, refusesTarget } from "./event.ts";

/** `message_edited`: the author of a message has changed its text. */
export const messageEdited = defineEvent({
  kind: "edit",
  type: "message_edited",
  action: "post",
  about: "a message whose text changed",
  fields: {
    target: { type: "target", column: "target", about: "the message" },
    text: {
      type: "text",
      wire: "message",
      column: "text",
      inTarget: true,
      about: "the text of the message as it is now",
    },
    mentions: {
      type: "texts",
      optional: true,
      computed: true,
      inTarget: true,
      about: "whom it mentions now",
    },
    mentionNames: {
      type: "texts",
      wire: "mention_names",
      optional: true,
      computed: true,
      inTarget: true,
      about: "the names by which it does",
    },
  },
  refuses: (facts) => refusesTarget(facts) ?? (facts.target === "own" ? null : "forbidden"),
  changes: ({ text, mentions = null, mentionNames = null, at }) => ({
    text,
    editedAt: at,
    state: { mentions, mention_names: mentionNames },
  }),
});
