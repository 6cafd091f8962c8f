/**
 * Exports, imports and copies a SQLite data file.
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { int } from "../store/sql/rows.ts";
import { StoreError } from "../store/error.ts";
import { ADD_ALL_MENTIONS } from "../store/sqlite/messages.ts";
import { openDatabase, type SqliteOptions } from "../store/sqlite/open.ts";
import { IS_CERTIFICATE, RESTORED } from "../store/sql/meta.ts";
import { NAMES, type Renamed } from "../store/sql/refold.ts";
import { migrate } from "../store/sqlite/migrations.ts";
import { refoldNames } from "../store/sqlite/refold.ts";
import { ifThere, syncDirectory } from "../store/sqlite/side_files.ts";
import { COPY_ID, markRestored, OWN_ROWS } from "../store/sqlite/state.ts";
import { ADD_ALL_THREADS } from "../store/sqlite/threads.ts";
import { transactions } from "../store/sqlite/transaction.ts";
import { WordIndex } from "../store/sqlite/word_index.ts";
import { Dump, type DumpValue } from "./dump.ts";

const HIDDEN = [NAMES, "indexed", "part_rows", ...OWN_ROWS, RESTORED];

/**
 * Opens a file to read all of it, while a server may have it open, or a new file to fill it.
 *
 * An import is written to a file beside the data file, without a journal, and takes the place of the
 * data file when it is complete. A crash in between leaves the data file as it was.
 *
 * @throws {StoreError} If the file cannot be used; the message tells the operator what to do.
 */
