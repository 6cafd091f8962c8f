import type { DatabaseSync } from "node:sqlite";
import type { SessionRecord } from "../people.ts";
import { SEEN_PRECISION } from "../sessions.ts";
import { encodeText } from "../text.ts";
import { SELECT_SESSIONS, toSession } from "../people_rows.ts";
import { storedText } from "../rows.ts";

/** What proves to be whom, on which device. */
export class Sessions {
  readonly #create;
  readonly #find;
  readonly #touch;
  readonly #ofAccount;
  readonly #end;

  constructor(db: DatabaseSync) {
    this.#create = db.prepare(
      "INSERT INTO sessions (hash, account, label, created_at, seen_at) VALUES (?, ?, ?, ?, ?)",
    );
    this.#find = db.prepare(
      `${SELECT_SESSIONS} WHERE s.hash = ? AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.account = a.id)`,
    );
    this.#touch = db.prepare("UPDATE sessions SET seen_at = ? WHERE hash = ? AND seen_at <= ?");
    this.#ofAccount = db.prepare(
      `${SELECT_SESSIONS} WHERE s.account = ? ORDER BY s.seen_at DESC, s.id DESC`,
    );
    this.#end = db.prepare("DELETE FROM sessions WHERE id = ? AND account = ? RETURNING hash");
  }

  create(session: { hash: string; account: number; label: string; at: number }): void {
    const { hash, account, label, at } = session;
    this.#create.run(hash, account, encodeText(label), at, at);
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
