import { systemClock } from "../../util/clock.ts";
import type { AdvancedRoom, IgnoredPeerMessage, PeerHandlers } from "../peers.ts";
import { int, type Row, storedText } from "../sql/rows.ts";
import { readBody } from "./appended_rooms.ts";
import type { Bus } from "./bus/bus.ts";
import type { Database } from "./database.ts";
import type { Notified, Seal } from "./seal.ts";
import { Senders } from "./senders.ts";

/** Milliseconds between two checks of the connection. */
const PING_MS = 2_000;
/**
 * Milliseconds of silence after which the connection is suspect: a reply or a heartbeat is overdue.
 */
const DOUBT_MS = 3_500;

/** The maximum number of parts of one notice: 8 MB in all. */
const MAX_PARTS = 1_000;

const LIVING = "SELECT id FROM instances";
const LIVES = "SELECT 1 FROM instances WHERE id = $1";

/** Options of a listener. */
export interface ListenerOptions {
  readonly db: Database;
  readonly bus: Bus;
  /** The id of this instance. */
  readonly self: string;
  readonly seal: Seal;
  /** Returns the epoch of the log. */
  readonly epoch: () => string;
  readonly handlers: PeerHandlers;
}

/** Receives the notifications of the other instances until it is closed. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #senders: Senders;
  readonly #first = Promise.withResolvers<void>();
  #cancel = () => {};
  #listening = false;
  /** Counts the connections of the bus. */
  #connections = 0;
  /** The time of the last data on the connection. */
  #lastSignAt = -Infinity;
  #closed = false;
  /** The parts received of each incomplete notice, by sender. */
  readonly #parts = new Map<string, string[]>();

  constructor(options: ListenerOptions) {
    this.#options = options;
    const { db, handlers } = options;
    this.#senders = new Senders({
      lives: async (instance) => (await db.run(LIVES, [instance])).length > 0,
      take: (notice) => this.#take(notice),
      onIgnored: (reason) => handlers.onIgnored(reason),
      onLost: () => {
        if (!this.#closed) handlers.onLost();
      },
    });
  }

  get listening(): boolean {
    return this.#listening && systemClock.elapsed() - this.#lastSignAt < DOUBT_MS;
  }

  /** Begins. @returns Resolves when it listens for the first time. */
  begin(): Promise<void> {
    this.#options.bus.begin({
      onText: (text) => this.#hear(text),
      onConnected: () => void this.#onConnected(),
      onLost: () => this.#onLost(),
    });
    return this.#first.promise;
  }

  close(): void {
    this.#onLost();
    this.#closed = true;
    this.#first.resolve();
  }

  async #onConnected(): Promise<void> {
    const { db, bus, handlers } = this.#options;
    const connection = ++this.#connections;
    const isCurrent = () => connection === this.#connections && !this.#closed;
    this.#parts.clear();
    try {
      const living = await db.run(LIVING);
      if (isCurrent()) this.#senders.know(living.map((row) => storedText(row, "id")));
    } catch {
      // Then each of them is looked up when it sends something.
    }
    if (!isCurrent()) return;
    this.#listening = true;
    this.#lastSignAt = systemClock.elapsed();
    handlers.onLost();
    this.#first.resolve();
    this.#pingLater(bus, isCurrent);
  }

  #onLost(): void {
    this.#connections += 1;
    this.#listening = false;
    this.#cancel();
  }

  /** A connection can be dead without a sign, so a listener has to send something. */
  #pingLater(bus: Bus, isCurrent: () => boolean): void {
    this.#cancel = systemClock.after(Math.min(PING_MS, this.#options.db.patienceMs), () => {
      within(bus.ping(), this.#options.db.patienceMs).then(
        () => {
          if (!isCurrent()) return;
          this.#lastSignAt = systemClock.elapsed();
          this.#pingLater(bus, isCurrent);
        },
        () => {
          if (isCurrent()) bus.reset();
        },
      );
    });
  }

  #hear(text: string): void {
    if (this.#closed) return;
    this.#lastSignAt = systemClock.elapsed();
    const notified = this.#options.seal.read(text);
    if (typeof notified === "string") return this.#ignore(notified);
    if (notified.from !== this.#options.self) this.#senders.hear(notified);
  }

  /** `advanced <rooms>`, or `told <n>/<count> <part of notices>`. */
  #take({ from, kind, body }: Notified): void {
    if (this.#closed) return;
    if (kind === "advanced") {
      const advanced = this.#rowsIn(body, (row) => this.#toAdvancedRoom(row));
      if (advanced !== null) this.#options.handlers.onAdvanced(advanced);
    }
    if (kind === "told") this.#takePart(from, body);
    // A newer version may send other kinds.
  }

  #takePart(from: string, body: string): void {
    const [, number, count, part = ""] = /^(\d+)\/(\d+) (.*)$/s.exec(body) ?? [];
    // The parts of one notice are sent in one transaction: no other notice of the instance
    // intervenes.
    const before = number === "1" ? [] : this.#parts.get(from) ?? [];
    before.push(part);
    const parts = before;
    this.#parts.delete(from);
    if (Number(number) !== parts.length || !(Number(count) <= MAX_PARTS)) {
      return this.#ignore("malformed");
    }
    if (number !== count) {
      this.#parts.set(from, parts);
      return;
    }
    for (const notice of this.#rowsIn(parts.join(""), (row) => row) ?? []) {
      this.#options.handlers.onPeerMessage(from, notice);
    }
  }

  /** The JSON objects of an array; `null` if it is not an array of objects. */
  #rowsIn<T>(json: string, read: (row: Row) => T): readonly T[] | null {
    try {
      return (JSON.parse(json) as Row[]).map(read);
    } catch {
      this.#ignore("malformed");
      return null;
    }
  }

  #toAdvancedRoom(row: Row): AdvancedRoom {
    const advanced = toAdvancedRoom(row);
    // A version before sends none.
    const body = row.events;
    if (typeof body !== "string") return advanced;
    const { seal, epoch } = this.#options;
    const events = () => readBody(body, { seal, epoch: epoch(), ...advanced });
    return { ...advanced, events };
  }

  #ignore(reason: IgnoredPeerMessage): void {
    this.#options.handlers.onIgnored(reason);
  }
}

/** Reads a room's growth, from a row or from a notification. */
export function toAdvancedRoom(row: Row): AdvancedRoom {
  const pair = row.low === null ? null : [int(row, "low"), int(row, "high")] as const;
  return { room: int(row, "room"), seq: int(row, "seq"), pair };
}

/** Waits for a promise, for a number of ms at most. */
async function within(promise: Promise<void>, ms: number): Promise<void> {
  const timeout = Promise.withResolvers<never>();
  const cancel = systemClock.after(ms, () => timeout.reject(new Error(`No answer for ${ms} ms`)));
  try {
    await Promise.race([promise, timeout.promise]);
  } finally {
    cancel();
  }
}
