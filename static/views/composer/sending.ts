/** Sending drafts. */
import { newKey } from "../../util/uuid.ts";
import type { Message } from "../../../lib/protocol/frames.ts";
import type { Action, Draft, Upload } from "../../state/reducer.ts";
import type { Composing } from "../../state/types.ts";

/** A thread into which the composer writes. */
export interface ThreadTarget {
  /** Its root. */
  readonly seq: number;
  /** Its messages, as far as the page has them. */
  readonly messages: readonly Message[];
  /** What the field is called. */
  readonly label: string;
  /** Whether the reply is shown in the room as well. */
  readonly alsoInRoom: boolean;
  readonly onSent: () => void;
}

/**
 * Builds the action that sends a draft under a new key, with its files.
 *
 * @param room The key of the room.
 * @param epoch The epoch of the log that the draft refers to, if it may not be the present one.
 */
export function sending(
  room: string,
  draft: Draft,
  files: readonly Upload[] = [],
  epoch?: string,
): Action {
  const send = { type: "send" as const, room, draft, key: newKey(), at: Date.now() };
  const log = epoch === undefined ? {} : { epoch };
  return { ...send, ...log, ...(files.length === 0 ? {} : { uploads: files.map(({ id }) => id) }) };
}

/** Builds the draft of a message in a room or a thread, which may answer another message. */
export function messageOf(
  composing: Composing | undefined,
  message: string,
  thread: ThreadTarget | undefined,
) {
  if (thread !== undefined) {
    const { seq, alsoInRoom } = thread;
    const also = alsoInRoom ? { also_in_room: true } : {};
    return { type: "room_message" as const, message, thread: seq, reply_to: seq, ...also };
  }
  const reply = composing === undefined ? {} : { reply_to: composing.seq };
  return { type: "room_message" as const, message, ...reply };
}
