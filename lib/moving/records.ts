/**
 * Everything that a store of any kind holds, as records: one JSON object a line, in a stable order.
 * What can be worked out from the rest (search indexes, counts) is not among them.
 *
 * @module
 */
import type { Row } from "../store/rows.ts";
import { decodeText, encodeText } from "../store/text.ts";

/** What a field holds. Bytes are in base64; `?` may be missing. */
export type FieldType = "number" | "text" | "boolean" | "bytes" | "number?" | "text?" | "boolean?";

/** One kind of record. */
export interface Kind {
  /** Its `type`. */
  readonly type: string;
  /** The table that every backend keeps it in, with columns named as the fields. */
  readonly table: string;
  /** In the order in which they are written. */
  readonly fields: Readonly<Record<string, FieldType>>;
  /** The fields by which they are ordered; no two have the same. */
  readonly order: readonly string[];
  /** For documentation. */
  readonly about: string;
}

/** A record as a line has it. */
export type RecordLine = Readonly<Record<string, string | number | boolean>> & {
  readonly type: string;
};

/** The version of the format. Readers refuse others. */
export const FORMAT = 1;

/** Every kind, in the order in which they stand: what others refer to comes first. */
export const KINDS: readonly Kind[] = [
  {
    type: "meta",
    table: "meta",
    fields: { name: "text", value: "text" },
    order: ["name"],
    about: "the log's name (`epoch`) and the server's secrets",
  },
  {
    type: "guest_name",
    table: "guest_names",
    fields: { id: "number", folded: "text" },
    order: ["id"],
    about: "a name that guests had; `-id` is the keyring that they share",
  },
  {
    type: "account",
    table: "accounts",
    fields: {
      ...{ id: "number", name: "text", folded: "text?", skeleton: "text?", role: "text" },
      ...{ password: "text?", keyring: "number?", muted_until: "number?", created_at: "number" },
    },
    order: ["id"],
    about: "a person, bot or guest; without `folded` and `skeleton` (what the name is compared " +
      "and looks like) one who gave the name back. `password` is a hash",
  },
  {
    type: "session",
    table: "sessions",
    fields: {
      ...{ id: "number", hash: "text", account: "number", label: "text" },
      ...{ created_at: "number", seen_at: "number" },
    },
    order: ["id"],
    about: "a device that is signed in, by the hash of its token",
  },
  {
    type: "ticket",
    table: "tickets",
    fields: {
      ...{ hash: "text", kind: "text", account: "number?", data: "text", expires_at: "number" },
    },
    order: ["hash"],
    about: "something to be redeemed once: a link to another device",
  },
  {
    type: "push",
    table: "pushes",
    fields: {
      ...{ session: "text", account: "number", endpoint: "text", p256dh: "text", auth: "text" },
      ...{ created_at: "number" },
    },
    order: ["session"],
    about: "where a device is told of messages while its page is closed",
  },
  {
    type: "passkey",
    table: "passkeys",
    fields: {
      ...{ id: "text", account: "number", public_key: "bytes", counter: "number" },
      ...{ transports: "text", label: "text", created_at: "number" },
    },
    order: ["created_at", "id"],
    about: "the public part of a passkey",
  },
  {
    type: "room",
    table: "rooms",
    fields: {
      ...{ id: "number", kind: "text", name: "text", folded: "text?", title: "text?" },
      ...{ low: "number?", high: "number?", seq: "number", locked: "boolean" },
      ...{ slow_ms: "number", created_at: "number" },
    },
    order: ["id"],
    about:
      "a room, or the conversation of the accounts `low` and `high`; `seq` is its newest event",
  },
  {
    type: "member",
    table: "members",
    fields: {
      ...{ room: "number", account: "number", folded: "text?", read: "number", level: "text?" },
      ...{ joined_at: "number" },
    },
    order: ["room", "account"],
    about: "who is in a room, how far they have read and what they want to be told of; `folded` " +
      "is the room's",
  },
  {
    type: "event",
    table: "events",
    fields: {
      ...{ id: "number", room: "number", seq: "number", sender: "number", at: "number" },
      ...{ keyring: "number?", key: "text?", kind: "text", reply_to: "number?" },
      ...{ edited_at: "number?", deleted: "boolean", target: "number?", emoji: "text?" },
      ...{ state: "boolean?", text: "text?" },
    },
    order: ["id"],
    about: "the log: a `message` with its present text, an `edit`, a `delete`, a `reaction` " +
      "(`state`: on or off)",
  },
  {
    type: "reaction",
    table: "reactions",
    fields: { room: "number", target: "number", emoji: "text", account: "number", seq: "number" },
    order: ["room", "target", "emoji", "account"],
    about: "a reaction that is there now; `seq` is that of the event which put it there",
  },
  {
    type: "file",
    table: "files",
    fields: {
      ...{ number: "number", id: "text", room: "number", uploader: "number", name: "text" },
      ...{ media: "text?", size: "number", parts: "number", width: "number?", height: "number?" },
      ...{ seq: "number?", place: "number?", expires_at: "number?" },
    },
    order: ["number"],
    about:
      "a file; with `seq` it is under that message, without it has an end. `media` is its type",
  },
  {
    type: "file_part",
    table: "file_parts",
    fields: { file: "number", place: "number", bytes: "bytes" },
    order: ["file", "place"],
    about: "a part of a file",
  },
  {
    type: "invite",
    table: "invites",
    fields: {
      ...{ id: "number", hash: "text", role: "text", room: "number?", creator: "number?" },
      ...{ created_at: "number", expires_at: "number?", uses_left: "number?" },
    },
    order: ["id"],
    about: "an invitation, by the hash of its secret",
  },
  {
    type: "ban",
    table: "bans",
    fields: { id: "number", account: "number?", address: "text?", reason: "text", at: "number" },
    order: ["id"],
    about: "who may not come in",
  },
  {
    type: "block",
    table: "blocks",
    fields: { account: "number", other: "number" },
    order: ["account", "other"],
    about: "who wants to hear nothing from whom",
  },
  {
    type: "moderation",
    table: "moderation",
    fields: {
      ...{ id: "number", at: "number", by: "text", action: "text", subject: "text?" },
      ...{ room: "text?", detail: "text?" },
    },
    order: ["id"],
    about: "what moderators did",
  },
];

