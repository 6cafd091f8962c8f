/**
 * The frames that a client may send, and how what it did send becomes one of them.
 *
 * @module
 */
import * as v from "valibot";
import type { Field, Fields } from "../../chat/events/event.ts";
import { messageDeleted } from "../../chat/events/message_deleted.ts";
import { messageEdited } from "../../chat/events/message_edited.ts";
import { messagePinned } from "../../chat/events/message_pinned.ts";
import { pollClosed } from "../../chat/events/poll_closed.ts";
import { previewRemoved } from "../../chat/events/preview_removed.ts";
import { pollVoted } from "../../chat/events/poll_voted.ts";
import { reaction } from "../../chat/events/reaction.ts";
import { RIGHTS } from "../../chat/events/rights.ts";
import { roomChanged } from "../../chat/events/room_changed.ts";
import { type Refusal } from "../errors.ts";
import { DELETED_SPANS, LEVELS, LIMITS } from "../limits.ts";
import {
  answered,
  anyText,
  customEmoji,
  emoji,
  fileId,
  files,
  forwardedContent,
  forwardsAlone,
  isOneAnswer,
  isOnePlace,
  key,
  keyText,
  limit,
  loggedActs,
  name,
  namedPlace,
  namePage,
  newPoll,
  note,
  optional,
  originalAddress,
  person,
  personName,
  place,
  pollOptions,
  position,
  publicId,
  quietRange,
  roomName,
  saysSomething,
  seq,
  serverName,
  text,
  twoAnswers,
  twoPlaces,
  writtenName,
} from "./fields.ts";

/** The name of a log. */
const logName = v.pipe(v.string(), v.maxLength(64));

/** What every frame may carry: a key for its answer, and the log that it was written for. */
const common = { key, epoch: optional(logName) };

/** A frame. */
function frame<const T extends string, E extends v.ObjectEntries>(type: T, entries: E) {
  return v.object({ type: v.literal(type), ...entries, ...common });
}

/** The schema of each type of field that an event can have. */
const FIELDS = {
  target: seq,
  text,
  emoji,
  boolean: v.boolean(),
  texts: v.pipe(v.array(v.string()), v.maxLength(LIMITS.page_size)),
  number: position,
  numbers: pollOptions,
  poll: newPoll,
  votes: v.never(),
  forwarded: v.never(),
  preview: v.never(),
} as const;

type EventEntries<F extends Fields> = {
  readonly [
    K in keyof F as F[K]["type"] extends "target" ? never
      : F[K] extends { readonly computed: true } ? never
      : F[K] extends { readonly wire: infer W extends string } ? W
      : K
  ]: (typeof FIELDS)[F[K]["type"]];
};

/**
 * A frame that causes an event: `seq` names the target, the other fields are those of the event.
 *
 * @param more Fields that are not part of the event.
 */
function eventFrame<
  const T extends string,
  const F extends Fields,
  E extends v.ObjectEntries = Record<never, never>,
>(type: T, event: { readonly fields: F }, more: E = {} as E) {
  const entries = Object.entries<Field>(event.fields)
    .filter(([, field]) => field.type !== "target" && !field.computed)
    .map(([name, field]) => [field.wire ?? name, FIELDS[field.type]]);
  const fields = Object.fromEntries(entries) as EventEntries<F>;
  return frame(type, { ...place, seq, ...fields, ...more });
}

const content = {
  message: anyText,
  files,
  poll: optional(newPoll),
  /** The message to forward. */
  forward: optional(originalAddress),
  sender: optional(v.string()),
  ...answered,
};

/** Some users, by name or id. @param most How many of each. */
function persons(most: number) {
  return {
    names: optional(v.pipe(v.array(name), v.maxLength(most), v.readonly())),
    ids: optional(v.pipe(v.array(publicId), v.maxLength(most), v.readonly())),
  };
}

