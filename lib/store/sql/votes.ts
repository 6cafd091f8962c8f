/**
 * The votes in polls. How many users have voted for each option is stored with the message, so that
 * a page of messages need not count; the table `votes` has what each user has voted for.
 *
 * @module
 */
import type { Poll, Votes } from "../../chat/events/poll.ts";
import { definitionOf } from "../../chat/events/index.ts";
import type { Append, StoredMessage, VoteEntry, VotePage } from "../records.ts";
import { int, type Row, storedText, text } from "./rows.ts";

/** What a message says about its poll besides what it was sent with. */
export interface PollState {
  readonly poll?: Poll;
  readonly poll_closed?: number;
  readonly votes?: Votes;
}

/** The messages of a page that have votes. */
export function withVotes(messages: readonly StoredMessage[]): readonly StoredMessage[] {
  return messages.filter(({ state }) => state?.votes !== undefined);
}

/** Reads the column `options`. Anything but a list of numbers counts as an empty one. */
export function toOptions(row: Row | undefined): readonly number[] {
  if (row === undefined) return [];
  const options: unknown = JSON.parse(text(row, "options"));
  return Array.isArray(options) ? options.filter(Number.isSafeInteger) : [];
}

/**
 * Adds to messages what their reader has voted for.
 *
 * @param rows The reader's votes: `room`, `target` and `options` of each.
 */
export function withOwnVotes(
  messages: readonly StoredMessage[],
  rows: readonly Row[],
): readonly StoredMessage[] {
  if (rows.length === 0) return messages;
  const own = new Map(
    rows.map((row) => [placeOf(int(row, "room"), int(row, "target")), toOptions(row)]),
  );
  return messages.map((message) => {
    const mine = own.get(placeOf(message.room, message.seq));
    const { votes } = (message.state ?? {}) as PollState;
    if (mine === undefined || votes === undefined) return message;
    return { ...message, state: { ...message.state, votes: { ...votes, mine } } };
  });
}

/** The columns for `toVotePage`, of a vote `v` and its account `a`. */
export const LISTED_VOTE = "v.options, a.name, a.public_id";

/** Reads a page of votes. @param rows Up to one more than `limit`, in order. */
export function toVotePage(rows: readonly Row[], limit: number): VotePage {
  const entries = rows.slice(0, limit).map((row): VoteEntry => ({
    name: text(row, "name"),
    id: storedText(row, "public_id"),
    options: toOptions(row),
  }));
  return { entries, more: rows.length > limit };
}

function placeOf(room: number, seq: number): string {
  return `${room} ${seq}`;
}

/** Whether an event needs an open poll. The votes of an erased user leave closed polls as well. */
export function needsOpenPoll({ kind, whileClosed = false }: Append): boolean {
  return definitionOf(kind)?.needsPoll === true && !whileClosed;
}
