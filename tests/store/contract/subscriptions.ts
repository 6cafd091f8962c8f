import { assert, assertEquals } from "@std/assert";
import type { PushSubscription } from "../../../lib/store/people.ts";
import type { Store } from "../../../lib/store/store.ts";
import type { Account } from "../../../lib/store/records.ts";
import { AT, type Contract, guest, message, room, store as put } from "./fixture.ts";

/** Signs a user in on a device with a push subscription. */
async function device(store: Store, account: Account, name: string): Promise<PushSubscription> {
  await store.createSession({ hash: name, account: account.id, label: name, at: AT });
  const subscription = { endpoint: `https://push.example/${name}`, p256dh: `p-${name}`, auth: "a" };
  await store.addPush(name, subscription, AT);
  return subscription;
}

/** The devices to notify of a room: user, level, and read mark. */
async function targets(store: Store, { id }: { readonly id: number }): Promise<readonly string[]> {
  const found = await store.pushTargets(id);
  return found.map(({ account, endpoint, level, read }) =>
    `${account.name} ${endpoint.split("/").at(-1)} ${level} ${read}`
  ).sort();
}

async function levelsOf(store: Store, { id }: Account): Promise<readonly string[]> {
  return (await store.roomsOf(id)).map(({ room, level }) => `${room.name} ${level}`);
}

/** Levels and push subscriptions. */
export const subscriptions: Contract = {
  "conversations notify of every message and rooms of mentions, until the user changes that":
    async (
      { store, team, alice, bob },
    ) => {
      const direct = await store.directRoom(alice, bob, AT);
      await put(store, message(direct, alice, "Hello"));
      assertEquals(await levelsOf(store, bob), [" all", "Team mentions"]);
      await store.setLevel(team.id, bob.id, "all");
      await store.setLevel(direct.id, bob.id, "none");
      assertEquals(await levelsOf(store, bob), [" none", "Team all"]);
      assertEquals(await levelsOf(store, alice), [" all", "Team mentions"], "each has their own");
    },

  "a member who rejoins a room has the default notification level": async (
    { store, team, bob },
  ) => {
    await store.setLevel(team.id, bob.id, "none");
    await store.removeMember(team.id, bob.id);
    await store.addMember(team.id, bob.id, AT);
    assertEquals(await levelsOf(store, bob), ["Team mentions"]);
  },

  "the devices of a room's members are notified": async ({ store, team, alice, bob, carol }) => {
    await device(store, alice, "laptop");
    await device(store, alice, "phone");
    await device(store, bob, "tablet");
    await device(store, carol, "watch");
    await put(store, message(team, alice, "one"), message(team, alice, "two"));
    await store.markRead(team.id, bob.id, 1);
    assertEquals(await targets(store, team), [
      "Alice laptop mentions 0",
      "Alice phone mentions 0",
      "Bob tablet mentions 1",
    ]);
    await store.setLevel(team.id, alice.id, "none");
    await store.setLevel(team.id, bob.id, "all");
    assertEquals(await targets(store, team), ["Bob tablet all 1"]);
    assertEquals(await targets(store, await room(store, "Other", carol)), [
      "Carol watch mentions 0",
    ]);
  },

  "a subscription is returned as stored": async ({ store, team, alice }) => {
    const stored = await device(store, alice, "laptop");
    const [{ endpoint, p256dh, auth } = stored] = await store.pushTargets(team.id);
    assertEquals({ endpoint, p256dh, auth }, stored);
  },

  "a session has one subscription, and an endpoint one session": async (
    { store, team, alice, bob },
  ) => {
    const first = await device(store, alice, "laptop");
    await store.addPush("laptop", { ...first, endpoint: "https://push.example/new" }, AT);
    assertEquals(await targets(store, team), ["Alice new mentions 0"]);
    await store.createSession({ hash: "bob's", account: bob.id, label: "", at: AT });
    await store.addPush("bob's", { ...first, endpoint: "https://push.example/new" }, AT);
    assertEquals(await targets(store, team), ["Bob new mentions 0"]);
    assertEquals([await store.hasPush("laptop"), await store.hasPush("bob's")], [false, true]);
  },

  "a subscription ends on request, when its push service dropped it, and with its session": async (
    { store, team, alice, bob },
  ) => {
    for (const name of ["one", "two", "three"]) await device(store, alice, name);
    await device(store, bob, "four");
    await store.endPush("one");
    await store.removePush("https://push.example/two");
    await store.removePush("https://push.example/never");
    const sessions = await store.sessionsOf(alice.id);
    const third = sessions.find(({ label }) => label === "three");
    assert(third !== undefined);
    await store.endSession(alice.id, third.id);
    await store.ban({ account: bob.id, address: null, reason: "", at: AT });
    assertEquals(await targets(store, team), []);
    assertEquals(await store.hasPush("three"), false);
  },

  "a guest who left is not notified": async ({ store, team }) => {
    const eve = await guest(store, "Eve");
    await store.addMember(team.id, eve.id, AT);
    await device(store, eve, "terminal");
    assertEquals(await targets(store, team), ["Eve terminal mentions 0"]);
    await store.retireGuest(eve.id);
    assertEquals(await targets(store, team), []);
  },
};
