/**
 * Rooms as a list shows them to an account. The statements are for every backend.
 *
 * @module
 */
import type { Listing } from "../records.ts";
import { flag, int, ROOM_COLUMNS, ROOM_PAIR, type Row, toRoom } from "./rows.ts";

/** Selects rooms `r` for `toListing`, and the membership `m` of an account in each. */
export function selectListings(account: string): string {
  return `SELECT ${ROOM_COLUMNS}, r.members, m.account IS NOT NULL AS joined
    FROM rooms r LEFT JOIN members m ON m.room = r.id AND m.account = ${account} ${ROOM_PAIR}`;
}

/**
 * Selects the rooms with some names or ids that an account may see.
 *
 * @param account The parameter for the account.
 * @param names A subquery for the folded names.
 * @param publicIds A subquery for the ids.
 */
export function selectRoomsAt(account: string, names: string, publicIds: string): string {
  return `${selectListings(account)}
    WHERE r.id IN (
      SELECT id FROM rooms WHERE public_id IN (${publicIds})
      UNION ALL SELECT id FROM rooms WHERE kind = 'public' AND folded IN (${names})
      UNION ALL SELECT room FROM members WHERE account = ${account} AND folded IN (${names})
    ) AND r.deleted_at IS NULL AND (r.kind = 'public' OR m.account IS NOT NULL)
    ORDER BY r.folded, r.kind`;
}

/** Reads a row of `selectListings`. */
export function toListing(row: Row): Listing {
  return { room: toRoom(row), members: int(row, "members"), joined: flag(row, "joined") };
}
