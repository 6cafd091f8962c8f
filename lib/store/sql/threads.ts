/**
 * Threads: the SQL that every backend understands, and the conversion of its rows.
 *
 * The table `threads` has a row for each root with replies. It is kept as replies come and go, so
 * that a page of messages need not count them.
 *
 * @module
 */
import type { Replies } from "../../chat/events/message.ts";
import { UNREAD_LIMIT } from "../store.ts";
import { int, type Row, storedText, text } from "./rows.ts";

/** Among how many replies, the newest of a thread, those who wrote last are looked for. */
const SEARCHED = 50;

/** How many users a root names. */
const MAX_PEOPLE = 3;

/**
 * The ids of the accounts that wrote last in a thread, as a JSON text.
 *
 * @param list An expression that makes a JSON text of `p.sender`, in the order of `p.latest`.
 */
export function lastAuthors(room: string, root: string, list: string): string {
  return `(SELECT ${list} FROM (
    SELECT l.sender, max(l.seq) AS latest FROM (
      SELECT e.sender, e.seq, e.deleted FROM events e
      WHERE e.room = ${room} AND e.thread = ${root} ORDER BY e.seq DESC LIMIT ${SEARCHED}
    ) AS l WHERE NOT l.deleted GROUP BY l.sender ORDER BY latest DESC LIMIT ${MAX_PEOPLE}
  ) AS p)`;
}

/** The newest reply in a thread `t` that is not deleted. */
function newest(column: "seq" | "at"): string {
  return `(SELECT e.${column} FROM events e
    WHERE e.room = t.room AND e.thread = t.root AND NOT e.deleted ORDER BY e.seq DESC LIMIT 1)`;
}

/** Assignments that find the newest replies of a thread `t` again. */
export function findNewest(list: string): string {
  return `last_seq = ${newest("seq")}, last_at = ${newest("at")},
    people = ${lastAuthors("t.room", "t.root", list)}`;
}

/** Makes the rows of all threads from the log; what they say of the newest replies is still wrong. */
export const COUNT_REPLIES = `INSERT INTO threads (room, root, replies, last_seq, last_at, people)
  SELECT e.room, e.thread, count(*), 0, 0, '[]' FROM events e
  WHERE e.thread IS NOT NULL AND NOT e.deleted GROUP BY e.room, e.thread`;

/**
 * A page of the threads that an account follows.
 *
 * @param as The parameters: the account, the place of the page (three), and the limit.
 */
export function followedThreads(
  as: Readonly<Record<"account" | "at" | "root" | "room" | "limit", string>>,
): string {
  return `SELECT f.*, (
      SELECT count(*) FROM (
        SELECT 1 FROM events e WHERE e.room = f.room AND e.thread = f.root AND e.seq > f.read
          AND e.sender <> f.account AND NOT e.deleted LIMIT ${UNREAD_LIMIT}
      ) AS unseen
    ) AS unread
    FROM (
      SELECT w.account, w.room, w.root, w.read, t.last_at, r.public_id
      FROM thread_followers w
      JOIN members m ON m.room = w.room AND m.account = w.account
      JOIN threads t ON t.room = w.room AND t.root = w.root
      JOIN rooms r ON r.id = w.room
      WHERE w.account = ${as.account} AND w.follows
        AND (t.last_at, w.root, r.public_id) < (${as.at}, ${as.root}, ${as.room})
      ORDER BY t.last_at DESC, w.root DESC, r.public_id DESC LIMIT ${as.limit}
    ) AS f ORDER BY f.last_at DESC, f.root DESC, f.public_id DESC`;
}

/** The `next` after a row of the list. */
export function threadCursorAfter(row: Row): string {
  return `${int(row, "last_at")}-${int(row, "root")}-${storedText(row, "public_id")}`;
}

/**
 * Adds to messages the replies in their threads.
 *
 * @param rows `room`, `root`, `replies`, `last_seq` and `last_at` of each thread, with `name` and
 * `public_id` of one who wrote last: a row for each of these.
 */
export function withReplies<E extends { readonly room: number; readonly seq: number }>(
  events: readonly E[],
  rows: readonly Row[],
): readonly E[] {
  if (rows.length === 0) return events;
  const found = new Map<string, Replies>();
  for (const row of rows) {
    const root = placeOf(int(row, "room"), int(row, "root"));
    const { people = [] } = found.get(root) ?? {};
    const person = row.public_id === null
      ? []
      : [{ name: text(row, "name"), id: storedText(row, "public_id") }];
    found.set(root, {
      count: int(row, "replies"),
      last_at: int(row, "last_at"),
      last_seq: int(row, "last_seq"),
      people: [...people, ...person],
    });
  }
  return events.map((event) => {
    const replies = found.get(placeOf(event.room, event.seq));
    return replies === undefined ? event : { ...event, replies };
  });
}

function placeOf(room: number, seq: number): string {
  return `${room} ${seq}`;
}
