/**
 * The log window: the rows of a log that are in the document, a bounded number however many are
 * loaded. The window moves with the user. Its rows are plain elements, one after another, so that
 * the browser's search, screen readers and text selection work around the user.
 *
 * @module
 */
import type { Message } from "../../../lib/protocol/frames.ts";
import { lowerBound } from "../../state/timeline.ts";

/** The maximum number of rows in the document: three times what the largest screen shows. */
export const rowsMax = 300;
/** The number of rows when the user has just come to the end of a room. */
const rowsAtEnd = 50;
/** How many rows the window moves at a time. */
const step = 50;

/** A range of a list of messages by index; `end` is exclusive. */
export interface LogWindow {
  readonly start: number;
  readonly end: number;
}

/**
 * Returns the window that begins with a message.
 *
 * @param from The `seq` of the first message; without it, the window is at the end of the list.
 * @param atEnd Whether the user is at the end, so that new messages must be in the window.
 */
export function logWindowOf(messages: readonly Message[], from?: number, atEnd = false): LogWindow {
  const { length } = messages;
  if (from === undefined) return { start: Math.max(0, length - rowsAtEnd), end: length };
  // The first message may be gone: the end is better than an empty window.
  const begin = Math.min(lowerBound(messages, from), Math.max(0, length - 1));
  const start = atEnd ? Math.max(begin, length - rowsMax) : begin;
  return { start, end: Math.min(length, start + rowsMax) };
}

/** Returns the start of a window with more older messages; `undefined` if there are none. */
export function earlier(messages: readonly Message[], { start }: LogWindow): number | undefined {
  return start === 0 ? undefined : messages[Math.max(0, start - step)]!.seq;
}

/** Returns the start of a window with more newer messages; `undefined` if there are none. */
export function later(messages: readonly Message[], { start, end }: LogWindow): number | undefined {
  return end === messages.length ? undefined : messages[start + step]?.seq;
}

/** Returns the start of a window that has a message in its middle. */
export function around(messages: readonly Message[], seq: number): number | undefined {
  return messages[Math.max(0, lowerBound(messages, seq) - rowsMax / 2)]?.seq;
}
