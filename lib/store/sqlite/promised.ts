/**
 * SQLite works where it is called: what it gives is there by the time the promise of it is made.
 * A throw becomes a rejection.
 */
export function promised<A extends unknown[], R>(
  run: (...args: A) => R,
): (...args: A) => Promise<R> {
  return (...args) => Promise.try(run, ...args);
}
