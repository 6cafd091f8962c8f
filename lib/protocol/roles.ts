/**
 * Roles and their order. The store, the commands and the routes all take it from here.
 *
 * @module
 */
import type { Role } from "./frames.ts";

/** The rank of every role: a higher one may do more. */
export const RANKS: Readonly<Record<Role, number>> = {
  owner: 3,
  moderator: 2,
  member: 1,
  bot: 1,
  guest: 0,
};

/** The roles that moderate. */
export const MODERATORS: readonly Role[] = ["owner", "moderator"];

/** The roles that own the server. */
export const OWNERS: readonly Role[] = ["owner"];

/** The roles that may hand out invitations: with any other role, those that one made end. */
export const INVITERS: readonly Role[] = MODERATORS;

/** The roles that may make bots: with any other role, the tokens of those that one made end. */
export const BOT_MAKERS: readonly Role[] = OWNERS;
