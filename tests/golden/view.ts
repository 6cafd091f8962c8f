/**
 * The contents of a store as its users see them, independent of its storage format.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Account, RoomRecord, StoredMessage } from "../../lib/store/records.ts";
import type { Store } from "../../lib/store/store.ts";
import { AT, log, messages } from "../store/contract/fixture.ts";

const NAMES = ["Alice", "Bob", "Carol", "Öwner", "Bot", "Eve"];
const QUERIES = ["creme three", "secret", "picture", "psst", "guest", "line 1"];

/** Reads everything through the store's interface. */
export async function viewOf(store: Store) {
  const people = await Promise.all(NAMES.map(async (name) => {
    const account = await store.findAccount(name);
    assert(account !== null, name);
    return account;
  }));
  const rooms = await roomsOf(store, people);
  const [alice] = people;
  return {
    people: await Promise.all(people.map((account) => personIn(store, account))),
    rooms: await Promise.all([...rooms.values()].map((room) => roomIn(store, room))),
    found: Object.fromEntries(
      await Promise.all(QUERIES.map(async (query) => {
        const search = { account: alice!.id, query, room: null, before: null, limit: 10 };
        const { hits } = await store.search(search);
        return [query, hits.map(({ room, message }) => `${room.publicId} ${message.seq}`)];
      })),
    ),
    blocks: (await store.blocks()).map(({ account, other }) => [account.name, other.name]),
    bans: await store.bans(),
    muted: [...await store.mutes(AT)],
    moderation: await store.moderationLog({ before: null, limit: 10 }),
    invites: await store.invites(AT),
    secrets: [await store.secret("device"), await store.secret("vapid")],
  };
}

async function roomsOf(store: Store, people: readonly Account[]) {
  const rooms = new Map<number, RoomRecord>();
  for (const { id } of people) {
    for (const { room } of await store.roomsOf(id)) rooms.set(room.id, room);
  }
  return new Map([...rooms].sort(([one], [other]) => one - other));
}

async function personIn(store: Store, { id, publicId, name, role }: Account) {
  const memberships = await store.roomsOf(id);
  return {
    ...{ publicId, name, role },
    password: await store.passwordOf(id),
    isBanned: await store.isBanned(id),
    fileBytes: await store.fileBytesOf(id),
    sessions: (await store.sessionsOf(id)).map(({ label }) => label),
    // An import changes the order of passkeys created at the same time.
    passkeys: (await store.passkeysOf(id)).map((one) => [one.id, one.publicKey.toBase64()]).sort(),
    invitations: (await store.invitationsOf(id)).map(({ room }) => room.name),
    rooms: memberships.map((one) => [one.room.publicId, one.read, one.unread, one.level]),
  };
}

async function roomIn(store: Store, room: RoomRecord) {
  const { id, publicId, name, kind, title, seq, locked, slowMs, host } = room;
  const current = await Promise.all((await messages(store, room)).map(async (message) => ({
    ...message,
    reactions: await everyReactionTo(store, message),
  })));
  const files = current.flatMap((message) => message.files ?? []);
  return {
    ...{ publicId, name, kind, title, seq, locked, slowMs, host },
    members: (await store.membersOf(id)).map((account) => account.publicId),
    events: await log(store, room),
    messages: current,
    bytes: await Promise.all(
      files.map(async (file) => (await store.filePart(file.id, 1))?.toBase64()),
    ),
  };
}

/** The reactions to a message with all users, in the order in which the message has them. */
async function everyReactionTo(store: Store, { room, seq: target, reactions }: StoredMessage) {
  return await Promise.all(reactions.map(async ({ emoji }) => {
    const { entries } = await store.reactionsTo({ room, target, emoji, after: "", limit: 100 });
    return { emoji, names: entries.map(({ name }) => name), ids: entries.map(({ id }) => id) };
  }));
}
