import type { FollowedThread, StoredEvent } from "../records.ts";
import { int, type Row, selectMessages, toMessage } from "../sql/rows.ts";
import { readThreadCursor } from "../sql/cursor.ts";
import { followedThreads, threadCursorAfter, withReplies } from "../sql/threads.ts";
import { arrayOf, type Database } from "./database.ts";
import type { PostgresRooms } from "./rooms.ts";

const FOLLOW = `INSERT INTO thread_followers (room, root, account, follows, read)
  SELECT r.id, e.seq, $3, $4, r.seq FROM events e JOIN rooms r ON r.id = e.room
  WHERE e.room = $1 AND e.seq = $2 AND e.kind = 'message' AND NOT e.deleted AND e.thread IS NULL
  ON CONFLICT (room, root, account) DO UPDATE SET follows = excluded.follows RETURNING root`;

const FOLLOWED = followedThreads({
  ...{ account: "$1", at: "$2", root: "$3", room: "$4", limit: "$5::int" },
});

const ROOTS = `${selectMessages()}
  JOIN unnest($1::bigint[], $2::bigint[]) AS w (room, seq) ON e.room = w.room AND e.seq = w.seq`;

const REPLIES = `SELECT t.room, t.root, t.replies, t.last_seq, t.last_at, a.name, a.public_id
  FROM unnest($1::bigint[], $2::bigint[]) AS w (room, seq)
  JOIN threads t ON t.room = w.room AND t.root = w.seq
  LEFT JOIN LATERAL json_array_elements_text(t.people::json)
    WITH ORDINALITY AS p (account, place) ON true
  LEFT JOIN accounts a ON a.id = p.account::bigint ORDER BY t.room, t.root, p.place`;

const MARK_READ = `UPDATE thread_followers f SET read = least($4::bigint, r.seq) FROM rooms r
  WHERE r.id = $1 AND f.room = $1 AND f.root = $2 AND f.account = $3
    AND f.read < least($4::bigint, r.seq)`;

/** Adds to events the replies in their threads, with one read. */
export async function fillReplies<E extends StoredEvent>(
  db: Database,
  events: readonly E[],
): Promise<readonly E[]> {
  const roots = events.filter((event) => event.kind === "message" && !event.thread);
  if (roots.length === 0) return events;
  const rooms = arrayOf(roots.map(({ room }) => room));
  const seqs = arrayOf(roots.map(({ seq }) => seq));
  return withReplies(events, await db.run(REPLIES, [rooms, seqs]));
}

/** Threads, and who follows them. */
export class PostgresThreads {
  readonly #db: Database;
  readonly #rooms: PostgresRooms;

  constructor(db: Database, rooms: PostgresRooms) {
    this.#db = db;
    this.#rooms = rooms;
  }

  async follow(room: number, root: number, account: number, on: boolean): Promise<boolean> {
    return (await this.#db.run(FOLLOW, [room, root, account, on])).length === 1;
  }

  async followers(room: number, root: number): Promise<readonly number[]> {
    const rows = await this.#db.run(
      "SELECT account FROM thread_followers WHERE room = $1 AND root = $2 AND follows",
      [room, root],
    );
    return rows.map((row) => int(row, "account"));
  }

  async followed(
    account: number,
    before: string | null,
    limit: number,
  ): Promise<{ threads: readonly FollowedThread[]; next: string | null }> {
    const cursor = readThreadCursor(before);
    if (cursor === null) return { threads: [], next: null };
    const { at, root, room } = cursor;
    const rows = await this.#db.run(FOLLOWED, [account, at, root, room, limit + 1]);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      threads: await this.#toFollowed(page),
      next: rows.length > limit && last !== undefined ? threadCursorAfter(last) : null,
    };
  }

  async #toFollowed(rows: readonly Row[]): Promise<readonly FollowedThread[]> {
    if (rows.length === 0) return [];
    const places = rows.map((row) => ({ room: int(row, "room"), root: int(row, "root") }));
    const rooms = await this.#rooms.getAll(new Set(places.map(({ room }) => room)));
    const found = await this.#db.run(ROOTS, [
      arrayOf(places.map(({ room }) => room)),
      arrayOf(places.map(({ root }) => root)),
    ]);
    const roots = new Map(
      (await fillReplies(this.#db, found.map(toMessage))).map((one) => [
        `${one.room} ${one.seq}`,
        one,
      ]),
    );
    return rows.flatMap((row, n) => {
      const { room, root } = places[n]!;
      const [record, message] = [rooms.get(room), roots.get(`${room} ${root}`)];
      // The room was deleted, and swept, meanwhile.
      if (record === undefined || message === undefined) return [];
      return [{ room: record, root: message, read: int(row, "read"), unread: int(row, "unread") }];
    });
  }

  async markRead(room: number, root: number, account: number, seq: number): Promise<number> {
    await this.#db.run(MARK_READ, [room, root, account, seq]);
    const [row] = await this.#db.run(
      `SELECT read FROM thread_followers
       WHERE room = $1 AND root = $2 AND account = $3 AND follows`,
      [room, root, account],
    );
    return row === undefined ? 0 : int(row, "read");
  }
}
