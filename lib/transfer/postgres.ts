/**
 * Exports a PostgreSQL database, and imports into one.
 *
 * @module
 */
import { COUNT_REPLIES } from "../store/sql/threads.ts";
import { FIND_NEWEST } from "../store/postgres/threads.sql.ts";
import { StoreError } from "../store/error.ts";
import { IS_CERTIFICATE, RESTORED } from "../store/sql/meta.ts";
import { NAMES } from "../store/sql/refold.ts";
import { int, type Row } from "../store/sql/rows.ts";
import { refoldNames } from "../store/postgres/refold.ts";
import { connectTool } from "../store/postgres/store.ts";
import { ImportedIndex, importedMessages, SearchIndex } from "../store/postgres/search_index.ts";
import { Dump } from "./dump.ts";
import { type FieldType, KINDS } from "./records.ts";

/** The instance of imported guests: none that runs. */
const NO_INSTANCE = "none";

const MARK_RESTORED =
  `INSERT INTO meta (name, value) VALUES ('${RESTORED}', '1') ON CONFLICT (name) DO NOTHING`;

/**
 * Marks a database as restored: the next instance that starts renews the epoch.
 *
 * @throws {StoreError} If it cannot be used; the message tells the operator what to do.
 */
export async function markRestoredPostgres(url: string): Promise<void> {
  const connection = await connectTool(url, { make: false });
  try {
    await connection.run(MARK_RESTORED);
  } finally {
    await connection.close();
  }
}

/** Tables whose rows the database numbers. */
const NUMBERED = KINDS.filter(({ fields }) => fields.id === "number" || fields.number === "number");

/** The indexes of a table that no constraint needs, as the statements that make them. */
const INDEXES_OF = `
  SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS sql
  FROM pg_index i WHERE i.indrelid = $1::text::regclass
    AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
  ORDER BY name`;

/** The instances that are running, as far as their heartbeats tell. */
const RUNNING = "SELECT id FROM instances WHERE seen_at > now() - interval '30 seconds' LIMIT 1";

/** A column that only this backend has. */
interface Extra {
  readonly column: string;
  /** A text for each row. */
  readonly value: (row: Row) => string | null;
  /** The stored expression; `v` has the columns of the row, and the text as `extra`. */
  readonly sql: string;
}

const EXTRA: Readonly<Record<string, Extra>> = {
  accounts: {
    column: "instance",
    value: (row) => row.role === "guest" ? NO_INSTANCE : null,
    sql: "v.extra",
  },
};

const SQL_TYPES: Readonly<Record<string, string>> = {
  number: "bigint",
  text: "text",
  boolean: "boolean",
  bytes: "bytea",
};

/**
 * Opens a database to read all of it, while instances may use it, or an empty one to fill it.
 *
 * @throws {StoreError} If it cannot be used; the message tells the operator what to do.
 */
