import { defineEvent, refusesTarget } from "./event.ts";

/** `poll_closed`: the author of a poll, or a moderator, has closed it. */
export const pollClosed = defineEvent({
  kind: "poll_closed",
  type: "poll_closed",
  action: "respond",
  about: "a poll that its author or a moderator closed; one with `closes_at` closes by itself",
  fields: { target: { type: "target", about: "the message with the poll" } },
  state: { poll_closed: { type: "number", about: "when its poll was closed" } },
  needsPoll: true,
  refuses: (facts) =>
    refusesTarget(facts) ?? (facts.target === "own" || facts.asModerator ? null : "forbidden"),
  changes: ({ at }) => ({ state: { poll_closed: at } }),
});
