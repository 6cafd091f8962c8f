/** The statements on webhooks that every backend shares, and how their rows are read. @module */
import type { HookPosition, HookRecord } from "../hooks.ts";
import { MODERATORS } from "../../protocol/roles.ts";
import {
  accountColumns,
  flag,
  int,
  intOrNull,
  oneOf,
  ROOM_COLUMNS,
  ROOM_PAIR,
  type Row,
  storedText,
  text,
  texts,
  toAccount,
  toRoom,
} from "./rows.ts";

const KINDS: readonly HookRecord["kind"][] = ["incoming", "outgoing"];

const MODERATOR_ROLES = MODERATORS.map((role) => `'${role}'`).join(", ");

/** The condition that a hook may act: its creator `c` is still a moderator. */
export const MAY_ACT = `c.role IN (${MODERATOR_ROLES}) AND c.folded IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM bans x WHERE x.account = c.id)`;

/** Hooks with their creators and bots. */
const ACTING = `hooks h JOIN accounts c ON c.id = h.creator
  JOIN accounts b ON b.id = h.bot AND b.folded IS NOT NULL`;

/** Hooks, with their creators, bots and rooms, as long as they have their bots. */
export const SELECT_HOOKS =
  `SELECT h.id AS hook, h.kind AS hook_kind, h.created_at, h.url, h.secret,
    h.events, h.everywhere, h.failing_since, h.paused_at, ${accountColumns("c", "creator_")},
    ${accountColumns("b", "bot_")}, ${ROOM_COLUMNS}
  FROM ${ACTING}
  LEFT JOIN rooms r ON r.id = h.room ${ROOM_PAIR}`;

const SEEN = `(r.kind = 'public'
  OR EXISTS (SELECT 1 FROM members m WHERE m.room = r.id AND m.account = h.creator))`;

/** The columns of a position. */
const POSITION = `SELECT coalesce(p.seq, 0) AS position, ${ROOM_COLUMNS}`;

/**
 * The rooms in which a hook has something to deliver.
 *
 * @param hook The parameter for the hook's id.
 * @param only A condition on the room `r`.
 */
export function selectNews(hook: string, only = ""): string {
  return `${POSITION} FROM ${ACTING}
    JOIN hook_rooms p ON p.hook = h.id JOIN rooms r ON r.id = p.room ${ROOM_PAIR}
    WHERE h.id = ${hook} AND h.paused_at IS NULL AND r.seq > p.seq AND ${SEEN} AND ${MAY_ACT} ${only}
  UNION ALL ${POSITION} FROM ${ACTING}
    JOIN rooms r ON r.kind = 'public' AND r.deleted_at IS NULL ${ROOM_PAIR} LEFT JOIN hook_rooms p ON p.hook = h.id AND p.room = r.id
    WHERE h.id = ${hook} AND h.everywhere AND p.room IS NULL AND h.paused_at IS NULL AND r.seq > 0
      AND ${MAY_ACT} ${only}`;
}

/** Reads a row of `SELECT_HOOKS`. */
export function toHook(row: Row): HookRecord {
  const kind = oneOf(KINDS, row, "hook_kind");
  const base = {
    id: storedText(row, "hook"),
    creator: toAccount(row, "creator_"),
    bot: toAccount(row, "bot_"),
    createdAt: int(row, "created_at"),
  };
  if (kind === "incoming") return { kind, ...base, room: toRoom(row) };
  return {
    kind,
    ...base,
    url: text(row, "url"),
    secret: storedText(row, "secret"),
    events: row.events === null ? null : texts(row, "events"),
    everywhere: flag(row, "everywhere"),
    failingSince: intOrNull(row, "failing_since"),
    pausedAt: intOrNull(row, "paused_at"),
  };
}

/** Reads a row of `selectNews`. */
export function toPosition(row: Row): HookPosition {
  return { room: toRoom(row), seq: int(row, "position") };
}
