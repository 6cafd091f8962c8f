import { type Level } from "../../protocol/frames.ts";
import {
  accountColumns,
  flag,
  int,
  ROOM_COLUMNS,
  ROOM_PAIR,
  ROOM_PREFS,
  type Row,
  toAccount,
  toRoom,
} from "../sql/rows.ts";
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
import { SharedStatement } from "./shared_statement.ts";
import {
  NOTHING_READ,
  READ_STATE,
  readStateUpTo,
  toMembership,
  toReadState,
} from "../sql/read_state.ts";
import { EVENTS_A_STEP } from "../departures.ts";
import type { Revoked } from "../people.ts";
import { NAME_RESERVED_MS, roomsThatHad } from "../sql/room_names.ts";
import { encodeFolded, encodeText, encodeTexts } from "../sql/text.ts";
import type { Expulsion } from "../store.ts";
import { arrayOf, type Database, isTaken } from "./database.ts";

const SELECT = `SELECT ${ROOM_COLUMNS} FROM rooms r ${ROOM_PAIR}`;

const CREATE = `WITH made AS (
    INSERT INTO rooms (kind, name, folded, title, created_at, creator, host)
    SELECT $1, $2, $3, $4, $5, $6, $6
    WHERE NOT EXISTS (SELECT 1 FROM rooms WHERE kind = 'public' AND folded = $3)
      AND NOT EXISTS (SELECT 1 FROM members WHERE account = $6 AND folded = $3)
      AND NOT EXISTS (${roomsThatHad("$3", "$6", `$5::bigint - ${NAME_RESERVED_MS}`)})
    ON CONFLICT DO NOTHING RETURNING id
  ), joined AS (
    INSERT INTO members (room, account, folded, joined_at)
    SELECT id, $6, $3, $5 FROM made WHERE $6::bigint IS NOT NULL
  )
  SELECT id FROM made`;

const CREATE_DIRECT = `WITH made AS (
    INSERT INTO rooms (kind, name, low, high, created_at) VALUES ('direct', '', $1, $2, $3)
    ON CONFLICT DO NOTHING RETURNING id, low, high
  )
  INSERT INTO members (room, account, joined_at)
  SELECT id, low, $3 FROM made UNION SELECT id, high, $3 FROM made`;

const FIND = `${SELECT} WHERE r.id = coalesce(
    (SELECT room FROM members WHERE account = $2 AND folded = $1),
    (SELECT id FROM rooms WHERE kind = 'public' AND folded = $1),
    (${roomsThatHad("$1", "$2")} LIMIT 1)
  )`;

const ENDED = `${SELECT} JOIN members m ON m.room = r.id AND m.account = $1
  WHERE r.kind = 'direct' AND (
    low.name = $2 AND low.folded IS NULL OR high.name = $2 AND high.folded IS NULL
  ) ORDER BY r.id DESC LIMIT 1`;

const ADD_PERSON = `UPDATE rooms SET people = (
    SELECT string_agg(p.id::text, ',' ORDER BY p.id) FROM (
      SELECT unnest(string_to_array(people, ',')::bigint[]) AS id UNION SELECT $2::bigint
    ) AS p
  ) WHERE id = $1 AND people IS NOT NULL AND (
    cardinality(string_to_array(people, ',')) < ${MOST_PEOPLE}
    OR $2::bigint = ANY (string_to_array(people, ',')::bigint[])
  ) RETURNING id`;

/** In the order of the rooms, whose rows it locks: two instances do not wait for each other. */
const ADD_MEMBERS = `INSERT INTO members (room, account, folded, joined_at)
  SELECT r.id, x.account, r.folded, x.at
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS x (room, account, at)
  JOIN rooms r ON r.id = x.room ORDER BY r.id ON CONFLICT DO NOTHING RETURNING room, account`;

/** One statement cannot change a row twice: what has ended goes, except the account's own record. */
const EXPEL = `WITH gone AS (
    DELETE FROM members WHERE room = $1 AND account = $2 RETURNING room, account
  ), ended AS (
    DELETE FROM expulsions WHERE until <= $4 AND (room, account) <> ($1, $2)
  ), kept AS (
    INSERT INTO expulsions (room, account, until) SELECT room, account, $3 FROM gone
    ON CONFLICT (room, account) DO UPDATE SET until = excluded.until
  )
  SELECT room FROM gone`;

