/**
 * What the server needs of a store: people, sessions, rooms, members, and one append-only log a
 * room. Each backend is one file beside this one; all of them pass `tests/store/conformance.ts`.
 *
 * Contract, for every backend:
 * 1. `append` is one transaction. When it resolves, every event in its results is durable, to the
 *    degree the backend was opened with; when it rejects, none of the batch is stored, or all of it
 *    where the line to a database was lost meanwhile: to repeat it with its keys is right for both.
 * 2. The `seq` of a room's events counts from 1 without gaps, in the order of the batch.
 * 3. (room, sender, key) is unique for ever: a repeated key returns the first event and takes no
 *    `seq`.
 * 4. A text is stored once, in its message. An edit changes it there, a delete empties it there,
 *    and reading an edit's event gives the present text of its message.
 * 5. No read scans a whole room: each costs what it returns.
 *
 * Expected outcomes are return values; a rejection means that the store itself failed.
 *
 * @module
 */
import type { ErrorCode, Level, Reaction, Role, RoomKind } from "../protocol.ts";
import type { FileRecord, FileStore } from "./files.ts";
import type { PeopleStore } from "./people.ts";
import type { Peers } from "./peers.ts";

/** A person, by the number that stays the same for ever. */
export interface Account {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
}

/** A room or a direct conversation. */
export interface RoomRecord {
  readonly id: number;
  /** The name as its creator wrote it; empty for a direct conversation. */
  readonly name: string;
  readonly kind: RoomKind;
  readonly title: string | null;
  /** The newest `seq` of its log; 0 when it is empty. */
  readonly seq: number;
  /** The two people of a direct conversation; the same one twice for notes to oneself. */
  readonly pair: readonly [Account, Account] | null;
  /** Whether only moderators can write here. */
  readonly locked: boolean;
  /** How many ms one person waits between two messages; 0 for not at all. */
  readonly slowMs: number;
}

/** A room as one of its members sees it. */
export interface Membership {
  readonly room: RoomRecord;
  /** Everything up to this `seq` has been seen. */
  readonly read: number;
  /** Messages of others after `read`, counted up to 100. */
  readonly unread: number;
  /** What of it this person wants to be told of. */
  readonly level: Level;
}

/** A public room, or a private one that the asker is in. */
export interface Listing {
  readonly room: RoomRecord;
  readonly members: number;
  readonly joined: boolean;
}

/** One thing to append to a room's log. */
export type Append =
  & {
    readonly room: number;
    readonly sender: Account;
    /** Milliseconds since the Unix epoch. */
    readonly at: number;
    readonly key: string | null;
  }
  & (
    | {
      readonly kind: "message";
      readonly text: string;
      readonly replyTo: number | null;
      /** The ids of files to be under it. */
      readonly files?: readonly string[];
    }
    | { readonly kind: "edit"; readonly target: number; readonly text: string }
    | {
      readonly kind: "delete";
      readonly target: number;
      /** Whether somebody else's message may be deleted. */
      readonly asModerator: boolean;
    }
    | {
      readonly kind: "reaction";
      readonly target: number;
      readonly emoji: string;
      readonly on: boolean;
    }
  );

/** What every stored event has. */
interface EventBase {
  readonly room: number;
  readonly seq: number;
  /** The sender's name. */
  readonly sender: string;
  /** The sender's number, where it was a guest: names of guests pass from one to the next. */
  readonly guest: number | null;
  readonly at: number;
  readonly key: string | null;
}

/** A message as it is now. */
export interface StoredMessage extends EventBase {
  readonly kind: "message";
  /** Empty once deleted. */
  readonly text: string;
  readonly replyTo: number | null;
  readonly editedAt: number | null;
  readonly deleted: boolean;
  /** Filled by `page` and `search`; empty in replays, where the reactions follow as events. */
  readonly reactions: readonly Reaction[];
  /** What is under it, if anything; nothing once deleted. */
  readonly files?: readonly FileRecord[];
}

/** One event of a room's log. */
export type StoredEvent =
  | StoredMessage
  | EventBase & { readonly kind: "edit"; readonly target: number; readonly text: string }
  | EventBase & { readonly kind: "delete"; readonly target: number }
  | EventBase & {
    readonly kind: "reaction";
    readonly target: number;
    readonly emoji: string;
    readonly on: boolean;
  };

/**
 * What became of one append: its event, `repeated` when the key had been used before, or why it
 * was refused: `no_such_message` (the target is no message, or a deleted one; for `message`, the
 * `replyTo` is none), `forbidden` (not one's own) or `no_such_file` (a file is not the sender's, not
 * this room's, not whole, or under a message already).
 */
