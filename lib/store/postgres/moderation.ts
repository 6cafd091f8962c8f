import type { ModerationEntry, ModerationQuery } from "../people.ts";
import { moderationQuery, SELECT_BLOCKS, textsOf, toEntry } from "../sql/people_rows.ts";
import { int, toAccount } from "../sql/rows.ts";
import type { Account } from "../records.ts";
import type { Database } from "./database.ts";

/** Mutes, blocks, and the moderation log. */
export class PostgresModeration {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async mute(account: number, until: number): Promise<void> {
    await this.#db.run("UPDATE accounts SET muted_until = nullif($2::bigint, 0) WHERE id = $1", [
      ...[account, until],
    ]);
  }

  async mutes(at: number): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#db.run(
      "SELECT id, muted_until FROM accounts WHERE muted_until > $1",
      [at],
    );
    return new Map(rows.map((row) => [int(row, "id"), int(row, "muted_until")]));
  }

  async block(account: number, other: number, on: boolean): Promise<void> {
    await this.#db.run(
      on
        ? "INSERT INTO blocks (account, other) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        : "DELETE FROM blocks WHERE account = $1 AND other = $2",
      [account, other],
    );
  }

  async blocks(): Promise<readonly { readonly account: Account; readonly other: Account }[]> {
    return (await this.#db.run(SELECT_BLOCKS)).map((row) => ({
      account: toAccount(row, "account_"),
      other: toAccount(row, "other_"),
    }));
  }

  async record(entry: Omit<ModerationEntry, "id">) {
    await this.#db.run(
      `INSERT INTO moderation (at, by, by_id, action, subject, subject_id, room, room_id, detail)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [entry.at, ...textsOf(entry)],
    );
  }

  async log(query: ModerationQuery): Promise<readonly ModerationEntry[]> {
    const { sql, values } = moderationQuery(query, (n) => `$${n}`);
    return (await this.#db.run(sql, values)).map(toEntry);
  }
}
