import type { NewPasskey, PasskeyRecord } from "../people.ts";
import { SELECT_PASSKEYS, toPasskey } from "../sql/people_rows.ts";
import { encodeText } from "../sql/text.ts";
import type { Database } from "./database.ts";

const ADD = `INSERT INTO passkeys
    (id, account, public_key, counter, transports, label, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id`;

/**
 * Holds the session's lock: a concurrent end of the session waits, and then removes the passkey.
 */
const ADD_BY = `WITH session AS (
    SELECT s.hash FROM sessions s WHERE s.hash = $8 AND s.account = $2 FOR UPDATE
  )
  INSERT INTO passkeys (id, account, public_key, counter, transports, label, created_at)
  SELECT $1, $2, $3, $4, $5, $6, $7 FROM session ON CONFLICT (id) DO NOTHING RETURNING id`;

/** Passkeys. */
export class PostgresPasskeys {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async add(passkey: NewPasskey): Promise<boolean> {
    const { id, account, publicKey, counter, createdAt, session } = passkey;
    const transports = encodeText(JSON.stringify(passkey.transports));
    const label = encodeText(passkey.label);
    const values = [id, account, publicKey, counter, transports, label, createdAt];
    const rows = session === undefined
      ? await this.#db.run(ADD, values)
      : await this.#db.run(ADD_BY, [...values, session]);
    return rows.length === 1;
  }

  async find(id: string): Promise<PasskeyRecord | null> {
    const [row] = await this.#db.run(`${SELECT_PASSKEYS} WHERE p.id = $1`, [id]);
    return row === undefined ? null : toPasskey(row);
  }

  async setCounter(id: string, counter: number): Promise<void> {
    await this.#db.run("UPDATE passkeys SET counter = $2 WHERE id = $1", [id, counter]);
  }

  async of(account: number): Promise<readonly PasskeyRecord[]> {
    const rows = await this.#db.run(
      `${SELECT_PASSKEYS} WHERE p.account = $1 ORDER BY p.created_at, p.number`,
      [account],
    );
    return rows.map(toPasskey);
  }

  async remove(account: number, id: string): Promise<boolean> {
    const rows = await this.#db.run(
      "DELETE FROM passkeys WHERE id = $1 AND account = $2 RETURNING id",
      [id, account],
    );
    return rows.length === 1;
  }
}
