import type { DatabaseSync } from "node:sqlite";
import type { Role } from "../../protocol/frames.ts";
import type {
  AccountUse,
  NewAccount,
  PasswordChange,
  PasswordChanged,
  Revoked,
} from "../people.ts";
import type { NamePage } from "../../util/name_index.ts";
import type { Account } from "../records.ts";
import { SELECT_USE, toUse } from "../sql/people_rows.ts";
import { bindPage } from "../sql/name_page.ts";
import { reservedSince, thatHad } from "../sql/account_names.ts";
import { encodeFolded, encodeText } from "../sql/text.ts";
import { isReserved, reservedStatement } from "./reserved_names.ts";
import type { SqliteInvites } from "./invites.ts";
import type { SqliteProviderAccounts } from "./provider_accounts.ts";
import {
  accountColumns,
  maySignIn,
  RETURNED_ACCOUNT,
  type Row,
  storedText,
  text,
  textOrNull,
  toAccount,
} from "../sql/rows.ts";
import type { Revocations } from "./revocations.ts";
import type { Transaction } from "./transaction.ts";

/** Accounts and their roles. */
export class SqliteAccounts {
  readonly #transaction: Transaction;
  readonly #invites: SqliteInvites;
  readonly #revocations: Revocations;
  readonly #providerAccounts: SqliteProviderAccounts;
  readonly #create;
  readonly #reserved;
  readonly #thatHad;
  readonly #keepName;
  readonly #dropName;
  readonly #rename;
  readonly #setDeactivated;
  readonly #isOwner;
  readonly #byName;
  readonly #byId;
  readonly #byPublicId;
  readonly #byRole;
  readonly #list;
  readonly #use;
  readonly #owned;
  readonly #password;
  readonly #setPassword;
  readonly #session;
  readonly #endOthers;
  readonly #clearPassword;
  readonly #endTickets;
  readonly #dropPasskeys;
  readonly #dropLinks;

