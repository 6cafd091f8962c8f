/**
 * What the server needs of a store to know who is who and who may what: accounts, guests,
 * sessions, invitations, passkeys, tickets, moderation. A part of `Store`; the rules of
 * `store.ts` hold here too.
 *
 * Secrets come here as hashes only.
 *
 * @module
 */
import type { Level, Role } from "../protocol.ts";
import type { Account } from "./store.ts";

/** How an account is made. */
export interface NewAccount {
  readonly name: string;
  readonly role: Role;
  /** What the name looks like (UTS #39): no two accounts and living guests share it. */
  readonly skeleton: string;
  /** The password's hash, if there is one. */
  readonly password: string | null;
  readonly at: number;
  /** The hash of the invitation that is redeemed for it, if one is. */
  readonly invite: string | null;
}

/** A session as its owner sees it. */
export interface SessionRecord {
  /** Names it to its owner; proves nothing. */
  readonly id: number;
  readonly account: Account;
  /** What kind of device it was made on, in words. */
  readonly label: string;
  readonly createdAt: number;
  /** When it was last used, to the hour. */
  readonly seenAt: number;
}

/** An invitation. */
export interface InviteRecord {
  readonly id: number;
  /** What it makes of whoever redeems it. */
  readonly role: "owner" | "member";
  /** The room that they find themselves in, beside the one for everybody. */
  readonly room: number | null;
  /** Who made it; `null` for the server. */
  readonly creator: Account | null;
  readonly createdAt: number;
  /** `null` for never. */
  readonly expiresAt: number | null;
  /** How often it can still be used; `null` for as often as one likes. */
  readonly usesLeft: number | null;
}

/** How an invitation is made. */
export interface NewInvite extends Omit<InviteRecord, "id" | "creator" | "createdAt" | "usesLeft"> {
  readonly hash: string;
  /** The account of who makes it; `null` for the server. */
  readonly creator: number | null;
  readonly at: number;
  /** How often it can be used, `null` for as often as one likes; an owner's, once. */
  readonly uses: number | null;
}

/** A passkey: the public part of a WebAuthn credential. */
export interface PasskeyRecord {
  /** The credential's id, in base64url. */
  readonly id: string;
  readonly account: Account;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** The signature counter (WebAuthn section 6.1.1). */
  readonly counter: number;
  readonly transports: readonly string[];
  /** What its owner calls it. */
  readonly label: string;
  readonly createdAt: number;
}

/** How a passkey is kept. */
export interface NewPasskey extends Omit<PasskeyRecord, "account"> {
  readonly account: number;
}

/** Something to be redeemed once, soon: a passkey's challenge, a link to another device. */
export interface Ticket {
  readonly hash: string;
  readonly kind: "passkey_registration" | "passkey_sign_in" | "device";
  /** Whose it is, where it is somebody's. */
  readonly account: number | null;
  readonly data: string;
  readonly expiresAt: number;
}

/** Somebody who may not come in. */
export interface Ban {
  /** The account, or `null` where an address alone is banned. */
  readonly account: Account | null;
  readonly address: string | null;
  readonly reason: string;
  readonly at: number;
}

/** How somebody is banned: an account, an address, or both. */
export interface NewBan extends Omit<Ban, "account"> {
  readonly account: number | null;
}

/** Something that a moderator did. */
export interface ModerationEntry {
  readonly id: number;
  readonly at: number;
  /** Who did it, by name. */
  readonly by: string;
  /** The command that was given: `kick`, `ban`, `mute`, … */
  readonly action: string;
  /** To whom, by name. */
  readonly subject: string | null;
  /** In which room, by name. */
  readonly room: string | null;
  readonly detail: string | null;
}

/** Accounts and guests. */
export interface AccountStore {
  /**
   * Makes an account and, in the same transaction, redeems its invitation.
   *
   * @returns The account; or `name_taken` where the name, folded, or its looks are somebody's, or
   * `bad_invite` where the invitation is none, used up or expired, whatever the name: without an
   * invitation nobody finds out who is here. Neither uses the invitation.
   */
  createAccount(account: NewAccount): Promise<Account | "name_taken" | "bad_invite">;
  /** Finds an account or a living guest by name, without regard to case. */
  findAccount(name: string): Promise<Account | null>;
  /** The account of an id, also that of a guest who is gone. */
  accountById(id: number): Promise<Account | null>;
  /** Whether anybody owns the server. */
  hasOwner(): Promise<boolean>;
  /** Changes what somebody is. */
  setRole(account: number, role: Role): Promise<void>;
  /** The password's hash. */
  passwordOf(account: number): Promise<string | null>;
  /** Sets or changes the password's hash. */
  setPassword(account: number, hash: string): Promise<void>;
  /** The accounts of a role, by name; none that were retired. */
  accountsOf(role: Role): Promise<readonly Account[]>;
  /**
   * Makes a guest, who holds the name until `retireGuest`. Every guest is another person, but the
   * `key`s of those of one name count as one person's: a guest who lost the line and repeats what
   * they sent does not say it twice.
   */
  createGuest(
    guest: { name: string; skeleton: string; at: number },
  ): Promise<Account | "name_taken">;
  /**
   * A guest is gone: the name is free, they are a member of nothing, nobody blocks them, and their
   * sessions end. What they said stays.
   */
  retireGuest(account: number): Promise<void>;
  /**
   * Retires the guests of servers that are no more, for no guest outlives their server. Where the
   * file is one server's alone that is all of them, at its start; where instances share a store,
   * those of instances that have given no sign of life for half a minute or so.
   */
  retireGuests(): Promise<void>;
  /** Does the same to an account, which loses its passkeys too: a bot that is no more. */
  retireAccount(account: number): Promise<void>;

