/**
 * Who is in a conversation without a name, as the column `people` of rooms has it. The statements
 * are for every backend.
 *
 * @module
 */
import { LIMITS } from "../../protocol/limits.ts";

/** A new conversation without a name. */
export interface NewConversation {
  /** The name by which programs can address it; nobody sees it. */
  readonly name: string;
  /** The ids of its people, the creator's included. */
  readonly people: readonly number[];
  readonly creator: number;
  readonly at: number;
}

/** The value of `people` for these accounts. */
export function peopleKey(people: readonly number[]): string {
  return [...new Set(people)].sort((a, b) => a - b).join(",");
}

/** The conversation of the people `key` that `viewer` is in. The parameters differ by backend. */
export function selectConversation(key: string, viewer: string): string {
  return `SELECT r.id FROM rooms r JOIN members m ON m.room = r.id AND m.account = ${viewer}
    WHERE r.people = ${key} ORDER BY r.id LIMIT 1`;
}

/** How many people a conversation without a name can have. */
export const MOST_PEOPLE = LIMITS.conversation_people;
