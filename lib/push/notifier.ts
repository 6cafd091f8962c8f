/**
 * Notifies users of messages while their page is closed (Web Push, RFC 8030). This module decides which
 * devices to notify, of what and how often; `web_push.ts` delivers.
 *
 * @module
 */
import type { Cancel, Clock } from "../util/clock.ts";
import { isQuiet } from "../protocol/quiet.ts";
import { isMentioned } from "../protocol/text/mentions.ts";
import type { Room } from "../chat/room.ts";
import { shownNameFor } from "../chat/to_wire.ts";
import type { PushSubscription, PushTarget } from "../store/people.ts";
import type { Reminder } from "../store/personal.ts";
import type { Store } from "../store/store.ts";
import type { Account, StoredEvent, StoredMessage } from "../store/records.ts";

/** The payload of a notification. The service worker of the page words it. */
export interface PushNotification {
  /** What this user calls the room: its name, or `@` and the names of the others. */
  readonly room: string;
  readonly room_id: string;
  /** The sender of the newest message, and the beginning of its text. */
  readonly sender: string;
  readonly text: string;
  /** The `seq` of that message: who deletes it closes the notification. */
  readonly seq: number;
  /** The number of messages that it stands for. */
  readonly count: number;
}

/** The outcome of a delivery; `gone` if the push service no longer knows the device. */
export type Delivery = "sent" | "gone" | "failed";

/** Delivers a notification to a device. */
export type Deliver = (to: PushSubscription, note: PushNotification) => Promise<Delivery>;

/** The dependencies of `PushNotifier`. */
export interface PushNotifierOptions {
  readonly store: Pick<
    Store,
    | "pushTargets"
    | "pushesOf"
    | "quietOf"
    | "removePush"
    | "pageAfter"
    | "pageBefore"
    | "messagesAt"
    | "threadFollowers"
  >;
  readonly clock: Clock;
  readonly deliver: Deliver;
  /** Whether a user has an open page in front of them: then the page notifies them. */
  readonly isOnline: (account: Account) => boolean;
  /** Whether a user is connected, with or without a page in front of them. */
  readonly isConnected: (account: Account) => boolean;
  /** Whether an account has blocked a sender, given by its public id. */
  readonly isBlocked: (by: Account, senderId: string) => boolean;
  readonly onError: (error: unknown) => void;
}

/** How long messages are collected first: a user may read them on another device meanwhile. */
const FIRST_DELAY_MS = 2_000;

/** The time between two notifications of one room for one device. */
const REPEAT_DELAY_MS = 10_000;

/**
 * How long a message stays due for notification. A phone that falls asleep does not say so: its user
 * counts as online until the server finds the connection dead.
 */
const MAX_AGE_MS = 60_000;

/** Pending messages of one room; if there are more, the newest count. */
const MAX_MESSAGES = 50;

/** UTF-16 code units of text that are read for them; messages beyond it are not notified. */
const MAX_READ = 500_000;

/** Concurrent deliveries, and those that wait; more are dropped. */
const MAX_ACTIVE = 8;
const MAX_WAITING = 5_000;

/** UTF-16 code units of text in a notification: enough to show, and small enough to push. */
const MAX_TEXT = 200;

/** A message that may be notified. */
interface Candidate {
  readonly message: StoredMessage;
  /** The public id of the author to whom it replies; empty if unknown, `null` until looked up. */
  author: string | null;
  /** The accounts that follow the thread that it is in; `null` for none, and until looked up. */
  followers: ReadonlySet<number> | null;
  readonly at: number;
}

/** The pending messages of a room. */
interface PendingRoom {
  readonly room: Room;
  messages: Candidate[];
  /** The last `seq` that was notified, by the endpoint of the device. */
  readonly lastNotified: Map<string, number>;
  cancel: Cancel;
}

/** Notifies devices of messages in their rooms. */
export class PushNotifier {
  readonly #options: PushNotifierOptions;
  readonly #rooms = new Map<number, PendingRoom>();
  #waiting: { readonly to: PushSubscription; readonly note: PushNotification }[] = [];
  #active = 0;

  constructor(options: PushNotifierOptions) {
    this.#options = options;
  }

  /** Adds a stored event; only messages are notified. */
  add(room: Room, event: StoredEvent): void {
    if (event.kind !== "message") return;
    const pending = this.#rooms.get(room.id) ?? this.#openRoom(room);
    const at = this.#options.clock.elapsed();
    pending.messages.push({ message: event, author: null, followers: null, at });
    if (pending.messages.length > MAX_MESSAGES) pending.messages.shift();
  }

  /**
   * Reminds a user of a message, unless the page is open in front of them, or it is a time at which
   * they want no notifications: the page shows the reminder when they come back.
   */
  async remind({ account, room, seq }: Reminder): Promise<void> {
    const { store, clock, isOnline, onError } = this.#options;
    if (isOnline(account)) return;
    try {
      if (isQuiet(await store.quietOf(account.id), clock.now())) return;
      const devices = await store.pushesOf(account.id);
      if (devices.length === 0) return;
      const [message] = await store.messagesAt([{ room: room.id, seq }]);
      if (message === undefined || message.deleted) return;
      const origin = { room: shownNameFor(room, account), room_id: room.publicId };
      const { sender } = message;
      const note = { ...origin, sender, text: `⏰ ${shortTextOf(message)}`, seq, count: 1 };
      for (const device of devices) this.#enqueue(device, note);
    } catch (error) {
      onError(error);
    }
  }

