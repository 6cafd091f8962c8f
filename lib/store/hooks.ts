/**
 * The part of `Store` for webhooks. An incoming hook posts to one room; an outgoing hook sends the
 * events of rooms to an address, each room from a position of its own. The contract of `store.ts`
 * holds here too.
 *
 * A hook acts for the moderator who made it: while that account is no moderator, or is banned, its
 * hooks find nothing and post nothing. A hook ends with its bot, its creator and its room.
 *
 * @module
 */
import type { Account, RoomRecord } from "./records.ts";

/** The fields of every hook. */
interface HookBase {
  /** The id that clients know. */
  readonly id: string;
  readonly creator: Account;
  /** The account that posts for it: messages, or the news that it was paused. */
  readonly bot: Account;
  readonly createdAt: number;
}

/** A hook that posts to a room. */
export interface IncomingHook extends HookBase {
  readonly kind: "incoming";
  readonly room: RoomRecord;
}

/** A hook that sends events to an address. */
export interface OutgoingHook extends HookBase {
  readonly kind: "outgoing";
  readonly url: string;
  /** The key of its signatures: bytes in base64. */
  readonly secret: string;
  /** The types of events on the wire that it sends; `null` for all. */
  readonly events: readonly string[] | null;
  /** Whether it sends the events of every public room. */
  readonly everywhere: boolean;
  /** Since when every attempt has failed; `null` after a success. */
  readonly failingSince: number | null;
  /** When it was paused; `null` while it delivers. */
  readonly pausedAt: number | null;
}

/** A hook. */
export type HookRecord = IncomingHook | OutgoingHook;

/** What a hook is created with. */
export type NewHook =
  & { readonly id: string; readonly creator: number; readonly bot: number; readonly at: number }
  & (
    | {
      readonly kind: "incoming";
      readonly room: number;
      /** The hash of its token. */
      readonly hash: string;
    }
    | {
      readonly kind: "outgoing";
      readonly url: string;
      readonly secret: string;
      readonly events: readonly string[] | null;
      /** Its rooms; `null` for every public room. */
      readonly rooms: readonly number[] | null;
    }
  );

/** The position of an outgoing hook in a room: it has delivered everything up to `seq`. */
export interface HookPosition {
  readonly room: RoomRecord;
  readonly seq: number;
}

/** How the attempts of an outgoing hook go. */
export interface HookState {
  readonly failingSince: number | null;
  readonly pausedAt: number | null;
}

/** Webhooks. */
export interface HookStore {
  /**
   * Creates a hook. An outgoing one begins with the next event of each room; with the first event of
   * rooms that are created later.
   */
  createHook(hook: NewHook): Promise<void>;
  /** All hooks, the oldest first. */
  hooks(): Promise<readonly HookRecord[]>;
  /** The incoming hook with a token, given by its hash, while it may post. */
  hookByToken(hash: string): Promise<IncomingHook | null>;
  /** The public ids of the rooms that an outgoing hook was created for; none if `everywhere`. */
  hookRooms(id: string): Promise<readonly string[]>;
  /** Deletes a hook. @returns `false` if there is none. */
  removeHook(id: string): Promise<boolean>;
  /**
   * The rooms in which an outgoing hook that is not paused has something to deliver.
   *
   * @param rooms Only these rooms; `null` for all of the hook's.
   */
  hookNews(id: string, rooms: readonly number[] | null): Promise<readonly HookPosition[]>;
  /** Moves the position of an outgoing hook forward, never back. */
  advanceHook(id: string, room: number, seq: number): Promise<void>;
  /** Records how the attempts of an outgoing hook go. @returns `false` if it is as it was. */
  setHookState(id: string, state: HookState): Promise<boolean>;
  /**
   * Reserves an outgoing hook for this instance, so that of several instances one delivers. Repeat
   * it before the time is over.
   *
   * @returns `false` if another instance has reserved it.
   */
  holdHook(id: string, ms: number): Promise<boolean>;
  /** Ends the reservation of this instance. */
  releaseHook(id: string): Promise<void>;
}
