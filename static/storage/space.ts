/**
 * The space that the browser gives to the page.
 *
 * @module
 */
import { allowed } from "../util/allowed.ts";

/** Below this, in bytes, the next file or draft may not fit any more. */
const littleSpace = 10_000_000;

/** Whether hardly any space is left; `false` where the browser does not tell. */
export async function isAlmostFull(): Promise<boolean> {
  const estimate = await allowed(() => navigator.storage)?.estimate?.().catch(() => undefined);
  if (estimate?.quota === undefined) return false;
  return estimate.quota - (estimate.usage ?? 0) < littleSpace;
}
