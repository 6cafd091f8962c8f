/**
 * What only a store can do that several instances of the server share: they tell each other what
 * happens, and ask after what they may have missed. A part of `Store`; the rules of `store.ts` hold
 * here too.
 *
 * @module
 */
import type { Account } from "./store.ts";

/**
 * What one instance tells the others: a JSON object of any length, which the store carries and does
 * not look into.
 */
export type Notice = Readonly<Record<string, unknown>>;

/** A room whose log another instance has appended to. */
export interface Growth {
  readonly room: number;
  /** The newest `seq` of its log. */
  readonly seq: number;
  /** The account ids of the two people, where it is a direct conversation. */
  readonly pair: readonly [number, number] | null;
}

/** Where a room stands. */
export interface RoomHead {
  readonly room: number;
  /** The newest `seq` of its log. */
  readonly seq: number;
  /** Counts up with every change of its members or of its rules. */
  readonly version: number;
}

/** Who is told what the other instances say. None of them may throw. */
export interface PeerHandlers {
  /**
   * Rooms grew. Every commit of `append` tells it to all others in its own transaction, so that
   * none is lost but with the connection.
   */
  onGrown(rooms: readonly Growth[]): void;
  /** What an instance told: what comes from one comes in the order in which it told it. */
  onNotice(from: string, notice: Notice): void;
  /**
   * Anything may have been missed until now: called when the store begins to listen, and each time
   * that it does so again after it lost the line.
   */
  onLost(): void;
}

/** The other instances that share this store. */
export interface Peers {
  /** Names this instance; after every start it is another one. */
  readonly self: string;
  /** Whether what the others tell arrives at present, as far as one can know. */
  readonly listening: boolean;
  /**
   * Begins to listen, and goes on until the store is closed, however often the line is lost.
   *
   * @returns Resolves when it listens, after the first `onLost`.
   */
  listen(handlers: PeerHandlers): Promise<void>;
  /**
   * Tells all others something: soon, together with what else is told in the next few milliseconds.
   * Never throws. While the database is away it is dropped. `Store.close` first tells what is left.
   */
  tell(notice: Notice): void;

  // To find what was missed: one query each -----------------------------------------------------

  /** Where rooms stand, in any order. */
  headsOf(rooms: readonly number[]): Promise<readonly RoomHead[]>;
  /** Whose the sessions are, by their hashes; those that ended, or whose people are banned, lack. */
  sessionsIn(hashes: readonly string[]): Promise<ReadonlyMap<string, Account>>;
  /** Which accounts are neither retired nor banned. */
  accountsIn(accounts: readonly number[]): Promise<ReadonlySet<number>>;
  /** The direct conversations of any of these people in which something was said. */
  conversationsOf(accounts: readonly number[]): Promise<readonly Growth[]>;
}
