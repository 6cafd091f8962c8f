import type { Quiet } from "../../protocol/quiet.ts";
import type { PushSubscription, PushTarget, QuietChange } from "../people.ts";
import {
  QUIET,
  quietColumns,
  SELECT_PUSH_TARGETS,
  SELECT_PUSHES,
  toPushSubscription,
  toPushTarget,
  toQuiet,
} from "../sql/people_rows.ts";
import { encodeText } from "../sql/text.ts";
import type { Database } from "./database.ts";

/** The endpoint moves from another session to this one; counting the deletion runs it first. */
const ADD = `WITH before AS (
    DELETE FROM pushes WHERE endpoint = $2 AND session <> $1 RETURNING session
  )
  INSERT INTO pushes (session, account, endpoint, p256dh, auth, created_at)
  SELECT hash, account, $2, $3, $4, $5 FROM sessions
  WHERE hash = $1 AND (SELECT count(*) FROM before) >= 0
  ON CONFLICT (session) DO UPDATE SET endpoint = excluded.endpoint, p256dh = excluded.p256dh,
    auth = excluded.auth, created_at = excluded.created_at`;

/** Push subscriptions. The schema deletes them with their sessions. */
export class PostgresPushes {
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

  async quietOf(account: number): Promise<Quiet> {
    const sql = `SELECT ${QUIET} FROM accounts a WHERE a.id = $1`;
    const [row] = await this.#db.run(sql, [account]);
    return row === undefined ? {} : toQuiet(row);
  }

  async setQuiet(account: number, change: QuietChange): Promise<Quiet> {
    const columns = quietColumns(change);
    if (columns.length === 0) return await this.quietOf(account);
    const set = columns.map(([column], index) => `${column} = $${index + 2}`).join(", ");
    const [row] = await this.#db.run(
      `UPDATE accounts a SET ${set} WHERE a.id = $1 RETURNING ${QUIET}`,
      [account, ...columns.map(([, value]) => value)],
    );
    return row === undefined ? {} : toQuiet(row);
  }

  async of(account: number): Promise<readonly PushSubscription[]> {
    const rows = await this.#db.run(`${SELECT_PUSHES} WHERE p.account = $1`, [account]);
    return rows.map(toPushSubscription);
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
