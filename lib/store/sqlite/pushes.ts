import type { DatabaseSync } from "node:sqlite";
import type { Quiet } from "../../protocol/quiet.ts";
import type { PushSubscription, PushTarget, QuietChange } from "../people.ts";
import { encodeText } from "../sql/text.ts";
import {
  QUIET,
  quietColumns,
  SELECT_PUSH_TARGETS,
  SELECT_PUSHES,
  toPushSubscription,
  toPushTarget,
  toQuiet,
} from "../sql/people_rows.ts";

/** Push subscriptions. The schema deletes them with their sessions. */
export class SqlitePushes {
  readonly #add;
  readonly #has;
  readonly #end;
  readonly #remove;
  readonly #of;
  readonly #areTargets;
  readonly #targets;
  readonly #quiet;
  readonly #setQuiet;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      `INSERT OR REPLACE INTO pushes (session, account, endpoint, p256dh, auth, created_at)
       SELECT hash, account, ?, ?, ?, ? FROM sessions WHERE hash = ?`,
    );
    this.#has = db.prepare("SELECT 1 FROM pushes WHERE session = ?");
    this.#end = db.prepare("DELETE FROM pushes WHERE session = ?");
    this.#remove = db.prepare("DELETE FROM pushes WHERE endpoint = ?");
    this.#of = db.prepare(`${SELECT_PUSHES} WHERE p.account = ? ORDER BY p.session`);
    this.#areTargets = db.prepare(
      "SELECT 1 FROM pushes p JOIN members m ON m.account = p.account AND m.room = ? LIMIT 1",
    );
    this.#targets = db.prepare(
      `${SELECT_PUSH_TARGETS} WHERE r.id = ? AND m.level IS NOT 'none' ORDER BY p.session`,
    );
    this.#quiet = db.prepare(`SELECT ${QUIET} FROM accounts a WHERE a.id = ?`);
    this.#setQuiet = {
      quiet_until: db.prepare("UPDATE accounts SET quiet_until = ? WHERE id = ?"),
      quiet_weekly: db.prepare("UPDATE accounts SET quiet_weekly = ? WHERE id = ?"),
    };
  }

  add(session: string, { endpoint, p256dh, auth }: PushSubscription, at: number): void {
    this.#add.run(encodeText(endpoint), p256dh, auth, at, session);
  }

  has(session: string): boolean {
    return this.#has.get(session) !== undefined;
  }

  end(session: string): void {
    this.#end.run(session);
  }

  remove(endpoint: string): void {
    this.#remove.run(encodeText(endpoint));
  }

  quietOf(account: number): Quiet {
    const row = this.#quiet.get(account);
    return row === undefined ? {} : toQuiet(row);
  }

  setQuiet(account: number, change: QuietChange): Quiet {
    for (const [column, value] of quietColumns(change)) this.#setQuiet[column].run(value, account);
    return this.quietOf(account);
  }

  of(account: number): readonly PushSubscription[] {
    return this.#of.all(account).map(toPushSubscription);
  }

  /** Whether there may be targets: most rooms have none, and the commit log changes nothing of it. */
  areTargets(room: number): boolean {
    return this.#areTargets.get(room) !== undefined;
  }

  targets(room: number): readonly PushTarget[] {
    return this.#targets.all(room).map(toPushTarget);
  }
}
