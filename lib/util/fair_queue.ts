/**
 * A bounded, fair queue for costly work. Of each key one job runs at a time and a few wait; the next
 * job to run is the one whose keys were served longest ago. No matter how many jobs one key submits,
 * the others wait for at most one of them.
 *
 * @module
 */

/** How many jobs may run and wait. */
export interface FairBounds {
  /** Jobs that run at once. */
  readonly running: number;
  /** Jobs that wait, over all keys. */
  readonly waiting: number;
}

/** A key, and how many of its jobs may run and wait at once. */
export interface Share {
  readonly key: string;
  readonly limit: number;
}

interface Job {
  readonly keys: readonly string[];
  readonly start: () => void;
}

/** Runs jobs, a few at a time. */
export class FairQueue {
  readonly #bounds: FairBounds;
  #running = 0;
  #waiting: Job[] = [];
  readonly #busy = new Set<string>();
  /** The number of jobs of each key that run or wait. */
  readonly #load = new Map<string, number>();
  /** When each key was last served, counted in jobs; removed with its last job. */
  readonly #servedAt = new Map<string, number>();
  #served = 0;

  constructor(bounds: FairBounds) {
    this.#bounds = bounds;
  }

  /**
   * Runs a job when its turn comes.
   *
   * @param shares The keys that the job counts against.
   * @returns The job's result; or why it did not run: an exhausted share, or `full`.
   */
  async run<T>(
    shares: readonly Share[],
    job: () => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly refused: "full" | Share }> {
    const over = shares.find(({ key, limit }) => (this.#load.get(key) ?? 0) >= limit);
    if (over !== undefined) return { refused: over };
    if (this.#waiting.length >= this.#bounds.waiting) return { refused: "full" };
    const keys = shares.map(({ key }) => key);
    for (const key of keys) this.#load.set(key, (this.#load.get(key) ?? 0) + 1);
    await this.#waitForTurn(keys);
    try {
      return { value: await job() };
    } finally {
      this.#end(keys);
    }
  }

  async #waitForTurn(keys: readonly string[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ keys, start: resolve });
    this.#startNext();
    await promise;
  }

  #end(keys: readonly string[]): void {
    this.#running -= 1;
    for (const key of keys) {
      this.#busy.delete(key);
      const load = (this.#load.get(key) ?? 1) - 1;
      if (load > 0) this.#load.set(key, load);
      else {
        this.#load.delete(key);
        this.#servedAt.delete(key);
      }
    }
    this.#startNext();
  }

  #startNext(): void {
    while (this.#running < this.#bounds.running) {
      const ready = this.#waiting.filter(({ keys }) => !keys.some((key) => this.#busy.has(key)));
      const [first, ...rest] = ready;
      if (first === undefined) return;
      const next = rest.reduce((a, b) => this.#lastServed(b) < this.#lastServed(a) ? b : a, first);
      this.#waiting = this.#waiting.filter((job) => job !== next);
      this.#running += 1;
      this.#served += 1;
      for (const key of next.keys) {
        this.#busy.add(key);
        this.#servedAt.set(key, this.#served);
      }
      next.start();
    }
  }

  #lastServed({ keys }: Job): number {
    return Math.max(...keys.map((key) => this.#servedAt.get(key) ?? 0));
  }
}
