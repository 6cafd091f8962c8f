/**
 * The rows that are in the commit log and not in the tables yet. A thread applies them to the
 * tables, a batch at a time: within a second, and at once when a reader waits for them.
 *
 * A commit into SQLite touches a page for each table and index, and now and then waits for the
 * disk; a record in a log is one write. Cf. O'Neil et al., "The Log-Structured Merge-Tree" (1996).
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "../records.ts";
import { asStorageError, StoreError } from "../error.ts";
import type { Apply, LogRow } from "./apply.ts";
import type { ApplyThread } from "./apply_thread.ts";
import type { CommitLog } from "./commit_log.ts";
import { isInTransaction } from "./transaction.ts";

/**
 * How long a row waits to be applied, in ms, while fewer rows than a batch wait. Only tools at a
 * shell notice, and each batch wakes a thread and writes to every index. A batch of a thousand rows
 * costs three quarters of ten batches of a hundred; a reader waits that long.
 */
const MAX_WAIT_MS = 1_000;
const BATCH_ROWS = 1_024;

/** So many rows wait only if the disk is slower than the senders: then new appends wait as well. */
const MAX_ROWS = 20_000;

/** The pause before a failed batch is tried again, in ms. */
const RETRY_MS = 1_000;

/**
 * How long the write-ahead log may hold overwritten or deleted text, in ms. Deleted text must be
 * gone within a minute; the rest of it is for a long read that delays the scrub.
 */
const SCRUB_MS = 20_000;
const SCRUB_RETRY_MS = 5_000;

/** Rows that are applied together, in one transaction. */
class Batch {
  readonly records: string[] = [];
  /** The number of the last record. */
  newest = 0;
  rows = 0;
  /** The events that have an idempotency key, by that key. */
  readonly events = new Map<string, StoredEvent>();
  /** Read marks, by account and room. */
  readonly marks = new Map<string, number>();
}

/** Rows to add, and what callers may look up before the rows are applied. */
export interface Addition {
  readonly rows: readonly LogRow[];
  readonly events?: ReadonlyMap<string, StoredEvent>;
  readonly marks?: ReadonlyMap<string, number>;
}

/** What an apply queue is made with. */
export interface ApplyQueueOptions {
  readonly db: DatabaseSync;
  readonly log: CommitLog;
  readonly thread: Pick<ApplyThread, "apply" | "scrub" | "wrote" | "close">;
  /** Applies records on the server's own thread and connection, `db`. */
  readonly apply: Apply;
  /** Whether an added row must survive a power cut. */
  readonly power: boolean;
  /** Called when acknowledged rows cannot be applied, and with `null` when they can again. */
  readonly onFault?: ((fault: Error | null) => void) | undefined;
}

/** A call that waits until the tables hold every row that was added before it. */
interface Waiter {
  readonly added: number;
  run(): void;
  fail(error: unknown): void;
}

/** The error for callers that wait for rows which cannot be applied. */
function asFault(error: unknown): unknown {
  const known = asStorageError(error);
  if (known instanceof StoreError) return known;
  return new StoreError(
    `Cannot store: acknowledged messages cannot be applied to the tables. ${error}`,
    {
      cause: error,
    },
  );
}

