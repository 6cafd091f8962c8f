import { makeSecret, secretName } from "../meta.ts";
import { text } from "../rows.ts";
import type { Database } from "./database.ts";

/** What is made once and then stays: the log's name, the server's secrets. */
export class Meta {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** A log keeps its name for as long as there is one. */
  epoch(): Promise<string> {
    return this.#once("epoch", () => crypto.randomUUID());
  }

  secret(name: string): Promise<string> {
    return this.#once(secretName(name), makeSecret);
  }

  /** Made by whoever asks first, read by all: two who ask at once get the same. */
  async #once(name: string, make: () => string): Promise<string> {
    const find = () => this.#db.run("SELECT value FROM meta WHERE name = $1", [name]);
    const [found] = await find();
    if (found !== undefined) return text(found, "value");
    await this.#db.run(
      "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
      [name, make()],
    );
    const [kept] = await find();
    return text(kept ?? {}, "value");
  }
}
