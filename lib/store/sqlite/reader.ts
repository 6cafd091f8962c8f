import type { DatabaseSync } from "node:sqlite";
import type { Bounds, Page, StoredEvent, StoredMessage } from "../records.ts";
import type { SqliteFiles } from "./files.ts";
import { BoundedRows } from "../sql/bounded_rows.ts";
import type { Reactions } from "./reactions.ts";
import { int, type Row, SELECT_EVENTS, selectMessages, toEvent, toMessage } from "../sql/rows.ts";

/**
 * The maximum number of rows per read. The driver returns many rows at a third of the cost of
 * single ones.
 */
const CHUNK = 128;

/** Reads the rooms' logs. */
export class SqliteLogReader {
  readonly #reactions: Reactions;
  readonly #files: SqliteFiles;
  readonly #events;
  readonly #before;
  readonly #after;
  readonly #with;

  constructor(db: DatabaseSync, reactions: Reactions, files: SqliteFiles) {
    this.#reactions = reactions;
    this.#files = files;
    this.#events = db.prepare(
      `${SELECT_EVENTS} WHERE e.room = ? AND e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ?`,
    );
    const messages = `${selectMessages("messages_by_seq")} WHERE e.kind = 'message' AND e.room = ?`;
    this.#before = db.prepare(`${messages} AND e.seq < ? ORDER BY e.seq DESC LIMIT ?`);
    this.#after = db.prepare(`${messages} AND e.seq > ? ORDER BY e.seq LIMIT ?`);
    this.#with = db.prepare(
      `${selectMessages("messages_with_state")} WHERE e.kind = 'message'
         AND json_remove(e.payload, '$.mentions', '$.mention_names') <> '{}' AND e.room = ? AND e.payload ->> ? IS NOT NULL AND e.seq < ? ORDER BY e.seq DESC LIMIT ?`,
    );
  }

  replay(
    room: number,
    after: number,
    upTo: number,
    bounds: Bounds,
  ): readonly StoredEvent[] | null {
    const { rows, more } = readBounded(
      (from, count) => this.#events.all(room, from, upTo, count),
      after,
      bounds,
    );
    return more ? null : this.#files.fill(rows.map(toEvent));
  }

  pageBefore(room: number, before: number, bounds: Bounds, viewer = 0): Page {
    const { rows, more } = readBounded(
      (from, count) => this.#before.all(room, from, count),
      before,
      bounds,
    );
    return { messages: this.#fill(rows.reverse(), viewer), more };
  }

  pageAfter(room: number, after: number, bounds: Bounds, viewer = 0): Page {
    const { rows, more } = readBounded(
      (from, count) => this.#after.all(room, from, count),
      after,
      bounds,
    );
    return { messages: this.#fill(rows, viewer), more };
  }

  pageWith(room: number, property: string, before: number, bounds: Bounds, viewer = 0): Page {
    const { rows, more } = readBounded(
      (from, count) => this.#with.all(room, property, from, count),
      before,
      bounds,
    );
    return { messages: this.#fill(rows.reverse(), viewer), more };
  }

  #fill(rows: readonly Row[], viewer: number): readonly StoredMessage[] {
    return this.#files.fill(this.#reactions.fill(rows.map(toMessage), viewer));
  }
}

/** Reads at most `count` rows, nearest to the seq `from`. */
type Read = (from: number, count: number) => readonly Row[];

/** Reads rows within the bounds, and one more to detect the end. */
function readBounded(
  read: Read,
  from: number,
  bounds: Bounds,
): { rows: Row[]; more: boolean } {
  const within = new BoundedRows(bounds);
  for (const row of readAll(read, from, Math.min(Math.max(bounds.limit, 1) + 1, CHUNK))) {
    if (!within.take(row)) return { rows: within.rows, more: true };
  }
  return { rows: within.rows, more: false };
}

/** Every row from a seq on, read lazily in chunks. */
function* readAll(read: Read, from: number, chunk: number): Generator<Row, void> {
  for (let next = from;;) {
    const rows = read(next, chunk);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < chunk) return;
    next = int(last, "seq");
  }
}
