/**
 * The timeline of one room. Events are applied once and in order; the page always holds a
 * contiguous part of the log.
 */
import { apply, isChange, isMessage, roomChangeIn } from "../../lib/chat/events/index.ts";
import { isInRoom } from "../../lib/chat/events/message.ts";
import {
  type DraftListing,
  type Joined,
  type Message,
  type Notice,
  type RoomDescription,
  type RoomEvent,
  type RoomPrefsTag,
  type RoomRules,
  type RoomSummary,
} from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { isMentioned } from "../../lib/protocol/text/mentions.ts";
import {
  changeMessage,
  endCovers,
  findMessage,
  noteChange,
  shownTimeline,
  withoutPage,
} from "./timeline.ts";
import { knownKind, knownLevel } from "./known.ts";
import { withoutReply, withReply } from "./threads.ts";
import { joined } from "../strings/isolate.ts";
import { strings } from "../strings/strings.ts";
import type { PageState, PersonRef, RoomChanged, RoomState, SavedDraft } from "./types.ts";

/** The server counts unread messages up to this number. */
const unreadMax = 100;

/** The known fields of a room that is otherwise unknown. */
type KnownRoom = Partial<Pick<RoomState, "key" | "kind" | "receiverId">>;

/**
 * Returns a room without a log.
 *
 * @param known The fields that are known besides the name.
 */
export function emptyRoom(name: string, known: KnownRoom = {}): RoomState {
  const direct = name.startsWith("@");
  return {
    key: name,
    kind: direct ? "direct" : "public",
    ...known,
    name,
    memberCount: 0,
    members: [],
    memberIds: new Map(),
    seq: 0,
    loaded: false,
    live: false,
    joining: false,
    read: 0,
    confirmedRead: 0,
    unread: 0,
    mentions: 0,
    level: direct ? "all" : "mentions",
    messages: [],
    more: false,
    loadingHistory: false,
    typing: new Map(),
  };
}

/** Whether a room is a conversation of its members, and not a place that has a name. */
export function isConversation({ kind, people }: Pick<RoomState, "kind" | "people">): boolean {
  return kind === "direct" || people !== undefined;
}

/** Sets who else is in a conversation without a name: it is called by their names. */
export function withPeople(room: RoomState, people: readonly PersonRef[]): RoomState {
  return { ...room, people, name: conversationName(people) };
}

/** What a conversation with these people is called; the user is alone in one without others. */
export function conversationName(people: readonly PersonRef[]): string {
  return `@${joined(people.map(({ name }) => name), ", ") || strings.sidebar.alone}`;
}

/** Returns the key of a conversation that has no id yet: it holds the receiver's id. */
export function provisionalKey({ name, id }: PersonRef): string {
  return id === undefined ? `@name:${foldName(name)}` : `@${id}`;
}

/** Whether a room has no id yet. No id begins like a provisional key. */
export function isProvisional({ key }: Pick<RoomState, "key">): boolean {
  return key.startsWith("@");
}

/**
 * Returns the key of the unsent text of a room, or of a thread in it: for a conversation, it holds
 * the receiver's id.
 */
export function draftKeyOf(
  { key, receiverId }: { readonly key: string; readonly receiverId?: string | undefined },
  thread?: number,
): string {
  const place = receiverId === undefined ? key : `@${receiverId}`;
  return thread === undefined ? place : `${place} ${thread}`;
}

/** Returns a draft of another device as the page holds it, whether or not the page knows its room. */
export function draftIn(
  { epoch }: Pick<PageState, "epoch">,
  { room_id: key, receiver_id: receiverId, thread, message: text, reply_to: answers, edit, at }:
    DraftListing,
): SavedDraft {
  const log = epoch === undefined ? {} : { epoch };
  return {
    ...{ room: draftKeyOf({ key, receiverId }, thread), text, at },
    ...(answers === undefined ? {} : { answers, ...log }),
    ...(edit === undefined ? {} : { edit: { seq: edit.seq, text: edit.message, ...log } }),
  };
}

