import type { DatabaseSync } from "node:sqlite";
import type { Ban, NewBan } from "../people.ts";
import { encodeText } from "../text.ts";
import { SELECT_BANS, toBan } from "../people_rows.ts";
import type { Transaction } from "./transaction.ts";

/** Who may not come in. */
export class Bans {
  readonly #transaction: Transaction;
  readonly #insert;
  readonly #drop;
  readonly #endSessions;
  readonly #lift;
  readonly #list;
  readonly #ofAccount;
  readonly #ofAddress;

  constructor(db: DatabaseSync, transaction: Transaction) {
    this.#transaction = transaction;
    this.#insert = db.prepare(
      "INSERT INTO bans (account, address, reason, at) VALUES (?, ?, ?, ?)",
    );
    this.#drop = db.prepare("DELETE FROM bans WHERE account IS ? AND address IS ?");
    this.#endSessions = db.prepare("DELETE FROM sessions WHERE account = ?");
    this.#lift = db.prepare("DELETE FROM bans WHERE account = ?");
    this.#list = db.prepare(SELECT_BANS);
    this.#ofAccount = db.prepare("SELECT 1 FROM bans WHERE account = ?");
    this.#ofAddress = db.prepare("SELECT 1 FROM bans WHERE address = ?");
  }

  ban({ account, address: plain, reason, at }: NewBan): void {
    const address = plain === null ? null : encodeText(plain);
    this.#transaction(() => {
      // The same ban again is a ban for another reason.
      this.#drop.run(account, address);
      this.#insert.run(account, address, encodeText(reason), at);
      if (account !== null) this.#endSessions.run(account);
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
