import { toAccount } from "../rows.ts";
import type { Account } from "../store.ts";
import { encodeFolded, encodeText } from "../text.ts";
import type { Database } from "./database.ts";
import type { Instance } from "./instance.ts";

/** The guests of a name share a keyring, for ever; its number is made with the first of them. */
const CREATE = `WITH ring AS (
    INSERT INTO guest_names (folded) VALUES ($2)
    ON CONFLICT (folded) DO UPDATE SET folded = excluded.folded RETURNING -id AS keyring
  )
  INSERT INTO accounts (name, folded, skeleton, role, keyring, instance, created_at)
  SELECT $1, $2, $3, 'guest', keyring, $4, $5 FROM ring
  ON CONFLICT DO NOTHING RETURNING id, name, role`;

/** Takes the names from accounts, and them from everywhere but from what was said. */
function retirement(accounts: string): string {
  return `WITH gone AS (${accounts}),
    of_rooms AS (DELETE FROM members WHERE account IN (SELECT id FROM gone)),
    of_sessions AS (DELETE FROM sessions WHERE account IN (SELECT id FROM gone)),
    of_passkeys AS (DELETE FROM passkeys WHERE account IN (SELECT id FROM gone)),
    of_blocks AS (DELETE FROM blocks WHERE account IN (SELECT id FROM gone)),
    of_others AS (DELETE FROM blocks WHERE other IN (SELECT id FROM gone))
  UPDATE accounts SET folded = NULL, skeleton = NULL WHERE id IN (SELECT id FROM gone)`;
}

const RETIRE = retirement("SELECT $1::bigint AS id");
const RETIRE_LEFT = retirement(
  `SELECT id FROM accounts WHERE role = 'guest' AND folded IS NOT NULL
     AND instance NOT IN (SELECT i.id FROM instances i)`,
);

/** Those who have a name for a while: how they come, and how it is taken from them again. */
export class Guests {
  readonly #db: Database;
  readonly #instance: Instance;

  constructor(db: Database, instance: Instance) {
    this.#db = db;
    this.#instance = instance;
  }

  async create(
    guest: { name: string; skeleton: string; at: number },
  ): Promise<Account | "name_taken"> {
    const { name, skeleton, at } = guest;
    const [row] = await this.#db.run(CREATE, [
      ...[encodeText(name), encodeFolded(name), encodeText(skeleton)],
      ...[this.#instance.id, at],
    ]);
    return row === undefined ? "name_taken" : toAccount(row);
  }

  async retire(account: number): Promise<void> {
    await this.#db.run(RETIRE, [account]);
  }

  /** Retires the guests of instances that are no more. */
  async retireLeft(): Promise<void> {
    await this.#instance.forgetSilent();
    await this.#db.run(RETIRE_LEFT);
  }
}
