/** Runs jobs, a few at a time, in the order in which they came. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param limit How many jobs run at a time. */
  constructor(limit: number) {
    this.#free = limit;
  }

  /** Runs a job when its turn comes. @returns What the job returns. */
  async take<T>(job: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await job();
    } finally {
      // The turn passes on to the next job directly.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
