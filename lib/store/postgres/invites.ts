import type { InviteRecord, NewInvite } from "../people.ts";
import { SELECT_INVITES, toInvite } from "../people_rows.ts";
import { int } from "../rows.ts";
import type { Database } from "./database.ts";

const LASTING = "(expires_at IS NULL OR expires_at > $1)";

/** An owner's takes the place of the one before; those that have expired go with it. */
const CREATE = `WITH dropped AS (
    DELETE FROM invites WHERE expires_at <= $5 OR role = 'owner' AND $2 = 'owner'
  )
  INSERT INTO invites (hash, role, room, creator, created_at, expires_at, uses_left)
  VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`;

/** Invitations. Those that are used up are gone by themselves: a trigger sees to it. */
export class Invites {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(invite: NewInvite): Promise<InviteRecord> {
    const { hash, role, room, creator, at, expiresAt } = invite;
    const uses = role === "owner" ? 1 : invite.uses;
    const [made] = await this.#db.run(CREATE, [hash, role, room, creator, at, expiresAt, uses]);
    const [row] = await this.#db.run(`${SELECT_INVITES} WHERE i.id = $1`, [int(made ?? {}, "id")]);
    return toInvite(row ?? {});
  }

  async find(hash: string, at: number): Promise<InviteRecord | null> {
    const [row] = await this.#db.run(`${SELECT_INVITES} WHERE i.hash = $2 AND ${LASTING}`, [
      ...[at, hash],
    ]);
    return row === undefined ? null : toInvite(row);
  }

  async hasOwners(): Promise<boolean> {
    return (await this.#db.run("SELECT 1 FROM invites WHERE role = 'owner'")).length > 0;
  }

  async redeem(hash: string, at: number): Promise<boolean> {
    // Less one is none the less without end, where there is no end (NULL).
    const rows = await this.#db.run(
      `UPDATE invites SET uses_left = uses_left - 1 WHERE hash = $2 AND ${LASTING} RETURNING id`,
      [at, hash],
    );
    return rows.length === 1;
  }

  async list(at: number): Promise<readonly InviteRecord[]> {
    const rows = await this.#db.run(
      `${SELECT_INVITES} WHERE i.role = 'member' AND ${LASTING} ORDER BY i.id DESC`,
      [at],
    );
    return rows.map(toInvite);
  }

  async revoke(id: number): Promise<boolean> {
    return (await this.#db.run("DELETE FROM invites WHERE id = $1 RETURNING id", [id])).length ===
      1;
  }
}
