/**
 * Calls that share a statement: the first runs at once, and those that come meanwhile run together.
 * Statements that change the same row wait for each other until their transactions are on the disk.
 *
 * @module
 */

/** How many calls share a statement at most, so that none waits for long. */
const MAX_CALLS = 100;

interface Call<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** A statement that calls share: they gather while it runs. */
export class SharedStatement<T, R> {
  readonly #run: (items: readonly T[]) => Promise<readonly R[]>;
  #waiting: Call<T, R>[] = [];
  #isBusy = false;

  /** @param run Runs a statement for some items, and returns the result of each, in their order. */
  constructor(run: (items: readonly T[]) => Promise<readonly R[]>) {
    this.#run = run;
  }

  /** Runs a statement for an item, and for others perhaps. @throws {unknown} The store's error. */
  call(item: T): Promise<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    this.#waiting.push({ item, resolve, reject });
    if (!this.#isBusy) void this.#runWaiting();
    return promise;
  }

  async #runWaiting(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) await this.#runCalls(this.#waiting.splice(0, MAX_CALLS));
    this.#isBusy = false;
  }

  async #runCalls(calls: readonly Call<T, R>[]): Promise<void> {
    try {
      const results = await this.#run(calls.map(({ item }) => item));
      for (const [n, { resolve }] of calls.entries()) resolve(results[n]!);
    } catch (error) {
      if (calls.length === 1) return calls[0]!.reject(error);
      // One of them may be what the database refuses: alone, it fails alone.
      for (const call of calls) await this.#runCalls([call]);
    }
  }
}
