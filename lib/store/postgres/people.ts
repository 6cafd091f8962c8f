import type { ErasureStore } from "../erasures.ts";
import type { PeopleStore } from "../people.ts";
import { PostgresAccounts } from "./accounts.ts";
import { PostgresBans } from "./bans.ts";
import type { Database } from "./database.ts";
import { PostgresErasures } from "./erasures.ts";
import { PostgresGuests } from "./guests.ts";
import type { Instance } from "./instance.ts";
import { PostgresInvites } from "./invites.ts";
import type { PostgresMeta } from "./meta.ts";
import { PostgresModeration } from "./moderation.ts";
import { PostgresPasskeys } from "./passkeys.ts";
import { PostgresProviderAccounts } from "./provider_accounts.ts";
import { PostgresPushes } from "./pushes.ts";
import { PostgresSessions } from "./sessions.ts";
import { PostgresTickets } from "./tickets.ts";

/** The identity part of the store, composed of its parts. */
export function peopleStore(
  db: Database,
  instance: Instance,
  meta: PostgresMeta,
): PeopleStore & ErasureStore {
  const accounts = new PostgresAccounts(db);
  const erasures = new PostgresErasures(db, accounts);
  const guests = new PostgresGuests(db, instance);
  const sessions = new PostgresSessions(db);
  const invites = new PostgresInvites(db);
  const providerAccounts = new PostgresProviderAccounts(db);
  const passkeys = new PostgresPasskeys(db);
  const tickets = new PostgresTickets(db);
  const bans = new PostgresBans(db);
  const moderation = new PostgresModeration(db);
  const pushes = new PostgresPushes(db);
  return {
    createAccount: (account) => accounts.create(account),
    findAccount: (name) => accounts.find(name),
    accountThatHad: (name, at) => accounts.thatHad(name, at),
    accountById: (id) => accounts.byId(id),
    accountByPublicId: (publicId) => accounts.byPublicId(publicId),
    hasOwner: () => accounts.hasOwner(),
    renameAccount: (account, to) => accounts.rename(account, to),
    setActive: (account, active, at) => accounts.setActive(account, active, at),
    setRole: (account, role) => accounts.setRole(account, role),
    endAccess: (account, keepsLinks) => accounts.endAccess(account, keepsLinks),
    passwordOf: (account) => accounts.passwordOf(account),
    setPassword: (account, hash) => accounts.setPassword(account, hash),
    changePassword: (change) => accounts.changePassword(change),
    listAccounts: (page) => accounts.list(page),
    useOf: (ids) => accounts.useOf(ids),
    accountsOf: (...rest) => accounts.ofRole(...rest),
    createGuest: (guest) => guests.create(guest),
    retireGuest: (account, departure) => guests.retire(account, departure),
    retireGuests: () => guests.retireLeft(),
    retireAccount: (account) => guests.retire(account),
    eraseAccount: (account, name, at) => erasures.erase(account, name, at),
    messagesOf: (account, after) => erasures.messagesOf(account, after),
    nextErasure: (at) => erasures.next(at),
    endErasureStep: (account, next, at) => erasures.endStep(account, next, at),
    secret: (name) => meta.secret(name),
    value: (name) => meta.value(name),
    replaceValue: (...rest) => meta.replaceValue(...rest),

    createSession: (session) => sessions.create(session),
    findSession: (hash) => sessions.find(hash),
    proveSession: (token) => sessions.prove(token),
    renewSession: (before, token) => sessions.renew(before, token),
    confirmSession: (hash, at, passkey) => sessions.confirm(hash, at, passkey),
    trimSessions: (account, keep) => sessions.trim(account, keep),
    endSessionsBefore: (bounds) => sessions.endBefore(bounds),
    touchSession: (hash, at) => sessions.touch(hash, at),
    sessionsOf: (account) => sessions.of(account),
    endSession: (account, id) => sessions.end(account, id),

    createInvite: (invite) => invites.create(invite),
    grantInvite: (invite) => invites.grant(invite),
    inviteById: (id) => invites.byId(id),
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

    findByProviderAccount: (linked) => providerAccounts.find(linked),
    linkProviderAccount: (link) => providerAccounts.link(link),
    providerAccountsOf: (account) => providerAccounts.of(account),
    unlinkProviderAccount: (account, issuer) => providerAccounts.unlink(account, issuer),
    endProviderSessions: (ended) => providerAccounts.endSessions(ended),

    addPush: (session, subscription, at) => pushes.add(session, subscription, at),
    hasPush: (session) => pushes.has(session),
    endPush: (session) => pushes.end(session),
    removePush: (endpoint) => pushes.remove(endpoint),
    quietOf: (account) => pushes.quietOf(account),
    setQuiet: (account, change) => pushes.setQuiet(account, change),
    pushesOf: (account) => pushes.of(account),
    pushTargets: (room) => pushes.targets(room),

    ban: (ban) => bans.ban(ban),
    unban: (account) => bans.unban(account),
    bans: () => bans.list(),
    isBanned: (account) => bans.isBanned(account),
    isBannedAddress: (address) => bans.isBannedAddress(address),
    mute: (account, until) => moderation.mute(account, until),
    mutes: (at) => moderation.mutes(at),
    block: (account, other, on) => moderation.block(account, other, on),
    blocks: () => moderation.blocks(),
    recordModeration: (entry) => moderation.record(entry),
    moderationLog: (query) => moderation.log(query),
  };
}
