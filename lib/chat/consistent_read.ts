/**
 * The loop by which a connection passes from stored data to live events without a gap.
 *
 * @module
 */

/** How often a read may be repeated before the store counts as too slow. */
const MAX_READS = 100;

/**
 * Reads from the store, compares the result with the live state, and reads again until both agree.
 *
 * Calls `act` in the same turn of the event loop as the comparison that found nothing missing. That
 * is why this function takes a callback and does not return the result: a live event could be
 * published between the comparison and the continuation of an `await`.
 *
 * @param readMissing Compares the last result (`null` at first) with the live state. Returns `null`
 * when they agree, otherwise a promise of a newer result.
 * @param act Receives the result that agrees.
 * @throws {Error} When the live state is still ahead after `MAX_READS` reads.
 */
export async function readUntilCurrent<T>(
  readMissing: (last: T | null) => Promise<T> | null,
  act: (current: T) => void,
): Promise<void> {
  let last: T | null = null;
  for (let reads = 0; reads < MAX_READS; reads++) {
    const next = readMissing(last);
    if (next === null) {
      if (last !== null) act(last);
      return;
    }
    last = await next;
  }
  throw new Error("Cannot catch up: the store is slower than the room");
}