const roomKind = v.picklist(["public", "private"]);
const right = v.picklist(RIGHTS);
const roomTitle = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(LIMITS.title_length),
  v.check((title) => title.isWellFormed()),
);

/** Whether a command says what to change of a room. */
function changesRoom(command: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(roomChanged.fields).some((field) => {
    const { wire = field }: Field = roomChanged.fields[field as keyof typeof roomChanged.fields];
    return command[wire] !== undefined;
  });
}

/** The name of a section of the sidebar. */
const sectionName = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(LIMITS.name_length),
  v.check((name) => name.isWellFormed()),
);

/** Makes a field optional that `null` removes. */
function removable<S extends v.GenericSchema>(schema: S) {
  return v.exactOptional(v.nullable(schema));
}

/** What a user does, or how a user is. */
const status = v.object({
  emoji: v.union([v.literal(""), emoji]),
  text: v.pipe(
    v.string(),
    v.trim(),
    v.maxLength(LIMITS.status_length),
    v.check((text) => text.isWellFormed() && !/[\p{Cc}\p{Bidi_Control}]/u.test(text)),
  ),
  until: optional(position),
});

/** The `next` of the page before, where pages are in the order of time. */
const cursor = v.pipe(v.string(), v.regex(/^\d{1,15}$/));

/** The name of a bot's command, without the slash. */
const commandName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9_-]{0,31}$/));

/** A command that a bot offers. */
const commandOffer = v.object({
  command: commandName,
  /** What it does. */
  description: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(LIMITS.title_length)),
  /** What follows its name: `<city>`. */
  hint: note,
});

/** After how many days messages are deleted; 0 for never. */
const retentionDays = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(0),
  v.maxValue(LIMITS.retention_days_max),
);

/**
 * What a client may send, by `type`. Fields that are not named here are dropped, so that an older
 * server can serve a newer client.
 */
