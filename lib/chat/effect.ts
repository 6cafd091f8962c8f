/**
 * Effects: the changes in memory, at every instance, that follow from a stored change.
 *
 * @module
 */
import type { Level, ServerNews } from "../protocol/frames.ts";
import type { Quiet } from "../protocol/quiet.ts";
import type { PersonalChange } from "./personal.ts";
import type { Room } from "./room.ts";
import type { Profile } from "../store/profiles.ts";
import type { Account, ReadState, RoomRecord } from "../store/records.ts";

/** A room as effects name it: by number to instances, by name and public id to clients. */
interface RoomReference {
  readonly room: number;
  readonly publicId: string;
  readonly name: string;
}

/** A change in memory that follows from a stored change. */
export type Effect =
  | RoomReference & { readonly type: "member_added"; readonly account: Account }
  | RoomReference & {
    readonly type: "member_removed";
    readonly account: Account;
    /** The moderator who removed the member; absent when the member left. */
    readonly by?: Account;
    /** The room's new host, where it has changed. */
    readonly host?: number | null;
  }
  /** A room is another one than before. Its subscribers have the event. */
  | { readonly type: "room_changed"; readonly record: RoomRecord }
  | {
    readonly type: "room_deleted";
    readonly room: number;
    readonly publicId: string;
    /** Its name, where it is known: the store has forgotten it. */
    readonly name?: string;
    readonly isPublic: boolean;
    /** Who deleted it, where that is known. */
    readonly by?: Account;
  }
  /** A member posted in a room with slow mode. */
  | { readonly type: "said"; readonly room: number; readonly account: Pick<Account, "id"> }
  | { readonly type: "muted"; readonly account: Account; readonly until: number }
  | {
    readonly type: "blocked";
    readonly account: Account;
    readonly other: Account;
    readonly on: boolean;
  }
  /** The account has a new role: the one in `account`. */
  | { readonly type: "role_changed"; readonly account: Account }
  /** The account has another name, was deactivated, or is active again. */
  | { readonly type: "account_changed"; readonly account: Account }
  /** One session of the account has ended, or all of them. */
  | { readonly type: "signed_out"; readonly account: Account; readonly session?: string }
  | {
    readonly type: "banned";
    readonly account: Account;
    /** What the user is told; empty for nothing. */
    readonly reason: string;
    /** Addresses that are banned with the account; every connection from them is closed. */
    readonly addresses: readonly string[];
    /** The ban that other instances apply to the account's addresses there; `null` for none. */
    readonly everywhere: { readonly reason: string; readonly at: number } | null;
  }
  /** The account may connect again. */
  | { readonly type: "unbanned"; readonly account: Account }
  /** A guest or a bot is gone for good. */
  | { readonly type: "retired"; readonly account: Account }
  /** An account was erased: it is a tombstone now. */
  | { readonly type: "erased"; readonly account: Account }
  /** A member types in a room. Sent to all subscribers; losing it does no harm. */
  | {
    readonly type: "typing";
    readonly room: number;
    readonly account: Account;
    /** The root of the thread in which the member types. */
    readonly thread?: number;
  }
  /**
   * A member has read a room, or a thread of it, up to `seq`. Sent to the member's devices; losing
   * it does no harm.
   */
  | {
    readonly type: "read";
    readonly record: RoomRecord;
    readonly account: Account;
    readonly seq: number;
    readonly thread?: number;
  }
  /** A member has begun to follow a thread, or ended that. Sent to the member's devices. */
  | {
    readonly type: "thread_followed";
    readonly record: RoomRecord;
    readonly account: Account;
    readonly thread: number;
    readonly on: boolean;
  }
  /** A member has marked messages as unread: the read mark has moved back. */
  | {
    readonly type: "unread";
    readonly record: RoomRecord;
    readonly account: Account;
    readonly state: ReadState;
  }
  /** A member has changed a room's notification level. */
  | {
    readonly type: "level";
    readonly record: RoomRecord;
    readonly account: Account;
    readonly level: Level;
  }
  /** What a user keeps for themselves has changed. Sent to the user's devices. */
  | {
    readonly type: "personal";
    readonly account: Account;
    readonly change: PersonalChange;
  }
  /** A user has another profile. Sent to those who watch the user. */
  | { readonly type: "profile"; readonly account: Account; readonly profile: Profile }
  /** A message was reported, by a report with this id. Sent to moderators. */
  | { readonly type: "reported"; readonly id: string }
  /** A report was resolved. Sent to moderators. */
  | { readonly type: "report_resolved"; readonly id: string }
  /** The server has another name or icon, or keeps messages for longer or shorter. Sent to everyone. */
  | ServerNews & { readonly type: "server_changed" }
  /** An emoji of the server's own was added, or deleted: then it has no picture. Sent to everyone. */
  | { readonly type: "emoji_changed"; readonly emoji: string; readonly picture?: string }
  /** A group was created, changed or deleted. */
  | { readonly type: "groups_changed" }
  /** A user has changed when they want no notifications. Sent to the user's devices. */
  | { readonly type: "quiet"; readonly account: Account; readonly quiet: Quiet }
  /** A user is invited to a room and has to accept first. */
  | {
    readonly type: "invited";
    readonly record: RoomRecord;
    readonly account: Account;
    readonly by: Account;
  }
  /** A user has declined an invitation. Sent to the user's devices. */
  | {
    readonly type: "invitation_declined";
    readonly record: RoomRecord;
    readonly account: Account;
  };

/** Names a room for an effect. */
export function placeOf({ id, record }: Pick<Room, "id" | "record">): RoomReference {
  return { room: id, publicId: record.publicId, name: record.name };
}

/** The effect of a type. */
export type EffectOf<T extends Effect["type"]> = Extract<Effect, { type: T }>;
