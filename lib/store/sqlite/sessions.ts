import type { DatabaseSync } from "node:sqlite";
import type { NewSession, SessionRecord } from "../people.ts";
import type { Account } from "../records.ts";
import { SEEN_PRECISION } from "../store.ts";
import { encodeText } from "../sql/text.ts";
import { bindProvider, SELECT_SESSIONS, toSession } from "../sql/people_rows.ts";
import { accountColumns, maySignIn, storedText, toAccount } from "../sql/rows.ts";

/** Sessions. */
export class SqliteSessions {
  readonly #create;
  readonly #accountOf;
  readonly #find;
  readonly #touch;
  readonly #ofAccount;
  readonly #end;
  readonly #prove;
  readonly #renew;
  readonly #confirm;
  readonly #trim;
  readonly #endBefore;

  constructor(db: DatabaseSync) {
    this.#create = db.prepare(
      `INSERT INTO sessions (hash, account, label, created_at, seen_at, confirmed_at, passkey,
         issuer, sid)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const allowed = maySignIn("a");
    this.#find = db.prepare(`${SELECT_SESSIONS} WHERE s.hash = ? AND ${allowed}`);
    this.#prove = db.prepare(
      `${SELECT_SESSIONS}
       WHERE (s.proof = :token OR s.hash = :token AND s.proof IS NULL) AND ${allowed}`,
    );
    this.#renew = db.prepare(
      `UPDATE sessions SET proof = :token
       WHERE proof = :before OR hash = :before AND proof IS NULL`,
    );
    this.#confirm = db.prepare(
      "UPDATE sessions SET confirmed_at = ?, passkey = ? WHERE hash = ?",
    );
    this.#trim = db.prepare(
      `DELETE FROM sessions WHERE id IN (
         SELECT id FROM sessions WHERE account = ? ORDER BY seen_at DESC, id DESC LIMIT -1 OFFSET ?
       ) RETURNING hash`,
    );
    this.#endBefore = db.prepare(
      `DELETE FROM sessions WHERE (seen_at < ? OR created_at < ?)
         AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = account AND a.role = 'bot')
       RETURNING hash, account`,
    );
    this.#accountOf = db.prepare(`SELECT ${accountColumns("a")} FROM accounts a WHERE a.id = ?`);
    this.#touch = db.prepare("UPDATE sessions SET seen_at = ? WHERE hash = ? AND seen_at <= ?");
    this.#ofAccount = db.prepare(
      `${SELECT_SESSIONS} WHERE s.account = ? ORDER BY s.seen_at DESC, s.id DESC`,
    );
    this.#end = db.prepare("DELETE FROM sessions WHERE id = ? AND account = ? RETURNING hash");
  }

  create(
    { hash, account, label, at, confirmedAt = at, passkey = null, provider = null }: NewSession,
  ): void {
    const began = bindProvider(provider);
    this.#create.run(hash, account, encodeText(label), at, at, confirmedAt, passkey, ...began);
  }

  prove(token: string): SessionRecord | null {
    const row = this.#prove.get({ token });
    return row === undefined ? null : toSession(row);
  }

  renew(before: string, token: string): boolean {
    return this.#renew.run({ before, token }).changes === 1;
  }

  confirm(hash: string, at: number, passkey: string | null): void {
    this.#confirm.run(at, passkey, hash);
  }

  trim(account: number, keep: number): readonly string[] {
    return this.#trim.all(account, keep).map((row) => storedText(row, "hash"));
  }

  endBefore(
    { seen, created }: { readonly seen: number; readonly created: number },
  ): readonly { readonly hash: string; readonly account: Account }[] {
    return this.#endBefore.all(seen, created).map((row) => ({
      hash: storedText(row, "hash"),
      account: toAccount(this.#accountOf.get(row.account ?? 0) ?? {}),
    }));
  }

  find(hash: string): SessionRecord | null {
    const row = this.#find.get(hash);
    return row === undefined ? null : toSession(row);
  }

  touch(hash: string, at: number): void {
    this.#touch.run(at, hash, at - SEEN_PRECISION);
  }

  of(account: number): readonly SessionRecord[] {
    return this.#ofAccount.all(account).map(toSession);
  }

  end(account: number, id: number): string | null {
    const row = this.#end.get(id, account);
    return row === undefined ? null : storedText(row, "hash");
  }
}
