/** Records in the data file that a server has it open, and that it was closed in order. @module */
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../error.ts";
import { RESTORED } from "../sql/meta.ts";
import { APPLICATION_ID } from "./migrations.ts";
import { CommitLog } from "./commit_log.ts";
import { isRestored, newState, readState, renewEpoch, writeState } from "./state.ts";
import { transactions } from "./transaction.ts";

/**
 * Claims the file for this server: from now on the files beside it belong to it. If it is a copy,
 * or was filled by an import, renews the epoch, because the log may have been rolled back.
 *
 * @returns The commit log, empty.
 */
export function startServing(db: DatabaseSync, path: string, power: boolean): CommitLog {
  const restored = isRestored(db);
  const before = restored ? null : readState(db);
  const state = before ?? newState();
  // The mark comes first: an open file without a mark counts as having lost it.
  const log = new CommitLog(path, { ...state, power });
  transactions(db)(() => {
    writeState(db, { ...state, open: true });
    if (!restored) return;
    renewEpoch(db);
    db.prepare("DELETE FROM meta WHERE name = ?").run(RESTORED);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  });
  if (restored) settle(db);
  return log;
}

/**
 * Clears the copy mark in the file itself. Until then, the next start would take the files beside
 * it for those of another file.
 */
function settle(db: DatabaseSync): void {
  if (db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 0) return;
  throw new StoreError("Cannot open store: another program reads the copy. Let it end first.");
}

/** Records that everything is in the file: side files may then be missing. */
export function stopServing(db: DatabaseSync): void {
  const state = readState(db);
  if (state !== null) writeState(db, { ...state, open: false });
}