/** Rows on their way from the commit log into the tables. */
export class ApplyQueue {
  readonly #options: ApplyQueueOptions;
  #filling = new Batch();
  /** The batch that the thread applies, until it is in the tables. */
  #inFlight: Batch | null = null;
  /** How many rows were added, and how many applied, since the start. */
  #added = 0;
  #applied = 0;
  #waiters: Waiter[] = [];
  #running: Promise<void> | null = null;
  /**
   * Whether this connection has applied every row in a transaction that it could not commit yet.
   */
  #held = false;
  /** Why no row can be applied at the moment. */
  #stuck: unknown;
  #afterwards = () => {};
  #closed: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #scrubTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ApplyQueueOptions) {
    this.#options = options;
  }

  /** How many rows are not applied yet. */
  get size(): number {
    return this.#added - this.#applied;
  }

  /** Whether so many rows wait that new appends must wait as well. */
  get isFull(): boolean {
    return this.size >= MAX_ROWS;
  }

  /** Why no append is acknowledged: earlier rows cannot be applied. `null` if they can. */
  get fault(): Error | null {
    if (this.#stuck === undefined) return null;
    return this.#stuck instanceof Error ? this.#stuck : new Error(String(this.#stuck));
  }

  /** Calls a function after each applied batch, while the thread does not write. */
  afterwards(run: () => void): void {
    this.#afterwards = run;
  }

  /** The event with an idempotency key, if it is not applied yet. */
  eventOf(key: string): StoredEvent | undefined {
    return this.#filling.events.get(key) ?? this.#inFlight?.events.get(key);
  }

  /** A read mark, if it is not applied yet. */
  markOf(whose: string): number | undefined {
    return this.#filling.marks.get(whose) ?? this.#inFlight?.marks.get(whose);
  }

  /**
   * Writes rows to the commit log. The ids of messages continue those before them.
   *
   * @returns Resolves once the rows are stored; `undefined` if they are already.
   * @throws If they cannot be stored; then none of them is.
   */
  add({ rows, events = new Map(), marks = new Map() }: Addition): Promise<void> | void {
    if (this.#stuck !== undefined) throw this.#stuck;
    if (this.#held) this.#release();
    const record = JSON.stringify(rows);
    const { log } = this.#options;
    log.write(record);
    this.#filling.records.push(record);
    this.#filling.newest = log.records;
    this.#filling.rows += rows.length;
    for (const [key, event] of events) this.#filling.events.set(key, event);
    for (const [whose, seq] of marks) this.#filling.marks.set(whose, seq);
    this.#added += rows.length;
    if (this.#filling.rows >= BATCH_ROWS) this.#applyNext();
    else this.#applyLater(MAX_WAIT_MS);
    if (this.#options.power) return log.sync();
  }

  /** Runs a read once the tables hold every row that was added before. */
  read<T>(run: () => T): Promise<Awaited<T>> {
    if (this.size === 0 || this.#held) return Promise.try(run);
    return new Promise((resolve, reject) => {
      this.#waiters.push({
        added: this.#added,
        run: () => void Promise.try(run).then(resolve, reject),
        fail: reject,
      });
      this.#applyNext();
    });
  }

  /** Runs a write: as `read`, and while the thread does not write. */
  write<T>(run: () => T): Promise<Awaited<T>> {
    return this.read(() => {
      if (this.#held) this.#release();
      this.#options.thread.wrote();
      return run();
    });
  }

  /**
   * Counts writes past the commit log. They may delete text, so the write-ahead log is scrubbed.
   */
  wrote(writes: number): void {
    this.#options.log.wrote(writes);
    this.#scrubIn(SCRUB_MS);
  }

  /**
   * Applies every row and ends the thread. The caller adds no more rows.
   *
   * @throws If the rows cannot be applied; then the commit log keeps them.
   */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    const { log, thread } = this.#options;
    // Another batch may follow the running one. Both threads must not apply the same rows.
    while (this.#running !== null) await this.#running;
    clearTimeout(this.#timer);
    clearTimeout(this.#scrubTimer);
    try {
      if (this.size > 0 && !this.#held) this.#hold();
      if (this.#held) this.#release();
    } finally {
      await thread.close();
      log.close();
    }
  }

  /** Has the thread apply the next batch, unless it is at work. */
  #applyNext(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#held) return this.#releaseIfPossible();
    if (this.#running !== null || this.size === 0) return;
    const batch = this.#inFlight ?? this.#nextBatch();
    this.#running = this.#options.thread.apply(batch.records, batch.rows, batch.newest)
      .then(() => this.#onApplied(batch.rows), (error) => this.#onFailed(error));
  }

  #nextBatch(): Batch {
    this.#options.log.turn();
    const batch = this.#filling;
    this.#inFlight = batch;
    this.#filling = new Batch();
    return batch;
  }

  #onApplied(rows: number): void {
    this.#running = null;
    this.#setStuck(undefined);
    this.#inFlight = null;
    this.#applied += rows;
    // Before anything else can start the thread again.
    this.#afterwards();
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ added }) => added > this.#applied);
    for (const { added, run } of waiters) if (added <= this.#applied) run();
    this.#options.log.clearOther();
    if (this.#waiters.length > 0 || this.#filling.rows >= BATCH_ROWS) this.#applyNext();
    else if (this.size > 0) this.#applyLater(MAX_WAIT_MS);
  }

  /** Most likely the disk is full. Rows that cannot be committed can still be read. */
  #onFailed(error: unknown): void {
    this.#running = null;
    const waiters = this.#waiters.splice(0);
    try {
      this.#hold();
      for (const { run } of waiters) run();
    } catch {
      const fault = asFault(error);
      this.#setStuck(fault);
      for (const { fail } of waiters) fail(fault);
    }
    this.#applyLater(RETRY_MS);
  }

  #releaseIfPossible(): void {
    try {
      this.#release();
    } catch {
      // Writers get the error; readers see every row.
      this.#applyLater(RETRY_MS);
    }
  }

  #applyLater(ms: number): void {
    this.#timer ??= setTimeout(() => this.#applyNext(), ms);
  }

  #setStuck(error: unknown): void {
    const before = this.#stuck;
    this.#stuck = error;
    if ((before === undefined) !== (error === undefined)) this.#options.onFault?.(this.fault);
  }

  #scrubIn(ms: number): void {
    this.#scrubTimer ??= setTimeout(() => {
      this.#scrubTimer = undefined;
      this.#scrub();
    }, ms);
  }

  /** Has the thread empty the write-ahead log, while it applies nothing. */
  #scrub(): void {
    if (this.#running !== null || this.#held) return this.#scrubIn(RETRY_MS);
    this.#running = this.#options.thread.scrub()
      .catch(() => this.#scrubIn(SCRUB_RETRY_MS))
      .then(() => {
        this.#running = null;
        if (this.#waiters.length > 0 || this.#filling.rows >= BATCH_ROWS) this.#applyNext();
        else if (this.size > 0) this.#applyLater(MAX_WAIT_MS);
      });
  }

  /** Applies every row in a transaction that stays open: this connection sees the rows. */
  #hold(): void {
    const { db, apply } = this.#options;
    db.exec("BEGIN IMMEDIATE");
    try {
      const records = [...this.#inFlight?.records ?? [], ...this.#filling.records];
      apply(records, String(this.#options.log.records));
    } catch (error) {
      if (isInTransaction(db)) db.exec("ROLLBACK");
      throw error;
    }
    this.#held = true;
  }

  /** Commits the transaction of `#hold`. @throws If that is still impossible. */
  #release(): void {
    const { db, log } = this.#options;
    try {
      db.exec("COMMIT");
    } catch (error) {
      this.#held = isInTransaction(db);
      if (!this.#held) this.#hold();
      throw error;
    }
    this.#held = false;
    this.#setStuck(undefined);
    this.#inFlight = null;
    this.#filling = new Batch();
    this.#applied = this.#added;
    log.clear();
  }
}
