import type { DatabaseSync } from "node:sqlite";

/** Runs a function in one transaction: all of what it writes is stored, or none. */
export type Transaction = <T>(body: () => T) => T;

/**
 * Makes the one way to write more than one row. A thread is given the text of this function: it
 * must not name anything from outside.
 *
 * @returns A function that commits what its argument did, or undoes it and throws what it threw.
 */
export function transactions(db: DatabaseSync): Transaction {
  // IMMEDIATE: a transaction that began by reading could fail halfway, when it comes to write.
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");
  return (body) => {
    begin.run();
    try {
      const result = body();
      commit.run();
      return result;
    } catch (error) {
      try {
        rollback.run();
      } catch {
        // Some failures, a full disk among them, have undone the transaction already.
      }
      throw error;
    }
  };
}

/** Whether a transaction is open. Deno 2.5 cannot be asked; but none begins within another. */
export function isInTransaction(db: DatabaseSync): boolean {
  try {
    db.exec("BEGIN");
  } catch {
    return true;
  }
  db.exec("ROLLBACK");
  return false;
}
