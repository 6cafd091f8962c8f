import type { Ban, NewBan } from "../people.ts";
import { SELECT_BANS, toBan } from "../people_rows.ts";
import { encodeText } from "../text.ts";
import type { Database } from "./database.ts";

/** The same ban again is a ban for another reason. */
const BAN = `WITH before AS (
    DELETE FROM bans
    WHERE (account = $1 OR address = $2)
      AND account IS NOT DISTINCT FROM $1::bigint AND address IS NOT DISTINCT FROM $2::text
  ), sessions_of AS (
    DELETE FROM sessions WHERE account = $1
  )
  INSERT INTO bans (account, address, reason, at) VALUES ($1, $2, $3, $4)`;

/** Who may not come in. */
export class Bans {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async ban({ account, address, reason, at }: NewBan): Promise<void> {
    const stored = address === null ? null : encodeText(address);
    await this.#db.run(BAN, [account, stored, encodeText(reason), at]);
  }

  async unban(account: number): Promise<boolean> {
    const rows = await this.#db.run("DELETE FROM bans WHERE account = $1 RETURNING id", [account]);
    return rows.length > 0;
  }

  async list(): Promise<readonly Ban[]> {
    return (await this.#db.run(SELECT_BANS)).map(toBan);
  }

  async isBanned(account: number): Promise<boolean> {
    const rows = await this.#db.run("SELECT 1 FROM bans WHERE account = $1 LIMIT 1", [account]);
    return rows.length > 0;
  }

  async isBannedAddress(address: string): Promise<boolean> {
    const rows = await this.#db.run("SELECT 1 FROM bans WHERE address = $1 LIMIT 1", [
      encodeText(address),
    ]);
    return rows.length > 0;
  }
}
