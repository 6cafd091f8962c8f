/**
 * Subscribing to rooms.
 *
 * @module
 */
import { isProvisional, summarized, withPrefs } from "./room.ts";
import { ask, changeRoom, step } from "./step.ts";
import type { Intent, PageState, RoomState, Transition } from "./types.ts";

/** The epoch of no log: the page has nothing of the room to resume from. */
const NO_LOG = { after: 0, epoch: "none" } as const;

/**
 * Subscribes to a room of which the user is a member, from the `seq` that the page has, if any.
 * Never makes the user a member. Does nothing while a request is pending.
 */
export function join(state: PageState, key: string): Transition {
  const room = state.rooms.get(key);
  if (room === undefined || room.joining || room.parted || !state.ready) return step(state);
  const joining = changeRoom(state, key, (held) => ({ ...held, joining: true }));
  if (isProvisional(room)) return find(joining, room);
  const held = room.loaded && room.epoch !== undefined
    ? { after: room.seq, epoch: room.epoch }
    : undefined;
  const after = held === undefined ? {} : { after: held.after };
  return ask(
    joining,
    { kind: "join", room: key, ...after },
    (key) => ({ type: "join", room_id: room.key, key, ...(held ?? NO_LOG) }),
  );
}

/**
 * Subscribes to a room without loading anything of it: the first event that arrives does that, or the
 * user who opens it.
 *
 * @param after The end of its log, as the server has just stated it.
 */
export function follow(state: PageState, key: string, after: number): Transition {
  const { epoch } = state;
  const room = state.rooms.get(key);
  if (room === undefined || room.joining || epoch === undefined) return step(state);
  return ask(
    changeRoom(state, key, (held) => ({ ...held, joining: true })),
    { kind: "join", room: key, brief: true },
    (asked) => ({
      type: "resume",
      rooms: [{ room_id: key, after, epoch, key: asked, brief: true }],
    }),
  );
}

/**
 * Subscribes to rooms that `welcome` has not listed. The page holds few of them; the first message in
 * any other one reveals it.
 *
 * @param held The rooms to hold: what is known of them is more recent than of rooms that are held.
 */
export function followRest(
  state: PageState,
  { rooms, epoch, held = [] }: Extract<Intent, { type: "follow_rest" }>,
): Transition {
  if (!state.ready) return step(state);
  const known = new Map(state.rooms);
  for (const summary of held) {
    const room = known.get(summary.room_id);
    const isHere = room?.live || room?.joining || room?.loaded;
    known.set(summary.room_id, isHere ? withPrefs(room, summary) : summarized(room, summary));
  }
  const next = { ...state, rooms: known };
  return ask(
    next,
    { kind: "rest", rooms, epoch },
    (key) => ({ type: "resume", rooms, epoch, key }),
  );
}

/** Loads the open room if the page has only followed it. */
export function loadOpen(state: PageState): Transition {
  const room = state.current === undefined ? undefined : state.rooms.get(state.current);
  return room?.live && !room.loaded ? join(state, room.key) : step(state);
}

/** Subscribes to a room that the page knows only by its id. */
export function askToFollow(state: PageState, id: string): Transition {
  const asked = [...state.requests.values()].some((one) => one.kind === "join" && one.room === id);
  if (asked || !state.ready) return step(state);
  return ask(
    state,
    { kind: "join", room: id },
    (key) => ({ type: "join", room_id: id, key, ...NO_LOG }),
  );
}

/** Looks up a conversation by the name of the other person; the answer holds their id. */
function find(state: PageState, { key: room, name, over }: RoomState): Transition {
  if (over) return step(changeRoom(state, room, (held) => ({ ...held, joining: false })));
  return ask(state, { kind: "find", room }, (key) => ({ type: "join", room: name, key }));
}
