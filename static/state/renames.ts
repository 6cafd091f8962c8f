/** Users who are renamed while the page is open: the name follows the id. */
import type { Message, Notice } from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import type { PageState, PersonPresence, RoomState } from "./types.ts";

type Changed = Extract<Notice, { type: "user_changed" }>;

/** Gives a user the present name wherever the page shows one. */
export function onUserChanged(state: PageState, { id, name }: Changed): PageState {
  const rooms = new Map(state.rooms);
  for (const [key, room] of rooms) rooms.set(key, renamedIn(room, id, name));
  const known = [...state.people.values(), ...state.watched.values()].find((one) => one.id === id);
  const roles = new Map(state.roles);
  const role = known && roles.get(foldName(known.name));
  if (known && role) roles.set(foldName(name), role);
  return {
    ...state,
    rooms,
    me: state.me.id === id ? { ...state.me, name } : state.me,
    people: renamedAmong(state.people, id, name),
    watched: renamedAmong(state.watched, id, name),
    roles,
  };
}

function renamedAmong(
  people: ReadonlyMap<string, PersonPresence>,
  id: string,
  name: string,
): ReadonlyMap<string, PersonPresence> {
  return new Map(
    [...people].map(([key, person]) =>
      person.id === id ? [foldName(name), { ...person, name }] : [key, person]
    ),
  );
}

function renamedIn(room: RoomState, id: string, name: string): RoomState {
  const { historyWindow: shown } = room;
  const [folded] = [...room.memberIds].find(([, member]) => member === id) ?? [];
  const messages = (all: readonly Message[]) =>
    all.map((message) => message.sender_id === id ? { ...message, sender: name } : message);
  return {
    ...room,
    ...(room.receiverId === id ? { name: `@${name}` } : {}),
    ...(folded === undefined ? {} : {
      members: room.members.map((one) => foldName(one) === folded ? name : one),
      memberIds: new Map(
        [...room.memberIds].map(([key, one]) => [one === id ? foldName(name) : key, one]),
      ),
    }),
    messages: messages(room.messages),
    ...(shown === undefined
      ? {}
      : { historyWindow: { ...shown, messages: messages(shown.messages) } }),
  };
}
