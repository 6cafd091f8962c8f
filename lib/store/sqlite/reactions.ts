import type { DatabaseSync } from "node:sqlite";
import type { Reaction } from "../../protocol.ts";
import type { StoredMessage } from "../store.ts";
import { encodeText } from "../text.ts";
import { int, text } from "./rows.ts";

/** The reactions that messages have now; how they came about is in the log. */
export class Reactions {
  readonly #put;
  readonly #take;
  readonly #drop;
  readonly #between;

  constructor(db: DatabaseSync) {
    // Put on twice, a reaction keeps its first place in the order.
    this.#put = db.prepare(
      `INSERT INTO reactions (room, target, emoji, account, seq) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (room, target, emoji, account) DO NOTHING`,
    );
    this.#take = db.prepare(
      "DELETE FROM reactions WHERE room = ? AND target = ? AND emoji = ? AND account = ?",
    );
    this.#drop = db.prepare("DELETE FROM reactions WHERE room = ? AND target = ?");
    this.#between = db.prepare(
      `SELECT x.target, x.emoji, a.name FROM reactions x JOIN accounts a ON a.id = x.account
       WHERE x.room = ? AND x.target BETWEEN ? AND ? ORDER BY x.target, x.seq`,
    );
  }

  /** Puts a reaction on a message; `seq` is that of the event which does. */
  put(room: number, target: number, emoji: string, account: number, seq: number): void {
    this.#put.run(room, target, encodeText(emoji), account, seq);
  }

  /** Takes a reaction off. */
  take(room: number, target: number, emoji: string, account: number): void {
    this.#take.run(room, target, encodeText(emoji), account);
  }

  /** Takes every reaction off a message. */
  drop(room: number, target: number): void {
    this.#drop.run(room, target);
  }

  /**
   * Adds the reactions to messages, with one read.
   *
   * @param messages Neighbours in one room, oldest first.
   */
  fill(messages: readonly StoredMessage[]): readonly StoredMessage[] {
    const [first, last] = [messages.at(0), messages.at(-1)];
    if (first === undefined || last === undefined) return messages;
    const found = new Map<number, Map<string, string[]>>();
    for (const row of this.#between.all(first.room, first.seq, last.seq)) {
      const byEmoji = entry(found, int(row, "target"), () => new Map<string, string[]>());
      entry(byEmoji, text(row, "emoji"), () => []).push(text(row, "name"));
    }
    return messages.map((message) => {
      const byEmoji = found.get(message.seq);
      return byEmoji === undefined ? message : { ...message, reactions: toReactions(byEmoji) };
    });
  }
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
