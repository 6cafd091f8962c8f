import type { DatabaseSync } from "node:sqlite";
import type { SqlAccess, SqlValue } from "../sql/run.ts";
import type { Access } from "./access.ts";

/**
 * A statement with `$1` and so on for its parameters. To SQLite those are names, which every version
 * of Deno can bind; `?1` is neither a name nor a place to older ones.
 */
export function numbered(db: DatabaseSync, sql: string) {
  const statement = db.prepare(sql);
  const bound = (values: readonly SqlValue[]) =>
    Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]));
  return {
    get: (...values: readonly SqlValue[]) => statement.get(bound(values)),
    all: (...values: readonly SqlValue[]) =>
      values.length === 0 ? statement.all() : statement.all(bound(values)),
  };
}

/** Runs the statements that every backend shares. @param access When reads and writes may run. */
export function sqlAccess(db: DatabaseSync, { reading, writing }: Access): SqlAccess {
  const statements = new Map<string, ReturnType<typeof numbered>>();
  const run = (sql: string, values: readonly SqlValue[]) => {
    const statement = statements.get(sql) ?? numbered(db, sql);
    statements.set(sql, statement);
    return statement.all(...values);
  };
  const each = (parameter: string) => `SELECT value FROM json_each(${parameter})`;
  return { read: reading(run), write: writing(run), each };
}
