/**
 * Links that sign a user in. The secret stands after `#`, which browsers do not send.
 *
 * @module
 */

/**
 * A parsed link: an invitation, a session handed over by another device, or what an owner gives a user
 * who cannot sign in; or, without a session, why a visit to a provider led to none.
 */
export interface InviteLink {
  readonly kind: "invite" | "device" | "sign-in" | "refused";
  readonly token: string;
}

/** Parses the part of an address from `#` on. @returns `undefined` if it is no such link. */
export function inviteLinkOf(hash: string): InviteLink | undefined {
  const [, kind, token] = /^#(invite|device|sign-in|refused)=([A-Za-z0-9_-]{1,128})$/.exec(hash) ??
    [];
  return token === undefined ? undefined : { kind: kind as InviteLink["kind"], token };
}
