import { gatherReactions, type OneReaction } from "../../chat/events/message.ts";
import { int, type Row, text } from "./rows.ts";
import type { StoredMessage } from "../records.ts";

/**
 * Adds the reactions to messages.
 *
 * @param rows `room`, `target`, `emoji`, `name` and `public_id` of each reaction, in order of arrival.
 */
export function withReactions(
  messages: readonly StoredMessage[],
  rows: Iterable<Row>,
): readonly StoredMessage[] {
  const found = new Map<string, OneReaction[]>();
  for (const row of rows) {
    const target = placeOf(int(row, "room"), int(row, "target"));
    const one = { emoji: text(row, "emoji"), name: text(row, "name"), id: text(row, "public_id") };
    const others = found.get(target);
    if (others === undefined) found.set(target, [one]);
    else others.push(one);
  }
  return messages.map((message) => {
    const all = found.get(placeOf(message.room, message.seq));
    return all === undefined ? message : { ...message, reactions: gatherReactions(all) };
  });
}

function placeOf(room: number, seq: number): string {
  return `${room} ${seq}`;
}
