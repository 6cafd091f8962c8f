import { asStorageError } from "../error.ts";
import type { ApplyQueue } from "./apply_queue.ts";
import type { CountedWrite } from "./state.ts";

/** Makes a function asynchronous; the implementation decides when it runs. */
export type AsyncWrap = <A extends unknown[], R>(
  run: (...args: A) => R,
) => (...args: A) => Promise<Awaited<R>>;

/** Runs the function within the call: SQLite is synchronous, so the promise is settled at once. */
export const runNow: AsyncWrap = (run) => (...args) => Promise.try(run, ...args);

/** When functions that use the tables run, while the apply queue may hold newer rows. */
export interface Access {
  /** For reads of the log: they wait until the tables hold every row that was added before. */
  readonly reading: AsyncWrap;
  /** For writes past the commit log: as reads, and while the apply thread does not write. */
  readonly writing: AsyncWrap;
}

/**
 * Makes the access for a store. Without an apply queue the tables always hold everything.
 *
 * @param counted Counts the writes past the commit log.
 */
export function accessTo(applyQueue: ApplyQueue | undefined, counted: CountedWrite): Access {
  if (applyQueue === undefined) return { reading: runNow, writing: storing(runNow) };
  return {
    reading: (run) => (...args) => applyQueue.read(() => run(...args)),
    writing: storing((run) => (...args) => applyQueue.write(() => counted(() => run(...args)))),
  };
}

/** Turns the error of a full disk into one that callers recognize. */
function storing(wrap: AsyncWrap): AsyncWrap {
  return (run) => {
    const act = wrap(run);
    return (...args) =>
      act(...args).catch((error) => {
        throw asStorageError(error);
      });
  };
}
