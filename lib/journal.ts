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
  /** Called when the store failed, or a `settle` threw. */
  readonly onError: (error: unknown) => void;
}

/** One transaction holds at most this many appends, so that none takes long. */
const MAX_COMMIT = 1_000;

/** The way into the store: everything that is appended passes here, in order. */
export class Journal {
  readonly #options: JournalOptions;
  #pending: Entry[] = [];
  #busy = false;
  #idle: (() => void)[] = [];

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
    if (!this.#busy) this.#commitSoon();
    return true;
  }

  /** Resolves when everything submitted so far is settled. */
  drain(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
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
      this.#settle(entry, outcomes?.[i] ?? { refused: "try_again" });
    }
    this.#options.onCommit({
      size: entries.length,
      ms: this.#options.clock.elapsed() - started,
    });
    if (this.#pending.length > 0) return this.#commitSoon();
    this.#busy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** One entry's fault must not keep the others from hearing of their commit. */
  #settle(entry: Entry, outcome: Outcome): void {
    try {
      entry.settle(outcome);
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
