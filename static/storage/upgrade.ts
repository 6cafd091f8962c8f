/**
 * Upgrades the browser's database from older versions of the page.
 *
 * Up to version 2 the page addressed rooms and people by name. Names are reassigned, so a draft
 * stored under a name is never sent; the page shows it to its author instead.
 *
 * @module
 */
import type { Draft, Pending } from "../state/types.ts";

/** The first version that stores everything by id. */
export const BY_ID = 3;

/** An unacknowledged draft as version 2 stored it. */
interface NamedDraft {
  readonly key: string;
  readonly at: number;
  readonly draft: Draft & { readonly room: string };
}

/** An unsent text as version 2 stored it. */
interface NamedText {
  readonly room: string;
  readonly text: string;
}

/** Converts records addressed by name, inside the upgrade transaction. */
export function upgradeNames(change: IDBTransaction, now: number): void {
  const outbox = change.objectStore("outbox");
  forEach(outbox, (cursor) => {
    const { key, at, draft: named } = cursor.value as Partial<NamedDraft>;
    if (typeof key !== "string" || typeof named?.room !== "string") return cursor.delete();
    const { room, ...draft } = named;
    cursor.update(unsent(key, room, draft as Draft, at ?? now));
  });
  forEach(change.objectStore("drafts"), (cursor) => {
    const [owner] = cursor.key as [string, string];
    const { room, text } = cursor.value as Partial<NamedText>;
    if (typeof room === "string" && typeof text === "string" && text !== "") {
      const key = `begun-${crypto.randomUUID()}`;
      const draft = { type: "room_message", message: text } as const;
      outbox.put(unsent(key, room, draft, now), [owner, key]);
    }
    cursor.delete();
  });
  forEach(change.objectStore("notes"), (cursor) => {
    // Page snapshots and file bytes refer to rooms by name.
    const [, id] = cursor.key as [string, string];
    if (id === "page" || id.startsWith("file ")) cursor.delete();
  });
}

/** Converts a draft of an older page: the user can read, copy and discard it. Its tab is gone. */
function unsent(key: string, name: string, draft: Draft, at: number): Pending & { tab: string } {
  const kind = name.startsWith("@") ? "direct" : "public";
  const room = `old:${name.toLowerCase()}`;
  const place = { name, kind } as const;
  return { key, room, place, at, draft, status: "refused", reason: "", obstacle: "old", tab: "" };
}

function forEach(store: IDBObjectStore, take: (cursor: IDBCursorWithValue) => void): void {
  const request = store.openCursor();
  request.onsuccess = () => {
    const cursor = request.result;
    if (cursor === null) return;
    take(cursor);
    cursor.continue();
  };
}
