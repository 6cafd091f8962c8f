/**
 * The way to the database: a pool of connections that heals by itself, behind the one question
 * `run`.
 *
 * Each call of the store is one statement, and so one transaction: the database does all of it or
 * nothing, and never waits for us in the middle. A line that is lost leaves nothing half done, and
 * no other call notices.
 *
 * @module
 */
import postgres from "postgres";
import { systemClock } from "../../clock.ts";
import type { Row } from "../rows.ts";

/** What a statement can be given. */
export type Parameter = string | number | boolean | Uint8Array | null;

/** Connections at most. Each is a process of the database's; few keep it busy. */
const CONNECTIONS = 8;
/** Seconds for which a connection may take to come about. */
const CONNECT_S = 5;
/** Seconds between two tries to connect, at most. */
const MAX_BACKOFF_S = 1;
/** Seconds for which connections may take to end. */
const CLOSE_S = 1;
/** Calls that may wait; more are refused. */
const MAX_CALLS = 10_000;
/** How often a statement is tried that the database undid to break a deadlock. */
const DEADLOCK_TRIES = 5;

/** PostgreSQL's error codes (appendix A of its manual) that mean something here. */
const DEADLOCK = "40P01";
const UNIQUE_VIOLATION = "23505";

/** What every connection is set to. */
const SETTINGS = {
  application_name: "hubbub",
  search_path: "hubbub",
  // A connection that somebody set to another level would miss what others have committed.
  default_transaction_isolation: "read committed",
  // A connection keeps its plans, also those that it made while a table was small: every statement
  // has its index, and whatever has none is not made faster by compiling it first.
  enable_seqscan: "off",
  jit: "off",
} as const;

/** 64-bit integers as numbers: none of ours comes near 2^53. */
const INT8 = { to: 20, from: [20], parse: Number, serialize: String };

type Pool = postgres.Sql;

/** Who is told what comes over a line that listens. */
export interface LineHandlers {
  /** Called with each notification's payload. */
  onNotify(payload: string): void;
  /** Called when the line is lost, or cannot be had. */
  onClose(): void;
}

/** One connection of one's own. It does not come back by itself. */
export interface Connection {
  /** Runs one statement; see `Database.run`. */
  run(sql: string, parameters?: readonly Parameter[]): Promise<readonly Row[]>;
  /** Runs statements that are one text, and so one transaction, however long they take. */
  runScript(sql: string): Promise<void>;
  /** Lets go of it. */
  close(): Promise<void>;
}

/** How a database is asked. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /**
   * Milliseconds after which the database gives up a statement: nothing that people wait for takes
   * that. A line on which nothing is heard for half as long again is dead, whatever the system says.
   */
  readonly patienceMs: number;
}

/** An open database. */
export class Database {
  /** See `DatabaseOptions`. */
  readonly patienceMs: number;
  #pool: Pool;
  readonly #calls = new Set<Promise<unknown>>();
  #closed = false;

  /** Nothing is asked of it yet. */
  constructor(options: DatabaseOptions) {
    this.#pool = open(options);
    this.patienceMs = options.patienceMs;
  }

  /**
   * Runs a statement: `$1` and so on stand for the parameters.
   *
   * @throws {Error} When it failed, when nothing is heard of the database for a few seconds (it may
   * then have been run or not), or when too many wait.
   */
  async run(sql: string, parameters: readonly Parameter[] = []): Promise<readonly Row[]> {
    if (this.#closed) throw new Error("Cannot ask the database: it is closed");
    if (this.#calls.size >= MAX_CALLS) {
      throw new Error("Cannot ask the database: too many wait for it");
    }
    const call = this.#tryOften(sql, parameters);
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Where two wait each for the other, the database undoes one of them: that one tries again. */
  async #tryOften(sql: string, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    for (let tries = 1;; tries++) {
      const pool = this.#pool;
      try {
        return await answerTo(
          ask(pool, sql, parameters),
          this.#answerMs,
          () => this.#replace(pool),
        );
      } catch (error) {
        if (!hasCode(error, DEADLOCK) || tries === DEADLOCK_TRIES) throw error;
      }
    }
  }

