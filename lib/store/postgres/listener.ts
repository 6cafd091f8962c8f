import { systemClock } from "../../clock.ts";
import type { Growth, Notice, PeerHandlers } from "../peers.ts";
import { int, type Row } from "../rows.ts";
import type { Connection, Database } from "./database.ts";

/** Milliseconds between two questions whether the line is still there. */
const PING_MS = 2_000;
/** Milliseconds of silence after which that is in doubt: an answer or another's word is overdue. */
const DOUBT_MS = 3_500;
/** Milliseconds until a lost line is tried again: at first, and at most. */
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;

/** Hears what the other instances tell, for as long as it is not closed. */
export class Listener {
  readonly #db: Database;
  readonly #self: string;
  readonly #handlers: PeerHandlers;
  readonly #first = Promise.withResolvers<void>();
  #line: Connection | null = null;
  #cancel = () => {};
  #retryMs = MIN_RETRY_MS;
  #listening = false;
  /** When anything last came over the line. */
  #heardAt = -Infinity;
  #closed = false;
  /** The parts of a long notice that have come so far. */
  #parts: string[] = [];

  constructor(db: Database, self: string, handlers: PeerHandlers) {
    this.#db = db;
    this.#self = self;
    this.#handlers = handlers;
  }

  get listening(): boolean {
    return this.#listening && systemClock.elapsed() - this.#heardAt < DOUBT_MS;
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
    // Of a line that was given up nothing is heard any more.
    const mine = (heard: () => void) => () => {
      if (this.#line === line && !this.#closed) heard();
    };
    const line = this.#db.listen({
      onNotify: (payload) => mine(() => this.#hear(payload))(),
      onClose: mine(() => this.#lose(line)),
    });
    this.#line = line;
    this.#parts = [];
    line.run("LISTEN hubbub").then(
      mine(() => {
        this.#listening = true;
        this.#heardAt = systemClock.elapsed();
        this.#retryMs = MIN_RETRY_MS;
        this.#handlers.onLost();
        this.#first.resolve();
        this.#pingLater(line);
      }),
      mine(() => this.#lose(line)),
    );
  }

  /** A line may be dead without a sign of it: whoever only listens has to ask. */
  #pingLater(line: Connection): void {
    this.#cancel = systemClock.after(Math.min(PING_MS, this.#db.patienceMs), () => {
      line.run("SELECT 1").then(
        () => {
          if (this.#line !== line || this.#closed) return;
          this.#heardAt = systemClock.elapsed();
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

  /** `<instance> grown <rooms>`, or `<instance> told <n>/<count> <part of notices>`. */
  #hear(payload: string): void {
    this.#heardAt = systemClock.elapsed();
    const [, from = "", kind, rest = ""] = /^(\S+) (grown|told) (.*)$/s.exec(payload) ?? [];
    if (from === this.#self) return;
    if (kind === "grown") this.#handlers.onGrown(rowsIn(rest).map(toGrowth));
    if (kind === "told") this.#hearPart(from, rest);
  }

  #hearPart(from: string, rest: string): void {
    const [, number, count, part = ""] = /^(\d+)\/(\d+) (.*)$/s.exec(rest) ?? [];
    // The parts of one notice are of one transaction: nothing comes in between.
    if (number === "1") this.#parts = [];
    this.#parts.push(part);
    if (number !== count || this.#parts.length !== Number(count)) return;
    const notices = rowsIn(this.#parts.join(""));
    this.#parts = [];
    for (const notice of notices) this.#handlers.onNotice(from, notice satisfies Notice);
  }
}

/** The JSON objects in an array of them; they were written by an instance, or by our own function. */
function rowsIn(json: string): readonly Row[] {
  const values: unknown = JSON.parse(json);
  return Array.isArray(values) ? values : [];
}

/** Reads how a room grew, from a row or from what the database told. */
export function toGrowth(row: Row): Growth {
  const pair = row.low === null ? null : [int(row, "low"), int(row, "high")] as const;
  return { room: int(row, "room"), seq: int(row, "seq"), pair };
}
