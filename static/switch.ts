/**
 * Going somewhere by a few letters of its name.
 *
 * @module
 */
import { foldName, foldRoom, type PresenceState } from "../lib/protocol.ts";
import { badgeOf, everybody, hasNews, roomsOf } from "./select.ts";
import type { State } from "./state.ts";

/** Somewhere to go. */
export interface Destination {
  /** What opens it: a room's name, or `@Name`. */
  readonly room: string;
  readonly name: string;
  readonly kind: "room" | "private" | "person";
  readonly unread: number;
  /** Of a person. */
  readonly presence?: PresenceState;
}

/** How many are offered. */
const offeredMax = 12;

/**
 * Where one may want to go: first what has news, then by how well the name fits.
 *
 * @param typed What was typed; nothing fits everything.
 */
export function destinations(state: State, typed: string): readonly Destination[] {
  const wanted = foldName(typed.trim()).replace(/^[@#]/, "");
  return everywhere(state)
    .map((place) => ({ place, fit: fitOf(foldName(place.name), wanted) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit)
    .slice(0, offeredMax)
    .map(({ place }) => place);
}

/** Every place, those with news first; the one where one is, not. */
function everywhere(state: State): readonly Destination[] {
  const rooms = [...roomsOf(state, false), ...roomsOf(state, true)]
    .filter((room) => foldRoom(room.name) !== state.current);
  const ordered = [
    ...rooms.filter((room) => hasNews(state, room)),
    ...rooms.filter((room) => !hasNews(state, room)),
  ];
  const talked = new Set(rooms.map(({ name }) => foldRoom(name)));
  const people = everybody(state)
    .filter(({ name }) =>
      !talked.has(`@${foldName(name)}`) && `@${foldName(name)}` !== state.current
    );
  return [
    ...ordered.map((room): Destination => ({
      room: room.name,
      name: room.name.replace(/^@/, ""),
      kind: room.kind === "direct" ? "person" : room.kind === "private" ? "private" : "room",
      unread: badgeOf(room),
    })),
    ...people.map(({ name, state: presence }): Destination => ({
      room: `@${name}`,
      name,
      kind: "person",
      unread: 0,
      presence,
    })),
  ];
}

/** How well a name fits: its beginning best, then that of a word in it, then letters in order. */
function fitOf(name: string, wanted: string): number {
  if (wanted === "" || name.startsWith(wanted)) return 4;
  if (name.split(/[ ._'-]/).some((word) => word.startsWith(wanted))) return 3;
  if (name.includes(wanted)) return 2;
  return hasInOrder(name, wanted) ? 1 : 0;
}

function hasInOrder(name: string, wanted: string): boolean {
  let at = 0;
  for (const letter of wanted) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
