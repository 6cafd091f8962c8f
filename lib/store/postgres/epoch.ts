import { storedText, textOrNull } from "../sql/rows.ts";
import type { Database } from "./database.ts";

/** The log's epoch, and the database that it was made in. */
const READ = `SELECT e.value AS epoch,
    (SELECT i.value FROM meta i WHERE i.name = 'identity') AS identity
  FROM meta e WHERE e.name = 'epoch'`;

/**
 * Identifies a database and one course of its history: a restored dump has tables with other ids,
 * another server has another system identifier, and each failover or point-in-time recovery starts
 * a new timeline.
 */
const IDENTITY = [
  `SELECT (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) || '.' ||
    'meta'::regclass::oid AS value`,
  "SELECT system_identifier::text AS value FROM pg_control_system()",
  "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) AS value",
] as const;

/** PostgreSQL's error codes if a server does not answer, or refuses this user. */
const UNTOLD: readonly string[] = ["42501", "42883", "0A000", "55000"];

/** Of several instances that notice the change, only one renews the epoch. */
const RENEW = `UPDATE meta SET value = $2 WHERE name = 'epoch' AND value = $1`;

/** Like `RENEW`, if the epoch was made in another database. */
const MOVE = `WITH moved AS (
    UPDATE meta SET value = $3 WHERE name = 'identity' AND value = $4 RETURNING name
  )
  UPDATE meta SET value = $2 WHERE name = 'epoch' AND value = $1 AND EXISTS (SELECT FROM moved)`;

const KEEP = `INSERT INTO meta (name, value) VALUES ('identity', $1) ON CONFLICT (name) DO NOTHING`;

/** The log's epoch. It changes when the log may have been rolled back. */
export class Epoch {
  readonly #db: Database;
  #current: string;

  /** @param current The current epoch. */
  constructor(db: Database, current: string) {
    this.#db = db;
    this.#current = current;
  }

  /** The epoch, as last read by this instance. */
  get current(): string {
    return this.#current;
  }

  /** Reads the epoch again, and renews it if it was made in another database. */
  async check(): Promise<string> {
    const present = await this.#identity();
    const { epoch, identity } = await this.#read();
    if (identity === present) return this.#current = epoch;
    if (identity === null) await this.#db.run(KEEP, [present]);
    else await this.#db.run(MOVE, [epoch, crypto.randomUUID(), present, identity]);
    return this.#current = (await this.#read()).epoch;
  }

  /** Renews the epoch, unless another instance has. */
  async renew(): Promise<string> {
    await this.#db.run(RENEW, [this.#current, crypto.randomUUID()]);
    return this.#current = (await this.#read()).epoch;
  }

  async #read(): Promise<{ readonly epoch: string; readonly identity: string | null }> {
    const [row = {}] = await this.#db.run(READ);
    return { epoch: storedText(row, "epoch"), identity: textOrNull(row, "identity") };
  }

  async #identity(): Promise<string> {
    const parts = await Promise.all(IDENTITY.map((sql) => this.#part(sql)));
    return parts.join(" ");
  }

  async #part(sql: string): Promise<string> {
    try {
      const [row = {}] = await this.#db.run(sql);
      return storedText(row, "value");
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (UNTOLD.includes(code)) return "-";
      throw error;
    }
  }
}
