/**
 * What a screen reader is told of a room: what others say in it from now on, each message once.
 * Nothing of what was said before one came, nor of what is caught up on after a broken line. No DOM.
 *
 * @module
 */
import { foldRoom, type Message } from "../lib/protocol.ts";
import { titleOf } from "./format.ts";
import { wordsOf } from "./markdown.ts";
import { gistOf, isOwn } from "./state/room.ts";
import type { Room } from "./state/types.ts";
import { strings } from "./strings.ts";

/** Up to where a room was listened to. */
export interface Heard {
  readonly room: string;
  readonly seq: number;
}

/** How many messages are read out; of more it is only said how many they are. */
const readOutMax = 3;

/**
 * Listens to a room.
 *
 * @param heard What the last call answered.
 * @returns What has been said since; nothing where one has only just come in.
 */
export function listen(heard: Heard | undefined, room: Room | undefined, me: string) {
  if (room === undefined || !room.live) return { heard: undefined, news: [] };
  const now: Heard = { room: foldRoom(room.name), seq: room.seq };
  if (heard?.room !== now.room || heard.seq >= now.seq) return { heard: now, news: [] };
  const start = room.messages.findLastIndex(({ seq }) => seq <= heard.seq) + 1;
  const news = room.messages.slice(start).filter((m) => !m.deleted && !isOwn(m, me));
  return { heard: now, news };
}

/** The sentences that tell what was said. */
export function spoken(room: string, news: readonly Message[]): readonly string[] {
  const t = strings.log;
  if (news.length > readOutMax) return [t.newIn(news.length, titleOf(room))];
  return news.map((message) => t.said(message.sender, wordsOf(gistOf(message))));
}
