/**
 * The wire: every frame that client and server exchange, the error codes, the close codes and the
 * limits. Server and page import this one module, so that they cannot disagree. It uses neither
 * Deno nor the DOM. What a client sends is written down in `schemas/`, as rules that the server
 * checks; here are the types that follow from them. `docs/protocol.md` is the same in prose.
 *
 * @module
 */

/**
 * The subprotocols, the better one first. In both every frame, in both directions, may hold a JSON
 * array of messages; in `chat.batch.v2` what the server sends is in shorthand besides.
 */
export const SUBPROTOCOLS = ["chat.batch.v2", "chat.batch.v1"] as const;

/** A subprotocol. */
export type Subprotocol = (typeof SUBPROTOCOLS)[number];

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
  /**
   * People of whom everybody is told: the first who are here. Deno keeps a buffer as long as the
   * longest frame that a connection ever got: each name in `welcome` costs everybody 40 bytes for
   * as long as they stay.
   */
  listed_people: 100,
  /** People of whom one connection can ask to be told. */
  watched_people: 500,
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
  too_many_reactions: {
    status: 403,
    message: "There are as many different reactions to this as there can be.",
  },
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

// ---------------------------------------------------------------------------------------------
// Client to server

/** Where a page of a log is: before one `seq`, after it, or around it; at the end without any. */
export interface PlaceOfPage {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly around?: number | undefined;
}

/** What of a room somebody can want to be told of. */
export const LEVELS = ["all", "mentions", "none"] as const;

export type { ClientFrame, Command, CommandOf, CommandType } from "./schemas/frames.ts";

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

/** Some of those who are here. */
export interface PeopleHere {
  readonly online: readonly string[];
  /** Those of `online` from whom nothing came lately. */
  readonly away: readonly string[];
  /** Those of `online` who are guests. */
  readonly guests: readonly GuestTag[];
  /** How many are online or away in all. */
  readonly online_count: number;
}

/** The first frame of a connection; it lists the first `listed_people` of those who are here. */
export interface Welcome extends PeopleHere {
  type: "welcome";
  you: { name: string; role: Role };
  server: { name: string; version: string };
  limits: Limits;
  epoch: string;
  rooms: readonly RoomSummary[];
  /** Owners, moderators and bots, online or not: who is not among them is a member or a guest. */
  roles: readonly RoleTag[];
}

/** The answer to `watch`: those of the people it names who are here. */
export interface Watching extends Answer, PeopleHere {
  type: "watching";
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
  | {
    type: "presence";
    name: string;
    guest?: number;
    state: PresenceState;
    /** Told because this connection asked to be told of them. */
    watched?: true;
  }
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
  | Watching
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
