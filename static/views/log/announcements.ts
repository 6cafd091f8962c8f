/**
 * What a screen reader announces about the open room: new messages of others, each once. Not
 * announced are messages from before the room was opened, and those replayed after a lost
 * connection. No DOM.
 *
 * @module
 */
import { isInRoom } from "../../../lib/chat/events/message.ts";
import type { Message } from "../../../lib/protocol/frames.ts";
import { titleOf } from "../../strings/format.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { gistOf, isOwn } from "../../state/room.ts";
import type { PersonRef, RoomState } from "../../state/types.ts";
import { deferredStrings } from "../../strings/deferred.ts";

/** The position in a room up to which messages were announced. */
export interface ListenPosition {
  readonly room: string;
  readonly seq: number;
}

/** How many messages are read out; of more, only the number is announced. */
const readOutMax = 3;

/**
 * Returns the messages to announce.
 *
 * @param position The position that the last call returned.
 * @returns The new position, and the messages since; none if the room has just been opened.
 */
export function listen(
  position: ListenPosition | undefined,
  room: RoomState | undefined,
  me: PersonRef,
) {
  if (room === undefined || !room.live) return { position: undefined, news: [] };
  const now: ListenPosition = { room: room.key, seq: room.seq };
  if (position?.room !== now.room || position.seq >= now.seq) return { position: now, news: [] };
  const start = room.messages.findLastIndex(({ seq }) => seq <= position.seq) + 1;
  const news = room.messages.slice(start).filter((m) => isInRoom(m) && !m.deleted && !isOwn(m, me));
  return { position: now, news };
}

/** Formats the announcement of new messages. */
export function spoken(room: string, news: readonly Message[]): readonly string[] {
  const t = deferredStrings.log;
  if (news.length > readOutMax) return [t.newIn({ count: news.length, room: titleOf(room) })];
  return news.map((message) => t.said({ name: message.sender, text: wordsOf(gistOf(message)) }));
}
