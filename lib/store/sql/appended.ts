import { definitionOf } from "../../chat/events/index.ts";
import type { FileRecord } from "../files.ts";
import type { Append, StoredEvent } from "../records.ts";

/** The event of an append, with the files of a message. */
export function toAppended(
  item: Append,
  seq: number,
  files: readonly FileRecord[] = [],
): StoredEvent {
  const { room, sender, at, key, kind } = item;
  const { name, publicId: senderId } = sender;
  const guest = sender.role === "guest";
  const base = { room, seq, sender: name, senderId, guest, at, key };
  if (kind === "message") {
    const { text, replyTo, thread, alsoInRoom, mentions, mentionNames, poll, forwarded } = item;
    const said = {
      ...{ kind, text, replyTo, editedAt: null, deleted: false, reactions: [] },
      ...(thread ? { thread } : {}),
      ...(alsoInRoom ? { alsoInRoom } : {}),
      ...(mentions ? { mentions } : {}),
      ...(mentionNames ? { mentionNames } : {}),
      ...(poll ? { poll } : {}),
      ...(forwarded ? { forwarded } : {}),
    };
    return files.length === 0 ? { ...base, ...said } : { ...base, ...said, files };
  }
  return { ...base, kind, ...valuesOf(item) } as StoredEvent;
}

/** The fields of an append's event, without its sender, place and time. */
function valuesOf(item: Append): object {
  const fields = definitionOf(item.kind)?.fields ?? {};
  const entries = Object.keys(fields).map((name) => [name, item[name as keyof Append]]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
