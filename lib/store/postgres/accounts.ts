import type { Role } from "../../protocol/frames.ts";
import type {
  AccountUse,
  NewAccount,
  PasswordChange,
  PasswordChanged,
  Revoked,
} from "../people.ts";
import { RANKS } from "../../protocol/roles.ts";
import {
  accountColumns,
  RETURNED_ACCOUNT,
  ROLES,
  type Row,
  storedText,
  text,
  textOrNull,
  toAccount,
} from "../sql/rows.ts";
import type { NamePage } from "../../util/name_index.ts";
import type { Account } from "../records.ts";
import { SELECT_USE, toUse } from "../sql/people_rows.ts";
import { bindPage } from "../sql/name_page.ts";
import { reservedNames, reservedSince, thatHad } from "../sql/account_names.ts";
import { NAME_RESERVED_MS } from "../sql/room_names.ts";
import { encodeFolded, encodeText } from "../sql/text.ts";
import { arrayOf, type Database, isTaken } from "./database.ts";
import { BOT_MAKER_ROLES, demotion, REVOKED, toRevoked } from "./revocations.ts";

const SELECT = `SELECT ${accountColumns("a")} FROM accounts a`;
const NAMED = "a.folded IS NOT NULL";

/** Whether no other account gave the name up a while ago: it has been in use by nobody since. */
const UNRESERVED = `NOT EXISTS (${
  reservedNames({ folded: "$2", skeleton: "$3", since: `$6::bigint - ${NAME_RESERVED_MS}` })
})`;

const CREATE = `INSERT INTO accounts (name, folded, skeleton, role, password, created_at)
  SELECT $1, $2, $3, $4, $5, $6::bigint WHERE ${UNRESERVED} ON CONFLICT DO NOTHING RETURNING ${RETURNED_ACCOUNT}`;

/**
 * Locks the invitation, creates the account and uses the invitation in one statement; concurrent
 * calls see each other's results. Returns one row, without an account if the name is taken; no row
 * without a valid invitation.
 */
const REDEEM = `WITH invite AS (
    SELECT id FROM invites WHERE hash = $7 AND (expires_at IS NULL OR expires_at > $6) FOR UPDATE
  ), made AS (
    INSERT INTO accounts (name, folded, skeleton, role, password, created_at)
    SELECT $1, $2, $3, $4, $5, $6 FROM invite WHERE ${UNRESERVED}
    ON CONFLICT DO NOTHING RETURNING ${RETURNED_ACCOUNT}
  ), used AS (
    UPDATE invites i SET uses_left = i.uses_left - 1 FROM invite, made WHERE i.id = invite.id
  )
  SELECT ${accountColumns("made")} FROM invite LEFT JOIN made ON true`;

/** Fails if the account at the provider is linked already: see `NewAccount.linked`. */
const CREATE_LINKED = `WITH made AS (${CREATE}), linked AS (
    INSERT INTO provider_accounts SELECT $7, $8, id, $6 FROM made
  )
  SELECT ${accountColumns("made")} FROM made`;

/**
 * Creates a bot if its creator is an owner: no row otherwise, one without a bot for a taken name.
 */
const CREATE_BOT = `WITH creator AS (
    SELECT $7::bigint AS id WHERE holds_power($7::bigint, ${BOT_MAKER_ROLES})
  ), made AS (
    INSERT INTO accounts (name, folded, skeleton, role, password, created_at, creator)
    SELECT $1, $2, $3, $4, $5, $6, creator.id FROM creator WHERE ${UNRESERVED}
    ON CONFLICT DO NOTHING RETURNING ${RETURNED_ACCOUNT}
  )
  SELECT ${accountColumns("made")} FROM creator LEFT JOIN made ON true`;

