import { assertEquals } from "@std/assert";
import { openInstances } from "../support/instances.ts";
import type { Device, HubFixture } from "../support/hub_fixture.ts";

/** How long a silent instance counts as alive, including the check that finds it, in ms. */
const GONE_MS = 8_000;

/** The presence that a device was sent. */
function news(device: Device): string[] {
  return device.newsOf("presence").map(({ name, state }) => `${name} ${state}`);
}

/** The users in a new connection's welcome. */
async function hereAt(fixture: HubFixture): Promise<string[]> {
  const device = await fixture.enter("Looker");
  const { online, away } = device.one("welcome");
  fixture.hub.exit(device.subscriber);
  return online.filter((name) => name !== "Looker")
    .map((name) => away.includes(name) ? `${name} away` : `${name} online`).sort();
}

Deno.test("users who connect and disconnect at one instance do so at all", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const looker = await two.enter("Watcher");
  looker.forget();
  const alice = await one.enter("Alice");
  await them.settle();
  assertEquals(news(looker), ["Alice online"]);
  assertEquals(two.hub.presence.size, 2);
  await alice.do({ type: "presence", state: "away" });
  assertEquals(news(looker), ["Alice away"]);
  one.hub.exit(alice.subscriber);
  await them.clock.advance(1);
  assertEquals(news(looker), ["Alice offline"]);
  assertEquals(two.hub.presence.size, 1);
});

Deno.test("a user is online while online at any instance, and away when away at all", async () => {
  await using them = await openInstances(["one", "two", "three"]);
  const [one, two, three] = them.fixtures;
  const looker = await three.enter("Watcher");
  looker.forget();
  const [phone, laptop] = [await one.enter("Alice"), await two.enter("Alice")];
  await phone.do({ type: "presence", state: "away" });
  assertEquals(news(looker), ["Alice online"]);
  await laptop.do({ type: "presence", state: "away" });
  assertEquals(news(looker), ["Alice away"]);
  await phone.do({ type: "presence", state: "online" });
  two.hub.exit(laptop.subscriber);
  await them.clock.advance(1);
  assertEquals(news(looker), ["Alice online"]);
  one.hub.exit(phone.subscriber);
  await them.clock.advance(1);
  assertEquals(news(looker), ["Alice offline"]);
});

Deno.test("a starting instance learns which users are online, and publishes its own at once", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const [alice, bob] = [await one.enter("Alice"), await two.enter("Bob")];
  await bob.do({ type: "presence", state: "away" });
  const three = await them.start("three");
  await them.clock.advance(100);
  assertEquals(await hereAt(three), ["Alice online", "Bob away"]);
  await them.settle();
  alice.forget();
  await three.enter("Carl");
  await them.settle();
  assertEquals(news(alice).slice(-1), ["Carl online"]);
});

Deno.test("users of an instance that dies silently are offline within seconds", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  await one.enter("Alice");
  await one.enter("Bob");
  const watcher = await two.enter("Watcher");
  await them.settle();
  watcher.forget();
  them.bus.line("one").dead = true;
  await them.clock.advance(3_000);
  // A user who reconnects elsewhere before that was never offline.
  await two.enter("Bob");
  assertEquals(news(watcher), []);
  await them.clock.advance(GONE_MS - 3_000);
  assertEquals(news(watcher), ["Alice offline"]);
  assertEquals([two.cluster?.size, two.hub.presence.size], [0, 2]);
});

Deno.test("an instance that was given up and is heard again is back, with its users", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  await one.enter("Alice");
  await them.settle();
  them.bus.line("one").dead = true;
  await them.clock.advance(GONE_MS);
  assertEquals(await hereAt(two), []);
  them.bus.line("one").dead = false;
  await them.clock.advance(3_000);
  assertEquals(await hereAt(two), ["Alice online"]);
});

Deno.test("an instance without a connection to the others counts none of them as dead", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  await one.enter("Alice");
  const watcher = await two.enter("Watcher");
  await them.settle();
  watcher.forget();
  them.bus.line("two").deaf = true;
  await them.clock.advance(60_000);
  assertEquals(news(watcher), []);
  them.bus.restore("two");
  await them.clock.advance(GONE_MS);
  assertEquals(news(watcher), []);
});

Deno.test("when an instance stops, its users have time to connect to another one", async () => {
  await using them = await openInstances(["one", "two"], { graceMs: 5_000 });
  const [one, two] = them.fixtures;
  await one.enter("Alice");
  await one.enter("Bob");
  const watcher = await two.enter("Watcher");
  await them.settle();
  watcher.forget();
  await one.hub.close();
  one.cluster?.close();
  await them.clock.advance(4_000);
  await two.enter("Bob");
  await them.settle();
  assertEquals(news(watcher), []);
  await them.clock.advance(2_000);
  assertEquals(news(watcher), ["Alice offline"]);
});

Deno.test("a lost presence change is found with the next heartbeat", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await one.enter("Alice");
  await them.settle();
  them.bus.line("one").mute = true;
  one.hub.exit(alice.subscriber);
  await one.enter("Bob");
  await them.clock.advance(1);
  them.bus.line("one").mute = false;
  assertEquals(await hereAt(two), ["Alice online"]);
  await them.clock.advance(3_000);
  assertEquals(await hereAt(two), ["Bob online"]);
});

Deno.test("a guest who reloads at another instance is the same user to others", async () => {
  await using them = await openInstances(["one", "two"], { graceMs: 5_000 });
  const [one, two] = them.fixtures;
  const guest = () => them.store.createGuest({ name: "Gus", skeleton: "gus", at: 0 });
  const first = await guest();
  const gus = await one.enter("Gus");
  const watcher = await two.enter("Watcher");
  await them.settle();
  watcher.forget();
  one.hub.exit(gus.subscriber);
  await them.store.retireGuest(first === "name_taken" ? 0 : first.id);
  await guest();
  await two.enter("Gus");
  await them.clock.advance(6_000);
  assertEquals(news(watcher), []);
  assertEquals(await hereAt(one), ["Gus online", "Watcher online"]);
});
