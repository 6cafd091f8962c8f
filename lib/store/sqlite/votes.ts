import type { DatabaseSync } from "node:sqlite";
import type { Votes } from "../../chat/events/poll.ts";
import { votesAfter } from "../../chat/events/votes.ts";
import type { StoredMessage, VotePage, VoteQuery } from "../records.ts";
import {
  LISTED_VOTE,
  type PollState,
  toOptions,
  toVotePage,
  withOwnVotes,
  withVotes,
} from "../sql/votes.ts";

/** What users have voted for in polls. */
export class SqliteVotes {
  readonly #of;
  readonly #put;
  readonly #take;
  readonly #drop;
  readonly #list;

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
    this.#list = db.prepare(
      `SELECT ${LISTED_VOTE} FROM votes v JOIN accounts a ON a.id = v.account
       WHERE v.room = :room AND v.target = :target
         AND v.account > coalesce((SELECT id FROM accounts WHERE public_id = :after), 0)
       ORDER BY v.account LIMIT :limit`,
    );
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

  /** A page of the votes in a poll, as `Store.votesIn` specifies. */
  list({ room, target, after, limit }: VoteQuery): VotePage {
    return toVotePage(this.#list.all({ room, target, after, limit: limit + 1 }), limit);
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
