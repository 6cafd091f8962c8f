import type { DatabaseSync } from "node:sqlite";
import type { Role } from "../../protocol/frames.ts";
import { BOT_MAKERS, INVITERS, RANKS } from "../../protocol/roles.ts";
import type { Revoked } from "../people.ts";
import { accountColumns, oneOf, ROLES, toAccount } from "../sql/rows.ts";

/** Revokes what an account granted and may no longer grant. Part of other transactions. */
export class Revocations {
  readonly #roleOf;
  readonly #otherOwner;
  readonly #setRole;
  readonly #endInvites;
  readonly #endTickets;
  readonly #bots;
  readonly #endBots;

  constructor(db: DatabaseSync) {
    this.#roleOf = db.prepare("SELECT role FROM accounts WHERE id = ?");
    this.#otherOwner = db.prepare(
      `SELECT 1 FROM accounts
       WHERE role = 'owner' AND folded IS NOT NULL AND deactivated_at IS NULL AND id <> ? LIMIT 1`,
    );
    this.#setRole = db.prepare("UPDATE accounts SET role = ? WHERE id = ?");
    this.#endInvites = db.prepare("DELETE FROM invites WHERE creator = ?");
    this.#endTickets = db.prepare("DELETE FROM tickets WHERE account = ?");
    this.#bots = db.prepare(
      `SELECT ${accountColumns("a")} FROM accounts a
       WHERE a.creator = ? AND a.folded IS NOT NULL
         AND EXISTS (SELECT 1 FROM sessions s WHERE s.account = a.id) ORDER BY a.id`,
    );
    this.#endBots = db.prepare(
      "DELETE FROM sessions WHERE account IN (SELECT id FROM accounts WHERE creator = ?)",
    );
  }

  /** Changes an account's role, and revokes what the previous role allowed. */
  setRole(account: number, role: Role): Revoked | "last_owner" {
    const before = this.#roleOf.get(account);
    if (before === undefined) return { bots: [] };
    const old = oneOf(ROLES, before, "role");
    const abdicates = old === "owner" && role !== "owner";
    if (abdicates && this.#otherOwner.get(account) === undefined) return "last_owner";
    this.#setRole.run(role, account);
    if (RANKS[role] < RANKS[old]) this.#endTickets.run(account);
    return this.#end(account, role);
  }

  /** Revokes everything that a deactivated account granted. It keeps its role. */
  deactivate(account: number): Revoked | "last_owner" {
    const before = this.#roleOf.get(account);
    const isOwner = before !== undefined && oneOf(ROLES, before, "role") === "owner";
    if (isOwner && this.#otherOwner.get(account) === undefined) return "last_owner";
    this.#endTickets.run(account);
    return this.#end(account, "guest");
  }

  /** Revokes everything that a banned account granted. An owner becomes a member. */
  ban(account: number): Revoked | "last_owner" {
    const before = this.#roleOf.get(account);
    if (before !== undefined && oneOf(ROLES, before, "role") === "owner") {
      return this.setRole(account, "member");
    }
    this.#endTickets.run(account);
    return this.#end(account, "guest");
  }

  #end(account: number, role: Role): Revoked {
    if (!INVITERS.includes(role)) this.#endInvites.run(account);
    return BOT_MAKERS.includes(role) ? { bots: [] } : this.endBots(account);
  }

  /** Ends the tokens of the bots that an account made. */
  endBots(account: number): Revoked {
    const bots = this.#bots.all(account).map((row) => toAccount(row));
    this.#endBots.run(account);
    return { bots };
  }
}
