import type { DatabaseSync } from "node:sqlite";
import type { Ban, NewBan, Revoked } from "../people.ts";
import { encodeText } from "../sql/text.ts";
import { SELECT_BANS, toBan } from "../sql/people_rows.ts";
import type { Revocations } from "./revocations.ts";
import type { Transaction } from "./transaction.ts";

/** Bans. */
export class SqliteBans {
  readonly #transaction: Transaction;
  readonly #revocations: Revocations;
  readonly #insert;
  readonly #drop;
  readonly #endSessions;
  readonly #deleteMessages;
  readonly #lift;
  readonly #list;
  readonly #ofAccount;
  readonly #ofAddress;

  constructor(db: DatabaseSync, transaction: Transaction, revocations: Revocations) {
    this.#transaction = transaction;
    this.#revocations = revocations;
    this.#insert = db.prepare(
      "INSERT INTO bans (account, address, reason, at) VALUES (?, ?, ?, ?)",
    );
    this.#drop = db.prepare("DELETE FROM bans WHERE account IS ? AND address IS ?");
    this.#endSessions = db.prepare("DELETE FROM sessions WHERE account = ?");
    this.#deleteMessages = db.prepare(
      `INSERT INTO erasures (account, started_at, since) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET since = min(since, excluded.since), room = 0, seq = 0, due_at = 0,
         started_at = excluded.started_at WHERE since IS NOT NULL`,
    );
    this.#lift = db.prepare("DELETE FROM bans WHERE account = ?");
    this.#list = db.prepare(SELECT_BANS);
    this.#ofAccount = db.prepare("SELECT 1 FROM bans WHERE account = ?");
    this.#ofAddress = db.prepare("SELECT 1 FROM bans WHERE address = ?");
  }

  ban({ account, address: plain, reason, at, deleteSince }: NewBan): Revoked | "last_owner" {
    const address = plain === null ? null : encodeText(plain);
    return this.#transaction(() => {
      const revoked = account === null ? { bots: [] } : this.#revocations.ban(account);
      if (revoked === "last_owner") return revoked;
      // Repeating a ban replaces its reason.
      this.#drop.run(account, address);
      this.#insert.run(account, address, encodeText(reason), at);
      if (account !== null) {
        this.#endSessions.run(account);
        if (deleteSince !== undefined) this.#deleteMessages.run(account, at, deleteSince);
      }
      return revoked;
    });
  }

  unban(account: number): boolean {
    return Number(this.#lift.run(account).changes) > 0;
  }

  list(): readonly Ban[] {
    return this.#list.all().map(toBan);
  }

  isBanned(account: number): boolean {
    return this.#ofAccount.get(account) !== undefined;
  }

  isBannedAddress(address: string): boolean {
    return this.#ofAddress.get(encodeText(address)) !== undefined;
  }
}
