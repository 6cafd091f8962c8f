import type { PushSubscription, PushTarget } from "../people.ts";
import { SELECT_PUSH_TARGETS, toPushTarget } from "../people_rows.ts";
import { encodeText } from "../text.ts";
import type { Database } from "./database.ts";

/** An endpoint that another session had is this one's now; to count those frees it first. */
const ADD = `WITH before AS (
    DELETE FROM pushes WHERE endpoint = $2 AND session <> $1 RETURNING session
  )
  INSERT INTO pushes (session, account, endpoint, p256dh, auth, created_at)
  SELECT hash, account, $2, $3, $4, $5 FROM sessions
  WHERE hash = $1 AND (SELECT count(*) FROM before) >= 0
  ON CONFLICT (session) DO UPDATE SET endpoint = excluded.endpoint, p256dh = excluded.p256dh,
    auth = excluded.auth, created_at = excluded.created_at`;

/** Where devices can be told something. They end with their sessions, by the schema. */
export class Pushes {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async add(session: string, push: PushSubscription, at: number): Promise<void> {
    const { endpoint, p256dh, auth } = push;
    await this.#db.run(ADD, [session, encodeText(endpoint), p256dh, auth, at]);
  }

  async has(session: string): Promise<boolean> {
    return (await this.#db.run("SELECT 1 FROM pushes WHERE session = $1", [session])).length > 0;
  }

  async end(session: string): Promise<void> {
    await this.#db.run("DELETE FROM pushes WHERE session = $1", [session]);
  }

  async remove(endpoint: string): Promise<void> {
    await this.#db.run("DELETE FROM pushes WHERE endpoint = $1", [encodeText(endpoint)]);
  }

  async targets(room: number): Promise<readonly PushTarget[]> {
    const rows = await this.#db.run(
      `${SELECT_PUSH_TARGETS} WHERE r.id = $1 AND m.level IS DISTINCT FROM 'none'
       ORDER BY p.session COLLATE "C"`,
      [room],
    );
    return rows.map(toPushTarget);
  }
}
