import type { DatabaseSync } from "node:sqlite";
import { refold, type Renamed } from "../sql/refold.ts";

/**
 * Folds the names of a file again if another version folded them. The caller has begun a
 * transaction.
 *
 * @returns The names that had to change.
 */
export function refoldNames(db: DatabaseSync): readonly Renamed[] {
  const steps = refold();
  let step = steps.next([]);
  while (step.done !== true) {
    const { sql, values } = step.value;
    step = steps.next(db.prepare(sql.replace(/\$(\d+)/g, "?$1")).all(...values));
  }
  return step.value;
}
