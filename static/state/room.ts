/**
 * One room's timeline. Events are applied once and in order; what the page holds is always a part
 * of the log without a hole in it.
 */
import {
  foldName,
  type Joined,
  type Message,
  type Reaction,
  type ReactionChanged,
  type RoomEvent,
  type RoomKind,
  type RoomSummary,
} from "../../lib/protocol.ts";
import { changeMessage, endCovers, noteChange, shownPart, withoutPage } from "./parts.ts";
import type { Change, Room } from "./types.ts";

/** The server counts no further than this what is unread. */
const unreadMax = 100;

/** A room of which nothing is known but its name. */
export function emptyRoom(name: string, kind?: RoomKind): Room {
  return {
    name,
    kind: kind ?? (name.startsWith("@") ? "direct" : "public"),
    members: [],
    seq: 0,
    loaded: false,
    live: false,
    joining: false,
    read: 0,
    unread: 0,
    level: name.startsWith("@") ? "all" : "mentions",
    messages: [],
    more: false,
    loadingHistory: false,
    typing: new Map(),
  };
}

/** Whether two names are one person's. */
export function samePerson(a: string, b: string): boolean {
  return a === b || foldName(a) === foldName(b);
}

/** Whether one wrote something oneself, and not a guest who had one's name before. */
export function isOwn({ sender, guest }: Pick<RoomEvent, "sender" | "guest">, me: string): boolean {
  return guest === undefined && samePerson(sender, me);
}

/** Whether two messages are of one person: no two guests of a name are. */
export function sameSender(
  a: Pick<RoomEvent, "sender" | "guest">,
  b: Pick<RoomEvent, "sender" | "guest">,
): boolean {
  return a.guest === b.guest && samePerson(a.sender, b.sender);
}

/**
 * The conversation an event belongs to, as the reader sees it: a room's name, or `@` and the
 * other person.
 */
export function roomOf(event: RoomEvent, me: string): string {
  if ("room" in event) return event.room;
  return `@${samePerson(event.sender, me) ? event.receiver : event.sender}`;
}

/** Whether an event is a message rather than a change to one. */
export function isMessage(event: RoomEvent): event is Message {
  return event.type === "room_message" || event.type === "private_message";
}

/** What a message says in one line: of files without a word, their names. */
export function gistOf({ message, files = [] }: Message): string {
  return message === "" ? files.map(({ name }) => name).join(", ") : message;
}

/** What became of an event: applied, known already, or too early because something is missing. */
export interface Applied {
  readonly room: Room;
  readonly outcome: "applied" | "known" | "gap";
}

/**
 * Applies one event of the room's log.
 *
 * @param room A room whose log is held up to `room.seq`.
 * @param event Any event of that log, however often and in whatever order it arrives.
 * @param me The reader, whose own messages are never unread.
 */
export function applyEvent(room: Room, event: RoomEvent, me: string): Applied {
  if (event.seq <= room.seq) return { room, outcome: "known" };
  if (event.seq > room.seq + 1) return { room, outcome: "gap" };
  const next = { ...taken(room, event), seq: event.seq };
  return { room: isMessage(event) ? arrived(next, event, me) : next, outcome: "applied" };
}

function arrived(room: Room, event: Message, me: string): Room {
  const typing = withoutTyping(room.typing, event.sender);
  if (isOwn(event, me) || event.seq <= room.read) return { ...room, typing };
  // Who reads elsewhere finds a line where the news begin.
  const divider = room.divider ?? (room.place === undefined ? undefined : event.seq - 1);
  const line = divider === undefined ? {} : { divider };
  return { ...room, ...line, typing, unread: room.unread + 1 };
}

function taken(room: Room, event: RoomEvent): Room {
  if (isMessage(event)) return { ...room, messages: [...room.messages, event] };
  const change = (message: Message) => applyChange(message, event);
  return noteChange(changeMessage(room, event.target, change), event);
}

/** What becomes of a message by a change to it. Applied again it changes nothing. */
export function applyChange(message: Message, change: Change): Message {
  switch (change.type) {
    case "message_edited":
      return message.deleted
        ? message
        : { ...message, message: change.message, edited_at: change.at };
    case "message_deleted":
      return tombstone(message);
    case "reaction":
      return message.deleted ? message : react(message, change);
    default:
      return change satisfies never;
  }
}

function tombstone(message: Message): Message {
  const { reactions: _reactions, files: _files, edited_at: _edited, ...rest } = message;
  return { ...rest, message: "", deleted: true };
}

function react(message: Message, event: ReactionChanged): Message {
  const { reactions = [], ...rest } = message;
  const changed = toggle(reactions, event);
  return changed.length === 0 ? rest : { ...rest, reactions: changed };
}

