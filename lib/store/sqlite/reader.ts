import type { DatabaseSync } from "node:sqlite";
import type { Bounds, Page, StoredEvent, StoredMessage } from "../store.ts";
import type { Files } from "./files.ts";
import { Within } from "../within.ts";
import type { Reactions } from "./reactions.ts";
import { int, type Row, SELECT_EVENTS, selectMessages, toEvent, toMessage } from "../rows.ts";

/** Rows read at once at most. The driver hands over many rows at a third of what it costs singly. */
const CHUNK = 128;

/** Reads the rooms' logs. */
export class LogReader {
  readonly #reactions: Reactions;
  readonly #files: Files;
  readonly #events;
  readonly #before;
  readonly #after;

  constructor(db: DatabaseSync, reactions: Reactions, files: Files) {
    this.#reactions = reactions;
    this.#files = files;
    this.#events = db.prepare(
      `${SELECT_EVENTS} WHERE e.room = ? AND e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ?`,
    );
    const messages = `${selectMessages("messages_by_seq")} WHERE e.kind = 'message' AND e.room = ?`;
    this.#before = db.prepare(`${messages} AND e.seq < ? ORDER BY e.seq DESC LIMIT ?`);
    this.#after = db.prepare(`${messages} AND e.seq > ? ORDER BY e.seq LIMIT ?`);
  }

  replay(
    room: number,
    after: number,
    upTo: number,
    bounds: Bounds,
  ): readonly StoredEvent[] | null {
    const { rows, more } = readWithin(
      (from, count) => this.#events.all(room, from, upTo, count),
      after,
      bounds,
    );
    return more ? null : this.#files.fill(rows.map(toEvent));
  }

  pageBefore(room: number, before: number, bounds: Bounds): Page {
    const { rows, more } = readWithin(
      (from, count) => this.#before.all(room, from, count),
      before,
      bounds,
    );
    return { messages: this.#fill(rows.reverse()), more };
  }

  pageAfter(room: number, after: number, bounds: Bounds): Page {
    const { rows, more } = readWithin(
      (from, count) => this.#after.all(room, from, count),
      after,
      bounds,
    );
    return { messages: this.#fill(rows), more };
  }

  #fill(rows: readonly Row[]): readonly StoredMessage[] {
    return this.#files.fill(this.#reactions.fill(rows.map(toMessage)));
  }
}

/** Reads at most `count` rows, those next to the seq `from`. */
type Read = (from: number, count: number) => readonly Row[];

/** Reads rows while they keep within the bounds, and one more to know whether that was all. */
function readWithin(
  read: Read,
  from: number,
  bounds: Bounds,
): { rows: Row[]; more: boolean } {
  const within = new Within(bounds);
  for (const row of readAll(read, from, Math.min(Math.max(bounds.limit, 1) + 1, CHUNK))) {
    if (!within.take(row)) return { rows: within.rows, more: true };
  }
  return { rows: within.rows, more: false };
}

/** Every row from a seq on, read a chunk at a time as they are asked for. */
function* readAll(read: Read, from: number, chunk: number): Generator<Row, void> {
  for (let next = from;;) {
    const rows = read(next, chunk);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < chunk) return;
    next = int(last, "seq");
  }
}
