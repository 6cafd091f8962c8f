/**
 * What a page remembers from one time to the next: the rooms as they were, the last page of each,
 * and who is who. It is shown at once, and then resumed like after any lost connection.
 */
import { foldName } from "../../lib/protocol.ts";
import { openRoom } from "./navigate.ts";
import { emptyRoom } from "./room.ts";
import type { KeptPage, KeptRoom, Room, State } from "./types.ts";
import { knownPeople } from "./watch.ts";

/** How many rooms are kept: those in which something was said last. */
export const keptRoomsMax = 50;
/** How many messages are kept of each, and how many characters of them. */
export const keptMessagesMax = 60;
const keptCharactersMax = 60_000;
/** How many people are kept. */
const keptPeopleMax = 500;

/** The rooms to keep, by folded name. */
export function roomsToKeep(state: State): ReadonlyMap<string, Room> {
  const worth = [...state.rooms].filter(([, room]) => room.loaded && !room.over);
  const recent = worth.sort(([a, one], [b, other]) =>
    Number(b === state.current) - Number(a === state.current) || lastAt(other) - lastAt(one)
  );
  return new Map(recent.slice(0, keptRoomsMax));
}

function lastAt({ messages }: Room): number {
  return messages.at(-1)?.at ?? 0;
}

/** What is kept of a room: its newest messages, and nothing that only holds for the moment. */
export function roomToKeep(room: Room): KeptRoom {
  const {
    live: _live,
    joining: _joining,
    loadingHistory: _loading,
    typing: _typing,
    passage: _passage,
    place: _place,
    changes: _changes,
    divider: _divider,
    composing: _composing,
    waitUntil: _wait,
    ...lasting
  } = room;
  const messages = newest(room.messages);
  return { ...lasting, messages, more: room.more || messages.length < room.messages.length };
}

function newest(messages: Room["messages"]): Room["messages"] {
  let characters = 0;
  let from = messages.length;
  while (from > 0 && messages.length - from < keptMessagesMax) {
    characters += messages[from - 1]!.message.length;
    if (characters > keptCharactersMax) break;
    from -= 1;
  }
  return messages.slice(from);
}

/** Whether a room has changed in a way that is worth keeping. */
export function isWorthKeeping(before: Room | undefined, now: Room): boolean {
  return before === undefined || before.messages !== now.messages || before.seq !== now.seq ||
    before.read !== now.read || before.unread !== now.unread || before.title !== now.title ||
    before.members !== now.members;
}

/** What is kept beside the rooms. @param at The time now, in ms since the Unix epoch. */
export function pageToKeep(state: State, at: number): KeptPage {
  const { me, server, current, roles, blocks, asOf } = state;
  const people = [...knownPeople(state).values()].slice(0, keptPeopleMax);
  return {
    me,
    people,
    roles,
    at: asOf ?? at,
    ...(server === undefined ? {} : { server }),
    ...(current === undefined ? {} : { current }),
    ...(blocks === undefined ? {} : { blocks }),
  };
}

/** The state of somebody who has just come in, with what was kept of their last time here. */
export function restored(state: State, page: KeptPage, kept: readonly KeptRoom[]): State {
  const rooms = new Map(kept.map((room) => [foldName(room.name), restoredRoom(room)]));
  const { server = page.server, wanted } = state;
  const next: State = {
    ...state,
    rooms,
    roles: page.roles,
    people: new Map(
      page.people.map((one) => [foldName(one.name), { ...one, state: "offline" as const }]),
    ),
    asOf: page.at,
    ...(server === undefined ? {} : { server }),
    ...(page.blocks === undefined ? {} : { blocks: page.blocks }),
  };
  if (wanted !== undefined && rooms.has(wanted)) return arrived(next, wanted);
  return page.current !== undefined && rooms.has(page.current)
    ? openRoom(next, page.current)
    : next;
}

function restoredRoom(room: KeptRoom): Room {
  return { ...emptyRoom(room.name, room.kind), ...room };
}

function arrived({ wanted: _wanted, ...state }: State, id: string): State {
  return openRoom(state, id);
}
