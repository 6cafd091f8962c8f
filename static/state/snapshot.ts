/**
 * Snapshots of the page for the next visit: the rooms with their newest messages, and the people.
 * The page shows a snapshot at once and then resumes as after any lost connection.
 */
import { foldName } from "../../lib/protocol/names.ts";
import { openRoom } from "./navigate.ts";
import { resolve } from "./places.ts";
import { emptyRoom } from "./room.ts";
import type { PageSnapshot, PageState, RoomSnapshot, RoomState } from "./types.ts";
import { waitingOrders } from "./people.ts";
import { knownPeople } from "./presence_watch.ts";

/** How many rooms are stored: those with the most recent messages. */
export const snapshotRoomsMax = 50;
/** How many messages are stored per room, and how many characters of them in total. */
export const snapshotMessagesMax = 60;
const snapshotCharactersMax = 60_000;
/** How many people are stored. */
const snapshotPeopleMax = 500;

/** Returns the rooms to store, by key. */
export function roomsToStore(state: PageState): ReadonlyMap<string, RoomState> {
  const worth = [...state.rooms].filter(([, room]) => room.loaded && !room.parted);
  const recent = worth.sort(([a, one], [b, other]) =>
    Number(b === state.current) - Number(a === state.current) || lastAt(other) - lastAt(one)
  );
  return new Map(recent.slice(0, snapshotRoomsMax));
}

function lastAt({ messages }: RoomState): number {
  return messages.at(-1)?.at ?? 0;
}

/** Returns the snapshot of a room: its newest messages, without its transient fields. */
export function roomSnapshotOf(room: RoomState): RoomSnapshot {
  const {
    live: _live,
    joining: _joining,
    loadingHistory: _loading,
    typing: _typing,
    historyWindow: _historyWindow,
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

function newest(messages: RoomState["messages"]): RoomState["messages"] {
  let characters = 0;
  let from = messages.length;
  while (from > 0 && messages.length - from < snapshotMessagesMax) {
    characters += messages[from - 1]!.message.length;
    if (characters > snapshotCharactersMax) break;
    from -= 1;
  }
  return messages.slice(from);
}

/** Whether a room has changed in a way that is worth storing. */
export function isWorthStoring(before: RoomState | undefined, now: RoomState): boolean {
  return before === undefined || before.messages !== now.messages || before.seq !== now.seq ||
    before.read !== now.read || before.unread !== now.unread ||
    before.mentions !== now.mentions || before.title !== now.title ||
    before.members !== now.members;
}

/**
 * Returns the snapshot of everything but the rooms.
 *
 * @param at The present time, in ms since the Unix epoch.
 */
export function pageSnapshotOf(state: PageState, at: number): PageSnapshot {
  const { me, server, current, roles, blocks, asOf, epoch } = state;
  const people = [...knownPeople(state).values()].slice(0, snapshotPeopleMax);
  return {
    me,
    people,
    roles,
    at: asOf ?? at,
    orders: waitingOrders(state.requests),
    ...(epoch === undefined ? {} : { epoch }),
    ...(server === undefined ? {} : { server }),
    ...(current === undefined ? {} : { current }),
    ...(blocks === undefined ? {} : { blocks }),
  };
}

/** Restores the state of a user who has just signed in from their snapshots. */
export function restored(
  state: PageState,
  page: PageSnapshot,
  snapshots: readonly RoomSnapshot[],
): PageState {
  const rooms = new Map(snapshots.map((room) => [room.key, restoredRoom(room)]));
  const { server = page.server, wanted, wantedSeq } = state;
  const next: PageState = {
    ...state,
    rooms,
    roles: page.roles,
    people: new Map(
      page.people.map((one) => [foldName(one.name), { ...one, state: "offline" as const }]),
    ),
    asOf: page.at,
    // A page of an earlier version stored none. The keys of this page begin anew.
    requests: new Map(
      page.orders?.map((order, n) => [`kept${n}`, { kind: "order", order }]),
    ),
    ...(page.epoch === undefined ? {} : { epoch: page.epoch }),
    ...(server === undefined ? {} : { server }),
    ...(page.blocks === undefined ? {} : { blocks: page.blocks }),
  };
  const key = wanted === undefined ? undefined : resolve(next, wanted);
  if (key !== undefined) return openRestored(next, key, wantedSeq);
  return page.current !== undefined && rooms.has(page.current)
    ? openRoom(next, page.current)
    : next;
}

function restoredRoom(room: RoomSnapshot): RoomState {
  // A page of an earlier version stored all members, and no count.
  const { memberCount = room.members.length } = room as Partial<RoomSnapshot>;
  return { ...emptyRoom(room.name), ...room, memberCount };
}

function openRestored(before: PageState, key: string, seq?: number): PageState {
  const { wanted: _wanted, wantedSeq: _seq, ...state } = before;
  return openRoom(seq === undefined ? state : { ...state, jump: { room: key, seq } }, key);
}
