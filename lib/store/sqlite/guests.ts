import type { DatabaseSync } from "node:sqlite";
import type { Account } from "../store.ts";
import { encodeFolded, encodeText } from "../text.ts";
import type { Keyrings } from "./keyrings.ts";
import { toAccount } from "../rows.ts";
import type { Transaction } from "./transaction.ts";

/** Where an account stands, apart from what was said: a table, and the column that names it. */
const TRACES: readonly (readonly [table: string, column: string])[] = [
  ["members", "account"],
  ["sessions", "account"],
  ["passkeys", "account"],
  ["blocks", "account"],
  ["blocks", "other"],
];

/** Those who have a name for a while: how they come, and how it is taken from them again. */
export class Guests {
  readonly #transaction: Transaction;
  readonly #keyrings: Keyrings;
  readonly #taken;
  readonly #create;
  readonly #retire;
  readonly #retireAll;

  constructor(db: DatabaseSync, transaction: Transaction, keyrings: Keyrings) {
    this.#transaction = transaction;
    this.#keyrings = keyrings;
    this.#taken = db.prepare("SELECT 1 FROM accounts WHERE folded = ? OR skeleton = ?");
    this.#create = db.prepare(
      `INSERT INTO accounts (name, folded, skeleton, role, keyring, created_at)
       VALUES (?, ?, ?, 'guest', ?, ?) RETURNING id, name, role`,
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
      const keyring = this.#keyrings.ofGuestName(name);
      return toAccount(this.#create.get(encodeText(name), folded, skeleton, keyring, at) ?? {});
    });
  }

  retire(account: number): void {
    this.#transaction(() => {
      for (const statement of this.#retire) statement.run(account);
    });
  }

  retireAll(): void {
    this.#transaction(() => {
      for (const statement of this.#retireAll) statement.run();
    });
  }
}

/** What takes the names from accounts, and them from everywhere; the names come last. */
function retirement(db: DatabaseSync, accounts: string) {
  return [
    ...TRACES.map(([table, column]) => `DELETE FROM ${table} WHERE ${column} IN (${accounts})`),
    `UPDATE accounts SET folded = NULL, skeleton = NULL WHERE id IN (${accounts})`,
  ].map((sql) => db.prepare(sql));
}
