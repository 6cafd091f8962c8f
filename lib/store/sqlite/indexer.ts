/**
 * Puts messages into the search index, and takes them out of it. The apply thread and the server's
 * own connection use the same functions.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { createAnalyzer } from "../../protocol/text/words.ts";
import { PREVIEW_PLACE } from "../files.ts";
import {
  createDocumentReader,
  type DocumentReader,
  type Searchable,
} from "../sql/search_document.ts";

/** The newest part of the index. */
export const NEWEST_PART = "search_index";

/** The columns of a message that its entry in the index is made of. */
export const DOCUMENT_COLUMNS = `e.id, e.at, e.room, e.sender, e.deleted, e.text, e.payload,
  (
    e.thread IS NOT NULL
    OR EXISTS (SELECT 1 FROM threads t WHERE t.room = e.room AND t.root = e.seq)
  ) AS in_thread, (
    SELECT json_group_array(json_array(f.name, f.type)) FROM files f
    WHERE f.room = e.room AND f.seq = e.seq AND f.place < ${PREVIEW_PLACE}
  ) AS files`;

/** How many messages of one millisecond have keys of that millisecond; others get later ones. */
const KEYS_A_MILLISECOND = 2_048;

/** The first key that a message of a time can have. */
export function firstKeyAt(at: number): number {
  return at * KEYS_A_MILLISECOND;
}

/** What a search reads of a row with `DOCUMENT_COLUMNS`. Texts are as stored: their words are the same. */
export function contentOf(row: DocumentRow): Searchable {
  return {
    text: row.text as string,
    files: row.files === "[]" ? [] : JSON.parse(row.files as string),
    pinned: (row.payload as string | null)?.includes('"pinned":true') ?? false,
    inThread: row.in_thread === 1,
  };
}

/** The statements of an indexer. */
export const INDEX_SQL = {
  newestPart: NEWEST_PART,
  keysAMillisecond: KEYS_A_MILLISECOND,
  message: `SELECT ${DOCUMENT_COLUMNS} FROM events e WHERE e.id = ? AND e.text IS NOT NULL`,
  waiting: `SELECT ${DOCUMENT_COLUMNS} FROM events e
    WHERE e.id > (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'indexed')
      AND e.id <= ? AND e.text IS NOT NULL ORDER BY e.at, e.id`,
  // Messages that were deleted since have no event here. The plus keeps the plan, as `Connection` does:
  // the thread has a plain connection.
  queued: `SELECT q.at AS queued_at, q.id AS queued_id, ${DOCUMENT_COLUMNS}
    FROM (SELECT at, id FROM search_queue ORDER BY at, id LIMIT +?) q
    LEFT JOIN events e ON e.id = q.id AND e.text IS NOT NULL ORDER BY q.at, q.id`,
  dequeue: "DELETE FROM search_queue WHERE (at, id) <= (?, ?)",
  setMark: "UPDATE meta SET value = ? WHERE name = 'indexed'",
  newestId: "SELECT ifnull(max(id), 0) AS id FROM events",
  newestKey: "SELECT max(key) AS key FROM search_places",
  keyBetween: "SELECT max(key) AS key FROM search_places WHERE key >= ? AND key < ?",
  isTaken: "SELECT 1 FROM search_places WHERE key = ?",
  keyOf: "SELECT key FROM search_places WHERE id = ?",
  place: "INSERT INTO search_places (id, key) VALUES (?, ?)",
  unplace: "DELETE FROM search_places WHERE id = ?",
  newestFull: "SELECT max(last) AS last FROM search_index_parts",
  partFrom: "SELECT min(last) AS last FROM search_index_parts WHERE last >= ?",
  addRows: "UPDATE meta SET value = CAST(value AS INTEGER) + ? WHERE name = 'part_rows'",
};

/** The indexer of this thread. */
export function indexerOn(db: DatabaseSync): Indexer {
  return createIndexer(db, INDEX_SQL, createDocumentReader(createAnalyzer()), contentOf);
}

/** A row with `DOCUMENT_COLUMNS`. */
export type DocumentRow = Readonly<Record<string, unknown>>;

/** Changes the index, within the current transaction. */
export interface Indexer {
  /** Indexes every message after the mark, up to an id, and sets the mark. */
  indexUpTo(id: number): void;
  /** Indexes every message after the mark. */
  indexNew(): void;
  /** Indexes the oldest messages of the queue, and takes them off it. @returns How many. */
  indexQueued(limit: number): number;
  /** Runs a change of a message, and makes the index agree with it. */
  update(id: number, change: () => void): void;
  /** Moves messages to the part that their key belongs to now, from another one. */
  move(ids: readonly number[], from: string): void;
}

/**
 * Prepares an indexer. The apply thread receives the source text of this function: it must not refer
 * to anything outside.
 */
