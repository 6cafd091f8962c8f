import type { DatabaseSync } from "node:sqlite";
import type { InviteRecord, NewInvite } from "../people.ts";
import { SELECT_INVITES, toInvite } from "../people_rows.ts";
import { int } from "../rows.ts";
import type { Transaction } from "./transaction.ts";

/** Invitations. Those that are used up are gone by themselves: a trigger sees to it. */
export class Invites {
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
    // Less one is none the less without end, where there is no end (NULL).
    this.#redeem = db.prepare(
      `UPDATE invites SET uses_left = uses_left - 1 WHERE hash = ? AND ${lasting}`,
    );
    this.#list = db.prepare(
      `${SELECT_INVITES} WHERE i.role = 'member' AND ${lasting} ORDER BY i.id DESC`,
    );
    this.#revoke = db.prepare("DELETE FROM invites WHERE id = ?");
  }

  create(invite: NewInvite): InviteRecord {
    const { hash, role, room, creator, at, expiresAt } = invite;
    const uses = role === "owner" ? 1 : invite.uses;
    return this.#transaction(() => {
      this.#dropExpired.run(at);
      if (role === "owner") this.#dropOwners.run();
      const row = this.#insert.get(hash, role, room, creator, at, expiresAt, uses);
      return toInvite(this.#byId.get(int(row ?? {}, "id")) ?? {});
    });
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
