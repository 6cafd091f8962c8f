/**
 * The rules of voting in a poll.
 *
 * @module
 */
import type { Poll, Votes } from "./poll.ts";

/** A message as far as it decides whether its poll is open. */
export interface Polled {
  readonly poll?: Poll | null | undefined;
  readonly poll_closed?: number | null | undefined;
}

/**
 * Why nobody can vote under a message.
 *
 * @param at The time of the vote, in milliseconds since the Unix epoch.
 * @returns `null` while its poll is open.
 */
export function refusesVote(
  { poll, poll_closed }: Polled,
  at: number,
): "no_such_poll" | "poll_closed" | null {
  if (!poll) return "no_such_poll";
  const isOver = poll.closes_at !== undefined && poll.closes_at <= at;
  return isOver || poll_closed ? "poll_closed" : null;
}

/** Whether a user can vote for options of a poll together. */
export function fitsPoll({ options, multiple }: Poll, chosen: readonly number[]): boolean {
  return (multiple || chosen.length <= 1) && new Set(chosen).size === chosen.length &&
    chosen.every((index) => index < options.length);
}

/**
 * The votes after one user has voted.
 *
 * @param before The votes before; `undefined` if nobody has voted yet.
 * @param old What the user had voted for; empty for nothing.
 * @param chosen What the user votes for instead.
 */
export function votesAfter(
  { options }: Poll,
  before: Votes | undefined,
  old: readonly number[],
  chosen: readonly number[],
): Votes {
  const had = new Set(old);
  const has = new Set(chosen);
  return {
    counts: options.map((_, index) =>
      (before?.counts[index] ?? 0) + Number(has.has(index)) - Number(had.has(index))
    ),
    voters: (before?.voters ?? 0) + Number(has.size > 0) - Number(had.size > 0),
  };
}
