import type { Clock } from "../../lib/clock.ts";
import type { Store } from "../../lib/store/store.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import type { Random } from "./random.ts";

/** What is thrown where the disk does not do what it should. */
export const DISK_FAULT = "the simulated disk failed";

/** How a disk treats each call, as probabilities. */
export interface Trouble {
  /** That it takes a while: before the work is done, and again before it is answered. */
  slow: number;
  /** That it refuses, and has done nothing. */
  refuses: number;
  /** That what it did is not answered: the line to it is lost. */
  answerLost: number;
}

/** The slowest that a disk answers, in ms. */
const SLOWEST_MS = 40;

/**
 * The life of a process: its clock and its way to the disk. When it ends nothing of it happens any
 * more: no timer runs, no call is carried out, and none that was is answered.
 */
export class Life implements Clock {
  readonly store: Store;
  readonly trouble: Trouble = { slow: 0, refuses: 0, answerLost: 0 };
  readonly #clock: FakeClock;
  readonly #random: Random;
  readonly #timers = new Set<() => void>();
  #ended = false;

  constructor(clock: FakeClock, store: Store, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.store = new Proxy(store, {
      get: (_, name) => {
        const value = Reflect.get(store, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => this.#call(() => Reflect.apply(value, store, args));
      },
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  end(): void {
    this.#ended = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  now(): number {
    return this.#clock.now();
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  after(ms: number, run: () => void): () => void {
    if (this.#ended) return () => {};
    const forget = this.#clock.after(ms, () => {
      this.#timers.delete(cancel);
      run();
    });
    const cancel = () => {
      this.#timers.delete(cancel);
      forget();
    };
    this.#timers.add(cancel);
    return cancel;
  }

  soon(run: () => void): void {
    this.#clock.soon(() => {
      if (!this.#ended) run();
    });
  }

  async #call(work: () => Promise<unknown>): Promise<unknown> {
    await this.#pause();
    if (this.#random.chance(this.trouble.refuses)) throw new Error(DISK_FAULT);
    const result = await work();
    await this.#pause();
    if (this.#random.chance(this.trouble.answerLost)) throw new Error(DISK_FAULT);
    return result;
  }

  /** A moment in which others go on, and in which the process may end. */
  async #pause(): Promise<void> {
    if (!this.#ended && this.#random.chance(this.trouble.slow)) {
      const ms = this.#random.below(SLOWEST_MS);
      await new Promise<void>((resolve) => this.#clock.after(ms, resolve));
    }
    if (this.#ended) await new Promise<never>(() => {});
  }
}
