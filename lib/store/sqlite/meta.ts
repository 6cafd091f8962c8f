import type { DatabaseSync } from "node:sqlite";
import { makeSecret, secretName, valueName } from "../sql/meta.ts";
import { text } from "../sql/rows.ts";
import { encodeText } from "../sql/text.ts";

/** What the server keeps for itself: the log's epoch, its secrets, which stay, and its values. */
export class SqliteMeta {
  readonly #find;
  readonly #keep;
  readonly #replace;
  readonly #replaceIf;
  readonly #deleteIf;
  /** Cached: many frames carry it. */
  #epoch: string | undefined;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare("SELECT value FROM meta WHERE name = ?");
    this.#replace = db.prepare(
      `INSERT INTO meta (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    );
    this.#replaceIf = db.prepare("UPDATE meta SET value = ? WHERE name = ? AND value = ?");
    this.#deleteIf = db.prepare("DELETE FROM meta WHERE name = ? AND value = ?");
    this.#keep = db.prepare(
      "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
    );
  }

  /** A log keeps its epoch until it is renewed. */
  epoch(): string {
    return this.#epoch ??= this.#once("epoch", () => crypto.randomUUID());
  }

  /** The log may have been rolled back. */
  renewEpoch(): string {
    this.#epoch = crypto.randomUUID();
    this.#replace.run("epoch", this.#epoch);
    return this.#epoch;
  }

  secret(name: string): string {
    return this.#once(secretName(name), makeSecret);
  }

  value(name: string): string | null {
    const found = this.#find.get(valueName(name));
    return found === undefined ? null : text(found, "value");
  }

  replaceValue(name: string, before: string | null, after: string | null): boolean {
    const key = valueName(name);
    const wanted = after === null ? null : encodeText(after);
    if (before === null && wanted === null) return this.#find.get(key) === undefined;
    const { changes } = before === null
      ? this.#keep.run(key, wanted)
      : wanted === null
      ? this.#deleteIf.run(key, encodeText(before))
      : this.#replaceIf.run(wanted, key, encodeText(before));
    return changes === 1;
  }

  #once(name: string, make: () => string): string {
    // Created by the first call; concurrent calls get the same value.
    if (this.#find.get(name) === undefined) this.#keep.run(name, make());
    return text(this.#find.get(name) ?? {}, "value");
  }
}
