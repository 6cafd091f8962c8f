import type { DatabaseSync } from "node:sqlite";
import { int, intOrNull, text } from "../sql/rows.ts";
import { type Indexer, indexerOn, NEWEST_PART } from "./indexer.ts";
import { newestIdIn } from "./newest.ts";
import type { Transaction } from "./transaction.ts";

/**
 * The maximum number of messages that wait to be indexed. FTS5 writes out a segment of its index
 * with each transaction: for one message that takes twice as long as the rest of its append, for a
 * hundred at once a fifth of that each. More would gain little, and cause a noticeable pause.
 */
const MAX_WAITING = 128;

/**
 * How many messages a part of the index has before the next one is begun. FTS5 collects all
 * positions of a prefix before it checks which are wanted: the longer the part, the longer that
 * takes, and other work waits meanwhile. The shorter, the more parts must be searched for rare
 * words.
 */
const PART_ROWS = 2 ** 16;

/** How many messages are indexed in one transaction while there are many. */
const ROWS_A_STEP = 2_000;

/**
 * How many pages of a full part are merged at a time. FTS5 looks a word up in each segment of a
 * part, of which there are about ten when it is full; in one segment it is found twice as fast.
 */
const TIDY_PAGES = 16;

/** How many messages move to the next part at most, because their time is after its beginning. */
const MAX_MOVED = 1_000;

/** Creates a part like the schema's first one. */
const BEGIN_PART = [
  `CREATE VIRTUAL TABLE ${NEWEST_PART} USING fts5 (
    terms, content = '', columnsize = 0, tokenize = "ascii tokenchars '_'"
  )`,
  `INSERT INTO ${NEWEST_PART} (${NEWEST_PART}, rank) VALUES ('secure-delete', 1)`,
];

/** A part of the index: the messages from one key to the next part's first. */
export interface Part {
  readonly table: string;
  /** The last key of the part before it. */
  readonly after: number;
}

/**
 * The full-text index of messages. A message has a key there, which is its place in the order of
 * time, whenever it arrived: an imported archive lies between the messages that were there. It has
 * parts, each an FTS5 table over a range of keys. Only the newest one grows with new messages; once
 * it is full it is renamed, and the next one is begun.
 *
 * The index follows the log at a small distance: messages wait until there are enough of them, or
 * until a search runs. Its position is stored with it, so that nothing is skipped after a crash.
 * After an import or an update, messages come from a queue instead, in the order of time.
 *
 * The index stores no text of its own: it must be updated in the transaction of every change, and a
 * deletion must pass exactly the terms that were indexed. Triggers could do this, but a statement
 * with a trigger makes the index write itself out after each row.
 */
export class WordIndex {
  readonly #db: DatabaseSync;
  readonly #transaction: Transaction;
  readonly #partRows: number;
  readonly #indexer: Indexer;
  readonly #newestId;
  readonly #mark;
  readonly #lastBefore;
  readonly #lastFrom;
  readonly #lastIndexed;
  readonly #newestKey;
  readonly #setLast;
  readonly #rows;
  readonly #setRows;
  readonly #after;
  readonly #changes;
  #waiting: number;
  /** The last key of the full part that is merged next; `null` if there is none. */
  #untidy: number | null;

