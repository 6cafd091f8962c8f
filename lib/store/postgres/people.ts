import type { PeopleStore } from "../people.ts";
import { Accounts } from "./accounts.ts";
import { Bans } from "./bans.ts";
import type { Database } from "./database.ts";
import { Guests } from "./guests.ts";
import type { Instance } from "./instance.ts";
import { Invites } from "./invites.ts";
import type { Meta } from "./meta.ts";
import { Moderation } from "./moderation.ts";
import { Passkeys } from "./passkeys.ts";
import { Pushes } from "./pushes.ts";
import { Sessions } from "./sessions.ts";
import { Tickets } from "./tickets.ts";

/** What the store knows of people, and which part does what. */
export function peopleStore(db: Database, instance: Instance, meta: Meta): PeopleStore {
  const accounts = new Accounts(db);
  const guests = new Guests(db, instance);
  const sessions = new Sessions(db);
  const invites = new Invites(db);
  const passkeys = new Passkeys(db);
  const tickets = new Tickets(db);
  const bans = new Bans(db);
  const moderation = new Moderation(db);
  const pushes = new Pushes(db);
  return {
    createAccount: (account) => accounts.create(account),
    findAccount: (name) => accounts.find(name),
    accountById: (id) => accounts.byId(id),
    hasOwner: () => accounts.hasOwner(),
    setRole: (account, role) => accounts.setRole(account, role),
    passwordOf: (account) => accounts.passwordOf(account),
    setPassword: (account, hash) => accounts.setPassword(account, hash),
    accountsOf: (role) => accounts.ofRole(role),
    createGuest: (guest) => guests.create(guest),
    retireGuest: (account) => guests.retire(account),
    retireGuests: () => guests.retireLeft(),
    retireAccount: (account) => guests.retire(account),
    secret: (name) => meta.secret(name),

    createSession: (session) => sessions.create(session),
    findSession: (hash) => sessions.find(hash),
    touchSession: (hash, at) => sessions.touch(hash, at),
    sessionsOf: (account) => sessions.of(account),
    endSession: (account, id) => sessions.end(account, id),

    createInvite: (invite) => invites.create(invite),
    findInvite: (hash, at) => invites.find(hash, at),
    hasOwnerInvite: () => invites.hasOwners(),
    redeemInvite: (hash, at) => invites.redeem(hash, at),
    invites: (at) => invites.list(at),
    revokeInvite: (id) => invites.revoke(id),

    addPasskey: (passkey) => passkeys.add(passkey),
    findPasskey: (id) => passkeys.find(id),
    setPasskeyCounter: (id, counter) => passkeys.setCounter(id, counter),
    passkeysOf: (account) => passkeys.of(account),
    removePasskey: (account, id) => passkeys.remove(account, id),
    putTicket: (ticket, at) => tickets.put(ticket, at),
    takeTicket: (hash, kind, at) => tickets.take(hash, kind, at),

    addPush: (session, subscription, at) => pushes.add(session, subscription, at),
    hasPush: (session) => pushes.has(session),
    endPush: (session) => pushes.end(session),
    removePush: (endpoint) => pushes.remove(endpoint),
    pushTargets: (room) => pushes.targets(room),

    ban: (ban) => bans.ban(ban),
    unban: (account) => bans.unban(account),
    bans: () => bans.list(),
    isBanned: (account) => bans.isBanned(account),
    isBannedAddress: (address) => bans.isBannedAddress(address),
    mute: (account, until) => moderation.mute(account, until),
    mutes: (at) => moderation.mutes(at),
    setRoomRules: (room, rules) => moderation.setRules(room, rules),
    block: (account, other, on) => moderation.block(account, other, on),
    blocks: () => moderation.blocks(),
    recordModeration: (entry) => moderation.record(entry),
    moderationLog: (before, limit) => moderation.log(before, limit),
  };
}
