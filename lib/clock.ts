/**
 * Time as a dependency: the server takes its clock from outside, so that tests and simulations
 * turn it by hand and never wait.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** Cancels what was planned; harmless once it has run. */
export type Cancel = () => void;

/** Tells the time and runs things later. All durations are milliseconds. */
export interface Clock {
  /** Wall-clock time since the Unix epoch. May jump; only for what people see. */
  now(): number;
  /** Time since some fixed moment. Never goes back; for everything that is measured. */
  elapsed(): number;
  /** Runs once, after at least `ms`. */
  after(ms: number, run: () => void): Cancel;
  /** Runs once, after everything that has already arrived in this turn of the event loop. */
  soon(run: () => void): void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run) => void setImmediate(run),
};
