/**
 * The state that a data file records about itself: its identity, its progress, and how it was left.
 * Each field is a row of `meta`; none is exported.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { RESTORED } from "../sql/meta.ts";
import { text } from "../sql/rows.ts";
import type { Counts } from "./mark.ts";
import type { Transaction } from "./transaction.ts";

/** Replaces `APPLICATION_ID` in a copy that no server has opened yet: "HubB". */
export const COPY_ID = 0x48756242;

/** A row of `meta` that only this data file has. */
export const OWN_ROWS = ["identity", "records", "writes", "open"] as const;

/** The statements that count what the tables hold. */
export const SET_RECORDS = "UPDATE meta SET value = ? WHERE name = 'records'";
const COUNT_WRITE =
  "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'writes' RETURNING value";

/** The state that a data file records about itself. */
export interface State extends Counts {
  readonly identity: string;
  /** Whether a server has it open, or was killed while it had. */
  readonly open: boolean;
}

/** @returns The state; `null` in a file that no server of this version has opened. */
export function readState(db: DatabaseSync): State | null {
  const rows = db.prepare("SELECT name, value FROM meta").all();
  const values = new Map(rows.map((row) => [row.name, text(row, "value")]));
  const [identity, records, writes, open] = OWN_ROWS.map((name) => values.get(name));
  if (identity === undefined) return null;
  return { identity, records: Number(records), writes: Number(writes), open: open === "1" };
}

/** Writes the state. */
export function writeState(db: DatabaseSync, { identity, records, writes, open }: State): void {
  const put = db.prepare(
    "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  );
  const values = [identity, String(records), String(writes), open ? "1" : "0"];
  for (const [i, name] of OWN_ROWS.entries()) put.run(name, values[i]!);
}

/** The state of a file that has none yet. */
export function newState(): State {
  return { identity: crypto.randomUUID(), records: 0, writes: 0, open: false };
}

/** Renews the epoch: clients then know that events they hold may be missing from the log. */
export function renewEpoch(db: DatabaseSync): void {
  db.prepare(
    "INSERT INTO meta (name, value) VALUES ('epoch', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  ).run(crypto.randomUUID());
}

/** Whether the log may have been rolled back since a server had this file open. */
export function isRestored(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM meta WHERE name = ?").get(RESTORED) !== undefined;
}

/** Records that the log may have been rolled back, and that no side file belongs to it. */
export function markRestored(db: DatabaseSync): void {
  for (const name of OWN_ROWS) db.prepare("DELETE FROM meta WHERE name = ?").run(name);
  db.prepare("INSERT INTO meta (name, value) VALUES (?, '1') ON CONFLICT (name) DO NOTHING")
    .run(RESTORED);
}

/** Runs a function that writes; if it wrote, counts it in the same transaction. */
export type CountedWrite = <T>(run: () => T) => T;

/** Prepares counting. @param onWritten Called with the count once it is committed. */
export function countWrites(
  db: DatabaseSync,
  transaction: Transaction,
  onWritten: (writes: number) => void,
): CountedWrite {
  const changes = db.prepare("SELECT total_changes() AS n");
  const count = db.prepare(COUNT_WRITE);
  return (run) => {
    let writes: number | undefined;
    const result = transaction(() => {
      const before = changes.get()?.n;
      const result = run();
      if (changes.get()?.n !== before) writes = Number(count.get()?.value);
      return result;
    });
    if (writes !== undefined) onWritten(writes);
    return result;
  };
}
