/**
 * The wire: every frame that client and server exchange, the rules an incoming frame must meet,
 * the error codes, the close codes and the limits. Server and page import this one module, so
 * that they cannot disagree. It uses neither Deno nor the DOM. `docs/protocol.md` is the same in
 * prose.
 *
 * @module
 */
import * as v from "valibot";

/** The subprotocol whose every frame, in both directions, may hold a JSON array of messages. */
export const BATCH_SUBPROTOCOL = "chat.batch.v1";

/** What the server accepts at most. Sent in `welcome`, so that a client need not guess. */
export const LIMITS = {
  /** Bytes of UTF-8 in one WebSocket message; longer ones are closed with 1009. */
  frame_bytes: 65_536,
  /** UTF-16 code units in the text of one message; leaves room for JSON's escapes in a frame. */
  message_length: 10_000,
  /** Characters in a room's name. */
  room_name_length: 64,
  /** Characters in a person's name. */
  name_length: 32,
  /** Characters in a room's title. */
  title_length: 200,
  /** Characters in a client-chosen `key`. */
  key_length: 64,
  /** UTF-16 code units in a reaction; the longest emoji sequences of Unicode 17 have 15. */
  emoji_length: 32,
  /** Characters in a password, at least. */
  password_length_min: 8,
  /** Characters in a search query. */
  query_length: 200,
  /** Messages in one page of history or search results. */
  page_size: 100,
  /** Bytes in one file; the setting `file-bytes` says another number, 0 for no files at all. */
  file_bytes: 26_214_400,
  /** UTF-16 code units in a file's name. */
  file_name_length: 200,
  /** Files under one message. */
  files_per_message: 10,
} as const;

/** The limits as `welcome` carries them. */
export type Limits = { readonly [K in keyof typeof LIMITS]: number };

// ---------------------------------------------------------------------------------------------
// Errors

/**
 * Every refusal: its stable code, the HTTP status it has where it is an HTTP answer, and a
 * sentence for people. WebSocket `error` frames and RFC 9457 problem details share this table.
 */
export const ERRORS = {
  bad_json: { status: 400, message: "This is not valid JSON." },
  bad_request: { status: 400, message: "Something in this request is missing or malformed." },
  unknown_type: { status: 400, message: "There is no such type of message." },
  sender_mismatch: { status: 403, message: "You can only send under your own name." },
  too_long: { status: 413, message: "This is longer than the server accepts." },
  file_too_large: { status: 413, message: "This file is larger than the server accepts." },
  files_off: { status: 403, message: "This server takes no files." },
  storage_full: { status: 507, message: "There is no room for more files on this server." },
  rate_limited: { status: 429, message: "You are sending too fast. Please wait a moment." },
  unauthorized: { status: 401, message: "Please sign in first." },
  bad_invite: { status: 403, message: "This invitation is used up, expired or revoked." },
  invite_only: { status: 403, message: "New people need an invitation here." },
  banned: { status: 403, message: "You have been banned from this server." },
  muted: { status: 403, message: "A moderator has silenced you for now." },
  room_locked: { status: 403, message: "This room is locked: only moderators can write here." },
  blocked: { status: 403, message: "You cannot write to this person." },
  wrong_password: { status: 401, message: "The name or the password is not right." },
  forbidden: { status: 403, message: "You may not do this." },
  foreign_origin: {
    status: 403,
    message: "Requests from other sites are not accepted: see the settings url and origins.",
  },
  not_a_member: { status: 403, message: "Join the room first." },
  no_such_room: { status: 404, message: "There is no such room." },
  no_such_user: { status: 404, message: "Nobody has this name." },
  no_such_message: { status: 404, message: "There is no such message." },
  no_such_file: { status: 404, message: "There is no such file here that you could attach." },
  not_found: { status: 404, message: "There is nothing here." },
  method_not_allowed: { status: 405, message: "This address does not answer to this method." },
  name_taken: { status: 409, message: "Somebody else has this name." },
  room_exists: { status: 409, message: "There is already a room of this name." },
  upgrade_required: { status: 426, message: "This address speaks WebSocket only." },
  internal: { status: 500, message: "Something went wrong on the server." },
  try_again: { status: 503, message: "The server could not do this just now. Please try again." },
} as const;

