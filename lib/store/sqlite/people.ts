import type { DatabaseSync } from "node:sqlite";
import type { PeopleStore } from "../people.ts";
import { Accounts } from "./accounts.ts";
import { Bans } from "./bans.ts";
import { Guests } from "./guests.ts";
import { Invites } from "./invites.ts";
import type { Keyrings } from "./keyrings.ts";
import type { Meta } from "./meta.ts";
import { Moderation } from "./moderation.ts";
import { Passkeys } from "./passkeys.ts";
import { promised } from "./promised.ts";
import { Pushes } from "./pushes.ts";
import { Sessions } from "./sessions.ts";
import { Tickets } from "./tickets.ts";
import type { Transaction } from "./transaction.ts";

/** What the store knows of people, and which part does what. */
export function peopleStore(
  db: DatabaseSync,
  transaction: Transaction,
  keyrings: Keyrings,
  meta: Meta,
): PeopleStore {
  const invites = new Invites(db, transaction);
  const accounts = new Accounts(db, transaction, invites);
  const guests = new Guests(db, transaction, keyrings);
  const sessions = new Sessions(db);
  const passkeys = new Passkeys(db);
  const tickets = new Tickets(db, transaction);
  const bans = new Bans(db, transaction);
  const moderation = new Moderation(db);
  const pushes = new Pushes(db);
  return {
    createAccount: promised((account) => accounts.create(account)),
    findAccount: promised((name) => accounts.find(name)),
    accountById: promised((id) => accounts.byId(id)),
    hasOwner: promised(() => accounts.hasOwner()),
    setRole: promised((account, role) => accounts.setRole(account, role)),
    passwordOf: promised((account) => accounts.passwordOf(account)),
    setPassword: promised((account, hash) => accounts.setPassword(account, hash)),
    accountsOf: promised((role) => accounts.ofRole(role)),
    createGuest: promised((guest) => guests.create(guest)),
    retireGuest: promised((account) => guests.retire(account)),
    retireGuests: promised(() => guests.retireAll()),
    retireAccount: promised((account) => guests.retire(account)),
    secret: promised((name) => meta.secret(name)),

    createSession: promised((session) => sessions.create(session)),
    findSession: promised((hash) => sessions.find(hash)),
    touchSession: promised((hash, at) => sessions.touch(hash, at)),
    sessionsOf: promised((account) => sessions.of(account)),
    endSession: promised((account, id) => sessions.end(account, id)),

    createInvite: promised((invite) => invites.create(invite)),
    findInvite: promised((hash, at) => invites.find(hash, at)),
    hasOwnerInvite: promised(() => invites.hasOwners()),
    redeemInvite: promised((hash, at) => invites.redeem(hash, at)),
    invites: promised((at) => invites.list(at)),
    revokeInvite: promised((id) => invites.revoke(id)),

    addPasskey: promised((passkey) => passkeys.add(passkey)),
    findPasskey: promised((id) => passkeys.find(id)),
    setPasskeyCounter: promised((id, counter) => passkeys.setCounter(id, counter)),
    passkeysOf: promised((account) => passkeys.of(account)),
    removePasskey: promised((account, id) => passkeys.remove(account, id)),
    putTicket: promised((ticket, at) => tickets.put(ticket, at)),
    takeTicket: promised((hash, kind, at) => tickets.take(hash, kind, at)),

    addPush: promised((session, subscription, at) => pushes.add(session, subscription, at)),
    hasPush: promised((session) => pushes.has(session)),
    endPush: promised((session) => pushes.end(session)),
    removePush: promised((endpoint) => pushes.remove(endpoint)),
    pushTargets: promised((room) => pushes.targets(room)),

    ban: promised((ban) => bans.ban(ban)),
    unban: promised((account) => bans.unban(account)),
    bans: promised(() => bans.list()),
    isBanned: promised((account) => bans.isBanned(account)),
    isBannedAddress: promised((address) => bans.isBannedAddress(address)),
    mute: promised((account, until) => moderation.mute(account, until)),
    mutes: promised((at) => moderation.mutes(at)),
    setRoomRules: promised((room, rules) => moderation.setRules(room, rules)),
    block: promised((account, other, on) => moderation.block(account, other, on)),
    blocks: promised(() => moderation.blocks()),
    recordModeration: promised((entry) => moderation.record(entry)),
    moderationLog: promised((before, limit) => moderation.log(before, limit)),
  };
}
