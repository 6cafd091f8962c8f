/**
 * What a store keeps: the records that every backend reads and writes.
 *
 * @module
 */
import type { EventKind, OtherKind, ValuesOf } from "../chat/events/index.ts";
import type { Replies } from "../chat/events/message.ts";
import type { RoomRights } from "../chat/events/rights.ts";
import type { UnknownEvent } from "../chat/events/unknown.ts";
import type { Level, Reaction, Role, RoomKind } from "../protocol/frames.ts";
import type { ErrorCode } from "../protocol/errors.ts";
import type { NamePage } from "../util/name_index.ts";
import type { FileRecord } from "./files.ts";

/** An account, by its permanent row id. */
export interface Account {
  readonly id: number;
  /** The id that clients know: assigned once, never reused; it reveals nothing. */
  readonly publicId: string;
  readonly name: string;
  readonly role: Role;
  /** Set while nobody can sign in to it. */
  readonly deactivated?: true;
}

/** A room or a direct conversation. */
export interface RoomRecord extends RoomRights {
  readonly id: number;
  /** The id that clients know: assigned once, never reused; it reveals nothing. */
  readonly publicId: string;
  /** The name as its creator wrote it; empty for a direct conversation. */
  readonly name: string;
  readonly kind: RoomKind;
  readonly title: string | null;
  /** The newest `seq` of its log; 0 when it is empty. */
  readonly seq: number;
  /** The two accounts of a direct conversation; the same one twice for notes to oneself. */
  readonly pair: readonly [Account, Account] | null;
  /**
   * The members of a conversation without a name, in the order in which they came: a private room
   * whose `name` nobody has chosen. `null` for every other room.
   */
  readonly people: readonly Pick<Account, "name" | "publicId">[] | null;
  /** Whether it is a conversation with a guest or a bot that was retired. */
  readonly isOver: boolean;
  /** Whether it is archived: nobody can write here. */
  readonly archived: boolean;
  /** Whether it was deleted. Only a look-up by number finds it then. */
  readonly deleted: boolean;
  /** Whether only moderators can write here. */
  readonly locked: boolean;
  /** The ms that a user waits between two messages; 0 for no delay. */
  readonly slowMs: number;
  /** Whether replies can be put into threads; otherwise they are inline replies. */
  readonly threads: boolean;
  /** After how many days its messages are deleted; 0 for no limit but the server's. */
  readonly retentionDays: number;
  /** Whether links get previews. */
  readonly previews: boolean;
  /**
   * The account that moderates the room beside the server's moderators: its creator. After the
   * creator has left, the member of longest standing in a private room, none in a public one.
   */
  readonly host: number | null;
}

/** What a member has read, and what not. */
export interface ReadState {
  /** Every message up to this `seq` has been read. */
  readonly read: number;
  /**
   * Messages of others after `read` that are not deleted, counted up to 100, and among the newest
   * thousand events; without replies that are in a thread only.
   */
  readonly unread: number;
  /** Those that mention the member or the whole room, counted up to 100. */
  readonly mentions: number;
  /** Up to which `seq` they are counted. */
  readonly counted: number;
}

/** What a member wants of a room. */
export interface RoomPrefs {
  /** Which messages notify the member. */
  readonly level: Level;
  readonly favourite: boolean;
  /** The section of the sidebar that the room is in; `null` for none. */
  readonly section: string | null;
  /** Whether the member has hidden what the room begins with. */
  readonly introduced: boolean;
}

/** A room as one of its members sees it. */
export interface Membership extends ReadState, RoomPrefs {
  readonly room: RoomRecord;
}

/** A public room, or a private one that the caller is a member of. */
export interface Listing {
  readonly room: RoomRecord;
  readonly members: number;
  readonly joined: boolean;
}

/** Which part of the list of rooms. */
export interface RoomPage extends NamePage {
  /**
   * Of two rooms of one name the private one comes first: whether the page begins with the public
   * one of the name `after`.
   */
  readonly afterPrivate: boolean;
}

/** Rooms by their folded names and their `publicId`s. */
export interface RoomAddresses {
  readonly names: readonly string[];
  readonly publicIds: readonly string[];
}

/** The fields of every append. */
interface AppendBase {
  readonly room: number;
  readonly sender: Account;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly key: string | null;
  /** Whether the sender may moderate the sender of the event's target: see `Facts`. */
  readonly asModerator?: boolean;
  /** The `editedAt` of the text that an edit changes, 0 for the first: another one refuses the edit. */
  readonly basedOn?: number;
  /** The ids of files to attach to a message. */
  readonly files?: readonly string[];
  /** Whether it may be appended to an archived room. */
  readonly whileArchived?: boolean;
  /** Whether it may be appended about a poll that is closed. */
  readonly whileClosed?: boolean;
  /** Set for an event of another log: it does not change the room that it comes into. */
  readonly isImported?: boolean;
}

