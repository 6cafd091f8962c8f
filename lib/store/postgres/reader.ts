import {
  flag,
  int,
  type Row,
  SELECT_EVENTS,
  selectMessages,
  toEvent,
  toMessage,
} from "../sql/rows.ts";
import type { Bounds, Page, StoredEvent, StoredMessage } from "../records.ts";
import { BoundedRows } from "../sql/bounded_rows.ts";
import type { Place } from "../personal.ts";
import { arrayOf, type Database } from "./database.ts";
import type { FileKind } from "../files.ts";
import { forFileKinds, seqsWithFiles } from "../sql/file_rows.ts";
import { fillFiles } from "./files.ts";
import { fillReactions } from "./reactions.ts";
import { fillReplies } from "./threads.ts";
import { fillVotes } from "./votes.ts";

/** The maximum number of rows per read, which fit into memory easily. */
const CHUNK = 512;

/** Also tells which events have files, and which messages are the root of a thread. */
const EVENTS = `${
  SELECT_EVENTS.replace(
    "SELECT ",
    `SELECT EXISTS (SELECT FROM files f WHERE f.room = e.room AND f.seq = e.seq) AS has_files,
    EXISTS (SELECT FROM threads t WHERE t.room = e.room AND t.root = e.seq) AS has_replies, `,
  )
}
  WHERE e.room = $1 AND e.seq > $2 AND e.seq <= $4 ORDER BY e.seq LIMIT $3`;
const MESSAGES = `${selectMessages()} WHERE e.kind = 'message' AND e.room = $1`;
const BEFORE = `${MESSAGES} AND e.seq < $2 ORDER BY e.seq DESC LIMIT $3`;
const AFTER = `${MESSAGES} AND e.seq > $2 ORDER BY e.seq LIMIT $3`;
const WITH = `${MESSAGES} AND e.payload::jsonb - 'mentions' - 'mention_names' <> '{}'::jsonb
  AND e.payload::json ->> $4 IS NOT NULL
  AND e.seq < $2 ORDER BY e.seq DESC LIMIT $3`;

const WITH_FILES = forFileKinds((condition) =>
  `${MESSAGES} AND e.seq IN (${seqsWithFiles(condition, "$1", "$2", "$3")}) ORDER BY e.seq DESC`
);

/** The messages of a thread, its root included: a page of the replies, beside the root. */
function threadWhere(side: "<" | ">", order: "" | " DESC"): string {
  return `SELECT * FROM (
      ${MESSAGES} AND e.seq = $4 AND e.seq ${side} $2
      UNION ALL
      (${MESSAGES} AND e.thread = $4 AND e.seq ${side} $2 ORDER BY e.seq${order} LIMIT $3)
    ) AS part ORDER BY part.seq${order} LIMIT $3`;
}
const THREAD_BEFORE = threadWhere("<", " DESC");
const THREAD_AFTER = threadWhere(">", "");

const AT = `${selectMessages()} WHERE e.kind = 'message' AND (e.room, e.seq) IN (
  SELECT * FROM unnest($1::bigint[], $2::bigint[]))`;

/** Reads the rooms' logs. */
export class PostgresLogReader {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async replay(
    room: number,
    after: number,
    upTo: number,
    bounds: Bounds,
  ): Promise<readonly StoredEvent[] | null> {
    const { rows, more } = await readBounded(
      (from, count) => this.#db.run(EVENTS, [room, from, count, upTo]),
      after,
      bounds,
    );
    if (more) return null;
    let events: readonly StoredEvent[] = rows.map(toEvent);
    if (rows.some((row) => flag(row, "has_files"))) events = await fillFiles(this.#db, events);
    if (rows.some((row) => flag(row, "has_replies"))) events = await fillReplies(this.#db, events);
    return events;
  }

  async pageBefore(
    room: number,
    before: number,
    bounds: Bounds,
    viewer = 0,
    thread?: number,
  ): Promise<Page> {
    const { rows, more } = await readBounded(
      (from, count) =>
        thread === undefined
          ? this.#db.run(BEFORE, [room, from, count])
          : this.#db.run(THREAD_BEFORE, [room, from, count, thread]),
      before,
      bounds,
    );
    return { messages: await this.#fill(rows.reverse(), viewer), more };
  }

  async pageAfter(
    room: number,
    after: number,
    bounds: Bounds,
    viewer = 0,
    thread?: number,
  ): Promise<Page> {
    const { rows, more } = await readBounded(
      (from, count) =>
        thread === undefined
          ? this.#db.run(AFTER, [room, from, count])
          : this.#db.run(THREAD_AFTER, [room, from, count, thread]),
      after,
      bounds,
    );
    return { messages: await this.#fill(rows, viewer), more };
  }

  async pageWith(
    room: number,
    property: string,
    before: number,
    bounds: Bounds,
    viewer = 0,
  ): Promise<Page> {
    const { rows, more } = await readBounded(
      (from, count) => this.#db.run(WITH, [room, from, count, property]),
      before,
      bounds,
    );
    return { messages: await this.#fill(rows.reverse(), viewer), more };
  }

  async pageWithFiles(
    room: number,
    kind: FileKind | undefined,
    before: number,
    bounds: Bounds,
    viewer = 0,
  ): Promise<Page> {
    const { rows, more } = await readBounded(
      (from, count) => this.#db.run(WITH_FILES[kind ?? "all"], [room, from, count]),
      before,
      bounds,
    );
    return { messages: await this.#fill(rows.reverse(), viewer), more };
  }

  async messagesAt(places: readonly Place[], viewer = 0): Promise<readonly StoredMessage[]> {
    const rows = await this.#db.run(AT, [
      arrayOf(places.map(({ room }) => room)),
      arrayOf(places.map(({ seq }) => seq)),
    ]);
    return await this.#fill(rows, viewer);
  }

  async #fill(rows: readonly Row[], viewer: number): Promise<readonly StoredMessage[]> {
    const reacted = await fillReactions(this.#db, rows.map(toMessage), viewer);
    const messages = await fillVotes(this.#db, reacted, viewer);
    return await fillReplies(this.#db, await fillFiles(this.#db, messages));
  }
}

/** Reads at most `count` rows, nearest to the seq `from`. */
type Read = (from: number, count: number) => Promise<readonly Row[]>;

/** Reads rows within the bounds, and one more to detect the end. */
async function readBounded(
  read: Read,
  from: number,
  bounds: Bounds,
): Promise<{ rows: Row[]; more: boolean }> {
  const within = new BoundedRows(bounds);
  const chunk = Math.min(Math.max(bounds.limit, 1) + 1, CHUNK);
  for (let next = from;;) {
    const rows = await read(next, chunk);
    if (!rows.every((row) => within.take(row))) return { rows: within.rows, more: true };
    const last = rows.at(-1);
    if (last === undefined || rows.length < chunk) return { rows: within.rows, more: false };
    next = int(last, "seq");
  }
}