export function createIndexer(
  db: DatabaseSync,
  sql: typeof INDEX_SQL,
  reader: DocumentReader,
  contentOf: (row: DocumentRow) => Searchable,
): Indexer {
  const message = db.prepare(sql.message);
  const waiting = db.prepare(sql.waiting);
  const queued = db.prepare(sql.queued);
  const dequeue = db.prepare(sql.dequeue);
  const setMark = db.prepare(sql.setMark);
  const newestId = db.prepare(sql.newestId);
  const newestKey = db.prepare(sql.newestKey);
  const keyBetween = db.prepare(sql.keyBetween);
  const isTaken = db.prepare(sql.isTaken);
  const keyOf = db.prepare(sql.keyOf);
  const place = db.prepare(sql.place);
  const unplace = db.prepare(sql.unplace);
  const partFrom = db.prepare(sql.partFrom);
  const newestFull = db.prepare(sql.newestFull);
  const addRows = db.prepare(sql.addRows);
  const inserts = new Map<string, StatementSync>();
  const deletes = new Map<string, StatementSync>();
  const keys = new Map<string, StatementSync>();
  // Neither Deno's types nor every version of Deno has it.
  const guarded = db as DatabaseSync & { enableDefensive?(active: boolean): void };
  /** The last key that was given, and the time that it was given for. */
  let last = { at: NaN, key: 0 };
  // Of the index while a batch is being added: nothing else changes it meanwhile.
  let newest = -1;
  let lastFull = -1;

  /** The key of a message: after those of the same time, which have lower ids. */
  function newKey(at: number): number {
    const base = Math.min(Math.max(at, 0), 2 ** 42 - 1) * sql.keysAMillisecond;
    let key = base;
    if (last.at === at && last.key === newest) key = newest + 1;
    else if (base <= newest) {
      const before = keyBetween.get(base, base + sql.keysAMillisecond)!.key as number | null;
      key = before === null ? base : before + 1;
      if (last.at === at && last.key >= key) key = last.key + 1;
      while (key <= newest && isTaken.get(key) !== undefined) key += 1;
    }
    last = { at, key };
    newest = Math.max(newest, key);
    return key;
  }

  function tableOf(key: number): string {
    const last = partFrom.get(key)!.last as number | null;
    return last === null ? sql.newestPart : `${sql.newestPart}_${last}`;
  }

  function put(key: number, terms: string, table = tableOf(key)): void {
    const insert = inserts.get(table) ??
      db.prepare(`INSERT INTO ${table} (rowid, terms) VALUES (?, ?)`);
    // The newest part is renamed when it is full: its statement would be prepared again anyway.
    inserts.set(table, insert);
    insert.run(key, terms);
  }

  function take(key: number, terms: string, table = tableOf(key)): void {
    const remove = deletes.get(table) ??
      db.prepare(`INSERT INTO ${table} (${table}, rowid, terms) VALUES ('delete', ?, ?)`);
    deletes.set(table, remove);
    remove.run(key, terms);
    forget(terms, table);
  }

  /**
   * Overwrites terms where FTS5 keeps them although no message has them: as the key of a page, by
   * which it finds the page of a term. A key is greater than each term on the page before, and no
   * greater than the first of its own page. So is the one that replaces it: the last byte is less by
   * one, and 0xff follows, which is in no term.
   */
  function forget(terms: string, table: string): void {
    const find = keys.get(table) ?? db.prepare(
      // FTS5 writes a 0 before each term.
      `SELECT segid, term FROM ${table}_idx
       WHERE term IN (SELECT CAST('0' || value AS BLOB) FROM json_each(?))`,
    );
    keys.set(table, find);
    for (const { segid, term } of find.all(JSON.stringify(terms.split(" ")))) {
      const before = term as Uint8Array<ArrayBuffer>;
      const after = new Uint8Array([...before, 0xff]);
      after[before.length - 1]! -= 1;
      // SQLite protects the tables of FTS5 from other statements than those of FTS5.
      guarded.enableDefensive?.(false);
      try {
        db.prepare(`UPDATE ${table}_idx SET term = ? WHERE segid = ? AND term = ?`)
          .run(after, segid as number, before);
      } finally {
        guarded.enableDefensive?.(true);
      }
    }
  }

  /** The terms of a message, as the index takes them; `null` for a deleted one. */
  function termsOf(row: DocumentRow | undefined): string | null {
    if (row === undefined || row.deleted) return null;
    const { terms, tags } = reader.documentOf(contentOf(row));
    const all = tags.map((tag) => `_${tag} `).join("");
    return `_r${row.room} _s${row.sender} ${all}_ ${terms.join(" ")}`;
  }

  /** @returns How many messages the newest part has gained. */
  function add(row: DocumentRow): number {
    const terms = termsOf(row);
    if (terms === null) return 0;
    const key = newKey(row.at as number);
    const isNew = key > lastFull;
    place.run(row.id as number, key);
    put(key, terms, isNew ? sql.newestPart : tableOf(key));
    return isNew ? 1 : 0;
  }

  function addAll(rows: readonly DocumentRow[]): void {
    if (rows.length === 0) return;
    newest = newestKey.get()!.key as number | null ?? -1;
    lastFull = newestFull.get()!.last as number | null ?? -1;
    let added = 0;
    for (const row of rows) added += add(row);
    if (added > 0) addRows.run(added);
  }

  function indexUpTo(id: number): void {
    addAll(waiting.all(id));
    setMark.run(String(id));
  }

  return {
    indexUpTo,
    indexNew: () => indexUpTo(newestId.get()!.id as number),
    indexQueued(limit) {
      const rows = queued.all(limit);
      const end = rows.at(-1);
      if (end === undefined) return 0;
      addAll(rows.filter(({ id }) => id !== null));
      dequeue.run(end.queued_at as number, end.queued_id as number);
      return rows.length;
    },
    update(id, change) {
      const key = keyOf.get(id)?.key as number | undefined;
      // It is indexed later, in its new form.
      if (key === undefined) return change();
      const before = termsOf(message.get(id));
      change();
      const after = termsOf(message.get(id));
      if (before === after) return;
      if (before !== null) take(key, before);
      if (after !== null) put(key, after);
      else unplace.run(id);
    },
    move(ids, from) {
      for (const id of ids) {
        const key = keyOf.get(id)!.key as number;
        const terms = termsOf(message.get(id));
        if (terms === null) continue;
        take(key, terms, from);
        put(key, terms);
      }
    },
  };
}