/** Returns no row if another account has or had the name; the index decides a race. */
const RENAME = `WITH before AS (
    SELECT id, folded, skeleton FROM accounts WHERE id = $1 AND folded IS NOT NULL FOR UPDATE
  ), free AS (
    SELECT id FROM before WHERE NOT EXISTS (${
  reservedNames(
    { folded: "$3", skeleton: "$4", since: `$5::bigint - ${NAME_RESERVED_MS}` },
    "$1::bigint",
  )
}) AND NOT EXISTS (
      SELECT 1 FROM accounts o WHERE (o.folded = $3 OR o.skeleton = $4) AND o.id <> $1
    )
  ), kept AS (
    INSERT INTO account_names (account, folded, skeleton, at)
    SELECT before.id, folded, skeleton, $5 FROM before JOIN free ON true WHERE folded <> $3
    ON CONFLICT (account, folded) DO UPDATE SET skeleton = excluded.skeleton, at = excluded.at
  ), dropped AS (
    DELETE FROM account_names n USING free WHERE n.account = free.id AND n.folded = $3
  )
  UPDATE accounts a SET name = $2, folded = $3, skeleton = $4 FROM free WHERE a.id = free.id
  RETURNING a.id`;

/** The account keeps its role, and loses the grants that a guest could not make. */
const DEACTIVATE = `WITH revoked AS (
    SELECT d.* FROM accounts a JOIN LATERAL ${
  demotion({
    ...{ account: "a.id", next: "a.role", standing: "'guest'", falls: "true" },
  })
} d ON true WHERE a.id = $1 AND another_owner($1)
  ), changed AS (
    UPDATE accounts SET deactivated_at = $2 WHERE id = $1 AND EXISTS (SELECT 1 FROM revoked)
  ), ended_sessions AS (
    DELETE FROM sessions s WHERE s.account = $1 AND EXISTS (SELECT 1 FROM revoked)
  )
  SELECT ${REVOKED} FROM revoked d LEFT JOIN accounts bot ON bot.id = d.bot`;

/** `$3` are the roles above the new one: for those the change is a demotion. */
const SET_ROLE = `SELECT ${REVOKED}
  FROM accounts a
  JOIN LATERAL ${
  demotion({
    ...{ account: "a.id", next: "$2::text", standing: "$2::text" },
    falls: "a.role = ANY ($3::text[])",
  })
} d ON true
  LEFT JOIN accounts bot ON bot.id = d.bot
  WHERE a.id = $1`;

/** Returns a row for each bot whose tokens ended. */
const END_ACCESS = `WITH of_sessions AS (DELETE FROM sessions WHERE account = $1),
    of_tickets AS (DELETE FROM tickets WHERE account = $1),
    of_passkeys AS (DELETE FROM passkeys WHERE account = $1),
    of_links AS (DELETE FROM provider_accounts WHERE account = $1 AND NOT $2::boolean),
    of_password AS (UPDATE accounts SET password = NULL WHERE id = $1),
    of_bots AS (
      DELETE FROM sessions s USING accounts a WHERE s.account = a.id AND a.creator = $1
      RETURNING a.id
    )
  SELECT ${
  accountColumns("a")
} FROM accounts a WHERE a.id IN (SELECT id FROM of_bots) ORDER BY a.id`;

const CHANGE_PASSWORD = "SELECT * FROM change_password($1, $2, $3, $4, $5)";

