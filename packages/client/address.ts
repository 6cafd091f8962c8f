/**
 * How a program names a room.
 *
 * @module
 */
import { foldName, foldRoom, type RoomEvent } from "@hubbub/protocol";

/** The fields of a command that address a room. */
export type RoomFields = { readonly room: string } | { readonly room_id: string };

/**
 * Reads the address of a room: its name, `@Name` for the direct conversation with a user, or
 * `id:ROOM_ID`, as in the paths of the HTTP API.
 */
export function roomFields(room: string): RoomFields {
  return room.startsWith("id:") ? { room_id: room.slice(3) } : { room };
}

/** The parts of a command that address a room or a user. */
export interface Addressed {
  readonly room?: string | undefined;
  readonly room_id?: string | undefined;
  readonly receiver?: string | undefined;
  readonly receiver_id?: string | undefined;
}

/** The room of a command as text: equal for commands that are addressed alike. */
export function laneOf({ room, room_id, receiver, receiver_id }: Addressed): string {
  if (room_id !== undefined) return `id:${room_id}`;
  if (room !== undefined) return foldRoom(room);
  return receiver_id === undefined ? foldName(`@${receiver}`) : `@id:${receiver_id}`;
}

/** Whether an event may be in the room of a command, as far as its address tells. */
export function isInRoomOf(event: RoomEvent, { room, room_id }: Addressed): boolean {
  if (room_id !== undefined) return event.room_id === room_id;
  const name = "room" in event ? event.room : undefined;
  if (room === undefined || name === undefined || room.startsWith("@")) return true;
  return foldRoom(room) === foldRoom(name);
}
