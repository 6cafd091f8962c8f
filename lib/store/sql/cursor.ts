import type { Hit } from "../records.ts";

/** The result of `Store.search`. */
export interface Found {
  readonly hits: readonly Hit[];
  readonly next: string | null;
}

/** The result without hits. */
export const NOTHING: Found = { hits: [], next: null };

/** A place in the order of time. */
export interface TimeCursor {
  readonly at: number;
  /** The id among the messages of that moment. */
  readonly id: number;
}

/** The place that a `next` of PostgreSQL encodes, or `null` if it is invalid. */
export function readTimeCursor(before: string): TimeCursor | null {
  const [, at, id] = /^(-?\d{1,15})-(\d{1,15})$/.exec(before) ?? [];
  return at === undefined || id === undefined ? null : { at: Number(at), id: Number(id) };
}

/** The position that a `next` of SQLite encodes, or `null` if it is invalid. */
export function readCursor(before: string): number | null {
  const position = /^[1-9]\d{0,15}$/.test(before) ? Number(before) : null;
  return Number.isSafeInteger(position) ? position : null;
}

/** A place in the list of threads. */
export interface ThreadCursor {
  readonly at: number;
  readonly root: number;
  /** The public id of the room. */
  readonly room: string;
}

const BEGINNING: ThreadCursor = { at: Number.MAX_SAFE_INTEGER, root: 0, room: "" };

/** The place that a `next` encodes; `null` if it is none. */
export function readThreadCursor(before: string | null): ThreadCursor | null {
  if (before === null) return BEGINNING;
  const [, at, root, room] = /^(\d{1,15})-(\d{1,15})-([\w-]{1,24})$/.exec(before) ?? [];
  return room === undefined ? null : { at: Number(at), root: Number(root), room };
}
