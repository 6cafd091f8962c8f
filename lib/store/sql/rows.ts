/**
 * Converts rows to the store's records, and defines the columns for that, in SQL that every backend
 * understands. A value of another type than the schema's means a damaged database: it throws.
 * @module
 */
import { type Field, type Fields, fits } from "../../chat/events/event.ts";
import { definitionOf, EVENTS, splitPayload } from "../../chat/events/index.ts";
import { DEFAULT_RIGHTS, type Right, RIGHTS } from "../../chat/events/rights.ts";
import type { Role, RoomKind } from "../../protocol/frames.ts";
import { LEVELS } from "../../protocol/limits.ts";
import { canonicalEmoji } from "../../protocol/text/emoji.ts";
import type {
  Account,
  OtherEvent,
  RoomPrefs,
  RoomRecord,
  StoredEvent,
  StoredMessage,
} from "../records.ts";
import { parsePayload, toPayload } from "./payload.ts";
import { decodeText, encodeText } from "./text.ts";

/** A row by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

/** The value of a field. */
export type Value = string | number | boolean | null;

/** Every role. */
export const ROLES: readonly Role[] = ["owner", "moderator", "member", "bot", "guest"];
const ROOM_KINDS: readonly RoomKind[] = ["public", "private", "direct"];

/** The column as an integer. */
export function int(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw damaged(column, value);
  return value;
}

/** The column as a text. */
export function text(row: Row, column: string): string {
  return decodeText(storedText(row, column));
}

/** The column as a text in its stored form. */
export function storedText(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw damaged(column, value);
  return value;
}

/** The column as an integer, if it has a value. */
export function intOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : int(row, column);
}

/** The column as a text, if it has a value. */
export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

/** The column as a boolean: SQLite has none and stores 0 and 1. */
export function flag(row: Row, column: string): boolean {
  const value = row[column];
  if (value !== 0 && value !== 1 && typeof value !== "boolean") throw damaged(column, value);
  return Boolean(value);
}

/** The column as bytes. */
export function bytes(row: Row, column: string): Uint8Array<ArrayBuffer> {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw damaged(column, value);
  return new Uint8Array(value);
}

/** The column as texts, which it holds as a JSON array. */
export function texts(row: Row, column: string): readonly string[] {
  const values: unknown = JSON.parse(text(row, column));
  if (!Array.isArray(values)) throw damaged(column, values);
  return values.map(String);
}

/** The column as one of several words. */
export function oneOf<T extends string>(values: readonly T[], row: Row, column: string): T {
  const value = values.find((each) => each === row[column]);
  if (value === undefined) throw damaged(column, row[column]);
  return value;
}

function damaged(column: string, value: unknown): TypeError {
  return new TypeError(`Cannot read row: column "${column}" holds ${typeof value}`);
}

const ACCOUNT_COLUMNS = ["id", "public_id", "name", "role", "deactivated_at"];

/** The columns for `toAccount`, from a statement on `accounts`. */
export const RETURNED_ACCOUNT = ACCOUNT_COLUMNS.join(", ");

/** The columns for `toAccount`, from a table of accounts named `table`. */
export function accountColumns(table: string, prefix = ""): string {
  return ACCOUNT_COLUMNS.map((name) => `${table}.${name} AS ${prefix}${name}`).join(", ");
}

/** Whether the user of an account in a table named `table` may be signed in. */
export function maySignIn(table: string): string {
  return `${table}.deactivated_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.account = ${table}.id)`;
}

/** Reads `accountColumns`. */
export function toAccount(row: Row, prefix = ""): Account {
  return {
    id: int(row, `${prefix}id`),
    publicId: storedText(row, `${prefix}public_id`),
    name: text(row, `${prefix}name`),
    role: oneOf(ROLES, row, `${prefix}role`),
    ...(row[`${prefix}deactivated_at`] === null ? {} : { deactivated: true }),
  };
}

/** Reads `accountColumns` of an outer join; `null` without a match. */
export function toAccountOrNull(row: Row, prefix = ""): Account | null {
  return row[`${prefix}id`] === null ? null : toAccount(row, prefix);
}

/** The members of a room `r` without a name: on each line an id and a name; NULL for another one. */
const PEOPLE = `CASE WHEN r.people IS NOT NULL THEN coalesce((
    SELECT string_agg(p.public_id || ' ' || p.name, '\n' ORDER BY n.joined_at, n.account)
    FROM members n JOIN accounts p ON p.id = n.account WHERE n.room = r.id
  ), '') END`;

