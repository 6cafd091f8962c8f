import type { DatabaseSync } from "node:sqlite";
import { foldRoom } from "../../protocol.ts";
import type { Account, Listing, Membership, RoomRecord } from "../store.ts";
import { encodeText } from "../text.ts";
import {
  accountColumns,
  int,
  ROOM_COLUMNS,
  ROOM_PAIR,
  type Row,
  toAccount,
  toRoom,
} from "./rows.ts";
import type { Transaction } from "./transaction.ts";

/** Where the count of unread messages stops. */
const UNREAD_LIMIT = 100;

const SELECT_ROOM = `SELECT ${ROOM_COLUMNS} FROM rooms r ${ROOM_PAIR}`;

/** Rooms, who is in them, and how far they have read. */
export class Rooms {
  readonly #transaction: Transaction;
  readonly #create;
  readonly #createDirect;
  readonly #byId;
  readonly #byName;
  readonly #byPair;
  readonly #addMember;
  readonly #removeMember;
  readonly #members;
  readonly #ofAccount;
  readonly #list;
  readonly #read;
  readonly #markRead;

  constructor(db: DatabaseSync, transaction: Transaction) {
    this.#transaction = transaction;
    this.#create = db.prepare(
      `INSERT INTO rooms (kind, name, folded, title, created_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (folded) DO NOTHING RETURNING id`,
    );
    this.#createDirect = db.prepare(
      `INSERT INTO rooms (kind, name, low, high, created_at) VALUES ('direct', '', ?, ?, ?)
       RETURNING id`,
    );
    this.#byId = db.prepare(`${SELECT_ROOM} WHERE r.id = ?`);
    this.#byName = db.prepare(`${SELECT_ROOM} WHERE r.folded = ?`);
    this.#byPair = db.prepare(`${SELECT_ROOM} WHERE r.low = ? AND r.high = ?`);
    this.#addMember = db.prepare(
      `INSERT INTO members (room, account, joined_at) VALUES (?, ?, ?)
       ON CONFLICT (room, account) DO NOTHING`,
    );
    this.#removeMember = db.prepare("DELETE FROM members WHERE room = ? AND account = ?");
    this.#members = db.prepare(
      `SELECT ${accountColumns("a")} FROM members m JOIN accounts a ON a.id = m.account
       WHERE m.room = ? ORDER BY a.folded`,
    );
    this.#ofAccount = db.prepare(
      `SELECT ${ROOM_COLUMNS}, m.read, (
         SELECT count(*) FROM (
           SELECT 1 FROM events e
           WHERE e.room = r.id AND e.seq > m.read AND e.kind = 'message' AND e.sender <> m.account
           LIMIT ${UNREAD_LIMIT}
         )
       ) AS unread
       FROM members m JOIN rooms r ON r.id = m.room ${ROOM_PAIR}
       WHERE m.account = ? AND (r.kind <> 'direct' OR r.seq > 0)
       ORDER BY r.folded NULLS LAST, iif(r.low = m.account, high.folded, low.folded)`,
    );
    this.#list = db.prepare(
      `SELECT ${ROOM_COLUMNS}, r.members, m.account IS NOT NULL AS joined
       FROM rooms r LEFT JOIN members m ON m.room = r.id AND m.account = ? ${ROOM_PAIR}
       WHERE r.folded IS NOT NULL AND (r.kind = 'public' OR m.account IS NOT NULL)
       ORDER BY r.folded`,
    );
    this.#read = db.prepare("SELECT read FROM members WHERE room = ? AND account = ?");
    // Compares first, so that a mark which does not move costs no write.
    this.#markRead = db.prepare(
      `UPDATE members SET read = min(:seq, r.seq) FROM rooms r
       WHERE r.id = :room AND members.room = :room AND members.account = :account
         AND members.read < min(:seq, r.seq)`,
    );
  }

  create(
    room: {
      name: string;
      kind: "public" | "private";
      title: string | null;
      creator: number | null;
      at: number;
    },
  ): RoomRecord | null {
    const { name, kind, creator, at } = room;
    const title = room.title === null ? null : encodeText(room.title);
    return this.#transaction(() => {
      const row = this.#create.get(kind, encodeText(name), fold(name), title, at);
      if (row === undefined) return null;
      const id = int(row, "id");
      if (creator !== null) this.#addMember.run(id, creator, at);
      return this.get(id);
    });
  }

  /** @throws {Error} If there is no such room: ids come from the store and stay valid. */
  get(id: number): RoomRecord {
    const row = this.#byId.get(id);
    if (row === undefined) throw new Error(`Cannot read room: there is none with id ${id}`);
    return toRoom(row);
  }

  find(name: string): RoomRecord | null {
    return roomOrNull(this.#byName.get(fold(name)));
  }

  direct(one: Account, other: Account, at: number): RoomRecord {
    const low = Math.min(one.id, other.id);
    const high = Math.max(one.id, other.id);
    const existing = roomOrNull(this.#byPair.get(low, high));
    return existing ?? this.#transaction(() => {
      const id = int(this.#createDirect.get(low, high, at) ?? {}, "id");
      this.#addMember.run(id, low, at);
      this.#addMember.run(id, high, at);
      return this.get(id);
    });
  }

  addMember(room: number, account: number, at: number): boolean {
    return this.#addMember.run(room, account, at).changes === 1;
  }

  removeMember(room: number, account: number): boolean {
    return this.#removeMember.run(room, account).changes === 1;
  }

  membersOf(room: number): readonly Account[] {
    return this.#members.all(room).map((row) => toAccount(row));
  }

  roomsOf(account: number): readonly Membership[] {
    return this.#ofAccount.all(account).map((row) => ({
      room: toRoom(row),
      read: int(row, "read"),
      unread: int(row, "unread"),
    }));
  }

  list(account: number): readonly Listing[] {
    return this.#list.all(account).map((row) => ({
      room: toRoom(row),
      members: int(row, "members"),
      joined: row.joined === 1,
    }));
  }

  readMark(room: number, account: number): number {
    const row = this.#read.get(room, account);
    return row === undefined ? 0 : int(row, "read");
  }

  markRead(room: number, account: number, seq: number): number {
    this.#markRead.run({ room, account, seq });
    return this.readMark(room, account);
  }
}

function roomOrNull(row: Row | undefined): RoomRecord | null {
  return row === undefined ? null : toRoom(row);
}

function fold(name: string): string {
  return encodeText(foldRoom(name));
}
