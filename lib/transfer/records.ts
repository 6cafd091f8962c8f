/**
 * Defines a store's contents as records, independent of the backend: one JSON object per line, in a
 * stable order. Derived data (search indexes, counts) is not exported.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createPublicId } from "../util/secrets.ts";
import type { Field } from "../chat/events/event.ts";
import { FIELD_COLUMNS, type Row } from "../store/sql/rows.ts";
import { decodeText, encodeText } from "../store/sql/text.ts";
import { wrongWith } from "./checks.ts";

/** The type of a field. Bytes are in base64; a field with `?` may be missing. */
export type FieldType = "number" | "text" | "boolean" | "bytes" | "number?" | "text?" | "boolean?";

/** One kind of record. */
export interface Kind {
  /** Its `type`. */
  readonly type: string;
  /** The table of every backend that holds it, with columns named like the fields. */
  readonly table: string;
  /** The fields, in the order of writing. */
  readonly fields: Readonly<Record<string, FieldType>>;
  /** The fields that define the order; their values are unique. */
  readonly order: readonly string[];
  /** The description for the documentation. */
  readonly about: string;
  /** Which part of it is a credential: all of it, certain records, or these fields. */
  readonly secret?: "all" | ((record: RecordLine) => boolean) | readonly string[];
}

/** A record as a line contains it. */
export type RecordLine = Readonly<Record<string, string | number | boolean>> & {
  readonly type: string;
};

/** The version of the format that is written. */
export const FORMAT = 3;

/** The oldest version that can be read. */
export const OLDEST_FORMAT = 1;

/** A record as read, in any format. */
type ReadRecord = Readonly<Record<string, unknown>>;

/**
 * Converts a record of the previous format into this one. A change that adds or renames a required
 * field raises `FORMAT` and adds a step here, so that older exports remain readable.
 */
const UPGRADES: Readonly<Record<number, (record: ReadRecord) => ReadRecord>> = {
  // Accounts and rooms have a required `public_id`.
  2: (record) =>
    record.type === "account" || record.type === "room"
      ? { ...record, public_id: createPublicId() }
      : record,
  // `keyring` is called `key_space`.
  3: (record) => {
    const { ["keyring"]: space, ...rest } = record;
    return space === undefined ? record : { ...rest, key_space: space };
  },
};

/** Turns a record of an older format into one of the current format. */
export function upgrade(record: ReadRecord, format: number): ReadRecord {
  let upgraded = record;
  for (let next = format + 1; next <= FORMAT; next++) upgraded = UPGRADES[next]!(upgraded);
  return upgraded;
}

const EVENT_TYPES: Readonly<Record<Field["type"], FieldType>> = {
  target: "number?",
  text: "text?",
  emoji: "text?",
  boolean: "boolean?",
  // In no column: part of `payload`.
  texts: "text?",
  number: "number?",
  // In no column, too.
  numbers: "text?",
  poll: "text?",
  forwarded: "text?",
  votes: "text?",
  preview: "text?",
};

/** The fields of events that have a column. Each kind of event uses some of them. */
const EVENT_FIELDS = Object.fromEntries(
  [...FIELD_COLUMNS].map(([column, type]) => [column, EVENT_TYPES[type]]),
);

