/**
 * How the parts of a store run statements that every backend understands: with `$1` and so on for
 * their parameters, one statement at a time.
 *
 * @module
 */
import type { Row } from "./rows.ts";

/** A parameter of a statement. */
export type SqlValue = string | number | Uint8Array | null;

/** Runs one statement, and so one transaction. @returns The rows that it returns. */
export type RunSql = (sql: string, values: readonly SqlValue[]) => Promise<readonly Row[]>;

/** Runs statements of both kinds. */
export interface SqlAccess {
  /** For a statement that only reads. */
  readonly read: RunSql;
  /** For a statement that writes. */
  readonly write: RunSql;
  /** A subquery of the texts in a parameter that is a JSON array. */
  readonly each: (parameter: string) => string;
}