/** A stable error code. */
export type ErrorCode = keyof typeof ERRORS;

/** An expected refusal, as a value: returned, never thrown. */
export interface Refusal {
  readonly code: ErrorCode;
  /** A sentence for people, where it can say more than the table does. */
  readonly message?: string;
  /** Milliseconds after which trying again makes sense. */
  readonly retry_after?: number;
}

// ---------------------------------------------------------------------------------------------
// Close codes

/**
 * Every close code the server sends (RFC 6455 section 7.4), its reason, and whether a client
 * should come back. Of the private codes 4000–4499 mean come back, with backoff and jitter, and
 * 4500–4999 mean do not.
 */
export const CLOSE_CODES = {
  normal: { code: 1000, reconnect: false, reason: "goodbye" },
  going_away: { code: 1001, reconnect: true, reason: "server is shutting down" },
  unsupported_data: { code: 1003, reconnect: false, reason: "binary messages are not supported" },
  message_too_big: { code: 1009, reconnect: true, reason: "message is over 64 KiB" },
  internal_error: { code: 1011, reconnect: true, reason: "internal error" },
  slow_reader: { code: 4008, reconnect: true, reason: "reading too slowly" },
  flooding: { code: 4029, reconnect: true, reason: "sending too fast" },
  signed_out: { code: 4501, reconnect: false, reason: "signed out" },
  banned: { code: 4503, reconnect: false, reason: "banned" },
} as const;

/** The name of a way to close a connection. */
export type CloseName = keyof typeof CLOSE_CODES;

/**
 * Whether a client should reconnect after a close.
 *
 * @param code The close code it saw; 1005 and 1006 (RFC 6455 section 7.4.1) are lost connections.
 * @returns `true` unless the code says that coming back is pointless or unwelcome.
 */
export function shouldReconnect(code: number): boolean {
  if (code >= 4500 && code <= 4999) return false;
  const known = Object.values(CLOSE_CODES).find((entry) => entry.code === code);
  return known?.reconnect ?? true;
}

// ---------------------------------------------------------------------------------------------
// Names

/** The form in which two names of people are the same name: NFKC (UAX #15), without case. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

/**
 * Whether a text mentions somebody: `@Name`, in whatever case, and not as the beginning of a
 * longer word.
 */
export function mentions(text: string, name: string): boolean {
  const folded = foldName(text);
  const mention = `@${foldName(name)}`;
  for (let at = folded.indexOf(mention); at >= 0; at = folded.indexOf(mention, at + 1)) {
    const before = /[\p{L}\p{N}]$/u.test(folded.slice(Math.max(0, at - 2), at));
    const after = /^[\p{L}\p{M}\p{N}]/u.test(folded.slice(at + mention.length));
    if (!before && !after) return true;
  }
  return false;
}

/** The form in which two names of rooms are the same room. */
export const foldRoom = foldName;

/**
 * Normalising takes time with the square of how many marks stand in a row: what cannot become a
 * name of `length` characters, for NFKC makes one of four at most, is refused before.
 */
function normalized(length: number) {
  return v.pipe(v.string(), v.maxLength(length * 4), v.normalize("NFKC"));
}

// Some letters and marks cannot be seen: they would make a name that only looks like another.
const visible = v.check((name: string) => !/\p{Default_Ignorable_Code_Point}/u.test(name));

// Their capitals look alike where their small letters do not, and the other way round: a name is
// in one of them (UTS #39, section 5.2).
const ALIKE = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u];
const unmixed = v.check((name: string) => ALIKE.filter((script) => script.test(name)).length < 2);

