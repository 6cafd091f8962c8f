import type { Clock } from "../../lib/util/clock.ts";

/** A clock that only advances when a test says so. */
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

  /** The number of pending timers. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Changes the wall clock, as when the system time is set. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  /** Advances the time without running timers, as for a suspended process. */
  stall(ms: number): void {
    this.#elapsed += ms;
  }

  /** Runs every due timer without advancing the time, until none is left. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 20; quiet++) {
      await Promise.resolve();
      for (const run of [...this.#soon.splice(0), ...this.#takeDue()]) {
        run();
        quiet = 0;
      }
    }
  }

  /** Takes the timers that are due now. */
  #takeDue(): (() => void)[] {
    const due = [...this.#timers].filter(([, { at }]) => at <= this.#elapsed);
    for (const [id] of due) this.#timers.delete(id);
    return due.sort(([a, x], [b, y]) => x.at - y.at || a - b).map(([, { run }]) => run);
  }

  /** Advances the time, running timers in order as they fall due. */
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
