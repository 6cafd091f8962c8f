/**
 * The part of `Store` for backends that several instances of the server share: instances notify
 * each other through the store, and ask it for what they may have missed. The contract of
 * `store.ts` holds here too.
 *
 * @module
 */
import type { Level } from "../protocol/frames.ts";
import type { Account, StoredEvent } from "./records.ts";

/**
 * A notification from one instance to all others: a JSON object of any length, opaque to the store.
 */
export type PeerPayload = Readonly<Record<string, unknown>>;

/**
 * What a notice concerns: a room, or the devices of a user. Instances follow the topics that they
 * have connections for.
 */
export type PeerTopic = `room.${number}` | `user.${number}`;

/** A room whose log another instance has appended to. */
export interface AdvancedRoom {
  readonly room: number;
  /** The newest `seq` of its log. */
  readonly seq: number;
  /** The two account ids of a direct conversation; `null` for a room. */
  readonly pair: readonly [number, number] | null;
  /**
   * Returns the events that were appended, the newest last, so that they need not be read; `null` if
   * they belong to another epoch. Missing if they have to be read.
   */
  readonly events?: () => readonly StoredEvent[] | null;
}

/** The position of a room. */
export interface RoomHead {
  readonly room: number;
  /** The newest `seq` of its log. */
  readonly seq: number;
  /** Counts up with every change of its members or of its rules. */
  readonly version: number;
}

/** Whether an account is a member of a room now. */
export interface MemberChange {
  readonly account: Account;
  readonly isMember: boolean;
}

/**
 * Why a notice was ignored: it is malformed, no instance sealed it, it came before, its sender is
 * not a running instance, or notices arrive faster than this instance can take.
 */
export type IgnoredPeerMessage = "malformed" | "forged" | "replayed" | "unknown_sender" | "overrun";

/** The state of an account in the store, where notices alone are not proof enough. */
export interface Standing {
  readonly account: Account;
  /** Whether it was retired. */
  readonly isGone: boolean;
  /** Until when it is muted; 0 if it is not. */
  readonly mutedUntil: number;
  /** Its bans, the newest first. */
  readonly bans: readonly {
    readonly address: string | null;
    readonly reason: string;
    readonly at: number;
  }[];
  /** The ids of the accounts that it has blocked. */
  readonly blocked: readonly number[];
}

/** The state of a member of a room in the store. */
export interface Seat {
  /** The `seq` up to which the member has read. */
  readonly read: number;
  readonly level: Level;
}

/** Callbacks for notifications from other instances. None of them may throw. */
export interface PeerHandlers {
  /**
   * Called when rooms have new events: after the commit of `append`, which notifies all others even
   * if its instance ends meanwhile. A notification is lost only with the connection.
   */
  onAdvanced(rooms: readonly AdvancedRoom[]): void;
  /** Called with the notices of an instance, in the order in which it sent them. */
  onPeerMessage(from: string, notice: PeerPayload): void;
  /** Called when a notice is ignored. */
  onIgnored(reason: IgnoredPeerMessage): void;
  /**
   * Called when any notification may have been missed: when the store starts to listen, and each
   * time that it does so again after a lost connection.
   */
  onLost(): void;
}

/** The other instances that share this store. */
export interface Peers {
  /** The id of this instance; another one after every start. */
  readonly self: string;
  /** Whether notifications arrive at present, as far as this instance knows. */
  readonly listening: boolean;
  /**
   * Whether an instance can go on without listening: then what the others do is found with a delay.
   */
  readonly isOptional: boolean;
  /** Whether a notice with a topic reaches only the instances that follow it. */
  readonly hasTopics: boolean;
  /**
   * Listens until the store is closed, and reconnects whenever the connection is lost.
   *
   * @returns Resolves once it listens, after the first `onLost`.
   */
  listen(handlers: PeerHandlers): Promise<void>;
  /**
   * Sends a notice to all others, together with the others of the next few milliseconds. Never
   * throws. While the database is away, notices are dropped. `Store.close` sends those that wait.
   *
   * @param topic Whom it concerns; missing for everyone.
   */
  publish(notice: PeerPayload, topic?: PeerTopic): void;
  /**
   * Follows a topic: new events in a room, or in the conversations of a user, and notices about them.
   * Resolves when it does; never rejects.
   */
  follow(topic: PeerTopic): Promise<void>;
  /** Ends that. */
  unfollow(topic: PeerTopic): void;

  // To find what was missed, with one query each -----------------------------------------------------

  /** The positions of rooms, in any order. */
  positionsOf(rooms: readonly number[]): Promise<readonly RoomHead[]>;
  /**
   * The accounts whose membership of a room has changed after a version of it (see `RoomHead`);
   * `null` if there were too many changes since.
   */
  memberChanges(room: number, after: number): Promise<readonly MemberChange[] | null>;
  /**
   * The accounts of sessions, by hash; without sessions that ended, or of accounts that may not sign
   * in.
   */
  sessionsIn(hashes: readonly string[]): Promise<ReadonlyMap<string, Account>>;
  /** Which accounts are neither retired nor banned. */
  accountsIn(accounts: readonly number[]): Promise<ReadonlySet<number>>;
  /** The accounts with some ids, including retired ones. */
  accountsOf(ids: readonly number[]): Promise<ReadonlyMap<number, Account>>;
  /** The state of an account; `null` if there is none. */
  standingOf(account: number): Promise<Standing | null>;
  /** The state of a member of a room; `null` if the account is no member. */
  seatOf(room: number, account: number): Promise<Seat | null>;
  /** The direct conversations of any of these accounts that have events. */
  conversationsOf(accounts: readonly number[]): Promise<readonly AdvancedRoom[]>;
}
