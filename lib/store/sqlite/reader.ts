import type { DatabaseSync } from "node:sqlite";
import type { Bounds, Page, StoredEvent } from "../store.ts";
import type { Reactions } from "./reactions.ts";
import { type Row, SELECT_EVENTS, selectMessages, toEvent, toMessage } from "./rows.ts";

/** Reads the rooms' logs. */
export class LogReader {
  readonly #reactions: Reactions;
  readonly #events;
  readonly #before;
  readonly #after;

  constructor(db: DatabaseSync, reactions: Reactions) {
    this.#reactions = reactions;
    this.#events = db.prepare(
      `${SELECT_EVENTS} WHERE e.room = ? AND e.seq > ? AND e.seq <= ? ORDER BY e.seq`,
    );
    const messages = `${selectMessages("messages_by_seq")} WHERE e.kind = 'message' AND e.room = ?`;
    this.#before = db.prepare(`${messages} AND e.seq < ? ORDER BY e.seq DESC`);
    this.#after = db.prepare(`${messages} AND e.seq > ? ORDER BY e.seq`);
  }

  replay(
    room: number,
    after: number,
    upTo: number,
    bounds: Bounds,
  ): readonly StoredEvent[] | null {
    const { rows, more } = readWithin(this.#events.iterate(room, after, upTo), bounds);
    return more ? null : rows.map(toEvent);
  }

  pageBefore(room: number, before: number, bounds: Bounds): Page {
    const { rows, more } = readWithin(this.#before.iterate(room, before), bounds);
    return { messages: this.#reactions.fill(rows.reverse().map(toMessage)), more };
  }

  pageAfter(room: number, after: number, bounds: Bounds): Page {
    const { rows, more } = readWithin(this.#after.iterate(room, after), bounds);
    return { messages: this.#reactions.fill(rows.map(toMessage)), more };
  }
}

/** Reads rows while they keep within the bounds, and one more to know whether that was all. */
function readWithin(
  source: Iterable<Row>,
  { limit, maxLength }: Bounds,
): { rows: Row[]; more: boolean } {
  const rows: Row[] = [];
  let length = 0;
  for (const row of source) {
    length += typeof row.text === "string" ? row.text.length : 0;
    const full = rows.length >= limit || length > maxLength;
    if (full && rows.length > 0) return { rows, more: true };
    rows.push(row);
  }
  return { rows, more: false };
}
