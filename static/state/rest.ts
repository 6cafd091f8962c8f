/**
 * The rooms of the user that `welcome` does not list. The page subscribes to them while it is idle: so
 * it learns of every message. It holds those in which a message waits for the user, or that they have
 * set something for; any other one costs it nothing until something happens there. Only deferred views
 * use this module.
 *
 * @module
 */
import type { RoomSummary } from "../../lib/protocol/frames.ts";
import { isConversation, provisionalKey } from "./room.ts";
import { attentionOf } from "./selectors.ts";
import type { FollowedRooms, Intent, PageState } from "./types.ts";

/** Up to this number of rooms the page holds those in which a message waits for the user. */
const heldMax = 400;

/** Returns the intent to subscribe to the rooms on a page that the page does not hold. */
export function restOf(
  { rooms, epoch }: PageState,
  page: readonly RoomSummary[],
): Required<Extract<Intent, { type: "follow_rest" }>> {
  const followed: FollowedRooms[number][] = [];
  const held: RoomSummary[] = [];
  for (const summary of page) {
    const { room_id, seq: after, receiver_id: id } = summary;
    const room = rooms.get(room_id);
    const isHere = room?.live || room?.joining || room?.loaded;
    // The page is looking this conversation up.
    const isSought = id !== undefined && rooms.has(provisionalKey({ name: "", id }));
    if (isSought || epoch === undefined) continue;
    const waits = attentionOf(summary) > 0 && rooms.size + held.length < heldMax;
    const isHeld = isHere || waits || isSet(summary);
    if (isHeld) held.push(summary);
    // The server delivers the messages of every direct conversation.
    if (isHere || (!isHeld && summary.kind === "direct")) continue;
    followed.push({ room_id, after, epoch, brief: true });
  }
  return { type: "follow_rest", rooms: followed, held };
}

/** Whether the user has set something for a room. */
function isSet(summary: RoomSummary): boolean {
  const { favourite, section, introduced, level } = summary;
  const isUsual = level === (isConversation(summary) ? "all" : "mentions");
  return favourite === true || introduced === true || section !== undefined || !isUsual;
}
