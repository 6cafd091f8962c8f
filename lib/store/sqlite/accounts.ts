import type { DatabaseSync } from "node:sqlite";
import type { Role } from "../../protocol.ts";
import type { NewAccount } from "../people.ts";
import type { Account } from "../store.ts";
import { encodeFolded, encodeText } from "../text.ts";
import type { Invites } from "./invites.ts";
import { accountColumns, type Row, textOrNull, toAccount } from "../rows.ts";
import type { Transaction } from "./transaction.ts";

/** Who has an account, and what they are. */
export class Accounts {
  readonly #transaction: Transaction;
  readonly #invites: Invites;
  readonly #create;
  readonly #byName;
  readonly #byId;
  readonly #byRole;
  readonly #owned;
  readonly #setRole;
  readonly #password;
  readonly #setPassword;

  constructor(db: DatabaseSync, transaction: Transaction, invites: Invites) {
    this.#transaction = transaction;
    this.#invites = invites;
    this.#create = db.prepare(
      `INSERT INTO accounts (name, folded, skeleton, role, password, created_at)
       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id, name, role`,
    );
    const select = `SELECT ${accountColumns("a")} FROM accounts a`;
    this.#byName = db.prepare(`${select} WHERE a.folded = ?`);
    this.#byId = db.prepare(`${select} WHERE a.id = ?`);
    const byRole = `${select} WHERE a.role = ? AND a.folded IS NOT NULL ORDER BY a.folded`;
    this.#byRole = db.prepare(byRole);
    this.#owned = db.prepare(`${byRole} LIMIT 1`);
    this.#setRole = db.prepare("UPDATE accounts SET role = ? WHERE id = ?");
    this.#password = db.prepare("SELECT password FROM accounts WHERE id = ?");
    this.#setPassword = db.prepare("UPDATE accounts SET password = ? WHERE id = ?");
  }

  create({ invite, ...account }: NewAccount): Account | "name_taken" | "bad_invite" {
    return this.#transaction(() => {
      if (invite === null) return this.#insert(account) ?? "name_taken";
      // Before the name: without an invitation nobody finds out who is here.
      if (this.#invites.find(invite, account.at) === null) return "bad_invite";
      const created = this.#insert(account);
      if (created === null) return "name_taken";
      this.#invites.redeem(invite, account.at);
      return created;
    });
  }

  #insert({ name, skeleton, role, password, at }: Omit<NewAccount, "invite">): Account | null {
    const [stored, folded, looks] = [encodeText(name), encodeFolded(name), encodeText(skeleton)];
    return accountOrNull(this.#create.get(stored, folded, looks, role, password, at));
  }

  find(name: string): Account | null {
    return accountOrNull(this.#byName.get(encodeFolded(name)));
  }

  byId(id: number): Account | null {
    return accountOrNull(this.#byId.get(id));
  }

  ofRole(role: Role): readonly Account[] {
    return this.#byRole.all(role).map((row) => toAccount(row));
  }

  hasOwner(): boolean {
    return this.#owned.get("owner") !== undefined;
  }

  setRole(account: number, role: Role): void {
    this.#setRole.run(role, account);
  }

  passwordOf(account: number): string | null {
    const row = this.#password.get(account);
    return row === undefined ? null : textOrNull(row, "password");
  }

  setPassword(account: number, hash: string): void {
    this.#setPassword.run(hash, account);
  }
}

function accountOrNull(row: Row | undefined): Account | null {
  return row === undefined ? null : toAccount(row);
}
