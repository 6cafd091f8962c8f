/**
 * A store as a whole: all its rows, to be read out or put in. The statements are the same for
 * every backend, but for what a `Dialect` says.
 *
 * @module
 */
import { int, type Row } from "../store/rows.ts";
import { columnOf, type Kind, KINDS } from "./records.ts";

/** A value that a statement takes. */
export type Value = string | number | boolean | Uint8Array | null;

/** What of a backend is its own. */
export interface Dialect {
  /** Runs a statement; `$1` and so on stand for the values. */
  run(sql: string, values?: readonly Value[]): Promise<readonly Row[]>;
  /** How a column of text is compared: byte by byte, as everywhere else. */
  readonly compare: (column: string) => string;
  /** Which rows of a table are its own business, as a condition, where some are. */
  readonly hidden?: Readonly<Record<string, string>>;
  /** Columns that the backend has beyond the fields, and what goes into them. */
  readonly extra?: Readonly<Record<string, Extra>>;
  /** What stands between the columns and the values of an INSERT. */
  readonly overriding: string;
  /** Begins to read what there is at this moment, or to write. */
  begin(mode: "read" | "write"): Promise<void>;
  /** Works out what follows from the rest, and keeps it all. */
  finish(): Promise<void>;
  /** Lets go of the store. What was not finished is as if it had not been. */
  close(): Promise<void>;
}

/** A column that only one backend has. */
export interface Extra {
  readonly column: string;
  /** The value for a row. */
  readonly value: (row: Row) => Value;
  /** What is stored, where `value` stands for the value and `column(name)` for those of others. */
  readonly sql: (value: string, column: (name: string) => string) => string;
}

/** Rows that are read or written at once. */
const ROWS = 500;
/** Rows with bytes are large. */
const LARGE_ROWS = 8;

/** Everything in a store, or into it. */
export class Dump {
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** Begins to read what there is at this moment, or to write. */
  begin(mode: "read" | "write"): Promise<void> {
    return this.#dialect.begin(mode);
  }

  /** Whether nobody and nothing is in it yet. */
  async isEmpty(): Promise<boolean> {
    const [row] = await this.#dialect.run(
      "SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM rooms) AS count",
    );
    return int(row ?? {}, "count") === 0;
  }

  /** The rows of a kind, in order. */
  async *rows(kind: Kind): AsyncGenerator<Row> {
    let after: Row | undefined;
    do {
      const page = await this.#page(kind, after);
      yield* page;
      after = page.length === rowsOf(kind) ? page.at(-1) : undefined;
    } while (after !== undefined);
  }

  /** Puts rows of a kind in. */
  async insert(kind: Kind, rows: readonly Row[]): Promise<void> {
    for (let from = 0; from < rows.length; from += rowsOf(kind)) {
      await this.#insert(kind, rows.slice(from, from + rowsOf(kind)));
    }
  }

  /** Takes away what a new store has of its own: its name and its secrets. */
  async clear(): Promise<void> {
    const [meta] = KINDS;
    await this.#dialect.run(`DELETE FROM ${meta!.table} WHERE ${this.#shown(meta!)}`);
  }

  /** Works out what follows from the rest, and keeps it all. */
  finish(): Promise<void> {
    return this.#dialect.finish();
  }

  /** Lets go of the store. What was not finished is as if it had not been. */
  close(): Promise<void> {
    return this.#dialect.close();
  }

  async #page(kind: Kind, after: Row | undefined): Promise<readonly Row[]> {
    const columns = Object.keys(kind.fields).map((field) => columnOf(kind, field));
    const order = kind.order.map((field) => this.#comparable(kind, field));
    const place = after === undefined ? [] : kind.order.map((field) => after[field] as Value);
    const beyond = after === undefined
      ? ""
      : `AND (${order.join(", ")}) > (${place.map((_, i) => `$${i + 1}`).join(", ")})`;
    return await this.#dialect.run(
      `SELECT ${columns.join(", ")} FROM ${kind.table} WHERE ${this.#shown(kind)} ${beyond}
       ORDER BY ${order.join(", ")} LIMIT ${rowsOf(kind)}`,
      place,
    );
  }

  #shown({ table }: Kind): string {
    const hidden = this.#dialect.hidden?.[table];
    return hidden === undefined ? "true" : `NOT (${hidden})`;
  }

  #comparable(kind: Kind, field: string): string {
    return kind.fields[field] === "text" ? this.#dialect.compare(field) : field;
  }

  async #insert(kind: Kind, rows: readonly Row[]): Promise<void> {
    const columns = Object.keys(kind.fields).map((field) => columnOf(kind, field));
    const extra = this.#dialect.extra?.[kind.table];
    const values: Value[] = [];
    const lines = rows.map((row) => {
      const at = values.length;
      values.push(...columns.map((column) => row[column] as Value));
      const places = columns.map((_, i) => `$${at + i + 1}`);
      if (extra === undefined) return `(${places.join(", ")})`;
      values.push(extra.value(row));
      const own = extra.sql(`$${values.length}`, (name) => places[columns.indexOf(name)]!);
      return `(${[...places, own].join(", ")})`;
    });
    const names = extra === undefined ? columns : [...columns, extra.column];
    await this.#dialect.run(
      `INSERT INTO ${kind.table} (${names.join(", ")}) ${this.#dialect.overriding}
       VALUES ${lines.join(", ")}`,
      values,
    );
  }
}

function rowsOf(kind: Kind): number {
  return Object.values(kind.fields).includes("bytes") ? LARGE_ROWS : ROWS;
}
