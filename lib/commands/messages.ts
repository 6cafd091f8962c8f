/**
 * The commands that write to a room's log and read from it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type Field, fromWireFields } from "../chat/events/event.ts";
import { definitionOf, type EventKind, EVENTS } from "../chat/events/index.ts";
import { mentionFields } from "../chat/mentions.ts";
import * as answer from "../chat/replies.ts";
import type { Poll } from "../chat/events/poll.ts";
import { PAGE_BOUNDS } from "../chat/replay.ts";
import { wireEvent, wireMessage } from "../chat/to_wire.ts";
import type { Outcome } from "../chat/group_commit.ts";
import type { Room } from "../chat/room.ts";
import { mayMentionEveryone } from "../auth/permissions.ts";
import { type CommandOf, type CommandType, errorFrame } from "../protocol/frames.ts";
import type { RoomAddress } from "../protocol/address.ts";
import { foldName } from "../protocol/names.ts";
import type { ErrorCode, Refusal } from "../protocol/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { isCustomEmoji, isEmoji } from "../protocol/text/emoji.ts";
import { daysIn, type ParsedSearch, parseSearch } from "../protocol/text/search_query.ts";
import { isTimeZone } from "../protocol/time_zone.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import type { Account, Append, StoredMessage } from "../store/records.ts";
import { copyOf, dropFiles, type OriginalAddress } from "./forwarding.ts";
import { type Act, command, type CommandRows } from "./command.ts";
import type { CommandContext } from "./context.ts";

type MessageCommand =
  | "room_message"
  | "private_message"
  | "edit_message"
  | "delete_message"
  | "delete_messages"
  | "react"
  | "pin_message"
  | "list_pins"
  | "list_files"
  | "list_reactions"
  | "typing"
  | "read"
  | "mark_unread"
  | "set_quiet"
  | "set_level"
  | "history"
  | "search";

/** The target of an append that only finds the event of a key: no message has it. */
const NO_MESSAGE = Number.MAX_SAFE_INTEGER;

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** An event to append, without its sender, room and time. */
export type NewEvent = Without<Append, "room" | "sender" | "at">;

/** The act of sending a message. */
type Sending = Pick<Act<CommandType>, "context" | "connection" | "account"> & {
  readonly command: CommandOf<"room_message" | "private_message">;
};

/** The part of an act that appending needs. */
type Appending = Pick<Act<CommandType>, "context" | "connection" | "account"> & {
  readonly command: { readonly key?: string | undefined };
};

/**
 * Different reactions under one message: everyone who reads a page gets all of them. A few more can
 * come in at one moment, before the first of them are stored.
 */
const MAX_REACTIONS = 50;

