/**
 * What a room decides about its members: which of them may do what beside reading.
 *
 * @module
 */

/** The members that may do something: each one, or only the host and the moderators. */
export const RIGHTS = ["everyone", "hosts"] as const;

/** The members that may do something in a room. */
export type Right = (typeof RIGHTS)[number];

/** What a room decides about its members. */
export interface RoomRights {
  /** Who may post. With `hosts` the room is for announcements. */
  readonly mayPost: Right;
  /** Who may add members to it, and invite them. */
  readonly mayInvite: Right;
  /** Who may pin messages, and unpin them. */
  readonly mayPin: Right;
}

/** What holds in a room that decides nothing else. */
export const DEFAULT_RIGHTS: RoomRights = {
  mayPost: "everyone",
  mayInvite: "everyone",
  mayPin: "hosts",
};

/** The values of rights that this version knows, where they are given. */
export function knownRights(
  { mayPost, mayInvite, mayPin }: { readonly [R in keyof RoomRights]: string | null },
): Partial<RoomRights> {
  const known = Object.entries({ mayPost, mayInvite, mayPin })
    .filter(([, value]) => (RIGHTS as readonly unknown[]).includes(value));
  return Object.fromEntries(known);
}
