import type { Clock } from "../../lib/clock.ts";

/** A clock that stands still until it is told otherwise. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #wall: number;
  #next = 1;
  readonly #timers = new Map<number, { at: number; run: () => void }>();
  readonly #soon: (() => void)[] = [];

  constructor(wall = Date.UTC(2026, 0, 1)) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall + this.#elapsed;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): () => void {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#elapsed + ms, run });
    return () => void this.#timers.delete(id);
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Lets the wall clock jump, as it does when somebody sets it. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  /** Lets the time go on while nothing runs, as for a process that is held up. */
  stall(ms: number): void {
    this.#elapsed += ms;
  }

  /** Runs everything that is due without the time going on, until nothing is. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 20; quiet++) {
      await Promise.resolve();
      for (const run of this.#soon.splice(0)) {
        run();
        quiet = 0;
      }
    }
  }

  /** Lets the time go on, running what falls due, in order. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    const until = this.#elapsed + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= until)
        .sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
      if (due === undefined) break;
      const [id, { at, run }] = due;
      this.#timers.delete(id);
      this.#elapsed = Math.max(this.#elapsed, at);
      run();
      await this.settle();
    }
    this.#elapsed = until;
    await this.settle();
  }
}
