import type { DatabaseSync } from "node:sqlite";
import { canonicalEmoji } from "../../protocol/text/emoji.ts";
import type { ReactionPage, ReactionQuery, StoredMessage } from "../records.ts";
import { int } from "../sql/rows.ts";
import { encodeText } from "../sql/text.ts";
import {
  FIRST_REACTIONS,
  formsOf,
  LISTED_REACTION,
  mineColumn,
  REACTION_COLUMNS,
  reactionCursor,
  toReactionPage,
  withReactions,
} from "../sql/reactions.ts";

/** The current reactions of messages; the log has their history. Triggers count them. */
export class Reactions {
  readonly #put;
  readonly #has;
  readonly #forms;
  readonly #count;
  readonly #take;
  readonly #dropCounts;
  readonly #drop;
  readonly #between;
  readonly #list;

  constructor(db: DatabaseSync) {
    const one = "room = ? AND target = ? AND emoji = ? AND account = ?";
    this.#put = db.prepare(
      "INSERT INTO reactions (room, target, emoji, account, seq) VALUES (?, ?, ?, ?, ?)",
    );
    this.#has = db.prepare(`SELECT 1 FROM reactions WHERE ${one}`);
    this.#forms = db.prepare("SELECT emoji FROM reaction_counts WHERE room = ? AND target = ?");
    this.#count = db.prepare(
      "SELECT count FROM reaction_counts WHERE room = ? AND target = ? AND emoji = ?",
    );
    this.#take = db.prepare(`DELETE FROM reactions WHERE ${one}`);
    this.#dropCounts = db.prepare("DELETE FROM reaction_counts WHERE room = ? AND target = ?");
    this.#drop = db.prepare("DELETE FROM reactions WHERE room = ? AND target = ?");
    this.#between = db.prepare(
      `SELECT ${REACTION_COLUMNS}, ${mineColumn(":viewer")}
       FROM reaction_counts c CROSS JOIN reactions x CROSS JOIN accounts a
       WHERE c.room = :room AND c.target BETWEEN :first AND :last
         AND x.room = c.room AND x.target = c.target AND x.emoji = c.emoji
         AND x.seq <= (SELECT max(seq) FROM (${FIRST_REACTIONS}))
         AND a.id = x.account
       ORDER BY c.target, x.seq`,
    );
    this.#list = db.prepare(
      `SELECT ${LISTED_REACTION} FROM reactions x JOIN accounts a ON a.id = x.account
       WHERE x.room = :room AND x.target = :target AND (x.emoji, x.seq) > (:emoji, :seq)
         AND (:forms IS NULL OR x.emoji IN (SELECT value FROM json_each(:forms)))
       ORDER BY x.emoji, x.seq LIMIT :limit`,
    );
  }

  /**
   * Adds a reaction to a message; `seq` is that of its event. One that is there already keeps its
   * place in the order.
   *
   * @returns How many users have reacted with this emoji then.
   */
  put(room: number, target: number, emoji: string, account: number, seq: number): number {
    const forms = this.#formsOf(room, target, emoji);
    const isThere = forms.some((form) => this.#has.get(room, target, form, account) !== undefined);
    if (!isThere) this.#put.run(room, target, encodeText(canonicalEmoji(emoji)), account, seq);
    return this.#sum(room, target, emoji);
  }

  /**
   * Removes a reaction, however its emoji was written when it was stored.
   *
   * @returns How many users have reacted with this emoji then.
   */
  take(room: number, target: number, emoji: string, account: number): number {
    for (const form of this.#formsOf(room, target, emoji)) {
      this.#take.run(room, target, form, account);
    }
    return this.#sum(room, target, emoji);
  }

  /** Removes every reaction of a message. */
  drop(room: number, target: number): void {
    // First, so that no reaction is counted down.
    this.#dropCounts.run(room, target);
    this.#drop.run(room, target);
  }

  /**
   * Adds the reactions to messages, with one read.
   *
   * @param messages Consecutive messages of one room, oldest first.
   * @param viewer The account that reads them; 0 for none.
   */
  fill(messages: readonly StoredMessage[], viewer: number): readonly StoredMessage[] {
    const [first, last] = [messages.at(0), messages.at(-1)];
    if (first === undefined || last === undefined) return messages;
    const range = { room: first.room, first: first.seq, last: last.seq };
    return withReactions(messages, this.#between.all({ ...range, viewer }));
  }

  /** A page of the reactions to a message, as `Store.reactionsTo` specifies. */
  list({ room, target, emoji, after, limit }: ReactionQuery): ReactionPage {
    const forms = emoji === null ? null : JSON.stringify(this.#formsOf(room, target, emoji));
    const cursor = reactionCursor(after);
    const rows = this.#list.all({ room, target, ...cursor, forms, limit: limit + 1 });
    return toReactionPage(rows, limit);
  }

  #formsOf(room: number, target: number, emoji: string): readonly string[] {
    return formsOf(emoji, this.#forms.all(room, target));
  }

  #sum(room: number, target: number, emoji: string): number {
    return this.#formsOf(room, target, emoji).reduce(
      (sum, form) => sum + int(this.#count.get(room, target, form) ?? {}, "count"),
      0,
    );
  }
}
