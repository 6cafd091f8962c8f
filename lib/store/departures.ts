/**
 * The part of `Store` that deletes what guests leave behind. The contract of `store.ts` holds here
 * too.
 *
 * @module
 */

/**
 * Where a guest has events: nowhere (0), in direct conversations only (1), or in rooms (2). Events
 * in rooms stay, and with them the row of the account that sent them.
 */
export type Traces = 0 | 1 | 2;

/** How a guest leaves. */
export interface Departure {
  readonly at: number;
  /** Where the guest has events; `null` if that is unknown. */
  readonly traces: Traces | null;
}

/** How long the sweep waits after a guest left: events may still be on their way to the log. */
export const SETTLE_MS = 60_000;

/** After how long the sweep looks again at what it could not delete. */
export const AGAIN_MS = 3_600_000;

/** How many conversations one step of the sweep looks at. */
export const ROOMS_A_STEP = 20;

/** How many events one step of the sweep deletes. */
export const EVENTS_A_STEP = 200;

/** Deletes what guests left behind. */
export interface DepartureStore {
  /**
   * Does one small step for the guest who is due first: deletes direct conversations without
   * events, some events of conversations that are older than `retentionMs`, and in the end the guest's
   * row, once nothing refers to it.
   *
   * @param at The current time.
   * @param retentionMs How long conversations with guests who left are kept; `null` for ever.
   * @returns Whether there may be more to do at once.
   */
  sweepGuests(at: number, retentionMs: number | null): Promise<boolean>;
}
