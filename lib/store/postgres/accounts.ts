import type { Role } from "../../protocol.ts";
import type { NewAccount } from "../people.ts";
import { accountColumns, type Row, textOrNull, toAccount } from "../rows.ts";
import type { Account } from "../store.ts";
import { encodeFolded, encodeText } from "../text.ts";
import type { Database } from "./database.ts";

const SELECT = `SELECT ${accountColumns("a")} FROM accounts a`;
const NAMED = "a.folded IS NOT NULL";

const CREATE = `INSERT INTO accounts (name, folded, skeleton, role, password, created_at)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id, name, role`;

/**
 * Takes hold of the invitation, makes the account, and uses the one if there is the other: of those
 * who come at once each sees what the one before has left. One row, without an account where the
 * name is taken; none without an invitation.
 */
const REDEEM = `WITH invite AS (
    SELECT id FROM invites WHERE hash = $7 AND (expires_at IS NULL OR expires_at > $6) FOR UPDATE
  ), made AS (
    INSERT INTO accounts (name, folded, skeleton, role, password, created_at)
    SELECT $1, $2, $3, $4, $5, $6 FROM invite ON CONFLICT DO NOTHING RETURNING id, name, role
  ), used AS (
    UPDATE invites i SET uses_left = i.uses_left - 1 FROM invite, made WHERE i.id = invite.id
  )
  SELECT made.id, made.name, made.role FROM invite LEFT JOIN made ON true`;

/** Who has an account, and what they are. */
export class Accounts {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(account: NewAccount): Promise<Account | "name_taken" | "bad_invite"> {
    const { name, skeleton, role, password, at, invite } = account;
    const values = [encodeText(name), encodeFolded(name), encodeText(skeleton), role, password, at];
    const [row] = invite === null
      ? await this.#db.run(CREATE, values)
      : await this.#db.run(REDEEM, [...values, invite]);
    if (row === undefined) return invite === null ? "name_taken" : "bad_invite";
    return row.id === null ? "name_taken" : toAccount(row);
  }

  async find(name: string): Promise<Account | null> {
    const [row] = await this.#db.run(`${SELECT} WHERE a.folded = $1`, [encodeFolded(name)]);
    return accountOrNull(row);
  }

  async byId(id: number): Promise<Account | null> {
    const [row] = await this.#db.run(`${SELECT} WHERE a.id = $1`, [id]);
    return accountOrNull(row);
  }

  async ofRole(role: Role): Promise<readonly Account[]> {
    const rows = await this.#db.run(`${SELECT} WHERE a.role = $1 AND ${NAMED} ORDER BY a.folded`, [
      role,
    ]);
    return rows.map((row) => toAccount(row));
  }

  async hasOwner(): Promise<boolean> {
    const rows = await this.#db.run(`${SELECT} WHERE a.role = 'owner' AND ${NAMED} LIMIT 1`);
    return rows.length > 0;
  }

  async setRole(account: number, role: Role): Promise<void> {
    await this.#db.run("UPDATE accounts SET role = $2 WHERE id = $1", [account, role]);
  }

  async passwordOf(account: number): Promise<string | null> {
    const [row] = await this.#db.run("SELECT password FROM accounts WHERE id = $1", [account]);
    return row === undefined ? null : textOrNull(row, "password");
  }

  async setPassword(account: number, hash: string): Promise<void> {
    await this.#db.run("UPDATE accounts SET password = $2 WHERE id = $1", [account, hash]);
  }
}

function accountOrNull(row: Row | undefined): Account | null {
  return row === undefined ? null : toAccount(row);
}
