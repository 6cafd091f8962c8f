// Ten instances on a bus with topics: each pays for what its own subscribers need.
import { assert, assertEquals } from "@std/assert";
import { follower, openInstances, seqs } from "../support/instances.ts";
import { upTo } from "../store/contract/fixture.ts";

const NAMES = upTo(10).map((n) => `i${n}`);

/** Ten instances, on a bus with topics. */
async function openTen() {
  const them = await openInstances(NAMES);
  them.bus.hasTopics = true;
  return them;
}

Deno.test("of ten instances only those with subscribers of a room hear what is said in it", async () => {
  await using them = await openTen();
  const [one, two, ...others] = them.fixtures;
  assert(one !== undefined && two !== undefined);
  const alice = await follower(one, "Alice", "lobby");
  const bob = await follower(two, "Bob", "lobby");
  for (const [n, fixture] of others.entries()) await follower(fixture, `Other ${n}`, `room-${n}`);
  // They load each other's users, and compare once.
  await them.clock.advance(60_000);
  const before = NAMES.map((name) => them.bus.receivedBy(name));
  for (const n of upTo(200)) {
    await alice.start({ type: "room_message", room: "lobby", message: `${n}` });
    if (n % 20 === 0) await alice.start({ type: "typing", room: "lobby" });
    await them.clock.settle();
  }
  await alice.start({ type: "read", room: "lobby", seq: 200 });
  await them.settle();
  const received = NAMES.map((name, i) => them.bus.receivedBy(name) - before[i]!);
  assertEquals(seqs(bob), upTo(200));
  assert(received[1]! >= 200, `${received}`);
  assertEquals(received.slice(2), others.map(() => 0), "the other instances hear nothing of it");
});

Deno.test("a conversation is heard where its two users are, though no room is loaded there", async () => {
  await using them = await openTen();
  const [one, two, three, ...others] = them.fixtures;
  assert(one !== undefined && two !== undefined && three !== undefined);
  const alice = await one.enter("Alice");
  const phone = await two.enter("Alice");
  const bob = await three.enter("Bob");
  for (const [n, fixture] of others.entries()) await fixture.enter(`Other ${n}`);
  await them.clock.advance(60_000);
  for (const device of [alice, phone, bob]) device.forget();
  const before = NAMES.map((name) => them.bus.receivedBy(name));
  await alice.do({ type: "private_message", receiver: "Bob", message: "one" });
  await bob.do({ type: "private_message", receiver: "Alice", message: "two" });
  await them.settle();
  for (const device of [alice, phone, bob]) assertEquals(device.texts(), ["1 one", "2 two"]);
  const received = NAMES.map((name, i) => them.bus.receivedBy(name) - before[i]!);
  assertEquals(received.slice(3), others.map(() => 0));
});

Deno.test("a membership that has changed is read alone, also if its notice was lost", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  await follower(one, "Alice", "lobby");
  const bob = await follower(two, "Bob", "lobby");
  // Each room is compared with the store once as a whole.
  await them.clock.advance(20_000);
  const all = two.hold("membersOf", "before");
  all.open();
  all.fail(new Error("all members were read again"));
  const names = async () =>
    [...(await two.room("lobby", "Bob")).members()].map(({ name }) => name).toSorted();
  await one.enter("Carol").then((carol) => carol.do({ type: "join", room: "lobby" }));
  await them.settle();
  assertEquals(await names(), ["Alice", "Bob", "Carol"]);
  them.bus.line("two").deaf = true;
  const dave = await one.enter("Dave");
  await dave.do({ type: "join", room: "lobby" });
  await dave.do({ type: "leave", room: "lobby" });
  await one.enter("Erin").then((erin) => erin.do({ type: "join", room: "lobby" }));
  them.bus.line("two").deaf = false;
  assertEquals(await names(), ["Alice", "Bob", "Carol"]);
  await them.clock.advance(20_000);
  assertEquals(await names(), ["Alice", "Bob", "Carol", "Erin"]);
  assertEquals(two.logged.filter((line) => line.includes("error")), []);
  assert(bob.connection.open);
});
