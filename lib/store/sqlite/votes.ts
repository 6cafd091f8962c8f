import type { DatabaseSync } from "node:sqlite";
import { type Votes, votesAfter } from "../../chat/events/poll.ts";
import type { StoredMessage } from "../records.ts";
import { type PollState, toOptions, withOwnVotes, withVotes } from "../sql/votes.ts";

/** What users have voted for in polls. */
export class SqliteVotes {
  readonly #of;
  readonly #put;
  readonly #take;
  readonly #drop;

  constructor(db: DatabaseSync) {
    this.#of = db.prepare(
      "SELECT room, target, options FROM votes WHERE room = ? AND target = ? AND account = ?",
    );
    this.#put = db.prepare(
      `INSERT INTO votes (room, target, account, options) VALUES (?, ?, ?, ?)
       ON CONFLICT (room, target, account) DO UPDATE SET options = excluded.options`,
    );
    this.#take = db.prepare("DELETE FROM votes WHERE room = ? AND target = ? AND account = ?");
    this.#drop = db.prepare("DELETE FROM votes WHERE room = ? AND target = ?");
  }

  /**
   * Replaces a user's vote; an empty one takes it back.
   *
   * @param state The message's poll, and the votes before.
   * @returns The votes then; `undefined` if the message has no poll.
   */
  put(
    room: number,
    target: number,
    account: number,
    { poll, votes }: PollState,
    options: readonly number[],
  ): Votes | undefined {
    if (poll === undefined) return undefined;
    const old = toOptions(this.#of.get(room, target, account));
    if (options.length === 0) this.#take.run(room, target, account);
    else this.#put.run(room, target, account, JSON.stringify(options));
    return votesAfter(poll, votes, old, options);
  }

  /** Removes every vote under a message. */
  drop(room: number, target: number): void {
    this.#drop.run(room, target);
  }

  /** Adds to messages what an account has voted for. @param viewer The account; 0 for none. */
  fill(messages: readonly StoredMessage[], viewer: number): readonly StoredMessage[] {
    if (viewer === 0) return messages;
    const rows = withVotes(messages).flatMap(({ room, seq }) => {
      const row = this.#of.get(room, seq, viewer);
      return row === undefined ? [] : [row];
    });
    return withOwnVotes(messages, rows);
  }
}