export const clientFrames = {
  join: frame("join", { ...place, after: optional(position) }),
  /** Does for many rooms what `join` does for one. */
  resume: frame("resume", {
    rooms: v.pipe(
      v.array(
        v.object({
          ...{ room_id: publicId, after: position, key },
          /** The log that `after` is a position in; by default the `epoch` of the frame. */
          epoch: optional(logName),
          /** Whether the reply leaves out the members. */
          brief: optional(v.boolean()),
          /** The same, and there is no reply if nothing has happened after `after`. */
          only_news: optional(v.boolean()),
        }),
      ),
      v.maxLength(LIMITS.resumed_rooms),
      v.readonly(),
    ),
  }),
  leave: frame("leave", place),
  create_room: v.pipe(
    frame("create_room", {
      /** Without one it is the conversation of the sender with these users. */
      room: optional(roomName),
      kind: roomKind,
      title: optional(roomTitle),
      ...persons(LIMITS.conversation_people),
    }),
    v.forward(
      v.check(({ room, kind, title, names, ids }) =>
        room === undefined
          ? kind === "private" && title === undefined && (names ?? ids) !== undefined
          : (names ?? ids) === undefined
      ),
      ["room"],
    ),
  ),
  invite: frame("invite", { ...namedPlace, ...person }),
  add_members: v.pipe(
    frame("add_members", {
      ...namedPlace,
      ...persons(LIMITS.page_size),
    }),
    v.forward(v.check(({ names, ids }) => names !== undefined || ids !== undefined), ["names"]),
  ),
  decline_invitation: frame("decline_invitation", namedPlace),
  ping: frame("ping", {}),
  list_rooms: frame("list_rooms", {
    ...namePage,
    limit: optional(limit),
    /** Only rooms with these names or ids, whatever else the command says. */
    names: optional(v.pipe(v.array(writtenName), v.maxLength(LIMITS.page_size), v.readonly())),
    ids: optional(v.pipe(v.array(publicId), v.maxLength(LIMITS.page_size), v.readonly())),
  }),
  list_memberships: frame("list_memberships", {
    /** The `next` of the page before. */
    after: optional(publicId),
    limit: optional(limit),
  }),
  list_members: frame("list_members", { ...place, ...namePage, limit: optional(limit) }),
  room_message: v.pipe(
    frame("room_message", { ...place, ...content }),
    v.forward(v.check((said) => saysSomething(said)), ["message"]),
    v.check((said) => isOneAnswer(said), twoAnswers),
    v.check((said) => forwardsAlone(said), forwardedContent),
  ),
  private_message: v.pipe(
    frame("private_message", {
      receiver: optional(name),
      receiver_id: optional(publicId),
      ...content,
    }),
    v.forward(v.check((said) => saysSomething(said)), ["message"]),
    v.check((said) => isOneAnswer(said), twoAnswers),
    v.check((said) => forwardsAlone(said), forwardedContent),
  ),
  edit_message: eventFrame("edit_message", messageEdited, {
    /** The `edited_at` of the text that the user changed; 0 if it had none. */
    based_on: optional(position),
  }),
  delete_messages: frame("delete_messages", {
    ...place,
    seqs: v.pipe(v.array(seq), v.minLength(1), v.maxLength(LIMITS.deleted_messages)),
  }),
  delete_message: eventFrame("delete_message", messageDeleted),
  react: eventFrame("react", reaction),
  vote: eventFrame("vote", pollVoted),
  close_poll: eventFrame("close_poll", pollClosed),
  remove_preview: eventFrame("remove_preview", previewRemoved),
  pin_message: eventFrame("pin_message", messagePinned),
  list_pins: frame("list_pins", place),
  list_files: frame("list_files", {
    ...place,
    /** Only images and videos, or only the others. */
    kind: optional(v.picklist(["media", "other"])),
    before: optional(seq),
    limit: optional(limit),
  }),
  list_reactions: frame("list_reactions", {
    ...place,
    seq,
    /** Only the reactions with this emoji. */
    emoji: optional(emoji),
    /** The `next` of the page before. */
    after: optional(v.pipe(v.string(), v.maxLength(64), v.check((mark) => mark.isWellFormed()))),
    limit: optional(limit),
  }),
  list_votes: frame("list_votes", {
    ...place,
    seq,
    /** The `next` of the page before. */
    after: optional(publicId),
    limit: optional(limit),
  }),
  typing: frame("typing", { ...place, thread: optional(seq) }),
  presence: frame("presence", { state: v.picklist(["online", "away"]) }),
  watch: frame("watch", {
    names: v.pipe(v.array(name), v.maxLength(LIMITS.watched_people), v.readonly()),
  }),
  read: frame("read", { ...place, seq, thread: optional(seq) }),
  follow_thread: frame("follow_thread", { ...place, thread: seq, on: v.boolean() }),
  list_threads: frame("list_threads", {
    /** The `next` of the page before. */
    before: optional(v.pipe(v.string(), v.maxLength(64))),
    limit: optional(limit),
  }),
  mark_unread: frame("mark_unread", { ...place, seq }),
  /** Bots: the commands that they take on this connection, in place of those before. */
  offer_commands: frame("offer_commands", {
    commands: v.pipe(v.array(commandOffer), v.maxLength(LIMITS.commands_per_bot), v.readonly()),
  }),
  list_commands: frame("list_commands", place),
  run_command: frame("run_command", { ...place, command: commandName, text: optional(anyText) }),
  answer_command: frame("answer_command", { call_id: publicId, message: text }),
  set_group: frame("set_group", {
    /** The group to change; without it a new one. */
    group_id: optional(publicId),
    group: personName,
    ids: v.pipe(v.array(publicId), v.maxLength(LIMITS.group_members), v.readonly()),
  }),
  delete_group: frame("delete_group", { group_id: publicId }),
  list_groups: frame("list_groups", {}),
  list_group_members: frame("list_group_members", { group_id: publicId }),
  set_quiet: v.pipe(
    frame("set_quiet", {
      /** Until when; 0 ends it. */
      until: optional(position),
      weekly: optional(v.pipe(v.array(quietRange), v.maxLength(LIMITS.quiet_ranges), v.readonly())),
      time_zone: optional(v.string()),
    }),
    v.forward(
      v.check(({ weekly, time_zone }) =>
        weekly === undefined
          ? time_zone === undefined
          : weekly.length === 0 || time_zone !== undefined
      ),
      ["time_zone"],
    ),
  ),
  save_message: frame("save_message", { ...place, seq, on: v.boolean() }),
  list_saved: frame("list_saved", { before: optional(cursor), limit: optional(limit) }),
  schedule_message: v.pipe(
    frame("schedule_message", {
      ...place,
      message: anyText,
      files,
      ...answered,
      /** When to send it. */
      at: position,
    }),
    v.forward(v.check((said) => saysSomething(said)), ["message"]),
    v.check((said) => isOneAnswer(said), twoAnswers),
  ),
  list_scheduled: frame("list_scheduled", { after: optional(publicId) }),
  cancel_scheduled: frame("cancel_scheduled", { id: publicId }),
  set_reminder: frame("set_reminder", {
    ...place,
    seq,
    /** When to remind the user; 0 for no more. */
    at: position,
  }),
  list_reminders: frame("list_reminders", {}),
  set_draft: frame("set_draft", {
    ...place,
    thread: optional(seq),
    /** Empty for none. */
    message: anyText,
    reply_to: optional(seq),
    /** The edit of a message that the user has begun. */
    edit: optional(v.object({ seq, message: anyText })),
    /** When the user has changed it. */
    at: position,
  }),
  list_drafts: frame("list_drafts", {
    /** The `next` of the page before. */
    after: optional(v.pipe(v.string(), v.regex(/^[\w-]{1,24} \d{1,15}$/))),
  }),
  set_room_prefs: frame("set_room_prefs", {
    ...place,
    level: optional(v.picklist(LEVELS)),
    favourite: optional(v.boolean()),
    /** The section of the sidebar; empty for none. */
    section: optional(sectionName),
    /** Whether the page leaves out what the room begins with: for owners, what to do first. */
    introduced: optional(v.boolean()),
  }),
  set_profile: frame("set_profile", {
    display_name: removable(personName),
    status: removable(status),
    /** The id of an image that the user has uploaded. */
    avatar: removable(fileId),
  }),
  report_message: frame("report_message", { ...place, seq, reason: note }),
  list_reports: frame("list_reports", {
    resolved: optional(v.boolean()),
    before: optional(cursor),
    limit: optional(limit),
  }),
  resolve_report: frame("resolve_report", {
    id: publicId,
    /** Whether the message is deleted. */
    delete: optional(v.boolean()),
    note,
  }),
  set_level: frame("set_level", { ...place, level: v.picklist(LEVELS) }),
  history: v.pipe(
    frame("history", {
      ...place,
      before: optional(seq),
      after: optional(position),
      around: optional(seq),
      /** Around the first message sent at this moment or later; in ms since the Unix epoch. */
      at: optional(position),
      /** The root of a thread: a page of that. */
      thread: optional(seq),
      limit: optional(limit),
    }),
    v.check((page) => isOnePlace(page), twoPlaces),
  ),
  search: frame("search", {
    query: v.pipe(v.string(), v.maxLength(LIMITS.query_length)),
    /** Where days begin. */
    time_zone: optional(v.string()),
    ...place,
    /** Who wrote it. */
    sender: optional(name),
    sender_id: optional(publicId),
    /** Sent at this moment or later, and before that one; in ms since the Unix epoch. */
    since: optional(position),
    until: optional(position),
    before: optional(v.string()),
    limit: optional(limit),
  }),
  kick: frame("kick", { ...namedPlace, ...person }),
  ban: frame("ban", {
    ...person,
    /** Whether the addresses they are connected from are banned too. */
    address: optional(v.boolean()),
    /** Which of their messages are deleted: those of the last hour or day, or all. */
    delete_messages: optional(v.picklist(DELETED_SPANS)),
    reason: note,
  }),
  unban: frame("unban", person),
  list_bans: frame("list_bans", {}),
  mute: frame("mute", {
    ...person,
    /** For how long; 0 lets them speak again. */
    seconds: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(31_536_000)),
  }),
  set_room: v.pipe(
    frame("set_room", {
      ...namedPlace,
      name: optional(roomName),
      /** The topic; empty for none. */
      title: optional(roomTitle),
      kind: optional(roomKind),
      /** Whether it can only be read. */
      archived: optional(v.boolean()),
      /** Whether only moderators can write. */
      locked: optional(v.boolean()),
      /** How many seconds one person waits between two messages. */
      slow_seconds: optional(
        v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(86_400)),
      ),
      /** Whether replies can be put into threads. */
      threads: optional(v.boolean()),
      /** After how many days its messages are deleted; 0 for no limit of its own. */
      retention_days: optional(retentionDays),
      /** Whether links get previews. */
      previews: optional(v.boolean()),
      /** Who may post, add members, and pin messages. */
      may_post: optional(right),
      may_invite: optional(right),
      may_pin: optional(right),
    }),
    v.check((command) => changesRoom(command), "Say what to change."),
  ),
  delete_room: frame("delete_room", namedPlace),
  set_emoji: frame("set_emoji", { emoji: customEmoji, file: fileId }),
  delete_emoji: frame("delete_emoji", { emoji: customEmoji }),
  list_emoji: frame("list_emoji", { ...namePage, limit: optional(limit) }),
  set_server: frame("set_server", {
    name: optional(serverName),
    /** The id of an image that the owner has uploaded. */
    icon: removable(fileId),
    retention_days: optional(retentionDays),
  }),
  set_role: frame("set_role", { ...person, role: v.picklist(["moderator", "member"]) }),
  block: frame("block", { ...person, on: v.boolean() }),
  list_blocks: frame("list_blocks", {}),
  moderation_log: frame("moderation_log", {
    ...loggedActs,
    /** Done at this moment or later, and before that one; in ms since the Unix epoch. */
    since: optional(position),
    until: optional(position),
    before: optional(seq),
    limit: optional(limit),
  }),
} as const;

