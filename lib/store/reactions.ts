import type { Reaction } from "../protocol.ts";
import { int, type Row, text } from "./rows.ts";
import type { StoredMessage } from "./store.ts";

/**
 * Messages with their reactions.
 *
 * @param rows `target`, `emoji` and `name` of each reaction, in the order in which they came.
 */
export function withReactions(
  messages: readonly StoredMessage[],
  rows: Iterable<Row>,
): readonly StoredMessage[] {
  const found = new Map<number, Map<string, string[]>>();
  for (const row of rows) {
    const byEmoji = entry(found, int(row, "target"), () => new Map<string, string[]>());
    entry(byEmoji, text(row, "emoji"), () => []).push(text(row, "name"));
  }
  return messages.map((message) => {
    const byEmoji = found.get(message.seq);
    return byEmoji === undefined ? message : { ...message, reactions: toReactions(byEmoji) };
  });
}

function toReactions(byEmoji: ReadonlyMap<string, string[]>): readonly Reaction[] {
  return Array.from(byEmoji, ([emoji, names]) => ({ emoji, names }));
}

/** The value of a key, made where there is none yet. */
function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  map.set(key, made);
  return made;
}
