import type { DatabaseSync } from "node:sqlite";
import { canonicalEmoji } from "../../protocol/text/emoji.ts";
import type { StoredMessage } from "../records.ts";
import { storedText, text } from "../sql/rows.ts";
import { encodeText } from "../sql/text.ts";
import { withReactions } from "../sql/reactions.ts";

/** The current reactions of messages; the log has their history. */
export class Reactions {
  readonly #put;
  readonly #of;
  readonly #take;
  readonly #drop;
  readonly #between;

  constructor(db: DatabaseSync) {
    // A reaction that is added twice keeps its first place in the order.
    this.#put = db.prepare(
      `INSERT INTO reactions (room, target, emoji, account, seq) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (room, target, emoji, account) DO NOTHING`,
    );
    this.#of = db.prepare(
      "SELECT emoji FROM reactions WHERE room = ? AND target = ? AND account = ?",
    );
    this.#take = db.prepare(
      "DELETE FROM reactions WHERE room = ? AND target = ? AND emoji = ? AND account = ?",
    );
    this.#drop = db.prepare("DELETE FROM reactions WHERE room = ? AND target = ?");
    this.#between = db.prepare(
      `SELECT x.room, x.target, x.emoji, a.name, a.public_id
       FROM reactions x JOIN accounts a ON a.id = x.account
       WHERE x.room = ? AND x.target BETWEEN ? AND ? ORDER BY x.target, x.seq`,
    );
  }

  /** Adds a reaction to a message; `seq` is that of its event. */
  put(room: number, target: number, emoji: string, account: number, seq: number): void {
    this.#put.run(room, target, encodeText(emoji), account, seq);
  }

  /** Removes a reaction, however its emoji was written when it was stored. */
  take(room: number, target: number, emoji: string, account: number): void {
    const wanted = canonicalEmoji(emoji);
    for (const row of this.#of.all(room, target, account)) {
      if (canonicalEmoji(text(row, "emoji")) !== wanted) continue;
      this.#take.run(room, target, storedText(row, "emoji"), account);
    }
  }

  /** Removes every reaction of a message. */
  drop(room: number, target: number): void {
    this.#drop.run(room, target);
  }

  /**
   * Adds the reactions to messages, with one read.
   *
   * @param messages Consecutive messages of one room, oldest first.
   */
  fill(messages: readonly StoredMessage[]): readonly StoredMessage[] {
    const [first, last] = [messages.at(0), messages.at(-1)];
    if (first === undefined || last === undefined) return messages;
    return withReactions(messages, this.#between.all(first.room, first.seq, last.seq));
  }
}
