import type { Backlog } from "./backlog.ts";

/** Makes a promise of what a function returns, at whatever time it may run. */
export type Promised = <A extends unknown[], R>(
  run: (...args: A) => R,
) => (...args: A) => Promise<Awaited<R>>;

/** SQLite works where it is called: what it gives is there by the time the promise of it is made. */
export const promised: Promised = (run) => (...args) => Promise.try(run, ...args);

/** When what reads the log, and what writes, may run. */
export interface Access {
  readonly reading: Promised;
  readonly writing: Promised;
}

/** Without a backlog everything is in the tables at all times. */
export function accessTo(backlog: Backlog | undefined): Access {
  if (backlog === undefined) return { reading: promised, writing: promised };
  return {
    reading: (run) => (...args) => backlog.read(() => run(...args)),
    writing: (run) => (...args) => backlog.write(() => run(...args)),
  };
}
