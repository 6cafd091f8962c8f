/** Users who are renamed or deactivated while the page is open: the name follows the id. */
import type { Message, Notice } from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { withPeople } from "./room.ts";
import type { PageState, PersonPresence, RoomState } from "./types.ts";

type Changed = Extract<Notice, { type: "user_changed" }>;

/** Gives a user the present name wherever the page shows one. */
export function onUserChanged(state: PageState, { id, name, deactivated }: Changed): PageState {
  const rooms = new Map(state.rooms);
  for (const [key, room] of rooms) {
    rooms.set(key, renamedIn(withActive(room, id, deactivated), id, name));
  }
  const known = [...state.people.values(), ...state.watched.values()].find((one) => one.id === id);
  const roles = new Map(state.roles);
  const role = known && roles.get(foldName(known.name));
  if (known && role) roles.set(foldName(name), role);
  return {
    ...state,
    ...renamedLists(state, id, name),
    rooms,
    me: state.me.id === id ? { ...state.me, name } : state.me,
    people: renamedAmong(state.people, id, name),
    profiles: new Map(
      [...state.profiles].map(([key, one]) =>
        one.id === id ? [foldName(name), { ...one, name }] : [key, one]
      ),
    ),
    watched: renamedAmong(state.watched, id, name),
    roles,
  };
}

function withActive(room: RoomState, id: string, deactivated = false): RoomState {
  const others = room.deactivated?.filter((one) => one !== id) ?? [];
  return { ...room, deactivated: deactivated ? [...others, id] : others };
}

type Named = Pick<Message, "sender" | "sender_id" | "reactions" | "replies">;

/** A message with the present name: of its sender, and of those who reacted to it or replied. */
function renamedOf<M extends Named>(before: M, id: string, name: string): M {
  let message = before;
  const { sender_id, reactions, replies } = before;
  if (sender_id === id) message = { ...message, sender: name };
  if (reactions?.some(({ ids }) => ids.includes(id))) {
    const renamed = reactions.map((one) => ({
      ...one,
      names: one.names.map((old, at) => one.ids[at] === id ? name : old),
    }));
    message = { ...message, reactions: renamed };
  }
  if (replies?.people.some((one) => one.id === id)) {
    const people = replies.people.map((one) => one.id === id ? { ...one, name } : one);
    message = { ...message, replies: { ...replies, people } };
  }
  return message;
}

/** The lists of messages, and the open thread, with the present name. */
function renamedLists({ lists, thread }: PageState, id: string, name: string) {
  const all = <M extends Named>(messages: readonly M[]) =>
    messages.map((message) => renamedOf(message, id, name));
  const { pins, files, saved, threads } = lists;
  return {
    lists: {
      ...lists,
      ...(pins && { pins: { ...pins, messages: all(pins.messages) } }),
      ...(files && { files: { ...files, messages: all(files.messages) } }),
      ...(saved && { saved: { ...saved, messages: all(saved.messages) } }),
      ...(threads && {
        threads: {
          ...threads,
          threads: threads.threads.map((one) => ({ ...one, root: renamedOf(one.root, id, name) })),
        },
      }),
    },
    ...(thread?.messages && { thread: { ...thread, messages: all(thread.messages) } }),
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
  const messages = (all: readonly Message[]) => all.map((message) => renamedOf(message, id, name));
  const people = room.people?.map((one) => one.id === id ? { ...one, name } : one);
  return {
    ...(people ? withPeople(room, people) : room),
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
