/**
 * Which rows of a log are in the document: never more than a slice of it, however much of it is
 * held. The slice moves with the reader. All of it is there as plain rows, one after another, so
 * that a browser's own search, a screen reader and a selection find what surrounds the reader.
 *
 * @module
 */
import type { Message } from "../lib/protocol.ts";
import { lowerBound } from "./state/parts.ts";

/** No more rows than this are in the document: more than the largest screen shows, thrice. */
export const rowsMax = 300;
/** How many are, where somebody has just come to the end of a room. */
const rowsAtEnd = 50;
/** How many rows the slice moves at a time. */
const step = 50;

/** A stretch of a list of messages, by index; `end` is the first one that is not in it. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/**
 * The slice that begins with a message.
 *
 * @param from The `seq` it begins with; the end of the list without one.
 * @param atEnd Whether the reader is at the end, and what comes there must be in the slice.
 */
export function sliceOf(messages: readonly Message[], from?: number, atEnd = false): Slice {
  const { length } = messages;
  if (from === undefined) return { start: Math.max(0, length - rowsAtEnd), end: length };
  // What it began with may be gone: better the end than nothing.
  const begin = Math.min(lowerBound(messages, from), Math.max(0, length - 1));
  const start = atEnd ? Math.max(begin, length - rowsMax) : begin;
  return { start, end: Math.min(length, start + rowsMax) };
}

/** Where a slice begins that shows more of what is before; `undefined` where that is all. */
export function earlier(messages: readonly Message[], { start }: Slice): number | undefined {
  return start === 0 ? undefined : messages[Math.max(0, start - step)]!.seq;
}

/** Where a slice begins that shows more of what comes after; `undefined` where that is all. */
export function later(messages: readonly Message[], { start, end }: Slice): number | undefined {
  return end === messages.length ? undefined : messages[start + step]?.seq;
}

/** Where a slice begins that has a message in its middle. */
export function around(messages: readonly Message[], seq: number): number | undefined {
  return messages[Math.max(0, lowerBound(messages, seq) - rowsMax / 2)]?.seq;
}