  constructor(
    db: DatabaseSync,
    transaction: Transaction,
    invites: SqliteInvites,
    revocations: Revocations,
    providerAccounts: SqliteProviderAccounts,
  ) {
    this.#transaction = transaction;
    this.#invites = invites;
    this.#revocations = revocations;
    this.#providerAccounts = providerAccounts;
    this.#create = db.prepare(
      `INSERT INTO accounts (name, folded, skeleton, role, password, created_at, creator)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
       RETURNING ${RETURNED_ACCOUNT}`,
    );
    this.#reserved = reservedStatement(db);
    this.#keepName = db.prepare(
      `INSERT INTO account_names (account, folded, skeleton, at)
       SELECT id, folded, skeleton, ? FROM accounts WHERE id = ? AND folded <> ?
       ON CONFLICT DO UPDATE SET skeleton = excluded.skeleton, at = excluded.at`,
    );
    this.#dropName = db.prepare("DELETE FROM account_names WHERE account = ? AND folded = ?");
    this.#rename = db.prepare(
      `UPDATE accounts SET name = :name, folded = :folded, skeleton = :skeleton
       WHERE id = :account AND folded IS NOT NULL AND NOT EXISTS (
         SELECT 1 FROM accounts o
         WHERE (o.folded = :folded OR o.skeleton = :skeleton) AND o.id <> :account
       )`,
    );
    this.#setDeactivated = db.prepare("UPDATE accounts SET deactivated_at = ? WHERE id = ?");
    this.#isOwner = db.prepare(
      `SELECT 1 FROM accounts a WHERE a.id = ? AND a.role = 'owner' AND ${maySignIn("a")}`,
    );
    const select = `SELECT ${accountColumns("a")} FROM accounts a`;
    this.#byName = db.prepare(`${select} WHERE a.folded = ?`);
    this.#thatHad = db.prepare(`${select} ${thatHad("?", "?")}`);
    this.#byId = db.prepare(`${select} WHERE a.id = ?`);
    this.#byPublicId = db.prepare(`${select} WHERE a.public_id = ? AND a.folded IS NOT NULL`);
    const byRole = `${select} WHERE a.role = ? AND a.folded IS NOT NULL ORDER BY a.folded`;
    this.#use = db.prepare(`${SELECT_USE} WHERE a.id IN (SELECT value FROM json_each(?))`);
    this.#byRole = db.prepare(`${byRole} LIMIT ?`);
    this.#list = db.prepare(
      `SELECT ${accountColumns("a")} FROM accounts a
       WHERE a.folded >= :begins AND a.folded > :after AND a.folded < :end
       ORDER BY a.folded LIMIT :limit`,
    );
    this.#owned = db.prepare(`${byRole} LIMIT 1`);
    this.#password = db.prepare("SELECT password FROM accounts WHERE id = ?");
    this.#setPassword = db.prepare("UPDATE accounts SET password = ? WHERE id = ?");
    this.#clearPassword = db.prepare("UPDATE accounts SET password = NULL WHERE id = ?");
    this.#session = db.prepare("SELECT 1 FROM sessions WHERE hash = ? AND account = ?");
    this.#endOthers = db.prepare(
      "DELETE FROM sessions WHERE account = ? AND hash <> ? RETURNING hash",
    );
    this.#endTickets = db.prepare("DELETE FROM tickets WHERE account = ?");
    this.#dropPasskeys = db.prepare(
      "DELETE FROM passkeys WHERE account = ? AND id IS NOT ? RETURNING label",
    );
    this.#dropLinks = db.prepare("DELETE FROM provider_accounts WHERE account = ?");
  }

  create(
    { invite, linked, ...account }: NewAccount,
  ): Account | "name_taken" | "bad_invite" | "forbidden" {
    return this.#transaction(() => {
      const created = this.#redeem(invite, account);
      if (linked !== undefined && typeof created === "object") {
        this.#providerAccounts.add(linked, created.id, account.at);
      }
      return created;
    });
  }

  #redeem(
    invite: string | null,
    account: Omit<NewAccount, "invite" | "linked">,
  ): ReturnType<SqliteAccounts["create"]> {
    const { creator } = account;
    if (creator !== undefined && this.#isOwner.get(creator) === undefined) return "forbidden";
    if (invite === null) return this.#insert(account) ?? "name_taken";
    // Before the name: without an invitation a stranger must not learn which names exist.
    if (this.#invites.find(invite, account.at) === null) return "bad_invite";
    const created = this.#insert(account);
    if (created === null) return "name_taken";
    this.#invites.redeem(invite, account.at);
    return created;
  }

  #insert(
    { name, skeleton, role, password, at, creator = null }:
      & Omit<NewAccount, "invite" | "creator" | "linked">
      & {
        readonly creator?: number | null | undefined;
      },
  ): Account | null {
    const [stored, folded, looks] = [encodeText(name), encodeFolded(name), encodeText(skeleton)];
    if (isReserved(this.#reserved, { folded, skeleton: looks, at })) return null;
    return accountOrNull(this.#create.get(stored, folded, looks, role, password, at, creator));
  }

  find(name: string): Account | null {
    return accountOrNull(this.#byName.get(encodeFolded(name)));
  }

  thatHad(name: string, at: number): Account | null {
    return accountOrNull(this.#thatHad.get(encodeFolded(name), reservedSince(at)));
  }

  rename(
    account: number,
    { name, skeleton: look, at }: {
      readonly name: string;
      readonly skeleton: string;
      readonly at: number;
    },
  ): "renamed" | "name_taken" {
    const [folded, skeleton] = [encodeFolded(name), encodeText(look)];
    return this.#transaction(() => {
      if (isReserved(this.#reserved, { folded, skeleton, at, account })) return "name_taken";
      // Before it is another one; a name that cannot be taken leaves nothing behind.
      const before = this.#byId.get(account);
      if (before === undefined) return "name_taken";
      this.#keepName.run(at, account, folded);
      const changed = this.#rename.run({ account, name: encodeText(name), folded, skeleton });
      if (changed.changes !== 1) {
        this.#dropName.run(account, encodeFolded(text(before, "name")));
        return "name_taken";
      }
      this.#dropName.run(account, folded);
      return "renamed";
    });
  }

  setActive(account: number, active: boolean, at: number): Revoked | "last_owner" {
    return this.#transaction(() => {
      const revoked = active ? { bots: [] } : this.#revocations.deactivate(account);
      if (revoked === "last_owner") return revoked;
      this.#setDeactivated.run(active ? null : at, account);
      if (!active) this.#endOthers.all(account, "");
      return revoked;
    });
  }

  byId(id: number): Account | null {
    return accountOrNull(this.#byId.get(id));
  }

  byPublicId(publicId: string): Account | null {
    return accountOrNull(this.#byPublicId.get(encodeText(publicId)));
  }

  list(page: NamePage): readonly Account[] {
    return this.#list.all({ ...bindPage(page) }).map((row) => toAccount(row));
  }

  useOf(ids: readonly number[]): ReadonlyMap<number, AccountUse> {
    return toUse(this.#use.all(JSON.stringify(ids)));
  }

  ofRole(role: Role, limit = Number.MAX_SAFE_INTEGER): readonly Account[] {
    return this.#byRole.all(role, limit).map((row) => toAccount(row));
  }

  hasOwner(): boolean {
    return this.#owned.get("owner") !== undefined;
  }

  setRole(account: number, role: Role): Revoked | "last_owner" {
    return this.#transaction(() => this.#revocations.setRole(account, role));
  }

  endAccess(account: number, keepsLinks = false): Revoked {
    return this.#transaction(() => {
      this.#endTickets.run(account);
      this.#endOthers.all(account, "");
      this.#dropPasskeys.all(account, null);
      if (!keepsLinks) this.#dropLinks.run(account);
      this.#clearPassword.run(account);
      return this.#revocations.endBots(account);
    });
  }

  passwordOf(account: number): string | null {
    const row = this.#password.get(account);
    return row === undefined ? null : textOrNull(row, "password");
  }

  setPassword(account: number, hash: string): void {
    this.#setPassword.run(hash, account);
  }

  changePassword(
    { account, hash, replaces, session, keepPasskey }: PasswordChange,
  ): PasswordChanged | null {
    return this.#transaction(() => {
      if (this.#session.get(session, account) === undefined) return null;
      if (this.passwordOf(account) !== replaces) return null;
      this.#setPassword.run(hash, account);
      if (replaces === null) return { sessions: [], passkeys: [] };
      this.#endTickets.run(account);
      return {
        sessions: this.#endOthers.all(account, session).map((row) => storedText(row, "hash")),
        passkeys: this.#dropPasskeys.all(account, keepPasskey).map((row) => text(row, "label")),
      };
    });
  }
}

function accountOrNull(row: Row | undefined): Account | null {
  return row === undefined ? null : toAccount(row);
}
