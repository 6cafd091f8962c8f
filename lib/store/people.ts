/**
 * The part of `Store` for identity and permissions: accounts, guests, sessions, invite links,
 * passkeys, one-time tickets, moderation. The contract of `store.ts` holds here too.
 *
 * The caller passes hashes of secrets, never the secrets.
 *
 * @module
 */
import type { Level, Role } from "../protocol/frames.ts";
import type { Quiet, WeeklyQuiet } from "../protocol/quiet.ts";
import type { NamePage } from "../util/name_index.ts";
import type { Departure } from "./departures.ts";
import type {
  ProviderAccount,
  ProviderAccountStore,
  ProviderSession,
} from "./provider_accounts.ts";
import type { Account } from "./records.ts";

/** What an account is created with. */
export interface NewAccount {
  readonly name: string;
  readonly role: Role;
  /** What the name looks like (UTS #39): unique among accounts and current guests. */
  readonly skeleton: string;
  /** The hash of the password, if there is one. */
  readonly password: string | null;
  readonly at: number;
  /** The hash of the invite that the new account redeems, if any. */
  readonly invite: string | null;
  /** Bots: the account of the owner who makes the bot. Only an owner who is not banned can. */
  readonly creator?: number;
  /** The account at a provider to which the new one is linked, without an invite. No other is. */
  readonly linked?: ProviderAccount;
}

/** A session as its owner sees it. */
export interface SessionRecord {
  /** Identifies the session to its user; it is no credential. */
  readonly id: number;
  readonly account: Account;
  /** A description of the device that it was made on. */
  readonly label: string;
  readonly createdAt: number;
  /** The time of its last use, to the hour. */
  readonly seenAt: number;
  /** The hash of its first token: identifies the session, whatever its token is now. */
  readonly hash: string;
  /** When the user last proved their identity, by signing in or by confirming it since. */
  readonly confirmedAt: number;
  /** The id of the passkey that was the last proof, if it was a passkey. */
  readonly passkey: string | null;
  /** The session at a provider from which it began, if it did. */
  readonly provider: ProviderSession | null;
}

/** What a session is created with. */
export interface NewSession {
  readonly hash: string;
  readonly account: number;
  readonly label: string;
  readonly at: number;
  /** When the user proved their identity; `at` by default. */
  readonly confirmedAt?: number;
  /** The passkey that proved it. */
  readonly passkey?: string | null;
  /** The session at a provider that proved it. */
  readonly provider?: ProviderSession | null;
}

/** A new password, and what must hold for it to be set. */
export interface PasswordChange {
  readonly account: number;
  readonly hash: string;
  /** The hash that it replaces; `null` if there is none yet. */
  readonly replaces: string | null;
  /** The hash of the session that asks: it must still exist, and stays. */
  readonly session: string;
  /** The one passkey that stays. */
  readonly keepPasskey: string | null;
}

/** What a change of the password ended; setting the first one ends nothing. */
export interface PasswordChanged {
  /** The hashes of the sessions that ended. */
  readonly sessions: readonly string[];
  /** The labels of the passkeys that were removed. */
  readonly passkeys: readonly string[];
}

/** What a loss of a role revoked: the tokens of these bots. */
export interface Revoked {
  readonly bots: readonly Account[];
}

/** What an account has, for owners. */
export interface AccountUse {
  /** When a session was last used, to the hour; `null` without a session. */
  readonly seenAt: number | null;
  readonly sessions: number;
  readonly passkeys: number;
  readonly hasPassword: boolean;
  /** The size of all files that the account uploaded. */
  readonly fileBytes: number;
}

/** An invite link. */
export interface InviteRecord {
  readonly id: number;
  /** The role of the account that redeems it. */
  readonly role: "owner" | "member";
  /** A room that the account joins, beside the default room. */
  readonly room: number | null;
  /** The account that made it; `null` for the server. */
  readonly creator: Account | null;
  readonly createdAt: number;
  /** `null` for never. */
  readonly expiresAt: number | null;
  /** How often it can still be used; `null` for no limit. */
  readonly usesLeft: number | null;
}

