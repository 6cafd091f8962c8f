import { DatabaseSync, type StatementSync } from "node:sqlite";

/**
 * A connection to a data file whose statements keep their plans.
 *
 * SQLite looks at the value that is bound to a LIMIT when it plans, and therefore plans the statement
 * again for each run, even with the same value: for a list of rooms that takes ten times as long as to
 * run it. It does not look behind a unary plus.
 */
export class Connection extends DatabaseSync {
  override prepare(sql: string): StatementSync {
    return super.prepare(sql.replace(/\bLIMIT (?=[?:$])/g, "LIMIT +"));
  }
}
