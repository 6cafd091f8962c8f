import type { GroupRecord, NewGroup } from "../groups.ts";
import { SELECT_GROUPS, toGroups } from "../sql/group_rows.ts";
import { storedText } from "../sql/rows.ts";
import { encodeFolded, encodeText } from "../sql/text.ts";
import { arrayOf, type Database, isTaken } from "./database.ts";

const CREATE = `WITH made AS (
    INSERT INTO user_groups (name, folded, created_at) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING RETURNING id, public_id
  ), joined AS (
    INSERT INTO group_members (user_group, account)
    SELECT made.id, a.id FROM made, accounts a WHERE a.id = ANY ($4::bigint[])
  )
  SELECT public_id FROM made`;

const CHANGE = `WITH changed AS (
    UPDATE user_groups SET name = $1, folded = $2 WHERE public_id = $3 RETURNING id, public_id
  ), parted AS (
    DELETE FROM group_members m USING changed c
    WHERE m.user_group = c.id AND m.account <> ALL ($4::bigint[])
  ), joined AS (
    INSERT INTO group_members (user_group, account)
    SELECT c.id, a.id FROM changed c, accounts a WHERE a.id = ANY ($4::bigint[])
    ON CONFLICT DO NOTHING
  )
  SELECT public_id FROM changed`;

const JOIN = `INSERT INTO group_members (user_group, account)
  SELECT g.id, a.id FROM user_groups g, accounts a WHERE g.public_id = $1 AND a.id = $2
  ON CONFLICT DO NOTHING`;

const PART = `DELETE FROM group_members
  WHERE user_group = (SELECT id FROM user_groups WHERE public_id = $1) AND account = $2`;

/** Groups of users. */
export class PostgresGroups {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async all(): Promise<readonly GroupRecord[]> {
    return toGroups(await this.#db.run(SELECT_GROUPS));
  }

  async put({ publicId, name, members, at }: NewGroup): Promise<string | null> {
    const names = [encodeText(name), encodeFolded(name)];
    const accounts = arrayOf(members);
    try {
      const [row] = publicId === null
        ? await this.#db.run(CREATE, [...names, at, accounts])
        : await this.#db.run(CHANGE, [...names, encodeText(publicId), accounts]);
      return row === undefined ? null : storedText(row, "public_id");
    } catch (error) {
      if (isTaken(error)) return null;
      throw error;
    }
  }

  async setMember(publicId: string, account: number, on: boolean): Promise<void> {
    await this.#db.run(on ? JOIN : PART, [encodeText(publicId), account]);
  }

  async delete(publicId: string): Promise<boolean> {
    const rows = await this.#db.run(
      "DELETE FROM user_groups WHERE public_id = $1 RETURNING public_id",
      [encodeText(publicId)],
    );
    return rows.length === 1;
  }
}
