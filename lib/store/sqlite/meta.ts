import type { DatabaseSync } from "node:sqlite";
import { makeSecret, secretName } from "../sql/meta.ts";
import { text } from "../sql/rows.ts";

/** Values that are made once and then stay: the log's epoch, the server's secrets. */
export class SqliteMeta {
  readonly #find;
  readonly #keep;
  readonly #replace;
  /** Cached: many frames carry it. */
  #epoch: string | undefined;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare("SELECT value FROM meta WHERE name = ?");
    this.#replace = db.prepare(
      `INSERT INTO meta (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    );
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

  #once(name: string, make: () => string): string {
    // Created by the first call; concurrent calls get the same value.
    if (this.#find.get(name) === undefined) this.#keep.run(name, make());
    return text(this.#find.get(name) ?? {}, "value");
  }
}
