/**
 * Selectors: derived values that the views read from the state. Pure, and separate from the views
 * so that they can be tested.
 *
 * @module
 */
import { DEFAULT_RIGHTS, type RoomRights } from "../../lib/chat/events/rights.ts";
import { isInRoom } from "../../lib/chat/events/message.ts";
import { type Message, type PresenceState, type Role } from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { isSameDay } from "../strings/format.ts";
import { isBlocked } from "./people.ts";
import { isConversation, isOwn, samePerson, sameSender, senderOf } from "./room.ts";
import { locale } from "../strings/language.ts";
import { remember } from "../util/remember.ts";
import { lowerBound, shownTimeline, shows } from "./timeline.ts";
import { isStale } from "./pending.ts";
import { isLarge, personNamed, personOf, personWithId } from "./presence_watch.ts";
import { strings } from "../strings/strings.ts";
import type {
  Composing,
  PageState,
  Pending,
  PersonRef,
  ReadingPosition,
  RoomState,
  Upload,
} from "./types.ts";

/** Messages of one sender within this time are grouped under one name, in ms. */
const groupedWithin = 5 * 60_000;

/** Returns the open room. */
export function currentRoom(state: PageState): RoomState | undefined {
  return state.current === undefined ? undefined : state.rooms.get(state.current);
}

/** Numeric: room 2 sorts before room 10. */
export const byName = new Intl.Collator(locale, { numeric: true });

/**
 * Lists rooms or conversations: those with news first, archived ones last, then rooms by name and
 * conversations by their last message.
 */
export function roomsOf(state: PageState, direct: boolean): readonly RoomState[] {
  const keys = inOrder(state)[direct ? "conversations" : "rooms"];
  return keys.map((key) => state.rooms.get(key)!);
}

const inOrder = remember(
  (state: PageState) => {
    const sorted = [...state.rooms.values()].map((room) => ({ room, rank: rankOf(state, room) }))
      .sort((a, b) => a.rank - b.rank || compareRooms(a.room, b.room));
    const keys = (direct: boolean) =>
      sorted.filter(({ room }) => isConversation(room) === direct).map(({ room }) => room.key);
    return { rooms: keys(false), conversations: keys(true) };
  },
  (state) =>
    [...state.rooms.values()].flatMap((room) => [
      ...[room.key, room.name, isConversation(room), rankOf(state, room)],
      isConversation(room) ? lastAt(room) : 0,
    ]),
);

function rankOf(state: PageState, room: RoomState): number {
  return (hasNews(state, room) ? 0 : 2) + Number(room.archived ?? false);
}

function compareRooms(a: RoomState, b: RoomState): number {
  const later = isConversation(a) && isConversation(b) ? lastAt(b) - lastAt(a) : 0;
  return later || byName.compare(a.name, b.name);
}

function lastAt({ messages }: RoomState): number {
  return messages.at(-1)?.at ?? 0;
}

/** Returns the conversation of exactly these people and the user that the page knows, if any. */
export function conversationOf(
  { rooms }: PageState,
  others: readonly PersonRef[],
): RoomState | undefined {
  return [...rooms.values()].find(({ people, parted }) =>
    !parted && people?.length === others.length &&
    others.every(({ id }) => people.some((one) => one.id === id))
  );
}

/** A section of the sidebar that the user has made. */
export interface SidebarSection {
  /** Its name; without one, it has the favourites. */
  readonly name?: string;
  readonly rooms: readonly RoomState[];
}

/**
 * Lists the favourites and the sections of the user, in an order that news do not change: the
 * favourites first, then the sections by name, and the rooms in each by name.
 */
