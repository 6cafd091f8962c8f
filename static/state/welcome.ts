/** The start of a connection: what is held is compared with what there is, and joined again. */
import { foldName, foldRoom, type Welcome } from "../../lib/protocol.ts";
import { openRoom } from "./navigate.ts";
import { emptyRoom, samePerson, summarized } from "./room.ts";
import { ask, changeRoom, each, step } from "./step.ts";
import type { Room, State, Step } from "./types.ts";
import { peopleOf, unwatched } from "./watch.ts";

/**
 * Asks to follow a room: from where the page is, if it holds anything of it. Asks nothing while
 * an answer is still on its way.
 */
export function join(state: State, name: string): Step {
  const room = state.rooms.get(foldRoom(name));
  if (room?.joining || !state.ready) return step(state);
  const joining = changeRoom(state, name, (held) => ({ ...held, joining: true }));
  const from = room?.loaded && room.epoch !== undefined
    ? { after: room.seq, epoch: room.epoch }
    : {};
  const after = "after" in from ? { after: from.after } : {};
  return ask(
    joining,
    { kind: "join", room: name, ...after },
    (key) => ({ type: "join", room: name, key, ...from }),
  );
}

/** Takes in the first frame of a connection, and joins every room one is in. */
export function onWelcome(before: State, frame: Welcome): Step {
  const state = samePerson(before.me.name, frame.you.name) ? before : forgetful(before);
  const rooms = roomsOf(state, frame);
  const { asOf: _asOf, ...known } = withoutCurrent(state, rooms);
  const next: State = {
    ...known,
    me: frame.you,
    server: { ...state.server, name: frame.server.name },
    limits: frame.limits,
    ready: true,
    rooms,
    people: peopleOf(frame),
    watched: new Map(),
    onlineCount: frame.online_count,
    watch: unwatched,
    roles: new Map(frame.roles.map(({ name, role }) => [foldName(name), role])),
    requests: new Map(),
    ...(state.search === undefined ? {} : { search: { ...state.search, busy: false } }),
  };
  const opened = openSomething(next);
  return each(step(opened), joinOrder(opened), join);
}

/** Nothing of another person's is kept or sent. */
function forgetful(state: State): State {
  const {
    current: _current,
    search: _search,
    jump: _jump,
    blocks: _blocks,
    person: _person,
    mutedUntil: _muted,
    ...rest
  } = state;
  return { ...rest, rooms: new Map(), pending: [], people: new Map() };
}

function roomsOf(state: State, frame: Welcome): ReadonlyMap<string, Room> {
  const rooms = new Map<string, Room>();
  for (const summary of frame.rooms) {
    const id = foldRoom(summary.room);
    rooms.set(id, summarized(state.rooms.get(id), summary));
  }
  for (const [id, room] of state.rooms) {
    if (!rooms.has(id) && isKept(state, id, room)) rooms.set(id, paused(room));
  }
  // A reload keeps what was not sent yet: its rooms must be there to send it to.
  for (const { room: id, draft } of state.pending) {
    if (!rooms.has(id)) rooms.set(id, emptyRoom(draft.room));
  }
  return rooms;
}

/**
 * A conversation not yet begun, or with a guest who is gone, and a room with something unsent are
 * not for the server to end.
 */
function isKept(state: State, id: string, room: Room): boolean {
  const own = room.kind === "direct" && (room.seq === 0 || room.over);
  return own || state.pending.some((entry) => entry.room === id);
}

/** A room as it stands when the line is lost. */
export function paused(room: Room): Room {
  return { ...room, live: false, joining: false, loadingHistory: false, typing: new Map() };
}

function withoutCurrent(state: State, rooms: ReadonlyMap<string, Room>): State {
  const { current, ...rest } = state;
  return current !== undefined && rooms.has(current) ? { ...rest, current } : rest;
}

function openSomething(state: State): State {
  const { wanted, ...rest } = state;
  if (wanted !== undefined && state.rooms.has(wanted)) return openRoom(rest, wanted);
  // A link to a conversation opens it; a link to a room one is not in is an offer to join it.
  if (wanted?.startsWith("@")) {
    const rooms = new Map(state.rooms).set(wanted, emptyRoom(wanted));
    return { ...rest, rooms, current: wanted };
  }
  if (state.current !== undefined) return openRoom(state, state.current);
  const first = [...state.rooms].sort(([a], [b]) => a.localeCompare(b))
    .find(([, room]) => room.kind !== "direct") ?? [...state.rooms][0];
  return first === undefined ? state : openRoom(state, first[0]);
}

/** The open room first: somebody is looking at it. */
function joinOrder(state: State): readonly string[] {
  const names = [...state.rooms].map(([id, room]) => ({ id, name: room.name }));
  return names.sort((a, b) => rank(state, a.id) - rank(state, b.id)).map(({ name }) => name);
}

function rank(state: State, id: string): number {
  return id === state.current ? 0 : 1;
}
