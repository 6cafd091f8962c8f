import type {
  NewProviderAccount,
  ProviderAccount,
  ProviderAccountStore,
} from "../provider_accounts.ts";
import type { Account } from "../records.ts";
import { toProviderAccount } from "../sql/people_rows.ts";
import { accountColumns, storedText, toAccount } from "../sql/rows.ts";
import { encodeText } from "../sql/text.ts";
import type { Database } from "./database.ts";

const FIND = `SELECT ${accountColumns("a")}
  FROM provider_accounts p JOIN accounts a ON a.id = p.account
  WHERE p.issuer = $1 AND p.subject = $2`;
/** Returns a row if the account is linked now, also if it was before. */
const LINK = `INSERT INTO provider_accounts AS p SELECT $1, $2, $3::bigint, $4::bigint
  WHERE EXISTS (SELECT 1 FROM sessions WHERE hash = $5 AND account = $3::bigint)
  ON CONFLICT (issuer, subject) DO UPDATE SET account = p.account
    WHERE p.account = excluded.account
  RETURNING account`;
const END_SESSION = `DELETE FROM sessions s USING accounts a
  WHERE a.id = s.account AND s.issuer = $1 AND s.sid = $2
  RETURNING s.hash, ${accountColumns("a")}`;
const END_USER = `DELETE FROM sessions s USING accounts a
  WHERE a.id = s.account AND s.issuer = $1 AND s.account =
    (SELECT account FROM provider_accounts WHERE issuer = $1 AND subject = $2)
  RETURNING s.hash, ${accountColumns("a")}`;

/** Accounts at OpenID providers. */
export class PostgresProviderAccounts {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find({ issuer, subject }: ProviderAccount): Promise<Account | null> {
    const [row] = await this.#db.run(FIND, [encodeText(issuer), encodeText(subject)]);
    return row === undefined ? null : toAccount(row);
  }

  async link({ issuer, subject, account, at, session }: NewProviderAccount): Promise<boolean> {
    const values = [encodeText(issuer), encodeText(subject), account, at, session];
    return (await this.#db.run(LINK, values)).length === 1;
  }

  async of(account: number): Promise<readonly ProviderAccount[]> {
    const rows = await this.#db.run(
      "SELECT issuer, subject FROM provider_accounts WHERE account = $1 ORDER BY created_at, issuer",
      [account],
    );
    return rows.map(toProviderAccount);
  }

  async unlink(account: number, issuer: string): Promise<boolean> {
    const rows = await this.#db.run(
      "DELETE FROM provider_accounts WHERE account = $1 AND issuer = $2 RETURNING subject",
      [account, encodeText(issuer)],
    );
    return rows.length > 0;
  }

  async endSessions(
    ended: Parameters<ProviderAccountStore["endProviderSessions"]>[0],
  ): Promise<readonly { readonly hash: string; readonly account: Account }[]> {
    const issuer = encodeText(ended.issuer);
    const rows = "sid" in ended
      ? await this.#db.run(END_SESSION, [issuer, encodeText(ended.sid)])
      : await this.#db.run(END_USER, [issuer, encodeText(ended.subject)]);
    return rows.map((row) => ({ hash: storedText(row, "hash"), account: toAccount(row) }));
  }
}
