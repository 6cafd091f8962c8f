/**
 * What is stored in the commit log and not in the tables yet. A thread carries it over, a batch at
 * a time: at the latest a moment later, and at once when somebody wants to read.
 *
 * A commit into SQLite touches a page for each table and index, and now and then waits for the
 * disk; a record in a log is one write. Cf. O'Neil et al., "The Log-Structured Merge-Tree" (1996).
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "../store.ts";
import type { Apply, LogRow } from "./apply.ts";
import type { ApplyThread } from "./apply_thread.ts";
import type { CommitLog } from "./commit_log.ts";
import { isInTransaction } from "./transaction.ts";

/**
 * How long a row waits for the tables, in ms, while they are fewer than a batch: nobody waits for
 * it but tools at a shell, and each batch wakes a thread and writes every index. A batch of a
 * thousand costs three quarters of what it costs by the hundred; whoever reads waits for as much.
 */
const MAX_WAIT_MS = 1_000;
const BATCH_ROWS = 1_024;

/** So many rows wait only where the disk is slower than people: then new ones wait too. */
const MAX_ROWS = 20_000;

/** When to try again what failed, in ms. */
const RETRY_MS = 1_000;

/** What is carried over together. */
class Batch {
  readonly records: string[] = [];
  rows = 0;
  /** What has a key, by it. */
  readonly events = new Map<string, StoredEvent>();
  /** Read marks, by whose they are and where. */
  readonly marks = new Map<string, number>();
}

/** What is added: the rows, and what of them is asked for before it is in the tables. */
export interface Addition {
  readonly rows: readonly LogRow[];
  readonly events?: ReadonlyMap<string, StoredEvent>;
  readonly marks?: ReadonlyMap<string, number>;
}

/** What a backlog is made with. */
export interface BacklogOptions {
  readonly db: DatabaseSync;
  readonly log: CommitLog;
  readonly thread: Pick<ApplyThread, "apply" | "wrote" | "close">;
  /** Applies in this thread, on `db`. */
  readonly apply: Apply;
  /** Whether a message must survive a power cut once it is added. */
  readonly power: boolean;
}

/** Something that waits until the tables hold what had been added when it came. */
interface Waiter {
  readonly added: number;
  run(): void;
  fail(error: unknown): void;
}

/** Rows on their way into the tables. */
export class Backlog {
  readonly #options: BacklogOptions;
  #filling = new Batch();
  /** The batch before it, until it is in the tables. */
  #leaving: Batch | null = null;
  /** Rows that were added, and that are in the tables, since the start. */
  #added = 0;
  #applied = 0;
  #waiters: Waiter[] = [];
  #running: Promise<void> | null = null;
  /** Whether the tables hold all of it in a transaction that could not be committed yet. */
  #held = false;
  /** Why nothing gets into the tables at the moment. */
  #stuck: unknown;
  #afterwards = () => {};
  #closed: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  /** How many rows are not in the tables yet. */
  get size(): number {
    return this.#added - this.#applied;
  }

  /** Whether too much waits already. */
  get isFull(): boolean {
    return this.size >= MAX_ROWS;
  }

  /** Has something done whenever a batch is in the tables, while the thread does not write. */
  afterwards(run: () => void): void {
    this.#afterwards = run;
  }

  /** The event with a key, if it is not in the tables yet. */
  eventOf(key: string): StoredEvent | undefined {
    return this.#filling.events.get(key) ?? this.#leaving?.events.get(key);
  }

  /** A read mark, if it is not in the tables yet. */
  markOf(whose: string): number | undefined {
    return this.#filling.marks.get(whose) ?? this.#leaving?.marks.get(whose);
  }

