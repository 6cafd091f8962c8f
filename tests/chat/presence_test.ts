import { assertEquals } from "@std/assert";
import { Presence } from "../../lib/chat/presence.ts";
import type { Account } from "../../lib/store/records.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { accountOf } from "../support/records.ts";

const alice = accountOf(1, "Alice");
const bob = accountOf(2, "Bob", "guest");
const carl = accountOf(3, "Carl");

const GRACE_MS = 5_000;
const AWAY_MS = 60_000;
/** How many users are broadcast to everyone. */
const LISTED = 3;
/** How long a free place in the list stays empty, in ms. */
const FILL_MS = 1_000;

/** A connection: its account, and its name in this test. */
interface Device {
  readonly account: Account;
  readonly name: string;
}

function setUp(graceMs = GRACE_MS) {
  const clock = new FakeClock();
  /** What watchers were sent, in order; emptied on reading. */
  const sent: string[] = [];
  /** What was broadcast to everyone, in order; emptied on reading. */
  const broadcast: string[] = [];
  const real = new Presence<Device>({
    clock,
    graceMs,
    awayMs: AWAY_MS,
    maxListed: LISTED,
    onState: ({ name }, state) => sent.push(`${name} ${state}`),
    announce: ({ name }, state) => broadcast.push(`${name} ${state}`),
    onLocalState() {},
  });
  const devices = new Map<string, Device>();
  /** The one connection of this user with this name. */
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
  const news = () => sent.splice(0);
  return { clock, presence, news, announcements: () => broadcast.splice(0) };
}

