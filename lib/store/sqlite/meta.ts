import type { DatabaseSync } from "node:sqlite";
import { makeSecret, secretName } from "../meta.ts";
import { text } from "../rows.ts";

/** What is made once and then stays: the log's name, the server's secrets. */
export class Meta {
  readonly #find;
  readonly #keep;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare("SELECT value FROM meta WHERE name = ?");
    this.#keep = db.prepare(
      "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
    );
  }

  /** A log keeps its name for as long as there is one. */
  epoch(): string {
    return this.#once("epoch", () => crypto.randomUUID());
  }

  secret(name: string): string {
    return this.#once(secretName(name), makeSecret);
  }

  #once(name: string, make: () => string): string {
    // Made by whoever asks first, read by all: two who ask at once get the same.
    if (this.#find.get(name) === undefined) this.#keep.run(name, make());
    return text(this.#find.get(name) ?? {}, "value");
  }
}
