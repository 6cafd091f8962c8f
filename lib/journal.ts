/**
 * Group commit: appends gather while the transaction before them is written. At a low rate each
 * is written at once; at a high rate one transaction carries many. Nothing is told to anybody
 * before its commit.
 *
 * Cf. DeWitt et al., "Implementation Techniques for Main Memory Database Systems" (1984).
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { Append, AppendResult, Store } from "./store/store.ts";

/** The outcome of one append: what the store says, or that it could not store anything. */
export type Outcome = AppendResult | { readonly refused: "try_again" };

/** Something to append, and whom to tell. */
export interface Entry {
  readonly append: Append;
  /** Called once, after the commit, in the order of the log. */
  settle(outcome: Outcome): void;
}

/** What a journal is made with. */
export interface JournalOptions {
  readonly store: Pick<Store, "append">;
  readonly clock: Clock;
  /** Appends that may wait for a commit; more are refused. */
  readonly maxPending: number;
  /** Called after the entries of a commit are settled. `ms` is what the store took. */
  readonly onCommit: (commit: { size: number; ms: number }) => void;
  /** Called when the store failed, or when `settle` or `onCommit` threw. */
  readonly onError: (error: unknown) => void;
}

/** One transaction holds at most this many appends, so that none takes long. */
const MAX_COMMIT = 1_000;

/** The way into the store: everything that is appended passes here, in order. */
export class Journal {
  readonly #options: JournalOptions;
  #pending: Entry[] = [];
  #busy = false;
  #submitted = 0;
  #settled = 0;
  #drains: { readonly upTo: number; readonly resolve: () => void }[] = [];

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /**
   * Puts an entry in line.
   *
   * @returns `false` when too many wait already; the entry is then not taken.
   */
  submit(entry: Entry): boolean {
    if (this.#pending.length >= this.#options.maxPending) return false;
    this.#pending.push(entry);
    this.#submitted += 1;
    if (!this.#busy) this.#commitSoon();
    return true;
  }

  /** Resolves when everything submitted so far is settled, whatever comes after it. */
  drain(): Promise<void> {
    const upTo = this.#submitted;
    if (this.#settled === upTo) return Promise.resolve();
    return new Promise((resolve) => this.#drains.push({ upTo, resolve }));
  }

  #commitSoon(): void {
    this.#busy = true;
    this.#options.clock.soon(() => void this.#commit());
  }

  async #commit(): Promise<void> {
    const entries = this.#pending.splice(0, MAX_COMMIT);
    const started = this.#options.clock.elapsed();
    const outcomes = await this.#append(entries);
    for (const [i, entry] of entries.entries()) {
      this.#attempt(() => entry.settle(outcomes?.[i] ?? { refused: "try_again" }));
    }
    const ms = this.#options.clock.elapsed() - started;
    this.#attempt(() => this.#options.onCommit({ size: entries.length, ms }));
    this.#settled += entries.length;
    while ((this.#drains[0]?.upTo ?? Infinity) <= this.#settled) this.#drains.shift()?.resolve();
    if (this.#pending.length > 0) this.#commitSoon();
    else this.#busy = false;
  }

  /** One fault must not keep the others from hearing of their commit, nor end all commits. */
  #attempt(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async #append(entries: readonly Entry[]): Promise<readonly AppendResult[] | undefined> {
    try {
      return await this.#options.store.append(entries.map((entry) => entry.append));
    } catch (error) {
      this.#options.onError(error);
      return undefined;
    }
  }
}
