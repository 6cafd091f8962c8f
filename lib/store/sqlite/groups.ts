import type { DatabaseSync } from "node:sqlite";
import type { GroupRecord, NewGroup } from "../groups.ts";
import { SELECT_GROUPS, toGroups } from "../sql/group_rows.ts";
import { int, storedText } from "../sql/rows.ts";
import { encodeFolded, encodeText } from "../sql/text.ts";
import type { Transaction } from "./transaction.ts";

/** Groups of users. */
export class SqliteGroups {
  readonly #transaction: Transaction;
  readonly #all;
  readonly #create;
  readonly #change;
  readonly #clear;
  readonly #addMember;
  readonly #join;
  readonly #part;
  readonly #delete;

  constructor(db: DatabaseSync, transaction: Transaction) {
    this.#transaction = transaction;
    this.#all = db.prepare(SELECT_GROUPS);
    this.#create = db.prepare(
      `INSERT INTO user_groups (name, folded, created_at) VALUES (?, ?, ?)
       ON CONFLICT DO NOTHING RETURNING id, public_id`,
    );
    this.#change = db.prepare(
      `UPDATE OR IGNORE user_groups SET name = ?, folded = ? WHERE public_id = ?
       RETURNING id, public_id`,
    );
    this.#clear = db.prepare("DELETE FROM group_members WHERE user_group = ?");
    this.#addMember = db.prepare(
      `INSERT INTO group_members (user_group, account) SELECT ?, id FROM accounts WHERE id = ?
       ON CONFLICT DO NOTHING`,
    );
    this.#join = db.prepare(
      `INSERT INTO group_members (user_group, account)
       SELECT g.id, a.id FROM user_groups g, accounts a WHERE g.public_id = ? AND a.id = ?
       ON CONFLICT DO NOTHING`,
    );
    this.#part = db.prepare(
      `DELETE FROM group_members
       WHERE user_group = (SELECT id FROM user_groups WHERE public_id = ?) AND account = ?`,
    );
    this.#delete = db.prepare("DELETE FROM user_groups WHERE public_id = ?");
  }

  all(): readonly GroupRecord[] {
    return toGroups(this.#all.all());
  }

  put({ publicId, name, members, at }: NewGroup): string | null {
    const names = [encodeText(name), encodeFolded(name)] as const;
    return this.#transaction(() => {
      const row = publicId === null
        ? this.#create.get(...names, at)
        : this.#change.get(...names, encodeText(publicId));
      if (row === undefined) return null;
      const group = int(row, "id");
      this.#clear.run(group);
      for (const account of members) this.#addMember.run(group, account);
      return storedText(row, "public_id");
    });
  }

  setMember(publicId: string, account: number, on: boolean): void {
    (on ? this.#join : this.#part).run(encodeText(publicId), account);
  }

  delete(publicId: string): boolean {
    return this.#delete.run(encodeText(publicId)).changes === 1;
  }
}
