/**
 * What somebody who comes in knows of their rooms: where each stands at the moment from which they
 * get what is new.
 *
 * @module
 */
import { summary } from "./answers.ts";
import type { Connections } from "./connections.ts";
import type { RoomSummary } from "./protocol.ts";
import type { RoomCache } from "./room_cache.ts";
import type { Account, Membership, Store } from "./store/store.ts";

/** What is here while somebody comes in. */
export interface Here {
  readonly rooms: RoomCache;
  readonly connections: Connections;
}

/**
 * Reads somebody's rooms, and calls `enter` in the very turn in which what was read agrees with
 * what is here: from then on they get what is new in their conversations, as everybody else does.
 */
export async function arrive(
  store: Store,
  here: Here,
  account: Account,
  enter: (memberships: readonly Membership[]) => void,
): Promise<void> {
  for (;;) {
    const memberships = await store.roomsOf(account.id);
    const uneven = memberships.filter((one) => isUneven(here, one));
    if (uneven.length === 0 && !lacksConversation(here.rooms, account, memberships)) {
      return enter(memberships);
    }
    await Promise.all(uneven.map(({ room }) => here.rooms.load(room)));
  }
}

/**
 * Whether a conversation is not in use here, though its people who are here know it up to other
 * places: it has to be, to go on from one place for all of them.
 */
function isUneven({ rooms, connections }: Here, { room: { id, pair, seq } }: Membership): boolean {
  if (pair === null || rooms.isLoaded(id)) return false;
  const heads = pair.flatMap((one) => connections.of(one.id)).map((one) => one.heads);
  return heads.some((known) => known !== null && (known.get(id) ?? 0) !== seq);
}

/** Whether a conversation began while the memberships were read: it is in the next answer. */
function lacksConversation(
  rooms: RoomCache,
  account: Account,
  memberships: readonly Membership[],
): boolean {
  const listed = new Set(memberships.map(({ room }) => room.id));
  const directs = [...rooms.directsOf(account)];
  return directs.some(({ id, channel }) => channel.delivered > 0 && !listed.has(id));
}

/** The rooms of somebody as `welcome` has them. */
export function summariesOf(
  rooms: RoomCache,
  account: Account,
  memberships: readonly Membership[],
): RoomSummary[] {
  const directs = new Map([...rooms.directsOf(account)].map((room) => [room.id, room]));
  return memberships.map((membership) => {
    const direct = directs.get(membership.room.id);
    // A conversation's live events go on from what is flushed, not from what is stored.
    const seq = direct?.channel.delivered ?? membership.room.seq;
    return { ...summary(account, membership), seq };
  });
}

/** Of those who have no conversations, who are many and stay long. */
const NO_HEADS: ReadonlyMap<number, number> = new Map();

/** How far the conversations among somebody's rooms had come, by their ids. */
export function headsOf(memberships: readonly Membership[]): ReadonlyMap<number, number> {
  const directs = memberships.filter(({ room }) => room.pair !== null);
  if (directs.length === 0) return NO_HEADS;
  return new Map(directs.map(({ room }) => [room.id, room.seq]));
}
