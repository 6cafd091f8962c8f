/**
 * The part of `Store` about threads. A thread is the messages of a room's log that name one message,
 * its root; the store counts them as they are appended and deleted, and keeps who follows them.
 *
 * @module
 */
import type { FollowedThread } from "./records.ts";

/** Threads, and who follows them. The contract of `store.ts` holds here too. */
export interface ThreadStore {
  /**
   * Follows a thread, or ends that. An account also follows one by writing in it, and until it ends
   * that, the threads of its own messages and those in which it is mentioned.
   *
   * @returns `false`, without effect, if there is no message that can be the root of a thread.
   */
  followThread(room: number, root: number, account: number, on: boolean): Promise<boolean>;
  /**
   * A page of the threads that an account follows in its rooms and that have replies, those with the
   * newest replies first.
   *
   * @param before The `next` of the previous page; `null` for the first.
   */
  followedThreads(
    account: number,
    before: string | null,
    limit: number,
  ): Promise<{ readonly threads: readonly FollowedThread[]; readonly next: string | null }>;
  /** The accounts that follow a thread. */
  threadFollowers(room: number, root: number): Promise<readonly number[]>;
  /**
   * Moves the read mark of a follower forward, never back and never past the log.
   *
   * @returns The new read mark; 0 if the account does not follow the thread.
   */
  markThreadRead(room: number, root: number, account: number, seq: number): Promise<number>;
}
