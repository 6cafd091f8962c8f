/**
 * What views read from the state. Pure, and kept out of the views so that it can be tested.
 *
 * @module
 */
import {
  foldName,
  foldRoom,
  type Message,
  type PresenceState,
  type Role,
} from "../lib/protocol.ts";
import { isSameDay } from "./format.ts";
import { isOwn, samePerson, sameSender } from "./state/room.ts";
import { locale } from "./language.ts";
import { lowerBound, shownPart, shows } from "./state/parts.ts";
import { isLarge, knownPeople, personOf } from "./state/watch.ts";
import { strings } from "./strings.ts";
import type { Pending, Person, Place, Room, State, Upload, Who } from "./state/types.ts";

/** Messages of one person within this time stand together under one name, in ms. */
const groupedWithin = 5 * 60_000;

/** The open room. */
export function currentRoom(state: State): Room | undefined {
  return state.current === undefined ? undefined : state.rooms.get(state.current);
}

/** Room 2 stands before room 10. */
const byName = new Intl.Collator(locale, { numeric: true });

/** Rooms of a sort: first where there is something new, then in the order of their names. */
export function roomsOf(state: State, direct: boolean): readonly Room[] {
  return [...state.rooms.values()]
    .filter((room) => (room.kind === "direct") === direct)
    .sort((a, b) =>
      Number(hasNews(state, b)) - Number(hasNews(state, a)) || byName.compare(a.name, b.name)
    );
}

/**
 * Whether there is something new in a room. One that was opened for its news keeps its place for as
 * long as one is there: nothing moves away under the hand that has just pressed it.
 */
export function hasNews(state: State, room: Room): boolean {
  const opened = room.divider !== undefined && state.current === foldRoom(room.name);
  return opened || badgeOf(room) > 0;
}

/** How many unread messages of a room are worth a number: none, where one wants to hear nothing. */
export function badgeOf({ unread, level }: Room): number {
  return level === "none" ? 0 : unread;
}

