import { systemClock } from "../../util/clock.ts";
import type { PeerPayload } from "../peers.ts";
import type { Database } from "./database.ts";
import { CHANNEL, type Seal } from "./seal.ts";

/** Milliseconds in which notices are collected into one batch. */
const GATHER_MS = 3;
/** Characters of a part: with its header, a payload stays below 8,000 bytes. */
const PART_LENGTH = 7_700;
/** The maximum number of waiting notices; more are dropped, as while the database is away. */
const MAX_WAITING = 10_000;

/** The parts of one notice arrive consecutively: they are sent in one transaction. */
const TELL = `SELECT pg_notify('${CHANNEL}', part)
  FROM json_array_elements_text($1::text::json) WITH ORDINALITY AS p (part, number)
  ORDER BY number`;

/** Notifies the other instances, in order. */
export class Notifier {
  readonly #db: Database;
  readonly #seal: Seal;
  #waiting: PeerPayload[] = [];
  /** Whether a flush is scheduled or running. */
  #busy = false;
  #cancel = () => {};
  #telling: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(db: Database, seal: Seal) {
    this.#db = db;
    this.#seal = seal;
  }

  publish(notice: PeerPayload): void {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push(notice);
    if (!this.#busy) this.#tellSoon();
  }

  /** Sends the waiting notices; later ones are dropped. */
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
      await this.#db.run(TELL, [JSON.stringify(partsOf(this.#seal, notices))]);
    } catch {
      // It is dropped: the other instances also check for essential changes periodically.
    }
  }
}

/** Notices as payloads. */
function partsOf(seal: Seal, notices: readonly PeerPayload[]): readonly string[] {
  // In ASCII, so that the length of a text is its length in bytes.
  const text = JSON.stringify(notices).replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const count = Math.ceil(text.length / PART_LENGTH);
  return Array.from({ length: count }, (_, n) => {
    const part = text.slice(n * PART_LENGTH, (n + 1) * PART_LENGTH);
    return seal.close(`told ${n + 1}/${count} ${part}`);
  });
}
