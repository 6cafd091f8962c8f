/**
 * Converts stored events to their form on the wire.
 *
 * @module
 */
import { toWireFields } from "./events/event.ts";
import { definitionOf } from "./events/index.ts";
import type { FileInfo, Message, RoomEvent, SearchHit } from "../protocol/frames.ts";
import type { FileRecord } from "../store/files.ts";
import type { Account, Hit, RoomRecord, StoredEvent, StoredMessage } from "../store/records.ts";

/** The part of a room that decides how its events are addressed. */
export type Address = Pick<RoomRecord, "publicId" | "name" | "pair">;

/** The name of a room as a member sees it: a conversation has the other member's name. */
export function roomNameFor(room: Address, viewer: { readonly id: number }): string {
  if (room.pair === null) return room.name;
  const [one, other] = room.pair;
  return `@${one.id === viewer.id ? other.name : one.name}`;
}

/** The members of a conversation without a name, except the viewer. */
export function othersIn(
  people: NonNullable<RoomRecord["people"]>,
  viewer?: Pick<Account, "publicId">,
): NonNullable<RoomRecord["people"]> {
  return people.filter(({ publicId }) => publicId !== viewer?.publicId);
}

/** What a member calls a room: a conversation has the names of the others, after an `@`. */
export function shownNameFor(
  room: Address & Pick<RoomRecord, "people">,
  viewer: Pick<Account, "id" | "publicId">,
): string {
  if (room.people === null) return roomNameFor(room, viewer);
  return `@${othersIn(room.people, viewer).map(({ name }) => name).join(", ")}`;
}

/** The other member of a direct conversation; the viewer in notes to oneself. */
export function otherIn({ pair }: Pick<RoomRecord, "pair">, viewer: Account): Account | null {
  if (pair === null) return null;
  return pair[0].id === viewer.id ? pair[1] : pair[0];
}

/** The address of an event: the room, or the receiver in a conversation. Both members get the same. */
function placeOf(room: Address, senderId: string) {
  const { pair, publicId: room_id } = room;
  if (pair === null) return { room: room.name, room_id };
  const receiver = pair[0].publicId === senderId ? pair[1] : pair[0];
  return { room_id, receiver: receiver.name, receiver_id: receiver.publicId };
}

/** The fields that every event carries. */
function envelope(room: Address, event: StoredEvent) {
  return {
    ...placeOf(room, event.senderId),
    seq: event.seq,
    sender: event.sender,
    sender_id: event.senderId,
    ...(event.guest ? { guest: true as const } : {}),
    at: event.at,
    ...(event.key === null ? {} : { key: event.key }),
  };
}

/** Converts a file. */
export function wireFile({ width, height, ...file }: FileRecord): FileInfo {
  return width === null || height === null ? file : { ...file, width, height };
}

/** Converts a message. */
export function wireMessage(room: Address, event: StoredMessage): Message {
  const type = room.pair === null ? "room_message" : "private_message";
  const said = {
    type,
    ...envelope(room, event),
    message: event.text,
    ...(event.replyTo === null ? {} : { reply_to: event.replyTo }),
    ...(event.thread ? { thread: event.thread } : {}),
    ...(event.alsoInRoom ? { also_in_room: true } : {}),
    ...(event.mentions ? { mentions: event.mentions } : {}),
    ...(event.mentionNames ? { mention_names: event.mentionNames } : {}),
    ...(event.poll ? { poll: event.poll } : {}),
    ...(event.forwarded ? { forwarded: event.forwarded } : {}),
    ...(event.editedAt === null ? {} : { edited_at: event.editedAt }),
    ...(event.deleted ? { deleted: true } : {}),
    ...(event.files === undefined ? {} : { files: event.files.map(wireFile) }),
    ...(event.reactions.length === 0 ? {} : { reactions: event.reactions }),
    ...(event.replies === undefined ? {} : { replies: event.replies }),
  } as Message;
  return event.state === undefined ? said : { ...event.state, ...said };
}

/** The sender of an event that nobody may know. */
const NOBODY = { sender: "", senderId: "", guest: false } as const;

/** Converts an event of any kind. */
export function wireEvent(room: Address, event: StoredEvent): RoomEvent {
  if (event.kind === "message") return wireMessage(room, event);
  if (event.kind === "other") {
    return { ...event.payload, type: event.type, ...envelope(room, event) } as never;
  }
  const definition = definitionOf(event.kind);
  if (definition === undefined) throw new Error(`Cannot convert event: no kind ${event.kind}`);
  const { type, fields } = definition;
  const hidden = definition.anonymized?.(event as never) ?? null;
  const shown = hidden === null ? event : { ...event, ...NOBODY, ...hidden };
  return { type, ...envelope(room, shown), ...toWireFields(fields, shown) } as RoomEvent;
}

/** Converts a search result. */
export function wireHit(hit: Hit): SearchHit {
  return {
    ...wireMessage(hit.room, hit.message),
    snippet: hit.snippet,
    highlights: hit.highlights,
  };
}
