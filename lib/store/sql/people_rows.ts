/** Converts rows to accounts, sessions and the like: see `rows.ts`. @module */
import type {
  AccountUse,
  Ban,
  InviteRecord,
  ModerationEntry,
  ModerationQuery,
  PasskeyRecord,
  PushSubscription,
  PushTarget,
  QuietChange,
  SessionRecord,
  Ticket,
} from "../people.ts";
import type { ProviderAccount, ProviderSession } from "../provider_accounts.ts";
import { LEVELS } from "../../protocol/limits.ts";
import type { Quiet } from "../../protocol/quiet.ts";
import {
  accountColumns,
  bytes,
  flag,
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
import { TICKET_KINDS } from "../people.ts";
import { parsePayload, toPayload } from "./payload.ts";
import { encodeText } from "./text.ts";

const INVITE_ROLES: readonly InviteRecord["role"][] = ["owner", "member"];
/** Sessions as `s`, and their accounts as `a`. */
export const SELECT_SESSIONS = `SELECT s.id AS session, s.label, s.created_at, s.seen_at,
     s.hash AS session_hash, coalesce(s.confirmed_at, s.created_at) AS confirmed_at, s.passkey,
     s.issuer, s.sid,
     ${accountColumns("a")}
   FROM sessions s JOIN accounts a ON a.id = s.account`;

/** Reads a row of `SELECT_SESSIONS`. */
export function toSession(row: Row): SessionRecord {
  return {
    id: int(row, "session"),
    account: toAccount(row),
    label: text(row, "label"),
    createdAt: int(row, "created_at"),
    seenAt: int(row, "seen_at"),
    hash: storedText(row, "session_hash"),
    confirmedAt: int(row, "confirmed_at"),
    passkey: row.passkey === null ? null : storedText(row, "passkey"),
    provider: row.issuer === null
      ? null
      : { issuer: text(row, "issuer"), sid: textOrNull(row, "sid") },
  };
}

/** What accounts `a` have. */
export const SELECT_USE = `SELECT a.id, a.file_bytes, a.password IS NOT NULL AS has_password,
     (SELECT max(s.seen_at) FROM sessions s WHERE s.account = a.id) AS seen_at,
     (SELECT count(*) FROM sessions s WHERE s.account = a.id) AS sessions,
     (SELECT count(*) FROM passkeys p WHERE p.account = a.id) AS passkeys
   FROM accounts a`;

/** Reads rows of `SELECT_USE`. */
export function toUse(rows: readonly Row[]): ReadonlyMap<number, AccountUse> {
  return new Map(rows.map((row) => [int(row, "id"), {
    seenAt: intOrNull(row, "seen_at"),
    sessions: int(row, "sessions"),
    passkeys: int(row, "passkeys"),
    hasPassword: flag(row, "has_password"),
    fileBytes: int(row, "file_bytes"),
  }]));
}

/** The values of the columns `issuer` and `sid` of a session. */
export function bindProvider(
  provider: ProviderSession | null,
): readonly [string | null, string | null] {
  if (provider === null) return [null, null];
  return [encodeText(provider.issuer), provider.sid === null ? null : encodeText(provider.sid)];
}

/** Reads a row of `provider_accounts`. */
export function toProviderAccount(row: Row): ProviderAccount {
  return { issuer: text(row, "issuer"), subject: text(row, "subject") };
}

/** Invitations as `i`, and their creators as `a`. */
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

/** Passkeys as `p`, and their accounts as `a`. */
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

/** Bans as `b`, and the banned accounts as `a`; newest first. */
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

/** Blocks, in the order of the accounts' row ids. */
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
    byId: textOrNull(row, "by_id"),
    action: text(row, "action"),
    subject: textOrNull(row, "subject"),
    subjectId: textOrNull(row, "subject_id"),
    room: textOrNull(row, "room"),
    roomId: textOrNull(row, "room_id"),
    detail: textOrNull(row, "detail"),
  };
}

