import type { Ticket } from "../people.ts";
import { toTicket } from "../sql/people_rows.ts";
import { encodeText } from "../sql/text.ts";
import type { Database } from "./database.ts";

const PUT = `WITH expired AS (DELETE FROM tickets WHERE expires_at <= $6),
    replaced AS (DELETE FROM tickets WHERE account = $3 AND kind = 'sign_in' AND $2 = 'sign_in')
  INSERT INTO tickets (hash, kind, account, data, expires_at) VALUES ($1, $2, $3, $4, $5)`;

/** Deleting redeems the ticket: of two concurrent calls, one finds nothing. */
const TAKE = `DELETE FROM tickets WHERE hash = $1 AND kind = $2 AND expires_at > $3
  RETURNING hash, kind, account, data, expires_at`;

/** One-time tickets. */
export class PostgresTickets {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async put(ticket: Ticket, at: number): Promise<void> {
    const { hash, kind, account, data, expiresAt } = ticket;
    await this.#db.run(PUT, [hash, kind, account, encodeText(data), expiresAt, at]);
  }

  async take(hash: string, kind: Ticket["kind"], at: number): Promise<Ticket | null> {
    const [row] = await this.#db.run(TAKE, [hash, kind, at]);
    return row === undefined ? null : toTicket(row);
  }
}
