/**
 * The parts of a log that a room holds. The end is always held and contiguous, so no new event is
 * lost. Beside it there may be one older part, the history window, which is shown instead of the
 * end. Each part is contiguous and bounded; what is dropped can be loaded again as history.
 */
import { apply, isMessage } from "../../lib/chat/events/index.ts";
import type { ChangeEvent, HistoryPage, Message } from "../../lib/protocol/frames.ts";
import type { PlaceOfPage } from "../../lib/protocol/address.ts";
import type { RoomState, Timeline } from "./types.ts";

/** No part holds more messages than this for long. */
export const heldMax = 600;
/** How many messages are left of an end that has grown past `heldMax`. */
export const heldAfterTrim = 300;

/** Returns the part of a room's log that is shown. */
export function shownTimeline(room: RoomState): Timeline {
  return room.historyWindow ?? room;
}

/** Returns the index of the first message at or after a `seq`; the length if there is none. */
export function lowerBound(messages: readonly Message[], seq: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle]!.seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the index of a message in a list ordered by `seq`; -1 if it is not in it. */
export function indexOf(messages: readonly Message[], seq: number): number {
  const at = lowerBound(messages, seq);
  return messages[at]?.seq === seq ? at : -1;
}

/** Returns a loaded message by its `seq`. */
export function findMessage(
  { messages, historyWindow }: RoomState,
  seq: number,
): Message | undefined {
  return messages[indexOf(messages, seq)] ??
    historyWindow?.messages[indexOf(historyWindow.messages, seq)];
}

/** Whether the loaded end of the log reaches back to a `seq`. */
export function endCovers({ messages, more }: RoomState, seq: number): boolean {
  return !more || (messages[0]?.seq ?? Infinity) <= seq;
}

/** Whether the history window includes a `seq`. */
export function historyWindowCovers({ historyWindow }: RoomState, seq: number): boolean {
  const last = historyWindow?.messages.at(-1);
  if (historyWindow === undefined || last === undefined || last.seq < seq) return false;
  return !historyWindow.more || historyWindow.messages[0]!.seq <= seq;
}

/** Whether the shown part includes a `seq`. */
export function shows(room: RoomState, seq: number): boolean {
  return room.historyWindow === undefined ? endCovers(room, seq) : historyWindowCovers(room, seq);
}

/** Leaves the history window and the reading position for the end. */
export function atNewest(room: RoomState): RoomState {
  const { historyWindow: _historyWindow, place: _place, ...rest } = room;
  return rest;
}

/**
 * Drops the oldest messages of a long end; if the user reads there, they become the history window.
 */
export function trim(room: RoomState): RoomState {
  const { messages, more, place, historyWindow } = room;
  if (messages.length <= heldMax) return room;
  const rest = messages.slice(-heldAfterTrim);
  const end = { ...room, messages: rest, more: true };
  if (historyWindow !== undefined || place === undefined || place.seq >= rest[0]!.seq) return end;
  const start = Math.max(0, lowerBound(messages, place.seq) - heldMax / 2);
  const read = messages.slice(start, start + heldMax);
  return { ...end, historyWindow: { messages: read, more: more || start > 0 } };
}

/** Changes every loaded copy of a message. */
export function changeMessage(
  room: RoomState,
  seq: number,
  change: (m: Message) => Message,
): RoomState {
  const messages = changeIn(room.messages, seq, change);
  const { historyWindow, quotes } = room;
  const quote = quotes?.get(seq);
  const held = quote ? { ...room, quotes: new Map(quotes).set(seq, change(quote)) } : room;
  const next = messages === room.messages ? held : { ...held, messages };
  if (historyWindow === undefined) return next;
  const changed = changeIn(historyWindow.messages, seq, change);
  return changed === historyWindow.messages
    ? next
    : { ...next, historyWindow: { ...historyWindow, messages: changed } };
}

function changeIn(
  messages: readonly Message[],
  seq: number,
  change: (m: Message) => Message,
): readonly Message[] {
  const at = indexOf(messages, seq);
  // A message that is not loaded needs no change: history brings its present form.
  return at < 0 ? messages : messages.with(at, change(messages[at]!));
}

/** Records that a page is loading. The server may read it before changes that arrive before it. */
export function awaitPage(room: RoomState): RoomState {
  return { ...room, loadingHistory: true, changes: [] };
}

/** Records that no page is loading. */
export function withoutPage({ changes: _changes, ...room }: RoomState): RoomState {
  return { ...room, loadingHistory: false };
}

/** Remembers a change while a page is on its way. */
export function noteChange(room: RoomState, change: ChangeEvent): RoomState {
  return room.changes === undefined ? room : { ...room, changes: [...room.changes, change] };
}

/**
 * Puts a page where it was asked for. A page that no longer fits, because the reader has gone
 * elsewhere meanwhile, is left out. Events that came while it was on its way are applied to it.
 *
 * @param place What was asked for.
 * @param viewer The id of the user.
 */
export function withHistory(
  before: RoomState,
  place: PlaceOfPage,
  page: HistoryPage,
  viewer: string | undefined,
): RoomState {
  const room = withoutPage(before);
  const timeline = shownTimeline(room);
  const messages = page.messages.filter(isMessage).map((message) =>
    (before.changes ?? [])
      .filter(({ target }) => target === message.seq)
      .reduce((changed, event) => apply(changed, event, viewer), message)
  );
  if (place.around !== undefined) return settle(room, { messages, more: page.more });
  if (place.after !== undefined) {
    if (timeline.messages.at(-1)?.seq !== place.after) return room;
    const newer = messages.filter(({ seq }) => seq > place.after!);
    return settle(room, { messages: [...timeline.messages, ...newer], more: timeline.more });
  }
  const oldest = timeline.messages[0]?.seq ?? Infinity;
  if (place.before !== undefined && place.before !== oldest) return room;
  const older = messages.filter(({ seq }) => seq < oldest);
  return withOlder(room, { messages: [...older, ...timeline.messages], more: page.more });
}

/** Adds older messages; the newest of a part that has grown too long are dropped. */
function withOlder(room: RoomState, timeline: Timeline): RoomState {
  if (timeline.messages.length <= heldMax) {
    return room.historyWindow === undefined
      ? { ...room, ...timeline }
      : { ...room, historyWindow: timeline };
  }
  const historyWindow = { ...timeline, messages: timeline.messages.slice(0, heldMax) };
  if (room.historyWindow !== undefined) return { ...room, historyWindow };
  return { ...room, historyWindow, messages: timeline.messages.slice(-heldAfterTrim), more: true };
}

/** Makes a part the history window, or joins it to the end if they meet. */
function settle(room: RoomState, timeline: Timeline): RoomState {
  const first = room.messages[0]?.seq ?? 0;
  const last = timeline.messages.at(-1)?.seq;
  if (last === undefined) return room;
  if (last < first) return { ...room, historyWindow: newest(timeline) };
  const { historyWindow: _historyWindow, ...rest } = room;
  const older = timeline.messages.slice(0, lowerBound(timeline.messages, first));
  // The end may reach further back than the part.
  if (older.length === 0) return rest;
  return { ...rest, ...newest({ messages: [...older, ...room.messages], more: timeline.more }) };
}

function newest({ messages, more }: Timeline): Timeline {
  if (messages.length <= heldMax) return { messages, more };
  return { messages: messages.slice(-heldMax), more: true };
}
