/**
 * The commands about polls. A poll is part of its message and never changes; each vote is an event.
 *
 * @module
 */
import { fitsPoll } from "../chat/events/poll.ts";
import type { Refusal } from "../protocol/errors.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import { type Act, command, type CommandRows } from "./command.ts";
import { appendIn, authorOf, eventOf, messageAt } from "./messages.ts";

/** The commands about polls. */
export const pollCommands: CommandRows<"vote" | "close_poll"> = {
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
  const { context, connection, account, command, room } = act;
  const author = await authorOf(context, room, command.seq);
  const may = author === null
    ? null
    : await context.authorize(connection, "delete_message", { subject: author, room });
  const parted = context.partedFrom(room, account);
  if (parted !== null) return parted;
  const asModerator = may !== null && !("code" in may);
  return appendIn(act, room, { ...eventOf("poll_closed", command), asModerator });
}
