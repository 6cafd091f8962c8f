/**
 * The connection to the database: a pool that reconnects by itself, behind the method `run`.
 *
 * Each call of the store is one statement, and so one transaction: the database does all of it or
 * nothing, and never waits for the server in between. A lost connection leaves nothing half done,
 * and other calls do not notice.
 *
 * @module
 */
import postgres from "postgres";
import { systemClock } from "../../util/clock.ts";
import type { Row } from "../sql/rows.ts";

/** A parameter of a statement. */
export type Parameter = string | number | boolean | Uint8Array | null;

/** The most connections of a pool. Each is a process of the database; a few keep it busy. */
const CONNECTIONS = { shared: 7, apart: 1 } as const;
/** Seconds until an attempt to connect fails. */
const CONNECT_S = 5;
/** The longest pause between two attempts to connect, in seconds. */
const MAX_BACKOFF_S = 1;
/** Seconds that connections may take to close. */
const CLOSE_S = 1;
/** The most calls that may wait; further ones are rejected. */
const MAX_CALLS = 10_000;
/** How often a statement is tried that the database rolled back to break a deadlock. */
const DEADLOCK_TRIES = 5;
/** Milliseconds after which a statement is tried again for which there was no connection. */
const NO_CONNECTION_MS = 50;
/** How often at most, in milliseconds, the operator is told that connections are missing. */
const NOTICE_MS = 60_000;

/** PostgreSQL's error codes (appendix A of its manual) that are handled here. */
const DEADLOCK = "40P01";
const UNIQUE_VIOLATION = "23505";
const TOO_MANY_CONNECTIONS = "53300";

/** Told when the database gives this client fewer connections than it would use. */
const FEW_CONNECTIONS = "The database has no connection left for this instance, which works with " +
  "fewer and is slower. Raise max_connections, or the limit of its role or database.";

/** The settings of every connection. */
const SETTINGS = {
  search_path: "hubbub",
  // With another default level a connection would not see what others have committed.
  default_transaction_isolation: "read committed",
  // A connection keeps the plans that it made while a table was small: every statement has its index.
  // A statement without one does not get faster by compiling it first.
  enable_seqscan: "off",
  jit: "off",
} as const;

/** Reads 64-bit integers as numbers: all of them stay far below 2^53. */
const INT8 = { to: 20, from: [20], parse: Number, serialize: String };

type Pool = postgres.Sql;

/** The pools of a database. */
type Lane = keyof typeof CONNECTIONS;

/** Callbacks of a connection that listens. */
export interface LineHandlers {
  /** Called with the payload of each notification. */
  onNotify(payload: string): void;
  /** Called when the connection is lost, or cannot be made. */
  onClose(): void;
}

/** A connection apart from the pool. It does not reconnect. */
export interface Connection {
  /** Runs one statement; see `Database.run`. */
  run(sql: string, parameters?: readonly Parameter[]): Promise<readonly Row[]>;
  /** Runs statements in one text, and so in one transaction, without a time limit. */
  runScript(sql: string): Promise<void>;
  /** Closes it. */
  close(): Promise<void>;
}

/** How a database is used. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /**
   * Milliseconds after which the database cancels a statement: no statement that a client waits for
   * takes that long. A connection that is silent for half as long again is dead, whatever the
   * system says.
   */
  readonly patienceMs: number;
  /** Called with messages for the operator. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * The name of a client's connections: other clients see whether it still has any.
 *
 * @param id See `Database.id`.
 */
export function applicationName(id: string): string {
  return `hubbub ${id}`;
}

/** An open database. */
export class Database {
  /** Identifies this client: unique to each start. */
  readonly id: string = crypto.randomUUID();
  /** See `DatabaseOptions`. */
  readonly patienceMs: number;
  readonly #onNotice: DatabaseOptions["onNotice"];
  #noticedAt = -Infinity;
  readonly #pools: Record<Lane, Pool>;
  readonly #calls = new Set<Promise<unknown>>();
  /** Whether the database has ever given a connection. */
  #connected = false;
  #closed = false;

  /** Connects with the first call only. */
  constructor(options: DatabaseOptions) {
    const shared = open(options, this.id);
    this.#pools = { shared, apart: reopen(shared, { max: CONNECTIONS.apart }) };
    this.patienceMs = options.patienceMs;
    this.#onNotice = options.onNotice;
  }

  /**
   * Runs a statement with the parameters `$1`, `$2`, …
   *
   * @throws {Error} If the statement fails, if the database does not answer for a few seconds (then
   * the statement may have been run or not), or if too many calls wait.
   */
  async run(sql: string, parameters: readonly Parameter[] = []): Promise<readonly Row[]> {
    return await this.#run("shared", sql, parameters);
  }

  /**
   * Like `run`, one statement after the other on a connection that has nothing else to do: what the
   * database caches for a statement that runs all the time is there once, and stays in the caches of
   * the processor.
   */
  async runApart(sql: string, parameters: readonly Parameter[] = []): Promise<readonly Row[]> {
    return await this.#run("apart", sql, parameters);
  }

