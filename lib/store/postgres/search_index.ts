import { PREVIEW_PLACE } from "../files.ts";
import type { Append } from "../records.ts";
import { int, type Row, storedText, textOrNull } from "../sql/rows.ts";
import { documentOf, type Searchable } from "../sql/search_document.ts";
import { parsePayload } from "../sql/payload.ts";
import type { Connection } from "./database.ts";
import { BLOCK_MESSAGES } from "./search.sql.ts";

/** How many messages of the queue are indexed by one statement. */
const ROWS_A_STEP = 1_024;
/** Before every place in the queue. */
const FIRST = [Number.MIN_SAFE_INTEGER, 0] as const;
/** After how many steps a block is full. */
const STEPS_A_BLOCK = BLOCK_MESSAGES / ROWS_A_STEP;

/** The next messages of the queue after a place in it. */
const QUEUED = `SELECT b.at, b.id, e.xmin::text AS version, e.room, e.sender, e.text, e.payload,
  (
    e.thread IS NOT NULL
    OR EXISTS (SELECT 1 FROM threads t WHERE t.room = e.room AND t.root = e.seq)
  ) AS in_thread, (
    SELECT json_agg(json_build_array(f.name, f.type)) FROM files f
    WHERE f.room = e.room AND f.seq = e.seq AND f.place < ${PREVIEW_PLACE}
  )::text AS files
  FROM (SELECT at, id FROM search_queue WHERE (at, id) > ($1, $2)
    ORDER BY at, id LIMIT ${ROWS_A_STEP}) b
  LEFT JOIN events e ON e.id = b.id AND e.kind = 'message' AND NOT e.deleted
  ORDER BY b.at, b.id`;

/** The terms of a message, as the index takes them. */
function termsOf(room: number, sender: number, content: Searchable): string {
  const { terms, tags } = documentOf(content);
  const all = new Set([`_r${room}`, `_s${sender}`, ...tags.map((tag) => `_${tag}`), ...terms]);
  all.delete("_");
  return [...all].join(" ");
}

/**
 * The terms of a new message; `undefined` if it has files, whose names are not known yet: then it is
 * indexed from the queue.
 */
export function termsOfNew(item: Append): string | undefined {
  if (item.kind !== "message" || item.files !== undefined) return undefined;
  const content = { text: item.text, files: [], pinned: false, inThread: Boolean(item.thread) };
  return termsOf(item.room, item.sender.id, content);
}

/**
 * The index of messages. New messages are indexed by the append itself. Messages that were edited or
 * pinned, or have files, wait in a queue for moments; after an update or an import all do.
 */
export class SearchIndex {
  readonly #db: Pick<Connection, "run">;
  #running: Promise<void> | null = null;

  constructor(db: Pick<Connection, "run">) {
    this.#db = db;
  }

  /** The number of messages in the queue. */
  async queued(): Promise<number> {
    const [row] = await this.#db.run("SELECT count(*) AS n FROM search_queue");
    return int(row ?? {}, "n");
  }

  /** Has every message that is not indexed indexed from the queue. */
  async queueUnindexed(): Promise<void> {
    await this.#db.run(
      `INSERT INTO search_queue (at, id) SELECT e.at, e.id FROM events e
       WHERE e.kind = 'message' AND NOT e.deleted
         AND NOT EXISTS (SELECT 1 FROM search_entries s WHERE s.id = e.id)
       ON CONFLICT DO NOTHING`,
    );
  }

  /** Indexes the few messages that changed since. Concurrent calls share the work. */
  async catchUp(): Promise<void> {
    // A run that began before may have read the queue before the caller's change.
    await this.#running;
    this.#running ??= this.#index(() => {}, false).finally(() => this.#running = null);
    await this.#running;
  }

  /** Begins to catch up. If it fails, the next search does it. */
  catchUpSoon(): void {
    this.catchUp().catch(() => {});
  }

  /**
   * Indexes the queue, oldest first, each step in one statement, in blocks of its own.
   *
   * @param onProgress Called with the number of messages after each step.
   */
  async workOff(onProgress: (messages: number) => void = () => {}): Promise<void> {
    await this.#index(onProgress, true);
  }

  /** @param areOld Whether the messages may be of any age: then the block of new ones is not theirs. */
  async #index(onProgress: (messages: number) => void, areOld: boolean): Promise<void> {
    let block: number | null = null;
    let after: readonly [at: number, id: number] = FIRST;
    for (let step = 0;; step++) {
      const rows = await this.#db.run(QUEUED, after);
      if (rows.length === 0 && after === FIRST) return;
      // In one transaction, as in an import, what was taken out still lies at the beginning of the
      // queue: each step would read all of it again. At the end, look for what came in meanwhile.
      const last = rows.at(-1);
      after = last === undefined ? FIRST : [int(last, "at"), int(last, "id")];
      if (last === undefined) continue;
      const isMany = areOld || rows.length === ROWS_A_STEP;
      if (isMany && (block === null || step % STEPS_A_BLOCK === 0)) {
        block = await this.#newBlock(int(rows[0] ?? {}, "at"));
      }
      await this.#db.run(
        "SELECT index_queue($1::text::jsonb, coalesce($2, open_search_block()))",
        [JSON.stringify(rows.map(toItem)), block],
      );
      onProgress(rows.length);
    }
  }

  /** A block for messages of the past, the first of them sent at a time. */
  async #newBlock(at: number): Promise<number> {
    const [row] = await this.#db.run(
      "INSERT INTO search_blocks (first_at, last_at) VALUES ($1, $1) RETURNING block",
      [at],
    );
    return int(row ?? {}, "block");
  }
}

function toItem(row: Row) {
  const id = int(row, "id");
  // Deleted since.
  if (row.version === null) return { id };
  const content = {
    text: storedText(row, "text"),
    files: JSON.parse(textOrNull(row, "files") ?? "[]"),
    pinned: parsePayload(textOrNull(row, "payload")).pinned === true,
    inThread: row.in_thread === true,
  };
  const terms = termsOf(int(row, "room"), int(row, "sender"), content);
  return { id, version: storedText(row, "version"), terms };
}
