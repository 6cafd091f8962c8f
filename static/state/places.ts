/**
 * Resolves the addresses that people use for rooms: in the page's address, in typed text and in
 * links. A name is resolved here, once; from then on a room goes by its key.
 */
import { foldRoom } from "../../lib/protocol/names.ts";
import { isProvisional } from "./room.ts";
import type { PageState, RoomState } from "./types.ts";

const byId = "id:";

/** Normalises an address, so that equal addresses compare equal. Ids keep their case. */
export function foldAddress(address: string): string {
  return address.startsWith(byId) ? address : foldRoom(address);
}

/** Returns the id in an address, if it is not a name. */
export function idIn(address: string): string | undefined {
  return address.startsWith(byId) ? address.slice(byId.length) : undefined;
}

/** Returns the key of the room at an address, if the user is in it. */
export function resolve({ rooms }: Pick<PageState, "rooms">, address: string): string | undefined {
  const id = idIn(address);
  if (id !== undefined) return rooms.has(id) ? id : undefined;
  const name = foldRoom(address);
  // Nobody means a conversation of several people by its name.
  return [...rooms.values()].filter((room) => !room.people && foldRoom(room.name) === name)
    .sort((a, b) => rank(a) - rank(b))[0]?.key;
}

/** Ranks rooms that share a name: the first is the one that others mean by it. */
function rank({ over, parted, kind }: RoomState): number {
  return over || parted ? 2 : kind === "private" ? 1 : 0;
}

/** Returns the address of a room for display: its name, unless that name leads to another room. */
export function addressOf(state: PageState, room: RoomState): string {
  if (isProvisional(room)) return room.name;
  return resolve(state, room.name) === room.key ? foldRoom(room.name) : stableAddress(room);
}

/** Returns the address of a room that survives a change of its name. */
export function stableAddress(room: Pick<RoomState, "key" | "name">): string {
  return isProvisional(room) ? room.name : `${byId}${room.key}`;
}
