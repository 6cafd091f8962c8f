import type { DatabaseSync } from "node:sqlite";
import type { NewPasskey, PasskeyRecord } from "../people.ts";
import { encodeText } from "../text.ts";
import {
  accountColumns,
  bytes,
  int,
  type Row,
  storedText,
  text,
  texts,
  toAccount,
} from "./rows.ts";

/** Passkeys. */
export class Passkeys {
  readonly #add;
  readonly #find;
  readonly #setCounter;
  readonly #ofAccount;
  readonly #remove;

  constructor(db: DatabaseSync) {
    const select = `SELECT p.id AS passkey, p.public_key, p.counter, p.transports, p.label,
         p.created_at, ${accountColumns("a")}
       FROM passkeys p JOIN accounts a ON a.id = p.account`;
    this.#add = db.prepare(
      `INSERT INTO passkeys (id, account, public_key, counter, transports, label, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    );
    this.#find = db.prepare(`${select} WHERE p.id = ?`);
    this.#setCounter = db.prepare("UPDATE passkeys SET counter = ? WHERE id = ?");
    this.#ofAccount = db.prepare(`${select} WHERE p.account = ? ORDER BY p.created_at, p.rowid`);
    this.#remove = db.prepare("DELETE FROM passkeys WHERE id = ? AND account = ?");
  }

  add(passkey: NewPasskey): boolean {
    const { id, account, publicKey, counter, createdAt } = passkey;
    const transports = encodeText(JSON.stringify(passkey.transports));
    const label = encodeText(passkey.label);
    return this.#add.run(id, account, publicKey, counter, transports, label, createdAt)
      .changes === 1;
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

function toPasskey(row: Row): PasskeyRecord {
  return {
    id: storedText(row, "passkey"),
    account: toAccount(row),
    publicKey: bytes(row, "public_key"),
    counter: int(row, "counter"),
    transports: texts(row, "transports"),
    label: text(row, "label"),
    createdAt: int(row, "created_at"),
  };
}
