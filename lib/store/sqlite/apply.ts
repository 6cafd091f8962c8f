/** Applies records of the commit log to the tables. @module */
import type { DatabaseSync } from "node:sqlite";
import { ADD_MENTIONS, INSERT_MESSAGE } from "./messages.ts";
import { MARK_READ } from "./rooms.ts";
import { SET_RECORDS } from "./state.ts";
import { type Indexer, indexerOn } from "./indexer.ts";

/**
 * A message as the commit log has it, in the order of `INSERT_MESSAGE`: its id, room, seq, sender,
 * time, key space and key (`null` where it has none), its text as it is stored, and its payload where
 * it has one. It has no target.
 */
export type MessageRow = readonly [
  id: number,
  room: number,
  seq: number,
  sender: number,
  at: number,
  keySpace: number | null,
  key: string | null,
  text: string,
  ...payload: readonly [] | readonly [string],
];

/** A read mark in the commit log: the room, the account, and the seq. */
export type MarkRow = readonly [room: number, account: number, seq: number];

/** The records of the commit log, and how to distinguish them. */
export type LogRow = MessageRow | MarkRow;

/** The statements that apply records of the commit log. */
export const APPLY_SQL = {
  insert: INSERT_MESSAGE,
  addMentions: ADD_MENTIONS,
  markRead: MARK_READ,
  setHead: "UPDATE rooms SET seq = ? WHERE id = ?",
  setRecords: SET_RECORDS,
};

/**
 * Applies records, within the current transaction.
 *
 * @param newest The number of the newest record: the tables then hold every record up to it.
 */
export type Apply = (records: readonly string[], newest: string) => void;

/** Prepares applying on this thread. */
export function applyTo(db: DatabaseSync): Apply {
  return createApply(db, APPLY_SQL, indexerOn(db));
}

/**
 * Prepares applying. The apply thread receives the source text of this function: it must not refer
 * to anything outside.
 */
export function createApply(
  db: DatabaseSync,
  sql: typeof APPLY_SQL,
  { indexNew }: Pick<Indexer, "indexNew">,
): Apply {
  const insert = db.prepare(sql.insert);
  const addMentions = db.prepare(sql.addMentions);
  const setHead = db.prepare(sql.setHead);
  const markRead = db.prepare(sql.markRead);
  const setRecords = db.prepare(sql.setRecords);
  return (records, newest) => {
    const positions = new Map<number, number>();
    // Of the marks that an account has set in a room, the furthest counts.
    const marks = new Map<string, MarkRow>();
    for (const record of records) {
      for (const row of JSON.parse(record) as LogRow[]) {
        if (row.length === 3) {
          const whose = `${row[0]} ${row[1]}`;
          if (row[2] > (marks.get(whose)?.[2] ?? 0)) marks.set(whose, row);
        } else {
          insert.run(...row);
          if (row.length > 8) addMentions.run(row[0]);
          positions.set(row[1], row[2]);
        }
      }
    }
    for (const [room, seq] of positions) setHead.run(seq, room);
    for (const [room, account, seq] of marks.values()) markRead.run({ room, account, seq });
    if (positions.size > 0) indexNew();
    setRecords.run(newest);
  };
}