  /** A connection apart from the pool, to change the schema. */
  connect(): Connection {
    return this.#connection({ connection: SETTINGS });
  }

  /** A connection apart from the pool, to listen. */
  listen({ onNotify, onClose }: LineHandlers): Connection {
    return this.#connection({
      onnotify: (_channel: string, payload: string) => onNotify(payload),
      onclose: onClose,
    });
  }

  get #answerMs(): number {
    return 1.5 * this.patienceMs;
  }

  #connection(options: Readonly<Record<string, unknown>>): Connection {
    const alone = { max: 1, idle_timeout: null, max_lifetime: null };
    const pool = reopen(this.#pool, { ...alone, ...options });
    return {
      run: (sql, parameters = []) => answerTo(ask(pool, sql, parameters), this.#answerMs, () => {}),
      async runScript(sql) {
        await pool.unsafe(sql).simple();
      },
      close: () => pool.end({ timeout: 0 }),
    };
  }

  /** Finishes what was begun and lets go of the database. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#calls);
    // The driver waits for ever for a line that was lost with a question on it.
    await this.#pool.end({ timeout: CLOSE_S });
  }

  /** Does without a pool that does not answer. */
  #replace(silent: Pool): void {
    if (silent !== this.#pool || this.#closed) return;
    this.#pool = reopen(silent);
    void silent.end({ timeout: 0 });
  }
}

/** The values as PostgreSQL writes an array, for a parameter that is cast to one. */
export function arrayOf(values: readonly (number | string)[]): string {
  const items = values.map((value) => `"${String(value).replace(/["\\]/g, "\\$&")}"`);
  return `{${items.join(",")}}`;
}

/** Whether a statement failed because something is there already that may be there once. */
export function isTaken(error: unknown): boolean {
  return hasCode(error, UNIQUE_VIOLATION);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function open({ url, patienceMs }: DatabaseOptions): Pool {
  return postgres(withoutStrangers(url), {
    max: CONNECTIONS,
    connect_timeout: CONNECT_S,
    // Somebody waits for the answer: not longer than they would for the next try of their own.
    backoff: (retries: number) => Math.random() * Math.min(0.05 * 2 ** retries, MAX_BACKOFF_S),
    // Types are told by the casts; to ask for all that there are would delay every connection.
    fetch_types: false,
    types: { int8: INT8 },
    connection: { ...SETTINGS, statement_timeout: patienceMs },
    onnotice() {},
  });
}

/** What of an address's parameters is for the driver. */
const KNOWN = ["sslmode", "sslnegotiation", "options", "target_session_attrs"];

/** Hosts put more into addresses, for other drivers: ours would take it for the server's settings. */
function withoutStrangers(url: string): string {
  const known = new URL(url);
  for (const name of [...known.searchParams.keys()]) {
    if (!KNOWN.includes(name)) known.searchParams.delete(name);
  }
  return known.href;
}

/**
 * Another pool to the same database. The driver takes the options that it has read before as they
 * are: to read them again it would look at the environment, which a running server may not do.
 */
function reopen(pool: Pool, changes: Readonly<Record<string, unknown>> = {}): Pool {
  return postgres({ ...pool.options, ...changes } as unknown as postgres.Options<never>);
}

async function ask(
  pool: Pool,
  sql: string,
  parameters: readonly Parameter[],
): Promise<readonly Row[]> {
  // Prepared, so that it is planned once a connection.
  return await pool.unsafe(sql, [...parameters], { prepare: true });
}

/** Waits for an answer, and for no longer than that. */
async function answerTo<T>(answer: Promise<T>, ms: number, onSilence: () => void): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = systemClock.after(ms, () => {
    late.reject(new Error(`Cannot ask the database: no answer for ${ms / 1_000} s`));
    onSilence();
  });
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    cancel();
  }
}
