/**
 * The part of `Store` for what users keep for themselves: saved messages, messages to send later,
 * and reminders. No other user can see them. The contract of `store.ts` holds here too.
 *
 * They end with their account and with their room. After leaving a room its user sees none of them
 * until they are in it again.
 *
 * @module
 */
import type { ErrorCode } from "../protocol/errors.ts";
import type { FileRecord } from "./files.ts";
import type { Account, RoomPrefs, RoomRecord } from "./records.ts";

/** The place of a message. */
export interface Place {
  /** The room's number. */
  readonly room: number;
  readonly seq: number;
}

/** A message that a user has saved. */
export interface SavedMessage {
  readonly room: RoomRecord;
  readonly seq: number;
  /** When it was saved, in ms since the Unix epoch: a time of its own for each of the user's. */
  readonly at: number;
}

/** What is said at a time: the fields of a message, as its sender sent them. */
export interface ScheduledContent {
  readonly message: string;
  readonly reply_to?: number;
  readonly thread?: number;
  readonly also_in_room?: boolean;
  readonly files?: readonly FileRecord[];
}

/** A message to send later. */
export interface ScheduledMessage {
  /** The id that its author knows. */
  readonly id: string;
  readonly account: Account;
  readonly room: RoomRecord;
  /** The key of the message: it is sent once. */
  readonly key: string;
  readonly content: ScheduledContent;
  /** When to send it, in ms since the Unix epoch. */
  readonly at: number;
  /** Why it was not sent, when its time had come; `null` while it waits. */
  readonly failed: ErrorCode | null;
}

/** How long after their time the files of a scheduled message are kept, in ms, if it is not sent. */
export const SCHEDULED_FILES_MS = 30 * 86_400_000;

/** What a message is scheduled with. */
export interface NewScheduled extends Pick<ScheduledMessage, "id" | "key" | "at"> {
  readonly content: Omit<ScheduledContent, "files">;
  /** The ids of its files. */
  readonly files?: readonly string[];
  readonly account: number;
  /** The room's number. */
  readonly room: number;
  readonly createdAt: number;
}

/** A reminder of a message. */
export interface Reminder {
  readonly account: Account;
  readonly room: RoomRecord;
  readonly seq: number;
  /** When to remind, in ms since the Unix epoch. */
  readonly at: number;
  /** Whether its time has come, and its user was told. */
  readonly due: boolean;
}

/** What a user has written in a room and not sent: the fields of its frame. */
export interface DraftContent {
  readonly message: string;
  readonly reply_to?: number;
  /** The edit of a message of theirs that they have begun. */
  readonly edit?: { readonly seq: number; readonly message: string };
}

/** The place of a draft. */
export interface DraftPlace {
  /** The room's number. */
  readonly room: number;
  /** The root of the thread for which it is; 0 for none. */
  readonly thread: number;
}

/** A draft. */
export interface StoredDraft {
  readonly room: RoomRecord;
  readonly thread: number;
  /** `null` once it was sent or discarded. */
  readonly content: DraftContent | null;
  /** When it was last changed, in ms since the Unix epoch. */
  readonly at: number;
}

/** How many drafts are kept of one user. */
export const MAX_DRAFTS = 200;

/** What users keep for themselves. */
export interface PersonalStore {
  /** Saves a message; one that is saved stays where it is in the order. */
  saveMessage(account: number, place: Place, at: number): Promise<void>;
  /** Saves a message no longer. */
  unsaveMessage(account: number, place: Place): Promise<void>;
  /**
   * The saved messages that are not deleted, of rooms that the account is in, the last saved first.
   *
   * @param before The `at` of the last one of the page before; `null` for the first page.
   */
  savedMessages(
    account: number,
    before: number | null,
    limit: number,
  ): Promise<readonly SavedMessage[]>;

  /**
   * Stores a message to send later, and keeps its files until then.
   *
   * @returns The message as stored: with a key that waits in that room already, the first one; `null`
   * if a file is not the account's own upload for that room.
   */
  schedule(entry: NewScheduled): Promise<ScheduledMessage | null>;
  /** The scheduled messages of an account, by their time, those that were not sent included. */
  scheduledOf(account: number): Promise<readonly ScheduledMessage[]>;
  /**
   * Deletes a scheduled message with its files, unless it is being sent.
   *
   * @returns `false` if there is none.
   */
  cancelScheduled(account: number, id: string): Promise<boolean>;
  /**
   * Reserves messages whose time has come, so that one instance sends them. What an instance does
   * not finish by `until` can be reserved again: the key keeps it from being sent twice.
   */
  claimScheduled(now: number, until: number, limit: number): Promise<readonly ScheduledMessage[]>;
  /** Deletes a message that was sent; keeps one that was refused, with the reason. */
  finishScheduled(id: string, failed: ErrorCode | null): Promise<void>;
  /** Puts a message off that could not be sent just now. */
  postponeScheduled(id: string, until: number): Promise<void>;

  /** Sets when to remind an account of a message, in place of the time before. */
  setReminder(account: number, place: Place, at: number): Promise<void>;
  /** Removes a reminder. */
  removeReminder(account: number, place: Place): Promise<void>;
  /**
   * The reminders of an account, by their time, of messages that are not deleted, in rooms that it is
   * in.
   *
   * @param due Only those whose time has come.
   */
  remindersOf(account: number, due: boolean): Promise<readonly Reminder[]>;
  /** Reserves reminders whose time has come, as `claimScheduled`; drops those of nothing. */
  claimReminders(now: number, until: number, limit: number): Promise<readonly Reminder[]>;
  /** Marks a reminder as told; one that was set anew meanwhile stays as it is. */
  finishReminder(reminder: Pick<Reminder, "account" | "room" | "seq" | "at">): Promise<void>;

  /**
   * Sets a draft, unless the stored one was changed later. `null` clears it.
   *
   * @returns `false` if the account has too many others.
   */
  setDraft(
    account: number,
    place: DraftPlace,
    content: DraftContent | null,
    at: number,
  ): Promise<boolean>;
  /** A draft of an account, or what is left of it; `null` if there never was one. */
  draftAt(account: number, place: DraftPlace): Promise<StoredDraft | null>;
  /**
   * The drafts of an account in the rooms that it is in, with those that were cleared.
   *
   * @param after The id of the room and the thread of the last one of the page before.
   */
  draftsOf(
    account: number,
    after: { readonly room: string; readonly thread: number },
    limit: number,
  ): Promise<readonly StoredDraft[]>;

  /** What a member wants of a room; `null` if the account is no member. */
  roomPrefs(room: number, account: number): Promise<RoomPrefs | null>;
  /**
   * Changes what a member wants of a room: what is left out stays.
   *
   * @returns All of it, as it is now; `null` if the account is no member.
   */
  setRoomPrefs(
    room: number,
    account: number,
    prefs: Partial<RoomPrefs>,
    at: number,
  ): Promise<RoomPrefs | null>;

  /** When the next scheduled message or the next reminder is due; `null` if there is none. */
  nextDue(of: "scheduled" | "reminders"): Promise<number | null>;
}
