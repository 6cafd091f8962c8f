import type { DatabaseSync, StatementSync } from "node:sqlite";
import { reservedNames, reservedSince } from "../sql/account_names.ts";

/** Prepares the statement of `isReserved`. */
export function reservedStatement(db: DatabaseSync): StatementSync {
  const name = { folded: ":folded", skeleton: ":skeleton", since: ":since" };
  return db.prepare(`${reservedNames(name, ":account")} LIMIT 1`);
}

/**
 * Whether no account can take a name yet, because another one gave it up.
 *
 * @param name In its stored forms; `account` is the one that would take it, if there is one already.
 */
export function isReserved(
  statement: StatementSync,
  { folded, skeleton, at, account = 0 }: {
    readonly folded: string;
    readonly skeleton: string;
    readonly at: number;
    readonly account?: number;
  },
): boolean {
  return statement.get({ folded, skeleton, since: reservedSince(at), account }) !== undefined;
}