/** Whether two names belong to the same person. */
export function samePerson(a: string, b: string): boolean {
  return a === b || foldName(a) === foldName(b);
}

type Sent = Pick<RoomEvent, "sender" | "sender_id" | "guest">;

/** Whether the user sent an event, and not another person who had the name before. */
export function isOwn({ sender, sender_id, guest }: Sent, me: PersonRef): boolean {
  // Without an id, as while the page is connecting, the name decides.
  if (me.id === undefined) return guest === undefined && samePerson(sender, me.name);
  return sender_id === me.id;
}

/** Whether two messages have the same sender: names are reassigned, ids are not. */
export function sameSender(a: Sent, b: Sent): boolean {
  return a.sender_id === b.sender_id;
}

/** Returns the sender of an event. */
export function senderOf({ sender: name, sender_id: id, guest }: Sent): PersonRef {
  return { name, id, ...(guest ? { guest } : {}) };
}

/** Returns the display name of an event's room: its name, or `@` and the other person's name. */
export function roomNameOf(event: RoomEvent, me: PersonRef): string {
  if ("room" in event) return event.room;
  return `@${isOwn(event, me) ? event.receiver : event.sender}`;
}

/** Returns the room of an event, as far as the event describes it. */
export function roomOf(event: RoomEvent, me: PersonRef): RoomState {
  const known = { key: event.room_id };
  if ("room" in event) return emptyRoom(event.room, known);
  const receiverId = isOwn(event, me) ? event.receiver_id : event.sender_id;
  return emptyRoom(roomNameOf(event, me), { ...known, receiverId });
}

/** Returns a message in one line; for files without text, their names. */
export function gistOf({ message, files = [] }: Pick<Message, "message" | "files">): string {
  return message === "" ? joined(files.map(({ name }) => name), ", ") : message;
}

/** What became of an event: applied, known already, or too early because something is missing. */
export interface Applied {
  readonly room: RoomState;
  readonly outcome: "applied" | "known" | "gap";
}

/**
 * Applies one event of the room's log.
 *
 * @param room A room whose log is loaded up to `room.seq`.
 * @param event Any event of that log, however often and in whatever order it arrives.
 * @param me The user, whose own messages are never unread.
 */
export function applyEvent(room: RoomState, event: RoomEvent, me: PersonRef): Applied {
  if (event.seq <= room.seq) return { room, outcome: "known" };
  if (event.seq > room.seq + 1) return { room, outcome: "gap" };
  const next = { ...taken(room, event, me), seq: event.seq };
  return { room: isMessage(event) ? arrived(next, event, me) : next, outcome: "applied" };
}

function arrived(room: RoomState, event: Message, me: PersonRef): RoomState {
  const typing = withoutTyping(room.typing, event.sender);
  if (isOwn(event, me) || event.seq <= room.read) return { ...room, typing };
  // A user who reads elsewhere finds a divider where the news begins.
  const divider = room.divider ?? (room.place === undefined ? undefined : event.seq - 1);
  const line = divider === undefined ? {} : { divider };
  return countUnread({ ...room, ...line, typing }, event, me);
}

/** Counts a message that has just arrived. */
export function countUnread(room: RoomState, event: Message, me: PersonRef): RoomState {
  const { unread, mentions } = countsOf([event], me);
  return { ...room, unread: room.unread + unread, mentions: room.mentions + mentions };
}

function taken(room: RoomState, event: RoomEvent, me: PersonRef): RoomState {
  if (isMessage(event)) {
    return withReply({ ...room, messages: [...room.messages, event] }, event);
  }
  if (event.type === "room_changed") return changedRoom(room, event, me);
  // An event of a later version takes its place in the order, and changes nothing here.
  if (!isChange(event)) return room;
  const before = findMessage(room, event.target);
  const changed = changeMessage(room, event.target, (message) => apply(message, event, me.id));
  const after = findMessage(changed, event.target);
  const isGone = before?.deleted !== true && after?.deleted === true;
  const next = noteChange(isGone ? withoutReply(changed, after) : changed, event);
  if (before === undefined || after === undefined || before.seq <= room.read) return next;
  // A message that is deleted is no longer unread; one that is edited may mention others.
  const [was, is] = [countsOf([before], me), countsOf([after], me)];
  return {
    ...next,
    unread: without(room.unread, was.unread - is.unread),
    mentions: without(room.mentions, was.mentions - is.mentions),
  };
}

