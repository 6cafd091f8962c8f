/**
 * Links that sign a user in. The secret stands after `#`, which browsers do not send.
 *
 * @module
 */

/**
 * A parsed link: an invitation, a session handed over by another device, or what an owner gives a user
 * who cannot sign in.
 */
export interface InviteLink {
  readonly kind: "invite" | "device" | "sign-in";
  readonly token: string;
}

/** Parses the part of an address from `#` on. @returns `undefined` if it is no such link. */
export function inviteLinkOf(hash: string): InviteLink | undefined {
  const [, kind, token] = /^#(invite|device|sign-in)=([A-Za-z0-9_-]{1,128})$/.exec(hash) ?? [];
  return token === undefined ? undefined : { kind: kind as InviteLink["kind"], token };
}
