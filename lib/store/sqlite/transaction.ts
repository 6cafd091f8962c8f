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
      // Some failures, a full disk among them, have undone the transaction already.
      if (db.isTransaction) rollback.run();
      throw error;
    }
  };
}
