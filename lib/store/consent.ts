/**
 * The part of `Store` for consent (a user is asked before another one adds them to a room), for
 * rooms that no user can reach, and for per-user limits. The contract of `store.ts` holds here too.
 * The statements are the same for every backend.
 *
 * @module
 */
import {
  accountColumns,
  ROOM_COLUMNS,
  ROOM_PAIR,
  type Row,
  toAccount,
  toRoom,
} from "./sql/rows.ts";
import type { Account, RoomRecord } from "./records.ts";

/** An invitation to a room that waits for the user's answer. */
export interface Invitation {
  readonly room: RoomRecord;
  /** The member who wants to add the user. */
  readonly by: Account;
}

/** What an invitation is created with. */
export interface NewInvitation {
  readonly room: number;
  readonly account: number;
  readonly inviter: number;
  readonly at: number;
}

/** What a limit per user counts. */
export type Held =
  | "rooms"
  | "memberships"
  | "blocks"
  | "invitations"
  | "links"
  | "saved"
  | "scheduled"
  | "reminders";

/** Consent, rooms without members, and counts. */
export interface ConsentStore {
  /**
   * Stores an invitation until the user answers it. It ends with the inviter's membership, a ban of
   * the inviter, and a block of the inviter by the user.
   *
   * @returns `false` if there is one already: the first one stays.
   */
  addInvitation(invitation: NewInvitation): Promise<boolean>;
  /** The invitations of a user that wait for an answer, the oldest first. */
  invitationsOf(account: number): Promise<readonly Invitation[]>;
  /** Deletes an invitation. @returns `false` if there is none. */
  takeInvitation(room: number, account: number): Promise<boolean>;
  /** Whether a user has an invitation to a room. */
  isInvited(room: number, account: number): Promise<boolean>;
  /**
   * Whether two users know each other: they share a room that is not among `except`, or each has
   * written to the other.
   */
  areAcquainted(one: number, other: number, except: readonly [number, number]): Promise<boolean>;
  /** Whether two users have a direct conversation, even an empty one. */
  hasConversation(one: number, other: number): Promise<boolean>;
  /**
   * The private rooms that no user can enter: all of their members, if any, are banned. Without
   * conversations, which are nobody else's.
   */
  abandonedRooms(): Promise<readonly RoomRecord[]>;
  /** How much of something a user holds, counted up to `limit`. */
  held(what: Held, account: number, limit: number): Promise<number>;
  /** How many bytes the files of a user have. */
  fileBytesOf(account: number): Promise<number>;
}

/** How many of the newest events of a conversation are searched for an answer. */
const LOOKED_AT = 1_000;

/** The statements, with `$1` and so on for their parameters. */
export const CONSENT = {
  add: `INSERT INTO invitations (room, account, inviter, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING RETURNING room`,
  of: `SELECT ${ROOM_COLUMNS}, ${accountColumns("b", "by_")}
    FROM invitations i JOIN rooms r ON r.id = i.room JOIN accounts b ON b.id = i.inviter
    ${ROOM_PAIR} WHERE i.account = $1 ORDER BY i.at, i.room`,
  take: "DELETE FROM invitations WHERE room = $1 AND account = $2 RETURNING room",
  isInvited: "SELECT 1 AS found FROM invitations WHERE room = $1 AND account = $2",
  share: `SELECT 1 AS found FROM members x JOIN members y ON y.room = x.room AND y.account = $2
    WHERE x.account = $1 AND x.folded IS NOT NULL AND x.room NOT IN ($3, $4) LIMIT 1`,
  conversation: "SELECT id FROM rooms WHERE kind = 'direct' AND low = $1 AND high = $2",
  wrote: `SELECT 1 AS found FROM events e
    WHERE e.room = $1 AND e.kind = 'message' AND e.sender = $2
      AND e.seq > (SELECT r.seq - ${LOOKED_AT} FROM rooms r WHERE r.id = $1) LIMIT 1`,
  abandoned: `SELECT ${ROOM_COLUMNS} FROM rooms r ${ROOM_PAIR} WHERE r.id IN (
      SELECT id FROM rooms WHERE kind = 'private' AND members = 0 AND deleted_at IS NULL
        AND people IS NULL
      UNION
      SELECT m.room FROM bans b CROSS JOIN members m CROSS JOIN rooms q
      WHERE m.account = b.account AND q.id = m.room AND q.kind = 'private' AND q.people IS NULL
        AND NOT EXISTS (
        SELECT 1 FROM members n WHERE n.room = m.room
          AND n.account NOT IN (SELECT c.account FROM bans c WHERE c.account IS NOT NULL)
      )
    ) ORDER BY r.id`,
  fileBytes: "SELECT file_bytes AS count FROM accounts WHERE id = $1",
} as const;

const HELD: Readonly<Record<Held, string>> = {
  rooms: "SELECT 1 FROM rooms WHERE creator = $1",
  memberships: "SELECT 1 FROM members WHERE account = $1 AND folded IS NOT NULL",
  blocks: "SELECT 1 FROM blocks WHERE account = $1",
  invitations: "SELECT 1 FROM invitations WHERE account = $1",
  links: "SELECT 1 FROM invites WHERE creator = $1",
  saved: "SELECT 1 FROM saved WHERE account = $1",
  scheduled: "SELECT 1 FROM scheduled WHERE account = $1",
  reminders: "SELECT 1 FROM reminders WHERE account = $1",
};

/** Counts what a user, `$1`, holds, up to `$2`. */
export function countHeld(what: Held): string {
  return `SELECT count(*) AS count FROM (${HELD[what]} LIMIT $2) AS held`;
}

/** Reads a row of `CONSENT.of`. */
export function toInvitation(row: Row): Invitation {
  return { room: toRoom(row), by: toAccount(row, "by_") };
}
