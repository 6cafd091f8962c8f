/** Where a jump leads in the log. @module */
import { lowerBound, shows } from "../../state/timeline.ts";
import type { Jump, RoomState, Timeline } from "../../state/types.ts";
import type { Goal } from "./scroller.tsx";

/**
 * Returns the row to scroll to: the message, or the last one if the jump leads past it.
 *
 * @param timeline What the log shows of the messages that are loaded.
 * @returns `"nowhere"` if the log shows none of them, which may be replies in threads only;
 *   `undefined` until the message is loaded.
 */
export function goalOf(
  room: RoomState,
  { messages }: Timeline,
  { seq, top }: Jump,
): Goal | "nowhere" | undefined {
  if (!room.loaded || !shows(room, seq)) return undefined;
  const message = messages[lowerBound(messages, seq)] ?? messages.at(-1);
  if (message === undefined) return "nowhere";
  return { seq: message.seq, ...(top === undefined ? {} : { top }) };
}
