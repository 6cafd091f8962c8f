/**
 * What a poll is. A poll belongs to its message and never changes; the votes follow as events.
 *
 * @module
 */

/** A question with options, under a message. */
export interface Poll {
  readonly question: string;
  /** Two to ten different texts. A vote names them by index, from 0 on. */
  readonly options: readonly string[];
  /** Whether a user may vote for several options. */
  readonly multiple?: true | undefined;
  /** Whether nobody learns what a user has voted for. */
  readonly anonymous?: true | undefined;
  /** When it closes by itself, in milliseconds since the Unix epoch. */
  readonly closes_at?: number | undefined;
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
