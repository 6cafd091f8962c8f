/**
 * What a poll is, and when it is closed. A poll belongs to its message and never changes; the votes
 * follow as events.
 *
 * @module
 */

/** A question with options, under a message. */
export interface Poll {
  readonly question: string;
  /** Two to ten different texts. A vote names them by index, from 0 on. */
  readonly options: readonly string[];
  /** Whether a user may vote for several options. */
  readonly multiple?: true;
  /** Whether nobody learns what a user has voted for. */
  readonly anonymous?: true;
  /** When it closes by itself, in milliseconds since the Unix epoch. */
  readonly closes_at?: number;
}

/** The votes in a poll: counts, however many users have voted. */
export interface Votes {
  /** How many users have voted for each option. */
  readonly counts: readonly number[];
  /** How many users have voted. */
  readonly voters: number;
  /** What the user who reads it has voted for, by index. */
  readonly mine?: readonly number[];
}

/** How many options a poll has at least and at most. */
export const POLL_OPTIONS = { min: 2, max: 10 } as const;

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

/** Whether a value is a poll, as it is stored. */
export function isPoll(value: unknown): value is Poll {
  if (!isObject(value)) return false;
  const { question, options, multiple, anonymous, closes_at } = value;
  return typeof question === "string" && Array.isArray(options) &&
    options.length >= POLL_OPTIONS.min && options.length <= POLL_OPTIONS.max &&
    options.every((option) => typeof option === "string") &&
    [multiple, anonymous].every((flag) => flag === undefined || flag === true) &&
    (closes_at === undefined || Number.isSafeInteger(closes_at));
}

/** Whether a value is the votes in a poll, as they are stored. */
export function isVotes(value: unknown): value is Votes {
  return isObject(value) && Array.isArray(value.counts) &&
    [...value.counts, value.voters].every(Number.isSafeInteger);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