/** Those of a list in whose names something stands. */
export function named<T extends { readonly name: string }>(
  list: readonly T[],
  part: string,
): readonly T[] {
  const wanted = foldName(part.trim()).replace(/^[@#]/, "");
  return wanted === "" ? list : list.filter(({ name }) => foldName(name).includes(wanted));
}

/** Whether something that is shown may be out of date, though the line is open. */
export function isCatchingUp({ line, ready, rooms }: State): boolean {
  if (line !== "open") return false;
  return !ready || [...rooms.values()].some(({ joining, loaded }) => joining && loaded);
}

/** A room that a link led to and that one is not in: it can be joined, if one likes. */
export function offeredRoom({ ready, wanted, rooms, requests }: State): string | undefined {
  if (!ready || wanted === undefined || rooms.has(wanted)) return undefined;
  const asked = [...requests.values()].some((request) =>
    "room" in request && foldRoom(request.room) === wanted
  );
  return asked ? undefined : wanted;
}

/** How many messages are unread everywhere. */
export function unreadTotal(state: State): number {
  return [...state.rooms.values()].reduce((sum, room) => sum + badgeOf(room), 0);
}

/** Whether a person is here. */
export function presenceOf(state: State, name: string): PresenceState {
  if (state.me.name === name) return state.ready ? "online" : "offline";
  return personOf(state, name)?.state ?? "offline";
}

/** What is shown of somebody's presence: nothing is known of it while the line is down. */
export type ShownPresence = PresenceState | "unknown";

/** How a presence is shown now. */
export function shownPresence({ ready }: State, presence: PresenceState): ShownPresence {
  return ready ? presence : "unknown";
}

const rank: Readonly<Record<PresenceState, number>> = { online: 0, away: 1, offline: 2 };

/** Puts whoever is here first. */
export function sortPeople(people: readonly Person[]): readonly Person[] {
  return [...people].sort((a, b) => rank[a.state] - rank[b.state] || a.name.localeCompare(b.name));
}

/** Everybody known: who is or was here, and the members of one's rooms. Without oneself. */
export function everybody(state: State): readonly Person[] {
  const found = new Map<string, Person>(knownPeople(state));
  for (const room of state.rooms.values()) {
    for (const name of room.members) {
      const id = foldName(name);
      if (!found.has(id)) found.set(id, { name, state: "offline" });
    }
  }
  found.delete(foldName(state.me.name));
  return sortPeople([...found.values()]);
}

/** New messages on their way to a room. */
export function pendingMessages(state: State, room: Room): readonly Pending[] {
  const id = foldRoom(room.name);
  return state.pending.filter((one) => one.room === id && one.draft.type === "room_message");
}

/** The files in the composer of a room: those that no draft has taken along yet. */
export function trayOf(state: State, room: Room): readonly Upload[] {
  const taken = new Set(state.pending.flatMap(({ uploads = [] }) => uploads));
  const id = foldRoom(room.name);
  return [...state.uploads.values()].filter((one) =>
    foldRoom(one.room) === id && !taken.has(one.id)
  );
}

/** The files that go with a draft, as far as they are here. */
export function uploadsOf(state: State, { uploads = [] }: Pending): readonly Upload[] {
  return uploads.flatMap((id) => state.uploads.get(id) ?? []);
}

/** Edits on their way, by the message they change; the latest of each. */
export function pendingEdits(state: State, room: Room): ReadonlyMap<number, Pending> {
  const id = foldRoom(room.name);
  const edits = new Map<number, Pending>();
  for (const entry of state.pending) {
    if (entry.room === id && entry.draft.type === "edit_message") edits.set(entry.draft.seq, entry);
  }
  return edits;
}

/** Whether a message opens a new day, and whether it repeats its sender's name. */
export function placeOf(message: Message, before: Message | undefined, divided: boolean) {
  const day = before === undefined || !isSameDay(before.at, message.at);
  const head = day || divided || message.reply_to !== undefined ||
    !sameSender(before, message) || message.at - before.at > groupedWithin;
  return { day, head };
}

/**
 * The first message above which the line for what is new stands, by its `seq`; `undefined` where
 * there is no line, or where what is shown does not reach back to it.
 */
export function firstNew(state: State, room: Room): number | undefined {
  const { divider } = room;
  if (divider === undefined || !shows(room, divider + 1)) return undefined;
  const { messages } = shownPart(room);
  for (let at = lowerBound(messages, divider + 1); at < messages.length; at++) {
    if (!isOwn(messages[at]!, state.me.name)) return messages[at]!.seq;
  }
  return undefined;
}

/** Whether so much came while one was away that the page shows only the end of it. */
export function isSkipping({ skipped, divider }: Room): boolean {
  return skipped !== undefined && divider !== undefined && divider <= skipped;
}

/** Where the news of a room begin, if that is before all that is shown: a `seq` to jump to. */
export function newsBefore(room: Room): number | undefined {
  const { divider } = room;
  if (divider === undefined || shows(room, divider + 1)) return undefined;
  const first = shownPart(room).messages[0]?.seq ?? 0;
  return divider < first ? divider + 1 : undefined;
}

/**
 * Up to which `seq` a room is read by somebody who sees a part of it: up to the last row that they
 * see, if nothing unread lies before the first one. At the end everything is read.
 */
export function readUpTo(
  room: Room,
  view: { readonly atEnd: boolean; readonly place?: Place; readonly last?: number },
): number {
  if (view.atEnd) return room.seq;
  const { messages } = shownPart(room);
  const next = messages[lowerBound(messages, room.read + 1)]?.seq;
  const { place, last } = view;
  if (next === undefined || place === undefined || last === undefined) return room.read;
  return shows(room, room.read + 1) && place.seq <= next ? Math.max(room.read, last) : room.read;
}

/** The last message of one's own that can still be edited. */
export function lastOwn(state: State, room: Room): Message | undefined {
  return room.messages.findLast((m) => !m.deleted && isOwn(m, state.me.name));
}

/** Whether somebody wrote a message whom one has blocked. */
export function isFolded({ blocks = [] }: State, { sender }: Message): boolean {
  return blocks.some((name) => samePerson(name, sender));
}

/** Whether one keeps order here. */
export function isModerator({ me }: State): boolean {
  return me.role === "owner" || me.role === "moderator";
}

/**
 * How a name is marked: `guest` for the guest who has it now, `earlier` for one who had it before.
 * A name alone says nothing of who wrote as a guest; the number does.
 */
export type GuestMark = "guest" | "earlier" | undefined;

/** The mark of a name, where `guest` is the number that comes with it. */
export function guestMark(state: State, { name, guest }: Who): GuestMark {
  if (guest === undefined) return undefined;
  const known = personOf(state, name);
  // Of whom the page is not told it does not know that they are gone.
  if (known === undefined) return isLarge(state) ? "guest" : "earlier";
  return known.guest === guest ? "guest" : "earlier";
}

/** Who has a name now, with the number of the guest where it is one. */
export function whoIs(state: State, name: string): Who {
  const guest = personOf(state, name)?.guest;
  return guest === undefined ? { name } : { name, guest };
}

/** What somebody is. */
export function roleOf(state: State, { name, guest }: Who): Role {
  if (guest !== undefined) return "guest";
  return samePerson(name, state.me.name)
    ? state.me.role
    : state.roles.get(foldName(name)) ?? "member";
}

/** Why one cannot write in a room at all now. */
export type Hush = "locked" | "muted" | "over" | undefined;

/** Why one cannot write in a room, if so. */
export function hushOf(state: State, room: Room, now: number): Hush {
  if (room.over) return "over";
  if (state.mutedUntil !== undefined && state.mutedUntil > now) return "muted";
  return room.locked && !isModerator(state) ? "locked" : undefined;
}

/** What the server calls itself. */
export function serverName({ server }: State): string {
  return server?.name ?? strings.app;
}