/** The commands about messages. */
export const messageCommands: CommandRows<MessageCommand> = {
  room_message: command({
    schema: clientFrames.room_message,
    requires: "member",
    countsAsActivity: true,
    handle(act) {
      if (!isOwnName(act.account, act.command.sender)) return { code: "sender_mismatch" };
      return send(act, act.room);
    },
  }),

  private_message: command({
    schema: clientFrames.private_message,
    requires: "anyone",
    countsAsActivity: true,
    async handle(act) {
      if (!isOwnName(act.account, act.command.sender)) return { code: "sender_mismatch" };
      const room = await conversationOf(act);
      return "code" in room ? room : send(act, room);
    },
  }),

  edit_message: command({
    schema: clientFrames.edit_message,
    requires: "member",
    countsAsActivity: true,
    handle(act) {
      const { based_on: basedOn } = act.command;
      const base = basedOn === undefined ? {} : { basedOn };
      return appendIn(act, act.room, { ...eventOf("edit", act.command), ...base });
    },
  }),

  delete_message: command({
    schema: clientFrames.delete_message,
    requires: "member",
    countsAsActivity: true,
    handle: deleteMessage,
  }),

  delete_messages: command({
    schema: clientFrames.delete_messages,
    requires: "member",
    countsAsActivity: true,
    handle: deleteMessages,
  }),

  react: command({
    schema: clientFrames.react,
    requires: "member",
    countsAsActivity: true,
    handle: react,
  }),

  pin_message: command({
    schema: clientFrames.pin_message,
    requires: "pin",
    countsAsActivity: true,
    handle(act) {
      const { context, account, command, room } = act;
      const event = { ...eventOf("message_pinned", command), asModerator: true };
      return context.partedFrom(room, account) ?? appendIn(act, room, event);
    },
  }),

  list_pins: command({
    schema: clientFrames.list_pins,
    requires: "member",
    countsAsActivity: true,
    async handle({ context, connection, account, command, room }) {
      const end = Number.MAX_SAFE_INTEGER;
      const page = await context.store.pageWith(room.id, "pinned", end, PAGE_BOUNDS, account.id);
      const parted = context.partedFrom(room, account);
      if (parted !== null) return parted;
      const messages = page.messages.map((message) => wireMessage(room.record, message));
      const tag = answer.roomTag(room, account);
      context.answer(connection, { type: "pins", ...tag, messages }, command);
    },
  }),

  list_files: command({
    schema: clientFrames.list_files,
    requires: "member",
    countsAsActivity: true,
    async handle({ context, connection, account, command, room }) {
      const { kind, before = Number.MAX_SAFE_INTEGER, limit = PAGE_BOUNDS.limit } = command;
      const bounds = { ...PAGE_BOUNDS, limit };
      const page = await context.store.pageWithFiles(room.id, kind, before, bounds, account.id);
      const parted = context.partedFrom(room, account);
      if (parted !== null) return parted;
      const messages = page.messages.map((message) => wireMessage(room.record, message));
      const of = { ...answer.roomTag(room, account), ...(kind === undefined ? {} : { kind }) };
      context.answer(connection, { type: "files", ...of, messages, more: page.more }, command);
    },
  }),

  list_reactions: command({
    schema: clientFrames.list_reactions,
    requires: "member",
    countsAsActivity: true,
    async handle({ context, connection, account, command, room }) {
      const page = await answer.reactionList(context.store, account, room, command);
      const parted = context.partedFrom(room, account);
      if (parted !== null) return parted;
      context.hub.tell(connection, page);
    },
  }),

  typing: command({
    schema: clientFrames.typing,
    requires: "member",
    countsAsActivity: true,
    handle({ context, account, command, room }) {
      if (context.refuses("post", account, room) !== null) return;
      const { thread } = command;
      const where = thread === undefined ? {} : { thread };
      context.effects.emit({ type: "typing", room: room.id, account, ...where });
    },
  }),

  read: command({
    schema: clientFrames.read,
    requires: "member",
    countsAsActivity: true,
    async handle({ context, connection, account, command, room }) {
      const { store } = context;
      const { thread } = command;
      const where = thread === undefined ? {} : { thread };
      const seq = thread === undefined
        ? await store.markRead(room.id, account.id, command.seq)
        : await store.markThreadRead(room.id, thread, account.id, command.seq);
      const tag = answer.roomTag(room, account);
      context.answer(connection, { type: "read", ...tag, seq, ...where }, command);
      const effect = { type: "read", record: room.record, account, seq, ...where } as const;
      context.effects.emit(effect, connection);
    },
  }),

  mark_unread: command({
    schema: clientFrames.mark_unread,
    requires: "member",
    countsAsActivity: true,
    async handle({ context, connection, account, command, room }) {
      await context.store.markUnread(room.id, account.id, command.seq);
      await context.hub.readStateNow(room, account, (state) => {
        const { record } = room;
        context.answer(connection, answer.markedUnread(record, account, state), command);
        context.effects.emit({ type: "unread", record, account, state }, connection);
      });
    },
  }),

  set_quiet: command({
    schema: clientFrames.set_quiet,
    requires: "anyone",
    countsAsActivity: true,
    handle: setQuiet,
  }),

  set_level: command({
    schema: clientFrames.set_level,
    requires: "member",
    countsAsActivity: true,
    async handle({ context, connection, account, command, room }) {
      const { level } = command;
      await context.store.setLevel(room.id, account.id, level);
      const tag = answer.roomTag(room, account);
      context.answer(connection, { type: "level", ...tag, level }, command);
      const effect = { type: "level", record: room.record, account, level } as const;
      context.effects.emit(effect, connection);
    },
  }),

  history: command({
    schema: clientFrames.history,
    requires: "member",
    countsAsActivity: true,
    async handle({ context, connection, account, command, room }) {
      const page = await answer.history(context.store, account, room, command);
      const parted = context.partedFrom(room, account);
      if (parted !== null) return parted;
      context.hub.tell(connection, page);
    },
  }),

  search: command({
    schema: clientFrames.search,
    requires: "anyone",
    countsAsActivity: true,
    handle: search,
  }),
};

