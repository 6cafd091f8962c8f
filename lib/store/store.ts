/**
 * The interface between the server and a store: accounts, sessions, rooms, members, and one
 * append-only log per room. Each backend has a folder beside this file; each passes
 * `tests/store/contract.ts`.
 *
 * Contract, for every backend:
 * 1. `append` is one transaction (Invariant A2). When it resolves, every event in its results is
 *    durable, to the degree that the backend was opened with. When it rejects, none of the batch is
 *    stored, or all of it if the connection to the database was lost meanwhile: repeating the batch
 *    with the same keys is right in both cases.
 * 2. The `seq` of a room's events counts from 1 without gaps, in the order of the batch.
 * 3. (room, sender, key) is unique for ever (Invariant A3): a repeated key returns the first event
 *    and takes no `seq`.
 * 4. A text is stored once, in its message. An edit changes it there, a delete empties it there,
 *    and reading the event of an edit returns the current text of its message.
 * 5. No read scans a whole room: its cost is proportional to what it returns.
 * 6. An event of a kind that the backend does not know keeps its place, its kind and its payload.
 * 7. Whether an event may be caused, and what it does to its target, is decided by its definition in
 *    `chat/events`. The decision holds for the target as it is when the event is stored.
 *
 * 8. An event that changes its room does so in the transaction that stores it.
 *
 * Expected outcomes are return values; a rejection means that the store itself failed.
 *
 * @module
 */
import type {
  Account,
  Append,
  AppendResult,
  Bounds,
  Hit,
  IdPage,
  Listing,
  Membership,
  Page,
  ReactionPage,
  ReactionQuery,
  ReadState,
  RoomAddresses,
  RoomPage,
  RoomRecord,
  SearchQuery,
  StoredEvent,
  StoredMessage,
  VotePage,
  VoteQuery,
} from "./records.ts";
import type { Level } from "../protocol/frames.ts";
import type { ConsentStore } from "./consent.ts";
import type { DepartureStore } from "./departures.ts";
import type { ErasureStore } from "./erasures.ts";
import type { FileKind, FileStore } from "./files.ts";
import type { GroupStore } from "./groups.ts";
import type { EmojiStore } from "./emoji.ts";
import type { HookStore } from "./hooks.ts";
import type { PeopleStore, Revoked } from "./people.ts";
import type { Peers } from "./peers.ts";
import type { PersonalStore, Place } from "./personal.ts";
import type { PreviewStore } from "./previews.ts";
import type { ProfileStore } from "./profiles.ts";
import type { ReportStore } from "./reports.ts";
import type { RetentionStore } from "./retention.ts";
import type { NewConversation } from "./sql/people.ts";
import type { ThreadStore } from "./threads.ts";

/** For how long an account that was removed from a room stays out of it, in ms since the Unix epoch. */
export interface Expulsion {
  /** Now. */
  readonly at: number;
  readonly until: number;
}

