/**
 * Signing in with an existing session, with a link, with both or with neither.
 *
 * @module
 */
import { isRefused, type Session, signIn, signInByLink } from "../net/api.ts";
import type { InviteLink } from "./invite_link.ts";
import { strings } from "../strings/strings.ts";

/** The outcome: a session, or the sign-in page. */
export type SignInResult =
  | { readonly session: Session; readonly news?: string }
  | { readonly session: null; readonly reason?: string; readonly invite?: string };

/**
 * Applies a link.
 *
 * @param session The user's existing session, if any.
 * @param server The server's name.
 */
export async function applyLink(
  link: InviteLink | undefined,
  session: Session | null,
  server: string,
): Promise<SignInResult> {
  if (link === undefined) return { session };
  if (link.kind === "refused") return refusedBy(link.token, session);
  if (link.kind !== "invite") return await takeOver(link, session);
  if (session === null) return { session, invite: link.token };
  return await accept(link.token, session, server);
}

/** Says why a visit to a provider failed. @param code The code of the refusal. */
function refusedBy(code: string, session: Session | null): SignInResult {
  const t = strings.refused;
  const words = code === "invite_only"
    ? t.notKnownHere
    : code === "linked_elsewhere"
    ? t.linkedElsewhere
    : code === "banned"
    ? strings.ended.banned
    : t.provider;
  return session === null ? { session, reason: words } : { session, news: words };
}

async function takeOver(
  { kind, token }: InviteLink,
  session: Session | null,
): Promise<SignInResult> {
  // A link from someone else must not be able to replace the user's session with another one.
  if (session !== null) return { session, news: strings.entry.alreadyIn({ name: session.name }) };
  const answer = await signInByLink(kind === "device" ? { device: token } : { sign_in: token });
  if (!isRefused(answer)) return { session: answer };
  return {
    session,
    reason: answer.code === "bad_invite" ? strings.refused.badLink : answer.detail,
  };
}

async function accept(invite: string, session: Session, server: string): Promise<SignInResult> {
  const answer = await signIn(session.name, { invite });
  if (isRefused(answer)) return { session, news: answer.detail };
  const promoted = answer.role === "owner" && session.role !== "owner";
  return {
    session: answer,
    news: promoted ? strings.entry.owner({ server }) : strings.entry.redeemed,
  };
}