const personName = v.pipe(
  normalized(LIMITS.name_length),
  v.trim(),
  v.minLength(1),
  v.maxLength(LIMITS.name_length),
  // Letters, marks, digits, and single spaces or joiners between them: nothing that cannot be
  // seen, nothing that could be read as markup, an address or a room.
  v.regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[ ._'-][\p{L}\p{M}\p{N}]+)*$/u),
  visible,
  unmixed,
);
const roomName = v.pipe(
  normalized(LIMITS.room_name_length),
  v.minLength(1),
  v.maxLength(LIMITS.room_name_length),
  v.regex(/^[\p{L}\p{M}\p{N}_-]+$/u),
  visible,
);
const directName = v.pipe(v.string(), v.startsWith("@"), v.maxLength(LIMITS.name_length + 1));

/** A room's name, or `@Name` for the direct conversation with that person. */
const conversation = v.union([roomName, directName]);

// ---------------------------------------------------------------------------------------------
// Client to server

const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const position = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const limit = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(LIMITS.page_size));
// Text is free, but a lone surrogate is no Unicode at all: it could not be sent on as UTF-8.
const anyText = v.pipe(
  v.string(),
  v.maxLength(LIMITS.message_length, "too_long"),
  v.check((value) => value.isWellFormed()),
);
const text = v.pipe(anyText, v.check((value) => value.trim() !== ""));
/** What names a file to those who may read it. */
const fileId = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));
const files = v.optional(
  v.pipe(
    v.array(fileId),
    v.maxLength(LIMITS.files_per_message),
    v.check((ids) => new Set(ids).size === ids.length),
    v.readonly(),
  ),
);
/** A message says something, or has something under it. */
function saysSomething(
  { message, files }: { readonly message: string; readonly files?: readonly string[] | undefined },
): boolean {
  return message.trim() !== "" || (files !== undefined && files.length > 0);
}
const emoji = v.pipe(
  v.string(),
  v.maxLength(LIMITS.emoji_length),
  v.regex(/^[\p{L}\p{M}\p{N}\p{P}\p{S}\u200d\ufe0f\u{e0020}-\u{e007f}]+$/u),
);
const keyText = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(LIMITS.key_length),
  v.check((value) => value.isWellFormed()),
);
const key = v.optional(keyText);

/** Where a page of a log is: before one `seq`, after it, or around it; at the end without any. */
export interface PlaceOfPage {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly around?: number | undefined;
}

// Whoever names two places means none of them.
function isOnePlace({ before, after, around }: PlaceOfPage): boolean {
  return [before, after, around].filter((place) => place !== undefined).length < 2;
}
const twoPlaces = "Give one of before, after and around.";

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.name_length));
const note = v.optional(v.pipe(v.string(), v.trim(), v.maxLength(LIMITS.title_length)));

/** What of a room somebody can want to be told of. */
export const LEVELS = ["all", "mentions", "none"] as const;

/**
 * What a client may send, by `type`. Fields that are not named here are dropped, so that an older
 * server can serve a newer client.
 */