/** A `type` says what a record is: the column of that name has another one in the line. */
const COLUMNS: Readonly<Record<string, string>> = { "files.media": "type" };

/** The column of a field. */
export function columnOf({ table }: Kind, field: string): string {
  return COLUMNS[`${table}.${field}`] ?? field;
}

/** A row as a record. */
export function toRecord(kind: Kind, row: Row): RecordLine {
  const record: Record<string, string | number | boolean> = {};
  for (const [field, type] of Object.entries(kind.fields)) {
    const value = row[columnOf(kind, field)];
    if (value !== null && value !== undefined) record[field] = toJson(type, value);
  }
  return { type: kind.type, ...record };
}

function toJson(type: FieldType, value: unknown): string | number | boolean {
  switch (type.replace("?", "")) {
    case "boolean":
      return Boolean(value);
    case "bytes":
      return new Uint8Array(value as Uint8Array).toBase64();
    case "text":
      return decodeText(value as string);
    default:
      return value as number;
  }
}

/**
 * A record as a row, checked.
 *
 * @throws {RangeError} With what is wrong with it.
 */
export function toRow(kind: Kind, record: Readonly<Record<string, unknown>>): Row {
  const unknown = Object.keys(record).find((name) => name !== "type" && !(name in kind.fields));
  if (unknown !== undefined) throw new RangeError(`a ${kind.type} has no field "${unknown}"`);
  return Object.fromEntries(
    Object.entries(kind.fields).map(([field, type]) => {
      const value = fromJson(type, record[field]);
      if (value !== undefined) return [columnOf(kind, field), value];
      throw new RangeError(`the field "${field}" of a ${kind.type} is missing or malformed`);
    }),
  );
}

/** @returns The value as a column takes it, or `undefined` where it is none of the type. */
function fromJson(type: FieldType, value: unknown): unknown {
  if (value === undefined || value === null) return type.endsWith("?") ? null : undefined;
  switch (type.replace("?", "")) {
    case "number":
      return Number.isSafeInteger(value) ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "text":
      return typeof value === "string" && value.isWellFormed() ? encodeText(value) : undefined;
    default:
      return typeof value === "string" ? bytesIn(value) : undefined;
  }
}

function bytesIn(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return undefined;
  }
}
