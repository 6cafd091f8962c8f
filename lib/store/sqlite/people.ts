import type { DatabaseSync } from "node:sqlite";
import type { ErasureStore } from "../erasures.ts";
import type { PeopleStore } from "../people.ts";
import { SqliteAccounts } from "./accounts.ts";
import { SqliteBans } from "./bans.ts";
import { SqliteErasures } from "./erasures.ts";
import { SqliteGuests } from "./guests.ts";
import { SqliteInvites } from "./invites.ts";
import type { IdempotencyKeys } from "./idempotency_keys.ts";
import type { SqliteMeta } from "./meta.ts";
import { SqliteModeration } from "./moderation.ts";
import { SqlitePasskeys } from "./passkeys.ts";
import { type Access, runNow } from "./access.ts";
import { SqliteProviderAccounts } from "./provider_accounts.ts";
import { SqlitePushes } from "./pushes.ts";
import { Revocations } from "./revocations.ts";
import { SqliteSessions } from "./sessions.ts";
import { SqliteTickets } from "./tickets.ts";
import type { Transaction } from "./transaction.ts";

/**
 * The identity part of the store, composed of its parts.
 *
 * @param access When reads of the log, and writes, may run.
 */
export function peopleStore(
  db: DatabaseSync,
  { reading, writing }: Access,
  transaction: Transaction,
  idempotencyKeys: IdempotencyKeys,
  meta: SqliteMeta,
): PeopleStore & ErasureStore {
  const invites = new SqliteInvites(db, transaction);
  const revocations = new Revocations(db);
  const providerAccounts = new SqliteProviderAccounts(db);
  const accounts = new SqliteAccounts(db, transaction, invites, revocations, providerAccounts);
  const erasures = new SqliteErasures(db, transaction, revocations);
  const guests = new SqliteGuests(db, transaction, idempotencyKeys);
  const sessions = new SqliteSessions(db);
  const passkeys = new SqlitePasskeys(db);
  const tickets = new SqliteTickets(db, transaction);
  const bans = new SqliteBans(db, transaction, revocations);
  const moderation = new SqliteModeration(db);
  const pushes = new SqlitePushes(db);
  const pushTargets = reading((room: number) => pushes.targets(room));
  return {
    createAccount: writing((account) => accounts.create(account)),
    findAccount: runNow((name) => accounts.find(name)),
    accountThatHad: runNow((name, at) => accounts.thatHad(name, at)),
    accountById: runNow((id) => accounts.byId(id)),
    accountByPublicId: runNow((publicId) => accounts.byPublicId(publicId)),
    hasOwner: runNow(() => accounts.hasOwner()),
    renameAccount: writing((account, to) => accounts.rename(account, to)),
    setActive: writing((account, active, at) => accounts.setActive(account, active, at)),
    setRole: writing((account, role) => accounts.setRole(account, role)),
    endAccess: writing((account, keepsLinks) => accounts.endAccess(account, keepsLinks)),
    passwordOf: runNow((account) => accounts.passwordOf(account)),
    setPassword: writing((account, hash) => accounts.setPassword(account, hash)),
    changePassword: writing((change) => accounts.changePassword(change)),
    listAccounts: runNow((page) => accounts.list(page)),
    useOf: runNow((ids) => accounts.useOf(ids)),
    accountsOf: runNow((...rest) => accounts.ofRole(...rest)),
    createGuest: writing((guest) => guests.create(guest)),
    retireGuest: writing((account, departure) => guests.retire(account, departure)),
    retireGuests: writing(() => guests.retireAll()),
    retireAccount: writing((account) => guests.retire(account)),
    eraseAccount: writing((account, name, at) => erasures.erase(account, name, at)),
    messagesOf: reading((account, after) => erasures.messagesOf(account, after)),
    nextErasure: writing((at) => erasures.next(at)),
    endErasureStep: writing((account, next, at) => erasures.endStep(account, next, at)),
    secret: writing((name) => meta.secret(name)),
    value: runNow((name) => meta.value(name)),
    replaceValue: writing((...rest) => meta.replaceValue(...rest)),

    createSession: writing((session) => sessions.create(session)),
    findSession: runNow((hash) => sessions.find(hash)),
    proveSession: runNow((token) => sessions.prove(token)),
    renewSession: writing((before, token) => sessions.renew(before, token)),
    confirmSession: writing((hash, at, passkey) => sessions.confirm(hash, at, passkey)),
    trimSessions: writing((account, keep) => sessions.trim(account, keep)),
    endSessionsBefore: writing((bounds) => sessions.endBefore(bounds)),
    touchSession: writing((hash, at) => sessions.touch(hash, at)),
    sessionsOf: runNow((account) => sessions.of(account)),
    endSession: writing((account, id) => sessions.end(account, id)),

    createInvite: writing((invite) => invites.create(invite)),
    grantInvite: writing((invite) => invites.grant(invite)),
    inviteById: runNow((id) => invites.byId(id)),
    findInvite: runNow((hash, at) => invites.find(hash, at)),
    hasOwnerInvite: runNow(() => invites.hasOwners()),
    redeemInvite: writing((hash, at) => invites.redeem(hash, at)),
    invites: runNow((at) => invites.list(at)),
    revokeInvite: writing((id) => invites.revoke(id)),

    addPasskey: writing((passkey) => passkeys.add(passkey)),
    findPasskey: runNow((id) => passkeys.find(id)),
    setPasskeyCounter: writing((id, counter) => passkeys.setCounter(id, counter)),
    passkeysOf: runNow((account) => passkeys.of(account)),
    removePasskey: writing((account, id) => passkeys.remove(account, id)),
    putTicket: writing((ticket, at) => tickets.put(ticket, at)),
    takeTicket: writing((hash, kind, at) => tickets.take(hash, kind, at)),

    findByProviderAccount: runNow((linked) => providerAccounts.find(linked)),
    linkProviderAccount: writing((link) => providerAccounts.link(link)),
    providerAccountsOf: runNow((account) => providerAccounts.of(account)),
    unlinkProviderAccount: writing((account, issuer) => providerAccounts.unlink(account, issuer)),
    endProviderSessions: writing((ended) => providerAccounts.endSessions(ended)),

    addPush: writing((session, subscription, at) => pushes.add(session, subscription, at)),
    hasPush: runNow((session) => pushes.has(session)),
    endPush: writing((session) => pushes.end(session)),
    removePush: writing((endpoint) => pushes.remove(endpoint)),
    quietOf: runNow((account) => pushes.quietOf(account)),
    setQuiet: writing((account, change) => pushes.setQuiet(account, change)),
    pushesOf: runNow((account) => pushes.of(account)),
    pushTargets: async (room) => pushes.areTargets(room) ? await pushTargets(room) : [],

    ban: writing((ban) => bans.ban(ban)),
    unban: writing((account) => bans.unban(account)),
    bans: runNow(() => bans.list()),
    isBanned: runNow((account) => bans.isBanned(account)),
    isBannedAddress: runNow((address) => bans.isBannedAddress(address)),
    mute: writing((account, until) => moderation.mute(account, until)),
    mutes: runNow((at) => moderation.mutes(at)),
    block: writing((account, other, on) => moderation.block(account, other, on)),
    blocks: runNow(() => moderation.blocks()),
    recordModeration: writing((entry) => moderation.record(entry)),
    moderationLog: runNow((query) => moderation.log(query)),
  };
}
