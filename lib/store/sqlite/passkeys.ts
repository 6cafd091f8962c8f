import type { DatabaseSync } from "node:sqlite";
import type { NewPasskey, PasskeyRecord } from "../people.ts";
import { encodeText } from "../sql/text.ts";
import { SELECT_PASSKEYS, toPasskey } from "../sql/people_rows.ts";

/** Passkeys. */
export class SqlitePasskeys {
  readonly #add;
  readonly #find;
  readonly #setCounter;
  readonly #ofAccount;
  readonly #remove;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      `INSERT INTO passkeys (id, account, public_key, counter, transports, label, created_at)
       SELECT :id, :account, :publicKey, :counter, :transports, :label, :createdAt
       WHERE :session IS NULL
         OR EXISTS (SELECT 1 FROM sessions WHERE hash = :session AND account = :account)
       ON CONFLICT (id) DO NOTHING`,
    );
    this.#find = db.prepare(`${SELECT_PASSKEYS} WHERE p.id = ?`);
    this.#setCounter = db.prepare("UPDATE passkeys SET counter = ? WHERE id = ?");
    this.#ofAccount = db.prepare(
      `${SELECT_PASSKEYS} WHERE p.account = ? ORDER BY p.created_at, p.rowid`,
    );
    this.#remove = db.prepare("DELETE FROM passkeys WHERE id = ? AND account = ?");
  }

  add(passkey: NewPasskey): boolean {
    const { id, account, publicKey, counter, createdAt, session = null } = passkey;
    const transports = encodeText(JSON.stringify(passkey.transports));
    const label = encodeText(passkey.label);
    const row = { id, account, publicKey, counter, transports, label, createdAt, session };
    return this.#add.run(row).changes === 1;
  }

  find(id: string): PasskeyRecord | null {
    const row = this.#find.get(id);
    return row === undefined ? null : toPasskey(row);
  }

  setCounter(id: string, counter: number): void {
    this.#setCounter.run(counter, id);
  }

  of(account: number): readonly PasskeyRecord[] {
    return this.#ofAccount.all(account).map(toPasskey);
  }

  remove(account: number, id: string): boolean {
    return this.#remove.run(id, account).changes === 1;
  }
}
