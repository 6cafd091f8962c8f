/**
 * The room that a link led to, if the user is not in it. Its view is deferred, and so is this module.
 *
 * @module
 */
import { foldRoom } from "../../lib/protocol/names.ts";
import type { RoomListing } from "../../lib/protocol/frames.ts";
import { idIn, resolve } from "./places.ts";
import type { PageState } from "./types.ts";

/** A room that a link led to and the user is not in: they can join it, if it exists. */
export interface OfferedRoom {
  /** The name in the link; `undefined` if the link had an id. */
  readonly name?: string;
  readonly listed?: RoomListing;
}

/** Returns what is at addresses, among the rooms that the server has found for them. */
export function roomsAt(
  addresses: readonly string[],
  rooms: readonly RoomListing[],
): PageState["lookedUp"] {
  return new Map(addresses.map((address) => {
    const id = idIn(address);
    const isMeant = ({ room, room_id }: RoomListing) =>
      id === undefined ? foldRoom(room) === address : room_id === id;
    return [address, rooms.find(isMeant)];
  }));
}

/** Returns the room to offer, once the page knows whether it exists. An offer creates no room. */
export function offeredRoom(state: PageState): OfferedRoom | undefined {
  const { ready, wanted, requests, lookedUp } = state;
  if (!ready || wanted === undefined || resolve(state, wanted) !== undefined) return undefined;
  const isAsked = [...requests.values()].some(({ kind }) => kind === "enter");
  const listed = lookedUp.get(wanted);
  // A room that the user is in is about to open.
  if (isAsked || !lookedUp.has(wanted) || listed?.joined) return undefined;
  return {
    ...(idIn(wanted) === undefined ? { name: wanted } : {}),
    ...(listed === undefined ? {} : { listed }),
  };
}
