import type { DatabaseSync } from "node:sqlite";
import { int, text } from "../rows.ts";
import type { Transaction } from "./transaction.ts";

/**
 * How many messages may wait to be indexed. FTS5 writes a segment of its index out with each
 * transaction: for one message that takes twice as long as all the rest of its append, for a
 * hundred at once a fifth of that each. More would gain little, and be a pause that people feel.
 */
const MAX_WAITING = 128;

/** The row of `meta` that says up to which id of `events` the index knows. */
const MARK = "indexed";

/**
 * The index of the messages' words. It follows the log at a small distance: messages wait until
 * there are enough of them, or until somebody searches. How far it has come is stored with it, so
 * that nothing is left out after a crash.
 *
 * The index keeps no text of its own: it has to be told of every change in the transaction that
 * makes it, and what it forgets must be exactly what it was given. That is done here and not by
 * triggers, because a statement with a trigger makes the index write itself out after each row.
 */
export class WordIndex {
  readonly #transaction: Transaction;
  readonly #newest;
  readonly #addFrom;
  readonly #setMark;
  readonly #add;
  readonly #forget;
  readonly #mark;
  #waiting: number;

  constructor(db: DatabaseSync, transaction: Transaction) {
    this.#transaction = transaction;
    this.#newest = db.prepare("SELECT ifnull(max(id), 0) AS id FROM events");
    this.#addFrom = db.prepare(
      `INSERT INTO search (rowid, tags, text)
       SELECT id, tags, text FROM searchable WHERE id > ? ORDER BY id`,
    );
    this.#setMark = db.prepare(
      `INSERT INTO meta (name, value) VALUES ('${MARK}', ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    );
    this.#add = db.prepare("INSERT INTO search (rowid, tags, text) VALUES (?, ?, ?)");
    this.#forget = db.prepare(
      "INSERT INTO search (search, rowid, tags, text) VALUES ('delete', ?, ?, ?)",
    );
    this.#mark = db.prepare(`SELECT value FROM meta WHERE name = '${MARK}'`);
    // A file without the mark is from when each message was indexed at once.
    if (this.#mark.get() === undefined) this.#setMark.run(String(this.#newestId()));
    this.#waiting = this.#newestId() - this.#upTo();
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
    if (this.#waiting === 0) return;
    this.#transaction(() => {
      this.#addFrom.run(this.#upTo());
      this.#setMark.run(String(this.#newestId()));
    });
    this.#waiting = 0;
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

  /** A message has another text. What waits will be indexed as it is by then. */
  replace({ id, ...place }: Indexed, before: string, after: string): void {
    if (id > this.#upTo()) return;
    this.#forget.run(id, tagsOf(place), before);
    this.#add.run(id, tagsOf(place), after);
  }

  /** A message is deleted. */
  forget({ id, ...place }: Indexed, stored: string): void {
    if (id <= this.#upTo()) this.#forget.run(id, tagsOf(place), stored);
  }

  /** The last id that the index knows. Read each time: a rolled back transaction moves it back. */
  #upTo(): number {
    return Number(text(this.#mark.get() ?? {}, "value"));
  }

  #newestId(): number {
    return int(this.#newest.get() ?? {}, "id");
  }
}

/** SQLite's result codes for a file that takes nothing just now: busy, an I/O error, a full disk. */
const FOR_NOW: ReadonlySet<number> = new Set([5, 10, 13]);

function isForNow(error: unknown): boolean {
  // The low byte says what it is, the others more exactly where.
  return error instanceof Error && "errcode" in error && FOR_NOW.has(Number(error.errcode) & 0xff);
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
