/**
 * The longer answers: what the store reads, as frames for one person.
 *
 * @module
 */
import { type CaughtUp, PAGE_BOUNDS } from "./catch_up.ts";
import { roomNameFor, wireEvent, wireHit } from "./events.ts";
import { readHistory } from "./history.ts";
import {
  type CommandOf,
  type History,
  type Joined,
  type Limits,
  type Notice,
  type PeopleHere,
  type PresenceState,
  type RoomSummary,
  type SearchResults,
  type Watching,
  type Welcome,
} from "./protocol.ts";
import type { Present } from "./presence.ts";
import type { Room } from "./room.ts";
import type { Account, Membership, RoomRecord, Store } from "./store/store.ts";

/** An answer carries the `key` of its question. */
export function echo(command: { readonly key?: string | undefined }): { key?: string } {
  return command.key === undefined ? {} : { key: command.key };
}

/** What tells one guest from all others; nothing for anybody else. */
export function guestTag(account: Account): { guest?: number } {
  return account.role === "guest" ? { guest: account.id } : {};
}

/** What others are told of somebody who comes or goes. */
export function presence(
  account: Account,
  state: PresenceState,
): Extract<Notice, { type: "presence" }> {
  return { type: "presence", name: account.name, ...guestTag(account), state };
}

/** Some of those who are here, and how many there are in all. */
export interface Here {
  readonly people: readonly Present[];
  readonly count: number;
}

function peopleHere({ people, count }: Here): PeopleHere {
  return {
    online: people.map(({ account }) => account.name),
    away: people.filter(({ state }) => state === "away").map(({ account }) => account.name),
    guests: people.filter(({ account }) => account.role === "guest")
      .map(({ account }) => ({ name: account.name, guest: account.id })),
    online_count: count,
  };
}

/** The answer to `watch`. @param here Those of the people it names who are here. */
export function watching(here: Here, command: CommandOf<"watch">): Watching {
  return { type: "watching", ...peopleHere(here), ...echo(command) };
}

function described(room: RoomRecord, viewer: Account) {
  return {
    room: roomNameFor(room, viewer),
    kind: room.kind,
    ...(room.title === null ? {} : { title: room.title }),
  };
}

/** The rules of a room, where it has any. */
function rules({ locked, slowMs }: { readonly locked: boolean; readonly slowMs: number }) {
  return {
    ...(locked ? { locked: true as const } : {}),
    ...(slowMs > 0 ? { slow_seconds: slowMs / 1_000 } : {}),
  };
}

/**
 * The first frame of a connection.
 *
 * @param here Of whom everybody is told.
 */
export function welcome(
  viewer: Account,
  server: Welcome["server"],
  limits: Limits,
  epoch: string,
  rooms: readonly RoomSummary[],
  here: Here,
  staff: readonly Account[],
): Welcome {
  return {
    type: "welcome",
    you: { name: viewer.name, role: viewer.role },
    server,
    limits,
    epoch,
    rooms,
    roles: staff.map(({ name, role }) => ({ name, role })),
    ...peopleHere(here),
  };
}

/** One of the rooms in `welcome`. */
export function summary(viewer: Account, { room, read, unread, level }: Membership): RoomSummary {
  return { ...described(room, viewer), ...rules(room), seq: room.seq, read, unread, level };
}

/** The answer to `join`. */
export function joined(
  viewer: Account,
  room: Room,
  missed: CaughtUp,
  rest: Pick<Joined, "epoch" | "read" | "key">,
): Joined {
  return {
    type: "joined",
    ...described(room.record, viewer),
    ...rules(room),
    seq: missed.seq,
    members: room.memberNames(),
    messages: missed.events.map((event) => wireEvent(room.record, event)),
    truncated: missed.truncated,
    more: missed.more,
    ...rest,
  };
}

/** The answer to `history`. */
export async function history(
  store: Store,
  viewer: Account,
  room: Room,
  command: CommandOf<"history">,
): Promise<History> {
  return {
    type: "history",
    room: room.nameFor(viewer),
    ...await readHistory(store, room, command, command.limit),
    ...echo(command),
  };
}

/** The answer to `search`. */
export async function search(
  store: Store,
  viewer: Account,
  { room, sender }: { readonly room: Room | null; readonly sender: Account | null },
  command: CommandOf<"search">,
): Promise<SearchResults> {
  const { hits, next } = await store.search({
    account: viewer.id,
    query: command.query,
    room: room?.id ?? null,
    sender: sender?.id ?? null,
    since: command.since ?? null,
    until: command.until ?? null,
    before: command.before ?? null,
    limit: command.limit ?? PAGE_BOUNDS.limit,
  });
  return {
    type: "search_results",
    query: command.query,
    messages: hits.map(wireHit),
    more: next !== null,
    ...(next === null ? {} : { next }),
    ...echo(command),
  };
}

/** The answer to `list_rooms`. */
export async function roomList(
  store: Store,
  viewer: Account,
  command: CommandOf<"list_rooms">,
): Promise<Notice> {
  const listings = await store.listRooms(viewer.id);
  return {
    type: "rooms",
    rooms: listings.map(({ room, members, joined }) => ({
      ...described(room, viewer),
      members,
      joined,
    })),
    ...echo(command),
  };
}

/** The answer to `list_members`. */
export function memberList(
  viewer: Account,
  room: Room,
  command: CommandOf<"list_members">,
): Notice {
  return {
    type: "members",
    room: room.nameFor(viewer),
    members: room.memberNames(),
    ...echo(command),
  };
}
