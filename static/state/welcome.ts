/** The start of a connection: compares the page's rooms with the server's, and joins them again. */
import { follow, join } from "./join.ts";
import type { CommandOf, Welcome } from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { strings } from "../strings/strings.ts";
import { hasUnsent, markParted, withPlaces } from "./membership.ts";
import { openAt, openRoom } from "./navigate.ts";
import {
  emptyRoom,
  isConversation,
  isProvisional,
  provisionalKey,
  samePerson,
  summarized,
} from "./room.ts";
import { each, putRoom, rekey, send, step, then } from "./step.ts";
import type { PageEffect, PageState, RoomState, Transition } from "./types.ts";
import { sendAgain } from "./people.ts";
import { peopleOf, unwatched, withProfiles } from "./presence_watch.ts";

/** Applies the first frame of a connection, and joins every room of the user again. */
export function onWelcome(before: PageState, frame: Welcome): Transition {
  const mine = isSame(before, frame.you) ? before : withoutUserData(before);
  const state = withRooms(mine, frame);
  const { asOf: _asOf, ...known } = withoutCurrent(state);
  const isOther = state.epoch !== undefined && state.epoch !== frame.epoch;
  const next: PageState = {
    ...known,
    me: frame.you,
    server: { ...state.server, name: frame.server.name, icon: frame.server.icon },
    limits: frame.limits,
    ready: true,
    epoch: frame.epoch,
    moreRooms: frame.more_rooms,
    invitations: frame.invitations ?? [],
    quiet: frame.quiet ?? {},
    due: frame.reminders ?? [],
    people: peopleOf(frame),
    watched: new Map(),
    profiles: withProfiles(state, frame.profile === undefined ? [] : [frame.profile]),
    onlineCount: frame.online_count,
    watch: unwatched,
    roles: new Map(frame.roles.map(({ name, role }) => [foldName(name), role])),
    requests: new Map(),
    changedEmoji: new Map(),
    ...(isOther ? { news: strings.connection.restored } : {}),
    ...(state.search === undefined ? {} : { search: { ...state.search, busy: false } }),
  };
  const { state: joined, effects } = then(
    openSomething(next),
    (opened) => subscribe(opened, frame),
  );
  // In another log, or for another user, they would mean something else.
  const isSameLog = !isOther && mine === before;
  return then(
    step(joined, ...resuming(effects)),
    (opened) => isSameLog ? sendAgain(opened, before.requests) : step(opened),
  );
}

/** How many rooms are loaded when the page connects: those with the most recent messages. */
const loadedRooms = 30;

/**
 * Subscribes to the rooms of the user, the open one first. Where they are many, most of them are
 * only followed, unless the page has them already or something of the user's waits there.
 */
function subscribe(state: PageState, { rooms }: Welcome): Transition {
  const recent = new Set(rooms.slice(0, loadedRooms).map(({ room_id }) => room_id));
  const ends = new Map(rooms.map(({ room_id, seq }) => [room_id, seq]));
  return each(step(state), joinOrder(state), (next, key) => {
    const end = ends.get(key);
    const isLoaded = key === state.current || recent.has(key) || state.rooms.get(key)?.loaded;
    return end === undefined || isLoaded || hasUnsent(state, key)
      ? join(next, key)
      : follow(next, key, end);
  });
}

/**
 * Puts requests to join rooms into few frames: each is answered as if it had been sent alone. The
 * first one, for the open room, stays alone.
 */
function resuming(effects: readonly PageEffect[]): readonly PageEffect[] {
  const rooms: Resumed[] = [];
  let isFirst = true;
  const rest = effects.filter((effect) => {
    if (effect.type !== "send") return true;
    if (effect.frame.type === "resume") return void rooms.push(...effect.frame.rooms);
    if (effect.frame.type !== "join") return true;
    if (isFirst) return !(isFirst = false);
    const { room_id, after, epoch, key } = effect.frame;
    if (room_id === undefined || after === undefined || epoch === undefined) return true;
    rooms.push({ room_id, after, epoch, key });
    return false;
  });
  const frames: PageEffect[] = [];
  for (let n = 0; n < rooms.length; n += resumedMax) {
    frames.push(send({ type: "resume", rooms: rooms.slice(n, n + resumedMax) }));
  }
  return [...rest, ...frames];
}

