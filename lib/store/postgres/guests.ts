import { RETURNED_ACCOUNT, toAccount } from "../sql/rows.ts";
import type { Account } from "../records.ts";
import { reservedNames } from "../sql/account_names.ts";
import { NAME_RESERVED_MS } from "../sql/room_names.ts";
import { encodeFolded, encodeText } from "../sql/text.ts";
import { type Departure, SETTLE_MS } from "../departures.ts";
import type { Database } from "./database.ts";
import type { Instance } from "./instance.ts";

/** All guests of a name share one permanent key space; the first guest of the name creates it. */
const CREATE = `WITH space AS (
    INSERT INTO guest_names (folded) VALUES ($2)
    ON CONFLICT (folded) DO UPDATE SET folded = excluded.folded RETURNING -id AS key_space
  )
  INSERT INTO accounts (name, folded, skeleton, role, key_space, instance, created_at)
  SELECT $1, $2, $3, 'guest', key_space, $4, $5::bigint FROM space WHERE NOT EXISTS (${
  reservedNames({ folded: "$2", skeleton: "$3", since: `$5::bigint - ${NAME_RESERVED_MS}` })
})
  ON CONFLICT DO NOTHING RETURNING ${RETURNED_ACCOUNT}`;

/** Frees the accounts' names, and removes the accounts from every table except the log. */
function retirement(accounts: string, departure: string): string {
  return `WITH gone AS (${accounts}),
    of_rooms AS (DELETE FROM members WHERE account IN (SELECT id FROM gone)),
    of_sessions AS (DELETE FROM sessions WHERE account IN (SELECT id FROM gone)),
    of_passkeys AS (DELETE FROM passkeys WHERE account IN (SELECT id FROM gone)),
    of_links AS (DELETE FROM provider_accounts WHERE account IN (SELECT id FROM gone)),
    of_blocks AS (DELETE FROM blocks WHERE account IN (SELECT id FROM gone)),
    of_others AS (DELETE FROM blocks WHERE other IN (SELECT id FROM gone)),
    of_invitations AS (DELETE FROM invitations WHERE account IN (SELECT id FROM gone))
  UPDATE accounts SET folded = NULL, skeleton = NULL, ${departure} WHERE id IN (SELECT id FROM gone)`;
}

const RETIRE = retirement(
  "SELECT $1::bigint AS id",
  `left_at = CASE WHEN role = 'guest' AND folded IS NOT NULL THEN $2::bigint ELSE left_at END,
   ends_at = CASE WHEN role = 'guest' AND folded IS NOT NULL
     THEN $2::bigint + ${SETTLE_MS} ELSE ends_at END,
   traces = CASE WHEN role = 'guest' AND folded IS NOT NULL THEN $3::bigint ELSE traces END`,
);
const RETIRE_LEFT = retirement(
  `SELECT id FROM accounts WHERE role = 'guest' AND folded IS NOT NULL
     AND instance NOT IN (SELECT i.id FROM instances i)`,
  `left_at = extract(epoch FROM now())::bigint * 1000,
   ends_at = extract(epoch FROM now())::bigint * 1000 + ${SETTLE_MS}`,
);

/** Guests: creates and retires them. */
export class PostgresGuests {
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

  async retire(account: number, departure: Departure | null = null): Promise<void> {
    const { at = null, traces = null } = departure ?? {};
    await this.#db.run(RETIRE, [account, at, traces]);
  }

  /** Retires the guests of instances that have ended. */
  async retireLeft(): Promise<void> {
    await this.#instance.forgetOthers();
    await this.#db.run(RETIRE_LEFT);
  }
}
