/**
 * A SQLite file as a whole.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { Row } from "../store/rows.ts";
import { StoreError } from "../store/error.ts";
import { openDatabase, type SqliteOptions } from "../store/sqlite/open.ts";
import { WordIndex } from "../store/sqlite/word_index.ts";
import { Dump, type Value } from "./dump.ts";

/**
 * Opens a file to be read out, which a server may have open at the same time, or a new one to be
 * filled.
 *
 * @throws {StoreError} If it cannot be used, with a sentence that says what to do.
 */
export function dumpSqlite(options: SqliteOptions, mode: "read" | "write"): Dump {
  const { db, close } = openDatabase({ ...options, exclusive: mode === "write" });
  return new Dump({
    run: (sql, values = []) => Promise.try(() => runOn(db, sql, values)),
    compare: (column) => column,
    // How far the search index has come: that of another store starts anew.
    hidden: { meta: "name = 'indexed'" },
    overriding: "",
    begin: (mode) => Promise.try(() => db.exec(mode === "read" ? "BEGIN" : "BEGIN IMMEDIATE")),
    finish: () =>
      Promise.try(() => {
        // In this transaction: what was not finished is as if it had not been.
        new WordIndex(db, (body) => body()).catchUp();
        db.exec("COMMIT");
      }),
    close: () => Promise.try(close),
  });
}

function runOn(db: DatabaseSync, sql: string, values: readonly Value[]): readonly Row[] {
  const statement = db.prepare(sql.replace(/\$(\d+)/g, "?$1"));
  return statement.all(
    ...values.map((value) => typeof value === "boolean" ? Number(value) : value),
  );
}

/** As many pages as there are: a database has no more. */
const EVERY_PAGE = 2 ** 31 - 1;

/**
 * Writes a consistent copy of a file that a server may have open. The server goes on meanwhile.
 *
 * @param to A file that is not there yet.
 * @throws {StoreError} If the file cannot be read, or the copy not written.
 */
export async function backUp(options: SqliteOptions, to: string): Promise<void> {
  // Asked for only here: Deno 2.5 has none, and would not start a server that names it above.
  const { backup } = await import("node:sqlite");
  if (backup === undefined) {
    throw new StoreError(`Cannot write ${to}: Deno ${Deno.version.deno} is too old for it`);
  }
  createSync(to);
  const { db, close } = openDatabase({ ...options, exclusive: false });
  try {
    // In one step: in several it would begin again with each write of the server's.
    await backup(db, to, { rate: EVERY_PAGE });
  } catch (cause) {
    Deno.removeSync(to);
    throw new StoreError(`Cannot write ${to}: ${cause}`, { cause });
  } finally {
    close();
  }
}

/** Makes the file first, so that nobody else may read what comes into it. */
function createSync(path: string): void {
  try {
    Deno.openSync(path, { createNew: true, write: true, mode: 0o600 }).close();
  } catch (cause) {
    throw new StoreError(`Cannot write ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** Why a file cannot be made, in words. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.AlreadyExists) return "it is there already. Give another path";
  return error instanceof Error ? error.message : String(error);
}
