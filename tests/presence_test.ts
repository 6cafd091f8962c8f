import { assertEquals } from "@std/assert";
import { Presence } from "../lib/presence.ts";
import { FakeClock } from "./support/fake_clock.ts";

const alice = { id: 1, name: "Alice", role: "member" } as const;
const bob = { id: 2, name: "Bob", role: "guest" } as const;

const GRACE_MS = 5_000;
const AWAY_MS = 60_000;

function setUp(graceMs = GRACE_MS) {
  const clock = new FakeClock();
  /** What others were told, in order; emptied by looking. */
  const said: string[] = [];
  const presence = new Presence<string>({
    clock,
    graceMs,
    awayMs: AWAY_MS,
    announce: ({ name }, state) => said.push(`${name} ${state}`),
  });
  const news = () => said.splice(0);
  return { clock, presence, news };
}

Deno.test("a person is online from the first connection to the last", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  presence.enter(alice, "laptop");
  assertEquals(news(), ["Alice online"]);
  presence.exit(alice, "phone");
  await clock.advance(GRACE_MS * 2);
  assertEquals(news(), []);
  presence.exit(alice, "laptop");
  await clock.advance(GRACE_MS - 1);
  assertEquals(news(), []);
  assertEquals(presence.size, 1);
  await clock.advance(1);
  assertEquals(news(), ["Alice offline"]);
  assertEquals([presence.size, presence.people()], [0, []]);
});

Deno.test("whoever comes back within the grace has never been gone", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "one");
  for (const [before, after] of [["one", "two"], ["two", "three"], ["three", "four"]] as const) {
    presence.exit(alice, before);
    await clock.advance(GRACE_MS - 1);
    presence.enter(alice, after);
  }
  await clock.advance(GRACE_MS * 3);
  assertEquals(news(), ["Alice online"]);
  assertEquals([...presence.connectionsOf(alice.id)], ["four"]);
});

Deno.test("the grace counts from the last one to leave", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "one");
  presence.exit(alice, "one");
  await clock.advance(GRACE_MS - 1);
  presence.enter(alice, "two");
  presence.exit(alice, "two");
  await clock.advance(GRACE_MS - 1);
  assertEquals(news(), ["Alice online"]);
  await clock.advance(1);
  assertEquals(news(), ["Alice offline"]);
});

Deno.test("without a grace a person is offline at once", async () => {
  const { clock, presence, news } = setUp(0);
  presence.enter(alice, "one");
  presence.exit(alice, "one");
  await clock.advance(0);
  assertEquals(news(), ["Alice online", "Alice offline"]);
});

Deno.test("leaving twice, or without having come, changes nothing", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  presence.exit(alice, "other");
  presence.exit(bob, "phone");
  presence.exit(alice, "phone");
  await clock.advance(GRACE_MS / 2);
  presence.exit(alice, "phone");
  await clock.advance(GRACE_MS / 2);
  assertEquals(news(), ["Alice online", "Alice offline"]);
});

Deno.test("a person is away when nothing has come for a while, and back with the first sign", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  await clock.advance(AWAY_MS - 1);
  assertEquals(news(), ["Alice online"]);
  await clock.advance(AWAY_MS / 10);
  assertEquals(news(), ["Alice away"]);
  assertEquals(presence.people(), [{ name: "Alice", state: "away" }]);
  presence.active(alice, "phone");
  assertEquals(news(), ["Alice online"]);
});

Deno.test("any sign from any device keeps a person online", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  presence.enter(alice, "laptop");
  for (let i = 0; i < 20; i++) {
    await clock.advance(AWAY_MS / 2);
    presence.active(alice, i % 2 === 0 ? "phone" : "laptop");
  }
  assertEquals(news(), ["Alice online"]);
});

Deno.test("silence is looked for again and again", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  await clock.advance(AWAY_MS * 3);
  presence.active(alice, "phone");
  await clock.advance(AWAY_MS * 3);
  presence.enter(bob, "laptop");
  await clock.advance(AWAY_MS * 3);
  assertEquals(news(), [
    "Alice online",
    "Alice away",
    "Alice online",
    "Alice away",
    "Bob online",
    "Bob away",
  ]);
});

Deno.test("a person is away when every device says so, and not before", () => {
  const { presence, news } = setUp();
  presence.enter(alice, "phone");
  presence.enter(alice, "laptop");
  presence.idle(alice, "phone");
  assertEquals(news(), ["Alice online"]);
  presence.idle(alice, "laptop");
  presence.idle(alice, "laptop");
  assertEquals(news(), ["Alice away"]);
  presence.active(alice, "phone");
  presence.active(alice, "phone");
  assertEquals(news(), ["Alice online"]);
});

Deno.test("when the device in use goes, what is left decides", () => {
  const { presence, news } = setUp();
  presence.enter(alice, "phone");
  presence.enter(alice, "laptop");
  presence.idle(alice, "phone");
  presence.exit(alice, "laptop");
  assertEquals(news(), ["Alice online", "Alice away"]);
});

Deno.test("a new device brings somebody back who was away", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  await clock.advance(AWAY_MS * 2);
  presence.enter(alice, "laptop");
  assertEquals(news(), ["Alice online", "Alice away", "Alice online"]);
});

Deno.test("whoever is away and leaves goes offline, and comes back online", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  presence.idle(alice, "phone");
  presence.exit(alice, "phone");
  await clock.advance(GRACE_MS);
  presence.enter(alice, "phone");
  assertEquals(news(), ["Alice online", "Alice away", "Alice offline", "Alice online"]);
});

Deno.test("nobody turns away while the grace runs", async () => {
  const { clock, presence, news } = setUp(AWAY_MS * 3);
  presence.enter(alice, "phone");
  presence.exit(alice, "phone");
  await clock.advance(AWAY_MS * 3 - 1);
  assertEquals(news(), ["Alice online"]);
});

Deno.test("what still comes from a connection that is gone counts for nothing", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  presence.enter(alice, "laptop");
  presence.exit(alice, "laptop");
  await clock.advance(AWAY_MS * 2);
  presence.active(alice, "laptop");
  presence.idle(bob, "laptop");
  assertEquals(news(), ["Alice online", "Alice away"]);
  assertEquals([...presence.connectionsOf(alice.id)], ["phone"]);
});

Deno.test("people are told apart and listed in the order in which they came", () => {
  const { presence } = setUp();
  presence.enter(bob, "one");
  presence.enter(alice, "two");
  presence.idle(bob, "one");
  assertEquals(presence.people(), [
    { name: "Bob", state: "away" },
    { name: "Alice", state: "online" },
  ]);
  assertEquals([...presence.connectionsOf(bob.id)], ["one"]);
  assertEquals([...presence.connectionsOf(3)], []);
});

Deno.test("the wall clock may jump: nobody turns away by it", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  clock.jump(AWAY_MS * 10);
  await clock.advance(AWAY_MS / 2);
  assertEquals(news(), ["Alice online"]);
});

Deno.test("closing is quiet, and leaves no timer behind", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  presence.enter(bob, "laptop");
  presence.exit(bob, "laptop");
  news();
  presence.close();
  assertEquals(clock.timers, 0);
  await clock.advance(AWAY_MS * 2);
  assertEquals(news(), []);
});