export const clientFrames = {
  join: v.object({
    type: v.literal("join"),
    room: conversation,
    after: v.optional(position),
    epoch: v.optional(v.string()),
    key,
  }),
  leave: v.object({ type: v.literal("leave"), room: conversation, key }),
  create_room: v.object({
    type: v.literal("create_room"),
    room: roomName,
    kind: v.picklist(["public", "private"]),
    title: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(LIMITS.title_length))),
    key,
  }),
  invite: v.object({ type: v.literal("invite"), room: roomName, name, key }),
  ping: v.object({ type: v.literal("ping"), key }),
  list_rooms: v.object({ type: v.literal("list_rooms"), key }),
  list_members: v.object({ type: v.literal("list_members"), room: conversation, key }),
  room_message: v.pipe(
    v.object({
      type: v.literal("room_message"),
      room: conversation,
      message: anyText,
      files,
      sender: v.optional(v.string()),
      reply_to: v.optional(seq),
      key,
    }),
    v.forward(v.check((said) => saysSomething(said)), ["message"]),
  ),
  private_message: v.pipe(
    v.object({
      type: v.literal("private_message"),
      receiver: name,
      message: anyText,
      files,
      sender: v.optional(v.string()),
      reply_to: v.optional(seq),
      key,
    }),
    v.forward(v.check((said) => saysSomething(said)), ["message"]),
  ),
  edit_message: v.object({
    type: v.literal("edit_message"),
    room: conversation,
    seq,
    message: text,
    key,
  }),
  delete_message: v.object({ type: v.literal("delete_message"), room: conversation, seq, key }),
  react: v.object({
    type: v.literal("react"),
    room: conversation,
    seq,
    emoji,
    on: v.boolean(),
    key,
  }),
  typing: v.object({ type: v.literal("typing"), room: conversation, key }),
  presence: v.object({
    type: v.literal("presence"),
    state: v.picklist(["online", "away"]),
    key,
  }),
  read: v.object({ type: v.literal("read"), room: conversation, seq, key }),
  set_level: v.object({
    type: v.literal("set_level"),
    room: conversation,
    level: v.picklist(LEVELS),
    key,
  }),
  history: v.pipe(
    v.object({
      type: v.literal("history"),
      room: conversation,
      before: v.optional(seq),
      after: v.optional(position),
      around: v.optional(seq),
      limit: v.optional(limit),
      key,
    }),
    v.check((page) => isOnePlace(page), twoPlaces),
  ),
  search: v.object({
    type: v.literal("search"),
    query: v.pipe(v.string(), v.maxLength(LIMITS.query_length)),
    room: v.optional(conversation),
    /** Who wrote it. */
    sender: v.optional(name),
    /** Sent at this moment or later, and before that one; in ms since the Unix epoch. */
    since: v.optional(position),
    until: v.optional(position),
    before: v.optional(v.string()),
    limit: v.optional(limit),
    key,
  }),
  kick: v.object({ type: v.literal("kick"), room: roomName, name, key }),
  ban: v.object({
    type: v.literal("ban"),
    name,
    /** Whether the addresses they are connected from are banned too. */
    address: v.optional(v.boolean()),
    reason: note,
    key,
  }),
  unban: v.object({ type: v.literal("unban"), name, key }),
  list_bans: v.object({ type: v.literal("list_bans"), key }),
  mute: v.object({
    type: v.literal("mute"),
    name,
    /** For how long; 0 lets them speak again. */
    seconds: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(31_536_000)),
    key,
  }),
  set_room: v.object({
    type: v.literal("set_room"),
    room: roomName,
    /** Whether only moderators can write. */
    locked: v.optional(v.boolean()),
    /** How many seconds one person waits between two messages. */
    slow_seconds: v.optional(
      v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(86_400)),
    ),
    key,
  }),
  set_role: v.object({
    type: v.literal("set_role"),
    name,
    role: v.picklist(["moderator", "member"]),
    key,
  }),
  block: v.object({ type: v.literal("block"), name, on: v.boolean(), key }),
  list_blocks: v.object({ type: v.literal("list_blocks"), key }),
  moderation_log: v.object({
    type: v.literal("moderation_log"),
    before: v.optional(seq),
    limit: v.optional(limit),
    key,
  }),
} as const;

/** A `type` that a client may send. */
export type CommandType = keyof typeof clientFrames;

/** A validated frame from a client, by its type. */
export type CommandOf<T extends CommandType> = v.InferOutput<(typeof clientFrames)[T]>;

/** A validated frame from a client. */
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType];

/** What a page or program writes, before validation: the same shapes. */
export type ClientFrame = Command;

/** What decoding gives: a command, or the reason it is none with the `key` it carried, if any. */
export type Decoded =
  | { readonly command: Command }
  | { readonly refusal: Refusal; readonly key?: string };

/**
 * Checks one parsed JSON value against the protocol.
 *
 * @param value Anything that `JSON.parse` can return.
 * @returns The command, or the refusal; never throws.
 */
export function decodeCommand(value: unknown): Decoded {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { refusal: { code: "bad_request", message: "A message is a JSON object." } };
  }
  const { type, key: sentKey } = value as { type?: unknown; key?: unknown };
  const echo = v.is(keyText, sentKey) ? { key: sentKey } : {};
  if (typeof type !== "string" || !Object.hasOwn(clientFrames, type)) {
    return { refusal: { code: "unknown_type" }, ...echo };
  }
  const result = v.safeParse(clientFrames[type as CommandType], value, { abortEarly: true });
  if (result.success) return { command: result.output as Command };
  return { refusal: refusalOf(result.issues[0]), ...echo };
}

