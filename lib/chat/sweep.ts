/**
 * Sweeps: what is deleted leaves much behind, which is removed in small steps that let other work run
 * between.
 *
 * @module
 */
import { type Cancel, type Clock, nextTurn } from "../util/clock.ts";
import type { Log } from "../observability/log.ts";
import type { Store } from "../store/store.ts";

/** Options of a sweep. */
export interface SweepOptions {
  /** What is swept, for the log. */
  readonly what: string;
  /** Does one step. Resolves with whether there may be more to do at once. */
  readonly step: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The interval between two sweeps, in ms. */
const SWEEP_MS = 60_000;

const DAY_MS = 86_400_000;

/** Runs steps once a minute, until nothing is left to do. */
export class Sweep {
  readonly #options: SweepOptions;
  #cancel: Cancel | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #closed = false;
  /** Whether a sweep runs, and whether another one follows at once. */
  #isSweeping = false;
  #isWoken = false;

  constructor(options: SweepOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Stops; resolves when the last step in the store is done. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#sweeping;
  }

  /** Begins at once: there is something to do. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isSweeping || this.#closed) return;
    this.#cancel?.();
    this.#sweeping = this.#sweep();
  }

  #schedule(): void {
    this.#cancel = this.#options.clock.after(this.#isWoken ? 0 : SWEEP_MS, () => {
      this.#sweeping = this.#sweep();
    });
  }

  async #sweep(): Promise<void> {
    const { what, step, clock, log } = this.#options;
    this.#isSweeping = true;
    this.#isWoken = false;
    try {
      while (!this.#closed && await step()) await nextTurn(clock);
    } catch (error) {
      log.error(`cannot sweep ${what}`, error);
    }
    this.#isSweeping = false;
    if (!this.#closed) this.#schedule();
  }
}

/** What the sweeps need. */
type SweepBase = Pick<SweepOptions, "clock" | "log">;

/**
 * Deletes what departed guests left behind.
 *
 * @param days How many days conversations with departed guests are kept; 0 for ever.
 */
export function sweepGuests(
  { store, clock, log, days }: SweepBase & {
    readonly store: Pick<Store, "sweepGuests">;
    readonly days: number;
  },
): Sweep {
  const retentionMs = days === 0 ? null : days * DAY_MS;
  const step = () => store.sweepGuests(clock.now(), retentionMs);
  return new Sweep({ what: "guests", step, clock, log });
}

/** Deletes the logs of deleted rooms. */
export function sweepRooms(
  { store, clock, log }: SweepBase & { readonly store: Pick<Store, "sweepRooms"> },
): Sweep {
  return new Sweep({ what: "rooms", step: () => store.sweepRooms(), clock, log });
}
