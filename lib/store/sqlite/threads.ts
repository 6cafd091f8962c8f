import type { DatabaseSync } from "node:sqlite";
import type { FollowedThread, StoredEvent, StoredMessage } from "../records.ts";
import { int, type Row, selectMessages, toMessage } from "../sql/rows.ts";
import { readThreadCursor } from "../sql/cursor.ts";
import {
  COUNT_REPLIES,
  findNewest,
  followedThreads,
  lastAuthors,
  threadCursorAfter,
  withReplies,
} from "../sql/threads.ts";
import type { SqliteRooms } from "./rooms.ts";

const LIST = "json_group_array(p.sender)";

/** Makes the table of threads from the log. */
export const ADD_ALL_THREADS = `${COUNT_REPLIES}; UPDATE threads AS t SET ${findNewest(LIST)}`;

/** A reply that was appended. */
interface NewReply {
  readonly room: number;
  readonly seq: number;
  readonly root: number;
  readonly sender: number;
  readonly at: number;
  /** The sender of the root. */
  readonly rootSender: number;
}

/** Threads, and who follows them. */
export class SqliteThreads {
  readonly #rooms: SqliteRooms;
  readonly #count;
  readonly #grow;
  readonly #shrink;
  readonly #dropEmpty;
  readonly #drop;
  readonly #dropFollowers;
  readonly #followAsAuthor;
  readonly #followUnlessEnded;
  readonly #followMentioned;
  readonly #follow;
  readonly #followers;
  readonly #list;
  readonly #root;
  readonly #between;
  readonly #markRead;
  readonly #read;

  constructor(db: DatabaseSync, rooms: SqliteRooms) {
    this.#rooms = rooms;
    this.#count = db.prepare("SELECT replies FROM threads WHERE room = ? AND root = ?");
    this.#grow = db.prepare(
      `INSERT INTO threads (room, root, replies, last_seq, last_at, people)
       VALUES (:room, :root, 1, :seq, :at, ${lastAuthors(":room", ":root", LIST)})
       ON CONFLICT DO UPDATE SET replies = replies + 1, last_seq = excluded.last_seq,
         last_at = excluded.last_at, people = excluded.people`,
    );
    this.#shrink = db.prepare(
      `UPDATE threads AS t SET replies = replies - 1, ${findNewest(LIST)}
       WHERE room = ? AND root = ?`,
    );
    this.#dropEmpty = db.prepare("DELETE FROM threads WHERE room = ? AND root = ? AND replies = 0");
    this.#drop = db.prepare("DELETE FROM threads WHERE room = ? AND root = ?");
    this.#dropFollowers = db.prepare("DELETE FROM thread_followers WHERE room = ? AND root = ?");
    const add = "INSERT INTO thread_followers (room, root, account, follows, read)";
    this.#followAsAuthor = db.prepare(
      `${add} VALUES (?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET follows = 1`,
    );
    this.#followUnlessEnded = db.prepare(`${add} VALUES (?, ?, ?, 1, ?) ON CONFLICT DO NOTHING`);
    this.#followMentioned = db.prepare(
      `${add} SELECT n.room, :root, n.account, 1, :seq - 1 FROM mentions n
       WHERE n.room = :room AND n.seq = :seq AND n.account > 0 ON CONFLICT DO NOTHING`,
    );
    this.#follow = db.prepare(
      `${add} SELECT r.id, e.seq, :account, :on, r.seq FROM events e JOIN rooms r ON r.id = e.room
       WHERE e.room = :room AND e.seq = :root AND e.kind = 'message' AND e.deleted = 0
         AND e.thread IS NULL ON CONFLICT DO UPDATE SET follows = excluded.follows`,
    );
    this.#followers = db.prepare(
      "SELECT account FROM thread_followers WHERE room = ? AND root = ? AND follows",
    );
    this.#list = db.prepare(
      followedThreads({
        ...{ account: ":account", at: ":at", root: ":root", room: ":room", limit: ":limit" },
      }),
    );
    this.#root = db.prepare(`${selectMessages()} WHERE e.room = ? AND e.seq = ?`);
    this.#between = db.prepare(
      `SELECT t.room, t.root, t.replies, t.last_seq, t.last_at, a.name, a.public_id
       FROM threads t LEFT JOIN json_each(t.people) p LEFT JOIN accounts a ON a.id = p.value
       WHERE t.room = ? AND t.root BETWEEN ? AND ? ORDER BY t.root, p.key`,
    );
    this.#markRead = db.prepare(
      `UPDATE thread_followers SET read = min(:seq, r.seq) FROM rooms r
       WHERE r.id = :room AND thread_followers.room = :room AND root = :root
         AND account = :account AND read < min(:seq, r.seq)`,
    );
    this.#read = db.prepare(
      "SELECT read FROM thread_followers WHERE room = ? AND root = ? AND account = ? AND follows",
    );
  }

  /** The number of replies in a thread. */
  count(room: number, root: number): number {
    const row = this.#count.get(room, root);
    return row === undefined ? 0 : int(row, "replies");
  }

  /** Counts a reply that was appended, within the current transaction. */
  grow({ room, seq, root, sender, at, rootSender }: NewReply): void {
    this.#grow.run({ room, root, seq, at });
    this.#followAsAuthor.run(room, root, sender, seq);
    this.#followUnlessEnded.run(room, root, rootSender, root);
    this.#followMentioned.run({ room, root, seq });
  }

  /** Counts a reply that was deleted, within the current transaction. */
  shrink(room: number, root: number): void {
    this.#shrink.run(room, root);
    this.#dropEmpty.run(room, root);
  }

  /** Forgets the thread of a message that is removed from the log. */
  drop(room: number, root: number): void {
    this.#drop.run(room, root);
    this.#dropFollowers.run(room, root);
  }

  follow(room: number, root: number, account: number, on: boolean): boolean {
    return this.#follow.run({ room, root, account, on: on ? 1 : 0 }).changes === 1;
  }

  followers(room: number, root: number): readonly number[] {
    return this.#followers.all(room, root).map((row) => int(row, "account"));
  }

  followed(
    account: number,
    before: string | null,
    limit: number,
  ): { threads: readonly FollowedThread[]; next: string | null } {
    const cursor = readThreadCursor(before);
    if (cursor === null) return { threads: [], next: null };
    const rows = this.#list.all({ account, ...cursor, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      threads: page.map((row) => this.#toFollowed(row)),
      next: rows.length > limit && last !== undefined ? threadCursorAfter(last) : null,
    };
  }

  #toFollowed(row: Row): FollowedThread {
    const room = int(row, "room");
    const [root] = this.fill([toMessage(this.#root.get(room, int(row, "root")) ?? {})]);
    return {
      room: this.#rooms.get(room),
      root: root!,
      read: int(row, "read"),
      unread: int(row, "unread"),
    };
  }

  markRead(room: number, root: number, account: number, seq: number): number {
    this.#markRead.run({ room, root, account, seq });
    const row = this.#read.get(room, root, account);
    return row === undefined ? 0 : int(row, "read");
  }

  /**
   * Adds to messages the replies in their threads, with one read.
   *
   * @param events Events of one room, oldest first.
   */
  fill<E extends StoredEvent | StoredMessage>(events: readonly E[]): readonly E[] {
    const [first, last] = [events.at(0), events.at(-1)];
    if (first === undefined || last === undefined) return events;
    return withReplies(events, this.#between.all(first.room, first.seq, last.seq));
  }
}