  /** Drops every pending notification. */
  close(): void {
    for (const { cancel } of this.#rooms.values()) cancel();
    this.#rooms.clear();
    this.#waiting = [];
  }

  #openRoom(room: Room): PendingRoom {
    const cancel = this.#options.clock.after(FIRST_DELAY_MS, () => void this.#notifyRoom(room.id));
    const pending: PendingRoom = { room, messages: [], lastNotified: new Map(), cancel };
    this.#rooms.set(room.id, pending);
    return pending;
  }

  async #notifyRoom(id: number): Promise<void> {
    const pending = this.#rooms.get(id);
    if (pending === undefined) return;
    try {
      const targets = await this.#options.store.pushTargets(id);
      if (targets.length > 0) {
        await this.#refresh(pending);
        await this.#findAuthors(pending);
      }
      for (const target of targets) this.#notify(pending, target);
    } catch (error) {
      this.#options.onError(error);
    }
    if (this.#rooms.get(id) !== pending) return;
    const oldest = this.#options.clock.elapsed() - MAX_AGE_MS;
    pending.messages = pending.messages.filter(({ at }) => at > oldest);
    if (pending.messages.length === 0) return void this.#rooms.delete(id);
    pending.cancel = this.#options.clock.after(REPEAT_DELAY_MS, () => void this.#notifyRoom(id));
  }

  /** Reads the messages again: notifications must not show deleted messages or edited texts. */
  async #refresh(pending: PendingRoom): Promise<void> {
    const [first, last] = [pending.messages.at(0), pending.messages.at(-1)];
    if (first === undefined || last === undefined) return;
    const end = last.message.seq + 1;
    const bounds = { limit: end - first.message.seq, maxLength: MAX_READ };
    const page = await this.#options.store.pageBefore(pending.room.id, end, bounds);
    const present = new Map(page.messages.map((message) => [message.seq, message]));
    // More messages may have arrived during the read.
    pending.messages = pending.messages.flatMap((entry) => {
      if (entry.message.seq >= end) return [entry];
      const message = present.get(entry.message.seq);
      return message === undefined || message.deleted ? [] : [{ ...entry, message }];
    });
  }

  /**
   * Finds the authors to whom messages reply, and those who follow a thread: a reply notifies them
   * like a mention.
   */
  async #findAuthors({ room, messages }: PendingRoom): Promise<void> {
    for (const entry of messages) {
      const { replyTo, thread } = entry.message;
      if (thread) {
        const followers = await this.#options.store.threadFollowers(room.id, thread);
        entry.followers = new Set(followers);
        continue;
      }
      if (replyTo === null || entry.author !== null) continue;
      const bounds = { limit: 1, maxLength: 0 };
      const page = await this.#options.store.pageAfter(room.id, replyTo - 1, bounds);
      const [answered] = page.messages;
      entry.author = answered?.seq === replyTo ? answered.senderId : "";
    }
  }

  #notify({ room, messages, lastNotified }: PendingRoom, target: PushTarget): void {
    const { account, endpoint, level, read, quiet } = target;
    if (this.#options.isOnline(account) || isQuiet(quiet, this.#options.clock.now())) return;
    const after = Math.max(read, lastNotified.get(endpoint) ?? 0);
    const due = messages.filter((entry) =>
      entry.message.seq > after && entry.message.senderId !== account.publicId &&
      !this.#options.isBlocked(account, entry.message.senderId) &&
      (level === "all" && (entry.followers === null || entry.message.alsoInRoom === true) ||
        entry.followers?.has(account.id) ||
        isMentioned(entry.message, account.publicId, this.#options.isConnected(account)) ||
        entry.author === account.publicId)
    );
    const newest = due.at(-1)?.message;
    if (newest === undefined) return;
    lastNotified.set(endpoint, newest.seq);
    const { sender } = newest;
    const short = shortTextOf(newest);
    const origin = { room: shownNameFor(room.record, account), room_id: room.record.publicId };
    this.#enqueue(target, {
      ...origin,
      ...{ sender, text: short, seq: newest.seq, count: due.length },
    });
  }

  #enqueue({ endpoint, p256dh, auth }: PushSubscription, note: PushNotification): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push({ to: { endpoint, p256dh, auth }, note });
    if (this.#active < MAX_ACTIVE) void this.#deliverWaiting();
  }

  async #deliverWaiting(): Promise<void> {
    this.#active += 1;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        const delivery = await this.#options.deliver(next.to, next.note);
        if (delivery === "gone") await this.#options.store.removePush(next.to.endpoint);
      } catch (error) {
        this.#options.onError(error);
      }
    }
    this.#active -= 1;
  }
}

/** The beginning of a message's text; for files without a text, their names. */
function shortTextOf({ text: said, files = [] }: StoredMessage): string {
  const text = said === "" ? files.map(({ name }) => name).join(", ") : said;
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).toWellFormed()}…` : text;
}