/** How many changes of a room the page remembers. */
const roomChangesMax = 50;

/** Applies a change of the room itself. */
function changedRoom(room: RoomState, event: RoomChanged, me: PersonRef): RoomState {
  const {
    name,
    title,
    kind,
    archived,
    locked,
    slowMs,
    threads,
    retentionDays,
    previews,
    ...rights
  } = roomChangeIn(event) ?? {};
  const { title: before, archived: was, people, ...rest } = withRules(room, {
    ...((locked ?? room.locked) ? { locked: true } : {}),
    threads: threads ?? room.threads ?? true,
    retention_days: retentionDays ?? room.retentionDays ?? 0,
    previews: previews ?? room.previews ?? true,
    slow_seconds: slowMs === undefined ? room.slowSeconds ?? 0 : slowMs / 1_000,
  });
  const topic = title ?? before;
  return {
    ...rest,
    rights: { ...room.rights, ...rights },
    roomChanges: [...(room.roomChanges ?? []), event].slice(-roomChangesMax),
    ...(name !== undefined ? { name } : people && { people }),
    // The member who gives a conversation its name is the host of the room.
    ...(name !== undefined && people && isOwn(event, me) ? { host: true } : {}),
    ...(topic ? { title: topic } : {}),
    ...(kind === undefined ? {} : { kind }),
    ...((archived ?? was) ? { archived: true } : {}),
  };
}

/** Applies the rules of a room; a rule that the server does not state does not hold. */
export function withRules(
  room: RoomState,
  { locked, slow_seconds, threads, retention_days, previews, may_post, may_invite, may_pin }:
    & {
      readonly locked?: boolean;
      readonly slow_seconds?: number;
      readonly threads?: boolean;
      readonly retention_days?: number;
      readonly previews?: boolean;
    }
    & Pick<RoomRules, "may_post" | "may_invite" | "may_pin">,
): RoomState {
  const {
    locked: _locked,
    slowSeconds: _slow,
    threads: _threads,
    retentionDays: _days,
    previews: _previews,
    waitUntil,
    ...others
  } = room;
  const rest: RoomState = {
    ...others,
    rights: { mayPost: may_post, mayInvite: may_invite, mayPin: may_pin },
    ...(locked ? { locked: true } : {}),
    ...(threads === false ? { threads } : {}),
    ...(retention_days ? { retentionDays: retention_days } : {}),
    ...(previews === false ? { previews } : {}),
  };
  if (!slow_seconds) return rest;
  return {
    ...rest,
    slowSeconds: slow_seconds,
    ...(waitUntil === undefined ? {} : { waitUntil }),
  };
}

/** Members that the server lists; a server of an earlier version lists all, and does not count. */
type ListedMembers =
  & Pick<Joined, "members" | "member_ids">
  & Partial<Pick<Joined, "member_count" | "deactivated_ids">>;

/** Returns the members that the server lists for a joined room. */
function membersOf(
  { members, member_ids, member_count = members.length, deactivated_ids = [] }: ListedMembers,
): Pick<RoomState, "memberCount" | "members" | "memberIds" | "deactivated"> {
  return {
    memberCount: member_count,
    members,
    memberIds: new Map(idsOf(members, member_ids)),
    deactivated: deactivated_ids,
  };
}

function idsOf(members: readonly string[], ids: readonly string[] = []) {
  return members.flatMap((name, index) => {
    const id = ids[index];
    return id === undefined ? [] : [[foldName(name), id] as const];
  });
}

