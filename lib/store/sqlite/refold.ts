import type { DatabaseSync } from "node:sqlite";
import { refold, type Renamed, type Statement } from "../sql/refold.ts";

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
    step = steps.next(run(db, step.value));
  }
  return step.value;
}

/** Deno 2.5 cannot bind values to numbers: each parameter gets a value of its own, in order. */
function run(db: DatabaseSync, { sql, values }: Statement) {
  const bound: (string | number)[] = [];
  const text = sql.replace(/\$(\d+)/g, (_, number) => {
    bound.push(values[Number(number) - 1]!);
    return "?";
  });
  return db.prepare(text).all(...bound);
}
