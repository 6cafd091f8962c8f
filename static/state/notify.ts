/** Decides which messages the user is notified of. */
import { isMessage } from "../../lib/chat/events/index.ts";
import { isInRoom } from "../../lib/chat/events/message.ts";
import { isMentioned } from "../../lib/protocol/text/mentions.ts";
import type { Message, RoomEvent } from "../../lib/protocol/frames.ts";
import { findMessage } from "./timeline.ts";
import { isBlocked } from "./people.ts";
import { gistOf, isOwn, senderOf } from "./room.ts";
import type { PageEffect, PageState, RoomState } from "./types.ts";

/**
 * Notifies the user of a new message, according to the level of the room, and no longer of a deleted
 * one. The caller checks whether the message is in view; what notifies, whether it is quiet.
 */
export function notificationsFor(
  state: PageState,
  room: RoomState,
  event: RoomEvent,
): readonly PageEffect[] {
  if (event.type === "message_deleted") {
    return [{ type: "dismiss_notification", room: room.key, seq: event.target }];
  }
  if (!isMessage(event) || isOwn(event, state.me) || !isWanted(state, room, event)) return [];
  return [{
    type: "notify",
    note: {
      room: room.key,
      name: room.name,
      seq: event.seq,
      sender: event.sender,
      text: gistOf(event),
      ...(isInRoom(event) ? {} : { jump: true }),
    },
  }];
}

/** Follows the same rule as the server, which notifies closed pages. */
function isWanted(state: PageState, room: RoomState, message: Message): boolean {
  if (room.level === "none" || isBlocked(state, senderOf(message))) return false;
  return room.level === "all" && isInRoom(message) || isMentioned(message, state.me.id) ||
    answersMe(state, room, message) || follows(state, room, message);
}

/** Whether the user follows the thread of a message: those who have written in it do. */
function follows(
  { me, lists }: PageState,
  { key, messages }: RoomState,
  { thread }: Message,
): boolean {
  if (thread === undefined) return false;
  return lists.threads?.threads.some((one) => one.room_id === key && one.thread === thread) ??
    messages.some((message) => message.thread === thread && isOwn(message, me));
}

function answersMe(state: PageState, room: RoomState, { reply_to }: Message): boolean {
  const answered = reply_to === undefined ? undefined : findMessage(room, reply_to);
  return answered !== undefined && isOwn(answered, state.me);
}
