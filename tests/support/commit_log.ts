/**
 * The files beside a data file.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { readCommitLog } from "../../lib/store/sqlite/commit_log.ts";
import { readState, type State } from "../../lib/store/sqlite/state.ts";

/** The state stored in a data file. */
export function stateOf(path: string): State {
  const db = new DatabaseSync(path, { readOnly: true });
  const state = readState(db);
  db.close();
  if (state === null) throw new Error(`${path} has no state`);
  return state;
}

/** The records in the commit log of a data file, in order. */
export function readLog(path: string): string[] {
  return readCommitLog(path, stateOf(path).identity).records.map(({ text }) => text);
}
