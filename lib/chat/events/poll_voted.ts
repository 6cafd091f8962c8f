import { defineEvent, refusesTarget } from "./event.ts";

/** `poll_voted`: a member has voted in a poll, changed the vote, or taken it back. */
export const pollVoted = defineEvent({
  kind: "poll_voted",
  type: "poll_voted",
  action: "respond",
  about: "a vote in a poll, in place of the one that the member gave before",
  fields: {
    target: { type: "target", about: "the message with the poll" },
    options: {
      type: "numbers",
      about: "what the member votes for, by index; empty takes the vote back. " +
        "Empty on the wire if the poll is anonymous",
    },
    votes: {
      type: "votes",
      optional: true,
      computed: true,
      about:
        "the votes then: how many for each option (`counts`), and of how many users (`voters`)",
    },
    anonymous: {
      type: "boolean",
      optional: true,
      computed: true,
      about: "`true` if the poll is anonymous: then `sender` and `sender_id` are empty",
    },
  },
  state: { votes: { type: "votes", about: "the votes in its poll" } },
  needsPoll: true,
  refuses: refusesTarget,
  anonymized: ({ anonymous }) => anonymous ? { options: [] } : null,
  changes: ({ options, votes }) => ({ vote: { options, ...(votes ? { votes } : {}) } }),
});
