import { isFolded, refold, type Renamed, type Steps } from "../sql/refold.ts";
import type { Connection } from "./database.ts";

/** Keeps instances of an earlier version from adding a name meanwhile. */
const LOCK =
  "LOCK TABLE accounts, rooms, members, user_groups, guest_names IN SHARE ROW EXCLUSIVE MODE";

/** Whether the names of a database are folded as the present version folds them. */
export function hasFoldedNames(connection: Connection): Promise<boolean> {
  return run(connection, isFolded());
}

/**
 * Folds the names of a database again if another version folded them. The caller has begun a
 * transaction.
 *
 * @returns The names that had to change.
 */
export async function refoldNames(connection: Connection): Promise<readonly Renamed[]> {
  await connection.run(LOCK);
  return await run(connection, refold());
}

async function run<T>(connection: Connection, steps: Steps<T>): Promise<T> {
  let step = steps.next([]);
  while (step.done !== true) {
    step = steps.next(await connection.run(step.value.sql, step.value.values));
  }
  return step.value;
}
