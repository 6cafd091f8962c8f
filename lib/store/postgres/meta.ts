import { makeSecret, RESTORED, secretName } from "../sql/meta.ts";
import { text } from "../sql/rows.ts";
import type { Database } from "./database.ts";

/** Values that are made once and then stay: the log's epoch, the server's secrets. */
export class PostgresMeta {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** A log keeps its epoch until it is renewed. */
  epoch(): Promise<string> {
    return this.#once("epoch", () => crypto.randomUUID());
  }

  /** Renews the epoch if the log may have been rolled back; of concurrent calls, one does. */
  async renewIfRestored(): Promise<void> {
    await this.#db.run(
      `WITH restored AS (DELETE FROM meta WHERE name = $1 RETURNING name)
       UPDATE meta SET value = $2 WHERE name = 'epoch' AND EXISTS (SELECT FROM restored)`,
      [RESTORED, crypto.randomUUID()],
    );
  }

  secret(name: string): Promise<string> {
    return this.#once(secretName(name), makeSecret);
  }

  /** Created by the first call; concurrent calls get the same value. */
  async #once(name: string, make: () => string): Promise<string> {
    const find = () => this.#db.run("SELECT value FROM meta WHERE name = $1", [name]);
    const [found] = await find();
    if (found !== undefined) return text(found, "value");
    await this.#db.run(
      "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
      [name, make()],
    );
    const [stored] = await find();
    return text(stored ?? {}, "value");
  }
}
