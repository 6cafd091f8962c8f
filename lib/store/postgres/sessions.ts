import type { NewSession, SessionRecord } from "../people.ts";
import { bindProvider, SELECT_SESSIONS, toSession } from "../sql/people_rows.ts";
import { accountColumns, maySignIn, storedText, toAccount } from "../sql/rows.ts";
import { SEEN_PRECISION } from "../store.ts";
import type { Account } from "../records.ts";
import { encodeText } from "../sql/text.ts";
import type { Database } from "./database.ts";

const ALLOWED = maySignIn("a");
const FIND = `${SELECT_SESSIONS} WHERE s.hash = $1 AND ${ALLOWED}`;
const PROVE = `${SELECT_SESSIONS}
  WHERE (s.proof = $1 OR s.hash = $1 AND s.proof IS NULL) AND ${ALLOWED}`;
const CREATE = `INSERT INTO sessions
    (hash, account, label, created_at, seen_at, confirmed_at, passkey, issuer, sid)
  VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)`;
const RENEW = `UPDATE sessions SET proof = $2
  WHERE proof = $1 OR hash = $1 AND proof IS NULL RETURNING id`;
const TRIM = `DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions WHERE account = $1 ORDER BY seen_at DESC, id DESC OFFSET $2
  ) RETURNING hash`;
const END_BEFORE = `DELETE FROM sessions s USING accounts a
  WHERE a.id = s.account AND a.role <> 'bot' AND (s.seen_at < $1 OR s.created_at < $2)
  RETURNING s.hash, ${accountColumns("a")}`;

/** Sessions. */
export class PostgresSessions {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(session: NewSession): Promise<void> {
    const { hash, account, label, at, confirmedAt = at, passkey = null, provider = null } = session;
    const values = [hash, account, encodeText(label), at, confirmedAt, passkey];
    await this.#db.run(CREATE, [...values, ...bindProvider(provider)]);
  }

  async prove(token: string): Promise<SessionRecord | null> {
    const [row] = await this.#db.run(PROVE, [token]);
    return row === undefined ? null : toSession(row);
  }

  async renew(before: string, token: string): Promise<boolean> {
    return (await this.#db.run(RENEW, [before, token])).length === 1;
  }

  async confirm(hash: string, at: number, passkey: string | null): Promise<void> {
    await this.#db.run("UPDATE sessions SET confirmed_at = $2, passkey = $3 WHERE hash = $1", [
      ...[hash, at, passkey],
    ]);
  }

  async trim(account: number, keep: number): Promise<readonly string[]> {
    const rows = await this.#db.run(TRIM, [account, keep]);
    return rows.map((row) => storedText(row, "hash"));
  }

  async endBefore(
    { seen, created }: { readonly seen: number; readonly created: number },
  ): Promise<readonly { readonly hash: string; readonly account: Account }[]> {
    const rows = await this.#db.run(END_BEFORE, [seen, created]);
    return rows.map((row) => ({ hash: storedText(row, "hash"), account: toAccount(row) }));
  }

  async find(hash: string): Promise<SessionRecord | null> {
    const [row] = await this.#db.run(FIND, [hash]);
    return row === undefined ? null : toSession(row);
  }

  async touch(hash: string, at: number): Promise<void> {
    await this.#db.run("UPDATE sessions SET seen_at = $2 WHERE hash = $1 AND seen_at <= $3", [
      ...[hash, at, at - SEEN_PRECISION],
    ]);
  }

  async of(account: number): Promise<readonly SessionRecord[]> {
    const rows = await this.#db.run(
      `${SELECT_SESSIONS} WHERE s.account = $1 ORDER BY s.seen_at DESC, s.id DESC`,
      [account],
    );
    return rows.map(toSession);
  }

  async end(account: number, id: number): Promise<string | null> {
    const [row] = await this.#db.run(
      "DELETE FROM sessions WHERE id = $1 AND account = $2 RETURNING hash",
      [id, account],
    );
    return row === undefined ? null : storedText(row, "hash");
  }
}
