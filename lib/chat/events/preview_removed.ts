import { defineEvent, refusesTarget } from "./event.ts";

/** `preview_removed`: a message shows no preview of its link any more. */
export const previewRemoved = defineEvent({
  kind: "preview_removed",
  type: "preview_removed",
  action: "retract",
  about: "a preview that was removed",
  fields: {
    target: { type: "target", column: "target", about: "the message" },
    edited: {
      type: "boolean",
      optional: true,
      computed: true,
      about: "`true` if its link is gone",
    },
  },
  state: {
    no_preview: { type: "boolean", about: "`true` once it was removed" },
  },
  refuses: (facts) =>
    refusesTarget(facts) ?? (facts.target === "own" || facts.asModerator ? null : "forbidden"),
  changes: ({ edited }) => ({ state: { preview: null, ...(edited ? {} : { no_preview: true }) } }),
});
