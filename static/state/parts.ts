/**
 * The parts of a log that a room holds. The end of it is always there and always whole, so that
 * what happens now is never lost; beside it there may be one older part, the passage, which is
 * read in its stead. Each part is without a hole in it, and neither grows without bound: what is
 * let go can be had again as history.
 */
import type { HistoryPage, Message, PlaceOfPage } from "../../lib/protocol.ts";
import type { Change, LogPart, Room } from "./types.ts";

/** No part holds more than this many messages for long. */
export const heldMax = 600;
/** What is kept of an end that grew past `heldMax`. */
export const heldAfterTrim = 300;

/** The part of a room's log that its reader sees. */
export function shownPart(room: Room): LogPart {
  return room.passage ?? room;
}

/** Where the first message stands that is not before a `seq`; the length when there is none. */
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

/** Where a message stands in a list ordered by `seq`; -1 when it is not in it. */
export function indexOf(messages: readonly Message[], seq: number): number {
  const at = lowerBound(messages, seq);
  return messages[at]?.seq === seq ? at : -1;
}

/** A held message by its `seq`. */
export function findMessage({ messages, passage }: Room, seq: number): Message | undefined {
  return messages[indexOf(messages, seq)] ?? passage?.messages[indexOf(passage.messages, seq)];
}

/** Whether the end of the log, as far as it is held, reaches back to a `seq`. */
export function endCovers({ messages, more }: Room, seq: number): boolean {
  return !more || (messages[0]?.seq ?? Infinity) <= seq;
}

/** Whether the passage reaches over a `seq`. */
export function passageCovers({ passage }: Room, seq: number): boolean {
  const last = passage?.messages.at(-1);
  if (passage === undefined || last === undefined || last.seq < seq) return false;
  return !passage.more || passage.messages[0]!.seq <= seq;
}

/** Whether what the reader sees reaches over a `seq`. */
export function shows(room: Room, seq: number): boolean {
  return room.passage === undefined ? endCovers(room, seq) : passageCovers(room, seq);
}

/** Leaves the passage, and the place in the past, for the end. */
export function atNewest(room: Room): Room {
  const { passage: _passage, place: _place, ...rest } = room;
  return rest;
}

/** Lets go of the oldest of a long end; if somebody reads there, it stays as the passage. */
export function trim(room: Room): Room {
  const { messages, more, place, passage } = room;
  if (messages.length <= heldMax) return room;
  const rest = messages.slice(-heldAfterTrim);
  const end = { ...room, messages: rest, more: true };
  if (passage !== undefined || place === undefined || place.seq >= rest[0]!.seq) return end;
  const start = Math.max(0, lowerBound(messages, place.seq) - heldMax / 2);
  const read = messages.slice(start, start + heldMax);
  return { ...end, passage: { messages: read, more: more || start > 0 } };
}

/** Changes every held copy of a message. */
export function changeMessage(room: Room, seq: number, change: (m: Message) => Message): Room {
  const messages = changeIn(room.messages, seq, change);
  const { passage } = room;
  const next = messages === room.messages ? room : { ...room, messages };
  if (passage === undefined) return next;
  const changed = changeIn(passage.messages, seq, change);
  return changed === passage.messages
    ? next
    : { ...next, passage: { ...passage, messages: changed } };
}

function changeIn(
  messages: readonly Message[],
  seq: number,
  change: (m: Message) => Message,
): readonly Message[] {
  const at = indexOf(messages, seq);
  // A message that is not held needs no change: history brings it as it is then.
  return at < 0 ? messages : messages.with(at, change(messages[at]!));
}

/** Waits for a page. It may have been read before changes that come before it does. */
export function awaitPage(room: Room): Room {
  return { ...room, loadingHistory: true, changes: [] };
}

/** Waits no longer. */
export function withoutPage({ changes: _changes, ...room }: Room): Room {
  return { ...room, loadingHistory: false };
}

/** Remembers a change while a page is on its way. */
export function noteChange(room: Room, change: Change): Room {
  return room.changes === undefined ? room : { ...room, changes: [...room.changes, change] };
}

/**
 * Puts a page where it was asked for. A page that no longer fits, because the reader has gone
 * elsewhere meanwhile, is left out.
 *
 * @param place What was asked for.
 * @param apply Applies a change that came while the page was on its way.
 */
export function withHistory(
  before: Room,
  place: PlaceOfPage,
  page: HistoryPage,
  apply: (message: Message, change: Change) => Message,
): Room {
  const room = withoutPage(before);
  const part = shownPart(room);
  const messages = page.messages.map((message) =>
    (before.changes ?? [])
      .filter(({ target }) => target === message.seq).reduce(apply, message)
  );
  if (place.around !== undefined) return settle(room, { messages, more: page.more });
  if (place.after !== undefined) {
    if (part.messages.at(-1)?.seq !== place.after) return room;
    const newer = messages.filter(({ seq }) => seq > place.after!);
    return settle(room, { messages: [...part.messages, ...newer], more: part.more });
  }
  const oldest = part.messages[0]?.seq ?? Infinity;
  if (place.before !== undefined && place.before !== oldest) return room;
  const older = messages.filter(({ seq }) => seq < oldest);
  return withOlder(room, { messages: [...older, ...part.messages], more: page.more });
}

/** Who goes back that far leaves the newest of the part behind. */
function withOlder(room: Room, part: LogPart): Room {
  if (part.messages.length <= heldMax) {
    return room.passage === undefined ? { ...room, ...part } : { ...room, passage: part };
  }
  const passage = { ...part, messages: part.messages.slice(0, heldMax) };
  if (room.passage !== undefined) return { ...room, passage };
  return { ...room, passage, messages: part.messages.slice(-heldAfterTrim), more: true };
}

/** Takes a part as the passage, or, where it reaches the end, as more of the end. */
function settle(room: Room, part: LogPart): Room {
  const first = room.messages[0]?.seq ?? 0;
  const last = part.messages.at(-1)?.seq;
  if (last === undefined) return room;
  if (last < first) return { ...room, passage: newest(part) };
  const { passage: _passage, ...rest } = room;
  const older = part.messages.slice(0, lowerBound(part.messages, first));
  // The end may reach further back than the part does.
  if (older.length === 0) return rest;
  return { ...rest, ...newest({ messages: [...older, ...room.messages], more: part.more }) };
}

function newest({ messages, more }: LogPart): LogPart {
  if (messages.length <= heldMax) return { messages, more };
  return { messages: messages.slice(-heldMax), more: true };
}