/** A backend. */
export interface Store
  extends
    PeopleStore,
    ErasureStore,
    FileStore,
    ConsentStore,
    DepartureStore,
    EmojiStore,
    GroupStore,
    HookStore,
    PersonalStore,
    PreviewStore,
    ProfileStore,
    ReportStore,
    RetentionStore,
    ThreadStore {
  /**
   * The name of the log. A store that was lost and made anew has another epoch, and so has a log
   * that may have gone back in time. It can change while the store is open.
   */
  readonly epoch: string;
  /**
   * Reads the epoch again, which another instance may have changed. If the store finds that its
   * data was put in the place of other data, it renews the epoch.
   */
  checkEpoch(): Promise<string>;
  /** Renews the epoch, unless another instance did so since `epoch` was read. */
  renewEpoch(): Promise<string>;
  /**
   * Why the store accepts no appends: events that it acknowledged, and keeps, cannot be applied to
   * the tables that reads use. `append` rejects until this is `null` again.
   */
  readonly fault: Error | null;
  /** The other instances that share the store; `null` if the backend allows only one. */
  readonly peers: Peers | null;

  // Rooms and members --------------------------------------------------------------------------

  /**
   * Creates a room; the creator, if any, becomes its first member. The names of public rooms are
   * unique. A user who is not a member cannot find out that a private room exists, not even by
   * failing to take its name.
   *
   * @returns The room, or `null` if its folded name is that of a public room, or of a room that the
   * creator is in; or if such a room had it less than `NAME_RESERVED_MS` ago.
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
   * Finds the room that a user means by a name, ignoring case: a room of that name that the user is
   * in, or else the public one; or else the last one that had it, if the user is in it, or if it is
   * public now and was then.
   */
  findRoom(name: string, viewer: number): Promise<RoomRecord | null>;
  /** The room with an id, deleted or not. */
  roomById(id: number): Promise<RoomRecord>;
  /** The rooms with these `publicId`s, those that there are, with one read. */
  roomsByPublicId(publicIds: readonly string[]): Promise<readonly RoomRecord[]>;
  /** The room with a `publicId`. */
  roomByPublicId(publicId: string): Promise<RoomRecord | null>;
  /**
   * The conversation of `viewer` with the last guest or bot of a name that is gone for good, unless
   * the viewer has closed it.
   */
  endedConversation(viewer: number, name: string): Promise<RoomRecord | null>;
  /** The conversation of two accounts (or of one with itself); creates it if there is none yet. */
  directRoom(one: Account, other: Account, at: number): Promise<RoomRecord>;
  /** The conversation without a name of exactly these people, if the account is in it. */
  findConversation(people: readonly number[], account: number): Promise<RoomRecord | null>;
  /**
   * The conversation without a name that was made for exactly these people, as far as the creator
   * is in it; creates it if there is none, with the creator as its first member and without a host.
   */
  conversationOf(
    made: NewConversation,
  ): Promise<{ readonly room: RoomRecord; readonly isNew: boolean }>;
  /**
   * Counts a user among the people of a conversation without a name, before the user is added or
   * asked: so the same people lead to it, whatever the user answers.
   *
   * @returns `false` if it has as many as it can, or has a name.
   */
  addPerson(room: number, account: number): Promise<boolean>;
  /** Adds a member; `conflict` if the account is in another room of that name. */
  addMember(room: number, account: number, at: number): Promise<"added" | "member" | "conflict">;
  /**
   * Removes a member, and revokes the invitations to the room that the member made: only a member
   * can make one.
   *
   * @param expulsion Set to record that the account may not come back by itself, until when. The record
   * ends when the account becomes a member again.
   * @returns `false` if the account was no member.
   */
  removeMember(room: number, account: number, expulsion?: Expulsion): Promise<boolean>;
  /** Until when an account may not come back to a room by itself; `null` if it may. */
  expelledUntil(room: number, account: number, at: number): Promise<number | null>;
  /** The members of a room, in the order of their ids: all, or a page of them. */
  membersOf(room: number, page?: IdPage): Promise<readonly Account[]>;
  /**
   * The rooms that an account is in, and its direct conversations that have events: those where
   * something happened last come first, an event or that the account came in.
   *
   * @param limit How many at most; all by default.
   */
  roomsOf(account: number, limit?: number): Promise<readonly Membership[]>;
  /**
   * A page of the same rooms in an order that does not change.
   *
   * @param after The `publicId` of the last room of the page before.
   */
  membershipsOf(
    account: number,
    after: string | null,
    limit: number,
  ): Promise<readonly Membership[]>;
  /** The newest `seq` of each direct conversation of an account that has events, by room id. */
  conversationsOf(account: number): Promise<ReadonlyMap<number, number>>;
  /**
   * A page of the public rooms, and of the private rooms that the account is in, by name, without
   * archived ones. It costs as much as what it returns.
   *
   * @param page The names in it are folded.
   */
  listRooms(account: number, page: RoomPage): Promise<readonly Listing[]>;
  /**
   * Looks up rooms by name or id: those of them that are public or that the account is in, by name.
   * Includes archived ones, and conversations by their ids.
   */
  roomsAt(account: number, addresses: RoomAddresses): Promise<readonly Listing[]>;
  /**
   * Deletes a room, for everyone and at once: its members, invitations, names and webhooks. Its log
   * follows in steps: see `sweepRooms`. Its row stays, without a name, so that its ids stay taken.
   *
   * @returns The bots of its incoming webhooks, which have nothing to do any more; `null` if it was
   * deleted before.
   */
  deleteRoom(room: number, at: number): Promise<Revoked | null>;
  /** Deletes some events and files of deleted rooms. @returns Whether there may be more. */
  sweepRooms(): Promise<boolean>;
  /**
   * What an account has read of a room, and what not; all 0 if it is no member.
   *
   * @param upTo The `seq` of the last message that is counted.
   */
  readState(room: number, account: number, upTo: number): Promise<ReadState>;
  /** The read state of each of these rooms that an account is in, by room id, with one read. */
  readStates(rooms: readonly number[], account: number): Promise<ReadonlyMap<number, ReadState>>;
  /** Moves a read mark forward, never back and never past the log. @returns The new read mark. */
  markRead(room: number, account: number, seq: number): Promise<number>;
  /**
   * Moves a read mark back, so that a message and those after it are unread; never forward.
   *
   * @returns The new read mark.
   */
  markUnread(room: number, account: number, seq: number): Promise<number>;
  /** Sets which messages of a room notify a member. */
  setLevel(room: number, account: number, level: Level): Promise<void>;

  // The log ------------------------------------------------------------------------------------

  /** Appends a batch in one transaction. @returns One result for each append, in order. */
  append(batch: readonly Append[]): Promise<readonly AppendResult[]>;
  /** Every event with `after` < `seq` ≤ `upTo`, in order, or `null` if they exceed the bounds. */
  replay(
    room: number,
    after: number,
    upTo: number,
    bounds: Bounds,
  ): Promise<readonly StoredEvent[] | null>;
  /**
   * The messages just before a `seq`, in their current state.
   *
   * @param viewer The account that reads them: `Reaction.mine` is about it.
   * @param thread Only those of the thread with this root, the root included.
   */
  pageBefore(
    room: number,
    before: number,
    bounds: Bounds,
    viewer?: number,
    thread?: number,
  ): Promise<Page>;
  /** The messages just after a `seq`, in their current state. See `pageBefore`. */
  pageAfter(
    room: number,
    after: number,
    bounds: Bounds,
    viewer?: number,
    thread?: number,
  ): Promise<Page>;
  /** The messages just before a `seq` that have a property of `StoredMessage.state`, as they are now. */
  pageWith(
    room: number,
    property: string,
    before: number,
    bounds: Bounds,
    viewer?: number,
  ): Promise<Page>;
  /** The messages just before a `seq` that have files, of one kind if it is given, as they are now. */
  pageWithFiles(
    room: number,
    kind: FileKind | undefined,
    before: number,
    bounds: Bounds,
    viewer?: number,
  ): Promise<Page>;
  /** A page of the reactions to a message: by emoji, and then in order of arrival. */
  reactionsTo(query: ReactionQuery): Promise<ReactionPage>;
  /** A page of the votes in a poll, always in the same order of users. */
  votesIn(query: VoteQuery): Promise<VotePage>;
  /** The messages at some places, in their current state and in any order. */
  messagesAt(places: readonly Place[], viewer?: number): Promise<readonly StoredMessage[]>;
  /**
   * Searches the messages of the rooms that an account is in, newest first by the time at which they
   * were sent. Every word and phrase must occur in the text, or in the name of a file; the last word
   * may be a prefix. `protocol/text/words.ts` defines what a word is. Any text is a query; one
   * without a word finds nothing.
   *
   * @param search `before` is the `next` of the previous page; `null` for the newest.
   */
  search(
    search: SearchQuery,
  ): Promise<{ readonly hits: readonly Hit[]; readonly next: string | null }>;

  /** Writes everything that is pending and releases the data. */
  close(): Promise<void>;
}
/** Milliseconds for which a session counts as just used: most uses write nothing. */
export const SEEN_PRECISION = 3_600_000;
/** The number at which counting unread messages stops. */
export const UNREAD_LIMIT = 100;
/** Among how many events, the newest of a room, unread messages are looked for. */
export const UNREAD_SEARCHED = 1_000;
