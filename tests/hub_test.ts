import { assert, assertEquals } from "@std/assert";
import { FakeSubscriber } from "./support/fakes.ts";
import { ADDRESS, openHubFixture, settle } from "./support/hub_fixture.ts";

// Stored, then shown ---------------------------------------------------------------------------

Deno.test("no device gets a message before it is stored, the sender's included", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  const { record } = await fixture.room("lobby");
  const other = await fixture.enter("Alice");
  other.forget();
  const commit = fixture.hold("append", "before");
  await alice.say("lobby", "hi", "k");
  await fixture.clock.advance(10_000);
  assertEquals([alice, bob, other].map((device) => device.news()), [[], [], []]);
  commit.open();
  await settle(fixture.clock);
  for (const device of [alice, bob]) {
    assertEquals(device.one("room_message"), {
      type: "room_message",
      room: "lobby",
      room_id: record.publicId,
      seq: 1,
      sender: "Alice",
      sender_id: alice.connection.account.publicId,
      message: "hi",
      at: Date.UTC(2026, 0, 1),
      key: "k",
    });
  }
});

Deno.test("a message that cannot be stored is refused to its sender and sent to no other device", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  const commit = fixture.hold("append", "before");
  commit.open();
  commit.fail(new Error("disk full"));
  await alice.say("lobby", "lost", "k");
  assertEquals(alice.one("error").code, "try_again");
  assertEquals(bob.news(), []);
  assertEquals(fixture.hub.healthy, false);
  commit.fail(undefined);
  await alice.say("lobby", "kept", "k");
  assertEquals([alice.texts(), bob.texts()], [["1 kept"], ["1 kept"]]);
  await fixture.clock.advance(5_001);
  assertEquals(fixture.hub.healthy, true);
});

// Invariant S2.
Deno.test("every device gets the same events in the same order, each seq once and none left out", async () => {
  await using fixture = await openHubFixture();
  const devices = await fixture.gather("lobby", "Alice", "Bob", "Carl", "Dora");
  for (let i = 0; i < 50; i++) {
    for (const [n, device] of devices.entries()) {
      await device.start({ type: "room_message", room: "lobby", message: `${n} ${i}` });
      if ((i + n) % 3 === 0) await fixture.clock.settle();
    }
  }
  await settle(fixture.clock);
  const [first, ...others] = devices.map((device) => device.texts());
  assertEquals(first?.map((text) => parseInt(text)), Array.from({ length: 200 }, (_, i) => i + 1));
  for (const other of others) assertEquals(other, first);
  // Each sender's own order is preserved.
  for (const n of [0, 1, 2, 3]) {
    const own = first?.map((text) => text.split(" ")).filter(([, who]) => who === `${n}`);
    assertEquals(own?.map(([, , i]) => Number(i)), Array.from({ length: 50 }, (_, i) => i));
  }
});

Deno.test("subscribers of a room share one frame for one commit", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  await alice.do(...["1", "2", "3"].map((message) => ({
    type: "room_message" as const,
    room: "lobby",
    message,
  })));
  const [batch] = bob.subscriber.batches.slice(-1);
  assertEquals(batch?.messages.length, 3);
  assert(alice.subscriber.batches.includes(batch as never));
});

Deno.test("the same key is the same message: only the connection that repeats it gets a reply", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  await alice.say("lobby", "hi", "k");
  const first = alice.one("room_message");
  bob.forget();
  await alice.say("lobby", "hi again, and different", "k");
  const phone = await fixture.enter("Alice");
  phone.forget();
  await phone.say("lobby", "hi", "k");
  assertEquals(alice.one("room_message"), first);
  assertEquals(phone.one("room_message"), first);
  assertEquals(bob.news(), []);
  // The same key from another user, or in another room, is another message.
  await bob.say("lobby", "mine", "k");
  assertEquals(alice.texts(), ["2 mine"]);
});

Deno.test("a key that is repeated in one commit is stored once and answered once", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  const message = { type: "room_message", room: "lobby", message: "hi", key: "k" } as const;
  await alice.do(message, message, message);
  assertEquals([alice.texts(), bob.texts()], [["1 hi"], ["1 hi"]]);
});

Deno.test("a repeat whose event is still delayed in a large room comes once, with the room's frame", async () => {
  await using fixture = await openHubFixture();
  const [alice, room] = await crowd(fixture);
  await alice.say("lobby", "first");
  await alice.say("lobby", "second", "k");
  await alice.say("lobby", "second", "k");
  assertEquals(alice.texts(), ["1 first"]);
  await fixture.clock.advance(20);
  assertEquals(alice.texts(), ["2 second"]);
  assertEquals(room.channel.delivered, 2);
});

