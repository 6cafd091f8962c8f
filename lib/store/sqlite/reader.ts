import type { DatabaseSync } from "node:sqlite";
import type { Bounds, Page, StoredEvent, StoredMessage } from "../records.ts";
import type { Place } from "../personal.ts";
import type { FileKind } from "../files.ts";
import { forFileKinds, seqsWithFiles } from "../sql/file_rows.ts";
import type { SqliteFiles } from "./files.ts";
import { BoundedRows } from "../sql/bounded_rows.ts";
import type { Reactions } from "./reactions.ts";
import type { SqliteThreads } from "./threads.ts";
import type { SqliteVotes } from "./votes.ts";
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
  readonly #threads: SqliteThreads;
  readonly #votes: SqliteVotes;
  readonly #events;
  readonly #before;
  readonly #after;
  readonly #with;
  readonly #withFiles;
  readonly #threadBefore;
  readonly #threadAfter;
  readonly #at;

  constructor(
    db: DatabaseSync,
    reactions: Reactions,
    files: SqliteFiles,
    threads: SqliteThreads,
    votes: SqliteVotes,
  ) {
    this.#reactions = reactions;
    this.#files = files;
    this.#threads = threads;
    this.#votes = votes;
    this.#events = db.prepare(
      `${SELECT_EVENTS} WHERE e.room = ? AND e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ?`,
    );
    const messages = `${selectMessages("messages_by_seq")} WHERE e.kind = 'message' AND e.room = ?`;
    this.#before = db.prepare(`${messages} AND e.seq < ? ORDER BY e.seq DESC LIMIT ?`);
    this.#after = db.prepare(`${messages} AND e.seq > ? ORDER BY e.seq LIMIT ?`);
    this.#at = db.prepare(
      `${selectMessages("messages_by_seq")} WHERE e.kind = 'message' AND (e.room, e.seq) IN (
         SELECT value ->> 0, value ->> 1 FROM json_each(?))`,
    );
    this.#with = db.prepare(
      `${selectMessages("messages_with_state")} WHERE e.kind = 'message'
         AND json_remove(e.payload, '$.mentions', '$.mention_names') <> '{}' AND e.room = ? AND e.payload ->> ? IS NOT NULL AND e.seq < ? ORDER BY e.seq DESC LIMIT ?`,
    );
    this.#withFiles = forFileKinds((condition) =>
      db.prepare(
        `${selectMessages("messages_by_seq")} WHERE e.kind = 'message' AND e.room = :room
           AND e.seq IN (${seqsWithFiles(condition, ":room", ":from", ":count")})
         ORDER BY e.seq DESC`,
      )
    );
    this.#threadBefore = db.prepare(`${threadWhere("<")} ORDER BY seq DESC LIMIT :count`);
    this.#threadAfter = db.prepare(`${threadWhere(">")} ORDER BY seq LIMIT :count`);
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
    return more ? null : this.#files.fill(this.#threads.fill(rows.map(toEvent)));
  }

  pageBefore(room: number, before: number, bounds: Bounds, viewer = 0, thread?: number): Page {
    const { rows, more } = readBounded(
      (from, count) =>
        thread === undefined
          ? this.#before.all(room, from, count)
          : this.#threadBefore.all({ room, thread, from, count }),
      before,
      bounds,
    );
    return { messages: this.#fill(rows.reverse(), viewer), more };
  }

  pageAfter(room: number, after: number, bounds: Bounds, viewer = 0, thread?: number): Page {
    const { rows, more } = readBounded(
      (from, count) =>
        thread === undefined
          ? this.#after.all(room, from, count)
          : this.#threadAfter.all({ room, thread, from, count }),
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

  pageWithFiles(
    room: number,
    kind: FileKind | undefined,
    before: number,
    bounds: Bounds,
    viewer = 0,
  ): Page {
    const { rows, more } = readBounded(
      (from, count) => this.#withFiles[kind ?? "all"].all({ room, from, count }),
      before,
      bounds,
    );
    return { messages: this.#fill(rows.reverse(), viewer), more };
  }

  messagesAt(places: readonly Place[], viewer = 0): readonly StoredMessage[] {
    const wanted = JSON.stringify(places.map(({ room, seq }) => [room, seq]));
    return this.#fill(this.#at.all(wanted), viewer);
  }

  #fill(rows: readonly Row[], viewer: number): readonly StoredMessage[] {
    const messages = this.#votes.fill(
      this.#reactions.fill(rows.map(toMessage), viewer),
      viewer,
    );
    return this.#threads.fill(this.#files.fill(messages));
  }
}

/** The messages of a thread, its root included. Both parts come in order and are merged. */
function threadWhere(side: "<" | ">"): string {
  return `${selectMessages()} WHERE e.kind = 'message' AND e.room = :room AND e.seq = :thread
      AND e.seq ${side} :from
    UNION ALL ${selectMessages("thread_replies")}
    WHERE e.kind = 'message' AND e.room = :room AND e.thread = :thread AND e.seq ${side} :from`;
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
