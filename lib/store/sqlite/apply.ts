/**
 * From the commit log into the tables.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../error.ts";
import { readCommitLog, removeCommitLog } from "./commit_log.ts";
import { INSERT_MESSAGE } from "./messages.ts";
import { newestIdIn } from "./newest.ts";
import { MARK_READ } from "./rooms.ts";
import { transactions } from "./transaction.ts";
import { INDEX_NEW } from "./word_index.ts";

/**
 * A message as the commit log has it, in the order of `INSERT_MESSAGE`: its id, room, seq, sender,
 * time, keyring and key (`null` where it has none), and its text as it is stored. It answers none.
 */
export type MessageRow = readonly [
  id: number,
  room: number,
  seq: number,
  sender: number,
  at: number,
  keyring: number | null,
  key: string | null,
  text: string,
];

/** A read mark as the commit log has it: the room, whose it is, and where it is. */
export type MarkRow = readonly [room: number, account: number, seq: number];

/** What the commit log has, and how the one is told from the other. */
export type LogRow = MessageRow | MarkRow;

function isMessage(row: LogRow): row is MessageRow {
  return row.length === 8;
}

/** The statements that put what is in the commit log into the tables. */
export const APPLY_SQL = {
  insert: INSERT_MESSAGE,
  markRead: MARK_READ,
  setHead: "UPDATE rooms SET seq = ? WHERE id = ?",
  index: INDEX_NEW,
};

/** Puts records into the tables, within whatever transaction there is. */
export type Apply = (records: readonly string[]) => void;

/**
 * Prepares applying. The thread that applies is given the text of this function: it must not name
 * anything from outside.
 */
export function createApply(db: DatabaseSync, sql: typeof APPLY_SQL): Apply {
  const insert = db.prepare(sql.insert);
  const setHead = db.prepare(sql.setHead);
  const markRead = db.prepare(sql.markRead);
  return (records) => {
    const heads = new Map<number, number>();
    // Of the marks that one has set in a room, the furthest one counts.
    const marks = new Map<string, MarkRow>();
    for (const record of records) {
      for (const row of JSON.parse(record) as LogRow[]) {
        if (row.length === 3) {
          const whose = `${row[0]} ${row[1]}`;
          if (row[2] > (marks.get(whose)?.[2] ?? 0)) marks.set(whose, row);
        } else {
          insert.run(...row, null);
          heads.set(row[1], row[2]);
        }
      }
    }
    for (const [room, seq] of heads) setHead.run(seq, room);
    for (const [room, account, seq] of marks.values()) markRead.run({ room, account, seq });
    if (heads.size > 0) db.exec(sql.index);
  };
}

/**
 * Puts into the tables what a process that ended had only in its commit log. Not to be called while
 * another one writes to either.
 *
 * @throws {StoreError} If the log is not this database's.
 */
export function recover(db: DatabaseSync, path: string): void {
  const records = missing(db, readCommitLog(path));
  if (records.length > 0) {
    const apply = createApply(db, APPLY_SQL);
    transactions(db)(() => apply(records));
  }
  removeCommitLog(path);
}

/** Whether the tables have everything that is in some records of the commit log. */
export function holdsAll(db: DatabaseSync, records: readonly string[]): boolean {
  return missing(db, records).length === 0;
}

/** Those records that the tables do not have, in order. */
function missing(db: DatabaseSync, records: readonly string[]): string[] {
  const newest = newestIdIn(db)();
  const rows = records.flatMap((record): LogRow[] => JSON.parse(record));
  const messages = rows.filter(isMessage).filter(([id]) => id > newest)
    .toSorted(([one], [other]) => one - other);
  if (messages.some(([id], n) => id !== newest + 1 + n)) {
    throw new StoreError(
      "the messages in its commit log (-log0, -log1) do not follow those in it. If it is an " +
        "older copy, remove these two files",
    );
  }
  const behind = db.prepare("SELECT 1 FROM members WHERE room = ? AND account = ? AND read < ?");
  const marks = rows.filter((row) => !isMessage(row) && behind.get(...row) !== undefined);
  return [...messages, ...marks].map((row) => JSON.stringify([row]));
}