/** Accounts and their roles. */
export class PostgresAccounts {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(
    account: NewAccount,
  ): Promise<Account | "name_taken" | "bad_invite" | "forbidden"> {
    const { name, skeleton, role, password, at, invite, creator, linked } = account;
    const values = [encodeText(name), encodeFolded(name), encodeText(skeleton), role, password, at];
    if (creator !== undefined) {
      const [made] = await this.#db.run(CREATE_BOT, [...values, creator]);
      if (made === undefined) return "forbidden";
      return made.id === null ? "name_taken" : toAccount(made);
    }
    if (linked !== undefined) {
      const { issuer, subject } = linked;
      const all = [...values, encodeText(issuer), encodeText(subject)];
      const [made] = await this.#db.run(CREATE_LINKED, all);
      return made === undefined ? "name_taken" : toAccount(made);
    }
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

  async thatHad(name: string, at: number): Promise<Account | null> {
    const values = [encodeFolded(name), reservedSince(at)];
    const [row] = await this.#db.run(`${SELECT} ${thatHad("$1", "$2")}`, values);
    return accountOrNull(row);
  }

  async rename(
    account: number,
    { name, skeleton, at }: {
      readonly name: string;
      readonly skeleton: string;
      readonly at: number;
    },
  ): Promise<"renamed" | "name_taken"> {
    const values = [account, encodeText(name), encodeFolded(name), encodeText(skeleton), at];
    try {
      const rows = await this.#db.run(RENAME, values);
      return rows.length === 0 ? "name_taken" : "renamed";
    } catch (error) {
      if (isTaken(error)) return "name_taken";
      throw error;
    }
  }

  async setActive(account: number, active: boolean, at: number): Promise<Revoked | "last_owner"> {
    if (active) {
      await this.#db.run("UPDATE accounts SET deactivated_at = NULL WHERE id = $1", [account]);
      return { bots: [] };
    }
    const rows = await this.#db.run(DEACTIVATE, [account, at]);
    return rows.length === 0 ? "last_owner" : toRevoked(rows);
  }

  async byId(id: number): Promise<Account | null> {
    const [row] = await this.#db.run(`${SELECT} WHERE a.id = $1`, [id]);
    return accountOrNull(row);
  }

  async byPublicId(publicId: string): Promise<Account | null> {
    const [row] = await this.#db.run(`${SELECT} WHERE a.public_id = $1 AND ${NAMED}`, [
      encodeText(publicId),
    ]);
    return accountOrNull(row);
  }

  async list(page: NamePage): Promise<readonly Account[]> {
    const { begins, after, end, limit } = bindPage(page);
    const rows = await this.#db.run(
      `${SELECT} WHERE a.folded >= $1 AND a.folded > $2 AND a.folded < $3
       ORDER BY a.folded LIMIT $4::int`,
      [begins, after, end, limit],
    );
    return rows.map((row) => toAccount(row));
  }

  async useOf(ids: readonly number[]): Promise<ReadonlyMap<number, AccountUse>> {
    const rows = await this.#db.run(`${SELECT_USE} WHERE a.id = ANY ($1::bigint[])`, [
      arrayOf(ids),
    ]);
    return toUse(rows);
  }

  async ofRole(role: Role, limit = Number.MAX_SAFE_INTEGER): Promise<readonly Account[]> {
    const rows = await this.#db.run(
      `${SELECT} WHERE a.role = $1 AND ${NAMED} ORDER BY a.folded LIMIT $2::bigint`,
      [role, limit],
    );
    return rows.map((row) => toAccount(row));
  }

  async hasOwner(): Promise<boolean> {
    const rows = await this.#db.run(`${SELECT} WHERE a.role = 'owner' AND ${NAMED} LIMIT 1`);
    return rows.length > 0;
  }

  async setRole(account: number, role: Role): Promise<Revoked | "last_owner"> {
    const higher = ROLES.filter((one) => RANKS[one] > RANKS[role]);
    return toRevoked(await this.#db.run(SET_ROLE, [account, role, arrayOf(higher)]));
  }

  async endAccess(account: number, keepsLinks = false): Promise<Revoked> {
    const rows = await this.#db.run(END_ACCESS, [account, keepsLinks]);
    return { bots: rows.map((row) => toAccount(row)) };
  }

  async changePassword(
    { account, hash, replaces, session, keepPasskey }: PasswordChange,
  ): Promise<PasswordChanged | null> {
    const values = [account, hash, replaces, session, keepPasskey];
    const rows = await this.#db.run(CHANGE_PASSWORD, values);
    if (rows.length === 0) return null;
    return {
      sessions: rows.filter((row) => row.hash !== null).map((row) => storedText(row, "hash")),
      passkeys: rows.filter((row) => row.label !== null).map((row) => text(row, "label")),
    };
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