/** The columns for `toRoom`, where `r` is the room; requires the join `ROOM_PAIR`. */
export const ROOM_COLUMNS =
  `r.id, r.public_id, r.name, r.kind, r.title, r.seq, r.locked, r.slow_ms, r.threads, r.host,
  r.archived_at, r.deleted_at, r.retention_days, r.previews, r.may_post, r.may_invite, r.may_pin,
  r.kind = 'direct' AND (low.folded IS NULL OR high.folded IS NULL) AS is_over,
  ${PEOPLE} AS people,
  ${accountColumns("low", "low_")}, ${accountColumns("high", "high_")}`;

/**
 * The notification level of a member `m` of a room `r`. Unless the member has set one: every
 * message in a conversation, mentions in a room.
 */
export const LEVEL =
  `coalesce(m.level, CASE WHEN r.kind = 'direct' OR r.people IS NOT NULL THEN 'all'
    ELSE 'mentions' END) AS level`;

/** What the member `m` wants of the room `r`, for `toRoomPrefs`. */
export const ROOM_PREFS = `${LEVEL}, m.favourite_at IS NOT NULL AS favourite, m.section,
  m.introduced_at IS NOT NULL AS introduced`;

/** Reads `ROOM_PREFS`. */
export function toRoomPrefs(row: Row): RoomPrefs {
  return {
    level: oneOf(LEVELS, row, "level"),
    favourite: flag(row, "favourite"),
    section: textOrNull(row, "section"),
    introduced: flag(row, "introduced"),
  };
}

/** The two accounts of a direct conversation. */
export const ROOM_PAIR = `LEFT JOIN accounts low ON low.id = r.low
  LEFT JOIN accounts high ON high.id = r.high`;

/** Reads `ROOM_COLUMNS`. */
export function toRoom(row: Row): RoomRecord {
  return {
    id: int(row, "id"),
    publicId: storedText(row, "public_id"),
    name: text(row, "name"),
    kind: oneOf(ROOM_KINDS, row, "kind"),
    title: textOrNull(row, "title"),
    seq: int(row, "seq"),
    people: peopleIn(row),
    pair: row.low_id === null ? null : [toAccount(row, "low_"), toAccount(row, "high_")],
    isOver: flag(row, "is_over"),
    archived: row.archived_at !== null,
    deleted: row.deleted_at !== null,
    locked: flag(row, "locked"),
    slowMs: int(row, "slow_ms"),
    threads: row.threads === null || flag(row, "threads"),
    retentionDays: intOrNull(row, "retention_days") ?? 0,
    previews: row.previews === null || flag(row, "previews"),
    mayPost: right(row, "may_post", DEFAULT_RIGHTS.mayPost),
    mayInvite: right(row, "may_invite", DEFAULT_RIGHTS.mayInvite),
    mayPin: right(row, "may_pin", DEFAULT_RIGHTS.mayPin),
    host: intOrNull(row, "host"),
  };
}

/** Reads `PEOPLE`. */
function peopleIn(row: Row): RoomRecord["people"] {
  const lines = textOrNull(row, "people");
  return lines?.split("\n").filter((line) => line !== "").map((line) => {
    const end = line.indexOf(" ");
    return { publicId: line.slice(0, end), name: line.slice(end + 1) };
  }) ?? null;
}

function right(row: Row, column: string, byDefault: Right): Right {
  return row[column] === null ? byDefault : oneOf(RIGHTS, row, column);
}

/** The columns for `toEvent`. */
const EVENT_COLUMNS =
  `e.id, e.room, e.seq, a.name AS sender, a.public_id AS sender_id, a.role = 'guest' AS guest,
  e.at, e.key, e.kind, e.reply_to, e.thread, e.edited_at, e.deleted, e.target, e.emoji, e.state, e.payload`;

/**
 * Messages in their current state.
 *
 * @param index The index to use, where SQLite would choose one that visits other events too.
 */
export function selectMessages(
  index?: "messages_by_seq" | "messages_with_state" | "thread_replies",
): string {
  const hint = index === undefined ? "" : `INDEXED BY ${index}`;
  return `SELECT ${EVENT_COLUMNS}, e.text
    FROM events e ${hint} JOIN accounts a ON a.id = e.sender`;
}

/** The kinds without a text of their own, which show their target's. */
const KINDS_IN_TARGET = EVENTS
  .filter(({ fields }) => Object.values<Field>(fields).some(({ inTarget }) => inTarget))
  .map(({ kind }) => `'${kind}'`).join(", ");

