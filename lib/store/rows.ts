/**
 * From the rows of a database to the store's records, and the columns which that takes, in SQL
 * that every backend understands. A value of another type than the schema promises means a damaged
 * database: it throws.
 *
 * @module
 */
import type { Role, RoomKind } from "../protocol.ts";
import type { Account, RoomRecord, StoredEvent, StoredMessage } from "./store.ts";
import { decodeText } from "./text.ts";

/** A row by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

const ROLES: readonly Role[] = ["owner", "moderator", "member", "bot", "guest"];
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

/** The column as a text in the form in which it is stored. */
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

/** The column as a truth value: SQLite has none and writes 0 and 1. */
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

/** The column as one of some words. */
export function oneOf<T extends string>(values: readonly T[], row: Row, column: string): T {
  const value = values.find((each) => each === row[column]);
  if (value === undefined) throw damaged(column, row[column]);
  return value;
}

function damaged(column: string, value: unknown): TypeError {
  return new TypeError(`Cannot read row: column "${column}" holds ${typeof value}`);
}

/** What `toAccount` needs of a table of accounts named `table`. */
export function accountColumns(table: string, prefix = ""): string {
  return ["id", "name", "role"].map((name) => `${table}.${name} AS ${prefix}${name}`).join(", ");
}

/** Reads `accountColumns`. */
export function toAccount(row: Row, prefix = ""): Account {
  return {
    id: int(row, `${prefix}id`),
    name: text(row, `${prefix}name`),
    role: oneOf(ROLES, row, `${prefix}role`),
  };
}

/** Reads `accountColumns` of a table that was joined if there was something to join. */
export function toAccountOrNull(row: Row, prefix = ""): Account | null {
  return row[`${prefix}id`] === null ? null : toAccount(row, prefix);
}

/** What `toRoom` needs, where `r` is the room; with `ROOM_PAIR` among the joins. */
export const ROOM_COLUMNS = `r.id, r.name, r.kind, r.title, r.seq, r.locked, r.slow_ms,
  ${accountColumns("low", "low_")}, ${accountColumns("high", "high_")}`;

/**
 * What a member `m` wants to be told of a room `r`: of everything in a conversation and of mentions
 * in a room, where they have not said otherwise.
 */
export const LEVEL =
  "coalesce(m.level, CASE r.kind WHEN 'direct' THEN 'all' ELSE 'mentions' END) AS level";

/** The two people of a direct conversation. */
export const ROOM_PAIR = `LEFT JOIN accounts low ON low.id = r.low
  LEFT JOIN accounts high ON high.id = r.high`;

/** Reads `ROOM_COLUMNS`. */
export function toRoom(row: Row): RoomRecord {
  return {
    id: int(row, "id"),
    name: text(row, "name"),
    kind: oneOf(ROOM_KINDS, row, "kind"),
    title: textOrNull(row, "title"),
    seq: int(row, "seq"),
    pair: row.low_id === null ? null : [toAccount(row, "low_"), toAccount(row, "high_")],
    locked: flag(row, "locked"),
    slowMs: int(row, "slow_ms"),
  };
}

/** What `toEvent` needs of every event. */
const EVENT_COLUMNS =
  `e.id, e.room, e.seq, a.name AS sender, CASE a.role WHEN 'guest' THEN a.id END AS guest,
  e.at, e.key, e.kind, e.reply_to, e.edited_at, e.deleted, e.target, e.emoji, e.state`;

/**
 * Messages as they are now.
 *
 * @param index The index to go by, where SQLite would choose one that visits other events too.
 */
export function selectMessages(index?: "messages_by_seq"): string {
  const hint = index === undefined ? "" : `INDEXED BY ${index}`;
  return `SELECT ${EVENT_COLUMNS}, e.text
    FROM events e ${hint} JOIN accounts a ON a.id = e.sender`;
}

/** Events of every kind: an edit has no text of its own, it shows that of its message. */
export const SELECT_EVENTS = `SELECT ${EVENT_COLUMNS}, coalesce(e.text, edited.text) AS text
  FROM events e JOIN accounts a ON a.id = e.sender
  LEFT JOIN events edited
    ON e.kind = 'edit' AND edited.room = e.room AND edited.seq = e.target`;

/** Reads a row of `selectMessages` or `SELECT_EVENTS`. */
export function toEvent(row: Row): StoredEvent {
  if (row.kind === "message") return toMessage(row);
  const target = { ...eventBase(row), target: int(row, "target") };
  switch (row.kind) {
    case "edit":
      return { ...target, kind: "edit", text: text(row, "text") };
    case "delete":
      return { ...target, kind: "delete" };
    case "reaction":
      return { ...target, kind: "reaction", emoji: text(row, "emoji"), on: flag(row, "state") };
    default:
      throw damaged("kind", row.kind);
  }
}

/** Reads a row of `selectMessages`; the reactions are read apart. */
export function toMessage(row: Row): StoredMessage {
  return {
    ...eventBase(row),
    kind: "message",
    text: text(row, "text"),
    replyTo: intOrNull(row, "reply_to"),
    editedAt: intOrNull(row, "edited_at"),
    deleted: flag(row, "deleted"),
    reactions: [],
  };
}

function eventBase(row: Row) {
  return {
    room: int(row, "room"),
    seq: int(row, "seq"),
    sender: text(row, "sender"),
    guest: intOrNull(row, "guest"),
    at: int(row, "at"),
    key: textOrNull(row, "key"),
  };
}
