import type { InviteRecord, NewInvite } from "../people.ts";
import { SELECT_INVITES, toInvite } from "../sql/people_rows.ts";
import { int } from "../sql/rows.ts";
import type { Database } from "./database.ts";
import { INVITER_ROLES } from "./revocations.ts";

const LASTING = "(expires_at IS NULL OR expires_at > $1)";

/** An owner's invitation replaces the previous one; expired ones are deleted as well. */
const CREATE = `WITH dropped AS (
    DELETE FROM invites WHERE expires_at <= $5 OR role = 'owner' AND $2 = 'owner'
  )
  INSERT INTO invites (hash, role, room, creator, created_at, expires_at, uses_left)
  VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`;

/** Created while the account's row is locked: a concurrent demotion waits, and then revokes it. */
const GRANT = `WITH dropped AS (DELETE FROM invites WHERE expires_at <= $5), room AS (
    SELECT m.room FROM members m WHERE m.room = $3::bigint AND m.account = $4 FOR UPDATE
  )
  INSERT INTO invites (hash, role, room, creator, created_at, expires_at, uses_left)
  SELECT $1, $2, $3::bigint, $4, $5, $6, $7
  WHERE ($3::bigint IS NULL OR EXISTS (SELECT 1 FROM room)) AND holds_power($4, ${INVITER_ROLES})
  RETURNING id`;

/** Invitations. A trigger deletes those that are used up. */
export class PostgresInvites {
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

  async grant(invite: NewInvite & { readonly creator: number }): Promise<InviteRecord | null> {
    const { hash, role, room, creator, at, expiresAt, uses } = invite;
    const [made] = await this.#db.run(GRANT, [hash, role, room, creator, at, expiresAt, uses]);
    return made === undefined ? null : await this.byId(int(made, "id"));
  }

  async byId(id: number): Promise<InviteRecord | null> {
    const [row] = await this.#db.run(`${SELECT_INVITES} WHERE i.id = $1`, [id]);
    return row === undefined ? null : toInvite(row);
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
    // Subtracting one leaves an unlimited invitation (NULL) unlimited.
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
