/**
 * The commands about polls. A poll is part of its message and never changes; each vote is an event.
 *
 * @module
 */
import * as answer from "../chat/replies.ts";
import { fitsPoll } from "../chat/events/votes.ts";
import type { Refusal } from "../protocol/errors.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import { type Act, command, type CommandRows } from "./command.ts";
import { appendIn, eventOf, messageAt, moderatesMessage } from "./messages.ts";

/** The commands about polls. */
export const pollCommands: CommandRows<"vote" | "close_poll" | "list_votes"> = {
  vote: command({
    schema: clientFrames.vote,
    requires: "member",
    countsAsActivity: true,
    handle: vote,
  }),

  close_poll: command({
    schema: clientFrames.close_poll,
    requires: "member",
    countsAsActivity: true,
    handle: closePoll,
  }),

  list_votes: command({
    schema: clientFrames.list_votes,
    requires: "member",
    countsAsActivity: true,
    handle: listVotes,
  }),
};

/** Votes, if the poll has these options. Whether it is open is decided where the vote is stored. */
async function vote(act: Act<"vote", "member">): Promise<Refusal | void> {
  const { context, account, command, room } = act;
  const message = await messageAt(context, room, command.seq);
  const parted = context.partedFrom(room, account);
  if (parted !== null) return parted;
  const poll = message?.poll;
  if (poll && !fitsPoll(poll, command.options)) return { code: "bad_vote" };
  const event = eventOf("poll_voted", command);
  return appendIn(act, room, poll?.anonymous ? { ...event, anonymous: true } : event);
}

/** Closes a poll: the right to close another member's is read at the moment of the act. */
async function closePoll(act: Act<"close_poll", "member">): Promise<Refusal | void> {
  const { context, account, command, room } = act;
  const asModerator = await moderatesMessage(act);
  const parted = context.partedFrom(room, account);
  if (parted !== null) return parted;
  return appendIn(act, room, { ...eventOf("poll_closed", command), asModerator });
}

/** Lists who has voted for what: never in an anonymous poll. */
async function listVotes(act: Act<"list_votes", "member">): Promise<Refusal | void> {
  const { context, connection, account, command, room } = act;
  const message = await messageAt(context, room, command.seq);
  const page = await answer.voteList(context.store, account, room, command);
  const parted = context.partedFrom(room, account);
  if (parted !== null) return parted;
  if (message === null || message.deleted) return { code: "no_such_message" };
  if (!message.poll) return { code: "no_such_poll" };
  if (message.poll.anonymous) return { code: "anonymous_poll" };
  context.hub.tell(connection, page);
}
