/**
 * Group commit: appends gather while the previous transaction is written. At a low rate each append
 * is written at once; at a high rate one transaction carries many. No outcome is reported before
 * its commit.
 *
 * Cf. DeWitt et al., "Implementation Techniques for Main Memory Database Systems" (1984).
 *
 * @module
 */
import type { Clock } from "../util/clock.ts";
import type { Store } from "../store/store.ts";
import type { Append, AppendResult } from "../store/records.ts";

/** The outcome of one append: the store's result, or `try_again` when the transaction failed. */
export type Outcome = AppendResult | { readonly refused: "try_again" };

/** An append, and the callback for its outcome. */
export interface PendingAppend {
  readonly append: Append;
  /** Called once, after the commit, in the order of the log. */
  onCommitted(outcome: Outcome): void;
}

/** Options of a group commit. */
export interface GroupCommitOptions {
  readonly store: Pick<Store, "append">;
  readonly clock: Clock;
  /** The shortest time between the starts of two commits, in ms; none by default. */
  readonly intervalMs?: () => number;
  /** How many appends may wait for a commit; more are refused. */
  readonly maxPending: number;
  /** Called after the outcomes of a commit are reported. `ms` is the duration in the store. */
  readonly onCommit: (commit: { size: number; ms: number }) => void;
  /** Called when the store failed, or when `onCommitted` or `onCommit` threw. */
  readonly onError: (error: unknown) => void;
}

/** How many appends one transaction holds, so that none takes long. */
const MAX_COMMIT = 1_000;

/** The queue in front of the store: every append passes through it, in order. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #pending: PendingAppend[] = [];
  #busy = false;
  #startedAt = -Infinity;
  #submitted = 0;
  #reported = 0;
  #drains: { readonly upTo: number; readonly resolve: () => void }[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /**
   * Queues an append.
   *
   * @returns `false` when the queue is full; the append is then not taken.
   */
  submit(append: PendingAppend): boolean {
    if (this.#pending.length >= this.#options.maxPending) return false;
    this.#pending.push(append);
    this.#submitted += 1;
    if (!this.#busy) this.#commitSoon();
    return true;
  }

  /** Resolves when the outcome of everything submitted so far is reported. */
  drain(): Promise<void> {
    const upTo = this.#submitted;
    if (this.#reported === upTo) return Promise.resolve();
    return new Promise((resolve) => this.#drains.push({ upTo, resolve }));
  }

  #commitSoon(): void {
    this.#busy = true;
    const { clock, intervalMs } = this.#options;
    const wait = this.#startedAt + (intervalMs?.() ?? 0) - clock.elapsed();
    if (wait > 0) clock.after(wait, () => void this.#commit());
    else clock.soon(() => void this.#commit());
  }

  async #commit(): Promise<void> {
    const appends = this.#pending.splice(0, MAX_COMMIT);
    const started = this.#options.clock.elapsed();
    this.#startedAt = started;
    // Invariant A1: no outcome is reported before the transaction is committed.
    const outcomes = await this.#append(appends);
    for (const [i, append] of appends.entries()) {
      this.#report(() => append.onCommitted(outcomes?.[i] ?? { refused: "try_again" }));
    }
    const ms = this.#options.clock.elapsed() - started;
    this.#report(() => this.#options.onCommit({ size: appends.length, ms }));
    this.#reported += appends.length;
    while ((this.#drains[0]?.upTo ?? Infinity) <= this.#reported) this.#drains.shift()?.resolve();
    if (this.#pending.length > 0) this.#commitSoon();
    else this.#busy = false;
  }

  /** Calls a callback. When it throws, the other outcomes are still reported and commits go on. */
  #report(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async #append(pending: readonly PendingAppend[]): Promise<readonly AppendResult[] | undefined> {
    try {
      return await this.#options.store.append(pending.map(({ append }) => append));
    } catch (error) {
      this.#options.onError(error);
      return undefined;
    }
  }
}
