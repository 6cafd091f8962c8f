/**
 * What a member has not read: in SQL that every backend understands. Counting ends at a bound, and
 * so does looking: its cost does not grow with what a member left unread.
 *
 * @module
 */
import type { Membership, ReadState } from "../records.ts";
import { UNREAD_LIMIT, UNREAD_SEARCHED } from "../store.ts";
import { int, type Row, toRoom, toRoomPrefs } from "./rows.ts";

/** The columns for `toReadState`, of a member `m` of a room `r`. */
export const READ_STATE = readStateUpTo("r.seq");

/** As `READ_STATE`, without what comes after a `seq`. @param end That `seq`, in SQL. */
export function readStateUpTo(end: string): string {
  return `m.read, ${end} AS counted, (
    SELECT count(*) FROM (
      SELECT 1 FROM events e
      WHERE e.room = r.id AND e.kind = 'message' AND e.sender <> m.account AND NOT e.deleted
        AND (e.thread IS NULL OR e.state)
        AND e.seq > CASE WHEN m.read > r.seq - ${UNREAD_SEARCHED}
          THEN m.read ELSE r.seq - ${UNREAD_SEARCHED} END
        AND e.seq <= ${end}
      LIMIT ${UNREAD_LIMIT}
    ) AS unseen
  ) AS unread, (
    SELECT count(*) FROM (
      SELECT 1 FROM mentions n
      WHERE n.account = m.account AND n.room = r.id AND n.seq > m.read AND n.seq <= ${end}
      UNION ALL
      SELECT 1 FROM mentions n JOIN events e ON e.room = n.room AND e.seq = n.seq
      WHERE n.account = 0 AND n.room = r.id AND n.seq > m.read AND n.seq <= ${end}
        AND e.sender <> m.account
        AND NOT EXISTS (
          SELECT 1 FROM mentions own
          WHERE own.account = m.account AND own.room = n.room AND own.seq = n.seq
        )
      LIMIT ${UNREAD_LIMIT}
    ) AS named
  ) AS mentions`;
}

/** The read state of a user who is not a member. */
export const NOTHING_READ: ReadState = { read: 0, unread: 0, mentions: 0, counted: 0 };

/** Reads `READ_STATE`. */
export function toReadState(row: Row): ReadState {
  return {
    read: int(row, "read"),
    unread: int(row, "unread"),
    mentions: int(row, "mentions"),
    counted: int(row, "counted"),
  };
}

/** Reads a member's room, with the columns of a room, `READ_STATE` and `ROOM_PREFS`. */
export function toMembership(row: Row): Membership {
  return { room: toRoom(row), ...toReadState(row), ...toRoomPrefs(row) };
}
