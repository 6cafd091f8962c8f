import type { DatabaseSync } from "node:sqlite";

/**
 * Runs a function in one transaction: all of its writes are stored, or none. Nested calls on one
 * connection join the outer transaction: a failure inside must fail all of it.
 */
export type Transaction = <T>(body: () => T) => T;

/**
 * Creates the function for writing more than one row. A thread receives its source text: it must
 * not refer to anything outside.
 *
 * @returns A function that commits what its argument did, or rolls it back and rethrows.
 */
export function transactions(db: DatabaseSync): Transaction {
  // IMMEDIATE: a transaction that began with a read could fail halfway, at its first write.
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");
  let inside = false;
  return (body) => {
    if (inside) return body();
    begin.run();
    inside = true;
    try {
      const result = body();
      commit.run();
      return result;
    } catch (error) {
      try {
        rollback.run();
      } catch {
        // Some failures, such as a full disk, have rolled back the transaction already.
      }
      throw error;
    } finally {
      inside = false;
    }
  };
}

/** Whether a transaction is open. Deno 2.5 has no way to ask; but transactions do not nest. */
export function isInTransaction(db: DatabaseSync): boolean {
  try {
    db.exec("BEGIN");
  } catch {
    return true;
  }
  db.exec("ROLLBACK");
  return false;
}
