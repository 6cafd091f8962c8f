import type { DatabaseSync } from "node:sqlite";
import type { RoomChange } from "../../chat/events/event.ts";
import { type Level } from "../../protocol/frames.ts";
import type { Revoked } from "../people.ts";
import {
  type Account,
  ALL,
  type IdPage,
  type Listing,
  type Membership,
  type ReadState,
  type RoomAddresses,
  type RoomPage,
  type RoomRecord,
} from "../records.ts";
import { selectListings, selectRoomsAt, toListing } from "../sql/listings.ts";
import { bindPage, kindBefore } from "../sql/name_page.ts";
import { MOST_PEOPLE, type NewConversation, peopleKey, selectConversation } from "../sql/people.ts";
import {
  NOTHING_READ,
  READ_STATE,
  readStateUpTo,
  toMembership,
  toReadState,
} from "../sql/read_state.ts";
import { NAME_RESERVED_MS, roomsThatHad, withoutName } from "../sql/room_names.ts";
import { encodeFolded, encodeText, encodeTexts } from "../sql/text.ts";
import {
  accountColumns,
  int,
  ROOM_COLUMNS,
  ROOM_PAIR,
  ROOM_PREFS,
  type Row,
  toAccount,
  toRoom,
} from "../sql/rows.ts";
import type { Expulsion } from "../store.ts";
import type { Transaction } from "./transaction.ts";

const SELECT_ROOM = `SELECT ${ROOM_COLUMNS} FROM rooms r ${ROOM_PAIR}`;

/** Moves a read mark. It compares first, so that a mark which does not move costs no write. */
export const MARK_READ = `UPDATE members SET read = min(:seq, r.seq) FROM rooms r
  WHERE r.id = :room AND members.room = :room AND members.account = :account
    AND members.read < min(:seq, r.seq)`;

/**
 * Sets what a room is. A room that becomes private gets the member of longest standing as its host,
 * if it has none. A conversation that gets a name has a host from then on: the member who gave it the
 * name.
 */
const CHANGE = `UPDATE rooms SET name = :name, folded = :folded, title = :title, kind = :kind,
    archived_at = iif(:archived, ifnull(archived_at, :at), NULL), locked = :locked, slow_ms = :slow,
    threads = :threads, retention_days = nullif(:retention, 0),
    expiry_due = iif(ifnull(retention_days, 0) = :retention, expiry_due, 0), previews = :previews,
    may_post = :mayPost, may_invite = :mayInvite, may_pin = :mayPin,
    people = iif(:names, NULL, people),
    host = iif(:names, :account, iif(:kind = 'private' AND people IS NULL, ifnull(host, (
      SELECT m.account FROM members m JOIN accounts a ON a.id = m.account
      WHERE m.room = rooms.id AND a.role <> 'guest' ORDER BY m.joined_at, m.account LIMIT 1
    )), host))
  WHERE id = :room`;

const DELETE = `UPDATE rooms SET name = '', folded = ${withoutName("id")}, title = NULL,
  creator = NULL, host = NULL, people = NULL, deleted_at = ? WHERE id = ?`;

/** What goes with a room at once. Its log, and the files in it, follow in steps. */
const DELETE_PARTS = [
  "DELETE FROM members WHERE room = ?",
  "DELETE FROM invitations WHERE room = ?",
  "DELETE FROM invites WHERE room = ?",
  "DELETE FROM room_names WHERE room = ?",
  "DELETE FROM hook_rooms WHERE room = ?",
  "DELETE FROM hooks WHERE room = ?",
  "UPDATE files SET expires_at = 0 WHERE room = ? AND seq IS NULL AND type IS NOT NULL",
];

/** Rooms, members and read marks. */
export class SqliteRooms {
  readonly #transaction: Transaction;
  readonly #create;
  readonly #createDirect;
  readonly #createConversation;
  readonly #conversation;
  readonly #addPerson;
  readonly #keepLevels;
  readonly #byId;
  readonly #byPublicId;
  readonly #allByPublicId;
  readonly #readStates;
  readonly #ended;
  readonly #ownByName;
  readonly #publicByName;
  readonly #hadName;
  readonly #reserved;
  readonly #change;
  readonly #keepName;
  readonly #forgetName;
  readonly #unnameMembers;
  readonly #nameMembers;
  readonly #hookBots;
  readonly #delete;
  readonly #deleteParts;
  readonly #byPair;
  readonly #addMember;
  readonly #removeMember;
  readonly #expel;
  readonly #endExpulsion;
  readonly #expulsion;
  readonly #members;
  readonly #ofAccount;
  readonly #memberships;
  readonly #conversations;
  readonly #list;
  readonly #at;
  readonly #read;
  readonly #readState;
  readonly #markRead;
  readonly #markUnread;
  readonly #setLevel;

