/** The functions from which the reducers are composed. */
import type { ClientFrame } from "../../lib/protocol/frames.ts";
import type { PageEffect, PageState, PendingRequest, RoomState, Transition } from "./types.ts";

/** Returns a transition to a state, with effects. */
export function step(state: PageState, ...effects: readonly PageEffect[]): Transition {
  return { state, effects };
}

/** Continues a transition; keeps the effects of both in order. */
export function then(first: Transition, next: (state: PageState) => Transition): Transition {
  const second = next(first.state);
  if (first.effects.length === 0) return second;
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}

/** Continues a transition once for every item, in order. */
export function each<T>(
  start: Transition,
  items: Iterable<T>,
  fn: (s: PageState, item: T) => Transition,
): Transition {
  let result = start;
  for (const item of items) result = then(result, (state) => fn(state, item));
  return result;
}

/** Returns the effect that sends a frame. */
export function send(frame: ClientFrame): PageEffect {
  return { type: "send", frame };
}

/**
 * Sends a request under a fresh key and records what its answer will be about.
 *
 * @param frame Builds the frame for the chosen key.
 * @param chosen The key, where the request is stored under it: then it is unique for ever.
 */
export function ask(
  state: PageState,
  request: PendingRequest,
  frame: (key: string) => ClientFrame,
  chosen?: string,
): Transition {
  const key = chosen ?? nextKey(state);
  const requests = new Map(state.requests).set(key, request);
  return step({ ...state, lastRequest: state.lastRequest + 1, requests }, send(frame(key)));
}

/** Returns the key of the next request. */
export function nextKey({ lastRequest }: PageState): string {
  return `q${lastRequest + 1}`;
}

/** Removes an answered request. */
export function answered(state: PageState, key: string | undefined): PageState {
  if (key === undefined || !state.requests.has(key)) return state;
  const requests = new Map(state.requests);
  requests.delete(key);
  return { ...state, requests };
}

/** Stores a room under its key. */
export function putRoom(state: PageState, room: RoomState): PageState {
  return { ...state, rooms: new Map(state.rooms).set(room.key, room) };
}

/** Changes a room if it exists. */
export function changeRoom(
  state: PageState,
  key: string,
  change: (room: RoomState) => RoomState,
): PageState {
  const room = state.rooms.get(key);
  if (room === undefined) return state;
  const changed = change(room);
  return changed === room ? state : putRoom(state, changed);
}

/** Removes a room with its drafts and uploads, and closes it. */
export function dropRoom(state: PageState, key: string): PageState {
  const rooms = new Map(state.rooms);
  rooms.delete(key);
  const { current, ...rest } = state;
  return {
    ...rest,
    rooms,
    pending: state.pending.filter((entry) => entry.room !== key),
    uploads: new Map([...state.uploads].filter(([, upload]) => upload.room !== key)),
    ...(current === undefined || current === key ? {} : { current }),
  };
}

/** Replaces the provisional key of a room by its id, in everything that refers to it. */
export function rekey(state: PageState, from: string, to: string): PageState {
  const room = state.rooms.get(from);
  const moved = <T extends { readonly room: string }>(one: T) =>
    one.room === from ? { ...one, room: to } : one;
  const rooms = new Map(state.rooms);
  rooms.delete(from);
  if (room !== undefined && !rooms.has(to)) rooms.set(to, { ...room, key: to });
  return {
    ...state,
    rooms,
    pending: state.pending.map(moved),
    uploads: new Map([...state.uploads].map(([id, upload]) => [id, moved(upload)])),
    ...(state.current === from ? { current: to } : {}),
    ...(state.jump === undefined ? {} : { jump: moved(state.jump) }),
  };
}
