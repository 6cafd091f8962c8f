/**
 * What a browser may refuse. With cookies blocked, reading some properties throws already.
 *
 * @module
 */

/** Returns what a function returns; `undefined` if the browser refuses it. */
export function allowed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
