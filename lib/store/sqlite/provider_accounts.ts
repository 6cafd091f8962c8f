import type { DatabaseSync } from "node:sqlite";
import type {
  NewProviderAccount,
  ProviderAccount,
  ProviderAccountStore,
} from "../provider_accounts.ts";
import type { Account } from "../records.ts";
import { toProviderAccount } from "../sql/people_rows.ts";
import { accountColumns, storedText, toAccount } from "../sql/rows.ts";
import { encodeText } from "../sql/text.ts";

/** Accounts at OpenID providers. */
export class SqliteProviderAccounts {
  readonly #find;
  readonly #add;
  readonly #link;
  readonly #ofAccount;
  readonly #unlink;
  readonly #endSession;
  readonly #endUser;
  readonly #accountOf;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare(
      `SELECT ${accountColumns("a")} FROM provider_accounts p JOIN accounts a ON a.id = p.account
       WHERE p.issuer = ? AND p.subject = ?`,
    );
    this.#add = db.prepare("INSERT INTO provider_accounts VALUES (?, ?, ?, ?)");
    this.#link = db.prepare(
      `INSERT INTO provider_accounts SELECT :issuer, :subject, :account, :at
       WHERE EXISTS (SELECT 1 FROM sessions WHERE hash = :session AND account = :account)
       ON CONFLICT DO UPDATE SET account = account WHERE account = excluded.account`,
    );
    this.#ofAccount = db.prepare(
      "SELECT issuer, subject FROM provider_accounts WHERE account = ? ORDER BY created_at, issuer",
    );
    this.#unlink = db.prepare("DELETE FROM provider_accounts WHERE account = ? AND issuer = ?");
    this.#endSession = db.prepare(
      "DELETE FROM sessions WHERE issuer = ? AND sid = ? RETURNING hash, account",
    );
    this.#endUser = db.prepare(
      `DELETE FROM sessions WHERE issuer = :issuer AND account =
         (SELECT account FROM provider_accounts WHERE issuer = :issuer AND subject = :subject)
       RETURNING hash, account`,
    );
    this.#accountOf = db.prepare(`SELECT ${accountColumns("a")} FROM accounts a WHERE a.id = ?`);
  }

  /** Links an account that was created in the same transaction. */
  add({ issuer, subject }: ProviderAccount, account: number, at: number): void {
    this.#add.run(encodeText(issuer), encodeText(subject), account, at);
  }

  find({ issuer, subject }: ProviderAccount): Account | null {
    const row = this.#find.get(encodeText(issuer), encodeText(subject));
    return row === undefined ? null : toAccount(row);
  }

  link({ issuer, subject, ...link }: NewProviderAccount): boolean {
    const row = { issuer: encodeText(issuer), subject: encodeText(subject), ...link };
    return this.#link.run(row).changes === 1;
  }

  of(account: number): readonly ProviderAccount[] {
    return this.#ofAccount.all(account).map(toProviderAccount);
  }

  unlink(account: number, issuer: string): boolean {
    return this.#unlink.run(account, encodeText(issuer)).changes > 0;
  }

  endSessions(
    ended: Parameters<ProviderAccountStore["endProviderSessions"]>[0],
  ): readonly { readonly hash: string; readonly account: Account }[] {
    const issuer = encodeText(ended.issuer);
    const rows = "sid" in ended
      ? this.#endSession.all(issuer, encodeText(ended.sid))
      : this.#endUser.all({ issuer, subject: encodeText(ended.subject) });
    return rows.map((row) => ({
      hash: storedText(row, "hash"),
      account: toAccount(this.#accountOf.get(row.account ?? 0) ?? {}),
    }));
  }
}
