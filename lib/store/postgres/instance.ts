import { systemClock } from "../../clock.ts";
import type { Database } from "./database.ts";

/** Milliseconds between two signs of life. */
const BEAT_MS = 5_000;
/** Seconds of silence after which an instance is no more. */
const SILENCE_S = 30;

const BEAT = `INSERT INTO instances (id, seen_at) VALUES ($1, now())
  ON CONFLICT (id) DO UPDATE SET seen_at = now()`;

/**
 * The silence of others counts for no longer than the database has been there to hear them, and
 * than this instance was there itself: whoever was cut off knows nothing of the others.
 */
const FORGET = `DELETE FROM instances
  WHERE greatest(seen_at, pg_postmaster_start_time()) < now() - make_interval(secs => $1)`;

/** This instance of the server, as the others see it: alive for as long as it gives signs of it. */
export class Instance {
  /** Another one after each start. */
  readonly id: string = crypto.randomUUID();
  readonly #db: Database;
  #cancel = () => {};
  #beating: Promise<void> = Promise.resolve();
  #ended = false;
  /** When the last sign of life came through, on the clock of `performance`. */
  #heardAt = -Infinity;
  /** Since when none has failed to. */
  #heardSince = -Infinity;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Gives the first sign of life, and from then on one every few seconds. */
  async begin(): Promise<void> {
    await this.#beat();
    this.#beatLater();
  }

  /** Forgets the instances that have given no sign of life for long. */
  async forgetSilent(): Promise<void> {
    await this.#beat();
    const cutOff = performance.now() - this.#heardSince < SILENCE_S * 1_000;
    if (!cutOff) await this.#db.run(FORGET, [SILENCE_S]);
  }

  /** Tells the others, by being forgotten at once, that this instance is no more. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#cancel();
    await this.#beating;
    await this.#db.run("DELETE FROM instances WHERE id = $1", [this.id]);
  }

  #beatLater(): void {
    this.#cancel = systemClock.after(BEAT_MS, () => {
      // While the database is away the next one has to do.
      this.#beating = this.#beat().catch(() => {}).then(() => {
        if (!this.#ended) this.#beatLater();
      });
    });
  }

  async #beat(): Promise<void> {
    await this.#db.run(BEAT, [this.id]);
    const now = performance.now();
    const gap = now - this.#heardAt;
    // The first one ends no gap: what was before is nobody's fault.
    if (gap > SILENCE_S * 500 && gap < Infinity) this.#heardSince = now;
    this.#heardAt = now;
  }
}