export function sectionsOf(state: PageState): readonly SidebarSection[] {
  const favourites: RoomState[] = [];
  const sections = new Map<string, RoomState[]>();
  const rooms = [...state.rooms.values()].filter(isInSection)
    .sort((a, b) => byName.compare(a.name, b.name));
  for (const room of rooms) {
    const { favourite, section } = room;
    if (favourite) favourites.push(room);
    else if (section !== undefined) {
      sections.set(section, [...sections.get(section) ?? [], room]);
    }
  }
  const named = [...sections].sort(([a], [b]) => byName.compare(a, b))
    .map(([name, rooms]) => ({ name, rooms }));
  return favourites.length === 0 ? named : [{ rooms: favourites }, ...named];
}

/** Whether a room is among the favourites or in a section of the user. */
export function isInSection({ favourite, section }: RoomState): boolean {
  return favourite === true || section !== undefined;
}

/**
 * Whether a room has news. A room that the user opened for its news keeps its place while it is
 * open, so that nothing moves under the pointer that has just pressed it.
 */
export function hasNews(state: PageState, room: RoomState): boolean {
  const opened = room.divider !== undefined && state.current === room.key;
  return opened || badgeOf(room) > 0;
}

/** Returns the unread count to show for a room: 0 if the user has turned its notifications off. */
export function badgeOf({ unread, level }: RoomState): number {
  return level === "none" ? 0 : unread;
}

/**
 * Returns how many of the unread messages are meant for the user: those of a room that notifies of
 * every message, as conversations do, and otherwise the mentions. The rule is that of notifications.
 */
export function attentionOf(
  { unread, mentions, level }: Pick<RoomState, "unread" | "mentions" | "level">,
): number {
  return level === "all" ? unread : level === "mentions" ? mentions : 0;
}

