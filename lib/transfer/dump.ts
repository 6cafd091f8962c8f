/**
 * Reads all rows of a store, or fills an empty one. The statements are the same for every backend,
 * except for what a `Dialect` defines.
 *
 * @module
 */
import type { Renamed } from "../store/sql/refold.ts";
import { int, type Row } from "../store/sql/rows.ts";
import type { Contradiction } from "./checks.ts";
import { columnOf, type FieldType, type Kind, KINDS } from "./records.ts";

/** A parameter of a statement. */
export type DumpValue = string | number | boolean | Uint8Array | null;

/** What differs between backends. */
export interface Dialect {
  /** Runs a statement with the parameters `$1`, `$2`, … */
  run(sql: string, values?: readonly DumpValue[]): Promise<readonly Row[]>;
  /**
   * Inserts rows.
   *
   * @param columns The columns, with their types.
   * @returns The first row that the store refuses; `null` if there is none.
   */
  insert(
    table: string,
    columns: ReadonlyMap<string, FieldType>,
    rows: readonly Row[],
  ): Promise<Misfit | null>;
  /** A number for a new row of a table, which no row had before. */
  nextId(table: string): Promise<number>;
  /** Returns an expression that compares a text column byte by byte, as every backend does. */
  readonly compare: (column: string) => string;
  /** Conditions for rows, by table, that are internal to the backend and not exported. */
  readonly hidden?: Readonly<Record<string, string>>;
  /** Begins a transaction: to read a consistent snapshot, or to write. */
  begin(mode: "read" | "write"): Promise<void>;
  /**
   * Makes the indexes of the log, which were left out while rows came in.
   *
   * @throws {Error} If rows violate a unique one; the rows can then still be read.
   */
  index(): Promise<void>;
  /**
   * Computes derived data (counts, folded names, search index) and commits.
   *
   * @returns The names that had to change.
   */
  finish(): Promise<readonly Renamed[]>;
  /** Closes the store. Rolls back everything that was not finished. */
  close(): Promise<void>;
}

/** A row that the store refuses. */
export interface Misfit {
  /** Its index among the rows. */
  readonly at: number;
  readonly cause: unknown;
}

/** How many rows are read or written at once. */
const ROWS = 500;
/** The same for rows with bytes, which are large. */
const LARGE_ROWS = 8;

/** How many rows are reported that contradict others in one way. */
const PROBLEMS = 100;

const DELETED_ROOMS = "room IN (SELECT id FROM rooms WHERE deleted_at IS NOT NULL)";

/** What is left of deleted rooms until it is swept, by table. */
const LEFTOVERS: Readonly<Record<string, string>> = {
  events: DELETED_ROOMS,
  reactions: DELETED_ROOMS,
  votes: DELETED_ROOMS,
  thread_followers: DELETED_ROOMS,
  files: DELETED_ROOMS,
  file_parts: `file IN (SELECT number FROM files WHERE ${DELETED_ROOMS})`,
};

/** Reads everything from a store, or writes everything into one. */
export class Dump {
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** Begins a transaction: to read a consistent snapshot, or to write. */
  begin(mode: "read" | "write"): Promise<void> {
    return this.#dialect.begin(mode);
  }

