/**
 * What somebody who comes in knows of their rooms: where each stands at the moment from which they
 * get what is new.
 *
 * @module
 */
import { summary } from "./answers.ts";
import type { RoomSummary } from "./protocol.ts";
import type { RoomCache } from "./room_cache.ts";
import type { Account, Membership } from "./store/store.ts";

/** Whether a conversation began while the memberships were read: it is in the next answer. */
export function lacksConversation(
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

/** How far the conversations among somebody's rooms had come, by their ids. */
export function headsOf(memberships: readonly Membership[]): ReadonlyMap<number, number> {
  const directs = memberships.filter(({ room }) => room.pair !== null);
  return new Map(directs.map(({ room }) => [room.id, room.seq]));
}