/** What an invite link is created with. */
export interface NewInvite extends Omit<InviteRecord, "id" | "creator" | "createdAt" | "usesLeft"> {
  readonly hash: string;
  /** The account that makes it; `null` for the server. */
  readonly creator: number | null;
  readonly at: number;
  /** How often it can be used, `null` for no limit; 1 for an owner's invite. */
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
  /** The name that its user gave it. */
  readonly label: string;
  readonly createdAt: number;
}

/** What a passkey is stored with. */
export interface NewPasskey extends Omit<PasskeyRecord, "account"> {
  readonly account: number;
  /** The hash of the session that adds it: if that has ended, the passkey is not stored. */
  readonly session?: string;
}

/** The kinds of tickets. */
export const TICKET_KINDS = [
  "passkey_registration",
  "passkey_sign_in",
  "device",
  "socket",
  "sign_in",
  "provider",
] as const;

/**
 * A one-time token: the challenge of a passkey, a link to another device, a socket, the link with
 * which an owner lets a user in again, or a visit to an OpenID provider.
 */
export interface Ticket {
  readonly hash: string;
  readonly kind: (typeof TICKET_KINDS)[number];
  /** The account that it belongs to, if any. */
  readonly account: number | null;
  readonly data: string;
  readonly expiresAt: number;
}

/** An account or address that may not connect. */
export interface Ban {
  /** The account; `null` if only an address is banned. */
  readonly account: Account | null;
  readonly address: string | null;
  readonly reason: string;
  readonly at: number;
}

/** A new ban, of an account, an address, or both. */
export interface NewBan extends Omit<Ban, "account"> {
  readonly account: number | null;
  /**
   * Set to delete the messages that the account has sent since this moment, in steps: see
   * `ErasureStore.nextErasure`. A repeated ban can only begin earlier.
   */
  readonly deleteSince?: number | undefined;
}

/** An entry of the moderation log. */
export interface ModerationEntry {
  readonly id: number;
  readonly at: number;
  /** The name of the moderator. */
  readonly by: string;
  /** The moderator's `publicId`; `null` in entries from before there were any. */
  readonly byId: string | null;
  /** The command: `kick`, `ban`, `mute`, … */
  readonly action: string;
  /** The name and `publicId` of the affected account. */
  readonly subject: string | null;
  readonly subjectId: string | null;
  /** The name and `publicId` of the room. */
  readonly room: string | null;
  readonly roomId: string | null;
  readonly detail: string | null;
}

/** Which entries of the moderation log are read: all that fit every given condition. */
export interface ModerationQuery {
  /** The id of the last entry so far; `null` for the newest. */
  readonly before: number | null;
  readonly limit: number;
  /** The `publicId` of the moderator, of the affected account, and of the room. */
  readonly byId?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly roomId?: string | undefined;
  readonly action?: string | undefined;
  /** Not before this moment, in ms since the Unix epoch. */
  readonly since?: number | undefined;
  /** Before this moment. */
  readonly until?: number | undefined;
}