  async #run(
    lane: Lane,
    sql: string,
    parameters: readonly Parameter[],
  ): Promise<readonly Row[]> {
    if (this.#closed) throw new Error("Cannot ask the database: it is closed");
    if (this.#calls.size >= MAX_CALLS) {
      throw new Error("Cannot ask the database: too many wait for it");
    }
    const call = this.#tryOften(lane, sql, parameters);
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /**
   * Repeats a statement that the database rolled back to break a deadlock, or for which it gave no
   * other connection while those that there are were busy.
   */
  async #tryOften(
    lane: Lane,
    sql: string,
    parameters: readonly Parameter[],
  ): Promise<readonly Row[]> {
    const until = systemClock.elapsed() + this.patienceMs;
    for (let tries = 1;; tries++) {
      const pool = this.#pools[lane];
      try {
        const rows = await answerTo(
          ask(pool, sql, parameters),
          this.#answerMs,
          () => this.#replace(lane, pool),
        );
        this.#connected = true;
        return rows;
      } catch (error) {
        if (hasCode(error, TOO_MANY_CONNECTIONS) && this.#connected && !this.#closed) {
          if (systemClock.elapsed() > until) throw error;
          this.#noticeMissing();
          lane = "shared";
          await pause(NO_CONNECTION_MS * (0.5 + Math.random()));
        } else if (!hasCode(error, DEADLOCK) || tries === DEADLOCK_TRIES) throw error;
      }
    }
  }

  #noticeMissing(): void {
    const now = systemClock.elapsed();
    if (now - this.#noticedAt < NOTICE_MS) return;
    this.#noticedAt = now;
    this.#onNotice?.(FEW_CONNECTIONS);
  }

  /** A connection apart from the pool, to change the schema. */
  connect(): Connection {
    return this.#connection({ connection: settings(this.id) });
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
    const pool = reopen(this.#pools.shared, { ...alone, ...options });
    return {
      run: (sql, parameters = []) => answerTo(ask(pool, sql, parameters), this.#answerMs, () => {}),
      async runScript(sql) {
        await pool.unsafe(sql).simple();
      },
      close: () => pool.end({ timeout: 0 }),
    };
  }

  /** Waits for running calls and closes the connections. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#calls);
    // The driver waits for ever for a connection that was lost during a statement.
    await Promise.all(Object.values(this.#pools).map((pool) => pool.end({ timeout: CLOSE_S })));
  }

  /** Replaces a pool that does not answer. */
  #replace(lane: Lane, silent: Pool): void {
    if (silent !== this.#pools[lane] || this.#closed) return;
    this.#pools[lane] = reopen(silent);
    void silent.end({ timeout: 0 });
  }
}

/** Writes values as a PostgreSQL array, for a parameter that is cast to one. */
export function arrayOf(values: readonly (number | string | null)[]): string {
  const items = values.map((value) =>
    value === null ? "NULL" : `"${String(value).replace(/["\\]/g, "\\$&")}"`
  );
  return `{${items.join(",")}}`;
}

/** Whether a statement failed because it violates a unique constraint. */
export function isTaken(error: unknown): boolean {
  return hasCode(error, UNIQUE_VIOLATION);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function settings(id: string) {
  return { ...SETTINGS, application_name: applicationName(id) };
}

function open({ url, patienceMs }: DatabaseOptions, id: string): Pool {
  return postgres(withoutStrangers(url), {
    ...placeOf(url),
    max: CONNECTIONS.shared,
    connect_timeout: CONNECT_S,
    // A client waits for the answer, no longer than it would wait for its own next attempt.
    backoff: (retries: number) => Math.random() * Math.min(0.05 * 2 ** retries, MAX_BACKOFF_S),
    // The casts define the types; fetching all of them would delay every connection.
    fetch_types: false,
    types: { int8: INT8 },
    connection: { ...settings(id), statement_timeout: patienceMs },
    onnotice() {},
  });
}

/** Handles IPv6 addresses: the driver would take the first colon for that of the port. */
function placeOf(url: string): { host?: string; port?: number } {
  const { hostname, port } = new URL(url);
  if (!hostname.startsWith("[")) return {};
  const place = { host: [hostname.slice(1, -1)], port: [Number(port || 5432)] };
  // The driver takes lists, though its types do not say so.
  return place as unknown as { host: string; port: number };
}

/** The parameters of an address that the driver understands. */
const KNOWN = ["sslmode", "sslnegotiation", "options", "target_session_attrs"];

/** Drops parameters for other drivers: this one would take them for settings of the server. */
function withoutStrangers(url: string): string {
  const known = new URL(url);
  for (const name of [...known.searchParams.keys()]) {
    if (!KNOWN.includes(name)) known.searchParams.delete(name);
  }
  return known.href;
}

/**
 * Opens another pool to the same database. The driver takes the options that it has parsed before
 * as they are: parsing them again would read the environment, which a running server may not do.
 */
function reopen(pool: Pool, changes: Readonly<Record<string, unknown>> = {}): Pool {
  return postgres({ ...pool.options, ...changes } as unknown as postgres.Options<never>);
}

async function ask(
  pool: Pool,
  sql: string,
  parameters: readonly Parameter[],
): Promise<readonly Row[]> {
  // Prepared, so that it is planned once per connection.
  return await pool.unsafe(sql, [...parameters], { prepare: true });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}

/** Waits for an answer for at most `ms` milliseconds. */
async function answerTo<T>(answer: Promise<T>, ms: number, onSilence: () => void): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const cancel = systemClock.after(ms, () => {
    timeout.reject(new Error(`Cannot ask the database: no answer for ${ms / 1_000} s`));
    onSilence();
  });
  try {
    return await Promise.race([answer, timeout.promise]);
  } finally {
    cancel();
  }
}