  /** A secret of this server's, 32 bytes in base64url: made when it is first asked for. */
  secret(name: string): Promise<string>;
}

/** Sessions. */
export interface SessionStore {
  /** Makes a session. */
  createSession(
    session: { hash: string; account: number; label: string; at: number },
  ): Promise<void>;
  /** Finds a session by its hash; none of somebody who is banned. */
  findSession(hash: string): Promise<SessionRecord | null>;
  /** Notes that it was used, at most once an hour: most uses write nothing. */
  touchSession(hash: string, at: number): Promise<void>;
  /** A person's sessions, the last used first. */
  sessionsOf(account: number): Promise<readonly SessionRecord[]>;
  /** Ends a session. @returns Its hash, or `null` where it is not this person's. */
  endSession(account: number, id: number): Promise<string | null>;
}

/** Invitations. */
export interface InviteStore {
  /** Makes an invitation. An owner's can be used once and takes the place of the one before. */
  createInvite(invite: NewInvite): Promise<InviteRecord>;
  /** An invitation that can be redeemed now. */
  findInvite(hash: string, at: number): Promise<InviteRecord | null>;
  /** Whether there is an invitation to own the server. */
  hasOwnerInvite(): Promise<boolean>;
  /** Redeems it for somebody who has an account. @returns `false` where that cannot be done. */
  redeemInvite(hash: string, at: number): Promise<boolean>;
  /** The invitations that can be redeemed now, but for the owner's; the newest first. */
  invites(at: number): Promise<readonly InviteRecord[]>;
  /** Revokes an invitation. @returns `false` where there is none. */
  revokeInvite(id: number): Promise<boolean>;
}

/** Passkeys, and tickets. */
export interface PasskeyStore {
  /** Keeps a passkey. @returns `false` where it is kept already. */
  addPasskey(passkey: NewPasskey): Promise<boolean>;
  /** Finds a passkey by its id. */
  findPasskey(id: string): Promise<PasskeyRecord | null>;
  /** Notes a passkey's counter after it was used. */
  setPasskeyCounter(id: string, counter: number): Promise<void>;
  /** A person's passkeys, the oldest first. */
  passkeysOf(account: number): Promise<readonly PasskeyRecord[]>;
  /** Forgets a passkey. @returns `false` where it is not this person's. */
  removePasskey(account: number, id: string): Promise<boolean>;
  /** Keeps a ticket until it is taken or expires; forgets those that have expired. */
  putTicket(ticket: Ticket, at: number): Promise<void>;
  /** Takes a ticket: nobody can take it again. `null` where there is none or it has expired. */
  takeTicket(hash: string, kind: Ticket["kind"], at: number): Promise<Ticket | null>;
}

/** Bans, mutes, blocks, the rules of rooms, and who set them. */
export interface ModerationStore {
  /** Bans an account, an address, or both; ends the account's sessions. Again, for a new reason. */
  ban(ban: NewBan): Promise<void>;
  /** Whether an account is banned. */
  isBanned(account: number): Promise<boolean>;
  /** Whether an address is banned, alone or with somebody. */
  isBannedAddress(address: string): Promise<boolean>;
  /**
   * Lifts every ban of an account and of the addresses that were banned with it.
   *
   * @returns `false` where there is none.
   */
  unban(account: number): Promise<boolean>;
  /** Who is banned, the last first. */
  bans(): Promise<readonly Ban[]>;
  /** Silences somebody until then; 0 lets them speak. */
  mute(account: number, until: number): Promise<void>;
  /** Who is silenced after `at`, and until when. */
  mutes(at: number): Promise<ReadonlyMap<number, number>>;
  /** Locks or slows a room: `slowMs` between two messages of one person. */
  setRoomRules(room: number, rules: { locked: boolean; slowMs: number }): Promise<void>;
  /** One person wants to hear nothing from another any more, or does again. */
  block(account: number, other: number, on: boolean): Promise<void>;
  /** All blocks: who by whom. */
  blocks(): Promise<readonly { readonly account: Account; readonly other: Account }[]>;
  /** Notes what a moderator did. */
  recordModeration(entry: Omit<ModerationEntry, "id">): Promise<void>;
  /** What moderators did, the last first; `before` is the id of the last entry one has. */
  moderationLog(before: number | null, limit: number): Promise<readonly ModerationEntry[]>;
}

/** Where a device can be told something while the page is closed (RFC 8030). */
export interface PushSubscription {
  /** The push service's address for this device. */
  readonly endpoint: string;
  /** The device's public key for the content (RFC 8291), in base64url. */
  readonly p256dh: string;
  /** The secret that it shares with this server (RFC 8291), in base64url. */
  readonly auth: string;
}

/** A member's device that wants to be told of a room. */
export interface PushTarget extends PushSubscription {
  readonly account: Account;
  /** What of the room they want to be told of; never `none`. */
  readonly level: Level;
  /** Everything up to this `seq` has been seen. */
  readonly read: number;
}

/** The devices that can be told something while the page is closed. */
export interface PushStore {
  /**
   * Keeps a device's subscription, in place of the one that its session had before; it ends with
   * the session. An endpoint is one device's: whoever comes with it last has it.
   */
  addPush(session: string, subscription: PushSubscription, at: number): Promise<void>;
  /** Whether a session has a subscription. */
  hasPush(session: string): Promise<boolean>;
  /** Forgets the subscription of a session. */
  endPush(session: string): Promise<void>;
  /** Forgets an endpoint: the push service knows it no more. */
  removePush(endpoint: string): Promise<void>;
  /** The devices of a room's members who want to be told of it. */
  pushTargets(room: number): Promise<readonly PushTarget[]>;
}

/** The part of a store that knows people. */
export interface PeopleStore
  extends AccountStore, SessionStore, InviteStore, PasskeyStore, ModerationStore, PushStore {}
