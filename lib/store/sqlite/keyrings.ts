import type { DatabaseSync } from "node:sqlite";
import type { Account, Append } from "../store.ts";
import { encodeFolded, encodeText } from "../text.ts";
import { int } from "../rows.ts";

/** A key, by which an append that is repeated is known again, as it is stored. */
export interface StoredKey {
  /** On whose keyring it is; one's own, or the one that guests share. */
  readonly keyring: number;
  readonly stored: string;
}

/**
 * Whose keys are whose. A keyring holds every key that was used by one person: an account has its
 * own, of the same number.
 *
 * A guest who loses the line is retired, and comes back as another guest of the same name, with
 * what they could not know to have arrived; only their name says that they may be the same person.
 * So guests of one name share a keyring, for ever. Its number is below zero, where no account's is.
 */
export class Keyrings {
  readonly #ofGuest;
  readonly #ofName;

  constructor(db: DatabaseSync) {
    this.#ofGuest = db.prepare("SELECT keyring FROM accounts WHERE id = ?");
    // The update changes nothing: it is there for the row to be returned.
    this.#ofName = db.prepare(
      `INSERT INTO guest_names (folded) VALUES (?)
       ON CONFLICT (folded) DO UPDATE SET folded = excluded.folded RETURNING -id AS keyring`,
    );
  }

  /** The keyring of the guests of a name, made with the first of them. */
  ofGuestName(name: string): number {
    return int(this.#ofName.get(encodeFolded(name)) ?? {}, "keyring");
  }

  /** The key of an append, if it has one. */
  keyOf({ sender, key }: Append): StoredKey | null {
    return key === null ? null : { keyring: this.#of(sender), stored: encodeText(key) };
  }

  #of({ id, role }: Account): number {
    return role === "guest" ? int(this.#ofGuest.get(id) ?? {}, "keyring") : id;
  }
}
