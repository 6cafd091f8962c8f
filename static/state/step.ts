/** The small vocabulary in which the reducer is written. */
import { type ClientFrame, foldRoom } from "../../lib/protocol.ts";
import type { Effect, Request, Room, State, Step } from "./types.ts";

/** A state after which nothing else is to be done, or the given effects are. */
export function step(state: State, ...effects: readonly Effect[]): Step {
  return { state, effects };
}

/** Goes on from a step, keeping the effects of both in order. */
export function then(first: Step, next: (state: State) => Step): Step {
  const second = next(first.state);
  if (first.effects.length === 0) return second;
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}

/** Applies one function for every item, in order. */
export function each<T>(start: Step, items: Iterable<T>, fn: (s: State, item: T) => Step): Step {
  let result = start;
  for (const item of items) result = then(result, (state) => fn(state, item));
  return result;
}

/** The effect of sending a frame. */
export function send(frame: ClientFrame): Effect {
  return { type: "send", frame };
}

/**
 * Sends a frame under a fresh key and remembers what its answer will be about.
 *
 * @param frame Gets the key that was chosen.
 */
export function ask(state: State, request: Request, frame: (key: string) => ClientFrame): Step {
  const key = nextKey(state);
  const requests = new Map(state.requests).set(key, request);
  return step({ ...state, lastRequest: state.lastRequest + 1, requests }, send(frame(key)));
}

/** The key under which the next question is asked. */
export function nextKey({ lastRequest }: State): string {
  return `q${lastRequest + 1}`;
}

/** Forgets a request that was answered. */
export function answered(state: State, key: string | undefined): State {
  if (key === undefined || !state.requests.has(key)) return state;
  const requests = new Map(state.requests);
  requests.delete(key);
  return { ...state, requests };
}

/** Puts a room in its place, under its folded name. */
export function putRoom(state: State, room: Room): State {
  return { ...state, rooms: new Map(state.rooms).set(foldRoom(room.name), room) };
}

/** Changes a room if there is one; otherwise the state stays as it is. */
export function changeRoom(state: State, name: string, change: (room: Room) => Room): State {
  const room = state.rooms.get(foldRoom(name));
  if (room === undefined) return state;
  const changed = change(room);
  return changed === room ? state : putRoom(state, changed);
}

/** Takes a room away, and out of view. */
export function dropRoom(state: State, name: string): State {
  const id = foldRoom(name);
  const rooms = new Map(state.rooms);
  rooms.delete(id);
  const { current, wanted, ...rest } = state;
  return {
    ...rest,
    rooms,
    pending: state.pending.filter((entry) => entry.room !== id),
    uploads: new Map([...state.uploads].filter(([, upload]) => foldRoom(upload.room) !== id)),
    ...(current === undefined || current === id ? {} : { current }),
    ...(wanted === undefined || wanted === id ? {} : { wanted }),
  };
}
