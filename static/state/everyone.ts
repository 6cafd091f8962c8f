/** Mentions of everyone in a room, before they are sent: `@room`, `@here`. */
import { EVERYONE, type Everyone, mentionsIn } from "../../lib/protocol/text/mentions.ts";
import type { Block } from "../../lib/protocol/text/markdown/tree.ts";
import { moderates } from "./selectors.ts";
import type { PageState, RoomState } from "./types.ts";

const meaning = (folded: string) => EVERYONE.find((word) => word === folded);

/** Whether the user may mention everyone in a room: in a large one its moderators and its host. */
export function mayMentionEveryone(state: PageState, room: RoomState): boolean {
  if (room.kind === "direct") return false;
  if (moderates(state, room)) return true;
  const { me, limits } = state;
  return me.role !== "guest" && room.memberCount <= limits.room_mention_members;
}

/**
 * Returns the word by which a text calls more members than may be called unasked: `room` before
 * `here`, which calls fewer.
 */
export function callsMany(
  state: PageState,
  room: RoomState,
  blocks: () => readonly Block[],
): Everyone | undefined {
  const isLarge = room.memberCount > state.limits.confirm_mention_members;
  if (!isLarge || !mayMentionEveryone(state, room)) return undefined;
  const words = new Set([...mentionsIn(blocks(), meaning)].map(({ id }) => id));
  // A member of this name is meant instead.
  return EVERYONE.find((word) => words.has(word) && !room.memberIds.has(word));
}