/** Adds some of the members of a room to those that the page knows. */
export function withMembers(
  room: RoomState,
  { members, member_ids, deactivated_ids = [] }: ListedMembers,
): RoomState {
  const known = new Set(room.members.map(foldName));
  const added = members.filter((name) => !known.has(foldName(name)));
  return {
    ...room,
    memberCount: Math.max(room.memberCount, room.members.length + added.length),
    members: [...room.members, ...added],
    memberIds: new Map([...room.memberIds, ...idsOf(members, member_ids)]),
    deactivated: [...new Set([...room.deactivated ?? [], ...deactivated_ids])],
  };
}

/** Returns a room as the server describes it. Every room that it describes is the user's. */
function described(
  before: RoomState,
  { room: name, room_id: key, kind, title, receiver_id, people, over, archived }: RoomDescription,
): RoomState {
  const {
    title: _title,
    over: _over,
    receiverId: _receiver,
    parted: _parted,
    archived: _archived,
    people: known,
    ...room
  } = before;
  const about: RoomState = {
    ...room,
    key,
    name,
    kind: knownKind(kind),
    ...(title === undefined ? {} : { title }),
    ...(receiver_id === undefined ? {} : { receiverId: receiver_id }),
    ...(over ? { over } : {}),
    ...(archived ? { archived } : {}),
  };
  if (people === undefined) return about;
  // The level of a conversation, until the user has set another one.
  return withPeople(known === undefined ? { ...about, level: "all" } : about, people);
}

/** Applies what the user wants of a room; what the server does not state is not set. */
export function withPrefs(
  { favourite: _favourite, section: _section, introduced: _introduced, ...room }: RoomState,
  { level, favourite, section, introduced }: RoomPrefsTag,
): RoomState {
  return {
    ...room,
    level: knownLevel(level),
    ...(favourite ? { favourite } : {}),
    ...(section ? { section } : {}),
    ...(introduced ? { introduced } : {}),
  };
}

/** Applies the summary of a room in `welcome`, without changing the loaded log. */
export function summarized(held: RoomState | undefined, summary: RoomSummary): RoomState {
  const room = withPrefs(
    described(withRules(held ?? emptyRoom(summary.room), summary), summary),
    summary,
  );
  return {
    ...room,
    ...readStateFrom(room, summary),
    live: false,
    joining: false,
    loadingHistory: false,
    typing: new Map(),
  };
}

/**
 * Takes over the read state as the server has it, unless the page has read further meanwhile. A mark
 * that has gone back was moved on purpose, on another device.
 */
function readStateFrom(
  { read, confirmedRead, unread, mentions }: RoomState,
  server: Pick<RoomSummary, "read" | "unread" | "mentions">,
): Pick<RoomState, "read" | "confirmedRead" | "unread" | "mentions"> {
  const isAhead = read > server.read && server.read >= confirmedRead;
  const present = isAhead ? { read, unread, mentions } : server;
  return {
    read: present.read,
    confirmedRead: server.read,
    unread: present.unread,
    mentions: present.mentions,
  };
}

/**
 * Applies the answer to `join`.
 *
 * @param resumed Whether `messages` continue the loaded log, rather than replace it.
 */
export function joinedRoom(
  room: RoomState,
  frame: Joined,
  resumed: boolean,
  me: PersonRef,
): RoomState {
  const page = resumed ? resume(room, frame, me) : replacePage(room, frame);
  const { host: _host, isDefault: _isDefault, ...about } = described(withRules(page, frame), frame);
  const next: RoomState = {
    ...about,
    ...(frame.host ? { host: true } : {}),
    ...(frame.is_default ? { isDefault: true } : {}),
    epoch: frame.epoch,
    ...membersOf(frame),
    loaded: true,
    live: true,
    joining: false,
  };
  return recount(next, me);
}

/** Applies the answer to a `join` that asks for news only. */
export function followedRoom(room: RoomState, frame: Joined): RoomState {
  return {
    ...described(withRules(room, frame), frame),
    ...readStateFrom(room, frame),
    memberCount: frame.member_count,
    epoch: frame.epoch,
    live: true,
    joining: false,
  };
}

