/** Converts rows to groups: see `rows.ts`. @module */
import type { GroupRecord } from "../groups.ts";
import type { Account } from "../records.ts";
import { accountColumns, type Row, storedText, text, toAccountOrNull } from "./rows.ts";

/** Groups, each in a row for every member, by name. */
export const SELECT_GROUPS = `SELECT g.public_id AS group_id, g.name AS group_name, ${
  accountColumns("a")
} FROM user_groups g LEFT JOIN group_members m ON m.user_group = g.id
  LEFT JOIN accounts a ON a.id = m.account AND a.folded IS NOT NULL
  ORDER BY g.folded, a.folded`;

/** Reads the rows of `SELECT_GROUPS`. */
export function toGroups(rows: readonly Row[]): readonly GroupRecord[] {
  const groups = new Map<string, GroupRecord & { readonly members: Account[] }>();
  for (const row of rows) {
    const publicId = storedText(row, "group_id");
    const known = groups.get(publicId);
    const group = known ?? { publicId, name: text(row, "group_name"), members: [] };
    if (known === undefined) groups.set(publicId, group);
    const member = toAccountOrNull(row);
    if (member !== null) group.members.push(member);
  }
  return [...groups.values()];
}