function toggle(all: readonly Reaction[], event: ReactionChanged): readonly Reaction[] {
  const { emoji, sender, on } = event;
  const names = all.find((one) => one.emoji === emoji)?.names ?? [];
  if (names.some((name) => samePerson(name, sender)) === on) return all;
  if (on && names.length === 0) return [...all, { emoji, names: [sender] }];
  const left = on ? [...names, sender] : names.filter((name) => !samePerson(name, sender));
  return all
    .map((one) => one.emoji === emoji ? { emoji, names: left } : one)
    .filter((one) => one.names.length > 0);
}

/** The rules of a room as the server states them: none that it does not state. */
export function withRules(
  room: Room,
  { locked, slow_seconds }: { readonly locked?: boolean; readonly slow_seconds?: number },
): Room {
  const { locked: _locked, slowSeconds: _slow, waitUntil, ...rest } = room;
  if (!slow_seconds) return { ...rest, ...(locked ? { locked: true } : {}) };
  return {
    ...rest,
    ...(locked ? { locked: true } : {}),
    slowSeconds: slow_seconds,
    ...(waitUntil === undefined ? {} : { waitUntil }),
  };
}

/** Takes over what `welcome` says of a room, without touching what is held of its log. */
export function summarized(held: Room | undefined, summary: RoomSummary): Room {
  const { room: name, kind, title, unread, level } = summary;
  const room = held ?? emptyRoom(name, kind);
  const { title: _old, ...rest } = withRules(room, summary);
  return {
    ...rest,
    name,
    kind,
    ...(title === undefined ? {} : { title }),
    read: Math.max(room.read, summary.read),
    unread: room.read > summary.read ? room.unread : unread,
    level,
    live: false,
    joining: false,
    loadingHistory: false,
    typing: new Map(),
  };
}

/**
 * Takes in the answer to `join`.
 *
 * @param resumed Whether `messages` are the events after what is held, rather than a page that
 *   replaces it.
 */
export function joinedRoom(room: Room, frame: Joined, resumed: boolean, me: string): Room {
  const page = resumed ? resume(room, frame, me) : replacePage(room, frame);
  const { title: _old, over: _over, ...rest } = withRules(page, frame);
  const next: Room = {
    ...rest,
    name: frame.room,
    kind: frame.kind,
    ...(frame.title === undefined ? {} : { title: frame.title }),
    epoch: frame.epoch,
    members: frame.members,
    loaded: true,
    live: true,
    joining: false,
  };
  return recount(next, me);
}

function resume(room: Room, frame: Joined, me: string): Room {
  const events = frame.messages.reduce((held, event) => applyEvent(held, event, me).room, room);
  return { ...events, read: Math.max(room.read, frame.read) };
}

function replacePage(room: Room, frame: Joined): Room {
  // A read mark counts events of one log; in another log it means nothing.
  const sameLog = room.epoch === undefined || room.epoch === frame.epoch;
  // What changed in the passage since is not known: it is read again where it is wanted.
  const { passage: _passage, place, skipped: _skipped, ...rest } = withoutPage(room);
  const first = frame.messages[0]?.seq ?? frame.seq;
  const isHole = sameLog && room.loaded && frame.more && first > room.seq + 1;
  return {
    ...rest,
    ...(sameLog && place !== undefined ? { place } : {}),
    ...(isHole ? { skipped: room.seq } : {}),
    messages: frame.messages.filter(isMessage),
    seq: frame.seq,
    more: frame.more,
    read: sameLog ? Math.max(room.read, frame.read) : frame.read,
  };
}

/** Moves the read mark forward, never back. */
export function markRead(room: Room, seq: number, me: string): Room {
  if (seq <= room.read) return room;
  const passed = shownPart(room).messages
    .filter((m) => m.seq > room.read && m.seq <= seq && isUnread(m, me)).length;
  return recount({ ...room, read: seq, unread: without(room.unread, passed) }, me);
}

/** The server counts up to a bound: what is beyond it stays until it can be counted here. */
function without(unread: number, passed: number): number {
  return unread >= unreadMax ? unread : Math.max(0, unread - passed);
}

function isUnread(message: Message, me: string): boolean {
  return !message.deleted && !isOwn(message, me);
}

/** Counts what is unread anew, where enough of the log is held to know. */
function recount(room: Room, me: string): Room {
  const { messages, read } = room;
  const unread = messages.filter((m) => m.seq > read && isUnread(m, me));
  const complete = endCovers(room, read + 1);
  return { ...room, unread: complete ? unread.length : Math.max(room.unread, unread.length) };
}

/** Who types, without one of them. */
function withoutTyping(
  typing: ReadonlyMap<string, number>,
  name: string,
): ReadonlyMap<string, number> {
  const left = [...typing].filter(([other]) => !samePerson(other, name));
  return left.length === typing.size ? typing : new Map(left);
}
