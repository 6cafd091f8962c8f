import type { DatabaseSync } from "node:sqlite";
import type { PushSubscription, PushTarget } from "../people.ts";
import { encodeText } from "../text.ts";
import { SELECT_PUSH_TARGETS, toPushTarget } from "../people_rows.ts";

/** Where devices can be told something. They end with their sessions, by the schema. */
export class Pushes {
  readonly #add;
  readonly #has;
  readonly #end;
  readonly #remove;
  readonly #targets;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      `INSERT OR REPLACE INTO pushes (session, account, endpoint, p256dh, auth, created_at)
       SELECT hash, account, ?, ?, ?, ? FROM sessions WHERE hash = ?`,
    );
    this.#has = db.prepare("SELECT 1 FROM pushes WHERE session = ?");
    this.#end = db.prepare("DELETE FROM pushes WHERE session = ?");
    this.#remove = db.prepare("DELETE FROM pushes WHERE endpoint = ?");
    this.#targets = db.prepare(
      `${SELECT_PUSH_TARGETS} WHERE r.id = ? AND m.level IS NOT 'none' ORDER BY p.session`,
    );
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

  targets(room: number): readonly PushTarget[] {
    return this.#targets.all(room).map(toPushTarget);
  }
}