/** One event to append to a room's log. */
export type Append = {
  [K in EventKind]: AppendBase & { readonly kind: K } & ValuesOf<K>;
}[EventKind];

/** The fields of every stored event. */
interface EventBase {
  readonly room: number;
  readonly seq: number;
  /** The sender's name. */
  readonly sender: string;
  /** The sender's `publicId`: names pass from one guest or bot to the next. */
  readonly senderId: string;
  /** Whether the sender was a guest. */
  readonly guest: boolean;
  readonly at: number;
  readonly key: string | null;
}

/** A message in its current state. */
export interface StoredMessage extends EventBase, ValuesOf<"message"> {
  readonly kind: "message";
  readonly editedAt: number | null;
  /** Whether it was deleted. Its text is then empty. */
  readonly deleted: boolean;
  /** Filled by `page` and `search`; empty in replays, where the reactions follow as events. */
  readonly reactions: readonly Reaction[];
  /** The replies in its thread, if it is the root of one. */
  readonly replies?: Replies;
  /** Its files, if any; none once it is deleted. */
  readonly files?: readonly FileRecord[];
  /** The other properties that events have set on it, if any. */
  readonly state?: Readonly<Record<string, unknown>>;
}

/** An event of a kind that only a later version knows. */
export type OtherEvent = EventBase & UnknownEvent;

/** One event of a room's log. */
export type StoredEvent =
  | StoredMessage
  | { [K in OtherKind]: EventBase & { readonly kind: K } & ValuesOf<K> }[OtherKind]
  | OtherEvent;

/**
 * The result of one append: its event (`repeated` when the key had been used before), or why it was
 * refused: with the code of the event's definition, with `no_such_file` where a file is not the
 * sender's, belongs to another room, is not complete, or is under a message already, with
 * `room_exists` where the room cannot have a name, with `room_archived`, or with `no_such_room` where
 * it was deleted.
 */
export type AppendResult =
  | { readonly event: StoredEvent; readonly repeated: boolean }
  | { readonly refused: ErrorCode };

/** Which part of a list in the order of ids. */
export interface IdPage {
  /** The ids come after this one; 0 for the beginning. */
  readonly after: number;
  readonly limit: number;
}

/** All of a list in the order of ids. */
export const ALL: IdPage = { after: 0, limit: Number.MAX_SAFE_INTEGER };

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

/** Which reactions to a message are listed. */
export interface ReactionQuery {
  readonly room: number;
  /** The `seq` of the message. */
  readonly target: number;
  /** `null` for every emoji. */
  readonly emoji: string | null;
  /** The `next` of the page before; empty for the first one. */
  readonly after: string;
  readonly limit: number;
}

/** One reaction of one user. */
export interface ReactionEntry {
  readonly emoji: string;
  readonly name: string;
  readonly id: string;
}

/** A page of reactions. */
export interface ReactionPage {
  readonly entries: readonly ReactionEntry[];
  /** Where the next page begins; `null` if there is none. */
  readonly next: string | null;
}

/** Which votes in a poll are listed. */
export interface VoteQuery {
  readonly room: number;
  /** The `seq` of the message with the poll. */
  readonly target: number;
  /** The id of the last user of the page before; empty for the first one. */
  readonly after: string;
  readonly limit: number;
}

/** What one user has voted for, by index. */
export interface VoteEntry {
  readonly name: string;
  readonly id: string;
  readonly options: readonly number[];
}

/** A page of votes. */
export interface VotePage {
  readonly entries: readonly VoteEntry[];
  readonly more: boolean;
}

/** A search: the words and the filters. */
export interface SearchQuery {
  /** The caller: only their rooms are searched. */
  readonly account: number;
  /**
   * The words, in any order; the last one may be unfinished, unless a space follows it. `null` to find messages by the other
   * conditions alone; a text without a word finds nothing.
   */
  readonly query: string | null;
  /** Texts whose words must follow each other. */
  readonly phrases?: readonly string[];
  readonly room: number | null;
  /** The sender to search for. */
  readonly sender?: number | null;
  /** Not before this moment, in ms since the Unix epoch. */
  readonly since?: number | null;
  /** Before this moment. */
  readonly until?: number | null;
  /** What a message must have: any file, an image, or a link in its text. */
  readonly has?: readonly ("file" | "image" | "link")[];
  /** Whether only pinned messages are found. */
  readonly pinned?: boolean;
  /** Whether only messages in threads are found, their roots included. */
  readonly inThread?: boolean;
  /** Whether only messages that the caller has saved are found. */
  readonly saved?: boolean;
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

/** A thread that an account follows. */
export interface FollowedThread {
  readonly room: RoomRecord;
  /** The message that began it, with `replies`. */
  readonly root: StoredMessage;
  /** The account has read the replies up to this `seq`. */
  readonly read: number;
  /** Replies of others after `read` that are not deleted, counted up to 100. */
  readonly unread: number;
}