/**
 * Makes the statement that reads a part of the moderation log, with its parameters: the one that has
 * only the conditions that are asked for, so that an index serves them.
 *
 * @param parameter The name of a parameter by its number, from 1.
 */
export function moderationQuery(
  { before, limit, byId, subjectId, roomId, action, since, until }: ModerationQuery,
  parameter: (n: number) => string,
): { readonly sql: string; readonly values: readonly (string | number)[] } {
  const conditions = [
    ["id <", before ?? Number.MAX_SAFE_INTEGER],
    ["by_id =", encoded(byId)],
    ["subject_id =", encoded(subjectId)],
    ["room_id =", encoded(roomId)],
    ["action =", encoded(action)],
    ["at >=", since],
    ["at <", until],
  ] as const;
  const given = conditions.flatMap(([left, value]) => value === undefined ? [] : [{ left, value }]);
  const where = given.map(({ left }, index) => `${left} ${parameter(index + 1)}`).join(" AND ");
  return {
    sql: `SELECT * FROM moderation WHERE ${where} ORDER BY id DESC LIMIT ${
      parameter(given.length + 1)
    }`,
    values: [...given.map(({ value }) => value), limit],
  };
}

function encoded(value: string | undefined): string | undefined {
  return value === undefined ? undefined : encodeText(value);
}

/** The texts of an entry, in the order in which both stores write them. */
export function textsOf(entry: Omit<ModerationEntry, "id">): readonly (string | null)[] {
  const { by, byId, action, subject, subjectId, room, roomId, detail } = entry;
  return [by, byId, action, subject, subjectId, room, roomId, detail]
    .map((value) => value === null ? null : encodeText(value));
}

/** The columns for `toQuiet`, of an account `a`. */
export const QUIET = "a.quiet_until, a.quiet_weekly";

/** Reads `QUIET`. A weekly part that cannot be read counts as none. */
export function toQuiet(row: Row): Quiet {
  const until = intOrNull(row, "quiet_until");
  const { weekly, time_zone } = parsePayload(textOrNull(row, "quiet_weekly")) as Partial<Quiet>;
  return {
    ...(until === null ? {} : { until }),
    ...(Array.isArray(weekly) && time_zone !== undefined ? { weekly, time_zone } : {}),
  };
}

/** The columns that a change of quiet hours sets, with their values. */
export function quietColumns({ until, weekly }: QuietChange) {
  const columns: [column: "quiet_until" | "quiet_weekly", value: number | string | null][] = [];
  if (until !== undefined) columns.push(["quiet_until", until]);
  if (weekly !== undefined) {
    columns.push(["quiet_weekly", weekly === null ? null : toPayload({ ...weekly })]);
  }
  return columns;
}

/** The devices `p` of a room's members; `WHERE r.id =` chooses the room. */
export const SELECT_PUSH_TARGETS = `SELECT ${
  accountColumns("a")
}, ${QUIET}, p.endpoint, p.p256dh, p.auth, m.read, ${LEVEL}
   FROM rooms r JOIN members m ON m.room = r.id
   JOIN pushes p ON p.account = m.account
   JOIN accounts a ON a.id = m.account`;

/** Devices. */
export const SELECT_PUSHES = "SELECT p.endpoint, p.p256dh, p.auth FROM pushes p";

/** Reads a row of `SELECT_PUSHES`. */
export function toPushSubscription(row: Row): PushSubscription {
  return {
    endpoint: text(row, "endpoint"),
    p256dh: text(row, "p256dh"),
    auth: text(row, "auth"),
  };
}

/** Reads a row of `SELECT_PUSH_TARGETS`. */
export function toPushTarget(row: Row): PushTarget {
  return {
    account: toAccount(row),
    ...toPushSubscription(row),
    level: oneOf(LEVELS, row, "level"),
    read: int(row, "read"),
    quiet: toQuiet(row),
  };
}
