import type { Reaction } from "../../protocol/frames.ts";
import { int, type Row, text } from "./rows.ts";
import type { StoredMessage } from "../records.ts";

/** The users with one reaction. */
interface People {
  readonly names: string[];
  readonly ids: string[];
}

/**
 * Adds the reactions to messages.
 *
 * @param rows `target`, `emoji`, `name` and `public_id` of each reaction, in order of arrival.
 */
export function withReactions(
  messages: readonly StoredMessage[],
  rows: Iterable<Row>,
): readonly StoredMessage[] {
  const found = new Map<number, Map<string, People>>();
  for (const row of rows) {
    const byEmoji = entry(found, int(row, "target"), () => new Map<string, People>());
    const people = entry(byEmoji, text(row, "emoji"), () => ({ names: [], ids: [] }));
    people.names.push(text(row, "name"));
    people.ids.push(text(row, "public_id"));
  }
  return messages.map((message) => {
    const byEmoji = found.get(message.seq);
    return byEmoji === undefined ? message : { ...message, reactions: toReactions(byEmoji) };
  });
}

function toReactions(byEmoji: ReadonlyMap<string, People>): readonly Reaction[] {
  return Array.from(byEmoji, ([emoji, people]) => ({ emoji, ...people }));
}

/** The value of a key, created if it is missing. */
function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  map.set(key, made);
  return made;
}
