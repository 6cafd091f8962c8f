/**
 * The names of rooms: who has one, who had it, and what a change of a room does to it. The
 * statements are for every backend; `:x` and `$n` are the parameters of each.
 *
 * @module
 */

/** For how long, in ms, no other room can take a name that a room has given up. */
export const NAME_RESERVED_MS = 30 * 86_400_000;

/**
 * The numbers of the rooms that had a name, as far as an account may know it: it is in the room, or
 * the room is public and was so under that name. The last one to have it comes first.
 *
 * @param folded The parameter for the folded name.
 * @param viewer The parameter for the account, which may be null.
 * @param since The parameter for the time since which the room must have had it.
 */
export function roomsThatHad(folded: string, viewer: string, since = "0"): string {
  return `SELECT n.room FROM room_names n JOIN rooms o ON o.id = n.room
    LEFT JOIN members m ON m.room = n.room AND m.account = ${viewer}
    WHERE n.folded = ${folded} AND n.at > ${since}
      AND (m.account IS NOT NULL OR n.is_public AND o.kind = 'public')
    ORDER BY m.account IS NULL, n.at DESC`;
}

/**
 * The stored name by which a member finds a room, if the member is in another room of the name that
 * this one takes: none that can be typed. The member finds the room by its id.
 */
export function withoutName(room: string): string {
  return `'~' || ${room}`;
}
