/**
 * Time as a dependency: the server gets its clock from outside, so that tests and simulations
 * advance it by hand and never sleep.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** Cancels what was scheduled; does nothing once it has run. */
export type Cancel = () => void;

/** Reads the time and schedules callbacks. All durations are milliseconds. */
export interface Clock {
  /** Wall-clock time since the Unix epoch. May jump: use it only for times that users see. */
  now(): number;
  /** Monotonic time since some fixed moment. Use it for every duration. */
  elapsed(): number;
  /** Runs a callback once, after at least `ms`. */
  after(ms: number, run: () => void): Cancel;
  /** Runs a callback once, after the events that have arrived in this turn of the event loop. */
  soon(run: () => void): void;
}

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run) => void setImmediate(run),
};

/**
 * Resolves in a later turn of the event loop, after the sockets have had theirs: call it between the
 * steps of long work. A chain of `soon` would let them wait for 61 of its turns, because the runtime
 * looks for input only that often while something is due at once (tokio's `event_interval`).
 */
export function nextTurn(clock: Pick<Clock, "after"> = systemClock): Promise<void> {
  return new Promise((resolve) => void clock.after(0, resolve));
}
