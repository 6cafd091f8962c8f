import { assertEquals } from "@std/assert";
import { openInstances } from "./support/instances.ts";
import type { Device, World } from "./support/world.ts";

/** After so much silence an instance is gone, and the look that finds it, in ms. */
const GONE_MS = 8_000;

/** What somebody was told of others. */
function news(device: Device): string[] {
  return device.newsOf("presence").map(({ name, state }) => `${name} ${state}`);
}

/** Who is here, as somebody who comes in is told. */
async function hereAt(world: World): Promise<string[]> {
  const device = await world.enter("Looker");
  const { online, away } = device.one("welcome");
  world.hub.exit(device.member);
  return online.filter((name) => name !== "Looker")
    .map((name) => away.includes(name) ? `${name} away` : `${name} online`).sort();
}

Deno.test("who comes and goes at one instance comes and goes at all", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.worlds;
  const looker = await two.enter("Watcher");
  looker.forget();
  const alice = await one.enter("Alice");
  await them.settle();
  assertEquals(news(looker), ["Alice online"]);
  assertEquals(two.hub.presence.size, 2);
  await alice.do({ type: "presence", state: "away" });
  assertEquals(news(looker), ["Alice away"]);
  one.hub.exit(alice.member);
  await them.clock.advance(1);
  assertEquals(news(looker), ["Alice offline"]);
  assertEquals(two.hub.presence.size, 1);
});

Deno.test("somebody is online while they are anywhere, and away when they are away everywhere", async () => {
  await using them = await openInstances(["one", "two", "three"]);
  const [one, two, three] = them.worlds;
  const looker = await three.enter("Watcher");
  looker.forget();
  const [phone, laptop] = [await one.enter("Alice"), await two.enter("Alice")];
  await phone.do({ type: "presence", state: "away" });
  assertEquals(news(looker), ["Alice online"]);
  await laptop.do({ type: "presence", state: "away" });
  assertEquals(news(looker), ["Alice away"]);
  await phone.do({ type: "presence", state: "online" });
  two.hub.exit(laptop.member);
  await them.clock.advance(1);
  assertEquals(news(looker), ["Alice online"]);
  one.hub.exit(phone.member);
  await them.clock.advance(1);
  assertEquals(news(looker), ["Alice offline"]);
});

Deno.test("an instance that starts learns who is here, and its people are known at once", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.worlds;
  const [alice, bob] = [await one.enter("Alice"), await two.enter("Bob")];
  await bob.do({ type: "presence", state: "away" });
  const three = await them.start("three");
  await them.clock.advance(100);
  assertEquals(await hereAt(three), ["Alice online", "Bob away"]);
  alice.forget();
  await three.enter("Carl");
  await them.settle();
  assertEquals(news(alice).slice(-1), ["Carl online"]);
});

Deno.test("the people of an instance that dies without a word are gone within seconds", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.worlds;
  await one.enter("Alice");
  await one.enter("Bob");
  const watcher = await two.enter("Watcher");
  await them.settle();
  watcher.forget();
  them.bus.line("one").dead = true;
  await them.clock.advance(3_000);
  // Who is back elsewhere before that has never been away.
  await two.enter("Bob");
  assertEquals(news(watcher), []);
  await them.clock.advance(GONE_MS - 3_000);
  assertEquals(news(watcher), ["Alice offline"]);
  assertEquals([two.cluster?.size, two.hub.presence.size], [0, 2]);
});

Deno.test("an instance that is heard again after it was given up is there again, with its people", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.worlds;
  await one.enter("Alice");
  await them.settle();
  them.bus.line("one").dead = true;
  await them.clock.advance(GONE_MS);
  assertEquals(await hereAt(two), []);
  them.bus.line("one").dead = false;
  await them.clock.advance(3_000);
  assertEquals(await hereAt(two), ["Alice online"]);
});

Deno.test("who hears nothing holds nobody for gone", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.worlds;
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

Deno.test("when an instance stops, its people have the time to come to another one", async () => {
  await using them = await openInstances(["one", "two"], { graceMs: 5_000 });
  const [one, two] = them.worlds;
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

Deno.test("a change that was lost on the way is found with the next sign of life", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.worlds;
  const alice = await one.enter("Alice");
  await them.settle();
  them.bus.line("one").mute = true;
  one.hub.exit(alice.member);
  await one.enter("Bob");
  await them.clock.advance(1);
  them.bus.line("one").mute = false;
  assertEquals(await hereAt(two), ["Alice online"]);
  await them.clock.advance(3_000);
  assertEquals(await hereAt(two), ["Bob online"]);
});

Deno.test("a guest who reloads at another instance is the same to whoever looks on", async () => {
  await using them = await openInstances(["one", "two"], { graceMs: 5_000 });
  const [one, two] = them.worlds;
  const guest = () => them.store.createGuest({ name: "Gus", skeleton: "gus", at: 0 });
  const first = await guest();
  const gus = await one.enter("Gus");
  const watcher = await two.enter("Watcher");
  await them.settle();
  watcher.forget();
  one.hub.exit(gus.member);
  await them.store.retireGuest(first === "name_taken" ? 0 : first.id);
  await guest();
  await two.enter("Gus");
  await them.clock.advance(6_000);
  assertEquals(news(watcher), []);
  assertEquals(await hereAt(one), ["Gus online", "Watcher online"]);
});
