/**
 * The functions of the database that the server calls. Unlike tables they have one definition, the
 * current one: each instance that starts replaces those of an older version.
 *
 * Every change of a routine raises `ROUTINES_VERSION`; `tests/store/migrations_test.ts` holds the
 * hash of each version. An instance never replaces the routines of a newer version, which may run
 * beside it. Therefore a routine must serve the callers of the version before as well: a routine
 * with other parameters or another result gets another name (or other parameter types), and a later
 * migration drops the old one.
 *
 * Why not in migrations: each change of one line would be a copy of the whole function, and only the
 * last copy would be true.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { int, text } from "../sql/rows.ts";
import { APPEND } from "./append.sql.ts";
import type { Connection } from "./database.ts";
import { SWEEP_GUESTS } from "./departures.sql.ts";
import { ADD_FILE_PART } from "./files.sql.ts";
import { POWERS } from "./powers.sql.ts";
import { ROOM_ROUTINES } from "./rooms.sql.ts";
import { SEARCH } from "./search.sql.ts";
import { THREAD_ROUTINES } from "./threads.sql.ts";

/** Raised with each change of a routine. */
export const ROUTINES_VERSION = 19;

/** The definition of every routine. */
export const ROUTINES: string = [
  SEARCH,
  THREAD_ROUTINES,
  APPEND,
  ADD_FILE_PART,
  POWERS,
  ROOM_ROUTINES,
  SWEEP_GUESTS,
].join("\n");

/** Tells two definitions of the same version apart, while a change is being developed. */
const HASH = createHash("sha256").update(ROUTINES).digest("hex");

/** Whether the database has the routines of this version, or of a newer one. */
export async function hasRoutines(connection: Connection): Promise<boolean> {
  const [row] = await connection.run("SELECT version, hash FROM routines");
  if (row === undefined) return false;
  const version = int(row, "version");
  return version > ROUTINES_VERSION || version === ROUTINES_VERSION && text(row, "hash") === HASH;
}

/** Replaces the routines, in one transaction. The caller holds the lock on the schema. */
export async function installRoutines(connection: Connection): Promise<void> {
  await connection.runScript(`
    ${ROUTINES}
    DELETE FROM routines;
    INSERT INTO routines (version, hash) VALUES (${ROUTINES_VERSION}, '${HASH}');
  `);
}
