/**
 * Moves the readable part of a damaged commit log into tables that may lack earlier rows.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { int } from "../sql/rows.ts";
import type { LogRow } from "./apply.ts";
import { ADD_MENTIONS, INSERT_MESSAGE } from "./messages.ts";
import { newestIdIn } from "./newest.ts";
import { MARK_READ } from "./rooms.ts";

/**
 * Inserts rows in order, each at its room's next place: the `seq` of a lost message is taken by the
 * one after it. So the log must get another epoch, in the same transaction.
 *
 * @returns The number of rows that did not fit: their room or sender is missing.
 */
export function salvage(db: DatabaseSync, rows: readonly LogRow[]): number {
  const newest = newestIdIn(db);
  // After every existing row, whatever the room's own counter says.
  const head = db.prepare(
    `UPDATE rooms SET seq = 1 + max(
       seq, ifnull((SELECT max(e.seq) FROM events e WHERE e.room = rooms.id), 0)
     ) WHERE id = ? RETURNING seq`,
  );
  const isThere = db.prepare(
    `SELECT 1 FROM events WHERE room = :room AND (
       key_space = :keySpace AND key = :key OR
       :key IS NULL AND seq = :seq AND sender = :sender AND at = :at AND text = :text
     )`,
  );
  const insert = db.prepare(INSERT_MESSAGE);
  const addMentions = db.prepare(ADD_MENTIONS);
  const markRead = db.prepare(MARK_READ);
  let skipped = 0;
  for (const row of rows) {
    if (row.length === 3) {
      const [room, account, seq] = row;
      markRead.run({ room, account, seq });
      continue;
    }
    const [, room, seq, sender, at, keySpace, key, text, payload = null] = row;
    if (isThere.get({ room, keySpace, key, seq, sender, at, text }) !== undefined) continue;
    db.exec("SAVEPOINT salvage");
    try {
      const next = int(head.get(room) ?? {}, "seq");
      const id = newest() + 1;
      insert.run(id, room, next, sender, at, keySpace, key, text, payload);
      if (payload !== null) addMentions.run(id);
    } catch {
      skipped += 1;
      db.exec("ROLLBACK TO salvage");
    }
    db.exec("RELEASE salvage");
  }
  return skipped;
}
