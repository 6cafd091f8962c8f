/**
 * Finds whom imported messages mention, as the server does when a message is sent.
 *
 * @module
 */
import { message } from "../chat/events/message.ts";
import { mentionFields } from "../chat/mentions.ts";
import type { Account } from "../store/records.ts";
import { writeFields } from "../store/sql/rows.ts";

/** The members of a room, by their folded names. */
export type NamedMembers = ReadonlyMap<string, Account>;

/**
 * The `payload` of a message with whom its text mentions; `null` for one that mentions nobody. Only
 * members of the room are mentioned, and never everyone at once: it is history.
 */
export function mentionPayload(text: string, members: NamedMembers): string | null {
  const room = {
    memberNamed: (folded: string) => members.get(folded),
    has: () => false,
  };
  const found = mentionFields(text, room, {
    everyone: false,
    groupNamed: () => undefined,
    here: () => [],
  });
  return found === null ? null : writeFields(message.fields, found).payload;
}
