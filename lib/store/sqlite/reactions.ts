import type { DatabaseSync } from "node:sqlite";
import type { StoredMessage } from "../store.ts";
import { encodeText } from "../text.ts";
import { withReactions } from "../reactions.ts";

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
    return withReactions(messages, this.#between.all(first.room, first.seq, last.seq));
  }
}
