import type { DatabaseSync } from "node:sqlite";
import { int, intOrNull, text } from "../rows.ts";
import { newestIdIn } from "./newest.ts";
import type { Transaction } from "./transaction.ts";

/**
 * How many messages may wait to be indexed. FTS5 writes a segment of its index out with each
 * transaction: for one message that takes twice as long as all the rest of its append, for a
 * hundred at once a fifth of that each. More would gain little, and be a pause that people feel.
 */
const MAX_WAITING = 128;

/**
 * How many ids of the log a part of the index spans before the next one is begun. FTS5 gathers all
 * places of an unfinished word before it looks at which are wanted: the longer the part, the longer
 * that takes, and everybody waits meanwhile. The shorter, the more parts there are to be searched
 * for what is rare.
 */
const PART_IDS = 2 ** 17;

/**
 * How many pages of a full part are merged at a time. FTS5 looks a word up in each segment of a
 * part, of which there are about ten when it is full; in one segment it is found twice as fast.
 */
const TIDY_PAGES = 16;

/** The newest part. */
const NEWEST_PART = "search";

/** A new part is what the schema's first one was. */
const BEGIN_PART = [
  `CREATE VIRTUAL TABLE ${NEWEST_PART} USING fts5 (
    tags, text,
    content = 'searchable', content_rowid = 'id', columnsize = 0, prefix = '1 2',
    tokenize = 'unicode61 remove_diacritics 2'
  )`,
  `INSERT INTO ${NEWEST_PART} (${NEWEST_PART}, rank) VALUES ('secure-delete', 1)`,
];

/** A part of the index: the messages from one id to the next part's first. */
export interface Part {
  readonly table: string;
  /** The last id that is in the part before it. */
  readonly after: number;
}

/** The row of `meta` that says up to which id of `events` the index knows. */
const MARK = "indexed";

/** Indexes everything that is not indexed yet: within whatever transaction there is. */
export const INDEX_NEW = `
INSERT INTO ${NEWEST_PART} (rowid, tags, text)
  SELECT id, tags, text FROM searchable
  WHERE id > (SELECT CAST(value AS INTEGER) FROM meta WHERE name = '${MARK}') ORDER BY id;
UPDATE meta SET value = (SELECT max(id) FROM events) WHERE name = '${MARK}';
`;

/**
 * The index of the messages' words. It follows the log at a small distance: messages wait until
 * there are enough of them, or until somebody searches. How far it has come is stored with it, so
 * that nothing is left out after a crash.
 *
 * It comes in parts, each an FTS5 table over a stretch of the log. Only the newest one grows; once
 * it is long enough it is given a name of its own, and the next one is begun.
 *
 * The index keeps no text of its own: it has to be told of every change in the transaction that
 * makes it, and what it forgets must be exactly what it was given. That is done here and not by
 * triggers, because a statement with a trigger makes the index write itself out after each row.
 */
export class WordIndex {
  readonly #db: DatabaseSync;
  readonly #transaction: Transaction;
  readonly #partIds: number;
  readonly #newestId;
  readonly #addBetween;
  readonly #setMark;
  readonly #mark;
  readonly #lastBefore;
  readonly #lastFrom;
  readonly #setLast;
  readonly #changes;
  #waiting: number;
  /** The last id of the full part that is tidied next; 0 where none is. */
  #untidy: number;