function refusalOf(issue: v.BaseIssue<unknown>): Refusal {
  if (issue.message === "too_long") return { code: "too_long" };
  const field = v.getDotPath(issue);
  if (field === null) return { code: "bad_request", message: issue.message };
  return {
    code: "bad_request",
    message: `The field "${field}" is missing or malformed.`,
  };
}

const password = v.pipe(v.string(), v.minLength(LIMITS.password_length_min), v.maxLength(256));
const secret = v.pipe(v.string(), v.minLength(1), v.maxLength(128));

/** The body of `POST /api/session`: a name, or what another device handed over. */
export const sessionRequest = v.union([
  v.object({ device: secret }),
  v.object({
    name: personName,
    password: v.optional(password),
    invite: v.optional(secret),
  }),
]);

/** The body of `PUT /api/password`: the old one is asked for where there is one. */
export const passwordRequest = v.object({ password, current: v.optional(password) });

/** The body of `POST /api/invites`. */
export const inviteRequest = v.object({
  /** How often it can be used; as often as one likes without. */
  uses: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(10_000))),
  /** For how long it can be used; for ever without. */
  hours: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(8_760))),
  /** The room that whoever redeems it finds themselves in. */
  room: v.optional(roomName),
});

/** The body of `POST /api/bots`. */
export const botRequest = v.object({ name: personName });

/** A device's push subscription, as `PushSubscription.toJSON()` has it (W3C Push API). */
export const pushRequest = v.object({
  endpoint: v.pipe(v.string(), v.url(), v.maxLength(2_048)),
  keys: v.object({
    // An uncompressed point of P-256, and 16 bytes (RFC 8291), in base64url without padding.
    p256dh: v.pipe(v.string(), v.regex(/^B[\w-]{86}$/)),
    auth: v.pipe(v.string(), v.regex(/^[\w-]{22}$/)),
  }),
});

/** What a passkey is called. */
export const passkeyLabel = v.optional(v.pipe(v.string(), v.trim(), v.maxLength(64)), "");

/** The body of `POST /api/rooms/{room}/messages`. */
export const postRequest = v.pipe(
  v.object({ message: anyText, files, reply_to: v.optional(seq), key }),
  v.forward(v.check((said) => saysSomething(said)), ["message"]),
);

/** What would end a file's name early, or turn the order of its letters round. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu;

/** The `?name=` of an upload: the last part of a path, as far as it can be seen and kept. */
export const fileNameRequest = v.pipe(
  v.string(),
  v.maxLength(4_096),
  v.transform((name) => name.replace(/^.*[/\\]/su, "").replace(UNSEEN, "").trim()),
  v.transform(fittingName),
);

/** A name that is too long loses its middle, so that what kind of file it is can still be seen. */
function fittingName(name: string): string {
  if (name === "" || /^\.+$/.test(name)) return "file";
  if (name.length <= LIMITS.file_name_length) return name;
  const [ending = ""] = /\.[^.]{1,16}$/u.exec(name) ?? [];
  return `${name.slice(0, LIMITS.file_name_length - ending.length - 1)}…${ending}`.toWellFormed();
}

/** Checks the `{id}` of a file's path. */
export const fileRequest = fileId;

/** Checks a person's name, as `?name=` carries it; the output is the name as it will be shown. */
export const nameRequest = personName;

const digits = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number));

/** The query of `GET /api/rooms/{room}/messages`. */
export const pageRequest = v.pipe(
  v.object({
    before: v.optional(v.pipe(digits, seq)),
    after: v.optional(v.pipe(digits, position)),
    around: v.optional(v.pipe(digits, seq)),
    limit: v.optional(v.pipe(digits, limit)),
  }),
  v.check((page) => isOnePlace(page), twoPlaces),
);

/** Checks the `{room}` of a path. */
export const roomRequest = conversation;

// ---------------------------------------------------------------------------------------------
// Server to client

