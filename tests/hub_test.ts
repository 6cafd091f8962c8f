import { assert, assertEquals } from "@std/assert";
import { FakeMember } from "./support/fakes.ts";
import { ADDRESS, openWorld, settle } from "./support/world.ts";

// Stored, then shown ---------------------------------------------------------------------------

Deno.test("nobody sees a message before it is stored, its sender included", async () => {
  await using world = await openWorld();
  const [alice, bob] = await world.gather("lobby", "Alice", "Bob");
  const other = await world.enter("Alice");
  other.forget();
  const commit = world.hold("append", "before");
  await alice.say("lobby", "hi", "k");
  await world.clock.advance(10_000);
  assertEquals([alice, bob, other].map((device) => device.news()), [[], [], []]);
  commit.open();
  await settle(world.clock);
  for (const device of [alice, bob]) {
    assertEquals(device.one("room_message"), {
      type: "room_message",
      room: "lobby",
      seq: 1,
      sender: "Alice",
      message: "hi",
      at: Date.UTC(2026, 0, 1),
      key: "k",
    });
  }
});

Deno.test("what could not be stored is refused to its sender and shown to nobody", async () => {
  await using world = await openWorld();
  const [alice, bob] = await world.gather("lobby", "Alice", "Bob");
  const commit = world.hold("append", "before");
  commit.open();
  commit.fail(new Error("disk full"));
  await alice.say("lobby", "lost", "k");
  assertEquals(alice.one("error").code, "try_again");
  assertEquals(bob.news(), []);
  assertEquals(world.hub.healthy, false);
  commit.fail(undefined);
  await alice.say("lobby", "kept", "k");
  assertEquals([alice.texts(), bob.texts()], [["1 kept"], ["1 kept"]]);
  await world.clock.advance(5_001);
  assertEquals(world.hub.healthy, true);
});

Deno.test("everybody gets the same events in the same order, each seq once and none left out", async () => {
  await using world = await openWorld();
  const devices = await world.gather("lobby", "Alice", "Bob", "Carl", "Dora");
  for (let i = 0; i < 50; i++) {
    for (const [n, device] of devices.entries()) {
      await device.start({ type: "room_message", room: "lobby", message: `${n} ${i}` });
      if ((i + n) % 3 === 0) await world.clock.settle();
    }
  }
  await settle(world.clock);
  const [first, ...others] = devices.map((device) => device.texts());
  assertEquals(first?.map((text) => parseInt(text)), Array.from({ length: 200 }, (_, i) => i + 1));
  for (const other of others) assertEquals(other, first);
  // Each sender's own order is kept.
  for (const n of [0, 1, 2, 3]) {
    const own = first?.map((text) => text.split(" ")).filter(([, who]) => who === `${n}`);
    assertEquals(own?.map(([, , i]) => Number(i)), Array.from({ length: 50 }, (_, i) => i));
  }
});

Deno.test("followers of a room share one frame for one commit", async () => {
  await using world = await openWorld();
  const [alice, bob] = await world.gather("lobby", "Alice", "Bob");
  await alice.do(...["1", "2", "3"].map((message) => ({
    type: "room_message" as const,
    room: "lobby",
    message,
  })));
  const [batch] = bob.member.batches.slice(-1);
  assertEquals(batch?.messages.length, 3);
  assert(alice.member.batches.includes(batch as never));
});

Deno.test("the same key is the same message: only whoever repeats it hears of it", async () => {
  await using world = await openWorld();
  const [alice, bob] = await world.gather("lobby", "Alice", "Bob");
  await alice.say("lobby", "hi", "k");
  const first = alice.one("room_message");
  bob.forget();
  await alice.say("lobby", "hi again, and different", "k");
  const phone = await world.enter("Alice");
  phone.forget();
  await phone.say("lobby", "hi", "k");
  assertEquals(alice.one("room_message"), first);
  assertEquals(phone.one("room_message"), first);
  assertEquals(bob.news(), []);
  // Another person's key, or another room's, is another one.
  await bob.say("lobby", "mine", "k");
  assertEquals(alice.texts(), ["2 mine"]);
});

Deno.test("a key that is repeated in one commit is stored once and answered once", async () => {
  await using world = await openWorld();
  const [alice, bob] = await world.gather("lobby", "Alice", "Bob");
  const message = { type: "room_message", room: "lobby", message: "hi", key: "k" } as const;
  await alice.do(message, message, message);
  assertEquals([alice.texts(), bob.texts()], [["1 hi"], ["1 hi"]]);
});

