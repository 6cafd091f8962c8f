/** A room with a long past, written by the store itself: over the wire it would take minutes. */
import { skeletonOf } from "../../lib/names.ts";
import { openSqlite } from "../../lib/store/sqlite.ts";
import type { Account, Store } from "../../lib/store/store.ts";

/** How many messages are written in one transaction. */
const batch = 1_000;
/** The time between two messages, in ms. */
const pause = 60_000;

/** A past that is to be written. */
export interface Past {
  readonly room: string;
  readonly count: number;
  /** When the last message was said, in ms since the Unix epoch. */
  readonly until?: number;
}

/**
 * Writes a data file in which two people, Ann and Ben, have talked in a public room.
 *
 * @param path The data file; made where it is missing.
 */
export async function writePast(path: string, { room, count, until }: Past): Promise<void> {
  const store = await openSqlite({ path, durability: "process" });
  try {
    const start = (until ?? Date.now()) - count * pause;
    const people = [await account(store, "Ann", start), await account(store, "Ben", start)];
    const made = await store.createRoom({
      name: room,
      kind: "public",
      title: null,
      creator: people[0]!.id,
      at: start,
    });
    if (made === null) throw new Error(`There is a room ${room} already`);
    for (let from = 1; from <= count; from += batch) {
      const to = Math.min(count, from + batch - 1);
      await store.append(Array.from({ length: to - from + 1 }, (_, i) => ({
        kind: "message",
        room: made.id,
        sender: people[Math.floor((from + i) / 3) % 2]!,
        at: start + (from + i) * pause,
        key: null,
        text: textOf(from + i),
        replyTo: null,
      })));
    }
  } finally {
    await store.close();
  }
}

async function account(store: Store, name: string, at: number): Promise<Account> {
  const skeleton = skeletonOf(name);
  const rest = { role: "member", password: null, invite: null, at } as const;
  const made = await store.createAccount({ name, skeleton, ...rest });
  if (typeof made === "string") throw new Error(`Cannot make an account for ${name}: ${made}`);
  return made;
}

/** What the `n`th message says: of many lengths, as people's are. */
export function textOf(n: number): string {
  const words = "so it went on and on, as long as anybody could remember".split(" ");
  const length = (n * 7) % 40;
  const more = Array.from({ length }, (_, i) => words[(n + i) % words.length]);
  return [`line ${n}`, ...more].join(" ");
}