  /** @param partRows How many messages a part has before the next one is begun. */
  constructor(db: DatabaseSync, transaction: Transaction, partRows = PART_ROWS) {
    this.#db = db;
    this.#transaction = transaction;
    this.#partRows = partRows;
    this.#indexer = indexerOn(db);
    this.#newestId = newestIdIn(db);
    this.#mark = db.prepare("SELECT value FROM meta WHERE name = 'indexed'");
    this.#lastBefore = db.prepare("SELECT max(last) AS key FROM search_index_parts WHERE last < ?");
    this.#lastFrom = db.prepare("SELECT min(last) AS key FROM search_index_parts WHERE last >= ?");
    // The middle one of the last three: one of them may be far ahead.
    this.#lastIndexed = db.prepare(
      `SELECT key FROM (SELECT key FROM search_places ORDER BY id DESC LIMIT 3)
       ORDER BY key DESC LIMIT 1 OFFSET 1`,
    );
    this.#newestKey = db.prepare("SELECT max(key) AS key FROM search_places");
    this.#setLast = db.prepare("INSERT INTO search_index_parts (last) VALUES (?)");
    this.#rows = db.prepare("SELECT value FROM meta WHERE name = 'part_rows'");
    this.#setRows = db.prepare("UPDATE meta SET value = ? WHERE name = 'part_rows'");
    this.#after = db.prepare(
      `SELECT id FROM search_places WHERE key > ? ORDER BY key LIMIT ${MAX_MOVED + 1}`,
    );
    this.#changes = db.prepare("SELECT total_changes() AS n");
    this.#waiting = this.#newestId() - this.#upTo();
    this.#untidy = this.#endBefore(Number.MAX_SAFE_INTEGER);
  }

  /** Counts new messages in the log. */
  grow(messages: number): void {
    this.#waiting += messages;
  }

  /** Indexes waiting messages if there are enough. Must not be called in a transaction. */
  keepUp(): void {
    if (this.#waiting >= MAX_WAITING) this.catchUp();
  }

  /** Indexes every waiting message. Must not be called in a transaction. */
  catchUp(): void {
    // Messages from the commit log were indexed when it was applied, and so were all before them.
    while (this.#waiting > 0) {
      const upTo = this.#upTo();
      const newest = this.#newestId();
      const next = Math.min(newest, upTo + Math.min(ROWS_A_STEP, this.#partRows));
      if (next > upTo) {
        this.#transaction(() => {
          this.#beginPartIfFull();
          this.#indexer.indexUpTo(next);
        });
      }
      this.#waiting = newest - next;
    }
  }

  /**
   * Indexes every waiting message, if the index can be written: on a full disk, indexed messages
   * can still be found. Must not be called in a transaction.
   */
  catchUpIfPossible(): void {
    try {
      this.catchUp();
    } catch (error) {
      if (!isForNow(error)) throw error;
    }
  }

  /**
   * Begins the next part if the newest one is full, for messages indexed by the apply thread, which
   * ignores that; otherwise merges a full part a little. Must not be called in a transaction.
   */
  keepParts(): void {
    try {
      if (this.#isFull()) this.#transaction(() => this.#beginPartIfFull());
      else this.#tidy();
    } catch {
      // It is retried each time; until then the part is longer, and searching it slower.
    }
  }

  /** Has every message that is neither indexed nor waiting indexed in the order of time. */
  queueUnindexed(): void {
    this.#db.exec(
      `INSERT OR IGNORE INTO search_queue (at, id) SELECT e.at, e.id FROM events e
       WHERE e.kind = 'message' AND e.deleted = 0
         AND NOT EXISTS (SELECT 1 FROM search_places p WHERE p.id = e.id);
       UPDATE meta SET value = (SELECT ifnull(max(id), 0) FROM events) WHERE name = 'indexed'`,
    );
    this.#waiting = 0;
  }

  /** The number of messages in the queue. */
  get queued(): number {
    return int(this.#db.prepare("SELECT count(*) AS n FROM search_queue").get() ?? {}, "n");
  }

  /**
   * Indexes some messages of the queue, oldest first, in one transaction.
   *
   * @returns How many; 0 once none is left.
   */
  workOff(): number {
    return this.#transaction(() => {
      this.#beginPartIfFull();
      return this.#indexer.indexQueued(ROWS_A_STEP) || this.#dropOldPart();
    });
  }

  /** Runs a change of a message. A waiting message is indexed later in its new form. */
  update(id: number, change: () => void): void {
    this.#indexer.update(id, change);
  }

  /** The part of a key. Looked up each time: the newest one is renamed. */
  partOf(key: number): Part {
    const last = intOrNull(this.#lastFrom.get(key) ?? {}, "key");
    const after = this.#endBefore(key) ?? Number.MIN_SAFE_INTEGER;
    return { table: last === null ? NEWEST_PART : nameOf(last), after };
  }

  /** Drops a table of an index of the first release. @returns 1, or 0 once none is left. */
  #dropOldPart(): number {
    const [old] = this.#db.prepare(
      "SELECT name FROM sqlite_schema WHERE name GLOB 'search_[0-9]*' AND sql LIKE '%fts5%'",
    ).all();
    if (old === undefined) return 0;
    this.#db.exec(`DROP TABLE ${text(old, "name")}`);
    return 1;
  }

  #isFull(): boolean {
    return Number(text(this.#rows.get() ?? {}, "value")) >= this.#partRows;
  }

  /**
   * Renames the newest part if it is full, and begins the next one: after the last messages but one.
   * Those that claim to be newer, as some do when the clock was ahead, move to the next part.
   */
  #beginPartIfFull(): void {
    if (!this.#isFull()) return;
    const before = this.#endBefore(Number.MAX_SAFE_INTEGER) ?? -1;
    const newest = intOrNull(this.#newestKey.get() ?? {}, "key") ?? -1;
    if (newest <= before) {
      // Every message of the part was deleted.
      this.#setRows.run("0");
      return;
    }
    const indexed = intOrNull(this.#lastIndexed.get() ?? {}, "key") ?? newest;
    const ahead = this.#after.all(indexed).map((row) => int(row, "id"));
    const areFew = indexed > before && ahead.length <= MAX_MOVED;
    const last = areFew ? indexed : newest;
    const moved = areFew ? ahead : [];
    // Not by exec(), whose errors do not report that the disk is full.
    const rename = `ALTER TABLE ${NEWEST_PART} RENAME TO ${nameOf(last)}`;
    for (const sql of [rename, ...BEGIN_PART]) this.#db.prepare(sql).run();
    this.#setLast.run(last);
    this.#indexer.move(moved, nameOf(last));
    this.#setRows.run(String(moved.length));
    this.#untidy = last;
  }

  /** Merges some segments of a full part; newer parts come first. */
  #tidy(): void {
    if (this.#untidy === null) return;
    const table = nameOf(this.#untidy);
    const before = int(this.#changes.get() ?? {}, "n");
    this.#db.prepare(`INSERT INTO ${table} (${table}, rank) VALUES ('merge', ?)`).run(-TIDY_PAGES);
    // FTS5's way to report that nothing was left to merge: fewer than two changes.
    const changes = int(this.#changes.get() ?? {}, "n") - before;
    if (changes < 2) this.#untidy = this.#endBefore(this.#untidy);
  }

  /** The last key of the newest part that ends before a key; `null` if there is none. */
  #endBefore(key: number): number | null {
    return intOrNull(this.#lastBefore.get(key) ?? {}, "key");
  }

  /** The last indexed id. Read each time: a rolled back transaction moves it back. */
  #upTo(): number {
    return Number(text(this.#mark.get() ?? {}, "value"));
  }
}

/** SQLite's result codes for a file that cannot be written now: busy, an I/O error, a full disk. */
const FOR_NOW: ReadonlySet<number> = new Set([5, 10, 13]);

function isForNow(error: unknown): boolean {
  // The low byte is the primary code, the others refine it.
  return error instanceof Error && "errcode" in error && FOR_NOW.has(Number(error.errcode) & 0xff);
}

/** The table of a full part. */
function nameOf(last: number): string {
  return `${NEWEST_PART}_${last}`;
}