  constructor(db: DatabaseSync, transaction: Transaction) {
    this.#transaction = transaction;
    this.#create = db.prepare(
      `INSERT INTO rooms (kind, name, folded, title, created_at, creator, host)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    );
    this.#createDirect = db.prepare(
      `INSERT INTO rooms (kind, name, low, high, created_at)
       VALUES ('direct', '', ?, ?, ?) RETURNING id`,
    );
    this.#createConversation = db.prepare(
      `INSERT INTO rooms (kind, name, folded, created_at, people)
       VALUES ('private', ?, ?, ?, ?) RETURNING id`,
    );
    this.#conversation = db.prepare(selectConversation("?", "?"));
    this.#addPerson = db.prepare(
      `UPDATE rooms SET people = (
         SELECT group_concat(id, ',' ORDER BY id) FROM (
           SELECT value AS id FROM json_each('[' || people || ']') UNION SELECT CAST(:account AS INTEGER)
         )
       ) WHERE id = :room AND people IS NOT NULL AND (
         SELECT count(*) < ${MOST_PEOPLE} OR max(value = :account)
         FROM json_each('[' || people || ']')
       )`,
    );
    // They went on getting every message: see \`LEVEL\`.
    this.#keepLevels = db.prepare(
      "UPDATE members SET level = 'all' WHERE room = ? AND level IS NULL",
    );
    this.#byId = db.prepare(`${SELECT_ROOM} WHERE r.id = ?`);
    this.#byPublicId = db.prepare(
      `${SELECT_ROOM} WHERE r.public_id = ? AND r.deleted_at IS NULL`,
    );
    this.#allByPublicId = db.prepare(
      `${SELECT_ROOM} WHERE r.public_id IN (SELECT value FROM json_each(?))
         AND r.deleted_at IS NULL`,
    );
    this.#readStates = db.prepare(
      `SELECT r.id, ${READ_STATE} FROM json_each(?) wanted
       JOIN members m ON m.room = wanted.value AND m.account = ? JOIN rooms r ON r.id = m.room`,
    );
    this.#ended = db.prepare(
      `${SELECT_ROOM} JOIN members m ON m.room = r.id AND m.account = :viewer
       WHERE r.kind = 'direct' AND (
         low.name = :name AND low.folded IS NULL OR high.name = :name AND high.folded IS NULL
       ) ORDER BY r.id DESC LIMIT 1`,
    );
    this.#ownByName = db.prepare(
      `${SELECT_ROOM} WHERE r.id = (SELECT room FROM members WHERE account = ? AND folded = ?)`,
    );
    this.#publicByName = db.prepare(`${SELECT_ROOM} WHERE r.kind = 'public' AND r.folded = ?`);
    this.#hadName = db.prepare(
      `${SELECT_ROOM} WHERE r.id = (${roomsThatHad(":folded", ":viewer")} LIMIT 1)`,
    );
    this.#reserved = db.prepare(
      `SELECT 1 FROM (${roomsThatHad(":folded", ":viewer", ":since")}) WHERE room <> :room`,
    );
    this.#change = db.prepare(CHANGE);
    this.#keepName = db.prepare(
      `INSERT INTO room_names (room, folded, is_public, at)
       SELECT id, folded, kind = 'public', :at FROM rooms WHERE id = :room
       ON CONFLICT DO UPDATE SET is_public = excluded.is_public, at = excluded.at`,
    );
    this.#forgetName = db.prepare("DELETE FROM room_names WHERE room = ? AND folded = ?");
    // In two steps, for the names of one account must differ at each moment.
    this.#unnameMembers = db.prepare(
      `UPDATE members SET folded = ${withoutName("room")} WHERE room = ?`,
    );
    this.#nameMembers = db.prepare(
      `UPDATE OR IGNORE members SET folded = :folded WHERE room = :room`,
    );
    this.#hookBots = db.prepare(
      `SELECT ${accountColumns("a")} FROM hooks h JOIN accounts a ON a.id = h.bot WHERE h.room = ?`,
    );
    this.#delete = db.prepare(DELETE);
    this.#deleteParts = DELETE_PARTS.map((sql) => db.prepare(sql));
    this.#byPair = db.prepare(`${SELECT_ROOM} WHERE r.low = ? AND r.high = ?`);
    this.#addMember = db.prepare(
      `INSERT INTO members (room, account, folded, joined_at)
       VALUES (:room, :account, (SELECT folded FROM rooms WHERE id = :room), :at)
       ON CONFLICT DO NOTHING`,
    );
    this.#removeMember = db.prepare("DELETE FROM members WHERE room = ? AND account = ?");
    this.#expel = db.prepare(
      `INSERT INTO expulsions (room, account, until) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET until = excluded.until`,
    );
    this.#endExpulsion = db.prepare("DELETE FROM expulsions WHERE until <= ?");
    this.#expulsion = db.prepare(
      "SELECT until FROM expulsions WHERE room = ? AND account = ? AND until > ?",
    );
    this.#members = db.prepare(
      `SELECT ${accountColumns("a")} FROM members m JOIN accounts a ON a.id = m.account
       WHERE m.room = ? AND m.account > ? ORDER BY m.account LIMIT ?`,
    );
    this.#ofAccount = db.prepare(
      `WITH recent AS (
    SELECT q.id, e.id AS event, max(n.joined_at, coalesce(e.at, 0)) AS at
    FROM members n JOIN rooms q ON q.id = n.room
    LEFT JOIN events e ON e.room = q.id AND e.seq = q.seq
    WHERE n.account = :account AND (q.kind <> 'direct' OR q.seq > 0)
    ORDER BY at DESC, event DESC NULLS LAST, q.id DESC LIMIT :limit
  )
  SELECT ${ROOM_COLUMNS}, ${READ_STATE}, ${ROOM_PREFS}
  FROM recent JOIN members m ON m.room = recent.id AND m.account = :account
  JOIN rooms r ON r.id = recent.id ${ROOM_PAIR}
  ORDER BY recent.at DESC, recent.event DESC NULLS LAST, r.id DESC`,
    );
    this.#memberships = db.prepare(
      `WITH page AS (
         SELECT q.id FROM members n JOIN rooms q ON q.id = n.room
         WHERE n.account = :account AND (q.kind <> 'direct' OR q.seq > 0)
           AND n.room > coalesce((SELECT id FROM rooms WHERE public_id = :after), 0)
         ORDER BY q.id LIMIT :limit
       )
       SELECT ${ROOM_COLUMNS}, ${READ_STATE}, ${ROOM_PREFS}
       FROM page JOIN members m ON m.room = page.id AND m.account = :account
       JOIN rooms r ON r.id = page.id ${ROOM_PAIR}
       ORDER BY r.id`,
    );
    this.#conversations = db.prepare(
      `SELECT r.id, r.seq FROM members m JOIN rooms r ON r.id = m.room
       WHERE m.account = ? AND r.kind = 'direct' AND r.seq > 0`,
    );
    // By ids, so that it need not visit the private rooms of others. Each part has one row more: the
    // room with the name at which the page begins may be left out.
    const part = "folded >= :begins AND folded >= :after AND folded < :end ORDER BY folded";
    this.#list = db.prepare(
      `${selectListings(":account")}
       WHERE r.id IN (
         SELECT id FROM (
           SELECT id FROM rooms INDEXED BY listed_rooms
           WHERE kind = 'public' AND archived_at IS NULL AND deleted_at IS NULL AND ${part}
           LIMIT :limit + 1
         ) UNION ALL SELECT room FROM (
           SELECT room FROM members WHERE account = :account
             AND EXISTS (
               SELECT 1 FROM rooms q
               WHERE q.id = room AND q.archived_at IS NULL AND q.people IS NULL
             )
             AND ${part} LIMIT :limit + 1
         )
       ) AND (r.folded > :after OR r.kind > :kind)
       ORDER BY r.folded, r.kind LIMIT :limit`,
    );
    const texts = (parameter: string) => `SELECT value FROM json_each(${parameter})`;
    this.#at = db.prepare(selectRoomsAt(":account", texts(":names"), texts(":ids")));
    this.#read = db.prepare("SELECT read FROM members WHERE room = ? AND account = ?");
    this.#readState = db.prepare(
      `SELECT ${readStateUpTo(":upTo")} FROM members m JOIN rooms r ON r.id = m.room
       WHERE m.room = :room AND m.account = :account`,
    );
    this.#markRead = db.prepare(MARK_READ);
    this.#markUnread = db.prepare(
      "UPDATE members SET read = ? WHERE room = ? AND account = ? AND read > ?",
    );
    this.#setLevel = db.prepare("UPDATE members SET level = ? WHERE room = ? AND account = ?");
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
      if (this.#isTaken(name, creator, at)) return null;
      const names = [encodeText(name), encodeFolded(name)] as const;
      const row = this.#create.get(kind, ...names, title, at, creator, creator);
      const id = int(row ?? {}, "id");
      if (creator !== null) this.#addMember.run({ room: id, account: creator, at });
      return this.get(id);
    });
  }

  /** @throws {Error} If there is no such room: ids come from the store and stay valid. */
  get(id: number): RoomRecord {
    const row = this.#byId.get(id);
    if (row === undefined) throw new Error(`Cannot read room: there is none with id ${id}`);
    return toRoom(row);
  }

  find(name: string, viewer: number | null): RoomRecord | null {
    const folded = encodeFolded(name);
    return roomOrNull(
      this.#ownByName.get(viewer, folded) ?? this.#publicByName.get(folded) ??
        this.#hadName.get({ folded, viewer }),
    );
  }

  /** Whether an account may not give a name to a room, as `createRoom` specifies. */
  #isTaken(name: string, account: number | null, at: number, room = 0): boolean {
    const folded = encodeFolded(name);
    const holders = [this.#ownByName.get(account, folded), this.#publicByName.get(folded)];
    if (holders.some((row) => row !== undefined && int(row, "id") !== room)) return true;
    const since = at - NAME_RESERVED_MS;
    return this.#reserved.get({ folded, viewer: account, since, room }) !== undefined;
  }

  /**
   * Changes a room, within the current transaction.
   *
   * @returns `room_exists` if it cannot have the name.
   */
  change(
    { room, account, at }: { readonly room: number; readonly account: number; readonly at: number },
    change: RoomChange,
  ): "room_exists" | null {
    const before = this.get(room);
    const after = { ...before, ...change };
    const renames = encodeFolded(after.name) !== encodeFolded(before.name);
    const opens = after.kind === "public" && before.kind !== "public";
    if ((renames || opens) && this.#isTaken(after.name, account, at, room)) return "room_exists";
    const folded = encodeFolded(after.name);
    const names = before.people !== null && change.name !== undefined;
    if (renames) this.#keepName.run({ room, at });
    if (names) this.#keepLevels.run(room);
    this.#change.run({
      ...{ room, at, folded, kind: after.kind, slow: after.slowMs },
      name: encodeText(after.name),
      title: after.title ? encodeText(after.title) : null,
      archived: after.archived ? 1 : 0,
      locked: after.locked ? 1 : 0,
      threads: after.threads ? 1 : 0,
      retention: after.retentionDays,
      ...{ mayPost: after.mayPost, mayInvite: after.mayInvite, mayPin: after.mayPin },
      previews: after.previews ? 1 : 0,
      names: names ? 1 : 0,
      account,
    });
    if (!renames) return null;
    this.#forgetName.run(room, folded);
    this.#unnameMembers.run(room);
    // A member who is in another room of the name finds that one by it, as before.
    this.#nameMembers.run({ room, folded });
    return null;
  }

  delete(room: number, at: number): Revoked | null {
    return this.#transaction(() => {
      if (this.get(room).deleted) return null;
      const bots = this.#hookBots.all(room).map((row) => toAccount(row));
      for (const part of this.#deleteParts) part.run(room);
      this.#delete.run(at, room);
      return { bots };
    });
  }

  byPublicId(publicId: string): RoomRecord | null {
    return roomOrNull(this.#byPublicId.get(encodeText(publicId)));
  }

  allByPublicId(publicIds: readonly string[]): readonly RoomRecord[] {
    return this.#allByPublicId.all(encodeTexts(publicIds)).map(toRoom);
  }

  readStates(rooms: readonly number[], account: number): ReadonlyMap<number, ReadState> {
    return new Map(
      this.#readStates.all(JSON.stringify(rooms), account)
        .map((row) => [int(row, "id"), toReadState(row)]),
    );
  }

  endedConversation(viewer: number, name: string): RoomRecord | null {
    return roomOrNull(this.#ended.get({ viewer, name: encodeText(name) }));
  }

  direct(one: Account, other: Account, at: number): RoomRecord {
    const low = Math.min(one.id, other.id);
    const high = Math.max(one.id, other.id);
    const existing = roomOrNull(this.#byPair.get(low, high));
    return existing ?? this.#transaction(() => {
      const id = int(this.#createDirect.get(low, high, at) ?? {}, "id");
      this.#addMember.run({ room: id, account: low, at });
      this.#addMember.run({ room: id, account: high, at });
      return this.get(id);
    });
  }

  findConversation(people: readonly number[], account: number): RoomRecord | null {
    // The viewer comes first in the statement.
    const found = this.#conversation.get(account, peopleKey(people));
    return found === undefined ? null : this.get(int(found, "id"));
  }

  conversation({ name, people, creator, at }: NewConversation) {
    return this.#transaction(() => {
      const found = this.findConversation(people, creator);
      if (found !== null) return { room: found, isNew: false };
      const names = [encodeText(name), encodeFolded(name)] as const;
      const id = int(this.#createConversation.get(...names, at, peopleKey(people)) ?? {}, "id");
      this.#addMember.run({ room: id, account: creator, at });
      return { room: this.get(id), isNew: true };
    });
  }

  addPerson(room: number, account: number): boolean {
    return this.#addPerson.run({ room, account }).changes === 1;
  }

  addMember(room: number, account: number, at: number): "added" | "member" | "conflict" {
    if (this.#addMember.run({ room, account, at }).changes === 1) return "added";
    return this.#read.get(room, account) === undefined ? "conflict" : "member";
  }

  removeMember(room: number, account: number, expulsion?: Expulsion): boolean {
    return this.#transaction(() => {
      const wasMember = this.#removeMember.run(room, account).changes === 1;
      if (wasMember && expulsion !== undefined) {
        this.#endExpulsion.run(expulsion.at);
        this.#expel.run(room, account, expulsion.until);
      }
      return wasMember;
    });
  }

  expelledUntil(room: number, account: number, at: number): number | null {
    const row = this.#expulsion.get(room, account, at);
    return row === undefined ? null : int(row, "until");
  }

  membersOf(room: number, { after, limit }: IdPage = ALL): readonly Account[] {
    return this.#members.all(room, after, limit).map((row) => toAccount(row));
  }

  roomsOf(account: number, limit = Number.MAX_SAFE_INTEGER): readonly Membership[] {
    return this.#ofAccount.all({ account, limit }).map(toMembership);
  }

  membershipsOf(account: number, after: string | null, limit: number): readonly Membership[] {
    return this.#memberships.all({ account, after, limit }).map(toMembership);
  }

  conversationsOf(account: number): ReadonlyMap<number, number> {
    return new Map(
      this.#conversations.all(account).map((row) => [int(row, "id"), int(row, "seq")]),
    );
  }

  list(account: number, page: RoomPage): readonly Listing[] {
    return this.#list.all({ account, ...bindPage(page), kind: kindBefore(page) }).map(toListing);
  }

  at(account: number, { names, publicIds }: RoomAddresses): readonly Listing[] {
    const rows = this.#at.all({ account, names: encodeTexts(names), ids: encodeTexts(publicIds) });
    return rows.map(toListing);
  }

  readState(room: number, account: number, upTo: number): ReadState {
    const row = this.#readState.get({ room, account, upTo });
    return row === undefined ? NOTHING_READ : toReadState(row);
  }

  /** The `seq` up to which a member has read; `null` if the account is no member. */
  markOfMember(room: number, account: number): number | null {
    const row = this.#read.get(room, account);
    return row === undefined ? null : int(row, "read");
  }

  markRead(room: number, account: number, seq: number): number {
    this.#markRead.run({ room, account, seq });
    return this.markOfMember(room, account) ?? 0;
  }

  markUnread(room: number, account: number, seq: number): number {
    this.#markUnread.run(seq - 1, room, account, seq - 1);
    return this.markOfMember(room, account) ?? 0;
  }

  setLevel(room: number, account: number, level: Level): void {
    this.#setLevel.run(level, room, account);
  }
}

function roomOrNull(row: Row | undefined): RoomRecord | null {
  return row === undefined ? null : toRoom(row);
}