/** Every kind, in order: referenced kinds come first. */
export const KINDS: readonly Kind[] = [
  {
    type: "meta",
    table: "meta",
    fields: { name: "text", value: "text" },
    secret: ({ name }) => String(name).startsWith("secret "),
    order: ["name"],
    about: "the log's name (`epoch`), the server's secrets, and what its owners said of it",
  },
  {
    type: "guest_name",
    table: "guest_names",
    fields: { id: "number", folded: "text" },
    order: ["id"],
    about: "a name that guests had; `-id` is the space of idempotency keys that they share",
  },
  {
    type: "account",
    table: "accounts",
    fields: {
      ...{ id: "number", public_id: "text", name: "text" },
      ...{ folded: "text?", skeleton: "text?", role: "text" },
      ...{ password: "text?", key_space: "number?", muted_until: "number?" },
      ...{ left_at: "number?", ends_at: "number?", traces: "number?", created_at: "number" },
      ...{ creator: "number?", quiet_until: "number?", quiet_weekly: "text?" },
      deactivated_at: "number?",
    },
    secret: ["password"],
    order: ["id"],
    about:
      "a person, bot or guest; `public_id` is the id that clients know; without `folded` and `skeleton` (what the name is compared " +
      "and looks like) one who gave the name back. `password` is a hash. " +
      "`quiet_until` and `quiet_weekly` say when it wants no notifications; nobody can sign in to one " +
      "with `deactivated_at`",
  },
  {
    type: "account_name",
    table: "account_names",
    fields: { account: "number", folded: "text", skeleton: "text", at: "number" },
    order: ["account", "folded"],
    about:
      "an earlier name of an account, which leads to it for a while. `at` says until when it " +
      "had it",
  },
  {
    type: "erasure",
    table: "erasures",
    fields: { account: "number", started_at: "number", since: "number?" },
    order: ["account"],
    about:
      "an account that was erased while its messages were not yet; with `since` one that was banned, " +
      "whose messages from then on are being deleted",
  },
  {
    type: "group",
    table: "user_groups",
    fields: {
      ...{ id: "number", public_id: "text", name: "text", folded: "text", created_at: "number" },
    },
    order: ["id"],
    about: "a group of users that messages can mention",
  },
  {
    type: "group_member",
    table: "group_members",
    fields: { user_group: "number", account: "number" },
    order: ["user_group", "account"],
    about: "a member of a group",
  },
  {
    type: "session",
    table: "sessions",
    fields: {
      ...{ id: "number", hash: "text", account: "number", label: "text" },
      ...{ created_at: "number", seen_at: "number", proof: "text?", confirmed_at: "number?" },
      ...{ passkey: "text?", issuer: "text?", sid: "text?" },
    },
    secret: "all",
    order: ["id"],
    about: "a signed-in device; `hash` is the hash of its first token, `proof` the hash of its " +
      "present token if that is another one",
  },
  {
    type: "ticket",
    table: "tickets",
    fields: {
      ...{ hash: "text", kind: "text", account: "number?", data: "text", expires_at: "number" },
    },
    secret: "all",
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
    secret: "all",
    order: ["session"],
    about: "where a device receives notifications while its page is closed",
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
    type: "provider_account",
    table: "provider_accounts",
    fields: { issuer: "text", subject: "text", account: "number", created_at: "number" },
    order: ["issuer", "subject"],
    about: "the account at an OpenID provider with which a user signs in",
  },
  {
    type: "room",
    table: "rooms",
    fields: {
      ...{ id: "number", public_id: "text", kind: "text", name: "text", folded: "text?" },
      title: "text?",
      ...{ low: "number?", high: "number?", seq: "number", locked: "boolean" },
      ...{ slow_ms: "number", creator: "number?", host: "number?", created_at: "number" },
      ...{ archived_at: "number?", deleted_at: "number?", threads: "boolean?" },
      ...{ retention_days: "number?", people: "text?", previews: "boolean?" },
      ...{ may_post: "text?", may_invite: "text?", may_pin: "text?" },
    },
    order: ["id"],
    about:
      "a room, or the conversation of the accounts `low` and `high`; `seq` is its newest event, " +
      "`creator` made it and `host` moderates it. `people` has the ids of the accounts in a " +
      "conversation without a name, those who were asked in included. Of a deleted room (`deleted_at`) only this is left",
  },
  {
    type: "room_name",
    table: "room_names",
    fields: { room: "number", folded: "text", is_public: "boolean", at: "number" },
    order: ["room", "folded"],
    about: "an earlier name of a room, which leads to it. `is_public` says whether the room was " +
      "public under it, `at` until when it had it",
  },
  {
    type: "member",
    table: "members",
    fields: {
      ...{ room: "number", account: "number", folded: "text?", read: "number", level: "text?" },
      ...{ joined_at: "number", favourite_at: "number?", section: "text?" },
      introduced_at: "number?",
    },
    order: ["room", "account"],
    about: "the members of a room, with their read marks and notification levels; `folded` " +
      "is the room's. `favourite_at` says since when it is a favourite, `section` in which part " +
      "of the sidebar it is, `introduced_at` since when the page leaves out what the room begins with",
  },
  {
    type: "invitation",
    table: "invitations",
    fields: { room: "number", account: "number", inviter: "number", at: "number" },
    order: ["account", "room"],
    about: "an invitation of `account` to a room, which waits for the answer",
  },
  {
    type: "expulsion",
    table: "expulsions",
    fields: { room: "number", account: "number", until: "number" },
    order: ["room", "account"],
    about:
      "an account that was removed from a room, and comes back only by an invitation until then",
  },
  {
    type: "event",
    table: "events",
    fields: {
      ...{ id: "number", room: "number", seq: "number", sender: "number", at: "number" },
      ...{ key_space: "number?", key: "text?", kind: "text", edited_at: "number?" },
      ...{ deleted: "boolean", ...EVENT_FIELDS, payload: "text?" },
    },
    order: ["id"],
    about: "the log; `kind` is the name of the event in `chat/events`, or in a later version. " +
      "`payload` is a JSON object of everything that has no field here",
  },
  {
    type: "thread_follower",
    table: "thread_followers",
    fields: {
      ...{ room: "number", root: "number", account: "number", follows: "boolean", read: "number" },
    },
    order: ["room", "root", "account"],
    about: "who follows the thread of a message, the `root`, and up to where they have read it; " +
      "without `follows` who does not want to",
  },
  {
    type: "reaction",
    table: "reactions",
    fields: { room: "number", target: "number", emoji: "text", account: "number", seq: "number" },
    order: ["room", "target", "emoji", "account"],
    about: "a present reaction; `seq` is the `seq` of the event that added it",
  },
  {
    type: "vote",
    table: "votes",
    fields: { room: "number", target: "number", account: "number", options: "text" },
    order: ["room", "target", "account"],
    about: "what a user has voted for in the poll of a message: a JSON array of numbers",
  },
  {
    type: "file",
    table: "files",
    fields: {
      ...{ number: "number", id: "text", room: "number", uploader: "number", name: "text" },
      ...{ media: "text?", size: "number", parts: "number", width: "number?", height: "number?" },
      ...{ seq: "number?", place: "number?", expires_at: "number?" },
      ...{ thumb_width: "number?", thumb_height: "number?", duration: "number?", peaks: "text?" },
    },
    order: ["number"],
    about:
      "a file; with `seq` it is under that message, without it has an end. `media` is its type, " +
      "`thumb_width` and `thumb_height` are the size of its thumbnail, `duration` is in ms",
  },
  {
    type: "file_part",
    table: "file_parts",
    fields: { file: "number", place: "number", bytes: "bytes" },
    order: ["file", "place"],
    about: "a part of a file; its thumbnail has the place -1",
  },
  {
    type: "saved",
    table: "saved",
    fields: { account: "number", room: "number", seq: "number", at: "number" },
    order: ["account", "room", "seq"],
    about: "a message that a user has saved",
  },
  {
    type: "scheduled",
    table: "scheduled",
    fields: {
      ...{ number: "number", id: "text", account: "number", room: "number", key: "text" },
      ...{ content: "text", at: "number", due_at: "number?", attempts: "number" },
      ...{ failed: "text?", created_at: "number" },
    },
    order: ["number"],
    about:
      "a message to send at a time; `content` is a JSON object of its fields, `due_at` when it " +
      "is tried next, `failed` why it was refused",
  },
  {
    type: "reminder",
    table: "reminders",
    fields: {
      ...{ account: "number", room: "number", seq: "number", at: "number", due_at: "number?" },
    },
    order: ["account", "room", "seq"],
    about: "when a user is reminded of a message; without `due_at` the user was",
  },
  {
    type: "draft",
    table: "drafts",
    fields: {
      ...{ account: "number", room: "number", root: "number", content: "text", at: "number" },
    },
    order: ["account", "room", "root"],
    about:
      "what a user has written and not sent in a room, or in the thread of `root`, if that is not 0; " +
      "`content` is a JSON object of its fields, and empty once it was sent or discarded",
  },
  {
    type: "profile",
    table: "profiles",
    fields: {
      ...{ account: "number", display_name: "text?", skeleton: "text?", status_emoji: "text?" },
      ...{ status_text: "text?", status_until: "number?", avatar: "text?" },
    },
    order: ["account"],
    about: "what a user says about themselves; `avatar` is the `id` of a picture",
  },
  {
    type: "avatar",
    table: "avatars",
    fields: { id: "text", account: "number", media: "text", bytes: "bytes" },
    order: ["account"],
    about: "the picture of a user; `media` is its type",
  },
  {
    type: "custom_emoji",
    table: "custom_emoji",
    fields: {
      ...{ emoji: "text", picture: "text", creator: "number?", created_at: "number" },
      ...{ media: "text", bytes: "bytes" },
    },
    order: ["emoji"],
    about: "an emoji of the server's own, by the text that stands for it; `picture` is the id of " +
      "its picture, `media` the type of that, and `creator` is who added it",
  },
  {
    type: "report",
    table: "reports",
    fields: {
      ...{ number: "number", id: "text", room: "number", seq: "number", by: "text" },
      ...{ by_id: "text", reason: "text", at: "number", resolved_at: "number?" },
      ...{ resolved_by: "text?", resolved_by_id: "text?", resolution: "text?" },
    },
    order: ["number"],
    about: "a message that a user has reported to the moderators",
  },
  {
    type: "invite",
    table: "invites",
    fields: {
      ...{ id: "number", hash: "text", role: "text", room: "number?", creator: "number?" },
      ...{ created_at: "number", expires_at: "number?", uses_left: "number?" },
    },
    secret: "all",
    order: ["id"],
    about: "an invitation, by the hash of its secret",
  },
  {
    type: "hook",
    table: "hooks",
    fields: {
      ...{ number: "number", id: "text", kind: "text", creator: "number", bot: "number" },
      ...{ room: "number?", hash: "text?", url: "text?", secret: "text?", events: "text?" },
      ...{ everywhere: "boolean", failing_since: "number?", paused_at: "number?" },
      created_at: "number",
    },
    secret: "all",
    order: ["number"],
    about: "a webhook: an incoming one, by the hash of its token, or an outgoing one",
  },
  {
    type: "hook_room",
    table: "hook_rooms",
    fields: { hook: "text", room: "number", seq: "number" },
    secret: "all",
    order: ["hook", "room"],
    about: "an outgoing webhook has delivered the events of a room up to `seq`",
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
      ...{ id: "number", at: "number", by: "text", by_id: "text?", action: "text" },
      ...{ subject: "text?", subject_id: "text?", room: "text?", room_id: "text?" },
      detail: "text?",
    },
    order: ["id"],
    about: "what moderators did",
  },
];