  /**
   * Adds rows; the ids of messages follow those before them.
   *
   * @returns Resolves once they are stored; `undefined` where they are already.
   * @throws If they cannot be stored; then none is.
   */
  add({ rows, events = new Map(), marks = new Map() }: Addition): Promise<void> | void {
    if (this.#stuck !== undefined) throw this.#stuck;
    if (this.#held) this.#release();
    const record = JSON.stringify(rows);
    this.#options.log.write(record);
    this.#filling.records.push(record);
    this.#filling.rows += rows.length;
    for (const [key, event] of events) this.#filling.events.set(key, event);
    for (const [whose, seq] of marks) this.#filling.marks.set(whose, seq);
    this.#added += rows.length;
    if (this.#filling.rows >= BATCH_ROWS) this.#carry();
    else this.#carryIn(MAX_WAIT_MS);
    if (this.#options.power) return this.#options.log.sync();
  }

  /** Runs something that reads, once the tables hold everything that was added before. */
  read<T>(run: () => T): Promise<Awaited<T>> {
    if (this.size === 0 || this.#held) return Promise.try(run);
    return new Promise((resolve, reject) => {
      this.#waiters.push({
        added: this.#added,
        run: () => void Promise.try(run).then(resolve, reject),
        fail: reject,
      });
      this.#carry();
    });
  }

  /** Runs something that writes: as `read`, and while the thread does not write. */
  write<T>(run: () => T): Promise<Awaited<T>> {
    return this.read(() => {
      if (this.#held) this.#release();
      this.#options.thread.wrote();
      return run();
    });
  }

  /**
   * Puts everything into the tables, and ends the thread. Nothing must be added any more.
   *
   * @throws If it cannot be written; then the log keeps it.
   */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    const { log, thread } = this.#options;
    await this.#running;
    clearTimeout(this.#timer);
    try {
      if (this.size > 0 && !this.#held) this.#hold();
      if (this.#held) this.#release();
    } finally {
      await thread.close();
      log.close();
    }
  }

  /** Has the thread carry over what there is, unless it is at work. */
  #carry(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#held) return this.#releaseIfPossible();
    if (this.#running !== null || this.size === 0) return;
    const batch = this.#leaving ?? this.#turn();
    this.#running = this.#options.thread.apply(batch.records, batch.rows)
      .then(() => this.#onApplied(batch.rows), (error) => this.#onFailed(error));
  }

  #turn(): Batch {
    this.#options.log.turn();
    const batch = this.#filling;
    this.#leaving = batch;
    this.#filling = new Batch();
    return batch;
  }

  #onApplied(rows: number): void {
    this.#running = null;
    this.#stuck = undefined;
    this.#leaving = null;
    this.#applied += rows;
    // In this very turn: the thread does not write now.
    this.#afterwards();
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ added }) => added > this.#applied);
    for (const { added, run } of waiters) if (added <= this.#applied) run();
    this.#options.log.clearOther();
    if (this.#waiters.length > 0 || this.#filling.rows >= BATCH_ROWS) this.#carry();
    else if (this.size > 0) this.#carryIn(MAX_WAIT_MS);
  }

  /** The disk is full, most likely: what cannot be written can still be read. */
  #onFailed(error: unknown): void {
    this.#running = null;
    const waiters = this.#waiters.splice(0);
    try {
      this.#hold();
      for (const { run } of waiters) run();
    } catch {
      this.#stuck = error;
      for (const { fail } of waiters) fail(error);
    }
    this.#carryIn(RETRY_MS);
  }

  #releaseIfPossible(): void {
    try {
      this.#release();
    } catch {
      // Whoever writes is told; whoever reads has all there is.
      this.#carryIn(RETRY_MS);
    }
  }

  #carryIn(ms: number): void {
    this.#timer ??= setTimeout(() => this.#carry(), ms);
  }

  /** Puts everything into the tables in a transaction that stays open: this connection sees it. */
  #hold(): void {
    const { db, apply } = this.#options;
    db.exec("BEGIN IMMEDIATE");
    try {
      apply([...this.#leaving?.records ?? [], ...this.#filling.records]);
    } catch (error) {
      if (isInTransaction(db)) db.exec("ROLLBACK");
      throw error;
    }
    this.#held = true;
  }

  /** @throws If it still cannot be written. */
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
    this.#stuck = undefined;
    this.#leaving = null;
    this.#filling = new Batch();
    this.#applied = this.#added;
    log.clear();
  }
}
