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
  /** Whether a click leads to the message itself, and not to what is new in the room. */
  readonly jump?: true;
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

/** Messages of one room that are read to notify of them; if there are more, the newest count. */
const MAX_MESSAGES = 50;

/** UTF-16 code units of their texts; messages beyond it are not notified. */
const MAX_READ = 500_000;

/** Concurrent deliveries, and those that wait; more are dropped. */
const MAX_ACTIVE = 8;
const MAX_WAITING = 5_000;

/** UTF-16 code units of text in a notification: enough to show, and small enough to push. */
const MAX_TEXT = 200;

/** A message that may be notified. */
interface Candidate {
  readonly message: StoredMessage;
  /** The public id of the author to whom it replies; empty if there is none. */
  readonly author: string;
  /** The accounts that follow the thread that it is in; `null` outside of threads. */
  readonly followers: ReadonlySet<number> | null;
}

/**
 * The pending messages of a room: where they are in its log, not the messages. Most rooms have no
 * device to notify, and what every message leaves in memory the garbage collector has to move.
 */
interface PendingRoom {
  readonly room: Room;
  /** The `seq` of the first one, and of the newest. */
  readonly first: number;
  newest: number;
  /** When the newest one was stored, on the monotonic clock. */
  newestAt: number;
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
    const pending = this.#rooms.get(room.id) ?? this.#openRoom(room, event.seq);
    pending.newest = event.seq;
    pending.newestAt = this.#options.clock.elapsed();
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
      const note = {
        ...origin,
        sender,
        text: `⏰ ${shortTextOf(message)}`,
        seq,
        count: 1,
      } as const;
      for (const device of devices) this.#enqueue(device, { ...note, jump: true });
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

  #openRoom(room: Room, first: number): PendingRoom {
    const cancel = this.#options.clock.after(FIRST_DELAY_MS, () => void this.#notifyRoom(room.id));
    const newestAt = this.#options.clock.elapsed();
    const pending = { room, first, newest: first, newestAt, lastNotified: new Map(), cancel };
    this.#rooms.set(room.id, pending);
    return pending;
  }

  async #notifyRoom(id: number): Promise<void> {
    const pending = this.#rooms.get(id);
    if (pending === undefined) return;
    try {
      const targets = await this.#options.store.pushTargets(id);
      const candidates = targets.length === 0 ? [] : await this.#candidates(pending);
      for (const target of targets) this.#notify(pending, candidates, target);
    } catch (error) {
      this.#options.onError(error);
    }
    if (this.#rooms.get(id) !== pending) return;
    const isOver = this.#options.clock.elapsed() - pending.newestAt >= MAX_AGE_MS;
    if (isOver) return void this.#rooms.delete(id);
    pending.cancel = this.#options.clock.after(REPEAT_DELAY_MS, () => void this.#notifyRoom(id));
  }

  /**
   * Reads the messages that are due, oldest first. What was deleted or edited since is not shown: it
   * is read when it is notified.
   */
  async #candidates({ room, first, newest }: PendingRoom): Promise<readonly Candidate[]> {
    const { store, clock } = this.#options;
    const end = newest + 1;
    const bounds = { limit: Math.min(end - first, MAX_MESSAGES), maxLength: MAX_READ };
    const page = await store.pageBefore(room.id, end, bounds);
    const oldest = clock.now() - MAX_AGE_MS;
    const due = page.messages.filter(({ seq, at, deleted }) =>
      seq >= first && at > oldest && !deleted
    );
    const authors = await this.#authorsAnswered(room, due);
    return await Promise.all(due.map(async (message) => {
      const { thread, replyTo } = message;
      const author = thread ? "" : authors.get(replyTo ?? 0) ?? "";
      const followers = thread ? new Set(await store.threadFollowers(room.id, thread)) : null;
      return { message, author, followers };
    }));
  }

  /** The authors to whom messages outside of threads reply, by the `seq` of what they wrote. */
  async #authorsAnswered(
    { id }: Room,
    messages: readonly StoredMessage[],
  ): Promise<ReadonlyMap<number, string>> {
    const answered = new Set(
      messages.flatMap(({ thread, replyTo }) => thread || replyTo === null ? [] : replyTo),
    );
    const asked = [...answered].map((seq) => ({ room: id, seq }));
    const found = asked.length === 0 ? [] : await this.#options.store.messagesAt(asked);
    return new Map(found.map(({ seq, senderId }) => [seq, senderId]));
  }

  #notify(
    { room, lastNotified }: PendingRoom,
    candidates: readonly Candidate[],
    target: PushTarget,
  ): void {
    const { account, endpoint, level, read, quiet } = target;
    if (this.#options.isOnline(account) || isQuiet(quiet, this.#options.clock.now())) return;
    const after = Math.max(read, lastNotified.get(endpoint) ?? 0);
    const due = candidates.filter(({ message, author, followers }) =>
      message.seq > after && message.senderId !== account.publicId &&
      !this.#options.isBlocked(account, message.senderId) &&
      (level === "all" && (followers === null || message.alsoInRoom === true) ||
        followers?.has(account.id) ||
        isMentioned(message, account.publicId, this.#options.isConnected(account)) ||
        author === account.publicId)
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
      ...(newest.thread && !newest.alsoInRoom ? { jump: true } as const : {}),
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
