/**
 * From the rows of a database to what the store says of people: see `rows.ts`.
 *
 * @module
 */
import type {
  Ban,
  InviteRecord,
  ModerationEntry,
  PasskeyRecord,
  PushTarget,
  SessionRecord,
  Ticket,
} from "./people.ts";
import { LEVELS } from "../protocol.ts";
import {
  accountColumns,
  bytes,
  int,
  intOrNull,
  LEVEL,
  oneOf,
  type Row,
  storedText,
  text,
  textOrNull,
  texts,
  toAccount,
  toAccountOrNull,
} from "./rows.ts";

const INVITE_ROLES: readonly InviteRecord["role"][] = ["owner", "member"];
const TICKET_KINDS: readonly Ticket["kind"][] = [
  "passkey_registration",
  "passkey_sign_in",
  "device",
];

/** Sessions as `s`, and whose they are as `a`. */
export const SELECT_SESSIONS = `SELECT s.id AS session, s.label, s.created_at, s.seen_at, ${
  accountColumns("a")
}
   FROM sessions s JOIN accounts a ON a.id = s.account`;

/** Reads a row of `SELECT_SESSIONS`. */
export function toSession(row: Row): SessionRecord {
  return {
    id: int(row, "session"),
    account: toAccount(row),
    label: text(row, "label"),
    createdAt: int(row, "created_at"),
    seenAt: int(row, "seen_at"),
  };
}

/** Invitations as `i`, and who made them as `a`. */
export const SELECT_INVITES = `SELECT i.id AS invite, i.role AS invite_role, i.room, i.created_at,
     i.expires_at, i.uses_left, ${accountColumns("a")}
   FROM invites i LEFT JOIN accounts a ON a.id = i.creator`;

/** Reads a row of `SELECT_INVITES`. */
export function toInvite(row: Row): InviteRecord {
  return {
    id: int(row, "invite"),
    role: oneOf(INVITE_ROLES, row, "invite_role"),
    room: intOrNull(row, "room"),
    creator: toAccountOrNull(row),
    createdAt: int(row, "created_at"),
    expiresAt: intOrNull(row, "expires_at"),
    usesLeft: intOrNull(row, "uses_left"),
  };
}

/** Passkeys as `p`, and whose they are as `a`. */
export const SELECT_PASSKEYS =
  `SELECT p.id AS passkey, p.public_key, p.counter, p.transports, p.label, p.created_at,
     ${accountColumns("a")}
   FROM passkeys p JOIN accounts a ON a.id = p.account`;

/** Reads a row of `SELECT_PASSKEYS`. */
export function toPasskey(row: Row): PasskeyRecord {
  return {
    id: storedText(row, "passkey"),
    account: toAccount(row),
    publicKey: bytes(row, "public_key"),
    counter: int(row, "counter"),
    transports: texts(row, "transports"),
    label: text(row, "label"),
    createdAt: int(row, "created_at"),
  };
}

/** Reads a row of all columns of `tickets`. */
export function toTicket(row: Row): Ticket {
  return {
    hash: storedText(row, "hash"),
    kind: oneOf(TICKET_KINDS, row, "kind"),
    account: intOrNull(row, "account"),
    data: text(row, "data"),
    expiresAt: int(row, "expires_at"),
  };
}

/** Bans as `b`, and who is banned as `a`; the last first. */
export const SELECT_BANS = `SELECT b.address, b.reason, b.at, ${accountColumns("a")}
   FROM bans b LEFT JOIN accounts a ON a.id = b.account ORDER BY b.id DESC`;

/** Reads a row of `SELECT_BANS`. */
export function toBan(row: Row): Ban {
  return {
    account: toAccountOrNull(row),
    address: textOrNull(row, "address"),
    reason: text(row, "reason"),
    at: int(row, "at"),
  };
}

/** Who blocks whom, in the order of their numbers. */
export const SELECT_BLOCKS = `SELECT ${accountColumns("a", "account_")}, ${
  accountColumns("o", "other_")
}
   FROM blocks b JOIN accounts a ON a.id = b.account JOIN accounts o ON o.id = b.other
   ORDER BY b.account, b.other`;

/** Reads a row of all columns of `moderation`. */
export function toEntry(row: Row): ModerationEntry {
  return {
    id: int(row, "id"),
    at: int(row, "at"),
    by: text(row, "by"),
    action: text(row, "action"),
    subject: textOrNull(row, "subject"),
    room: textOrNull(row, "room"),
    detail: textOrNull(row, "detail"),
  };
}

/** The devices `p` of a room's members; `WHERE r.id =` chooses the room. */
export const SELECT_PUSH_TARGETS = `SELECT ${
  accountColumns("a")
}, p.endpoint, p.p256dh, p.auth, m.read, ${LEVEL}
   FROM rooms r JOIN members m ON m.room = r.id
   JOIN pushes p ON p.account = m.account
   JOIN accounts a ON a.id = m.account`;

/** Reads a row of `SELECT_PUSH_TARGETS`. */
export function toPushTarget(row: Row): PushTarget {
  return {
    account: toAccount(row),
    endpoint: text(row, "endpoint"),
    p256dh: text(row, "p256dh"),
    auth: text(row, "auth"),
    level: oneOf(LEVELS, row, "level"),
    read: int(row, "read"),
  };
}
