/**
 * Looks through the moderation log: which entries a moderator asks for, and how they are written.
 *
 * @module
 */
import type { ModerationListing } from "../protocol/frames.ts";
import type { Refusal } from "../protocol/errors.ts";
import type { ModerationEntry, ModerationQuery } from "../store/people.ts";
import type { Account } from "../store/records.ts";
import type { CommandContext } from "./context.ts";

/** Which entries a moderator asks for, as frames and queries have it. Ids take precedence. */
export interface LoggedActs {
  readonly by?: string | undefined;
  readonly by_id?: string | undefined;
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly subject_id?: string | undefined;
  readonly room?: string | undefined;
  readonly room_id?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** The same, as the store has it. */
export type LogFilter = Omit<ModerationQuery, "before" | "limit">;

/**
 * Finds the users and the room that the conditions name. An id is compared as it is: the log also has
 * users who were erased and rooms that were deleted.
 *
 * @returns A refusal if a name is nobody's, or that of no room that the account can see.
 */
export async function logFilter(
  context: Pick<CommandContext, "person" | "visible">,
  account: Account,
  { by, by_id, subject, subject_id, room, room_id, action, since, until }: LoggedActs,
): Promise<LogFilter | Refusal> {
  const idOf = async (name: string | undefined, id: string | undefined) => {
    if (id !== undefined || name === undefined) return { id };
    const found = await context.person({ name });
    return "code" in found ? found : { id: found.publicId };
  };
  const actor = await idOf(by, by_id);
  if ("code" in actor) return actor;
  const affected = await idOf(subject, subject_id);
  if ("code" in affected) return affected;
  let roomId = room_id;
  if (roomId === undefined && room !== undefined) {
    const found = await context.visible(account, { room });
    if ("code" in found) return found;
    roomId = found.record.publicId;
  }
  return { byId: actor.id, subjectId: affected.id, roomId, action, since, until };
}

/** An entry, as moderators get it. */
export function listEntry(entry: ModerationEntry): ModerationListing {
  const { byId, subject, subjectId, room, roomId, detail, ...rest } = entry;
  return {
    ...rest,
    ...(byId === null ? {} : { by_id: byId }),
    ...(subject === null ? {} : { subject }),
    ...(subjectId === null ? {} : { subject_id: subjectId }),
    ...(room === null ? {} : { room }),
    ...(roomId === null ? {} : { room_id: roomId }),
    ...(detail === null ? {} : { detail }),
  };
}
