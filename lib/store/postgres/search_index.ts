import { PREVIEW_PLACE } from "../files.ts";
import type { Append } from "../records.ts";
import { flag, int, type Row, storedText, textOrNull } from "../sql/rows.ts";
import { documentOf, type Searchable } from "../sql/search_document.ts";
import { parsePayload } from "../sql/payload.ts";
import { arrayOf, type Connection } from "./database.ts";
import { BLOCK_MESSAGES, searchWords } from "./search.sql.ts";

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

/** Messages that an import indexed before it knew their files, or that they are roots of threads. */
const QUEUE_INCOMPLETE = `WITH incomplete AS (
    SELECT f.room, f.seq FROM files f WHERE f.place < ${PREVIEW_PLACE}
    UNION SELECT t.room, t.root FROM threads t
  ), was AS (
    DELETE FROM search_entries s USING incomplete i, events e
    WHERE e.room = i.room AND e.seq = i.seq AND s.id = e.id RETURNING s.at, s.id, s.block
  ) INSERT INTO search_queue (at, id, block) SELECT at, id, block FROM was`;

const ADD_IMPORTED = `INSERT INTO search_entries (id, at, room, block, words)
  SELECT v.id, v.at, v.room, $5::bigint, ${searchWords("$5::bigint", "v.terms")}
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) AS v (id, at, room, terms)`;

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

  /** Has the messages indexed again that an import indexed before it knew all about them. */
  async queueIncomplete(): Promise<void> {
    await this.#db.run(QUEUE_INCOMPLETE);
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
        block = await newBlock(this.#db, int(rows[0] ?? {}, "at"));
      }
      await this.#db.run(
        "SELECT index_queue($1::text::jsonb, coalesce($2, open_search_block()))",
        [JSON.stringify(rows.map(toItem)), block],
      );
      onProgress(rows.length);
    }
  }
}

/** A block for messages of the past, the first of them sent at a time. */
async function newBlock(db: Pick<Connection, "run">, at: number): Promise<number> {
  const [row] = await db.run(
    "INSERT INTO search_blocks (first_at, last_at) VALUES ($1, $1) RETURNING block",
    [at],
  );
  return int(row ?? {}, "block");
}

/** What the index has of a message of an import, as far as its row of `events` tells. */
export interface ImportedMessage {
  readonly id: number;
  readonly at: number;
  readonly room: number;
  readonly terms: string;
}

/** What an import indexes of rows of `events`. */
export function importedMessages(rows: readonly Row[]): readonly ImportedMessage[] {
  return rows.filter((row) => row.kind === "message" && !flag(row, "deleted")).map((row) => {
    const [id, at, room] = [int(row, "id"), int(row, "at"), int(row, "room")];
    const content = {
      text: storedText(row, "text"),
      files: [],
      pinned: parsePayload(textOrNull(row, "payload")).pinned === true,
      inThread: row.thread !== null,
    };
    return { id, at, room, terms: termsOf(room, int(row, "sender"), content) };
  });
}

/** Indexes messages as an import brings them, in blocks of those that come one after the other. */
export class ImportedIndex {
  readonly #db: Pick<Connection, "run">;
  #block = 0;
  #first = 0;
  #last = 0;
  /** How many messages the block still takes. */
  #free = 0;

  constructor(db: Pick<Connection, "run">) {
    this.#db = db;
  }

  /** Indexes messages. */
  async add(messages: readonly ImportedMessage[]): Promise<void> {
    for (let from = 0; from < messages.length;) {
      if (this.#free === 0) {
        await this.finish();
        this.#first = this.#last = messages[from]!.at;
        this.#block = await newBlock(this.#db, this.#first);
        this.#free = BLOCK_MESSAGES;
      }
      const some = messages.slice(from, from + this.#free);
      from += some.length;
      this.#free -= some.length;
      for (const { at } of some) {
        this.#first = Math.min(this.#first, at);
        this.#last = Math.max(this.#last, at);
      }
      await this.#db.run(ADD_IMPORTED, [
        arrayOf(some.map(({ id }) => id)),
        arrayOf(some.map(({ at }) => at)),
        arrayOf(some.map(({ room }) => room)),
        arrayOf(some.map(({ terms }) => terms)),
        this.#block,
      ]);
    }
  }

  /** Says of the last block from when to when its messages are. */
  async finish(): Promise<void> {
    if (this.#block === 0) return;
    await this.#db.run(
      "UPDATE search_blocks SET first_at = $2, last_at = $3 WHERE block = $1",
      [this.#block, this.#first, this.#last],
    );
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