type Resumed = CommandOf<"resume">["rooms"][number];

/** How many rooms the page resumes with one frame. */
const resumedMax = 100;

function isSame({ me }: PageState, you: Welcome["you"]): boolean {
  return me.id === undefined ? samePerson(me.name, you.name) : me.id === you.id;
}

/** Drops everything that belongs to another user: none of it may be shown or sent. */
function withoutUserData(state: PageState): PageState {
  const {
    current: _current,
    search: _search,
    jump: _jump,
    blocks: _blocks,
    person: _person,
    mutedUntil: _muted,
    epoch: _epoch,
    ...rest
  } = state;
  const nothing = {
    ...{ rooms: new Map(), lookedUp: new Map(), people: new Map() },
    ...{ pending: [], uploads: new Map() },
  };
  return { ...rest, ...nothing };
}

/**
 * Keeps the user's rooms. A room that is not listed stays only to show unsent drafts, and is not
 * joined again: the user may have been removed from it.
 */
function withRooms(before: PageState, frame: Welcome): PageState {
  let state = withPlaces(before);
  for (const summary of frame.rooms) {
    const { receiver_id: id } = summary;
    const provisional = id === undefined ? undefined : provisionalKey({ name: "", id });
    if (provisional !== undefined) state = rekey(state, provisional, summary.room_id);
    state = putRoom(state, summarized(state.rooms.get(summary.room_id), summary));
  }
  const listed = new Set(frame.rooms.map(({ room_id }) => room_id));
  for (const [key, room] of state.rooms) {
    if (listed.has(key)) continue;
    const stays = room.parted || isProvisional(room) || frame.more_rooms;
    state = stays
      ? putRoom(state, paused(room))
      : isUnlisted(state, room)
      ? toProvisional(state, room)
      : markParted(state, key);
  }
  return state;
}

/** Whether a conversation is not listed only because it has no messages yet. */
function isUnlisted(state: PageState, room: RoomState): boolean {
  const { kind, over, seq, key } = room;
  return kind === "direct" && !over && (seq === 0 || hasUnsent(state, key));
}

/** Reduces a conversation to its other person; the server is asked for it anew. */
function toProvisional(state: PageState, { key, name, receiverId }: RoomState): PageState {
  if (receiverId === undefined) return markParted(state, key);
  const provisional = provisionalKey({ name, id: receiverId });
  const moved = rekey(state, key, provisional);
  return putRoom(moved, emptyRoom(name, { key: provisional, kind: "direct", receiverId }));
}

/** Returns a room as it is after the connection is lost. */
export function paused(room: RoomState): RoomState {
  return { ...room, live: false, joining: false, loadingHistory: false, typing: new Map() };
}

function withoutCurrent(state: PageState): PageState {
  const { current, ...rest } = state;
  return current !== undefined && state.rooms.has(current) ? { ...rest, current } : rest;
}

function openSomething(state: PageState): Transition {
  if (state.wanted !== undefined) {
    const opened = openAt(state, state.wanted, state.wantedSeq);
    // While a room is being looked up, the open one stays open.
    return opened.state.wanted === undefined ? opened : then(opened, (next) => step(openAny(next)));
  }
  return step(openAny(state));
}

function openAny(state: PageState): PageState {
  if (state.current !== undefined) return openRoom(state, state.current);
  const first = [...state.rooms.values()].sort((a, b) => a.name.localeCompare(b.name))
    .find((room) => !isConversation(room) && !room.parted) ?? [...state.rooms.values()][0];
  return first === undefined ? state : openRoom(state, first.key);
}

/** Joins the open room first: the user is looking at it. */
function joinOrder(state: PageState): readonly string[] {
  const keys = [...state.rooms.keys()];
  return keys.sort((a, b) => rank(state, a) - rank(state, b));
}

function rank(state: PageState, id: string): number {
  return id === state.current ? 0 : 1;
}
