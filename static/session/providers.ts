/**
 * Visits to OpenID providers: the browser leaves the page, and comes back to it.
 *
 * @module
 */
import type { ProviderList, ProviderVisit } from "../../lib/protocol/responses.ts";
import { type ApiRefusal, call, isRefused } from "../net/api.ts";

/** Why the user visits a provider. */
export type VisitPurpose = "sign_in" | "link" | "confirm";

/**
 * Leaves the page for a provider.
 *
 * @param invite The invitation with which the user came; it comes back with them.
 * @returns The refusal, if the visit cannot begin. Otherwise the page ends.
 */
export async function visitProvider(
  id: string,
  purpose: VisitPurpose,
  invite?: string,
): Promise<ApiRefusal | Record<never, never>> {
  const body = { purpose, ...(invite === undefined ? {} : { invite }) };
  const visit = await call<ProviderVisit>("POST", `/api/providers/${id}/visits`, body);
  if (isRefused(visit)) return visit;
  location.assign(visit.url);
  return {};
}

/** Lists the providers of the server, and which of them the user is linked to. */
export function listProviders() {
  return call<ProviderList>("GET", "/api/providers");
}

/** Unlinks the user from a provider. */
export function unlinkProvider(id: string) {
  return call("DELETE", `/api/providers/${id}`);
}