/** Events of every kind. */
export const SELECT_EVENTS = `SELECT ${EVENT_COLUMNS}, coalesce(e.text, changed.text) AS text,
  changed.payload AS target_payload
  FROM events e JOIN accounts a ON a.id = e.sender
  LEFT JOIN events changed
    ON e.kind IN (${KINDS_IN_TARGET}) AND changed.room = e.room AND changed.seq = e.target`;

/** Reads a row of `selectMessages` or `SELECT_EVENTS`. */
export function toEvent(row: Row): StoredEvent {
  if (row.kind === "message") return toMessage(row);
  const definition = definitionOf(row.kind);
  const values = definition === undefined ? null : readFields(definition.fields, row);
  if (values === null) return toOther(row);
  return { ...eventBase(row), kind: row.kind, ...values } as StoredEvent;
}

/** The columns of the event's own row that hold fields, with their types. */
export const FIELD_COLUMNS: ReadonlyMap<string, Field["type"]> = new Map(
  EVENTS.flatMap(({ fields }) => Object.values<Field>(fields)).flatMap(({ column, type }) =>
    column === undefined ? [] : [[column, type] as const]
  ),
);

/** The fields of an event as stored: their columns, and the JSON text of `payload`. */
export function writeFields(
  fields: Fields,
  values: object,
): { readonly columns: Readonly<Record<string, Value>>; readonly payload: string | null } {
  const columns: Record<string, Value> = {};
  const payload: Record<string, unknown> = {};
  for (const [name, { column, type, wire = name, inTarget }] of Object.entries(fields)) {
    const value = (values as Readonly<Record<string, Value>>)[name] ?? null;
    if (value === null || inTarget) continue;
    if (column === undefined) payload[wire] = value;
    else if (type === "emoji") columns[column] = encodeText(canonicalEmoji(String(value)));
    else columns[column] = isText(type) ? encodeText(String(value)) : value;
  }
  return { columns, payload: toPayload(payload) };
}

/** Reads the result of `writeFields`. @returns `null` if the payload lacks fields of the kind. */
export function readFields(fields: Fields, row: Row): Readonly<Record<string, unknown>> | null {
  const payload = parsePayload(textOrNull(row, "payload"));
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const { column, type, wire = name, optional, inTarget, computed } = field;
    if (column === undefined) {
      const source = inTarget ? parsePayload(textOrNull(row, "target_payload")) : payload;
      if (!fits(field, source[wire])) return null;
      if (!computed || source[wire] !== undefined) values[name] = source[wire] ?? null;
    } else if (optional && row[column] === null) values[name] = null;
    else values[name] = readColumn(type, row, column);
  }
  return values;
}

function readColumn(type: Field["type"], row: Row, column: string): Value {
  if (type === "boolean") return flag(row, column);
  // An older version stored emoji as they were written.
  if (type === "emoji") return canonicalEmoji(text(row, column));
  return isText(type) ? text(row, column) : int(row, column);
}

function isText(type: Field["type"]): boolean {
  return type === "text" || type === "emoji";
}

/** Reads an event of a kind that only a later version knows. */
function toOther(row: Row): OtherEvent {
  const payload = parsePayload(textOrNull(row, "payload"));
  return { ...eventBase(row), kind: "other", type: text(row, "kind"), payload };
}

/** Reads a row of `selectMessages`; the reactions are read separately. */
export function toMessage(row: Row): StoredMessage {
  const said: StoredMessage = {
    ...eventBase(row),
    kind: "message",
    text: text(row, "text"),
    replyTo: intOrNull(row, "reply_to"),
    ...(row.thread === null ? {} : { thread: int(row, "thread") }),
    ...(row.state === null ? {} : { alsoInRoom: flag(row, "state") }),
    editedAt: intOrNull(row, "edited_at"),
    deleted: flag(row, "deleted"),
    reactions: [],
  };
  const payload = textOrNull(row, "payload");
  if (payload === null) return said;
  const { fields, state } = splitPayload(parsePayload(payload));
  return { ...said, ...fields, ...(Object.keys(state).length === 0 ? {} : { state }) };
}

function eventBase(row: Row) {
  return {
    room: int(row, "room"),
    seq: int(row, "seq"),
    sender: text(row, "sender"),
    senderId: storedText(row, "sender_id"),
    guest: flag(row, "guest"),
    at: int(row, "at"),
    key: textOrNull(row, "key"),
  };
}