/** Sends a message to a room: a new one, or one that is forwarded. */
function send(
  act: Sending,
  room: Room,
): Promise<Refusal | void> | Refusal | undefined {
  const { command } = act;
  const { forward: original } = command;
  if (original === undefined) return appendIn(act, room, messageOf(command));
  return forward(act, room, original);
}

/** Forwards a message. */
async function forward(
  act: Sending,
  room: Room,
  original: OriginalAddress,
): Promise<Refusal | void> {
  const { context, connection, account, command } = act;
  const said = messageOf(command);
  // What was refused is answered here, whether or not the log knows the key.
  const onCommitted = (outcome: Outcome) => {
    if (!("refused" in outcome)) acknowledge(act, room, outcome);
  };
  const { address } = connection;
  const result = await appendCopy(context, account, room, said, original, onCommitted, address);
  if ("code" in result) return result;
  if ("refused" in result) return { code: result.refused };
}

/**
 * Appends a copy of another message. A key that was used before gets its event, whatever became of
 * the original.
 *
 * @param address The address that the message comes from, if it is known.
 * @returns Why the account may not; otherwise what became of the message, once it is stored.
 */
export async function appendCopy(
  context: CommandContext,
  account: Account,
  room: Room,
  said: Extract<NewEvent, { kind: "message" }>,
  original: OriginalAddress,
  onCommitted: (outcome: Outcome) => void = () => {},
  address?: string,
): Promise<Outcome | Refusal> {
  const { key } = said;
  const copied = await copyOf(context, account, room, said, original);
  if ("code" in copied && key === null) return copied;
  const event = "code" in copied
    ? { kind: "message", text: "", replyTo: NO_MESSAGE, key } as const
    : copied;
  const { promise: committed, resolve } = Promise.withResolvers<Outcome>();
  const refusal = append(context, account, room, event, (outcome) => {
    onCommitted(outcome);
    resolve(outcome);
  }, address);
  const outcome = refusal === null ? await committed : { refused: refusal.code };
  if ("code" in copied) return "refused" in outcome ? copied : outcome;
  if ("refused" in outcome || outcome.repeated) await dropFiles(context, copied.files);
  return refusal ?? outcome;
}

/** Changes the kind of quiet hours that the command names; without one, ends both. */
async function setQuiet(
  { context, connection, account, command }: Act<"set_quiet">,
): Promise<Refusal | void> {
  const { until, weekly, time_zone } = command;
  if (time_zone !== undefined && !isTimeZone(time_zone)) return { code: "bad_time_zone" };
  const week = weekly === undefined || weekly.length === 0 || time_zone === undefined
    ? null
    : { weekly, time_zone };
  const namesNone = until === undefined && weekly === undefined;
  const quiet = await context.store.setQuiet(account.id, {
    ...(until === undefined && !namesNone ? {} : { until: until || null }),
    ...(weekly === undefined && !namesNone ? {} : { weekly: week }),
  });
  context.answer(connection, { type: "quiet", ...quiet }, command);
  context.effects.emit({ type: "quiet", account, quiet }, connection);
}

/**
 * Deletes a message. With another member's message this is moderation: the right to it is read at
 * the moment of the act, and the act is recorded.
 */
async function deleteMessage(act: Act<"delete_message", "member">): Promise<Refusal | void> {
  const { context, account, command, room } = act;
  const author = await moderatedAuthor(act, () => authorOf(context, room, command.seq));
  const rights = await deletionRights(act, author);
  if ("code" in rights) return rights;
  const { promise: committed, resolve } = Promise.withResolvers<Outcome>();
  const refusal = appendIn(act, room, { ...eventOf("delete", command), ...rights }, resolve);
  if (refusal !== undefined || !rights.asModerator) return refusal;
  const outcome = await committed;
  if ("refused" in outcome || outcome.repeated) return;
  await context.recordIn(room, account, "delete_message", author);
}

