/**
 * Departures of guests: what each has posted, which decides what is kept, and the sweep that deletes
 * the rest.
 *
 * @module
 */
import type { Cancel, Clock } from "../util/clock.ts";
import type { Log } from "../observability/log.ts";
import type { Room } from "./room.ts";
import type { Traces } from "../store/departures.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";

/** Records where guests have posted, until they leave. */
export class GuestTraces {
  readonly #traces = new Map<number, Traces>();

  /** Records that an account is about to post in a room. Only guests are recorded. */
  note({ id, role }: Account, room: Room): void {
    if (role !== "guest") return;
    const before = this.#traces.get(id) ?? 0;
    if (before < 2) this.#traces.set(id, room.isDirect ? 1 : 2);
  }

  /** Returns and forgets where a leaving guest has posted. */
  take({ id }: Account): Traces {
    const traces = this.#traces.get(id) ?? 0;
    this.#traces.delete(id);
    return traces;
  }
}

/** Options of a sweep. */
export interface GuestSweepOptions {
  readonly store: Pick<Store, "sweepGuests">;
  readonly clock: Clock;
  readonly log: Log;
  /** How many days conversations with departed guests are kept; 0 for ever. */
  readonly days: number;
}

/** The interval between two sweeps, in ms. */
const SWEEP_MS = 60_000;

const DAY_MS = 86_400_000;

/** Deletes what departed guests left behind, in small steps that let other work run between. */
export class GuestSweep {
  readonly #options: GuestSweepOptions;
  #cancel: Cancel | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: GuestSweepOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Stops; resolves when the last step in the store is done. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#sweeping;
  }

  #schedule(): void {
    this.#cancel = this.#options.clock.after(SWEEP_MS, () => {
      this.#sweeping = this.#sweep();
    });
  }

  async #sweep(): Promise<void> {
    const { store, clock, log, days } = this.#options;
    const retentionMs = days === 0 ? null : days * DAY_MS;
    try {
      while (!this.#closed && await store.sweepGuests(clock.now(), retentionMs)) {
        await new Promise<void>((resolve) => clock.soon(resolve));
      }
    } catch (error) {
      log.error("cannot sweep guests", error);
    }
    if (!this.#closed) this.#schedule();
  }
}
