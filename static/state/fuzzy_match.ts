/**
 * Finds rooms and people by a few letters of their names, for the switcher.
 *
 * @module
 */
import { type PresenceState } from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { hasNews, roomsOf } from "./selectors.ts";
import { everyone } from "./directory.ts";
import type { Action, PageState } from "./reducer.ts";
import { isConversation } from "./room.ts";
import type { RoomState } from "./types.ts";
import { personNamed } from "./presence_watch.ts";

/** A room or person to go to. */
export interface Destination {
  /** The key of the room, or `@` and the folded name of a person. */
  readonly id: string;
  readonly action: Action;
  readonly name: string;
  readonly kind: "room" | "private" | "person";
  /** The room, unless it is a person to whom the user has not written. */
  readonly room?: RoomState;
  /** The presence of a person. */
  readonly presence?: PresenceState;
  /** Set for a person who no longer exists. */
  readonly left?: true;
}

/** How many destinations are offered. */
export const offeredMax = 12;

/**
 * Lists destinations: those with news first, then the best match.
 *
 * @param typed The search text; an empty text matches everything.
 * @param fits Which of them are wanted: all except the current room, if not stated.
 */
export function destinations(
  state: PageState,
  typed: string,
  fits: (place: Destination) => boolean = ({ id }) => id !== state.current,
): readonly Destination[] {
  const wanted = wantedIn(typed);
  return everywhere(state)
    .filter(fits)
    .map((place) => ({ place, fit: fitOf(foldName(place.name), wanted) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit)
    .slice(0, offeredMax)
    .map(({ place }) => place);
}

/** Returns the name that a user types, with or without its sign. */
export function wantedIn(typed: string): string {
  return foldName(typed.trim()).replace(/^[@#]/, "");
}

/** Lists every destination, those with news first. */
function everywhere(state: PageState): readonly Destination[] {
  const rooms = [...roomsOf(state, false), ...roomsOf(state, true)];
  const ordered = [
    ...rooms.filter((room) => hasNews(state, room)),
    ...rooms.filter((room) => !hasNews(state, room)),
  ];
  const talked = new Set(
    rooms.filter(({ kind, over }) => kind === "direct" && !over).map(({ name }) => foldName(name)),
  );
  const people = everyone(state).filter(({ name }) => !talked.has(`@${foldName(name)}`));
  return [
    ...ordered.map((room): Destination => ({
      id: room.key,
      action: { type: "open", room: room.key },
      name: room.name.replace(/^@/, ""),
      kind: isConversation(room) ? "person" : room.kind === "private" ? "private" : "room",
      room,
      ...(room.over ? { presence: "offline", left: true } : {}),
    })),
    ...people.map(({ name, state: presence }): Destination => ({
      id: `@${foldName(name)}`,
      action: { type: "write", who: personNamed(state, name) },
      name,
      kind: "person",
      presence,
    })),
  ];
}

/** Ranks a match: the beginning of the name first, then of a word in it, then letters in order. */
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
