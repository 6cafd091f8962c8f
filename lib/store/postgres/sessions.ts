import type { SessionRecord } from "../people.ts";
import { SELECT_SESSIONS, toSession } from "../people_rows.ts";
import { storedText } from "../rows.ts";
import { SEEN_PRECISION } from "../sessions.ts";
import { encodeText } from "../text.ts";
import type { Database } from "./database.ts";

const FIND = `${SELECT_SESSIONS}
  WHERE s.hash = $1 AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.account = a.id)`;

/** What proves to be whom, on which device. */
export class Sessions {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(
    session: { hash: string; account: number; label: string; at: number },
  ): Promise<void> {
    const { hash, account, label, at } = session;
    await this.#db.run(
      "INSERT INTO sessions (hash, account, label, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)",
      [hash, account, encodeText(label), at],
    );
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