/** What a person may do on the server. */
export type Role = "owner" | "moderator" | "member" | "bot" | "guest";

/** Who may see and enter a room: anybody, the invited, or the two people of a conversation. */
export type RoomKind = "public" | "private" | "direct";

/** What of a room somebody wants to be told of: everything, what mentions them, or nothing. */
export type Level = (typeof LEVELS)[number];

/** Whether a person is connected, and whether anything came from them lately. */
export type PresenceState = "online" | "away" | "offline";

/** One emoji under a message, and who put it there, in the order in which they did. */
export interface Reaction {
  readonly emoji: string;
  readonly names: readonly string[];
}

/** A file under a message. Its bytes are at `/api/files/{id}`. */
export interface FileInfo {
  readonly id: string;
  readonly name: string;
  /** As the bytes say: of an image that is shown inline, or `application/octet-stream`. */
  readonly type: string;
  /** In bytes. */
  readonly size: number;
  /** In pixels; images have both. */
  readonly width?: number;
  readonly height?: number;
}

/** What every event of a room's log carries. */
interface LogEvent {
  readonly seq: number;
  readonly sender: string;
  /** The number of the guest who it was, where it was one: no two guests ever share it. */
  readonly guest?: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly key?: string;
}

/** Where a log event happened: in a room, or between `sender` and `receiver`. */
type Place = { readonly room: string } | { readonly receiver: string };

/** What a message says; as a row of history it also says what became of it. */
export interface MessageBody {
  readonly message: string;
  readonly reply_to?: number;
  readonly edited_at?: number;
  readonly deleted?: true;
  readonly files?: readonly FileInfo[];
  readonly reactions?: readonly Reaction[];
}

/** A message in a room. */
export type RoomMessage = LogEvent & MessageBody & { type: "room_message"; room: string };

/** A message in a direct conversation. */
export type PrivateMessage =
  & LogEvent
  & MessageBody
  & { type: "private_message"; receiver: string };

/** A message, wherever. */
export type Message = RoomMessage | PrivateMessage;

/** A message whose text changed. `target` is its `seq`. */
export type MessageEdited =
  & LogEvent
  & Place
  & { type: "message_edited"; target: number; message: string };

/** A message that is gone: only its place in the log remains. */
export type MessageDeleted = LogEvent & Place & { type: "message_deleted"; target: number };

/** A reaction put on a message or taken off it. */
export type ReactionChanged =
  & LogEvent
  & Place
  & { type: "reaction"; target: number; emoji: string; on: boolean };

/** Everything that takes a `seq`. */
export type RoomEvent = Message | MessageEdited | MessageDeleted | ReactionChanged;

/** A room or conversation that one is in. */
export interface RoomSummary {
  readonly room: string;
  readonly kind: RoomKind;
  readonly title?: string;
  /** The newest `seq` of its log; 0 when it is empty. */
  readonly seq: number;
  /** Everything up to it has been seen, on whichever device. */
  readonly read: number;
  /** Messages of others after `read`; counted up to 100. */
  readonly unread: number;
  readonly level: Level;
  readonly locked?: true;
  readonly slow_seconds?: number;
}

/** A guest who is here, by name, and the number that tells them from all others. */
export interface GuestTag {
  readonly name: string;
  readonly guest: number;
}

/** Somebody who is not simply a member. */
export interface RoleTag {
  readonly name: string;
  readonly role: Role;
}

/** A ban. */
export interface BanListing {
  readonly name?: string;
  readonly address?: string;
  readonly reason: string;
  readonly at: number;
}

/** Something that a moderator did. */
export interface ModerationListing {
  readonly id: number;
  readonly at: number;
  readonly by: string;
  readonly action: string;
  readonly subject?: string;
  readonly room?: string;
  readonly detail?: string;
}

/** A room that one could be in. */
export interface RoomListing {
  readonly room: string;
  readonly kind: RoomKind;
  readonly title?: string;
  readonly members: number;
  readonly joined: boolean;
}

/** The server's frames that answer one command carry its `key`. */
interface Answer {
  readonly key?: string;
}

