/**
 * What a user keeps for themselves, as frames for the user's devices: saved and scheduled messages,
 * reminders, and what they want of their rooms. A frame says how it is now, so that an instance that
 * hears of a change reads the store and tells its devices the same.
 *
 * @module
 */
import type {
  DraftListing,
  Notice,
  ReminderListing,
  SavedListing,
  ScheduledListing,
} from "../protocol/frames.ts";
import { ERRORS } from "../protocol/errors.ts";
import type {
  DraftPlace,
  Place,
  Reminder,
  SavedMessage,
  ScheduledMessage,
  StoredDraft,
} from "../store/personal.ts";
import type { Account, RoomRecord, StoredMessage } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { PAGE_BOUNDS } from "./replay.ts";
import { prefsTag, recordTag } from "./replies.ts";
import { otherIn, wireFile, wireMessage } from "./to_wire.ts";

/** What has changed. */
export type PersonalChange =
  | { readonly topic: "saved" }
  | {
    readonly topic: "scheduled";
    readonly id: string;
    /** Why it does not wait any more; `null` while it waits, and after it was refused. */
    readonly ended: "sent" | "cancelled" | null;
  }
  | { readonly topic: "reminder"; readonly room: number; readonly seq: number }
  | ({ readonly topic: "draft" } & DraftPlace)
  | { readonly topic: "prefs"; readonly room: number };

/** The frames about it. */
type PersonalFrame = Extract<
  Notice,
  {
    type:
      | "saved"
      | "scheduled"
      | "scheduled_sent"
      | "scheduled_cancelled"
      | "reminder"
      | "draft"
      | "room_prefs";
  }
>;

/** The part of the store that is read. */
type PersonalSource = Pick<
  Store,
  | "draftAt"
  | "draftsOf"
  | "messagesAt"
  | "remindersOf"
  | "roomById"
  | "savedMessages"
  | "scheduledOf"
  | "roomPrefs"
>;

/** The frame that tells a user's devices of a change; `null` if there is nothing to tell any more. */
export async function personalFrame(
  store: PersonalSource,
  account: Account,
  change: PersonalChange,
): Promise<PersonalFrame | null> {
  switch (change.topic) {
    case "saved":
      return await savedPage(store, account, null, PAGE_BOUNDS.limit);
    case "scheduled":
      return await scheduledFrame(store, account, change);
    case "reminder":
      return await reminderFrame(store, account, change);
    case "draft": {
      const draft = await store.draftAt(account.id, change);
      return draft === null ? null : { type: "draft", ...draftTag(draft, account) };
    }
    case "prefs":
      return await prefsFrame(store, account, change.room);
  }
}

/** A page of the messages that a user has saved, the last saved first. */
export async function savedPage(
  store: PersonalSource,
  account: Account,
  before: number | null,
  limit: number,
): Promise<Extract<Notice, { type: "saved" }>> {
  const places = await store.savedMessages(account.id, before, limit + 1);
  const found = await messagesBy(store, account, places);
  const messages: SavedListing[] = [];
  let length = 0;
  let last: SavedMessage | undefined;
  for (const place of places) {
    const message = found.get(keyOf(place));
    // Deleted since.
    if (message === undefined) continue;
    length += message.text.length;
    const isFull = messages.length >= limit || length > PAGE_BOUNDS.maxLength;
    if (isFull && last !== undefined) {
      return { type: "saved", messages, more: true, next: String(last.at) };
    }
    messages.push({ ...wireMessage(place.room, message), saved_at: place.at });
    last = place;
  }
  return { type: "saved", messages, more: false };
}

/** A scheduled message, for its author. */
export function scheduledTag(
  { id, account, room, content: { files, ...said }, at, failed }: ScheduledMessage,
): ScheduledListing {
  return {
    id,
    ...recordTag(room, account),
    ...said,
    ...(files === undefined ? {} : { files: files.map(wireFile) }),
    at,
    ...(failed === null ? {} : { failed: { code: failed, message: ERRORS[failed].message } }),
  };
}

async function scheduledFrame(
  store: PersonalSource,
  account: Account,
  { id, ended }: Extract<PersonalChange, { topic: "scheduled" }>,
): Promise<PersonalFrame | null> {
  const entry = (await store.scheduledOf(account.id)).find((one) => one.id === id);
  if (entry !== undefined) return { type: "scheduled", ...scheduledTag(entry) };
  if (ended === null) return null;
  return { type: ended === "sent" ? "scheduled_sent" : "scheduled_cancelled", id };
}

