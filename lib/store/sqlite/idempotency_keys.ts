import type { DatabaseSync } from "node:sqlite";
import type { Account, Append } from "../records.ts";
import { encodeFolded, encodeText } from "../sql/text.ts";
import { int } from "../sql/rows.ts";

/** The idempotency key of an append, as it is stored: it makes a repeated append recognizable. */
export interface StoredKey {
  /** The number of the key space: the sender's own, or that of the guests of the sender's name. */
  readonly keySpace: number;
  readonly stored: string;
}

/**
 * Finds the key space of a sender: the space in which an idempotency key is unique within a room.
 * An account has its own, with the account's number.
 *
 * The guests of one name share a key space for ever, with a number below zero, where no account's
 * is. A guest whose connection is lost is retired, and comes back as another account of the same
 * name, which repeats the appends that were not acknowledged. Only the name says that both may be
 * the same person.
 */
export class IdempotencyKeys {
  readonly #ofGuest;
  readonly #ofName;

  constructor(db: DatabaseSync) {
    this.#ofGuest = db.prepare("SELECT key_space FROM accounts WHERE id = ?");
    // The update changes nothing: without it the row would not be returned.
    this.#ofName = db.prepare(
      `INSERT INTO guest_names (folded) VALUES (?)
       ON CONFLICT (folded) DO UPDATE SET folded = excluded.folded RETURNING -id AS key_space`,
    );
  }

  /** The key space of the guests of a name; the first guest of that name creates it. */
  ofGuestName(name: string): number {
    return int(this.#ofName.get(encodeFolded(name)) ?? {}, "key_space");
  }

  /** The key of an append; `null` where it has none. */
  keyOf({ sender, key }: Append): StoredKey | null {
    return key === null ? null : { keySpace: this.#of(sender), stored: encodeText(key) };
  }

  #of({ id, role }: Account): number {
    return role === "guest" ? int(this.#ofGuest.get(id) ?? {}, "key_space") : id;
  }
}