Deno.test("a user is online from the first connection to the last", async () => {
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

Deno.test("a user who reconnects within the grace period was never offline", async () => {
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

Deno.test("the grace period starts when the last connection closes", async () => {
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

Deno.test("without a grace period a user is offline at once", async () => {
  const { clock, presence, news } = setUp(0);
  presence.enter(alice, "one");
  presence.exit(alice, "one");
  await clock.advance(0);
  assertEquals(news(), ["Alice online", "Alice offline"]);
});

Deno.test("a second disconnect, or one of an unknown connection, changes nothing", async () => {
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

Deno.test("a user is away after a period without activity, and online again with the next activity", async () => {
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

Deno.test("activity on any device keeps a user online", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  presence.enter(alice, "laptop");
  for (let i = 0; i < 20; i++) {
    await clock.advance(AWAY_MS / 2);
    presence.active(alice, i % 2 === 0 ? "phone" : "laptop");
  }
  assertEquals(news(), ["Alice online"]);
});

Deno.test("inactivity is detected repeatedly", async () => {
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

Deno.test("a user is away when every device says so, and not before", () => {
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

Deno.test("when the active device disconnects, the remaining ones decide", () => {
  const { presence, news } = setUp();
  presence.enter(alice, "phone");
  presence.enter(alice, "laptop");
  presence.idle(alice, "phone");
  presence.exit(alice, "laptop");
  assertEquals(news(), ["Alice online", "Alice away"]);
});

Deno.test("a new device makes an away user online", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  await clock.advance(AWAY_MS * 2);
  presence.enter(alice, "laptop");
  assertEquals(news(), ["Alice online", "Alice away", "Alice online"]);
});

Deno.test("an away user who disconnects goes offline, and comes back online", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  presence.idle(alice, "phone");
  presence.exit(alice, "phone");
  await clock.advance(GRACE_MS);
  presence.enter(alice, "phone");
  assertEquals(news(), ["Alice online", "Alice away", "Alice offline", "Alice online"]);
});

Deno.test("a user does not become away during the grace period", async () => {
  const { clock, presence, news } = setUp(AWAY_MS * 3);
  presence.enter(alice, "phone");
  presence.exit(alice, "phone");
  await clock.advance(AWAY_MS * 3 - 1);
  assertEquals(news(), ["Alice online"]);
});

Deno.test("activity from a closed connection has no effect", async () => {
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

Deno.test("users are distinct, and listed in the order in which they connected", () => {
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

Deno.test("a guest who reconnects is another account, and observers never see the guest offline", async () => {
  const { clock, presence, news } = setUp();
  const again = accountOf(7, "BOB", "guest");
  presence.enter(bob, "one");
  presence.exit(bob, "one");
  await clock.advance(GRACE_MS - 1);
  presence.enter(again, "one");
  await clock.advance(GRACE_MS * 3);
  assertEquals(news(), ["Bob online"]);
  assertEquals(presence.listed(), [{ account: again, state: "online" }]);
  // Activity of the former account does not affect the new one.
  assertEquals([presence.connectionsOf(bob), presence.connectionsOf(again)], [[], ["one"]]);
  presence.exit(again, "one");
  await clock.advance(GRACE_MS);
  assertEquals([news(), presence.size], [["BOB offline"], 0]);
});

Deno.test("a user who signs up under a name that a guest held is broadcast, and stays online", async () => {
  const { clock, presence, news } = setUp();
  const account = accountOf(7, "Bob");
  presence.enter(bob, "one");
  presence.exit(bob, "one");
  presence.enter(account, "one");
  assertEquals([presence.size, presence.connectionsOf(account)], [1, ["one"]]);
  assertEquals(presence.connectionsOf(bob), []);
  await clock.advance(GRACE_MS * 2);
  assertEquals(presence.listed(), [{ account, state: "online" }]);
  assertEquals(news(), ["Bob online", "Bob online"]);
});

Deno.test("the first users to connect are broadcast to everyone, and the next in line when one leaves", async () => {
  const { clock, presence, news, announcements } = setUp();
  const people = ["One", "Two", "Three", "Four", "Five"].map((name, i) => accountOf(i + 1, name));
  for (const account of people) presence.enter(account, "phone");
  const [one, two, , four, five] = people;
  const listed = () => presence.listed().map(({ account: { name }, state }) => `${name} ${state}`);
  assertEquals(listed(), ["One online", "Two online", "Three online"]);
  assertEquals(announcements(), listed());
  if (one === undefined || two === undefined || four === undefined || five === undefined) return;
  // An unlisted user connects, disconnects and turns away without a broadcast.
  presence.idle(four, "phone");
  presence.exit(five, "phone");
  await clock.advance(GRACE_MS);
  assertEquals(announcements(), []);
  presence.idle(two, "phone");
  presence.exit(one, "phone");
  await clock.advance(GRACE_MS);
  assertEquals(announcements(), ["Two away", "One offline"]);
  // A user is waiting for the place: one who connects or reconnects now is the last in line.
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
  // The list has room again: the next user to connect is broadcast.
  presence.enter(five, "phone");
  assertEquals(announcements(), ["Five online"]);
  assertEquals(news().length, 13);
});

Deno.test("when all users leave, the next in line are not broadcast", async () => {
  const { clock, presence, announcements } = setUp();
  const people = Array.from({ length: 50 }, (_, i) => accountOf(i + 1, `Person ${i}`));
  for (const account of people) presence.enter(account, "phone");
  announcements();
  for (const account of people) presence.exit(account, "phone");
  await clock.advance(GRACE_MS + FILL_MS);
  assertEquals(announcements().length, LISTED);
  presence.enter(alice, "phone");
  assertEquals(announcements(), ["Alice online"]);
});

Deno.test("online users are found by name, regardless of case", () => {
  const { presence } = setUp();
  presence.enter(alice, "phone");
  presence.enter(bob, "phone");
  presence.idle(bob, "phone");
  assertEquals(presence.among(["BOB", "carl", "bob"]), [{ account: bob, state: "away" }]);
});

Deno.test("a jump of the wall clock makes no user away", async () => {
  const { clock, presence, news } = setUp();
  presence.enter(alice, "phone");
  clock.jump(AWAY_MS * 10);
  await clock.advance(AWAY_MS / 2);
  assertEquals(news(), ["Alice online"]);
});

Deno.test("close broadcasts nothing, and leaves no timer", async () => {
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