/**
 * Deletes messages, each as `deleteMessage` does. What may not be deleted, or is gone, stays as it is
 * and is named in the reply. The moderation log gets one entry for each author.
 */
async function deleteMessages(act: Act<"delete_messages", "member">): Promise<Refusal | void> {
  const { context, connection, account, command, room } = act;
  const seqs = [...new Set(command.seqs)];
  const found = await context.store.messagesAt(seqs.map((seq) => ({ room: room.id, seq })));
  const codes = new Map<number, ErrorCode | null>(seqs.map((seq) => [seq, "no_such_message"]));
  for (const messages of Map.groupBy(found, ({ senderId }) => senderId).values()) {
    const author = await moderatedAuthor(act, () => senderOf(context, messages[0]!));
    const rights = await deletionRights(act, author);
    if ("code" in rights) return rights;
    const ended = messages.map(async ({ seq }) => {
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      const event = { kind: "delete", target: seq, key: null, ...rights } as const;
      const refusal = append(context, account, room, event, resolve, connection.address);
      const outcome = refusal === null ? await promise : { refused: refusal.code };
      codes.set(seq, "refused" in outcome ? outcome.refused : null);
    });
    await Promise.all(ended);
    const gone = messages.filter(({ seq }) => codes.get(seq) === null).length;
    if (gone === 0 || !rights.asModerator) continue;
    await context.recordIn(room, account, "delete_messages", author, `${gone}`);
  }
  const tag = answer.roomTag(room, account);
  const deleted = seqs.filter((seq) => codes.get(seq) === null);
  const refused = [...codes].flatMap(([seq, code]) => code === null ? [] : [{ seq, code }]);
  context.answer(connection, { type: "messages_deleted", ...tag, seqs: deleted, refused }, command);
}

/** A command that deletes. */
type Deleting = Pick<
  Act<CommandType, "member">,
  "context" | "connection" | "account" | "room"
>;

/** Finds the author of a message if the account moderates the room; the others need not know. */
async function moderatedAuthor(
  { context, account, room }: Deleting,
  find: () => Promise<Account | null>,
): Promise<Account | null> {
  return context.refuses("delete_message", account, room) === null ? await find() : null;
}

/**
 * Decides how an account deletes a message in this turn: as a moderator of its author, or only if it
 * is the account's own, which needs no power.
 */
async function deletionRights(
  { context, connection, account, room }: Deleting,
  author: Account | null,
): Promise<{ readonly asModerator: boolean; readonly whileArchived: boolean } | Refusal> {
  const may = author === null || author.publicId === account.publicId
    ? null
    : await context.authorize(connection, "delete_message", { subject: author, room });
  return context.partedFrom(room, account) ?? {
    asModerator: may !== null && !("code" in may),
    // Who moderates an archived room may still delete in it.
    whileArchived: context.refuses("delete_message", account, room) === null,
  };
}

/**
 * Adds a reaction, or removes it. A member can begin a reaction with any emoji, and join or leave
 * whatever is there: emoji of another system, and texts of an older version.
 */
async function react(act: Act<"react", "member">): Promise<Refusal | void> {
  const { context, account, command, room } = act;
  const event = eventOf("reaction", command);
  if (command.on) {
    const reactions = (await messageAt(context, room, command.seq))?.reactions ?? [];
    const parted = context.partedFrom(room, account);
    if (parted !== null) return parted;
    const isNew = !reactions.some(({ emoji }) => emoji === command.emoji);
    const isUnknown = isNew && !await isKnown(context, command.emoji);
    const partedSince = context.partedFrom(room, account);
    if (partedSince !== null) return partedSince;
    if (isUnknown) return repeatedIn(act, room, event, { code: "bad_emoji" });
    if (isNew && reactions.length >= MAX_REACTIONS) {
      return repeatedIn(act, room, event, { code: "too_many_reactions" });
    }
  }
  return appendIn(act, room, event);
}

