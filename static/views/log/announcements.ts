/**
 * What a screen reader announces about the open room and the open thread: new messages of others, each
 * once, and what became of what the user did. Not announced are messages from before the room was
 * opened, and those replayed after a lost connection. No DOM.
 *
 * @module
 */
import { isInRoom } from "../../../lib/chat/events/message.ts";
import type { Message } from "../../../lib/protocol/frames.ts";
import { titleOf } from "../../strings/format.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { obstacleText } from "../../state/membership.ts";
import { gistOf, isOwn } from "../../state/room.ts";
import type { Draft, Pending, PersonRef, RoomState } from "../../state/types.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";

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
 * @param thread The root of the thread that is open beside the room.
 * @returns The new position, and the messages since; none if the room has just been opened.
 */
export function listen(
  position: ListenPosition | undefined,
  room: RoomState | undefined,
  me: PersonRef,
  thread?: number,
) {
  if (room === undefined || !room.live) return { position: undefined, news: [] };
  const now: ListenPosition = { room: room.key, seq: room.seq };
  if (position?.room !== now.room || position.seq >= now.seq) return { position: now, news: [] };
  const start = room.messages.findLastIndex(({ seq }) => seq <= position.seq) + 1;
  const news = room.messages.slice(start).filter((m) =>
    (isInRoom(m) || m.thread === thread) && !m.deleted && !isOwn(m, me)
  );
  return { position: now, news };
}

/** Formats the announcement of new messages. */
export function spoken(room: string, news: readonly Message[]): readonly string[] {
  const t = deferredStrings.log;
  if (news.length > readOutMax) return [t.newIn({ count: news.length, room: titleOf(room) })];
  return news.map((message) =>
    (isInRoom(message) ? t.said : t.saidInThread)({
      name: message.sender,
      text: wordsOf(gistOf(message)),
    })
  );
}

/**
 * Says what became of what the user sent: what was refused, and what the server has done that nothing
 * else tells who does not see it. A message that was sent needs no words: the field is empty.
 *
 * @param before The drafts at the last call.
 * @param now The drafts now.
 */
export function outcomes(before: readonly Pending[], now: readonly Pending[]): readonly string[] {
  const later = new Map(now.map((entry) => [entry.key, entry]));
  return before.flatMap((entry) => {
    if (entry.status === "refused") return [];
    const after = later.get(entry.key);
    if (after?.status === "refused") return refusalText(after);
    return after === undefined && entry.status === "sent" ? doneText(entry.draft) ?? [] : [];
  });
}

function doneText(draft: Draft): string | undefined {
  const t = deferredStrings.log;
  if (draft.type === "edit_message") return t.editedNews;
  if (draft.type === "close_poll") return t.pollClosedNews;
  if (draft.type !== "react") return undefined;
  return (draft.on ? t.reactedNews : t.unreactedNews)({ emoji: draft.emoji });
}

/** Says that a draft was refused, and why. */
export function refusalText({ obstacle, reason = "", place }: Pending): string {
  const why = obstacle === undefined ? reason : obstacleText(obstacle, place.name.slice(1));
  return `${strings.log.refused}: ${why}`;
}
