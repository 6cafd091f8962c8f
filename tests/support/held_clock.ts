import { type Clock, systemClock } from "../../lib/util/clock.ts";

/** The system clock, except that long timers are held until a test fires them. */
export class HeldClock implements Clock {
  readonly #long: number;
  readonly #held = new Map<number, { ms: number; run: () => void }>();
  #next = 0;

  /** @param long Timers of at least this many ms are held. */
  constructor(long: number) {
    this.#long = long;
  }

  now = systemClock.now;
  elapsed = systemClock.elapsed;
  soon = systemClock.soon;

  after(ms: number, run: () => void): () => void {
    if (ms < this.#long) return systemClock.after(ms, run);
    const id = this.#next++;
    this.#held.set(id, { ms, run });
    return () => void this.#held.delete(id);
  }

  /** Fires every held timer of at most `ms`. @returns The number of timers. */
  ring(ms: number): number {
    const due = [...this.#held].filter(([, timer]) => timer.ms <= ms);
    for (const [id, { run }] of due) {
      this.#held.delete(id);
      run();
    }
    return due.length;
  }
}
