import type { DatabaseSync } from "node:sqlite";
import type { Ticket } from "../people.ts";
import { encodeText } from "../sql/text.ts";
import { toTicket } from "../sql/people_rows.ts";
import type { Transaction } from "./transaction.ts";

/** One-time tickets. */
export class SqliteTickets {
  readonly #transaction: Transaction;
  readonly #put;
  readonly #take;
  readonly #dropExpired;
  readonly #dropLinks;

  constructor(db: DatabaseSync, transaction: Transaction) {
    this.#transaction = transaction;
    this.#put = db.prepare(
      "INSERT INTO tickets (hash, kind, account, data, expires_at) VALUES (?, ?, ?, ?, ?)",
    );
    // Deleting redeems the ticket: of two concurrent calls, one finds nothing.
    this.#take = db.prepare(
      `DELETE FROM tickets WHERE hash = ? AND kind = ? AND expires_at > ?
       RETURNING hash, kind, account, data, expires_at`,
    );
    this.#dropLinks = db.prepare("DELETE FROM tickets WHERE account = ? AND kind = 'sign_in'");
    this.#dropExpired = db.prepare("DELETE FROM tickets WHERE expires_at <= ?");
  }

  put(ticket: Ticket, at: number): void {
    const { hash, kind, account, data, expiresAt } = ticket;
    this.#transaction(() => {
      this.#dropExpired.run(at);
      if (kind === "sign_in") this.#dropLinks.run(account);
      this.#put.run(hash, kind, account, encodeText(data), expiresAt);
    });
  }

  take(hash: string, kind: Ticket["kind"], at: number): Ticket | null {
    const row = this.#take.get(hash, kind, at);
    return row === undefined ? null : toTicket(row);
  }
}