Deno.test("a sender that is not subscribed gets a separate acknowledgement", async () => {
  await using fixture = await openHubFixture();
  const [alice] = await fixture.gather("lobby", "Alice", "Bob");
  const phone = await fixture.enter("Alice");
  phone.forget();
  await phone.say("lobby", "from the phone", "k");
  assertEquals(phone.one("room_message").key, "k");
  await alice.say("lobby", "from the desk");
  assertEquals(phone.news(), []);
});

/** A room of 1,000 subscribers, with a flush delay below 20 ms. */
async function crowd(fixture: Awaited<ReturnType<typeof openHubFixture>>) {
  const [alice] = await fixture.gather("lobby", "Alice");
  const room = await fixture.room("lobby");
  for (let i = 1; i < 1_000; i++) room.channel.subscribe(new FakeSubscriber(fixture.clock));
  return [alice, room] as const;
}

// Connecting and leaving -------------------------------------------------------------------------

Deno.test("welcome comes first, with the users who are online and the account's rooms", async () => {
  await using fixture = await openHubFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  await alice.say("lobby", "hi");
  await alice.do({ type: "create_room", room: "den", kind: "private", title: "Our den" });
  const phone = await fixture.enter("alice");
  const [welcome] = phone.news();
  assert(welcome?.type === "welcome");
  const { publicId: id } = alice.connection.account;
  assertEquals(welcome.you, { id, name: "Alice", role: "member" });
  assertEquals(welcome.epoch, fixture.store.epoch);
  assertEquals(welcome.online, ["Alice"]);
  assertEquals(welcome.online_count, 1);
  assertEquals(welcome.rooms.toReversed(), [
    {
      room: "den",
      room_id: (await fixture.room("den")).record.publicId,
      kind: "private",
      title: "Our den",
      seq: 0,
      read: 0,
      unread: 0,
      mentions: 0,
      level: "mentions",
    },
    {
      room: "lobby",
      room_id: (await fixture.room("lobby")).record.publicId,
      kind: "public",
      seq: 1,
      read: 0,
      unread: 0,
      mentions: 0,
      level: "mentions",
    },
  ]);
});

Deno.test("presence is broadcast when users come, go, and are away", async () => {
  await using fixture = await openHubFixture({ graceMs: 5_000 });
  const alice = await fixture.enter("Alice");
  alice.forget();
  const bob = await fixture.enter("Bob");
  const phone = await fixture.enter("Bob");
  await bob.do({ type: "presence", state: "away" });
  await phone.do({ type: "presence", state: "away" });
  await phone.do({ type: "typing", room: "nowhere" });
  fixture.hub.exit(bob.subscriber);
  fixture.hub.exit(phone.subscriber);
  fixture.hub.exit(phone.subscriber);
  await fixture.clock.advance(5_000);
  assertEquals(alice.newsOf("presence").map(({ name, state }) => `${name} ${state}`), [
    "Bob online",
    "Bob away",
    "Bob online",
    "Bob offline",
  ]);
});

Deno.test("welcome lists the users who are away", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  await alice.do({ type: "presence", state: "away" });
  const bob = await fixture.enter("Bob");
  assertEquals(bob.one("welcome").away, ["Alice"]);
});

Deno.test("a ping does not count as activity", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  const bob = await fixture.enter("Bob");
  await bob.do({ type: "presence", state: "away" });
  alice.forget();
  await bob.do({ type: "ping" });
  assertEquals(alice.newsOf("presence"), []);
});

Deno.test("a connection that has left gets nothing more and has no subscriptions", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  const room = await fixture.room("lobby");
  fixture.hub.exit(bob.subscriber);
  await alice.say("lobby", "hi");
  await fixture.enter("Carl");
  assertEquals([bob.news(), room.channel.size], [[], 1]);
  // Commands sent before leaving are handled; their replies are discarded.
  await bob.say("lobby", "bye");
  await bob.do({ type: "join", room: "lobby" });
  assertEquals([bob.news(), room.channel.size], [[], 1]);
  assertEquals(alice.texts(), ["1 hi", "2 bye"]);
});

Deno.test("a slow reader is dropped with 4008, and all others get everything", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob, carl] = await fixture.gather("lobby", "Alice", "Bob", "Carl");
  bob.subscriber.slow = true;
  await alice.say("lobby", "1");
  bob.subscriber.slow = false;
  await alice.say("lobby", "2");
  assertEquals(bob.subscriber.closes, ["slow_reader"]);
  assertEquals(bob.news(), []);
  assertEquals([alice.texts(), carl.texts()], [["1 1", "2 2"], ["1 1", "2 2"]]);
  assertEquals(carl.connection.open, true);
});

Deno.test("a client that does not read a reply is dropped as well", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  alice.subscriber.slow = true;
  await alice.do({ type: "list_rooms" }, { type: "list_rooms" });
  assertEquals(alice.subscriber.closes, ["slow_reader"]);
});

