/** Opening rooms, and finding the way in them. */
import { type History, type PlaceOfPage } from "../../lib/protocol.ts";
import {
  atNewest,
  awaitPage,
  endCovers,
  passageCovers,
  shownPart,
  trim,
  withHistory,
  withoutPage,
} from "./parts.ts";
import { applyChange, markRead } from "./room.ts";
import { answered, ask, changeRoom, putRoom, send, step } from "./step.ts";
import type { Jump, Place, Room, State, Step } from "./types.ts";

/** How many messages a step into the past, or back from it, brings. */
const historyPage = 50;
/** How many come with a message that one jumps to. */
const aroundPage = 100;

/** Shows a room where one left it, and marks where the news in it begins. */
export function openRoom(state: State, id: string): State {
  const room = state.rooms.get(id);
  if (room === undefined) return { ...state, wanted: id };
  const { divider: _old, ...rest } = trim(room);
  // To somebody who has read nothing yet everything is new, and the end is the place to start.
  const divided = room.unread > 0 && room.read > 0 ? { ...rest, divider: room.read } : rest;
  const opened = putRoom(state, divided);
  if (state.current === id) return opened;
  if (state.jump?.room === id) return { ...opened, current: id };
  return { ...withoutJump(opened), ...backTo(id, room), current: id };
}

function backTo(id: string, { place }: Room): { jump?: Jump } {
  return place === undefined ? {} : { jump: { room: id, ...place } };
}

/** Asks for the page of messages before those shown, or for the one after them. */
export function loadBeside(state: State, id: string, newer: boolean): Step {
  const room = state.rooms.get(id);
  if (room === undefined || room.loadingHistory) return step(state);
  const { messages, more } = shownPart(room);
  if (newer) {
    const after = room.passage?.messages.at(-1)?.seq;
    return after === undefined ? step(state) : loadPage(state, id, { after }, historyPage);
  }
  const before = messages[0]?.seq;
  if (!more) return step(state);
  return loadPage(state, id, before === undefined ? {} : { before }, historyPage);
}

function loadPage(state: State, id: string, place: PlaceOfPage, limit: number): Step {
  const room = state.rooms.get(id);
  if (!state.ready || !room?.live) return step(state);
  return ask(
    putRoom(state, awaitPage(room)),
    { kind: "history", room: room.name, place },
    (key) => ({ type: "history", room: room.name, limit, key, ...place }),
  );
}

/** Takes in a page, unless it is the answer to a question that nobody asks any more. */
export function onHistory(before: State, frame: History): Step {
  const request = frame.key === undefined ? undefined : before.requests.get(frame.key);
  if (request?.kind !== "history") return step(before);
  const { jump } = before;
  const { place } = request;
  const wanted = place.around === undefined || place.around === jump?.seq;
  const state = changeRoom(
    answered(before, frame.key),
    frame.room,
    (room) => wanted ? withHistory(room, place, frame, applyChange) : withoutPage(room),
  );
  // What is not there now is nowhere.
  const vain = jump !== undefined && place.around === jump.seq && !isThere(state, jump);
  return step(vain ? withoutJump(state) : state);
}

/** What was asked for does not come. */
export function withoutHistory(before: State, name: string): State {
  return changeRoom(withoutJump(before), name, withoutPage);
}

/** Goes to a message: opens its room, and brings in what surrounds it, however old it is. */
export function jumpTo(state: State, id: string, { seq, top }: Omit<Jump, "room">): Step {
  const jumping = { ...state, jump: { room: id, seq, ...(top === undefined ? {} : { top }) } };
  // A room that is only just being joined will go on from there.
  if (!state.rooms.has(id)) return step(jumping.wanted === id ? jumping : state);
  return followJump(openRoom(jumping, id));
}

/** Brings in what is jumped to, if it is not there yet. */
export function followJump(state: State): Step {
  const { jump } = state;
  const room = jump && state.rooms.get(jump.room);
  if (jump === undefined || room === undefined) return step(withoutJump(state));
  if (!room.loaded) return step(state);
  if (endCovers(room, jump.seq)) {
    const { passage: _passage, ...atEnd } = room;
    return step(room.passage === undefined ? state : putRoom(state, atEnd));
  }
  if (passageCovers(room, jump.seq)) return step(state);
  return loadPage(forgetPages(state, room), jump.room, { around: jump.seq }, aroundPage);
}

/** Whoever jumps does not wait for the page that was to follow where they were. */
function forgetPages(state: State, { name }: Room): State {
  const requests = [...state.requests].filter(([, request]) =>
    request.kind !== "history" || request.room !== name
  );
  return { ...state, requests: new Map(requests) };
}

function isThere(state: State, { room: id, seq }: Jump): boolean {
  const room = state.rooms.get(id);
  return room !== undefined && (endCovers(room, seq) || passageCovers(room, seq));
}

/** Nothing is jumped to any more. */
export function withoutJump(state: State): State {
  const { jump: _jump, ...rest } = state;
  return rest;
}

/** After a page has taken the place of what was held, goes back to where one read. */
export function returnToPlace(state: State, id: string): Step {
  const room = state.rooms.get(id);
  const back = state.jump === undefined && state.current === id && room !== undefined
    ? { ...state, ...backTo(id, room) }
    : state;
  return back.jump?.room === id ? followJump(back) : step(back);
}

/** Leaves the past for the end of a room. */
export function goToNewest(state: State, id: string): State {
  const room = state.rooms.get(id);
  if (room === undefined) return state;
  return putRoom(withoutJump(forgetPages(state, room)), withoutPage(atNewest(room)));
}

/** Remembers where one reads in a room; at its end, when nothing is said. */
export function setPlace(state: State, id: string, place?: Place): State {
  if (place === undefined && state.rooms.get(id)?.place === undefined) return state;
  return changeRoom(state, id, ({ place: _old, ...room }) => ({
    ...room,
    ...(place === undefined ? {} : { place }),
  }));
}

/**
 * Messages were seen: moves the read mark, here and on one's other devices.
 *
 * @param upTo The last of them; the whole room without it.
 */
export function seen(state: State, id: string, upTo?: number): Step {
  const room = state.rooms.get(id);
  if (!state.ready || !room?.live) return step(state);
  const seq = Math.min(upTo ?? room.seq, room.seq);
  if (seq <= room.read) return step(state);
  const read = putRoom(state, trim(markRead(room, seq, state.me.name)));
  return step(read, send({ type: "read", room: room.name, seq }));
}
