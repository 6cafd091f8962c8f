/**
 * What a user has, as responses tell it.
 *
 * @module
 */
import type { PersonUse } from "../../protocol/responses.ts";
import type { AccountUse } from "../../store/people.ts";

/** Returns the field `use` of a response; none if nothing is known of the account. */
export function wireUse(use: AccountUse | undefined): { use?: PersonUse } {
  if (use === undefined) return {};
  const { seenAt: seen_at, sessions: devices, passkeys, hasPassword: password, fileBytes } = use;
  return { use: { seen_at, devices, passkeys, password, file_bytes: fileBytes } };
}