/** Accounts and guests. */
export interface AccountStore {
  /**
   * Creates an account and, in the same transaction, redeems its invite.
   *
   * @returns The account; `name_taken` if another account has the folded name or the skeleton, or had
   * it less than `NAME_RESERVED_MS` ago;
   * `bad_invite` if the invite does not exist, is used up or has expired, whatever the name:
   * without an invite a stranger cannot find out which names exist; `forbidden` if its `creator` is
   * not, or no longer, an owner. A refusal does not use the invite.
   */
  createAccount(
    account: NewAccount,
  ): Promise<Account | "name_taken" | "bad_invite" | "forbidden">;
  /** Finds an account or a current guest by name, ignoring case. */
  findAccount(name: string): Promise<Account | null>;
  /**
   * Finds the account that had a name last, if it gave the name up less than `NAME_RESERVED_MS` ago:
   * until then no other account can take it.
   */
  accountThatHad(name: string, at: number): Promise<Account | null>;
  /** The account with an id, including guests who have left. */
  accountById(id: number): Promise<Account | null>;
  /** The account or current guest with a `publicId`; `null` after it was retired. */
  accountByPublicId(publicId: string): Promise<Account | null>;
  /** Whether the server has an owner. */
  hasOwner(): Promise<boolean>;
  /**
   * Renames an account; its earlier name stays reserved for `NAME_RESERVED_MS`.
   *
   * @returns `name_taken`, without effect, if another account has or had the name, or one that looks
   * like it.
   */
  renameAccount(
    account: number,
    to: { readonly name: string; readonly skeleton: string; readonly at: number },
  ): Promise<"renamed" | "name_taken">;
  /**
   * Deactivates an account, or activates it again. Nobody can sign in to a deactivated account; the
   * same transaction ends its sessions, its tickets, its invites and the tokens of its bots. It keeps
   * its name, role, memberships, passkeys and password.
   *
   * @returns `last_owner`, without effect, if the server would be left without an owner who can sign
   * in.
   */
  setActive(account: number, active: boolean, at: number): Promise<Revoked | "last_owner">;
  /**
   * Changes a role. The same transaction revokes everything that the account handed out and may not
   * hand out with the new role: invites, the tokens of its bots; with any lower role, its device
   * links too.
   *
   * @returns `last_owner`, without effect, if the server would be left without an owner.
   */
  setRole(account: number, role: Role): Promise<Revoked | "last_owner">;
  /**
   * Ends every way into an account: its sessions with their push subscriptions, its tickets, its
   * passkeys, its password and its links to accounts at providers, and the tokens of the bots that
   * it made.
   *
   * @param keepsLinks Whether the links to accounts at providers stay.
   */
  endAccess(account: number, keepsLinks?: boolean): Promise<Revoked>;
  /** The hash of an account's password. */
  passwordOf(account: number): Promise<string | null>;
  /** Sets the hash of the password unconditionally. */
  setPassword(account: number, hash: string): Promise<void>;
  /**
   * Sets or changes the password. A change also ends, in the same transaction, all other sessions,
   * all device links and all passkeys but one.
   *
   * @returns What ended; `null`, without effect, if the session has ended or the password has
   * changed meanwhile.
   */
  changePassword(change: PasswordChange): Promise<PasswordChanged | null>;
  /**
   * A page of the accounts and current guests, by name. It costs as much as what it returns.
   *
   * @param page The names in it are folded.
   */
  listAccounts(page: NamePage): Promise<readonly Account[]>;
  /** What some accounts have, by id. */
  useOf(accounts: readonly number[]): Promise<ReadonlyMap<number, AccountUse>>;
  /**
   * The accounts with a role, by name, without retired ones.
   *
   * @param limit How many at most; all by default.
   */
  accountsOf(role: Role, limit?: number): Promise<readonly Account[]>;
  /**
   * Creates a guest, who holds the name until `retireGuest`. Every guest is an account of its own,
   * but the guests of one name share their idempotency keys: a guest who reconnects and repeats a
   * message does not send it twice.
   */
  createGuest(
    guest: { name: string; skeleton: string; at: number },
  ): Promise<Account | "name_taken">;
  /**
   * Retires a guest who left: frees the name, removes memberships and blocks, and ends the
   * sessions. The guest's events in rooms stay.
   *
   * @param departure When the guest left, and what `sweepGuests` may delete.
   */
  retireGuest(account: number, departure?: Departure): Promise<void>;
  /**
   * Retires the guests of ended instances: no guest outlives the instance that it connected to.
   * With one server per store, its start retires all of them. Where instances share a store, those
   * of instances without a connection, or without a heartbeat for about half a minute.
   */
  retireGuests(): Promise<void>;
  /** Retires an account (a deleted bot) in the same way; it loses its passkeys too. */
  retireAccount(account: number): Promise<void>;

  /** A secret of the server, 32 bytes in base64url; the first call creates it. */
  secret(name: string): Promise<string>;

