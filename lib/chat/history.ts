/**
 * Reads pages of a room's log: before a message, after it, or around it.
 *
 * @module
 */
import { PAGE_BOUNDS } from "./replay.ts";
import { wireMessage } from "./to_wire.ts";
import type { HistoryPage } from "../protocol/frames.ts";
import type { PlaceOfPage } from "../protocol/address.ts";
import type { Store } from "../store/store.ts";
import type { Bounds, Page, RoomRecord } from "../store/records.ts";

/**
 * Reads a page in its form on the wire.
 *
 * @param room The room; `id` is its number in the store.
 * @param place Where the page is. A place without fields is the end of the log.
 * @param viewer The account that reads it.
 * @param limit The greatest number of messages.
 */
export async function readHistory(
  store: Store,
  room: { readonly id: number; readonly record: RoomRecord },
  place: PlaceOfPage,
  viewer: { readonly id: number },
  limit: number = PAGE_BOUNDS.limit,
): Promise<HistoryPage> {
  const bounds = { ...PAGE_BOUNDS, limit };
  const { thread, around = await seqAt(store, room.id, place, viewer.id) } = place;
  const { messages, ...ends } = around === undefined
    ? await pageBeside(store, room.id, place, bounds, viewer.id)
    : await pageAround(store, room.id, around, bounds, viewer.id, thread);
  return { messages: messages.map((message) => wireMessage(room.record, message)), ...ends };
}

function pageBeside(
  store: Store,
  room: number,
  { before = Number.MAX_SAFE_INTEGER, after, thread }: PlaceOfPage,
  bounds: Bounds,
  viewer: number,
): Promise<Page> {
  return after === undefined
    ? store.pageBefore(room, before, bounds, viewer, thread)
    : store.pageAfter(room, after, bounds, viewer, thread);
}

/**
 * Returns the `seq` of the first message sent at a moment or later; past the end, if there is none.
 * Searches by bisection, for a log is in the order of time. Where a merge or a clock that jumped has
 * left it otherwise, the `seq` is one beside which messages of that time are.
 */
async function seqAt(
  store: Store,
  room: number,
  { at, thread }: PlaceOfPage,
  viewer: number,
): Promise<number | undefined> {
  if (at === undefined) return undefined;
  const one = { ...PAGE_BOUNDS, limit: 1 };
  const newest = await store.pageBefore(room, Number.MAX_SAFE_INTEGER, one, viewer, thread);
  let low = 0;
  let high = newest.messages[0]?.seq ?? 0;
  // What is up to `low` was sent before; what is after `high` was not.
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { messages: [next] } = await store.pageAfter(room, middle, one, viewer, thread);
    if (next === undefined || next.at >= at) high = middle;
    else low = next.seq;
  }
  return low + 1;
}

/** Half a page before a `seq`, and the rest from it on. */
async function pageAround(
  store: Store,
  room: number,
  seq: number,
  { limit, maxLength }: Bounds,
  viewer: number,
  thread?: number,
) {
  const half = { limit: Math.ceil(limit / 2), maxLength: maxLength / 2 };
  const before = await store.pageBefore(room, seq, half, viewer, thread);
  const after = await store.pageAfter(room, seq - 1, half, viewer, thread);
  // An odd limit, or an end of the log, leaves too many: the farthest messages are cut.
  const past = before.messages.slice(
    Math.max(0, before.messages.length + after.messages.length - limit),
  );
  return {
    messages: [...past, ...after.messages],
    more: before.more || past.length < before.messages.length,
    more_after: after.more,
  };
}
