import { defineEvent, refusesTarget } from "./event.ts";

/** `preview_added`: the server has looked up what a link in a message leads to. */
export const previewAdded = defineEvent({
  kind: "preview_added",
  type: "preview_added",
  action: "respond",
  about: "a preview of a link",
  fields: {
    target: { type: "target", column: "target", about: "the message" },
    preview: {
      type: "preview",
      optional: true,
      inTarget: true,
      about: "the preview of the message now",
    },
  },
  state: {
    preview: { type: "preview", about: "the preview of its link" },
  },
  refuses: (facts) => refusesTarget(facts) ?? (facts.target === "own" ? null : "forbidden"),
  changes: ({ preview }) => ({ state: { preview } }),
});
