/**
 * From the log to the wire: how a stored event looks to those who get it.
 *
 * @module
 */
import type { FileInfo, Message, RoomEvent, SearchHit } from "./protocol.ts";
import type { FileRecord } from "./store/files.ts";
import type { Hit, RoomRecord, StoredEvent, StoredMessage } from "./store/store.ts";

/** What of a room decides how its events are addressed. */
export type Address = Pick<RoomRecord, "name" | "pair">;

/** A room's name as one person sees it: a conversation bears the other one's. */
export function roomNameFor(room: Address, viewer: { readonly id: number }): string {
  if (room.pair === null) return room.name;
  const [one, other] = room.pair;
  return `@${one.id === viewer.id ? other.name : one.name}`;
}

/** In a room, its name; in a conversation, who the event is for: the same for both sides. */
function placeOf(room: Address, sender: string): { room: string } | { receiver: string } {
  if (room.pair === null) return { room: room.name };
  const [one, other] = room.pair;
  return { receiver: one.name === sender ? other.name : one.name };
}

/** What every event carries, with its place. The type is what TypeScript cannot see by itself. */
function envelope(room: Address, event: StoredEvent) {
  return {
    ...placeOf(room, event.sender),
    seq: event.seq,
    sender: event.sender,
    ...(event.guest === null ? {} : { guest: event.guest }),
    at: event.at,
    ...(event.key === null ? {} : { key: event.key }),
  };
}

/** A file as the wire has it. */
export function wireFile({ width, height, ...file }: FileRecord): FileInfo {
  return width === null || height === null ? file : { ...file, width, height };
}

/** A message as the wire has it. */
export function wireMessage(room: Address, event: StoredMessage): Message {
  const type = room.pair === null ? "room_message" : "private_message";
  return {
    type,
    ...envelope(room, event),
    message: event.text,
    ...(event.replyTo === null ? {} : { reply_to: event.replyTo }),
    ...(event.editedAt === null ? {} : { edited_at: event.editedAt }),
    ...(event.deleted ? { deleted: true } : {}),
    ...(event.files === undefined ? {} : { files: event.files.map(wireFile) }),
    ...(event.reactions.length === 0 ? {} : { reactions: event.reactions }),
  } as Message;
}

/** An event as the wire has it. */
export function wireEvent(room: Address, event: StoredEvent): RoomEvent {
  switch (event.kind) {
    case "message":
      return wireMessage(room, event);
    case "edit":
      return {
        type: "message_edited",
        ...envelope(room, event),
        target: event.target,
        message: event.text,
      };
    case "delete":
      return { type: "message_deleted", ...envelope(room, event), target: event.target };
    case "reaction":
      return {
        type: "reaction",
        ...envelope(room, event),
        target: event.target,
        emoji: event.emoji,
        on: event.on,
      };
  }
}

/** A search result as the wire has it. */
export function wireHit(hit: Hit): SearchHit {
  return {
    ...wireMessage(hit.room, hit.message),
    snippet: hit.snippet,
    highlights: hit.highlights,
  };
}