function resume(room: RoomState, frame: Joined, me: PersonRef): RoomState {
  const events = frame.messages.reduce((held, event) => applyEvent(held, event, me).room, room);
  return { ...events, ...readStateFrom(events, frame) };
}

function replacePage(room: RoomState, frame: Joined): RoomState {
  // A read mark counts events of one log; in another log it means nothing.
  const sameLog = room.epoch === undefined || room.epoch === frame.epoch;
  // What has changed in the history window is unknown: it is loaded again when needed.
  const {
    historyWindow: _historyWindow,
    quotes: _quotes,
    place,
    divider,
    skipped: _skipped,
    roomChanges,
    ...rest
  } = withoutPage(room);
  const first = frame.messages[0]?.seq ?? frame.seq;
  const isHole = sameLog && room.loaded && frame.more && first > room.seq + 1;
  return {
    ...rest,
    ...(sameLog && place !== undefined ? { place } : {}),
    ...(sameLog && divider !== undefined ? { divider } : {}),
    ...(sameLog && roomChanges ? { roomChanges } : {}),
    ...(isHole ? { skipped: room.seq } : {}),
    messages: frame.messages.filter(isMessage),
    seq: frame.seq,
    more: frame.more,
    ...readStateFrom(sameLog ? room : { ...room, read: 0, confirmedRead: 0 }, frame),
  };
}

/** Moves the read mark forward, never back. */
export function markRead(room: RoomState, seq: number, me: PersonRef): RoomState {
  if (seq <= room.read) return room;
  const passed = countsOf(
    shownTimeline(room).messages.filter((m) => m.seq > room.read && m.seq <= seq),
    me,
  );
  return recount({
    ...room,
    read: seq,
    unread: without(room.unread, passed.unread),
    mentions: without(room.mentions, passed.mentions),
  }, me);
}

/** Applies the read mark of the server; one that the user has moved back comes with its counts. */
export function withReadMark(
  room: RoomState,
  frame: Extract<Notice, { type: "read" }>,
  me: PersonRef,
): RoomState {
  const { seq, marked_unread, unread = room.unread, mentions = room.mentions } = frame;
  const next = { ...room, confirmedRead: seq };
  if (!marked_unread) return markRead(next, seq, me);
  const { divider: _divider, ...rest } = next;
  return { ...rest, read: seq, unread, mentions };
}

/** The server's count is capped: what exceeds the cap stays until the page can count it. */
function without(count: number, fewer: number): number {
  return count >= unreadMax ? count : Math.max(0, count - fewer);
}

/** How many messages are unread, whatever the read mark, and how many of them mention the user. */
function countsOf(messages: readonly Message[], me: PersonRef) {
  const others = messages.filter((message) => isUnread(message, me));
  // `here` reaches a user who is online; who comes later is not called.
  const mentions = others.filter((message) => isMentioned(message, me.id, false));
  // A reply in a thread makes only the thread unread.
  return { unread: others.filter(isInRoom).length, mentions: mentions.length };
}

function isUnread(message: Message, me: PersonRef): boolean {
  return !message.deleted && !isOwn(message, me);
}

/** Counts the unread messages anew, if enough of the log is loaded. */
function recount(room: RoomState, me: PersonRef): RoomState {
  const { messages, read } = room;
  const { unread, mentions } = countsOf(messages.filter((m) => m.seq > read), me);
  if (endCovers(room, read + 1)) return { ...room, unread, mentions };
  return {
    ...room,
    unread: Math.max(room.unread, unread),
    mentions: Math.max(room.mentions, mentions),
  };
}

/** Returns the typing users without one of them. */
function withoutTyping(
  typing: ReadonlyMap<string, number>,
  name: string,
): ReadonlyMap<string, number> {
  const left = [...typing].filter(([other]) => !samePerson(other, name));
  return left.length === typing.size ? typing : new Map(left);
}
