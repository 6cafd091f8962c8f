/** Sending drafts. */
import { newKey } from "../../util/uuid.ts";
import type { Action, Draft, Upload } from "../../state/reducer.ts";

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
