import type { DatabaseSync } from "node:sqlite";
import type { InviteRecord, NewInvite } from "../people.ts";
import { SELECT_INVITES, toInvite } from "../sql/people_rows.ts";
import { INVITERS } from "../../protocol/roles.ts";
import { int, maySignIn, oneOf, ROLES } from "../sql/rows.ts";
import type { Transaction } from "./transaction.ts";

/** Invitations. A trigger deletes those that are used up. */
export class SqliteInvites {
  readonly #transaction: Transaction;
  readonly #insert;
  readonly #dropExpired;
  readonly #dropOwners;
  readonly #byId;
  readonly #byHash;
  readonly #owners;
  readonly #redeem;
  readonly #list;
  readonly #revoke;
  readonly #mayGrant;

  constructor(db: DatabaseSync, transaction: Transaction) {
    this.#transaction = transaction;
    this.#insert = db.prepare(
      `INSERT INTO invites (hash, role, room, creator, created_at, expires_at, uses_left)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    );
    this.#dropExpired = db.prepare("DELETE FROM invites WHERE expires_at <= ?");
    this.#dropOwners = db.prepare("DELETE FROM invites WHERE role = 'owner'");
    const lasting = "(expires_at IS NULL OR expires_at > ?)";
    this.#byId = db.prepare(`${SELECT_INVITES} WHERE i.id = ?`);
    this.#byHash = db.prepare(`${SELECT_INVITES} WHERE i.hash = ? AND ${lasting}`);
    this.#owners = db.prepare("SELECT 1 FROM invites WHERE role = 'owner'");
    // Subtracting one leaves an unlimited invitation (NULL) unlimited.
    this.#redeem = db.prepare(
      `UPDATE invites SET uses_left = uses_left - 1 WHERE hash = ? AND ${lasting}`,
    );
    this.#list = db.prepare(
      `${SELECT_INVITES} WHERE i.role = 'member' AND ${lasting} ORDER BY i.id DESC`,
    );
    this.#revoke = db.prepare("DELETE FROM invites WHERE id = ?");
    this.#mayGrant = db.prepare(
      `SELECT a.role FROM accounts a WHERE a.id = :creator AND ${maySignIn("a")}
         AND (:room IS NULL
           OR EXISTS (SELECT 1 FROM members m WHERE m.room = :room AND m.account = a.id))`,
    );
  }

  grant(invite: NewInvite & { readonly creator: number }): InviteRecord | null {
    const { creator, room } = invite;
    return this.#transaction(() => {
      const row = this.#mayGrant.get({ creator, room });
      if (row === undefined || !INVITERS.includes(oneOf(ROLES, row, "role"))) return null;
      return this.#insertOne(invite);
    });
  }

  create(invite: NewInvite): InviteRecord {
    return this.#transaction(() => this.#insertOne(invite));
  }

  #insertOne(invite: NewInvite): InviteRecord {
    const { hash, role, room, creator, at, expiresAt } = invite;
    const uses = role === "owner" ? 1 : invite.uses;
    this.#dropExpired.run(at);
    if (role === "owner") this.#dropOwners.run();
    const row = this.#insert.get(hash, role, room, creator, at, expiresAt, uses);
    return toInvite(this.#byId.get(int(row ?? {}, "id")) ?? {});
  }

  byId(id: number): InviteRecord | null {
    const row = this.#byId.get(id);
    return row === undefined ? null : toInvite(row);
  }

  find(hash: string, at: number): InviteRecord | null {
    const row = this.#byHash.get(hash, at);
    return row === undefined ? null : toInvite(row);
  }

  hasOwners(): boolean {
    return this.#owners.get() !== undefined;
  }

  redeem(hash: string, at: number): boolean {
    return this.#redeem.run(hash, at).changes === 1;
  }

  list(at: number): readonly InviteRecord[] {
    return this.#list.all(at).map(toInvite);
  }

  revoke(id: number): boolean {
    return this.#revoke.run(id).changes === 1;
  }
}
