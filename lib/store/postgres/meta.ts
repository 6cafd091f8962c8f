import { makeSecret, RESTORED, secretName, valueName } from "../sql/meta.ts";
import { text } from "../sql/rows.ts";
import { encodeText } from "../sql/text.ts";
import type { Database } from "./database.ts";

/** What the server keeps for itself: the log's epoch, its secrets, which stay, and its values. */
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

  async value(name: string): Promise<string | null> {
    const [found] = await this.#db.run("SELECT value FROM meta WHERE name = $1", [valueName(name)]);
    return found === undefined ? null : text(found, "value");
  }

  async replaceValue(name: string, before: string | null, after: string | null): Promise<boolean> {
    if (before === null && after === null) return await this.value(name) === null;
    const [statement, ...values] = replacement(valueName(name), before, after);
    return (await this.#db.run(statement, values)).length === 1;
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

/** The statement that replaces a value, and its parameters. It returns a row if it has an effect. */
function replacement(
  key: string,
  before: string | null,
  after: string | null,
): readonly [string, ...string[]] {
  const wanted = after === null ? null : encodeText(after);
  if (wanted === null) {
    const known = encodeText(before ?? "");
    return ["DELETE FROM meta WHERE name = $1 AND value = $2 RETURNING name", key, known];
  }
  if (before === null) {
    return [
      "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING name",
      ...[key, wanted] as const,
    ];
  }
  return [
    "UPDATE meta SET value = $2 WHERE name = $1 AND value = $3 RETURNING name",
    ...[key, wanted, encodeText(before)] as const,
  ];
}