  /** @param partIds How many ids a part spans before the next one is begun. */
  constructor(db: DatabaseSync, transaction: Transaction, partIds = PART_IDS) {
    this.#db = db;
    this.#transaction = transaction;
    this.#partIds = partIds;
    this.#newestId = newestIdIn(db);
    this.#addBetween = db.prepare(
      `INSERT INTO ${NEWEST_PART} (rowid, tags, text)
       SELECT id, tags, text FROM searchable WHERE id > ? AND id <= ? ORDER BY id`,
    );
    this.#setMark = db.prepare(
      `INSERT INTO meta (name, value) VALUES ('${MARK}', ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    );
    this.#mark = db.prepare(`SELECT value FROM meta WHERE name = '${MARK}'`);
    this.#lastBefore = db.prepare("SELECT max(last) AS id FROM search_parts WHERE last < ?");
    this.#lastFrom = db.prepare("SELECT min(last) AS id FROM search_parts WHERE last >= ?");
    this.#setLast = db.prepare("INSERT INTO search_parts (last) VALUES (?)");
    this.#changes = db.prepare("SELECT total_changes() AS n");
    // A file without the mark is from when each message was indexed at once.
    if (this.#mark.get() === undefined) this.#setMark.run(String(this.#newestId()));
    this.#waiting = this.#newestId() - this.#upTo();
    this.#untidy = this.#endBefore(Number.MAX_SAFE_INTEGER);
  }

  /** So many messages more are in the log. */
  grow(messages: number): void {
    this.#waiting += messages;
  }

  /** Indexes what waits, if it is enough to be worth it. Not to be called in a transaction. */
  keepUp(): void {
    if (this.#waiting >= MAX_WAITING) this.catchUp();
  }

  /** Indexes all that waits. Not to be called in a transaction. */
  catchUp(): void {
    // What came by way of the commit log was indexed with it, and all before it as well.
    while (this.#waiting > 0) {
      this.#waiting = this.#upTo() < this.#newestId()
        ? this.#transaction(() => this.#indexMore())
        : 0;
    }
  }

  /**
   * Indexes all that waits, if that can be written now: on a full disk what is indexed can still be
   * found. Not to be called in a transaction.
   */
  catchUpIfPossible(): void {
    try {
      this.catchUp();
    } catch (error) {
      if (!isForNow(error)) throw error;
    }
  }

  /**
   * Begins the next part where the newest one is long enough, for what was indexed by `INDEX_NEW`,
   * which knows of no parts; or else tidies full ones a little. Not to be called in a transaction.
   */
  keepParts(): void {
    try {
      const upTo = this.#upTo();
      if (upTo - this.#endBefore(upTo + 1) < this.#partIds) this.#tidy();
      else this.#transaction(() => this.#beginPart(upTo));
    } catch {
      // It is tried again each time; until then the part is longer, and searching it slower.
    }
  }

  /** A message has another text. What waits will be indexed as it is by then. */
  replace(message: Indexed, before: string, after: string): void {
    if (message.id > this.#upTo()) return;
    this.forget(message, before);
    const { table } = this.partOf(message.id);
    this.#db.prepare(`INSERT INTO ${table} (rowid, tags, text) VALUES (?, ?, ?)`)
      .run(message.id, tagsOf(message), after);
  }

  /** A message is deleted. */
  forget(message: Indexed, stored: string): void {
    if (message.id > this.#upTo()) return;
    const { table } = this.partOf(message.id);
    this.#db.prepare(
      `INSERT INTO ${table} (${table}, rowid, tags, text) VALUES ('delete', ?, ?, ?)`,
    )
      .run(message.id, tagsOf(message), stored);
  }

  /** The part where a message is. Asked for each time: the newest one gets another name. */
  partOf(id: number): Part {
    const last = intOrNull(this.#lastFrom.get(id) ?? {}, "id");
    return { table: last === null ? NEWEST_PART : nameOf(last), after: this.#endBefore(id) };
  }

  /** Indexes what of the waiting still fits into a part. @returns How many ids wait after that. */
  #indexMore(): number {
    const newest = this.#newestId();
    const from = this.#upTo();
    if (from - this.#endBefore(newest) >= this.#partIds) this.#beginPart(from);
    const to = Math.min(newest, this.#endBefore(newest) + this.#partIds);
    this.#addBetween.run(from, to);
    this.#setMark.run(String(to));
    return newest - to;
  }

  /** Gives the newest part a name of its own, and begins the next one. */
  #beginPart(last: number): void {
    // Not by exec(), whose errors do not say that the disk is full.
    const rename = `ALTER TABLE ${NEWEST_PART} RENAME TO ${nameOf(last)}`;
    for (const sql of [rename, ...BEGIN_PART]) this.#db.prepare(sql).run();
    this.#setLast.run(last);
    this.#untidy = last;
  }

  /** Merges some of the segments of a full part; newer parts come first. */
  #tidy(): void {
    if (this.#untidy === 0) return;
    const table = nameOf(this.#untidy);
    const before = int(this.#changes.get() ?? {}, "n");
    this.#db.prepare(`INSERT INTO ${table} (${table}, rank) VALUES ('merge', ?)`).run(-TIDY_PAGES);
    // FTS5's own way to say that there was nothing left to merge: less than two changes.
    const changes = int(this.#changes.get() ?? {}, "n") - before;
    if (changes < 2) this.#untidy = this.#endBefore(this.#untidy);
  }

  /** The last id of the newest part that ends before an id; 0 where there is none. */
  #endBefore(id: number): number {
    return intOrNull(this.#lastBefore.get(id) ?? {}, "id") ?? 0;
  }

  /** The last id that the index knows. Read each time: a rolled back transaction moves it back. */
  #upTo(): number {
    return Number(text(this.#mark.get() ?? {}, "value"));
  }
}

/** SQLite's result codes for a file that takes nothing just now: busy, an I/O error, a full disk. */
const FOR_NOW: ReadonlySet<number> = new Set([5, 10, 13]);

function isForNow(error: unknown): boolean {
  // The low byte says what it is, the others more exactly where.
  return error instanceof Error && "errcode" in error && FOR_NOW.has(Number(error.errcode) & 0xff);
}

/** What a full part is called. */
function nameOf(last: number): string {
  return `${NEWEST_PART}_${last}`;
}

/** A message that the index may know. */
export interface Indexed {
  readonly id: number;
  readonly room: number;
  /** The account of who wrote it. */
  readonly sender: number;
}

/** The words that stand for where a message is and whose; the view `searchable` writes the same. */
function tagsOf({ room, sender }: Omit<Indexed, "id">): string {
  return `${roomWord(room)} ${senderWord(sender)}`;
}

/** The word of the index that stands for who wrote a message. */
export function senderWord(account: number): string {
  return `s${account}`;
}

/** The word of the index that stands for a room. */
export function roomWord(room: number): string {
  return `r${room}`;
}