/** Whether an emoji is standard, or the server's own. */
async function isKnown({ store }: CommandContext, emoji: string): Promise<boolean> {
  return isEmoji(emoji) || isCustomEmoji(emoji) && await store.findEmoji(emoji) !== null;
}

async function search(
  { context, connection, account, command }: Act<"search">,
): Promise<Refusal | void> {
  const { time_zone: zone = "UTC" } = command;
  if (!isTimeZone(zone)) return { code: "bad_time_zone" };
  const query = parseSearch(command.query, daysIn(zone));
  const { parts, from, in: place, before, after } = query;
  // An operator without a value narrows nothing: the user may still be typing it.
  if (parts.some(({ problem = "missing_value" }) => problem !== "missing_value")) {
    return { code: "invalid_search" };
  }
  // What the query names goes before what the fields name.
  const { sender: name, sender_id: id } = from === null ? command : { sender: from };
  const sender = name === undefined && id === undefined ? null : await context.person({ name, id });
  if (sender !== null && "code" in sender) return sender;
  const address: RoomAddress = place === null ? command : { room: place };
  for (;;) {
    const { membershipRevision } = connection;
    const everywhere = address.room === undefined && address.room_id === undefined;
    const room = everywhere ? null : await context.resumable(account, address);
    if (room !== null && "code" in room) return room;
    if (room !== null && !room.has(account)) return { code: "not_a_member" };
    const found = await answer.search(context.store, account, {
      query: wordsOf(query),
      phrases: query.phrases,
      has: query.has,
      pinned: query.is.includes("pinned"),
      inThread: query.is.includes("thread"),
      saved: query.is.includes("saved"),
      room: room?.id ?? null,
      sender: sender?.id ?? null,
      since: latest(command.since, after),
      until: earliest(command.until, before),
    }, command);
    // The sender may have been removed from a room during the search.
    if (connection.membershipRevision === membershipRevision) {
      return context.hub.tell(connection, found);
    }
  }
}

/** The words of a query; `null` if it has only phrases and operators, which find messages alone. */
function wordsOf({ parts, words, endsInWord }: ParsedSearch): string | null {
  const isNarrowed = parts.some(({ kind, problem }) => kind !== "word" && problem === undefined);
  if (words === "" && isNarrowed) return null;
  // A space ends the last word.
  return endsInWord ? words : `${words} `;
}

function latest(a: number | undefined, b: number | null): number | null {
  return a === undefined || b === null ? a ?? b : Math.max(a, b);
}

function earliest(a: number | undefined, b: number | null): number | null {
  return a === undefined || b === null ? a ?? b : Math.min(a, b);
}

/** The conversation with the receiver of a private message. */
async function conversationOf(
  { context, connection, account, command }: Act<"private_message">,
): Promise<Room | Refusal> {
  const { receiver, receiver_id: id } = command;
  if (id === undefined) {
    return await context.memberRoom(account, { room: `@${receiver}` }, connection);
  }
  const other = await context.person({ id });
  if ("code" in other) return other;
  return await context.hub.rooms.direct(account, other, () => context.mayConverse(account));
}

/** The message with a `seq`, as it is now. */
export async function messageAt(
  { store }: CommandContext,
  room: Room,
  seq: number,
): Promise<StoredMessage | null> {
  const bounds = { limit: 1, maxLength: 0 };
  const { messages: [message] } = await store.pageAfter(room.id, seq - 1, bounds);
  return message?.seq === seq ? message : null;
}

/** The author of a message; `null` if there is none. */
export async function authorOf(
  context: CommandContext,
  room: Room,
  seq: number,
): Promise<Account | null> {
  const message = await messageAt(context, room, seq);
  return message === null ? null : await senderOf(context, message);
}

/** The sender of a message, as it is now. */
async function senderOf(context: CommandContext, message: StoredMessage): Promise<Account> {
  const { sender: name, senderId: publicId, guest } = message;
  if (guest) return { id: 0, publicId, name, role: "guest" };
  // A retired bot has given its name back.
  const account = await context.store.accountByPublicId(publicId);
  return account ?? { id: 0, publicId, name, role: "bot" };
}