/** Filters a list by a text in the names. */
export function named<T extends { readonly name: string }>(
  list: readonly T[],
  filter: string,
): readonly T[] {
  const wanted = foldName(filter.trim()).replace(/^[@#]/, "");
  return wanted === "" ? list : list.filter(({ name }) => foldName(name).includes(wanted));
}

/** Whether something that is shown may be out of date, though the connection is open. */
export function isCatchingUp({ line, ready, rooms }: PageState): boolean {
  if (line !== "open") return false;
  return !ready || [...rooms.values()].some(({ joining, loaded }) => joining && loaded);
}

/** Returns the number of unread messages in all rooms. */
export function unreadTotal(state: PageState): number {
  return [...state.rooms.values()].reduce((sum, room) => sum + badgeOf(room), 0);
}

/** Returns the number of unread messages in all rooms that are meant for the user. */
export function attentionTotal(state: PageState): number {
  return [...state.rooms.values()].reduce((sum, room) => sum + attentionOf(room), 0);
}

/** Returns the presence of a name. */
export function presenceOf(state: PageState, name: string): PresenceState {
  if (samePerson(state.me.name, name)) return state.ready ? "online" : "offline";
  return personOf(state, name)?.state ?? "offline";
}

/** The presence to show: `unknown` while there is no connection. */
export type ShownPresence = PresenceState | "unknown";

/** Returns the presence to show now. */
export function shownPresence({ ready }: PageState, presence: PresenceState): ShownPresence {
  return ready ? presence : "unknown";
}

/**
 * Returns the presence of the other person of a conversation; `offline` once they no longer exist.
 */
export function presenceIn(state: PageState, { name, over }: RoomState): PresenceState {
  return over ? "offline" : presenceOf(state, name.slice(1));
}

/** Returns the waiting and refused drafts to show at the end of a room's log. */
export function pendingRows(state: PageState, room: RoomState): readonly Pending[] {
  return state.pending.filter((one) =>
    one.room === room.key &&
    (one.draft.type === "room_message" ? isInRoom(one.draft) : isUnsentChange(one, room))
  );
}

/** Whether an edit, deletion or reaction has lost its message: it is then shown on its own. */
function isUnsentChange(entry: Pending, room: RoomState): boolean {
  if (entry.status !== "refused") return false;
  return entry.obstacle !== undefined || isStale(entry, room);
}

/**
 * Returns the uploads in the composer of a room, or of a thread in it: those that no draft has taken
 * yet.
 */
export function trayOf(state: PageState, room: RoomState, thread?: number): readonly Upload[] {
  const taken = new Set(state.pending.flatMap(({ uploads = [] }) => uploads));
  return [...state.uploads.values()].filter((one) =>
    one.room === room.key && one.thread === thread && !taken.has(one.id)
  );
}

/** Returns what the composer of a room, or of a thread in it, refers to. */
export function composingIn({ composing }: RoomState, thread?: number): Composing | undefined {
  return composing?.thread === thread ? composing : undefined;
}

/** Returns the uploads of a draft, as far as the page has them. */
export function uploadsOf(state: PageState, { uploads = [] }: Pending): readonly Upload[] {
  return uploads.flatMap((id) => state.uploads.get(id) ?? []);
}

/** Returns the unacknowledged edits by the `seq` of their message; the latest of each. */
export function pendingEdits(state: PageState, room: RoomState): ReadonlyMap<number, Pending> {
  const edits = new Map<number, Pending>();
  for (const entry of state.pending) {
    const { draft } = entry;
    if (entry.room !== room.key || draft.type !== "edit_message") continue;
    if (!isStale(entry, room) && !isUnsentChange(entry, room)) edits.set(draft.seq, entry);
  }
  return edits;
}

/** Returns whether a message opens a new day, and whether it shows its sender's name. */
export function placeOf(message: Message, before: Message | undefined, divided: boolean) {
  const day = before === undefined || !isSameDay(before.at, message.at);
  const head = day || divided || message.reply_to !== undefined ||
    !sameSender(before, message) || message.at - before.at > groupedWithin;
  return { day, head };
}

/**
 * Returns the `seq` of the message below the unread line; `undefined` if there is no line, or it is
 * above what is shown.
 */
export function firstNew(state: PageState, room: RoomState): number | undefined {
  const { divider } = room;
  if (divider === undefined || !shows(room, divider + 1)) return undefined;
  return nextAfter(room, divider, (message) => !isOwn(message, state.me));
}

/** Returns the `seq` of the first shown message after another one that is not deleted. */
function nextAfter(
  room: RoomState,
  seq: number,
  counts: (message: Message) => boolean = () => true,
): number | undefined {
  const { messages } = shownTimeline(room);
  for (let at = lowerBound(messages, seq + 1); at < messages.length; at++) {
    const message = messages[at]!;
    if (!message.deleted && counts(message)) return message.seq;
  }
  return undefined;
}

/** Whether so much was missed that the page shows only the end of it. */
export function isSkipping({ skipped, divider }: RoomState): boolean {
  return skipped !== undefined && divider !== undefined && divider <= skipped;
}

/** Returns the `seq` at which the news begins, if that is above everything shown. */
export function newsBefore(room: RoomState): number | undefined {
  const { divider } = room;
  if (divider === undefined || shows(room, divider + 1)) return undefined;
  const first = shownTimeline(room).messages[0]?.seq ?? 0;
  return divider < first ? divider + 1 : undefined;
}

/**
 * Returns the `seq` up to which a room counts as read: the last row in view, if nothing unread lies
 * above the first one. At the end of the log, everything is read.
 */
export function readUpTo(
  room: RoomState,
  view: { readonly atEnd: boolean; readonly place?: ReadingPosition; readonly last?: number },
): number {
  if (view.atEnd) return room.seq;
  const next = nextAfter(room, room.read);
  const { place, last } = view;
  if (next === undefined || place === undefined || last === undefined) return room.read;
  return shows(room, room.read + 1) && place.seq <= next ? Math.max(room.read, last) : room.read;
}

/** Returns the user's last message that can still be edited. */
export function lastOwn(
  state: PageState,
  { messages }: { readonly messages: readonly Message[] },
): Message | undefined {
  return messages.findLast((m) => !m.deleted && isOwn(m, state.me));
}

/** Whether the user has blocked the sender of a message. */
export function isFolded(state: PageState, message: Message): boolean {
  return isBlocked(state, senderOf(message));
}

/** Whether the user may moderate. */
export function isModerator({ me }: PageState): boolean {
  return me.role === "owner" || me.role === "moderator";
}

/** Whether the user may moderate a room: as a moderator of the server, or as the room's host. */
export function moderates(state: PageState, room: RoomState): boolean {
  return !isConversation(room) && (isModerator(state) || room.host === true);
}

/** Whether the user may do what a room leaves to everyone, or to its hosts. */
export function mayDo(state: PageState, room: RoomState, right: keyof RoomRights): boolean {
  return (room.rights?.[right] ?? DEFAULT_RIGHTS[right]) === "everyone" || moderates(state, room);
}

/**
 * The mark beside a name: `guest` for a guest who has it now, `bot` for a bot; `earlier` for a guest and `left` for
 * a member who had it before. Only the id tells who that is.
 */
export type NameMark = "guest" | "bot" | "earlier" | "left" | undefined;

/**
 * Returns the mark of a name.
 *
 * @param who The name and the id that came with it.
 */
export function nameMark(state: PageState, { name, id, guest }: PersonRef): NameMark {
  const known = samePerson(name, state.me.name) ? state.me : personOf(state, name);
  if (guest) {
    // Without a presence the page does not know whether the guest is gone.
    if (known === undefined) return isLarge(state) ? "guest" : "earlier";
    return known.id === id ? "guest" : "earlier";
  }
  const isOther = id !== undefined && known?.id !== undefined && known.id !== id;
  if (isOther) return "left";
  return state.roles.get(foldName(name)) === "bot" ? "bot" : undefined;
}

/** Returns the other person of a conversation: by id, even if another person has the name now. */
export function partnerIn(state: PageState, { name, receiverId }: RoomState): PersonRef {
  const now = personNamed(state, name.slice(1));
  if (receiverId === undefined || receiverId === now.id) return now;
  return { name: name.slice(1), id: receiverId };
}

/** Returns the mark of the other person of a conversation. */
export function partnerMark(state: PageState, room: RoomState): NameMark {
  return room.over ? "left" : nameMark(state, partnerIn(state, room));
}

/** Returns the role of a person. */
export function roleOf(state: PageState, who: PersonRef): Role {
  if (who.guest) return "guest";
  if (nameMark(state, who) === "left") return "member";
  return samePerson(who.name, state.me.name)
    ? state.me.role
    : state.roles.get(foldName(who.name)) ?? "member";
}

/** Why the user cannot write in a room now. */
export type SilenceReason =
  | "archived"
  | "locked"
  | "hostsOnly"
  | "muted"
  | "over"
  | "parted"
  | "looking"
  | "finding"
  | undefined;

/** Returns why the user cannot write in a room; `undefined` if they can. */
export function silenceReason(state: PageState, room: RoomState, now: number): SilenceReason {
  if (room.parted) return "parted";
  if (room.over) return "over";
  // The receiver must be known before anything is written to them.
  if (room.kind === "direct" && room.receiverId === undefined) {
    return state.ready ? "looking" : "finding";
  }
  if (room.archived) return "archived";
  if (state.mutedUntil !== undefined && state.mutedUntil > now) return "muted";
  if (room.locked && !moderates(state, room)) return "locked";
  return mayDo(state, room, "mayPost") ? undefined : "hostsOnly";
}

export { personNamed, personWithId };

/** Whether the room would have no member left who could return or invite others. */
export function isLastMember({ kind, loaded, members }: RoomState): boolean {
  return kind === "private" && loaded && members.length <= 1;
}

/** Returns the server's name. */
export function serverName({ server }: PageState): string {
  return server?.name ?? strings.app;
}

/** Returns the path of the server's icon. */
export function serverIcon({ server }: PageState): string {
  return server?.icon ?? "/icon.svg";
}
