import { systemClock } from "../../clock.ts";
import type { Notice } from "../peers.ts";
import type { Database } from "./database.ts";

/** Milliseconds in which notices gather, so that many travel together. */
const GATHER_MS = 3;
/** Characters of a part: with what stands before it, a payload stays below its 8,000 bytes. */
const PART_LENGTH = 7_800;
/** Notices that may wait to be told; more are dropped, as when the database is away. */
const MAX_WAITING = 10_000;

/** All parts of what is told at once come one after the other: they are of one transaction. */
const TELL = `SELECT pg_notify('hubbub', part)
  FROM json_array_elements_text($1::text::json) WITH ORDINALITY AS p (part, number)
  ORDER BY number`;

/** Tells the other instances, in order. */
export class Teller {
  readonly #db: Database;
  readonly #self: string;
  #waiting: Notice[] = [];
  /** Whether a time to tell is set, or something is being told. */
  #busy = false;
  #cancel = () => {};
  #telling: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(db: Database, self: string) {
    this.#db = db;
    this.#self = self;
  }

  tell(notice: Notice): void {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push(notice);
    if (!this.#busy) this.#tellSoon();
  }

  /** Tells what is left; what comes later is dropped. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#telling;
    await this.#tellAll();
  }

  #tellSoon(): void {
    this.#busy = true;
    this.#cancel = systemClock.after(GATHER_MS, () => {
      this.#telling = this.#tellAll().then(() => {
        this.#busy = false;
        if (this.#waiting.length > 0 && !this.#closed) this.#tellSoon();
      });
    });
  }

  async #tellAll(): Promise<void> {
    const notices = this.#waiting;
    this.#waiting = [];
    if (notices.length === 0) return;
    try {
      await this.#db.run(TELL, [JSON.stringify(partsOf(this.#self, notices))]);
    } catch {
      // It is dropped: what the others must know, they also look for from time to time.
    }
  }
}

/** Notices as payloads. */
function partsOf(self: string, notices: readonly Notice[]): readonly string[] {
  // In ASCII, so that the length of a text is its length in bytes.
  const text = JSON.stringify(notices).replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const count = Math.ceil(text.length / PART_LENGTH);
  return Array.from({ length: count }, (_, n) => {
    const part = text.slice(n * PART_LENGTH, (n + 1) * PART_LENGTH);
    return `${self} told ${n + 1}/${count} ${part}`;
  });
}
