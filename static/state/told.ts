/** What one is told of while one looks elsewhere. */
import { mentions, type Message, type RoomEvent } from "../../lib/protocol.ts";
import { findMessage } from "./parts.ts";
import { gistOf, isMessage, isOwn } from "./room.ts";
import type { Effect, Room, State } from "./types.ts";

/**
 * Tells of a message that has just come, where one wants to be told of it. Whether one is looking
 * at it already, the world knows better.
 */
export function tell(state: State, room: Room, event: RoomEvent): readonly Effect[] {
  if (!isMessage(event) || isOwn(event, state.me.name) || !isWanted(state, room, event)) return [];
  return [{ type: "tell", note: { room: room.name, sender: event.sender, text: gistOf(event) } }];
}

/** As the server sees it, which tells those whose page is closed. */
function isWanted(state: State, room: Room, message: Message): boolean {
  if (room.level === "none" || state.blocks?.includes(message.sender)) return false;
  return room.level === "all" || mentions(message.message, state.me.name) ||
    answersMe(state, room, message);
}

function answersMe(state: State, room: Room, { reply_to }: Message): boolean {
  const answered = reply_to === undefined ? undefined : findMessage(room, reply_to);
  return answered !== undefined && isOwn(answered, state.me.name);
}