Deno.test("a repeat whose event still rests in a large room comes once, with what the room gets", async () => {
  await using world = await openWorld();
  const [alice, room] = await crowd(world);
  await alice.say("lobby", "first");
  await alice.say("lobby", "second", "k");
  await alice.say("lobby", "second", "k");
  assertEquals(alice.texts(), ["1 first"]);
  await world.clock.advance(20);
  assertEquals(alice.texts(), ["2 second"]);
  assertEquals(room.channel.delivered, 2);
});

Deno.test("whoever does not follow a room gets the acknowledgement by itself", async () => {
  await using world = await openWorld();
  const [alice] = await world.gather("lobby", "Alice", "Bob");
  const phone = await world.enter("Alice");
  phone.forget();
  await phone.say("lobby", "from the phone", "k");
  assertEquals(phone.one("room_message").key, "k");
  await alice.say("lobby", "from the desk");
  assertEquals(phone.news(), []);
});

/** A room of 1,000, which rests for less than 20 ms after each flush. */
async function crowd(world: Awaited<ReturnType<typeof openWorld>>) {
  const [alice] = await world.gather("lobby", "Alice");
  const room = await world.room("lobby");
  for (let i = 1; i < 1_000; i++) room.channel.follow(new FakeMember(world.clock));
  return [alice, room] as const;
}

// Coming and going -----------------------------------------------------------------------------

Deno.test("welcome comes first and says who is here, and what one is in", async () => {
  await using world = await openWorld();
  const [alice] = await world.gather("lobby", "Alice");
  await alice.say("lobby", "hi");
  await alice.do({ type: "create_room", room: "den", kind: "private", title: "Our den" });
  const phone = await world.enter("alice");
  const [welcome] = phone.news();
  assert(welcome?.type === "welcome");
  assertEquals(welcome.you, { name: "Alice", role: "member" });
  assertEquals(welcome.epoch, world.store.epoch);
  assertEquals(welcome.online, ["Alice"]);
  assertEquals(welcome.online_count, 1);
  assertEquals(welcome.rooms, [
    {
      room: "den",
      kind: "private",
      title: "Our den",
      seq: 0,
      read: 0,
      unread: 0,
      level: "mentions",
    },
    { room: "lobby", kind: "public", seq: 1, read: 0, unread: 0, level: "mentions" },
  ]);
});

Deno.test("everybody hears who comes and goes, and who is away", async () => {
  await using world = await openWorld({ graceMs: 5_000 });
  const alice = await world.enter("Alice");
  alice.forget();
  const bob = await world.enter("Bob");
  const phone = await world.enter("Bob");
  await bob.do({ type: "presence", state: "away" });
  await phone.do({ type: "presence", state: "away" });
  await phone.do({ type: "typing", room: "nowhere" });
  world.hub.exit(bob.member);
  world.hub.exit(phone.member);
  world.hub.exit(phone.member);
  await world.clock.advance(5_000);
  assertEquals(alice.newsOf("presence").map(({ name, state }) => `${name} ${state}`), [
    "Bob online",
    "Bob away",
    "Bob online",
    "Bob offline",
  ]);
});

Deno.test("welcome says who is away", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  await alice.do({ type: "presence", state: "away" });
  const bob = await world.enter("Bob");
  assertEquals(bob.one("welcome").away, ["Alice"]);
});

Deno.test("a ping is the page's own, and no sign that anybody is there", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  const bob = await world.enter("Bob");
  await bob.do({ type: "presence", state: "away" });
  alice.forget();
  await bob.do({ type: "ping" });
  assertEquals(alice.newsOf("presence"), []);
});

Deno.test("whoever has left gets nothing more and follows nothing", async () => {
  await using world = await openWorld();
  const [alice, bob] = await world.gather("lobby", "Alice", "Bob");
  const room = await world.room("lobby");
  world.hub.exit(bob.member);
  await alice.say("lobby", "hi");
  await world.enter("Carl");
  assertEquals([bob.news(), room.channel.size], [[], 1]);
  // What they sent before they left is carried out, and answered to nobody.
  await bob.say("lobby", "bye");
  await bob.do({ type: "join", room: "lobby" });
  assertEquals([bob.news(), room.channel.size], [[], 1]);
  assertEquals(alice.texts(), ["1 hi", "2 bye"]);
});

Deno.test("a slow reader is dropped with 4008, and everybody else gets everything", async () => {
  await using world = await openWorld();
  const [alice, bob, carl] = await world.gather("lobby", "Alice", "Bob", "Carl");
  bob.member.slow = true;
  await alice.say("lobby", "1");
  bob.member.slow = false;
  await alice.say("lobby", "2");
  assertEquals(bob.member.closes, ["slow_reader"]);
  assertEquals(bob.news(), []);
  assertEquals([alice.texts(), carl.texts()], [["1 1", "2 2"], ["1 1", "2 2"]]);
  assertEquals(carl.connection.open, true);
});