/** `type` is the record's type; the column named `type` has another name in the line. */
const COLUMNS: Readonly<Record<string, string>> = {
  "files.media": "type",
  "avatars.media": "type",
  "custom_emoji.media": "type",
};

/** The column of a field. */
export function columnOf({ table }: Kind, field: string): string {
  return COLUMNS[`${table}.${field}`] ?? field;
}

/** Removes the credentials from a record; `null` if nothing is left. */
export function withoutSecrets({ secret }: Kind, record: RecordLine): RecordLine | null {
  if (secret === undefined) return record;
  if (secret === "all") return null;
  if (typeof secret === "function") return secret(record) ? null : record;
  const left = Object.entries(record).filter(([field]) => !secret.includes(field));
  return { ...Object.fromEntries(left), type: record.type };
}

/** Converts a row to a record. */
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

/** The type of a record as a noun. */
export function withArticle(type: string): string {
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

/** How a field becomes a column. */
interface Plan {
  readonly field: string;
  readonly column: string;
  readonly type: FieldType;
}

const PLANS: ReadonlyMap<Kind, readonly Plan[]> = new Map(
  KINDS.map((kind) => [
    kind,
    Object.entries(kind.fields).map(([field, type]) => ({
      field,
      column: columnOf(kind, field),
      type,
    })),
  ]),
);

/**
 * Converts a record to a row and checks it.
 *
 * @throws {RangeError} If it is invalid; the message says why.
 */
export function toRow(kind: Kind, record: Readonly<Record<string, unknown>>): Row {
  for (const name in record) {
    if (name !== "type" && !Object.hasOwn(kind.fields, name)) {
      throw new RangeError(`${withArticle(kind.type)} has no field "${name}"`);
    }
  }
  const row: Record<string, unknown> = {};
  for (const { field, column, type } of PLANS.get(kind) ?? []) {
    const value = fromJson(type, record[field]);
    if (value === undefined) {
      throw new RangeError(
        `the field "${field}" of ${withArticle(kind.type)} is missing or malformed`,
      );
    }
    row[column] = value;
  }
  const wrong = wrongWith(kind.type, record);
  if (wrong !== null) throw new RangeError(`this ${kind.type} cannot be: ${wrong}`);
  return row;
}

/**
 * Compares the positions of two rows of a kind: negative if the first comes earlier, 0 if they are
 * equal. Texts are compared byte by byte, as they are stored.
 */
export function compareRows(kind: Kind, one: Row, other: Row): number {
  for (const field of kind.order) {
    const [a, b] = [one[columnOf(kind, field)], other[columnOf(kind, field)]];
    const order = typeof a === "string"
      ? Buffer.compare(Buffer.from(a), Buffer.from(String(b)))
      : Number(a) - Number(b);
    if (order !== 0) return order;
  }
  return 0;
}

/** @returns The value for a column, or `undefined` if it has the wrong type. */
function fromJson(type: FieldType, value: unknown): unknown {
  if (value === undefined || value === null) return type.endsWith("?") ? null : undefined;
  switch (type) {
    case "number":
    case "number?":
      return Number.isSafeInteger(value) ? value : undefined;
    case "boolean":
    case "boolean?":
      return typeof value === "boolean" ? value : undefined;
    case "text":
    case "text?":
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

/** The records of one type, in export order. */
export function inOrder(type: string, records: readonly RecordLine[]): RecordLine[] {
  const kind = KINDS.find((kind) => kind.type === type)!;
  return records.map((record) => ({ record, row: toRow(kind, record) }))
    .sort((one, other) => compareRows(kind, one.row, other.row))
    .map(({ record }) => record);
}