  /** Whether the store has neither accounts nor rooms. */
  async isEmpty(): Promise<boolean> {
    const [row] = await this.#dialect.run(
      "SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM rooms) AS count",
    );
    return int(row ?? {}, "count") === 0;
  }

  /** Reads the rows of a kind, in order. */
  async *rows(kind: Kind): AsyncGenerator<Row> {
    let after: Row | undefined;
    do {
      const page = await this.#page(kind, after);
      yield* page;
      after = page.length === rowsOf(kind) ? page.at(-1) : undefined;
    } while (after !== undefined);
  }

  /**
   * Inserts rows of a kind.
   *
   * @returns The index and the cause of the first row that the store refuses; `null` if there is
   * none.
   */
  async insert(kind: Kind, rows: readonly Row[]): Promise<Misfit | null> {
    const columns = new Map(
      Object.entries(kind.fields).map(([field, type]) => [columnOf(kind, field), type]),
    );
    for (let from = 0; from < rows.length; from += rowsOf(kind)) {
      const some = rows.slice(from, from + rowsOf(kind));
      const misfit = await this.#dialect.insert(kind.table, columns, some);
      if (misfit !== null) return { ...misfit, at: from + misfit.at };
    }
    return null;
  }

  /**
   * Adds a row, unless there is one with a value that is unique.
   *
   * @param number The column that numbers the rows: the store gives it.
   * @returns Whether it was added.
   */
  async add(kind: Kind, row: Row, number?: string): Promise<boolean> {
    const fields = Object.entries(kind.fields).filter(([field]) => field !== number);
    const values = fields.map(([field, type]) => {
      const value = (row[columnOf(kind, field)] ?? null) as DumpValue;
      return value === null || !type.startsWith("boolean") ? value : Boolean(value);
    });
    const added = await this.#dialect.run(
      `INSERT INTO ${kind.table} (${fields.map(([field]) => columnOf(kind, field)).join(", ")})
       VALUES (${values.map((_, n) => `$${n + 1}`).join(", ")})
       ON CONFLICT DO NOTHING RETURNING 1 AS one`,
      values,
    );
    return added.length > 0;
  }

  /** Runs a statement with the parameters `$1`, `$2`, … that every backend understands. */
  run(sql: string, values?: readonly DumpValue[]): Promise<readonly Row[]> {
    return this.#dialect.run(sql, values);
  }

  /** A number for a new row of a table, which no row had before. */
  nextId(table: "accounts" | "rooms"): Promise<number> {
    return this.#dialect.nextId(table);
  }

  /** Makes the indexes of the log. See `Dialect.index`. */
  index(): Promise<void> {
    return this.#dialect.index();
  }

  /** Counts the rows of a kind. */
  async count(kind: Kind): Promise<number> {
    const [row] = await this.#dialect.run(
      `SELECT count(*) AS count FROM ${kind.table} WHERE ${this.#shown(kind)}`,
    );
    return int(row ?? {}, "count");
  }

  /** The ranks, among the rows of their kind, of the first rows that contradict other rows. */
  async find({ type, where }: Contradiction): Promise<readonly number[]> {
    const kind = KINDS.find((kind) => kind.type === type)!;
    const columns = kind.order.map((field) => columnOf(kind, field));
    const order = kind.order.map((field) => this.#comparable(kind, field));
    const bad = await this.#dialect.run(
      `SELECT ${columns.join(", ")} FROM ${kind.table} x WHERE ${where}
       ORDER BY ${order.join(", ")} LIMIT ${PROBLEMS}`,
    );
    const ranks: number[] = [];
    for (const found of bad) {
      const [row] = await this.#dialect.run(
        `SELECT count(*) AS count FROM ${kind.table} WHERE ${this.#shown(kind)}
         AND (${order.join(", ")}) < (${columns.map((_, i) => `$${i + 1}`).join(", ")})`,
        columns.map((column) => found[column] as DumpValue),
      );
      ranks.push(int(row ?? {}, "count"));
    }
    return ranks;
  }

  /** Deletes the epoch and the secrets that a new store has made for itself. */
  async clear(): Promise<void> {
    const [meta] = KINDS;
    await this.#dialect.run(`DELETE FROM ${meta!.table} WHERE ${this.#shown(meta!)}`);
  }

  /** Computes derived data and commits. See `Dialect.finish`. */
  finish(): Promise<readonly Renamed[]> {
    return this.#dialect.finish();
  }

  /** Closes the store. Rolls back everything that was not finished. */
  close(): Promise<void> {
    return this.#dialect.close();
  }

  async #page(kind: Kind, after: Row | undefined): Promise<readonly Row[]> {
    const columns = Object.keys(kind.fields).map((field) => columnOf(kind, field));
    const order = kind.order.map((field) => this.#comparable(kind, field));
    const place = after === undefined ? [] : kind.order.map((field) => after[field] as DumpValue);
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
    const hidden = this.#dialect.hidden?.[table] ?? LEFTOVERS[table];
    return hidden === undefined ? "true" : `NOT (${hidden})`;
  }

  #comparable(kind: Kind, field: string): string {
    return kind.fields[field] === "text" ? this.#dialect.compare(field) : field;
  }
}

function rowsOf(kind: Kind): number {
  return Object.values(kind.fields).includes("bytes") ? LARGE_ROWS : ROWS;
}