  /** A value that the server keeps for itself, such as its certificate; `null` if there is none. */
  value(name: string): Promise<string | null>;
  /**
   * Replaces a value of the server if it is still the one that the caller has read. `null` stands for
   * no value. Of concurrent calls with the same `before`, on any instance, one succeeds.
   *
   * @returns `false`, with no effect, if the value is another one meanwhile.
   */
  replaceValue(name: string, before: string | null, after: string | null): Promise<boolean>;
}

/** Sessions. */
export interface SessionStore {
  /** Creates a session. */
  createSession(session: NewSession): Promise<void>;
  /** Finds a session by the hash that identifies it, unless its account is banned or deactivated. */
  findSession(hash: string): Promise<SessionRecord | null>;
  /** Finds a session by the hash of its current token, under the same condition. */
  proveSession(token: string): Promise<SessionRecord | null>;
  /**
   * Gives a session another token.
   *
   * @param before The hash of its current token; `token` is the hash of the new one.
   * @returns `false` if it has ended, or has another token meanwhile.
   */
  renewSession(before: string, token: string): Promise<boolean>;
  /** Records that the user proved their identity. */
  confirmSession(hash: string, at: number, passkey: string | null): Promise<void>;
  /** Ends all but the most recently used sessions. @returns The hashes of the ended ones. */
  trimSessions(account: number, keep: number): Promise<readonly string[]>;
  /** Ends sessions that were last used, or made, before a moment, except those of bots. */
  endSessionsBefore(
    bounds: { readonly seen: number; readonly created: number },
  ): Promise<readonly { readonly hash: string; readonly account: Account }[]>;
  /** Records a use, at most once an hour: most uses write nothing. */
  touchSession(hash: string, at: number): Promise<void>;
  /** The sessions of an account, the most recently used first. */
  sessionsOf(account: number): Promise<readonly SessionRecord[]>;
  /** Ends a session. @returns Its hash, or `null` if it is not this account's. */
  endSession(account: number, id: number): Promise<string | null>;
}

/** Invite links. */
export interface InviteStore {
  /** Creates an invite. One for an owner can be used once and replaces the previous one. */
  createInvite(invite: NewInvite): Promise<InviteRecord>;
  /**
   * Creates an invite on behalf of an account that is allowed to.
   *
   * @returns `null` if the account is not, or no longer, allowed to: it has another role, is
   * banned, or is no member of the room of the invite.
   */
  grantInvite(invite: NewInvite & { readonly creator: number }): Promise<InviteRecord | null>;
  /** Finds an invite that can be redeemed now. */
  findInvite(hash: string, at: number): Promise<InviteRecord | null>;
  /** Whether there is an invite for an owner. */
  hasOwnerInvite(): Promise<boolean>;
  /** Redeems an invite for an existing account. @returns `false` if it cannot be redeemed. */
  redeemInvite(hash: string, at: number): Promise<boolean>;
  /** The invites that can be redeemed now, without the owner's; the newest first. */
  invites(at: number): Promise<readonly InviteRecord[]>;
  /** Finds an invite by its id, including the owner's. */
  inviteById(id: number): Promise<InviteRecord | null>;
  /** Revokes an invite. @returns `false` if there is none. */
  revokeInvite(id: number): Promise<boolean>;
}

/** Passkeys, and tickets. */
export interface PasskeyStore {
  /** Stores a passkey. @returns `false` if it is stored already. */
  addPasskey(passkey: NewPasskey): Promise<boolean>;
  /** Finds a passkey by its id. */
  findPasskey(id: string): Promise<PasskeyRecord | null>;
  /** Stores the signature counter of a passkey after its use. */
  setPasskeyCounter(id: string, counter: number): Promise<void>;
  /** The passkeys of an account, the oldest first. */
  passkeysOf(account: number): Promise<readonly PasskeyRecord[]>;
  /** Deletes a passkey. @returns `false` if it is not this account's. */
  removePasskey(account: number, id: string): Promise<boolean>;
  /**
   * Stores a ticket until it is taken or expires; deletes expired ones. An account has one sign-in
   * link: a new one replaces the last.
   */
  putTicket(ticket: Ticket, at: number): Promise<void>;
  /** Takes a ticket, which only one call can. `null` if there is none or it has expired. */
  takeTicket(hash: string, kind: Ticket["kind"], at: number): Promise<Ticket | null>;
}