const OF_ACCOUNT = `WITH recent AS (
    SELECT q.id, e.id AS event, greatest(n.joined_at, coalesce(e.at, 0)) AS at
    FROM members n JOIN rooms q ON q.id = n.room
    LEFT JOIN events e ON e.room = q.id AND e.seq = q.seq
    WHERE n.account = $1 AND (q.kind <> 'direct' OR q.seq > 0)
    ORDER BY at DESC, event DESC NULLS LAST, q.id DESC LIMIT $2::bigint
  )
  SELECT ${ROOM_COLUMNS}, ${READ_STATE}, ${ROOM_PREFS}
  FROM recent JOIN members m ON m.room = recent.id AND m.account = $1
  JOIN rooms r ON r.id = recent.id ${ROOM_PAIR}
  ORDER BY recent.at DESC, recent.event DESC NULLS LAST, r.id DESC`;

const MEMBERSHIPS = `WITH page AS (
    SELECT q.id FROM members n JOIN rooms q ON q.id = n.room
    WHERE n.account = $1 AND (q.kind <> 'direct' OR q.seq > 0)
      AND n.room > coalesce((SELECT id FROM rooms WHERE public_id = $2), 0)
    ORDER BY q.id LIMIT $3::bigint
  )
  SELECT ${ROOM_COLUMNS}, ${READ_STATE}, ${ROOM_PREFS}
  FROM page JOIN members m ON m.room = page.id AND m.account = $1
  JOIN rooms r ON r.id = page.id ${ROOM_PAIR}
  ORDER BY r.id`;

const CONVERSATIONS = `SELECT r.id, r.seq FROM members m JOIN rooms r ON r.id = m.room
  WHERE m.account = $1 AND r.kind = 'direct' AND r.seq > 0`;

const IN_PAGE = "folded >= $2 AND folded >= $3 AND folded < $4";

// Each part has one row more: the room with the name at which the page begins may be left out.
const LIST = `${selectListings("$1")}
  WHERE r.id IN (
    (
      SELECT id FROM rooms WHERE kind = 'public' AND archived_at IS NULL AND deleted_at IS NULL
        AND ${IN_PAGE} ORDER BY folded LIMIT $6::int + 1
    ) UNION ALL (
      SELECT room FROM members WHERE account = $1 AND ${IN_PAGE}
        AND EXISTS (
          SELECT 1 FROM rooms q
          WHERE q.id = room AND q.archived_at IS NULL AND q.people IS NULL
        )
      ORDER BY folded LIMIT $6::int + 1
    )
  ) AND (r.folded > $3 OR r.kind > $5)
  ORDER BY r.folded, r.kind LIMIT $6::int`;

const AT = selectRoomsAt("$1", textsIn("$2"), textsIn("$3"));

/** The texts of a parameter that is a list in JSON. */
function textsIn(parameter: string): string {
  return `SELECT jsonb_array_elements_text(${parameter}::text::jsonb)`;
}

const DELETE = `SELECT d.bot, ${accountColumns("a")}
  FROM delete_room($1, $2) d LEFT JOIN accounts a ON a.id = d.bot`;

const MARK_READ = `UPDATE members m SET read = least($3::bigint, r.seq) FROM rooms r
  WHERE r.id = $1 AND m.room = $1 AND m.account = $2 AND m.read < least($3::bigint, r.seq)`;

interface NewMember {
  readonly room: number;
  readonly account: number;
  readonly at: number;
}