/** Whether the sender of a command may moderate the message that it names, read now. */
export async function moderatesMessage(
  { context, connection, command, room }:
    & Pick<
      Act<CommandType, "member">,
      "context" | "connection" | "room"
    >
    & { readonly command: { readonly seq: number } },
): Promise<boolean> {
  const author = await authorOf(context, room, command.seq);
  if (author === null) return false;
  return !("code" in
    await context.authorize(connection, "delete_message", { subject: author, room }));
}

/** Appends an event to a room's log, and answers the command once the event is committed. */
export function appendIn(
  act: Appending,
  room: Room,
  event: NewEvent,
  onCommitted?: (outcome: Outcome) => void,
): Refusal | undefined {
  const { context, connection, account } = act;
  const refusal = append(context, account, room, event, (outcome) => {
    acknowledge(act, room, outcome);
    onCommitted?.(outcome);
  }, connection.address);
  return refusal ?? undefined;
}

/** Answers with the event itself: most often the sender gets it with what the room gets. */
function acknowledge(
  { context, connection, command }: Appending,
  room: Room,
  outcome: Outcome,
): void {
  const { hub } = context;
  if ("refused" in outcome) {
    return hub.tell(connection, errorFrame({ code: outcome.refused }, command.key));
  }
  const { event, repeated } = outcome;
  // A new event is on its way, or has come already, read from the log with those of others.
  const comes = connection.isSubscribed(room) && (!repeated || event.seq > room.channel.delivered);
  if (!comes) hub.tell(connection, wireEvent(room.record, event));
}

/**
 * Answers a command that is refused with the event that it has caused before, if its key was used:
 * what has changed since then does not matter.
 *
 * @returns The refusal of a command that has caused none.
 */
export async function repeatedIn(
  act: Appending,
  room: Room,
  event: Extract<NewEvent, { target: number }>,
  refusal: Refusal,
): Promise<Refusal | void> {
  const { context, connection, account } = act;
  if (event.key === null) return refusal;
  const { promise: committed, resolve } = Promise.withResolvers<Outcome>();
  const again = { ...event, target: NO_MESSAGE };
  const cannot = append(context, account, room, again, resolve, connection.address);
  if (cannot !== null) return cannot;
  const outcome = await committed;
  if ("refused" in outcome) return refusal;
  acknowledge(act, room, outcome);
}

/**
 * Appends an event to a room's log if the account may write there now.
 *
 * @param address The address that the event comes from, if it is known.
 * @returns Why it may not.
 */
export function append(
  context: CommandContext,
  account: Account,
  room: Room,
  event: NewEvent,
  onCommitted: (outcome: Outcome) => void,
  address?: string,
): Refusal | null {
  const { hub, clock, effects } = context;
  const refusal = refusesAppend(context, account, room, event, address);
  if (refusal !== null) return refusal;
  if (event.kind === "message" && room.slowMs > 0) {
    effects.emit({ type: "said", room: room.id, account });
  }
  context.onSaying(account, room);
  const mentioning = withMentions(context, inPlace(event, room), account, room);
  hub.append(
    room,
    { ...mentioning, room: room.id, sender: account, at: clock.now() },
    (outcome) => {
      onCommitted(outcome);
      if ("event" in outcome && !outcome.repeated) context.onSaid(room, outcome.event);
    },
  );
  return null;
}

/**
 * A reply in a thread is an inline reply where the room has no threads, and of two users neither is
 * anonymous to the other.
 */
function inPlace(event: NewEvent, room: Room): NewEvent {
  if (event.kind !== "message") return event;
  const { poll, ...said } = event;
  if (poll?.anonymous && room.record.pair !== null) {
    const { anonymous: _anonymous, ...open } = poll;
    return inPlace({ ...said, poll: open }, room);
  }
  if (!event.thread || room.record.threads) return event;
  const { thread: _thread, alsoInRoom: _alsoInRoom, ...inline } = event;
  return inline;
}