/** The messages of a user that wait to be sent, by their time. @param after Where the page begins. */
export async function scheduledList(
  store: PersonalSource,
  account: Account,
  after?: string,
): Promise<Extract<Notice, { type: "scheduled_list" }>> {
  const all = await store.scheduledOf(account.id);
  const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const entries: ScheduledListing[] = [];
  let length = 0;
  for (const entry of all.slice(from)) {
    length += entry.content.message.length;
    const last = entries.at(-1);
    if (length > PAGE_BOUNDS.maxLength && last !== undefined) {
      return { type: "scheduled_list", entries, more: true, next: last.id };
    }
    entries.push(scheduledTag(entry));
  }
  return { type: "scheduled_list", entries, more: false };
}

/** A reminder, for its user. @param about The message, if it is told. */
function reminderTag(
  { account, room, seq, at, due }: Reminder,
  about?: StoredMessage,
): ReminderListing {
  return {
    ...recordTag(room, account),
    seq,
    at,
    ...(due ? { due: true as const } : {}),
    ...(about === undefined ? {} : { about: wireMessage(room, about) }),
  };
}

/** The reminders of a user whose time has come, without their messages. */
export function dueReminders(reminders: readonly Reminder[]): readonly ReminderListing[] {
  return reminders.map((reminder) => reminderTag(reminder));
}

/** The reminders of a user, by their time, with as many of their messages as fit into a page. */
export async function reminderList(
  store: PersonalSource,
  account: Account,
): Promise<Extract<Notice, { type: "reminders" }>> {
  const reminders = await store.remindersOf(account.id, false);
  const found = await messagesBy(store, account, reminders.slice(0, PAGE_BOUNDS.limit));
  let length = 0;
  return {
    type: "reminders",
    reminders: reminders.map((reminder) => {
      const message = found.get(keyOf(reminder));
      length += message?.text.length ?? 0;
      return reminderTag(reminder, length > PAGE_BOUNDS.maxLength ? undefined : message);
    }),
  };
}

async function reminderFrame(
  store: PersonalSource,
  account: Account,
  { room, seq }: Place,
): Promise<PersonalFrame> {
  const reminders = await store.remindersOf(account.id, false);
  const reminder = reminders.find((one) => one.room.id === room && one.seq === seq);
  if (reminder === undefined) {
    const record = await store.roomById(room);
    return { type: "reminder", ...recordTag(record, account), seq, at: 0 };
  }
  const [about] = await store.messagesAt([{ room, seq }], account.id);
  return { type: "reminder", ...reminderTag(reminder, about) };
}

/** A draft, for its author. */
function draftTag({ room, thread, content, at }: StoredDraft, account: Account): DraftListing {
  const receiver = otherIn(room, account);
  return {
    ...recordTag(room, account),
    ...(receiver === null ? {} : { receiver_id: receiver.publicId }),
    ...(thread === 0 ? {} : { thread }),
    ...content ?? { message: "" },
    at,
  };
}

/** A page of the drafts of a user, by room and thread. @param after The `next` of the page before. */
export async function draftPage(
  store: PersonalSource,
  account: Account,
  after?: string,
): Promise<Extract<Notice, { type: "drafts" }>> {
  const [room = "", thread = "0"] = after?.split(" ") ?? [];
  const from = { room, thread: Number(thread) };
  const found = await store.draftsOf(account.id, from, PAGE_BOUNDS.limit + 1);
  const drafts: DraftListing[] = [];
  let length = 0;
  for (const draft of found) {
    const { message = "", edit } = draft.content ?? {};
    length += message.length + (edit?.message.length ?? 0);
    const isFull = drafts.length >= PAGE_BOUNDS.limit || length > PAGE_BOUNDS.maxLength;
    const last = drafts.at(-1);
    if (isFull && last !== undefined) {
      return { type: "drafts", drafts, more: true, next: `${last.room_id} ${last.thread ?? 0}` };
    }
    drafts.push(draftTag(draft, account));
  }
  return { type: "drafts", drafts, more: false };
}

async function prefsFrame(
  store: PersonalSource,
  account: Account,
  room: number,
): Promise<PersonalFrame | null> {
  const prefs = await store.roomPrefs(room, account.id);
  if (prefs === null) return null;
  const record = await store.roomById(room);
  return { type: "room_prefs", ...recordTag(record, account), ...prefsTag(prefs) };
}

type AnyPlace = { readonly room: RoomRecord; readonly seq: number };

function keyOf({ room, seq }: AnyPlace): string {
  return `${room.id} ${seq}`;
}

async function messagesBy(
  store: PersonalSource,
  account: Account,
  places: readonly AnyPlace[],
): Promise<ReadonlyMap<string, StoredMessage>> {
  if (places.length === 0) return new Map();
  const asked = places.map(({ room, seq }) => ({ room: room.id, seq }));
  const messages = await store.messagesAt(asked, account.id);
  return new Map(messages.map((message) => [`${message.room} ${message.seq}`, message]));
}