/** Rooms, members and read marks. */
export class PostgresRooms {
  readonly #db: Database;
  readonly #additions = new SharedStatement((members: readonly NewMember[]) =>
    this.#addMembers(members)
  );

  constructor(db: Database) {
    this.#db = db;
  }

  async create(
    room: {
      name: string;
      kind: "public" | "private";
      title: string | null;
      creator: number | null;
      at: number;
    },
  ): Promise<RoomRecord | null> {
    const { name, kind, creator, at } = room;
    const title = room.title === null ? null : encodeText(room.title);
    const values = [kind, encodeText(name), encodeFolded(name), title, at, creator];
    try {
      const [row] = await this.#db.run(CREATE, values);
      return row === undefined ? null : await this.get(int(row, "id"));
    } catch (error) {
      // The creator joined another room with that name concurrently.
      if (isTaken(error)) return null;
      throw error;
    }
  }

  /** @throws {Error} If there is no such room: ids come from the store and stay valid. */
  async get(id: number): Promise<RoomRecord> {
    const [row] = await this.#db.run(`${SELECT} WHERE r.id = $1`, [id]);
    if (row === undefined) throw new Error(`Cannot read room: there is none with id ${id}`);
    return toRoom(row);
  }

  /** The rooms with these ids, by id. */
  async getAll(ids: Iterable<number>): Promise<ReadonlyMap<number, RoomRecord>> {
    const rows = await this.#db.run(`${SELECT} WHERE r.id = ANY ($1::bigint[])`, [
      arrayOf([...ids]),
    ]);
    return new Map(rows.map((row) => [int(row, "id"), toRoom(row)]));
  }

  async find(name: string, viewer: number): Promise<RoomRecord | null> {
    return roomOrNull(await this.#db.run(FIND, [encodeFolded(name), viewer]));
  }

  async byPublicId(publicId: string): Promise<RoomRecord | null> {
    return roomOrNull(
      await this.#db.run(`${SELECT} WHERE r.public_id = $1 AND r.deleted_at IS NULL`, [
        encodeText(publicId),
      ]),
    );
  }

  async allByPublicId(publicIds: readonly string[]): Promise<readonly RoomRecord[]> {
    const rows = await this.#db.run(
      `${SELECT} WHERE r.public_id IN (${textsIn("$1")})
         AND r.deleted_at IS NULL`,
      [encodeTexts(publicIds)],
    );
    return rows.map(toRoom);
  }

  async readStates(
    rooms: readonly number[],
    account: number,
  ): Promise<ReadonlyMap<number, ReadState>> {
    const rows = await this.#db.run(
      `SELECT r.id, ${READ_STATE} FROM members m JOIN rooms r ON r.id = m.room
       WHERE m.room = ANY ($1::bigint[]) AND m.account = $2`,
      [arrayOf([...rooms]), account],
    );
    return new Map(rows.map((row) => [int(row, "id"), toReadState(row)]));
  }

  async endedConversation(viewer: number, name: string): Promise<RoomRecord | null> {
    return roomOrNull(await this.#db.run(ENDED, [viewer, encodeText(name)]));
  }

  async direct(one: Account, other: Account, at: number): Promise<RoomRecord> {
    const [low, high] = [Math.min(one.id, other.id), Math.max(one.id, other.id)];
    const found = await this.#ofPair(low, high);
    if (found !== null) return found;
    await this.#db.run(CREATE_DIRECT, [low, high, at]);
    const made = await this.#ofPair(low, high);
    if (made === null) throw new Error(`Cannot make conversation: of ${low} and ${high}`);
    return made;
  }

  async #ofPair(low: number, high: number): Promise<RoomRecord | null> {
    return roomOrNull(
      await this.#db.run(`${SELECT} WHERE r.kind = 'direct' AND r.low = $1 AND r.high = $2`, [
        ...[low, high],
      ]),
    );
  }

  async findConversation(people: readonly number[], account: number): Promise<RoomRecord | null> {
    const [row] = await this.#db.run(selectConversation("$1", "$2"), [peopleKey(people), account]);
    return row === undefined ? null : await this.get(int(row, "id"));
  }

  async conversation({ name, people, creator, at }: NewConversation) {
    const [row] = await this.#db.run(
      "SELECT room AS id, is_new FROM conversation_of($1, $2, $3, $4, $5)",
      [peopleKey(people), creator, encodeText(name), encodeFolded(name), at],
    );
    const made = row ?? {};
    return { room: await this.get(int(made, "id")), isNew: flag(made, "is_new") };
  }

  async addPerson(room: number, account: number): Promise<boolean> {
    return (await this.#db.run(ADD_PERSON, [room, account])).length === 1;
  }

  async addMember(
    room: number,
    account: number,
    at: number,
  ): Promise<"added" | "member" | "conflict"> {
    if (await this.#additions.call({ room, account, at })) return "added";
    return await this.#markOf(room, account) === null ? "conflict" : "member";
  }

  /** Adds members who are none yet. @returns For each of them whether it was added. */
  async #addMembers(members: readonly NewMember[]): Promise<readonly boolean[]> {
    const columns = [
      members.map(({ room }) => room),
      members.map(({ account }) => account),
      members.map(({ at }) => at),
    ];
    const rows = await this.#db.run(ADD_MEMBERS, columns.map(arrayOf));
    const added = new Set(rows.map((row) => `${int(row, "room")} ${int(row, "account")}`));
    // Of two calls for the same member, one adds it.
    return members.map(({ room, account }) => added.delete(`${room} ${account}`));
  }

  async removeMember(room: number, account: number, expulsion?: Expulsion): Promise<boolean> {
    if (expulsion === undefined) {
      const rows = await this.#db.run(
        "DELETE FROM members WHERE room = $1 AND account = $2 RETURNING room",
        [room, account],
      );
      return rows.length === 1;
    }
    const { at, until } = expulsion;
    return (await this.#db.run(EXPEL, [room, account, until, at])).length === 1;
  }

  async expelledUntil(room: number, account: number, at: number): Promise<number | null> {
    const [row] = await this.#db.run(
      "SELECT until FROM expulsions WHERE room = $1 AND account = $2 AND until > $3",
      [room, account, at],
    );
    return row === undefined ? null : int(row, "until");
  }

  async membersOf(room: number, { after, limit }: IdPage = ALL): Promise<readonly Account[]> {
    const rows = await this.#db.run(
      `SELECT ${accountColumns("a")} FROM members m JOIN accounts a ON a.id = m.account
       WHERE m.room = $1 AND m.account > $2 ORDER BY m.account LIMIT $3`,
      [room, after, limit],
    );
    return rows.map((row) => toAccount(row));
  }

  async roomsOf(
    account: number,
    limit = Number.MAX_SAFE_INTEGER,
  ): Promise<readonly Membership[]> {
    return (await this.#db.run(OF_ACCOUNT, [account, limit])).map(toMembership);
  }

  async membershipsOf(
    account: number,
    after: string | null,
    limit: number,
  ): Promise<readonly Membership[]> {
    return (await this.#db.run(MEMBERSHIPS, [account, after, limit])).map(toMembership);
  }

  async conversationsOf(account: number): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#db.run(CONVERSATIONS, [account]);
    return new Map(rows.map((row) => [int(row, "id"), int(row, "seq")]));
  }

  async list(account: number, page: RoomPage): Promise<readonly Listing[]> {
    const { begins, after, end, limit } = bindPage(page);
    const values = [account, begins, after, end, kindBefore(page), limit];
    return (await this.#db.run(LIST, values)).map(toListing);
  }

  async at(account: number, { names, publicIds }: RoomAddresses): Promise<readonly Listing[]> {
    const values = [account, encodeTexts(names), encodeTexts(publicIds)];
    return (await this.#db.run(AT, values)).map(toListing);
  }

  async delete(room: number, at: number): Promise<Revoked | null> {
    const rows = await this.#db.run(DELETE, [room, at]);
    if (rows.length === 0) return null;
    return { bots: rows.filter(({ bot }) => bot !== null).map((row) => toAccount(row)) };
  }

  async sweep(): Promise<boolean> {
    const [row] = await this.#db.run("SELECT sweep_room($1) AS rooms", [EVENTS_A_STEP]);
    return int(row ?? {}, "rooms") > 0;
  }

  async readState(room: number, account: number, upTo: number): Promise<ReadState> {
    const [row] = await this.#db.run(
      `SELECT ${readStateUpTo("$3::bigint")} FROM members m JOIN rooms r ON r.id = m.room
       WHERE m.room = $1 AND m.account = $2`,
      [room, account, upTo],
    );
    return row === undefined ? NOTHING_READ : toReadState(row);
  }

  async markRead(room: number, account: number, seq: number): Promise<number> {
    await this.#db.run(MARK_READ, [room, account, seq]);
    return await this.#markOf(room, account) ?? 0;
  }

  async markUnread(room: number, account: number, seq: number): Promise<number> {
    await this.#db.run(
      "UPDATE members SET read = $3 WHERE room = $1 AND account = $2 AND read > $3",
      [room, account, seq - 1],
    );
    return await this.#markOf(room, account) ?? 0;
  }

  async setLevel(room: number, account: number, level: Level): Promise<void> {
    await this.#db.run("UPDATE members SET level = $3 WHERE room = $1 AND account = $2", [
      ...[room, account, level],
    ]);
  }

  async #markOf(room: number, account: number): Promise<number | null> {
    const [row] = await this.#db.run(
      "SELECT read FROM members WHERE room = $1 AND account = $2",
      [room, account],
    );
    return row === undefined ? null : int(row, "read");
  }
}

function roomOrNull([row]: readonly Row[]): RoomRecord | null {
  return row === undefined ? null : toRoom(row);
}