/** Adds whom a text mentions, as the members of the room are now. */
function withMentions(
  { groups, hub }: CommandContext,
  event: NewEvent,
  account: Account,
  room: Room,
): NewEvent {
  if (event.kind !== "message" && event.kind !== "edit") return event;
  // What another user wrote, and the sender only forwards, mentions nobody.
  if (event.kind === "message" && event.mentions === null) return event;
  const found = mentionFields(event.text, room, {
    everyone: mayMentionEveryone(account, room),
    groupNamed: (folded) => groups.named(folded),
    here: () =>
      Iterator.from(room.members()).filter((member) =>
        member.id !== account.id && hub.presence.stateOf(member) !== "offline"
      ),
  });
  return found === null ? event : { ...event, ...found };
}

function refusesAppend(
  context: CommandContext,
  account: Account,
  room: Room,
  event: NewEvent,
  address?: string,
): Refusal | null {
  const { moderation, quotas } = context;
  const isMessage = event.kind === "message";
  if (room.isDeleted) return { code: "no_such_room" };
  if (isMessage && room.isOver) return { code: "no_such_user" };
  const { action = "post" } = definitionOf(event.kind) ?? {};
  const isRetraction = action === "retract";
  const power = isRetraction && event.whileArchived ? "delete_message" : action;
  const refusal = context.refuses(power, account, room);
  // To take something back costs nothing.
  if (refusal !== null || isRetraction) return refusal;
  return (isMessage ? moderation.slowModeDelay(account, room) : null) ??
    quotas.take("text_per_day", account, costOf(event), address);
}

/** The bytes that an event takes on the disk, beside its text and the indexes. */
const EVENT_BYTES = 256;

/** The fields of each kind that are texts. */
const TEXTS: ReadonlyMap<string, readonly string[]> = new Map(
  EVENTS.map(({ kind, fields }) => [
    kind,
    Object.entries<Field>(fields).filter(([, { type }]) => type === "text").map(([name]) => name),
  ]),
);

function costOf(event: NewEvent): number {
  let bytes = 0;
  for (const name of TEXTS.get(event.kind) ?? []) {
    const text = event[name as keyof NewEvent] as unknown as string | null ?? "";
    // UTF-8 needs one to three bytes for a code unit: most texts need not be counted.
    bytes += text.length * 3 <= EVENT_BYTES ? 0 : Buffer.byteLength(text);
  }
  if (event.kind === "message" && event.poll) {
    bytes += Buffer.byteLength(JSON.stringify(event.poll));
  }
  return Math.max(EVENT_BYTES, bytes);
}

function isOwnName(account: Account, sender: string | undefined): boolean {
  if (sender === undefined) return true;
  // A text too long for a name is not folded: that can take long.
  const isName = sender.length <= LIMITS.name_length * 4;
  return isName && foldName(sender) === foldName(account.name);
}

/** The event of a message that a user sends or posts. */
export function messageOf(
  { message, reply_to, thread, also_in_room, key, files, poll }: Pick<
    CommandOf<"room_message">,
    "message" | "reply_to" | "thread" | "also_in_room" | "key" | "files" | "poll"
  >,
): Extract<NewEvent, { kind: "message" }> {
  // Clients that know no polls, searches and notifications show the question.
  const text = message.trim() === "" && poll !== undefined ? poll.question : message;
  const event = {
    ...{ kind: "message", text, replyTo: thread ?? reply_to ?? null, key: key ?? null } as const,
    ...(thread === undefined ? {} : { thread }),
    ...(thread !== undefined && also_in_room ? { alsoInRoom: true } : {}),
    ...(poll === undefined ? {} : { poll: withoutUndefined(poll) }),
  };
  return files === undefined || files.length === 0 ? event : { ...event, files };
}

/** The poll with the fields that it has. */
function withoutUndefined(poll: NonNullable<CommandOf<"room_message">["poll"]>): Poll {
  return Object.fromEntries(
    Object.entries(poll).filter(([, value]) => value !== undefined),
  ) as unknown as Poll;
}

/**
 * The event that a command causes: `seq` is its target, if it has one; the other fields are named as
 * on the wire.
 */
export function eventOf<K extends EventKind>(
  kind: K,
  command: { readonly seq?: number; readonly key?: string | undefined },
): Extract<NewEvent, { kind: K }> {
  const fields = definitionOf(kind)?.fields ?? {};
  const values = fromWireFields(fields, { ...command, target: command.seq });
  return { kind, key: command.key ?? null, ...values } as Extract<NewEvent, { kind: K }>;
}