/** The first frame of a connection. */
export interface Welcome {
  type: "welcome";
  you: { name: string; role: Role };
  server: { name: string; version: string };
  limits: Limits;
  epoch: string;
  rooms: readonly RoomSummary[];
  online: readonly string[];
  /** Those of `online` from whom nothing came lately. */
  away: readonly string[];
  /** Those of `online` who are guests. */
  guests: readonly GuestTag[];
  /** Owners, moderators and bots, online or not: who is not among them is a member or a guest. */
  roles: readonly RoleTag[];
  online_count: number;
}

/**
 * The answer to `join`. With `after`, and `truncated` false, `messages` is every event after it,
 * in order; otherwise it is the latest page of messages as they are now. Live events go on at
 * `seq + 1`.
 */
export interface Joined extends Answer {
  type: "joined";
  room: string;
  kind: RoomKind;
  title?: string;
  epoch: string;
  seq: number;
  read: number;
  members: readonly string[];
  locked?: true;
  slow_seconds?: number;
  messages: readonly RoomEvent[];
  truncated: boolean;
  /** Whether the room has messages older than `messages`. */
  more: boolean;
}

/** A page of a room's log, oldest first. */
export interface HistoryPage {
  readonly messages: readonly Message[];
  /** Whether there are more where it was asked for: after it with `after`, else before it. */
  readonly more: boolean;
  /** With `around`: whether there are more after it. */
  readonly more_after?: boolean;
}

/** The answer to `history`. */
export interface History extends Answer, HistoryPage {
  type: "history";
  room: string;
}

/** A message that was found. */
export type SearchHit = Message & {
  /** The part of the text around the first match. */
  readonly snippet: string;
  /** Where the matches stand in the snippet: pairs of start and end, in UTF-16 code units. */
  readonly highlights: readonly (readonly [number, number])[];
};

/** What a search found, newest first. */
export interface SearchResults extends Answer {
  type: "search_results";
  query: string;
  messages: readonly SearchHit[];
  more: boolean;
  /** Pass it as `before` to get the next page. */
  next?: string;
}

/** Every other frame that a server sends. */
export type Notice =
  | Answer & { type: "pong" }
  | Answer & { type: "left"; room: string; by?: string }
  | Answer & { type: "rooms"; rooms: readonly RoomListing[] }
  | Answer & { type: "members"; room: string; members: readonly string[] }
  | Answer & { type: "read"; room: string; seq: number }
  | Answer & { type: "level"; room: string; level: Level }
  | { type: "presence"; name: string; guest?: number; state: PresenceState }
  | Answer & { type: "room_changed"; room: string; locked: boolean; slow_seconds: number }
  | Answer & { type: "role_changed"; name: string; role: Role }
  | Answer & { type: "muted"; name: string; until: number }
  | Answer & { type: "banned" | "unbanned"; name: string }
  | Answer & { type: "bans"; bans: readonly BanListing[] }
  | Answer & { type: "blocks"; names: readonly string[] }
  | Answer & {
    type: "moderation_log";
    entries: readonly ModerationListing[];
    more: boolean;
  }
  | { type: "typing"; room: string; name: string; guest?: number }
  | Answer & { type: "member_joined"; room: string; name: string; guest?: number }
  | Answer & { type: "member_left"; room: string; name: string };

/** A refusal as a frame. */
export interface ErrorFrame extends Answer {
  type: "error";
  code: ErrorCode;
  message: string;
  retry_after?: number;
}

/** A frame from the server. */
export type ServerFrame =
  | Welcome
  | Joined
  | History
  | SearchResults
  | RoomEvent
  | Notice
  | ErrorFrame;

/**
 * The `error` frame of a refusal.
 *
 * @param refusal What was refused, and why.
 * @param key The `key` of the frame that is answered, if it had one.
 */
export function errorFrame(refusal: Refusal, key?: string): ErrorFrame {
  return {
    type: "error",
    code: refusal.code,
    message: refusal.message ?? ERRORS[refusal.code].message,
    ...(refusal.retry_after === undefined ? {} : { retry_after: refusal.retry_after }),
    ...(key === undefined ? {} : { key }),
  };
}