export type AppendResult =
  | { readonly event: StoredEvent; readonly repeated: boolean }
  | { readonly refused: ErrorCode };

/** How much a read may return: whichever is reached first. At least one row is returned. */
export interface Bounds {
  readonly limit: number;
  /** UTF-16 code units of text, added up. */
  readonly maxLength: number;
}

/** A page of messages, oldest first. */
export interface Page {
  readonly messages: readonly StoredMessage[];
  /** Whether there are more in the direction in which the page was asked for. */
  readonly more: boolean;
}

/** What is searched for, and where. */
export interface SearchQuery {
  /** Who asks: only their rooms are searched. */
  readonly account: number;
  readonly query: string;
  readonly room: number | null;
  /** Who wrote it. */
  readonly sender?: number | null;
  /** Not before this moment, in ms since the Unix epoch. */
  readonly since?: number | null;
  /** Before this moment. Moments are those at which messages were sent, give or take a clock's step. */
  readonly until?: number | null;
  readonly before: string | null;
  readonly limit: number;
}

/** A message that a search found. */
export interface Hit {
  readonly room: RoomRecord;
  readonly message: StoredMessage;
  readonly snippet: string;
  /** Pairs of start and end in `snippet`, in UTF-16 code units. */
  readonly highlights: readonly (readonly [number, number])[];
}

/** A backend. */
export interface Store extends PeopleStore, FileStore {
  /** Names this log. A store that was lost and made anew has another one. */
  readonly epoch: string;
  /** The other instances that share the store; `null` where there cannot be any. */
  readonly peers: Peers | null;

  // Rooms and members --------------------------------------------------------------------------

  /**
   * Makes a room and its creator, if any, its first member. Public rooms have names of their own;
   * of a private one nobody outside can tell that it is there, not even by failing to take its
   * name.
   *
   * @returns The room, or `null` where there is a public room of that name, folded, or one that
   * the creator is in.
   */
  createRoom(
    room: {
      name: string;
      kind: "public" | "private";
      title: string | null;
      creator: number | null;
      at: number;
    },
  ): Promise<RoomRecord | null>;
  /**
   * Finds what somebody means by a name, without regard to case: a room of that name that they are
   * in, or else the public one.
   */
  findRoom(name: string, viewer: number): Promise<RoomRecord | null>;
  /** The room of an id. */
  roomById(id: number): Promise<RoomRecord>;
  /** The conversation of two people (or of one with oneself), made where there is none yet. */
  directRoom(one: Account, other: Account, at: number): Promise<RoomRecord>;
  /** Adds a member; `conflict` where they are in another room of that name. */
  addMember(room: number, account: number, at: number): Promise<"added" | "member" | "conflict">;
  /** Removes a member. @returns `false` where they were none. */
  removeMember(room: number, account: number): Promise<boolean>;
  /** The members of a room, by name. */
  membersOf(room: number): Promise<readonly Account[]>;
  /** The rooms a person is in, by name, and the direct conversations in which something was said. */
  roomsOf(account: number): Promise<readonly Membership[]>;
  /** Public rooms and the private ones the person is in, by name. */
  listRooms(account: number): Promise<readonly Listing[]>;
  /** Where a person has read up to in a room; 0 for a stranger. */
  readMark(room: number, account: number): Promise<number>;
  /** Moves a read mark forward, never back and never past the log. @returns Where it now is. */
  markRead(room: number, account: number, seq: number): Promise<number>;
  /** Sets what of a room a member wants to be told of. */
  setLevel(room: number, account: number, level: Level): Promise<void>;

  // The log ------------------------------------------------------------------------------------

  /** Appends a batch in one transaction. @returns One result for each append, in order. */
  append(batch: readonly Append[]): Promise<readonly AppendResult[]>;
  /** Every event with `after` < `seq` ≤ `upTo`, in order, or `null` where that exceeds the bounds. */
  replay(
    room: number,
    after: number,
    upTo: number,
    bounds: Bounds,
  ): Promise<readonly StoredEvent[] | null>;
  /** The messages just before a `seq`, as they are now. */
  pageBefore(room: number, before: number, bounds: Bounds): Promise<Page>;
  /** The messages just after a `seq`, as they are now. */
  pageAfter(room: number, after: number, bounds: Bounds): Promise<Page>;
  /**
   * Searches the messages of the rooms that a person is in, newest first. Every word of the query
   * must occur; the last one may be unfinished. Any text is a query; one without a word finds
   * nothing.
   *
   * @param search `before` is the `next` of the page before; `null` for the newest.
   */
  search(
    search: SearchQuery,
  ): Promise<{ readonly hits: readonly Hit[]; readonly next: string | null }>;

  /** Writes what is left to write and lets go of the data. */
  close(): Promise<void>;
}
