/**
 * A PostgreSQL database as a whole.
 *
 * @module
 */
import { storedText } from "../store/rows.ts";
import { connectTool } from "../store/postgres.ts";
import { toLexemes } from "../store/postgres/lexemes.ts";
import { decodeText } from "../store/text.ts";
import { Dump } from "./dump.ts";
import { KINDS } from "./records.ts";

/** Whose the guests are that come from elsewhere: of no instance that lives. */
const NO_INSTANCE = "none";

/** Tables whose rows are numbered by the database. */
const NUMBERED = KINDS.filter(({ fields }) => fields.id === "number" || fields.number === "number");

/**
 * Opens a database to be read out, which instances may use at the same time, or an empty one to be
 * filled.
 *
 * @throws {StoreError} If it cannot be used, with a sentence that says what to do.
 */
export async function dumpPostgres(url: string, mode: "read" | "write"): Promise<Dump> {
  const connection = await connectTool(url, { make: mode === "write" });
  return new Dump({
    run: (sql, values) => connection.run(sql, values),
    compare: (column) => `${column} COLLATE "C"`,
    overriding: "OVERRIDING SYSTEM VALUE",
    extra: {
      accounts: {
        column: "instance",
        value: (row) => row.role === "guest" ? NO_INSTANCE : null,
        sql: (value) => value,
      },
      events: {
        column: "words",
        value: (row) =>
          row.kind === "message" && row.deleted !== true
            ? toLexemes(decodeText(storedText(row, "text"))).join(" ")
            : null,
        sql: (value, column) =>
          `CASE WHEN ${value}::text IS NOT NULL THEN
             word_vector(${column("id")}, ${column("room")}, ${column("sender")}, ${value}) END`,
      },
    },
    async begin(mode) {
      const snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
      await connection.run(mode === "read" ? snapshot : "BEGIN");
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
      await connection.run("COMMIT");
    },
    close: () => connection.close(),
  });
}
