/**
 * Tells people of messages while their page is closed (Web Push, RFC 8030): whom, of what and how
 * often. How it gets to a device is in `web_push.ts`.
 *
 * @module
 */
import type { Cancel, Clock } from "./clock.ts";
import { foldName, mentions } from "./protocol.ts";
import type { Room } from "./room.ts";
import type { PushSubscription, PushTarget } from "./store/people.ts";
import type { Account, Store, StoredEvent, StoredMessage } from "./store/store.ts";

/** What a device is told: the page's service worker makes words of it. */
export interface PushNote {
  /** The room, as this person calls it. */
  readonly room: string;
  /** Who wrote the newest message, and how it begins. */
  readonly sender: string;
  readonly text: string;
  /** How many messages it is about. */
  readonly count: number;
}

/** Whether a device was told; `gone` where its push service knows it no more. */
export type Delivery = "sent" | "gone" | "failed";

/** Brings a note to a device. */
export type Deliver = (to: PushSubscription, note: PushNote) => Promise<Delivery>;

/** What a pusher is made with. */
export interface PusherOptions {
  readonly store: Pick<Store, "pushTargets" | "removePush" | "pageAfter" | "pageBefore">;
  readonly clock: Clock;
  readonly deliver: Deliver;
  /** Whether somebody sits in front of an open page: that one tells them. */
  readonly isHere: (account: Account) => boolean;
  /** Whether somebody wants to hear nothing from whoever has that name. */
  readonly isBlocked: (by: Account, sender: string) => boolean;
  readonly onError: (error: unknown) => void;
}

/** How long messages gather first: whoever reads them on another device is not told. */
const FIRST_MS = 2_000;

/** How long after that until a room is looked at again: nobody is told more often. */
const AGAIN_MS = 10_000;

/**
 * How long a message is worth telling. A phone that goes to sleep says nothing: its person counts
 * as here until the connection is found dead.
 */
const WORTH_MS = 60_000;

/** Messages of a room that are kept to be told of; of more, the newest. */
const MAX_MESSAGES = 50;

/** UTF-16 code units of text that are read for them; what does not fit is told to nobody. */
const MAX_READ = 500_000;

/** Devices that are told at the same time, and those that wait for it; more are not told. */
const MAX_ACTIVE = 8;
const MAX_WAITING = 5_000;

/** UTF-16 code units of a text that a device is told: what shows, and fits a push message. */
const MAX_TEXT = 200;

/** A message that people may have to be told of. */
interface Candidate {
  readonly message: StoredMessage;
  /** Whom it answers, once that was looked up; empty where nobody is. */
  author: string | null;
  readonly at: number;
}

interface Gathering {
  readonly room: Room;
  messages: Candidate[];
  /** Up to which `seq` each device was told. */
  readonly told: Map<string, number>;
  cancel: Cancel;
}

/** Tells devices what is said in rooms. */
export class Pusher {
  readonly #options: PusherOptions;
  readonly #rooms = new Map<number, Gathering>();
  #waiting: { readonly to: PushSubscription; readonly note: PushNote }[] = [];
  #active = 0;

  constructor(options: PusherOptions) {
    this.#options = options;
  }

  /** Something was said, and is stored. */
  note(room: Room, event: StoredEvent): void {
    if (event.kind !== "message") return;
    const gathering = this.#rooms.get(room.id) ?? this.#gather(room);
    const at = this.#options.clock.elapsed();
    gathering.messages.push({ message: event, author: null, at });
    if (gathering.messages.length > MAX_MESSAGES) gathering.messages.shift();
  }

  /** Forgets what is not told yet. */
  close(): void {
    for (const { cancel } of this.#rooms.values()) cancel();
    this.#rooms.clear();
    this.#waiting = [];
  }

  #gather(room: Room): Gathering {
    const cancel = this.#options.clock.after(FIRST_MS, () => void this.#look(room.id));
    const gathering: Gathering = { room, messages: [], told: new Map(), cancel };
    this.#rooms.set(room.id, gathering);
    return gathering;
  }

  async #look(id: number): Promise<void> {
    const gathering = this.#rooms.get(id);
    if (gathering === undefined) return;
    try {
      const targets = await this.#options.store.pushTargets(id);
      if (targets.length > 0) {
        await this.#readAgain(gathering);
        await this.#findAuthors(gathering);
      }
      for (const target of targets) this.#tell(gathering, target);
    } catch (error) {
      this.#options.onError(error);
    }
    if (this.#rooms.get(id) !== gathering) return;
    const worth = this.#options.clock.elapsed() - WORTH_MS;
    gathering.messages = gathering.messages.filter(({ at }) => at > worth);
    if (gathering.messages.length === 0) return void this.#rooms.delete(id);
    gathering.cancel = this.#options.clock.after(AGAIN_MS, () => void this.#look(id));
  }

  /** People are told what stands there now: nothing that was taken back, or as it was before. */
  async #readAgain(gathering: Gathering): Promise<void> {
    const [first, last] = [gathering.messages.at(0), gathering.messages.at(-1)];
    if (first === undefined || last === undefined) return;
    const end = last.message.seq + 1;
    const bounds = { limit: end - first.message.seq, maxLength: MAX_READ };
    const page = await this.#options.store.pageBefore(gathering.room.id, end, bounds);
    const present = new Map(page.messages.map((message) => [message.seq, message]));
    // More may have been said while these were read.
    gathering.messages = gathering.messages.flatMap((entry) => {
      if (entry.message.seq >= end) return [entry];
      const message = present.get(entry.message.seq);
      return message === undefined || message.deleted ? [] : [{ ...entry, message }];
    });
  }

  /** Whoever is answered is meant, as if they were mentioned. */
  async #findAuthors({ room, messages }: Gathering): Promise<void> {
    for (const entry of messages) {
      const { replyTo } = entry.message;
      if (replyTo === null || entry.author !== null) continue;
      const bounds = { limit: 1, maxLength: 0 };
      const page = await this.#options.store.pageAfter(room.id, replyTo - 1, bounds);
      const [answered] = page.messages;
      entry.author = answered?.seq === replyTo && answered.guest === null ? answered.sender : "";
    }
  }

  #tell({ room, messages, told }: Gathering, target: PushTarget): void {
    const { account, endpoint, level, read } = target;
    if (this.#options.isHere(account)) return;
    const after = Math.max(read, told.get(endpoint) ?? 0);
    const news = messages.filter(({ message, author }) =>
      message.seq > after && !isOwn(message, account) &&
      !this.#options.isBlocked(account, message.sender) &&
      (level === "all" || mentions(message.text, account.name) || isName(author, account))
    );
    const newest = news.at(-1)?.message;
    if (newest === undefined) return;
    told.set(endpoint, newest.seq);
    const { sender, files = [] } = newest;
    // Of files without a word, their names.
    const text = newest.text === "" ? files.map(({ name }) => name).join(", ") : newest.text;
    const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).toWellFormed()}…` : text;
    this.#post(target, { room: room.nameFor(account), sender, text: short, count: news.length });
  }

  #post({ endpoint, p256dh, auth }: PushSubscription, note: PushNote): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push({ to: { endpoint, p256dh, auth }, note });
    if (this.#active < MAX_ACTIVE) void this.#work();
  }

  async #work(): Promise<void> {
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

function isOwn({ sender, guest }: StoredMessage, account: Account): boolean {
  return guest === null && isName(sender, account);
}

function isName(name: string | null, account: Account): boolean {
  return name !== null && foldName(name) === foldName(account.name);
}
