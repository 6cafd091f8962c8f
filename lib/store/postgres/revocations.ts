import type { Role } from "../../protocol/frames.ts";
import { BOT_MAKERS, INVITERS } from "../../protocol/roles.ts";
import type { Revoked } from "../people.ts";
import { accountColumns, flag, type Row, toAccount } from "../sql/rows.ts";

function arrayOf(roles: readonly Role[]): string {
  return `ARRAY[${roles.map((role) => `'${role}'`).join(", ")}]`;
}

/** The roles that may create invitations, in SQL. */
export const INVITER_ROLES = arrayOf(INVITERS);

/** The roles that may create bots, in SQL. */
export const BOT_MAKER_ROLES = arrayOf(BOT_MAKERS);

/**
 * Calls `demote` (see `powers.sql.ts`). The arguments are SQL.
 *
 * @param call.standing The role by which it is decided what ends.
 * @param call.falls Whether the device links end.
 */
export function demotion(
  call: { account: string; next: string; standing: string; falls: string },
): string {
  const { account, next, standing, falls } = call;
  const roles = `${INVITER_ROLES}, ${BOT_MAKER_ROLES}`;
  return `demote(${account}, ${next}, ${standing}, ${roles}, ${falls})`;
}

/** What a statement returns in which `d` is a `demotion`. */
export const REVOKED = `d.done, ${accountColumns("bot", "bot_")}`;

/** Reads the rows of `REVOKED`. */
export function toRevoked(rows: readonly Row[]): Revoked | "last_owner" {
  if (rows.some((row) => !flag(row, "done"))) return "last_owner";
  const bots = rows.filter(({ bot_id }) => bot_id !== null).map((row) => toAccount(row, "bot_"));
  return { bots };
}
