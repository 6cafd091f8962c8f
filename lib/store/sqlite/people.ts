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
import { type Access, promised } from "./promised.ts";
import { Pushes } from "./pushes.ts";
import { Sessions } from "./sessions.ts";
import { Tickets } from "./tickets.ts";
import type { Transaction } from "./transaction.ts";

/**
 * What the store knows of people, and which part does what.
 *
 * @param access When what reads the log, and what writes, may run.
 */
export function peopleStore(
  db: DatabaseSync,
  { reading, writing }: Access,
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
    createAccount: writing((account) => accounts.create(account)),
    findAccount: promised((name) => accounts.find(name)),
    accountById: promised((id) => accounts.byId(id)),
    hasOwner: promised(() => accounts.hasOwner()),
    setRole: writing((account, role) => accounts.setRole(account, role)),
    passwordOf: promised((account) => accounts.passwordOf(account)),
    setPassword: writing((account, hash) => accounts.setPassword(account, hash)),
    accountsOf: promised((role) => accounts.ofRole(role)),
    createGuest: writing((guest) => guests.create(guest)),
    retireGuest: writing((account) => guests.retire(account)),
    retireGuests: writing(() => guests.retireAll()),
    retireAccount: writing((account) => guests.retire(account)),
    secret: writing((name) => meta.secret(name)),

    createSession: writing((session) => sessions.create(session)),
    findSession: promised((hash) => sessions.find(hash)),
    touchSession: writing((hash, at) => sessions.touch(hash, at)),
    sessionsOf: promised((account) => sessions.of(account)),
    endSession: writing((account, id) => sessions.end(account, id)),

    createInvite: writing((invite) => invites.create(invite)),
    findInvite: promised((hash, at) => invites.find(hash, at)),
    hasOwnerInvite: promised(() => invites.hasOwners()),
    redeemInvite: writing((hash, at) => invites.redeem(hash, at)),
    invites: promised((at) => invites.list(at)),
    revokeInvite: writing((id) => invites.revoke(id)),

    addPasskey: writing((passkey) => passkeys.add(passkey)),
    findPasskey: promised((id) => passkeys.find(id)),
    setPasskeyCounter: writing((id, counter) => passkeys.setCounter(id, counter)),
    passkeysOf: promised((account) => passkeys.of(account)),
    removePasskey: writing((account, id) => passkeys.remove(account, id)),
    putTicket: writing((ticket, at) => tickets.put(ticket, at)),
    takeTicket: writing((hash, kind, at) => tickets.take(hash, kind, at)),

    addPush: writing((session, subscription, at) => pushes.add(session, subscription, at)),
    hasPush: promised((session) => pushes.has(session)),
    endPush: writing((session) => pushes.end(session)),
    removePush: writing((endpoint) => pushes.remove(endpoint)),
    pushTargets: reading((room) => pushes.targets(room)),

    ban: writing((ban) => bans.ban(ban)),
    unban: writing((account) => bans.unban(account)),
    bans: promised(() => bans.list()),
    isBanned: promised((account) => bans.isBanned(account)),
    isBannedAddress: promised((address) => bans.isBannedAddress(address)),
    mute: writing((account, until) => moderation.mute(account, until)),
    mutes: promised((at) => moderation.mutes(at)),
    setRoomRules: writing((room, rules) => moderation.setRules(room, rules)),
    block: writing((account, other, on) => moderation.block(account, other, on)),
    blocks: promised(() => moderation.blocks()),
    recordModeration: writing((entry) => moderation.record(entry)),
    moderationLog: promised((before, limit) => moderation.log(before, limit)),
  };
}
