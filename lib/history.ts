/**
 * Pages of a room's log, from wherever somebody asks for one: the past, what follows, or the
 * surroundings of a message.
 *
 * @module
 */
import { PAGE_BOUNDS } from "./catch_up.ts";
import { wireMessage } from "./events.ts";
import type { HistoryPage, PlaceOfPage } from "./protocol.ts";
import type { Bounds, Page, RoomRecord, Store } from "./store/store.ts";

/**
 * Reads the page that somebody asks for, as the wire has it.
 *
 * @param room Whose log it is; `id` is its number in the store.
 * @param place Where the page is; at the end of the log when it names nothing.
 * @param limit How many messages it has at most.
 */
export async function readHistory(
  store: Store,
  room: { readonly id: number; readonly record: RoomRecord },
  place: PlaceOfPage,
  limit: number = PAGE_BOUNDS.limit,
): Promise<HistoryPage> {
  const bounds = { ...PAGE_BOUNDS, limit };
  const { messages, ...ends } = place.around === undefined
    ? await pageBeside(store, room.id, place, bounds)
    : await pageAround(store, room.id, place.around, bounds);
  return { messages: messages.map((message) => wireMessage(room.record, message)), ...ends };
}

function pageBeside(
  store: Store,
  room: number,
  { before = Number.MAX_SAFE_INTEGER, after }: PlaceOfPage,
  bounds: Bounds,
): Promise<Page> {
  return after === undefined
    ? store.pageBefore(room, before, bounds)
    : store.pageAfter(room, after, bounds);
}

/** Half a page before a `seq`, and the rest from it on. */
async function pageAround(store: Store, room: number, seq: number, { limit, maxLength }: Bounds) {
  const half = { limit: Math.ceil(limit / 2), maxLength: maxLength / 2 };
  const before = await store.pageBefore(room, seq, half);
  const after = await store.pageAfter(room, seq - 1, half);
  // What an odd number or an end of the log leaves over is cut where it is farthest.
  const past = before.messages.slice(
    Math.max(0, before.messages.length + after.messages.length - limit),
  );
  return {
    messages: [...past, ...after.messages],
    more: before.more || past.length < before.messages.length,
    more_after: after.more,
  };
}