export function dumpSqlite(options: SqliteOptions, mode: "read" | "write"): Dump {
  const target = openDatabase({ ...options, exclusive: mode === "write" });
  let replacement: ImportFile | null = null;
  let statements = new Map<string, StatementSync>();
  const db = () => replacement?.db ?? target.db;
  const prepare = (sql: string) => {
    const statement = statements.get(sql) ?? db().prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return new Dump({
    run: (sql, values = []) =>
      Promise.try(() => db().prepare(sql.replace(/\$(\d+)/g, "?$1")).all(...values.map(stored))),
    insert(table, columns, rows) {
      const names = [...columns.keys()];
      const insert = prepare(
        `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
      );
      for (const [at, row] of rows.entries()) {
        try {
          insert.run(...names.map((name) => stored(row[name] as DumpValue)));
        } catch (cause) {
          return Promise.resolve({ at, cause });
        }
      }
      return Promise.resolve(null);
    },
    nextId: (table) =>
      Promise.try(() => {
        const next = db().prepare(
          `SELECT max((SELECT coalesce(max(id), 0) FROM ${table}),
             (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?)) + 1 AS id`,
        ).get(table);
        return int(next ?? {}, "id");
      }),
    compare: (column) => column,
    // The position of the search index and the state of the file itself start anew in another store.
    hidden: {
      meta: `name IN (${HIDDEN.map((name) => `'${name}'`).join(", ")}) OR ${IS_CERTIFICATE}`,
    },
    begin: (mode) =>
      Promise.try(() => {
        if (mode === "read" || !isUnused(target.db)) return target.db.exec("BEGIN");
        replacement = new ImportFile(options);
        statements = new Map();
      }),
    index: () => Promise.try(() => replacement?.index()),
    finish: () =>
      Promise.try(() => {
        // Nothing may be left to do for the file that is replaced.
        target.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        statements = new Map();
        const renamed = replacement?.finish() ?? [];
        replacement = null;
        return renamed;
      }),
    close: () =>
      Promise.try(() => {
        replacement?.discard();
        target.close();
      }),
  });
}

function stored(value: DumpValue): Exclude<DumpValue, boolean> {
  return typeof value === "boolean" ? Number(value) : value;
}

/** Whether a file has neither accounts nor rooms. */
function isUnused(db: DatabaseSync): boolean {
  const one = "SELECT 1 FROM accounts UNION ALL SELECT 1 FROM rooms LIMIT 1";
  return db.prepare(one).get() === undefined;
}

/** A data file that is being written, beside the one that it will replace. */
class ImportFile {
  readonly #path: string;
  readonly #target: string;
  readonly db: DatabaseSync;
  /** The statements that make the indexes of the log. */
  readonly #indexes: readonly string[];

  constructor({ path }: SqliteOptions) {
    // The file itself, if the path is a link.
    this.#target = Deno.realPathSync(path);
    this.#path = `${this.#target}-import`;
    // The data file is locked: a replacement can only be left from an import that was killed.
    ifThere(() => Deno.removeSync(this.#path));
    createSync(this.#path);
    this.db = new DatabaseSync(this.#path);
    this.db.exec(`
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      PRAGMA locking_mode = EXCLUSIVE;
      -- Large sorts use files.
      PRAGMA temp_store = FILE;
      -- In KiB: rows come in order, and a sort takes as much again.
      PRAGMA cache_size = -8192;
    `);
    migrate(this.db);
    this.db.exec("PRAGMA foreign_keys = ON");
    const indexes = this.db.prepare(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'events' AND sql > ''",
    ).all();
    // To make an index of all rows at once is faster than to keep it in order row by row.
    for (const { name } of indexes) this.db.exec(`DROP INDEX ${name}`);
    this.#indexes = indexes.map(({ sql }) => String(sql));
    this.db.exec("BEGIN");
  }

  /** Makes as many indexes as can be made. */
  index(): void {
    const errors = this.#indexes.flatMap((sql) => {
      try {
        this.db.exec(sql);
        return [];
      } catch (error) {
        return [error];
      }
    });
    if (errors.length > 0) throw errors[0];
  }

  /**
   * Completes the file, and puts it in the place of the data file.
   *
   * @returns The names that had to change.
   */
  finish(): readonly Renamed[] {
    const renamed = refoldNames(this.db);
    this.db.exec(ADD_ALL_THREADS);
    const index = new WordIndex(this.db, (body) => body());
    index.queueUnindexed();
    while (index.workOff() > 0);
    this.db.exec(ADD_ALL_MENTIONS);
    markRestored(this.db);
    this.db.exec("COMMIT");
    // The side files of the replaced file do not belong to this one: see `openDatabase`.
    this.db.exec(`PRAGMA application_id = ${COPY_ID}`);
    this.db.close();
    using file = Deno.openSync(this.#path);
    file.syncSync();
    Deno.renameSync(this.#path, this.#target);
    syncDirectory(this.#target);
    return renamed;
  }

  discard(): void {
    if (this.db.isOpen) this.db.close();
    ifThere(() => Deno.removeSync(this.#path));
  }
}

/** All pages: a database has no more than this. */
const EVERY_PAGE = 2 ** 31 - 1;

/**
 * Writes a consistent copy of a file while a server may have it open. The server goes on meanwhile.
 *
 * @param to The path of the copy, where no file exists yet.
 * @throws {StoreError} If the file cannot be read, or the copy cannot be written.
 */
export async function backUp(options: SqliteOptions, to: string): Promise<void> {
  // Imported only here: Deno 2.5 lacks it, and would refuse a static import at start.
  const { backup } = await import("node:sqlite");
  if (backup === undefined) {
    throw new StoreError(
      `Cannot write ${to}: Deno ${Deno.version.deno} is too old for it. Update Deno`,
    );
  }
  createSync(to);
  const { db, close } = openDatabase({ ...options, exclusive: false });
  try {
    // In one step: otherwise each write of the server would restart the backup.
    await backup(db, to, { rate: EVERY_PAGE });
    markCopy(to);
  } catch (cause) {
    Deno.removeSync(to);
    throw new StoreError(`Cannot write ${to}: ${cause}`, { cause });
  } finally {
    close();
  }
}

/**
 * Marks a file as a copy. A server that opens it as its data file renews the epoch, because later
 * events are missing from the copy, and does not use the side files of the file that it replaced.
 */
function markCopy(path: string): void {
  const db = new DatabaseSync(path);
  try {
    transactions(db)(() => {
      markRestored(db);
      db.exec(`PRAGMA application_id = ${COPY_ID}`);
    });
  } finally {
    // Closing moves the write-ahead log into the file, which is all of the copy.
    db.close();
  }
}

/**
 * Marks a file as restored, if it was not restored from a copy that `backUp` made. No server may
 * have it open.
 *
 * @throws {StoreError} If it cannot be used, or a server has it open.
 */
export function markRestoredSqlite(options: SqliteOptions): void {
  const { db, close } = openDatabase({ ...options, exclusive: true, onDamage: "keep-going" });
  try {
    transactions(db)(() => markRestored(db));
  } finally {
    close();
  }
}

/** Creates the file with permissions for its owner only, before anything is written to it. */
function createSync(path: string): void {
  try {
    Deno.openSync(path, { createNew: true, write: true, mode: 0o600 }).close();
  } catch (cause) {
    throw new StoreError(`Cannot write ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** Why a file cannot be created, as a sentence. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.AlreadyExists) return "it exists already. Give another path";
  return error instanceof Error ? error.message : String(error);
}