/** What a frame can be addressed to, each by name or by id. */
const ADDRESSES = [["room", "room_id"], ["receiver", "receiver_id"], ["name", "id"]] as const;

/** Frames that need no address: without a room they are about all rooms. */
const UNADDRESSED: ReadonlySet<string> = new Set(["search", "moderation_log"]);

/** Which addresses a frame of each type needs. */
const NEEDED = new Map(
  Object.entries(clientFrames).map(([type, { entries }]) => [
    type,
    UNADDRESSED.has(type) ? [] : ADDRESSES.filter(([, id]) => id in entries),
  ]),
);

/** The address that a frame needs and lacks. */
function missingAddress(command: Readonly<Record<string, unknown>>): string | undefined {
  const needed = NEEDED.get(command.type as string);
  return needed?.find(([name, id]) => command[name] === undefined && command[id] === undefined)
    ?.[0];
}

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
  return text.length * 3 > LIMITS.frame_bytes &&
    new TextEncoder().encode(text).length > LIMITS.frame_bytes;
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
  if (!result.success) return { refusal: refusalOf(result.issues[0]), ...echo };
  const missing = missingAddress(result.output);
  if (missing !== undefined) return { refusal: malformed(missing), ...echo };
  return { command: result.output as Command };
}

function refusalOf(issue: v.BaseIssue<unknown>): Refusal {
  if (issue.message === "too_long") return { code: "too_long" };
  const field = v.getDotPath(issue);
  if (field === null) return { code: "bad_request", message: issue.message };
  return malformed(field);
}

function malformed(field: string): Refusal {
  return { code: "bad_request", message: `The field "${field}" is missing or malformed.` };
}
