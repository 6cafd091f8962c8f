/** Opening rooms, and finding the way to a message in one. */
import { findMessage, markRead, trim } from "./room.ts";
import { ask, changeRoom, putRoom, send, step } from "./step.ts";
import type { State, Step } from "./types.ts";

/** How many messages a step into the past brings. */
const historyPage = 50;
/** How many it brings on the way to a message that was searched for. */
const seekPage = 100;
/** How far back a jump goes before it gives up: `seekMax` messages. */
const seekMax = 3_000;

/** Shows a room, and marks where the news in it begins. */
export function openRoom(state: State, id: string): State {
  const room = state.rooms.get(id);
  if (room === undefined) return { ...state, wanted: id };
  const { divider: _old, ...rest } = trim(room);
  // To somebody who has read nothing yet everything is new, and the end is the place to start.
  const divided = room.unread > 0 && room.read > 0 ? { ...rest, divider: room.read } : rest;
  return { ...putRoom(state, divided), current: id };
}

/** Asks for the page of messages before those held. */
export function loadHistory(state: State, id: string, limit = historyPage): Step {
  const room = state.rooms.get(id);
  const before = room?.messages[0]?.seq;
  if (!state.ready || !room?.live || !room.more || room.loadingHistory) return step(state);
  const loading = changeRoom(state, id, (held) => ({ ...held, loadingHistory: true }));
  return ask(loading, { kind: "history", room: room.name }, (key) => ({
    type: "history",
    room: room.name,
    limit,
    key,
    ...(before === undefined ? {} : { before }),
  }));
}

/** Goes to a message: opens its room, and brings in the past until it is there. */
export function jumpTo(state: State, id: string, seq: number): Step {
  const jumping = { ...state, jump: { room: id, seq } };
  // A room that is only just being joined will go on from there.
  if (!state.rooms.has(id)) return step(jumping.wanted === id ? jumping : state);
  return seekJump(openRoom(jumping, id));
}

/** Takes the next step towards a message that is jumped to, if it is not there yet. */
export function seekJump(state: State): Step {
  const { jump, ...rest } = state;
  if (jump === undefined) return step(state);
  const room = state.rooms.get(jump.room);
  if (room === undefined) return step(rest);
  if (!room.loaded || findMessage(room, jump.seq) !== undefined) return step(state);
  const oldest = room.messages[0]?.seq ?? 0;
  if (!room.more || oldest <= jump.seq || room.messages.length > seekMax) return step(rest);
  return loadHistory(state, jump.room, seekPage);
}

/** The end of a room was seen: moves its read mark, here and on one's other devices. */
export function seen(state: State, id: string): Step {
  const room = state.rooms.get(id);
  if (!state.ready || !room?.live || room.seq <= room.read) return step(state);
  const read = putRoom(state, trim(markRead(room, room.seq, state.me.name)));
  return step(read, send({ type: "read", room: room.name, seq: room.seq }));
}
