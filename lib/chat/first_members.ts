/**
 * The members that `joined` lists: a few, online members first. Finding them costs the same in a
 * room of ten as in one of a hundred thousand.
 *
 * @module
 */
import type { HubApi } from "./hub_api.ts";
import type { Room } from "./room.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Account } from "../store/records.ts";

/**
 * How many connections and how many members are looked at. Members who are online are connections of
 * the room, so more than one page of them is rarely needed.
 */
const MAX_LOOKED_AT = 2 * LIMITS.page_size;

/**
 * The first members of a room: those who are connected to it here, then other members, those who are
 * online first. The order is exact where the room has at most `MAX_LOOKED_AT` members.
 */
export function firstMembers(
  hub: Pick<HubApi, "connections" | "isOnline">,
  room: Room,
): readonly Account[] {
  const here = new Map<number, Account>();
  for (const subscriber of room.channel.subscribers().take(MAX_LOOKED_AT)) {
    const id = hub.connections.get(subscriber)?.account.id;
    const member = id === undefined ? undefined : room.member(id);
    if (member !== undefined) here.set(member.id, member);
  }
  const others = Iterator.from(room.members()).take(MAX_LOOKED_AT)
    .filter(({ id }) => !here.has(id)).toArray();
  const online = new Set(others.filter((account) => hub.isOnline(account)));
  const rest = others.filter((account) => !online.has(account));
  return [...here.values(), ...online, ...rest].slice(0, LIMITS.page_size);
}
