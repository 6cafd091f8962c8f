/**
 * Finds rooms and people by a few letters of their names, for the switcher.
 *
 * @module
 */
import { type PresenceState, type RoomListing } from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { hasNews, roomsOf } from "./selectors.ts";
import { everyone } from "./directory.ts";
import type { Action, PageState } from "./reducer.ts";
import { isConversation } from "./room.ts";
import type { PersonRef, RoomState } from "./types.ts";
import { personNamed, personOf } from "./presence_watch.ts";

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

/** The rooms and people whose names begin with a text, as the server has them. */
export interface FoundNames {
  readonly rooms: readonly RoomListing[];
  readonly people: readonly PersonRef[];
}

/** No names. */
export const NOTHING_FOUND: FoundNames = { rooms: [], people: [] };

/** How many destinations are offered. */
const offeredMax = 12;

/**
 * Lists destinations: those that the page holds first, of these the ones with news, then the best
 * match.
 *
 * @param typed The search text; an empty text matches everything.
 * @param fits Which of them are wanted: all except the current room, if not stated.
 * @param found What the server has for the text.
 */
export function destinations(
  state: PageState,
  typed: string,
  fits: (place: Destination) => boolean = ({ id }) => id !== state.current,
  found: FoundNames = NOTHING_FOUND,
): readonly Destination[] {
  const places = [...everywhere(state), ...destinationsIn(state, found)].filter(fits);
  return matching(places, typed).slice(0, offeredMax);
}

/** Lists the destinations that the page does not hold, the best match first. */
export function otherDestinations(
  state: PageState,
  typed: string,
  found: FoundNames,
): readonly Destination[] {
  return matching(destinationsIn(state, found), typed);
}

function matching(places: readonly Destination[], typed: string): readonly Destination[] {
  const wanted = wantedIn(typed);
  return places
    .map((place) => ({ place, fit: fitOf(foldName(place.name), wanted) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit)
    .map(({ place }) => place);
}

/** Returns the rooms of the user among those found that the page does not hold. */
export function otherRooms({ rooms }: PageState, found: FoundNames): readonly RoomListing[] {
  return found.rooms.filter(({ room_id, joined, kind }) =>
    joined && kind !== "direct" && !rooms.has(room_id)
  );
}

/** Returns the people among those found whom the page does not know. */
export function otherPeople(state: PageState, { people }: FoundNames): readonly PersonRef[] {
  const known = new Set(everyone(state).map(({ name }) => foldName(name)));
  return people.filter(({ name, id }) => !known.has(foldName(name)) && id !== state.me.id);
}

function destinationsIn(state: PageState, found: FoundNames): readonly Destination[] {
  const talked = talkedTo([...state.rooms.values()]);
  const people = otherPeople(state, found).filter(({ name }) => !talked.has(`@${foldName(name)}`));
  return [
    ...otherRooms(state, found).map(({ room: name, room_id: room, kind }): Destination => ({
      ...{ id: room, action: { type: "join", room }, name },
      kind: kind === "private" ? "private" : "room",
    })),
    ...people.map(({ name, id, guest }): Destination => ({
      id: `@${foldName(name)}`,
      action: {
        type: "write",
        who: { name, ...(id === undefined ? {} : { id }), ...(guest ? { guest } : {}) },
      },
      ...{ name, kind: "person", presence: personOf(state, name)?.state ?? "offline" },
    })),
  ];
}

/** The folded names of the conversations, as `@name`. */
function talkedTo(rooms: readonly RoomState[]): ReadonlySet<string> {
  return new Set(
    rooms.filter(({ kind, over }) => kind === "direct" && !over).map(({ name }) => foldName(name)),
  );
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
  const talked = talkedTo(rooms);
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

/**
 * Ranks a match: the whole name first, then its beginning, that of a word in it, and letters in order.
 */
function fitOf(name: string, wanted: string): number {
  if (name === wanted) return 5;
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
