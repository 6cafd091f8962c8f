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
  const { messages, ...ends } = place.around === undefined
    ? await pageBeside(store, room.id, place, bounds, viewer.id)
    : await pageAround(store, room.id, place.around, bounds, viewer.id, place.thread);
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