/** Bans, mutes, blocks, and who set them. */
export interface ModerationStore {
  /**
   * Bans an account, an address, or both; a repeated ban replaces the reason. The same transaction
   * ends the account's sessions and device links, and revokes its invites, its invitations to rooms
   * and the tokens of its bots. An owner becomes a member.
   *
   * @returns `last_owner`, without effect, if the server would be left without an owner.
   */
  ban(ban: NewBan): Promise<Revoked | "last_owner">;
  /** Whether an account is banned. */
  isBanned(account: number): Promise<boolean>;
  /** Whether an address is banned, alone or together with an account. */
  isBannedAddress(address: string): Promise<boolean>;
  /**
   * Lifts every ban of an account and of the addresses that were banned with it.
   *
   * @returns `false` if there is none.
   */
  unban(account: number): Promise<boolean>;
  /** All bans, the newest first. */
  bans(): Promise<readonly Ban[]>;
  /** Mutes an account until a moment; 0 unmutes it. */
  mute(account: number, until: number): Promise<void>;
  /** The accounts that are muted after `at`, and until when. */
  mutes(at: number): Promise<ReadonlyMap<number, number>>;
  /** Blocks another account, or unblocks it. */
  block(account: number, other: number, on: boolean): Promise<void>;
  /** All blocks: `account` blocks `other`. */
  blocks(): Promise<readonly { readonly account: Account; readonly other: Account }[]>;
  /** Adds an entry to the moderation log. */
  recordModeration(entry: Omit<ModerationEntry, "id">): Promise<void>;
  /** A part of the moderation log, the newest first. */
  moderationLog(query: ModerationQuery): Promise<readonly ModerationEntry[]>;
}

/** Where a device receives notifications while its page is closed (RFC 8030). */
export interface PushSubscription {
  /** The address of the push service for this device. */
  readonly endpoint: string;
  /** The device's public key for encrypting the content (RFC 8291), in base64url. */
  readonly p256dh: string;
  /** The secret that it shares with this server (RFC 8291), in base64url. */
  readonly auth: string;
}

/** A member's device to notify about a room. */
export interface PushTarget extends PushSubscription {
  readonly account: Account;
  /** Which messages notify the member; never `none`. */
  readonly level: Level;
  /** The `seq` up to which the member has read. */
  readonly read: number;
  /** When the member wants no notifications. */
  readonly quiet: Quiet;
}

/** A change of an account's quiet hours: what is left out stays, `null` removes it. */
export interface QuietChange {
  readonly until?: number | null;
  readonly weekly?: WeeklyQuiet | null;
}

/** Push subscriptions, and when they are not used. */
export interface PushStore {
  /**
   * Stores the subscription of a session's device, in place of the previous one; it ends with the
   * session. An endpoint belongs to one session: the last one that registers it.
   */
  addPush(session: string, subscription: PushSubscription, at: number): Promise<void>;
  /** Whether a session has a subscription. */
  hasPush(session: string): Promise<boolean>;
  /** Deletes the subscription of a session. */
  endPush(session: string): Promise<void>;
  /** Deletes an endpoint that the push service does not know any more. */
  removePush(endpoint: string): Promise<void>;
  /** When an account wants no notifications. */
  quietOf(account: number): Promise<Quiet>;
  /** Changes when an account wants no notifications. @returns All of it, as it is now. */
  setQuiet(account: number, change: QuietChange): Promise<Quiet>;
  /** The devices of an account. */
  pushesOf(account: number): Promise<readonly PushSubscription[]>;
  /** The devices to notify about a room. */
  pushTargets(room: number): Promise<readonly PushTarget[]>;
}

/** The part of a store for identity, permissions and notifications. */
export interface PeopleStore
  extends
    AccountStore,
    SessionStore,
    InviteStore,
    PasskeyStore,
    ProviderAccountStore,
    ModerationStore,
    PushStore {}
