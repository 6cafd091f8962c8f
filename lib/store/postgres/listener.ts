import { systemClock } from "../../util/clock.ts";
import type { AdvancedRoom, IgnoredPeerMessage, PeerHandlers } from "../peers.ts";
import { int, type Row, storedText } from "../sql/rows.ts";
import type { Connection, Database } from "./database.ts";
import { CHANNEL, type Notified, type Seal } from "./seal.ts";
import { Senders } from "./senders.ts";

/** Milliseconds between two checks of the connection. */
const PING_MS = 2_000;
/**
 * Milliseconds of silence after which the connection is suspect: a reply or a heartbeat is overdue.
 */
const DOUBT_MS = 3_500;
/** Milliseconds until a lost connection is retried: at first, and at most. */
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;

/** The maximum number of parts of one notice: 8 MB in all. */
const MAX_PARTS = 1_000;

const LIVING = "SELECT id FROM instances";
const LIVES = "SELECT 1 FROM instances WHERE id = $1";

/** Receives the notifications of the other instances until it is closed. */
export class Listener {
  readonly #db: Database;
  readonly #self: string;
  readonly #handlers: PeerHandlers;
  readonly #seal: Seal;
  readonly #senders: Senders;
  readonly #first = Promise.withResolvers<void>();
  #line: Connection | null = null;
  #cancel = () => {};
  #retryMs = MIN_RETRY_MS;
  #listening = false;
  /** The time of the last data on the connection. */
  #lastSignAt = -Infinity;
  #closed = false;
  /** The parts received of each incomplete notice, by sender. */
  readonly #parts = new Map<string, string[]>();

  constructor(db: Database, self: string, seal: Seal, handlers: PeerHandlers) {
    this.#db = db;
    this.#self = self;
    this.#seal = seal;
    this.#handlers = handlers;
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
    this.#connect();
    return this.#first.promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listening = false;
    this.#cancel();
    await this.#line?.close();
    this.#first.resolve();
  }

  #connect(): void {
    // Notifications of an abandoned connection are ignored.
    const mine = (handle: () => void) => () => {
      if (this.#line === line && !this.#closed) handle();
    };
    const line = this.#db.listen({
      onNotify: (payload) => mine(() => this.#hear(payload))(),
      onClose: mine(() => this.#lose(line)),
    });
    this.#line = line;
    this.#parts.clear();
    line.run(`LISTEN ${CHANNEL}`).then(() => line.run(LIVING)).then(
      (living) =>
        mine(() => {
          this.#senders.know(living.map((row) => storedText(row, "id")));
          this.#listening = true;
          this.#lastSignAt = systemClock.elapsed();
          this.#retryMs = MIN_RETRY_MS;
          this.#handlers.onLost();
          this.#first.resolve();
          this.#pingLater(line);
        })(),
      mine(() => this.#lose(line)),
    );
  }

  /** A connection can be dead without a sign, so a listener has to send queries. */
  #pingLater(line: Connection): void {
    this.#cancel = systemClock.after(Math.min(PING_MS, this.#db.patienceMs), () => {
      line.run("SELECT 1").then(
        () => {
          if (this.#line !== line || this.#closed) return;
          this.#lastSignAt = systemClock.elapsed();
          this.#pingLater(line);
        },
        () => this.#lose(line),
      );
    });
  }

  #lose(line: Connection): void {
    if (this.#line !== line || this.#closed) return;
    this.#line = null;
    this.#listening = false;
    this.#cancel();
    void line.close();
    // Not all instances at once.
    const ms = this.#retryMs * (0.5 + Math.random());
    this.#cancel = systemClock.after(ms, () => this.#connect());
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
  }

  #hear(payload: string): void {
    this.#lastSignAt = systemClock.elapsed();
    const notified = this.#seal.read(payload);
    if (typeof notified === "string") return this.#ignore(notified);
    if (notified.from !== this.#self) this.#senders.hear(notified);
  }

  /** `advanced <rooms>`, or `told <n>/<count> <part of notices>`. */
  #take({ from, kind, body }: Notified): void {
    if (this.#closed) return;
    if (kind === "advanced") {
      const advanced = this.#rowsIn(body, toAdvancedRoom);
      if (advanced !== null) this.#handlers.onAdvanced(advanced);
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
      this.#handlers.onPeerMessage(from, notice);
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

  #ignore(reason: IgnoredPeerMessage): void {
    this.#handlers.onIgnored(reason);
  }
}

/** Reads a room's growth, from a row or from a notification. */
export function toAdvancedRoom(row: Row): AdvancedRoom {
  const pair = row.low === null ? null : [int(row, "low"), int(row, "high")] as const;
  return { room: int(row, "room"), seq: int(row, "seq"), pair };
}
