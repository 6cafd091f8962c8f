/**
 * Links that let somebody in. Their secret stands behind the `#`, which browsers send nowhere.
 *
 * @module
 */

/** What a link brings: an invitation, or a session from another device. */
export interface Entry {
  readonly kind: "invite" | "device";
  readonly token: string;
}

/** What the part of an address from `#` on brings, if it is such a link. */
export function entryOf(hash: string): Entry | undefined {
  const [, kind, token] = /^#(invite|device)=([A-Za-z0-9_-]{1,128})$/.exec(hash) ?? [];
  return token === undefined ? undefined : { kind: kind as Entry["kind"], token };
}