Deno.test("whoever does not read an answer is dropped as well", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  alice.member.slow = true;
  await alice.do({ type: "list_rooms" }, { type: "list_rooms" });
  assertEquals(alice.member.closes, ["slow_reader"]);
});

Deno.test("whoever does not even read their welcome is dropped and forgotten", async () => {
  await using world = await openWorld();
  const member = new FakeMember();
  member.slow = true;
  await world.hub.enter(member, await world.account("Alice"), null, ADDRESS);
  await world.enter("Bob");
  assertEquals(member.closes, ["slow_reader"]);
});

Deno.test("a session that ends takes its connections with it, and no others", async () => {
  await using world = await openWorld();
  const one = await world.signIn("Alice", "one");
  const other = await world.signIn("Alice", "other");
  const tabs = [await world.enter("Alice", one), await world.enter("Alice", one)];
  const rest = [
    await world.enter("Alice", other),
    await world.enter("Alice"),
    await world.enter("Bob"),
  ];
  world.hub.dropPerson(await world.account("Alice"), "signed_out", one);
  assertEquals(tabs.map(({ member }) => member.closes), [["signed_out"], ["signed_out"]]);
  assertEquals(rest.map(({ member }) => member.closes), [[], [], []]);
});

Deno.test("a session that ends while its connection comes in takes that one as well", async () => {
  await using world = await openWorld();
  const session = await world.signIn("Alice", "one");
  const account = await world.account("Alice");
  const reading = world.hold("roomsOf", "after");
  const member = new FakeMember();
  const entering = world.hub.enter(member, account, session, ADDRESS);
  await settle(world.clock);
  const [signedIn] = await world.store.sessionsOf(account.id);
  await world.store.endSession(account.id, signedIn?.id ?? 0);
  world.hub.dropPerson(account, "signed_out", session);
  reading.open();
  await entering;
  assertEquals([member.closes, member.frames], [["signed_out"], []]);
  assertEquals(world.hub.presence.size, 0);
});

Deno.test("a person who is dropped goes with every connection, those that come in as well", async () => {
  await using world = await openWorld();
  const session = await world.signIn("Alice", "one");
  const [desk, phone, bob] = [
    await world.enter("Alice", session),
    await world.enter("Alice"),
    await world.enter("Bob"),
  ];
  const account = await world.account("Alice");
  const reading = world.hold("roomsOf", "after");
  const late = new FakeMember();
  const entering = world.hub.enter(late, account, null, ADDRESS);
  await settle(world.clock);
  world.hub.dropPerson(account, "banned");
  reading.open();
  await entering;
  await world.clock.advance(0);
  const closes = [desk.member, phone.member, late].map((member) => member.closes);
  assertEquals(closes, [["banned"], ["banned"], ["banned"]]);
  assertEquals([late.frames, bob.member.closes, world.hub.presence.size], [[], [], 1]);
});

Deno.test("a session that ended before its connection came in does not let it in", async () => {
  await using world = await openWorld();
  const device = await world.enter("Alice", "ended");
  assertEquals([device.member.closes, device.news()], [["signed_out"], []]);
  assertEquals(world.hub.presence.size, 0);
});

Deno.test("a connection that goes while it comes in was never here", async () => {
  await using world = await openWorld();
  const bob = await world.enter("Bob");
  bob.forget();
  const reading = world.hold("roomsOf", "after");
  const member = new FakeMember();
  const entering = world.hub.enter(member, await world.account("Alice"), null, ADDRESS);
  await settle(world.clock);
  world.hub.exit(member);
  reading.open();
  await entering;
  assertEquals([world.hub.presence.size, member.frames, bob.news()], [1, [], []]);
});

Deno.test("closing stores what is under way, says goodbye to everybody and leaves no timer", async () => {
  await using world = await openWorld();
  const [alice, bob] = await world.gather("lobby", "Alice", "Bob");
  const reading = world.hold("roomsOf", "after");
  const late = new FakeMember();
  const entering = world.hub.enter(late, await world.account("Carl"), null, ADDRESS);
  await alice.start({ type: "room_message", room: "lobby", message: "last" });
  const closing = world.hub.close();
  await settle(world.clock);
  await closing;
  assertEquals([alice.texts(), bob.texts()], [["1 last"], ["1 last"]]);
  reading.open();
  await entering;
  assertEquals([alice.member, bob.member, late].map(({ closes }) => closes), [
    ["going_away"],
    ["going_away"],
    ["going_away"],
  ]);
  const { member } = await world.enter("Dora");
  assertEquals([member.closes, member.frames], [["going_away"], []]);
  assertEquals([late.frames, world.clock.timers], [[], 0]);
});
