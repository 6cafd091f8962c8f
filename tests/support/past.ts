/** A room with a long history, written by the store itself: over the wire it would take minutes. */
import { skeletonOf } from "../../lib/util/confusables.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Account } from "../../lib/store/records.ts";

/** The number of messages written in one transaction. */
const batch = 1_000;
/** The time between two messages, in ms. */
const pause = 60_000;

/** A history to write. */
export interface Past {
  readonly room: string;
  readonly count: number;
  /** The time of the last message, in ms since the Unix epoch. */
  readonly until?: number;
  /** Returns the text of the `n`th message, from one; by default `message 1` and so on. */
  readonly text?: (index: number) => string;
}

/**
 * Writes a data file in which two users, Ann and Ben, have talked in a public room.
 *
 * @param path The data file; created if it is missing.
 */
export async function writePast(
  path: string,
  { room, count, until, text = textOf }: Past,
): Promise<void> {
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
        text: text(from + i),
        replyTo: null,
      })));
    }
  } finally {
    await store.close();
  }
}

/** Creates a member's account. */
export async function account(store: Store, name: string, at: number): Promise<Account> {
  const skeleton = skeletonOf(name);
  const rest = { role: "member", password: null, invite: null, at } as const;
  const made = await store.createAccount({ name, skeleton, ...rest });
  if (typeof made === "string") throw new Error(`Cannot make an account for ${name}: ${made}`);
  return made;
}

/** The text of the `n`th message, in lengths like those of real messages. */
export function textOf(n: number): string {
  const words = "so it went on and on, as long as anybody could remember".split(" ");
  const length = (n * 7) % 40;
  const more = Array.from({ length }, (_, i) => words[(n + i) % words.length]);
  return [`line ${n}`, ...more].join(" ");
}
