import type { Ban, NewBan, Revoked } from "../people.ts";
import { SELECT_BANS, toBan } from "../sql/people_rows.ts";
import { encodeText } from "../sql/text.ts";
import type { Database } from "./database.ts";
import { demotion, REVOKED, toRevoked } from "./revocations.ts";

/** Repeating a ban replaces its reason. */
const BAN_ADDRESS = `WITH replaced AS (
    DELETE FROM bans WHERE address = $1 AND account IS NULL
  )
  INSERT INTO bans (address, reason, at) VALUES ($1, $2, $3)`;

/** An owner becomes a member; every other role loses the grants that a guest could not make. */
const BAN = `WITH revoked AS (
    SELECT d.* FROM accounts a JOIN LATERAL ${
  demotion({
    ...{ account: "a.id", next: "CASE a.role WHEN 'owner' THEN 'member' ELSE a.role END" },
    ...{ standing: "'guest'", falls: "true" },
  })
} d ON true WHERE a.id = $1
  ), changed AS (
    SELECT 1 WHERE (SELECT bool_and(done) FROM revoked)
  ), replaced AS (
    DELETE FROM bans b USING changed
    WHERE b.account = $1 AND b.address IS NOT DISTINCT FROM $2::text
  ), ended_sessions AS (
    DELETE FROM sessions s USING changed WHERE s.account = $1
  ), deleting AS (
    INSERT INTO erasures AS e (account, started_at, since)
    SELECT $1, $4::bigint, $5::bigint FROM changed WHERE $5::bigint IS NOT NULL
    ON CONFLICT (account) DO UPDATE SET since = least(e.since, excluded.since), room = 0, seq = 0,
      due_at = 0, started_at = excluded.started_at WHERE e.since IS NOT NULL
  ), banned AS (
    INSERT INTO bans (account, address, reason, at)
    SELECT $1, $2::text, $3::text, $4::bigint FROM changed
  )
  SELECT ${REVOKED} FROM revoked d LEFT JOIN accounts bot ON bot.id = d.bot`;

/** Bans. */
export class PostgresBans {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async ban(
    { account, address, reason, at, deleteSince }: NewBan,
  ): Promise<Revoked | "last_owner"> {
    const stored = address === null ? null : encodeText(address);
    if (account === null) {
      await this.#db.run(BAN_ADDRESS, [stored, encodeText(reason), at]);
      return { bots: [] };
    }
    const rows = await this.#db.run(BAN, [
      ...[account, stored, encodeText(reason), at, deleteSince ?? null],
    ]);
    return toRevoked(rows);
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
