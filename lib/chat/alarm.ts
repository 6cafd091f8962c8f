/**
 * An alarm: does what is due at times that the store knows. It sleeps until the next one, and looks
 * again now and then: other instances store such times too, and one of them may have stopped.
 *
 * @module
 */
import type { Log } from "../observability/log.ts";
import type { Cancel, Clock } from "../util/clock.ts";

/** Options of an alarm. */
export interface AlarmOptions {
  /** What is done, for the log. */
  readonly what: string;
  /** Reads when the next thing is due, in ms since the Unix epoch; `null` for never. */
  readonly next: () => Promise<number | null>;
  /** Does what is due. */
  readonly run: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The longest sleep, in ms: what an instance that stopped had to do waits no longer. */
const MAX_SLEEP_MS = 5_000;

/** Does what is due when it is due. */
export class Alarm {
  readonly #options: AlarmOptions;
  #cancel: Cancel = () => {};
  /** Until when it sleeps, in ms since the Unix epoch; `null` while it works. */
  #until: number | null = null;
  /** The next thing of which it was told while it worked. */
  #sooner = Infinity;
  #working: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /** Does what is due already, and goes on from there. */
  start(): void {
    this.#ring();
  }

  /** Tells of something that is due at a time. */
  set(at: number): void {
    if (this.#until === null) this.#sooner = Math.min(this.#sooner, at);
    else if (at < this.#until) this.#sleep(at);
  }

  /** Stops; resolves when what it was doing is done. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#working;
  }

  #sleep(next: number | null): void {
    if (this.#closed) return;
    const now = this.#options.clock.now();
    const ms = Math.min(Math.max(Math.min(next ?? Infinity, this.#sooner) - now, 0), MAX_SLEEP_MS);
    this.#sooner = Infinity;
    this.#until = now + ms;
    this.#cancel();
    this.#cancel = this.#options.clock.after(ms, () => this.#ring());
  }

  #ring(): void {
    this.#until = null;
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    const { what, next, run, clock, log } = this.#options;
    try {
      const at = await next();
      if (this.#closed) return;
      if (at === null || at > clock.now()) return this.#sleep(at);
      await run();
      this.#sleep(await next());
    } catch (error) {
      log.error(`cannot ${what}`, error);
      this.#sleep(null);
    }
  }
}
