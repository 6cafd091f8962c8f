/**
 * The part of `Store` that erases accounts. The contract of `store.ts` holds here too.
 *
 * @module
 */
import type { Poll } from "../chat/events/poll.ts";
import type { Revoked } from "./people.ts";
import type { Account } from "./records.ts";

/** How many messages one step of an erasure looks at, of all senders. */
export const MESSAGES_A_STEP = 10_000;

/** How many messages, and how many reactions, one step of an erasure finds. */
export const FOUND_A_STEP = 200;

/**
 * For how long, in ms, no other instance takes over an erasure after a step began: the instance that
 * does it may have ended.
 */
export const STEP_MS = 10_000;

/** For how long, in ms, after a ban messages that were on their way are still deleted. */
export const ON_THE_WAY_MS = 10_000;

/** A place in all logs: an erasure goes through them room by room. */
export interface LogPlace {
  readonly room: number;
  readonly seq: number;
}

/** A vote of an account; its place is that of the poll. */
export interface GivenVote extends LogPlace {
  readonly poll: Poll;
  /** What the account has voted for, by index. */
  readonly options: readonly number[];
}

/** What one step of an erasure has to remove. */
export interface ErasureStep {
  /** What is left of the account. */
  readonly account: Account;
  /** Its messages that are not deleted. */
  readonly messages: readonly LogPlace[];
  /** Its reactions; `seq` is that of the message. None if only its messages are deleted. */
  readonly reactions: readonly (LogPlace & { readonly emoji: string })[];
  /** Its votes; `seq` is that of the message with the poll. None if only its messages are deleted. */
  readonly votes: readonly GivenVote[];
  /** The place up to which the logs were searched; `null` for the end. */
  readonly next: LogPlace | null;
}

/** Erases accounts, and deletes the messages of banned ones: see `NewBan.deleteSince`. */
export interface ErasureStore {
  /**
   * Begins to erase an account, and erases at once everything but what it did in rooms: its name, its
   * ways in, memberships, blocks, invitations, bans, settings, and uploads under no message. An
   * address that was banned with it stays banned. The row stays, because events refer to it.
   *
   * @param tombstone The name that it has from now on.
   * @returns What it had granted; `last_owner`, without effect, if the server would be left without an
   * owner.
   */
  eraseAccount(account: number, tombstone: string, at: number): Promise<Revoked | "last_owner">;
  /**
   * The places of an account's messages after a place in all logs, without deleted ones, and its
   * votes. It looks at some messages of all senders, and finds some: `next` is the place up to which it
   * has looked, `null` for the end.
   */
  messagesOf(
    account: number,
    after: LogPlace,
  ): Promise<Pick<ErasureStep, "messages" | "votes" | "next">>;
  /**
   * Begins the next step of an erasure that is due; `null` if there is none. Where others have forwarded
   * messages of the account, they name its tombstone from then on.
   */
  nextErasure(at: number): Promise<ErasureStep | null>;
  /**
   * Ends a step, once everything that it found is removed. After the last one all logs are searched
   * once more, a minute after the erasure began: messages may have been on their way to them.
   */
  endErasureStep(account: number, next: LogPlace | null, at: number): Promise<void>;
}