export async function dumpPostgres(url: string, mode: "read" | "write"): Promise<Dump> {
  const connection = await connectTool(url, { make: mode === "write" });
  let indexes: readonly string[] = [];
  let wordIndexes: readonly string[] = [];
  /** Indexes the messages that come into an empty store. */
  let index: ImportedIndex | null = null;
  /** @returns The statements that make them again. */
  const dropIndexes = async (table: string) => {
    const found = await connection.run(INDEXES_OF, [table]);
    for (const { name } of found) await connection.run(`DROP INDEX ${name}`);
    return found.map(({ sql }) => String(sql));
  };
  /** Runs statements. @returns Why they failed, after they were taken back; else `undefined`. */
  const tryTo = async (act: () => Promise<unknown>): Promise<unknown> => {
    // Sent at once: the database does not wait for this process in between.
    const [, outcome] = await Promise.allSettled([
      connection.run("SAVEPOINT rows"),
      act(),
      connection.run("RELEASE SAVEPOINT rows"),
    ]);
    if (outcome.status === "fulfilled") return;
    await connection.run("ROLLBACK TO SAVEPOINT rows");
    await connection.run("RELEASE SAVEPOINT rows");
    return outcome.reason;
  };
  return new Dump({
    run: (sql, values) => connection.run(sql, values),
    async insert(table, columns, rows) {
      const put = async (some: readonly Row[]) => {
        const { sql, values } = insertion(table, columns, some);
        const inserting = tryTo(() => connection.run(sql, values));
        // While the database inserts them.
        const messages = index === null || table !== "events" ? [] : importedMessages(some);
        const cause = await inserting;
        if (cause === undefined) await index?.add(messages);
        return cause;
      };
      if (await put(rows) === undefined) return null;
      // The database refused one of them. Insert them one by one to find it.
      for (const [at, row] of rows.entries()) {
        const cause = await put([row]);
        if (cause !== undefined) return { at, cause };
      }
      return null;
    },
    async nextId(table) {
      const [next] = await connection.run(
        `SELECT nextval(pg_get_serial_sequence('${table}', 'id')) AS id`,
      );
      return int(next ?? {}, "id");
    },
    compare: (column) => `${column} COLLATE "C"`,
    // Which database the epoch was made in, which version folded the names, and that this store was
    // imported: none of it holds for another store.
    hidden: { meta: `name IN ('identity', '${NAMES}', '${RESTORED}') OR ${IS_CERTIFICATE}` },
    async begin(mode) {
      const snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
      await connection.run(mode === "read" ? snapshot : "BEGIN");
      if (mode === "read") return;
      const running = await connection.run(RUNNING);
      if (running.length > 0) {
        throw new StoreError(
          "Cannot import: a server is running on this database. Stop all instances; one that was " +
            "killed counts for half a minute",
        );
      }
      // To make an index of all rows takes as long as it takes, but less than row by row.
      await connection.run("SET LOCAL statement_timeout = 0");
      await connection.run("SET LOCAL maintenance_work_mem = '128MB'");
      const [{ count } = {}] = await connection.run("SELECT count(*) AS count FROM accounts");
      if (count !== 0) return;
      indexes = await dropIndexes("events");
      wordIndexes = await dropIndexes("search_entries");
      index = new ImportedIndex(connection);
    },
    async index() {
      const cause = await tryTo(() => connection.runScript(indexes.join(";")));
      if (cause !== undefined) throw cause;
      await connection.run("ANALYZE");
    },
    async finish() {
      for (const { table, fields } of NUMBERED) {
        const column = fields.number === "number" ? "number" : "id";
        await connection.run(
          `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), max(${column}))
           FROM ${table} HAVING max(${column}) IS NOT NULL`,
        );
      }
      await connection.run(
        "UPDATE file_usage SET bytes = (SELECT coalesce(sum(length(bytes)), 0) FROM file_parts)",
      );
      await connection.run(
        `UPDATE accounts a SET file_bytes = f.bytes FROM (
           SELECT f.uploader, sum(length(p.bytes))::bigint AS bytes
           FROM file_parts p JOIN files f ON f.number = p.file GROUP BY f.uploader
         ) f WHERE f.uploader = a.id`,
      );
      await connection.run(COUNT_REPLIES);
      await connection.run(`UPDATE threads AS t SET ${FIND_NEWEST}`);
      // The schema was made for names of this version: those of the import may be of an earlier one.
      await connection.run("DELETE FROM meta WHERE name = $1", [NAMES]);
      const renamed = await refoldNames(connection);
      const queue = new SearchIndex(connection);
      await index?.finish();
      await (index === null ? queue.queueUnindexed() : queue.queueIncomplete());
      await queue.workOff();
      await connection.runScript(wordIndexes.join(";"));
      await connection.run(MARK_RESTORED);
      await connection.run("COMMIT");
      return renamed;
    },
    close: () => connection.close(),
  });
}

/** The statement that inserts rows: its text is the same for any number of them. */
function insertion(
  table: string,
  columns: ReadonlyMap<string, FieldType>,
  rows: readonly Row[],
): { readonly sql: string; readonly values: readonly string[] } {
  const extra = EXTRA[table];
  const names = [...columns.keys()];
  const all = extra === undefined ? names : [...names, "extra"];
  const types = [...columns.values(), "text"].map((type) => SQL_TYPES[type.replace("?", "")]);
  const arrays = all.map((_, n) => `$${n + 1}::${types[n]}[]`);
  const sql = `INSERT INTO ${table} (${[...names, ...(extra ? [extra.column] : [])].join(", ")})
    OVERRIDING SYSTEM VALUE
    SELECT ${[...names.map((name) => `v.${name}`), ...(extra ? [extra.sql] : [])].join(", ")}
    FROM unnest(${arrays.join(", ")}) WITH ORDINALITY AS v (${[...all, "n"].join(", ")})
    ORDER BY v.n`;
  const values = names.map((name) => arrayText(rows.map((row) => row[name])));
  if (extra !== undefined) values.push(arrayText(rows.map(extra.value)));
  return { sql, values };
}

/** An array as PostgreSQL reads it. */
function arrayText(values: readonly unknown[]): string {
  const items = values.map((value) => {
    if (value === null || value === undefined) return "NULL";
    if (value instanceof Uint8Array) return `"\\\\x${value.toHex()}"`;
    if (typeof value !== "string") return String(value);
    return `"${value.replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${items.join(",")}}`;
}
