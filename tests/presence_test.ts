import { assertEquals } from "@std/assert";
import { Presence } from "../lib/presence.ts";
import type { Account } from "../lib/store/store.ts";
import { FakeClock } from "./support/fake_clock.ts";

const alice = { id: 1, name: "Alice", role: "member" } as const;
const bob = { id: 2, name: "Bob", role: "guest" } as const;
const carl = { id: 3, name: "Carl", role: "member" } as const;

const GRACE_MS = 5_000;
const AWAY_MS = 60_000;
/** Of how many everybody is told. */
const LISTED = 3;
/** After how long a free place is the next one's, in ms. */
const FILL_MS = 1_000;

/** A connection: whose it is, and what it is called here. */
interface Device {
  readonly account: Account;
  readonly name: string;
}

function setUp(graceMs = GRACE_MS) {
  const clock = new FakeClock();
  /** What others were told, in order; emptied by looking. */
  const said: string[] = [];
  /** What everybody was told, in order; emptied by looking. */
  const announced: string[] = [];
  const real = new Presence<Device>({
    clock,
    graceMs,
    awayMs: AWAY_MS,
    listed: LISTED,
    onState: ({ name }, state) => said.push(`${name} ${state}`),
    announce: ({ name }, state) => announced.push(`${name} ${state}`),
    onSeen() {},
  });
  const devices = new Map<string, Device>();
  /** The one connection of this name that this person has. */
  function device(account: Account, name: string): Device {
    const id = `${account.id} ${name}`;
    const known = devices.get(id) ?? { account, name };
    devices.set(id, known);
    return known;
  }
  const presence = {
    enter: (account: Account, name: string) => real.enter(account, device(account, name)),
    exit: (account: Account, name: string) => real.exit(account, device(account, name)),
    active: (account: Account, name: string) => real.active(account, device(account, name)),
    idle: (account: Account, name: string) => real.idle(account, device(account, name)),
    listed: () => real.listed(),
    among: (names: readonly string[]) => real.among(names),
    connectionsOf: (account: Account) => real.connectionsOf(account).map(({ name }) => name),
    close: () => real.close(),
    get size() {
      return real.size;
    },
  };
  const news = () => said.splice(0);
  return { clock, presence, news, announcements: () => announced.splice(0) };
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
  assertEquals([presence.size, presence.listed()], [0, []]);
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
  assertEquals(presence.connectionsOf(alice), ["four"]);
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
  assertEquals(presence.listed(), [{ account: alice, state: "away" }]);
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
  assertEquals(presence.connectionsOf(alice), ["phone"]);
});

Deno.test("people are told apart and listed in the order in which they came", () => {
  const { presence } = setUp();
  presence.enter(bob, "one");
  presence.enter(alice, "two");
  presence.idle(bob, "one");
  assertEquals(presence.listed(), [
    { account: bob, state: "away" },
    { account: alice, state: "online" },
  ]);
  assertEquals(presence.connectionsOf(bob), ["one"]);
  assertEquals(presence.connectionsOf(carl), []);
});

Deno.test("a guest who comes back is another one, and whoever looks on has never seen them go", async () => {
  const { clock, presence, news } = setUp();
  const again = { id: 7, name: "BOB", role: "guest" } as const;
  presence.enter(bob, "one");
  presence.exit(bob, "one");
  await clock.advance(GRACE_MS - 1);
  presence.enter(again, "one");
  await clock.advance(GRACE_MS * 3);
  assertEquals(news(), ["Bob online"]);
  assertEquals(presence.listed(), [{ account: again, state: "online" }]);
  // What concerns the one who is gone does not concern this one.
  assertEquals([presence.connectionsOf(bob), presence.connectionsOf(again)], [[], ["one"]]);
  presence.exit(again, "one");
  await clock.advance(GRACE_MS);
  assertEquals([news(), presence.size], [["BOB offline"], 0]);
});

Deno.test("who signs up under the name that a guest had before is told of as such, and stays", async () => {
  const { clock, presence, news } = setUp();
  const account = { id: 7, name: "Bob", role: "member" } as const;
  presence.enter(bob, "one");
  presence.exit(bob, "one");
  presence.enter(account, "one");
  assertEquals([presence.size, presence.connectionsOf(account)], [1, ["one"]]);
  assertEquals(presence.connectionsOf(bob), []);
  await clock.advance(GRACE_MS * 2);
  assertEquals(presence.listed(), [{ account, state: "online" }]);
  assertEquals(news(), ["Bob online", "Bob online"]);
});

Deno.test("everybody is told of the first who came, and of the next when one of them goes", async () => {
  const { clock, presence, news, announcements } = setUp();
  const people = ["One", "Two", "Three", "Four", "Five"].map((name, i) => (
    { id: i + 1, name, role: "member" } as const
  ));
  for (const account of people) presence.enter(account, "phone");
  const [one, two, , four, five] = people;
  const listed = () => presence.listed().map(({ account: { name }, state }) => `${name} ${state}`);
  assertEquals(listed(), ["One online", "Two online", "Three online"]);
  assertEquals(announcements(), listed());
  if (one === undefined || two === undefined || four === undefined || five === undefined) return;
  // Whoever is not listed comes, goes and turns away unannounced.
  presence.idle(four, "phone");
  presence.exit(five, "phone");
  await clock.advance(GRACE_MS);
  assertEquals(announcements(), []);
  presence.idle(two, "phone");
  presence.exit(one, "phone");
  await clock.advance(GRACE_MS);
  assertEquals(announcements(), ["Two away", "One offline"]);
  // Somebody waits for the place: who comes now, or comes back, is the last.
  presence.enter(one, "phone");
  assertEquals([announcements(), listed()], [[], ["Two away", "Three online"]]);
  await clock.advance(FILL_MS);
  assertEquals([announcements(), listed()], [["Four away"], [
    "Two away",
    "Three online",
    "Four away",
  ]]);
  presence.exit(two, "phone");
  await clock.advance(GRACE_MS + FILL_MS);
  assertEquals(announcements(), ["Two offline", "One online"]);
  presence.exit(one, "phone");
  await clock.advance(GRACE_MS);
  assertEquals(announcements(), ["One offline"]);
  // There is room again: who comes now is announced.
  presence.enter(five, "phone");
  assertEquals(announcements(), ["Five online"]);
  assertEquals(news().length, 13);
});

Deno.test("where all go, nobody is told of those who were next", async () => {
  const { clock, presence, announcements } = setUp();
  const people = Array.from({ length: 50 }, (_, i) => (
    { id: i + 1, name: `Person ${i}`, role: "member" } as const
  ));
  for (const account of people) presence.enter(account, "phone");
  announcements();
  for (const account of people) presence.exit(account, "phone");
  await clock.advance(GRACE_MS + FILL_MS);
  assertEquals(announcements().length, LISTED);
  presence.enter(alice, "phone");
  assertEquals(announcements(), ["Alice online"]);
});

Deno.test("people are found by their names, whatever the case, if they are here", () => {
  const { presence } = setUp();
  presence.enter(alice, "phone");
  presence.enter(bob, "phone");
  presence.idle(bob, "phone");
  assertEquals(presence.among(["BOB", "carl", "bob"]), [{ account: bob, state: "away" }]);
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
