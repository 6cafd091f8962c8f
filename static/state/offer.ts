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

/** Returns the room to offer, once the page knows whether it exists. An offer creates no room. */
export function offeredRoom(state: PageState): OfferedRoom | undefined {
  const { ready, wanted, requests, listing } = state;
  if (!ready || wanted === undefined || resolve(state, wanted) !== undefined) return undefined;
  const isAsked = [...requests.values()].some(({ kind }) => kind === "list" || kind === "enter");
  if (isAsked || listing === undefined) return undefined;
  const id = idIn(wanted);
  const listed = id === undefined
    ? listing.find(({ room }) => foldRoom(room) === wanted)
    : listing.find(({ room_id }) => room_id === id);
  return {
    ...(id === undefined ? { name: wanted } : {}),
    ...(listed === undefined ? {} : { listed }),
  };
}
