import type { Clock } from "../../lib/util/clock.ts";
import type { Store } from "../../lib/store/store.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import type { Random } from "./random.ts";

/** The error of a disk call that failed. */
export const DISK_FAULT = "the simulated disk failed";

/** The faults of a disk, as probabilities per call. */
export interface Trouble {
  /** The call is delayed: before the work, and again before the reply. */
  slow: number;
  /** The call fails without an effect. */
  refuses: number;
  /** The call takes effect, but its reply is lost. */
  answerLost: number;
}

/** The longest delay of a disk call, in ms. */
const SLOWEST_MS = 40;

/**
 * The lifetime of a process: its clock and its access to the disk. Once it has ended, no timer
 * runs, no call is executed, and no earlier call is answered.
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

  /** The number of pending timers. */
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

  /** A point at which other work proceeds, and at which the process may end. */
  async #pause(): Promise<void> {
    if (!this.#ended && this.#random.chance(this.trouble.slow)) {
      const ms = this.#random.below(SLOWEST_MS);
      await new Promise<void>((resolve) => this.#clock.after(ms, resolve));
    }
    if (this.#ended) await new Promise<never>(() => {});
  }
}
