/**
 * The frames that a client may send, and how what it did send becomes one of them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import * as v from "valibot";
import { LEVELS, LIMITS, type Refusal } from "../protocol.ts";
import {
  anyText,
  conversation,
  emoji,
  files,
  isOnePlace,
  key,
  keyText,
  limit,
  name,
  note,
  position,
  roomName,
  saysSomething,
  seq,
  text,
  twoPlaces,
} from "./fields.ts";

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
  watch: v.object({
    type: v.literal("watch"),
    names: v.pipe(v.array(name), v.maxLength(LIMITS.watched_people), v.readonly()),
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

/** Whether a frame is longer than it may be; the bytes are counted only where they decide. */
export function isTooLong(text: string): boolean {
  if (text.length > LIMITS.frame_bytes) return true;
  // UTF-8 needs one to three bytes for a code unit.
  return text.length * 3 > LIMITS.frame_bytes && Buffer.byteLength(text) > LIMITS.frame_bytes;
}

/**
 * Reads what a client has sent in one frame: an object, or an array of them.
 *
 * @returns The commands and the refusals, in order; never throws.
 */
export function decode(text: string): Decoded[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [{ refusal: { code: "bad_json" } }];
  }
  return (Array.isArray(value) ? value : [value]).map(decodeCommand);
}

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
