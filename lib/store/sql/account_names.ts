/**
 * The earlier names of accounts. The statements are for every backend; `:x`, `?` and `$n` are the
 * parameters of each.
 *
 * @module
 */
import { NAME_RESERVED_MS } from "./room_names.ts";

/** Since when an account must have given up a name for it to be reserved still. */
export function reservedSince(at: number): number {
  return at - NAME_RESERVED_MS;
}

/**
 * The names that other accounts gave up and that nobody can take yet.
 *
 * @param name The parameters for the folded name, its skeleton, and the time since which the account
 * must have had it.
 * @param account The parameter for the account that may take its own name back; `0` for none.
 */
export function reservedNames(
  { folded, skeleton, since }: {
    readonly folded: string;
    readonly skeleton: string;
    readonly since: string;
  },
  account = "0",
): string {
  return `SELECT 1 FROM account_names n JOIN accounts h ON h.id = n.account
    WHERE (n.folded = ${folded} OR n.skeleton = ${skeleton}) AND n.at > ${since}
      AND n.account <> ${account} AND h.folded IS NOT NULL`;
}

/**
 * The condition for the account that had a name last: the end of a statement on accounts named `a`.
 *
 * @param folded The parameter for the folded name.
 * @param since The parameter for the time since which it must have had it.
 */
export function thatHad(folded: string, since: string): string {
  return `JOIN account_names n ON n.account = a.id
    WHERE n.folded = ${folded} AND n.at > ${since} AND a.folded IS NOT NULL
    ORDER BY n.at DESC LIMIT 1`;
}