Deno.test("a client that does not read its welcome is dropped and removed", async () => {
  await using fixture = await openHubFixture();
  const member = new FakeSubscriber();
  member.slow = true;
  await fixture.hub.enter(member, await fixture.account("Alice"), null, ADDRESS);
  await fixture.enter("Bob");
  assertEquals(member.closes, ["slow_reader"]);
});

Deno.test("a session that ends takes its connections with it, and no others", async () => {
  await using fixture = await openHubFixture();
  const one = await fixture.signIn("Alice", "one");
  const other = await fixture.signIn("Alice", "other");
  const tabs = [await fixture.enter("Alice", one), await fixture.enter("Alice", one)];
  const rest = [
    await fixture.enter("Alice", other),
    await fixture.enter("Alice"),
    await fixture.enter("Bob"),
  ];
  fixture.hub.dropAccount(await fixture.account("Alice"), "signed_out", one);
  assertEquals(tabs.map(({ subscriber }) => subscriber.closes), [["signed_out"], ["signed_out"]]);
  assertEquals(rest.map(({ subscriber }) => subscriber.closes), [[], [], []]);
});

Deno.test("a session that ends while its connection is connecting closes that one as well", async () => {
  await using fixture = await openHubFixture();
  const session = await fixture.signIn("Alice", "one");
  const account = await fixture.account("Alice");
  const reading = fixture.hold("roomsOf", "after");
  const member = new FakeSubscriber();
  const entering = fixture.hub.enter(member, account, session, ADDRESS);
  await settle(fixture.clock);
  const [signedIn] = await fixture.store.sessionsOf(account.id);
  await fixture.store.endSession(account.id, signedIn?.id ?? 0);
  fixture.hub.dropAccount(account, "signed_out", session);
  reading.open();
  await entering;
  assertEquals([member.closes, member.frames], [["signed_out"], []]);
  assertEquals(fixture.hub.presence.size, 0);
});

Deno.test("dropping an account closes every connection, including ones still connecting", async () => {
  await using fixture = await openHubFixture();
  const session = await fixture.signIn("Alice", "one");
  const [laptop, phone, bob] = [
    await fixture.enter("Alice", session),
    await fixture.enter("Alice"),
    await fixture.enter("Bob"),
  ];
  const account = await fixture.account("Alice");
  const reading = fixture.hold("roomsOf", "after");
  const connecting = new FakeSubscriber();
  const entering = fixture.hub.enter(connecting, account, null, ADDRESS);
  await settle(fixture.clock);
  fixture.hub.dropAccount(account, "banned");
  reading.open();
  await entering;
  await fixture.clock.advance(0);
  const closes = [laptop.subscriber, phone.subscriber, connecting].map(({ closes }) => closes);
  assertEquals(closes, [["banned"], ["banned"], ["banned"]]);
  assertEquals([connecting.frames, bob.subscriber.closes, fixture.hub.presence.size], [[], [], 1]);
});

Deno.test("a session that ended before its connection entered does not let it in", async () => {
  await using fixture = await openHubFixture();
  const device = await fixture.enter("Alice", "ended");
  assertEquals([device.subscriber.closes, device.news()], [["signed_out"], []]);
  assertEquals(fixture.hub.presence.size, 0);
});

Deno.test("a connection that closes while connecting was never online", async () => {
  await using fixture = await openHubFixture();
  const bob = await fixture.enter("Bob");
  bob.forget();
  const reading = fixture.hold("roomsOf", "after");
  const member = new FakeSubscriber();
  const entering = fixture.hub.enter(member, await fixture.account("Alice"), null, ADDRESS);
  await settle(fixture.clock);
  fixture.hub.exit(member);
  reading.open();
  await entering;
  assertEquals([fixture.hub.presence.size, member.frames, bob.news()], [1, [], []]);
});

Deno.test("closing stores what is in flight, closes every connection and leaves no timer", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  const reading = fixture.hold("roomsOf", "after");
  const connecting = new FakeSubscriber();
  const entering = fixture.hub.enter(connecting, await fixture.account("Carl"), null, ADDRESS);
  await alice.start({ type: "room_message", room: "lobby", message: "last" });
  const closing = fixture.hub.close();
  await settle(fixture.clock);
  await closing;
  assertEquals([alice.texts(), bob.texts()], [["1 last"], ["1 last"]]);
  reading.open();
  await entering;
  assertEquals([alice.subscriber, bob.subscriber, connecting].map(({ closes }) => closes), [
    ["going_away"],
    ["going_away"],
    ["going_away"],
  ]);
  const { subscriber } = await fixture.enter("Dora");
  assertEquals([subscriber.closes, subscriber.frames], [["going_away"], []]);
  assertEquals([connecting.frames, fixture.clock.timers], [[], 0]);
});
