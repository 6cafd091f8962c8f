import type { Hit } from "./store.ts";

/** What `Store.search` answers. */
export interface Found {
  readonly hits: readonly Hit[];
  readonly next: string | null;
}

/** The answer where there is nothing to be found. */
export const NOTHING: Found = { hits: [], next: null };

/** The place that a `next` stands for, or `null` where it is none of ours. */
export function readCursor(before: string): number | null {
  return /^[1-9]\d{0,14}$/.test(before) ? Number(before) : null;
}
