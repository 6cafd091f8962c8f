/**
 * How somebody arrives: with a session, with a link, with both or with nothing.
 *
 * @module
 */
import { isRefused, type Session, signIn, signInByDevice } from "./api.ts";
import type { Entry } from "./entry.ts";
import { strings } from "./strings.ts";

/** Where that leads: in, or to the sign-in page. */
export type Arrival =
  | { readonly session: Session; readonly news?: string }
  | { readonly session: null; readonly reason?: string; readonly invite?: string };

/**
 * Makes use of a link.
 *
 * @param session Who one is already, if anybody.
 * @param server What the server calls itself.
 */
export async function arrive(
  entry: Entry | undefined,
  session: Session | null,
  server: string,
): Promise<Arrival> {
  if (entry?.kind === "device") return await takeOver(entry.token, session);
  if (entry === undefined) return { session };
  if (session === null) return { session, invite: entry.token };
  return await accept(entry.token, session, server);
}

async function takeOver(token: string, session: Session | null): Promise<Arrival> {
  // Whoever sends somebody a link must not be able to swap their name for another.
  if (session !== null) return { session, news: strings.entry.alreadyIn(session.name) };
  const answer = await signInByDevice(token);
  if (!isRefused(answer)) return { session: answer };
  return {
    session,
    reason: answer.code === "bad_invite" ? strings.refused.badLink : answer.detail,
  };
}

async function accept(invite: string, session: Session, server: string): Promise<Arrival> {
  const answer = await signIn(session.name, "", invite);
  if (isRefused(answer)) return { session, news: answer.detail };
  const promoted = answer.role === "owner" && session.role !== "owner";
  return {
    session: answer,
    news: promoted ? strings.entry.owner(server) : strings.entry.redeemed,
  };
}
