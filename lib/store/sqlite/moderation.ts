import type { DatabaseSync } from "node:sqlite";
import type { ModerationEntry, ModerationQuery } from "../people.ts";
import type { Account } from "../records.ts";
import { moderationQuery, SELECT_BLOCKS, textsOf, toEntry } from "../sql/people_rows.ts";
import { int, toAccount } from "../sql/rows.ts";

/** Mutes, blocks, and the moderation log. */
export class SqliteModeration {
  readonly #mute;
  readonly #mutes;
  readonly #block;
  readonly #unblock;
  readonly #blocks;
  readonly #record;
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#mute = db.prepare("UPDATE accounts SET muted_until = nullif(?, 0) WHERE id = ?");
    this.#mutes = db.prepare("SELECT id, muted_until FROM accounts WHERE muted_until > ?");
    this.#block = db.prepare(
      "INSERT INTO blocks (account, other) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#unblock = db.prepare("DELETE FROM blocks WHERE account = ? AND other = ?");
    this.#blocks = db.prepare(SELECT_BLOCKS);
    this.#record = db.prepare(
      `INSERT INTO moderation (at, by, by_id, action, subject, subject_id, room, room_id, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  mute(account: number, until: number): void {
    this.#mute.run(until, account);
  }

  mutes(at: number): ReadonlyMap<number, number> {
    const rows = this.#mutes.all(at);
    return new Map(rows.map((row) => [int(row, "id"), int(row, "muted_until")]));
  }

  block(account: number, other: number, on: boolean): void {
    const statement = on ? this.#block : this.#unblock;
    statement.run(account, other);
  }

  blocks(): readonly { readonly account: Account; readonly other: Account }[] {
    return this.#blocks.all().map((row) => ({
      account: toAccount(row, "account_"),
      other: toAccount(row, "other_"),
    }));
  }

  record(entry: Omit<ModerationEntry, "id">): void {
    this.#record.run(entry.at, ...textsOf(entry));
  }

  log(query: ModerationQuery): readonly ModerationEntry[] {
    const { sql, values } = moderationQuery(query, () => "?");
    return this.#db.prepare(sql).all(...values).map(toEntry);
  }
}
