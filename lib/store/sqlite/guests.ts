import type { DatabaseSync } from "node:sqlite";
import { type Departure, SETTLE_MS } from "../departures.ts";
import type { Account } from "../records.ts";
import { encodeFolded, encodeText } from "../sql/text.ts";
import type { IdempotencyKeys } from "./idempotency_keys.ts";
import { isReserved, reservedStatement } from "./reserved_names.ts";
import { RETURNED_ACCOUNT, toAccount } from "../sql/rows.ts";
import type { Transaction } from "./transaction.ts";

/** The references to an account, except in the log: a table and its column. */
const TRACES: readonly (readonly [table: string, column: string])[] = [
  ["members", "account"],
  ["sessions", "account"],
  ["passkeys", "account"],
  ["provider_accounts", "account"],
  ["blocks", "account"],
  ["blocks", "other"],
  ["invitations", "account"],
];

/** Guests: creates and retires them. */
export class SqliteGuests {
  readonly #transaction: Transaction;
  readonly #idempotencyKeys: IdempotencyKeys;
  readonly #taken;
  readonly #reserved;
  readonly #create;
  readonly #depart;
  readonly #departAll;
  readonly #retire;
  readonly #retireAll;

  constructor(db: DatabaseSync, transaction: Transaction, idempotencyKeys: IdempotencyKeys) {
    this.#transaction = transaction;
    this.#idempotencyKeys = idempotencyKeys;
    this.#taken = db.prepare("SELECT 1 FROM accounts WHERE folded = ? OR skeleton = ?");
    this.#reserved = reservedStatement(db);
    this.#create = db.prepare(
      `INSERT INTO accounts (name, folded, skeleton, role, key_space, created_at)
       VALUES (?, ?, ?, 'guest', ?, ?) RETURNING ${RETURNED_ACCOUNT}`,
    );
    this.#depart = db.prepare(
      `UPDATE accounts SET left_at = :at, ends_at = :at + :settled, traces = :traces
       WHERE id = :account AND role = 'guest' AND folded IS NOT NULL`,
    );
    this.#departAll = db.prepare(
      `UPDATE accounts SET left_at = unixepoch() * 1000, ends_at = 0
       WHERE role = 'guest' AND folded IS NOT NULL`,
    );
    this.#retire = retirement(db, "SELECT ?");
    this.#retireAll = retirement(
      db,
      "SELECT id FROM accounts WHERE role = 'guest' AND folded IS NOT NULL",
    );
  }

  create(guest: { name: string; skeleton: string; at: number }): Account | "name_taken" {
    const { name, at } = guest;
    const [folded, skeleton] = [encodeFolded(name), encodeText(guest.skeleton)];
    return this.#transaction(() => {
      if (this.#taken.get(folded, skeleton) !== undefined) return "name_taken";
      if (isReserved(this.#reserved, { folded, skeleton, at })) return "name_taken";
      const keySpace = this.#idempotencyKeys.ofGuestName(name);
      return toAccount(this.#create.get(encodeText(name), folded, skeleton, keySpace, at) ?? {});
    });
  }

  retire(account: number, departure: Departure | null = null): void {
    this.#transaction(() => {
      // Before the name is freed: a guest without a name was retired before.
      if (departure !== null) this.#depart.run({ account, ...departure, settled: SETTLE_MS });
      for (const statement of this.#retire) statement.run(account);
    });
  }

  retireAll(): void {
    this.#transaction(() => {
      this.#departAll.run();
      for (const statement of this.#retireAll) statement.run();
    });
  }
}

/**
 * The statements that remove the accounts' references and free their names; the names come last.
 */
function retirement(db: DatabaseSync, accounts: string) {
  return [
    ...TRACES.map(([table, column]) => `DELETE FROM ${table} WHERE ${column} IN (${accounts})`),
    `UPDATE accounts SET folded = NULL, skeleton = NULL WHERE id IN (${accounts})`,
  ].map((sql) => db.prepare(sql));
}
