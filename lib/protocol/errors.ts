/**
 * Error codes and close codes: one table each, shared by WebSocket frames, HTTP problem details and
 * the page.
 *
 * @module
 */

// ---------------------------------------------------------------------------------------------
// Errors

/**
 * Every refusal: its stable code, the HTTP status of its HTTP response, and a sentence for users.
 * WebSocket `error` frames and RFC 9457 problem details share this table.
 */
export const ERRORS = {
  bad_json: { status: 400, message: "This is not valid JSON." },
  bad_request: { status: 400, message: "Something in this request is missing or malformed." },
  unknown_type: { status: 400, message: "This type of message is unknown." },
  sender_mismatch: { status: 403, message: "You can only send under your own name." },
  too_slow: { status: 408, message: "The request took too long to arrive." },
  too_long: { status: 413, message: "This is too long for this server." },
  file_too_large: { status: 413, message: "This file is too large for this server." },
  files_off: { status: 403, message: "This server doesn't accept files." },
  limit_reached: { status: 403, message: "This would exceed a limit of this server." },
  storage_full: { status: 507, message: "This server has no space left for files." },
  rate_limited: { status: 429, message: "You're sending too fast. Please wait a moment." },
  unauthorized: { status: 401, message: "Please sign in first." },
  bad_invite: {
    status: 403,
    message: "This invitation has been used, has expired or was revoked.",
  },
  invite_only: { status: 403, message: "You need an invitation to sign up here." },
  banned: { status: 403, message: "You've been banned from this server." },
  deactivated: { status: 403, message: "This account is deactivated. Ask an owner for help." },
  muted: { status: 403, message: "You're muted for now." },
  room_locked: { status: 403, message: "This room is locked. Only moderators can write here." },
  hosts_only: { status: 403, message: "Only hosts can post in this room." },
  room_archived: { status: 403, message: "This room is archived. It can only be read." },
  blocked: { status: 403, message: "You can't message this person." },
  wrong_password: { status: 401, message: "The name or password is wrong." },
  provider_only: { status: 403, message: "Sign in here with your organization's account." },
  provider_failed: { status: 502, message: "Signing in there didn't work. Please try again." },
  linked_elsewhere: { status: 409, message: "That account belongs to another user here." },
  forbidden: { status: 403, message: "You're not allowed to do this." },
  confirm_first: {
    status: 403,
    message: "Confirm it's you first, with your password or a passkey.",
  },
  foreign_origin: {
    status: 403,
    message: "Requests from other sites are not accepted: see the settings url and origins.",
  },
  misdirected: {
    status: 421,
    message: "This server does not answer under this name: see the settings url and origins.",
  },
  not_a_member: { status: 403, message: "Join the room first." },
  no_such_room: { status: 404, message: "There is no such room." },
  no_such_group: { status: 404, message: "There is no such group." },
  no_such_user: { status: 404, message: "There is no user with this name." },
  edit_conflict: {
    status: 409,
    message: "This message was edited on another device meanwhile.",
  },
  no_such_message: { status: 404, message: "There is no such message." },
  bad_emoji: { status: 400, message: "This server doesn't know this emoji." },
  no_such_emoji: { status: 404, message: "This server has no such emoji." },
  no_such_preview: { status: 404, message: "This message has no preview." },
  no_such_poll: { status: 404, message: "This message has no poll." },
  poll_closed: { status: 403, message: "This poll is closed." },
  anonymous_poll: { status: 403, message: "This poll is anonymous: nobody learns who voted." },
  bad_vote: { status: 400, message: "This poll doesn't have these options." },
  too_many_reactions: {
    status: 403,
    message: "This message already has the maximum number of different reactions.",
  },
  invalid_search: {
    status: 400,
    message: "An operator in this search has an invalid value.",
  },
  bad_time_zone: { status: 400, message: "There is no time zone with this name." },
  no_such_command: { status: 404, message: "No bot in this room offers this command." },
  no_such_scheduled: {
    status: 404,
    message: "None of your scheduled messages has this ID. It may have been sent.",
  },
  no_such_call: { status: 404, message: "This command can no longer be answered." },
  no_such_file: { status: 404, message: "You can't attach this file here." },
  not_found: { status: 404, message: "There is nothing at this address." },
  method_not_allowed: { status: 405, message: "This address does not support this method." },
  stale_epoch: {
    status: 409,
    message: "The server's history has changed since this was written. Nothing was done.",
  },
  name_taken: { status: 409, message: "This name is taken." },
  name_reserved: { status: 403, message: "This name is reserved. Please choose another one." },
  room_exists: { status: 409, message: "There is already a room with this name." },
  upgrade_required: { status: 426, message: "This address accepts WebSocket connections only." },
  internal: { status: 500, message: "Something went wrong on the server." },
  try_again: { status: 503, message: "The server couldn't do this right now. Please try again." },
} as const;

/** A stable error code. */
export type ErrorCode = keyof typeof ERRORS;

/** An expected refusal, as a value: returned, never thrown. */
export interface Refusal {
  readonly code: ErrorCode;
  /** A sentence for users, if it is more specific than the table. */
  readonly message?: string;
  /** Milliseconds to wait before the next attempt. */
  readonly retry_after?: number;
}

// ---------------------------------------------------------------------------------------------
// Close codes

/**
 * Every close code the server sends (RFC 6455 section 7.4), its reason, and whether a client should
 * reconnect. The private codes 4000–4499 mean: reconnect, with backoff and jitter. The codes
 * 4500–4999 mean: do not reconnect.
 */
export const CLOSE_CODES = {
  normal: { code: 1000, reconnect: false, reason: "goodbye" },
  going_away: { code: 1001, reconnect: true, reason: "server is shutting down" },
  unsupported_data: { code: 1003, reconnect: false, reason: "binary messages are not supported" },
  message_too_big: { code: 1009, reconnect: true, reason: "message is over 64 KiB" },
  internal_error: { code: 1011, reconnect: true, reason: "internal error" },
  slow_reader: { code: 4008, reconnect: true, reason: "reading too slowly" },
  log_restored: { code: 4010, reconnect: true, reason: "the log was replaced: reload the rooms" },
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
 * @returns `true` unless the code says that reconnecting is pointless or unwelcome.
 */
export function shouldReconnect(code: number): boolean {
  if (code >= 4500 && code <= 4999) return false;
  const known = Object.values(CLOSE_CODES).find((entry) => entry.code === code);
  return known?.reconnect ?? true;
}

/** Whether a value is a refusal. */
export function isRefusal(value: object): value is Refusal {
  return "code" in value && typeof value.code === "string" &&
    Object.hasOwn(ERRORS, value.code as ErrorCode);
}
