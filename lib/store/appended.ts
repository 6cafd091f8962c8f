import type { FileRecord } from "./files.ts";
import type { Append, StoredEvent } from "./store.ts";

/** The event that an append became, with the files that a message has. */
export function toAppended(
  item: Append,
  seq: number,
  files: readonly FileRecord[] = [],
): StoredEvent {
  const { room, sender, at, key } = item;
  const guest = sender.role === "guest" ? sender.id : null;
  return { room, seq, sender: sender.name, guest, at, key, ...contentOf(item, files) };
}

/** What an append says, apart from who said it when and where. */
function contentOf(item: Append, files: readonly FileRecord[]) {
  switch (item.kind) {
    case "message": {
      const { kind, text, replyTo } = item;
      const said = { kind, text, replyTo, editedAt: null, deleted: false, reactions: [] };
      return files.length === 0 ? said : { ...said, files };
    }
    case "edit":
      return { kind: item.kind, target: item.target, text: item.text };
    case "delete":
      return { kind: item.kind, target: item.target };
    case "reaction": {
      const { kind, target, emoji, on } = item;
      return { kind, target, emoji, on };
    }
  }
}
