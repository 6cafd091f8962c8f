import { assert, assertEquals } from "@std/assert";
import { FakeMember } from "./support/fakes.ts";
import { ADDRESS, openWorld, settle } from "./support/world.ts";

const toBob = (message: string) => ({ type: "private_message", receiver: "Bob", message }) as const;

Deno.test("a private message reaches every connection of both people, and nobody else", async () => {
  await using world = await openWorld();
  const devices = [
    await world.enter("Alice"),
    await world.enter("Alice"),
    await world.enter("Bob"),
    await world.enter("Bob"),
  ];
  const carl = await world.enter("Carl");
  for (const device of [...devices, carl]) device.forget();
  const [alice] = devices;
  await alice?.do({ ...toBob("hi"), key: "k" });
  const expected = {
    type: "private_message",
    sender: "Alice",
    receiver: "Bob",
    seq: 1,
    message: "hi",
    at: world.clock.now(),
    key: "k",
  };
  assertEquals(devices.map((device) => device.news()), new Array(4).fill([expected]));
  assertEquals(carl.news(), []);
});

Deno.test("writing to @Bob in a room's place is the same conversation, and so is his answer", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  const bob = await world.enter("Bob");
  await alice.do(toBob("1"));
  await alice.say("@bob", "2");
  await bob.say("@Alice", "3");
  await bob.do({ type: "private_message", receiver: "ALICE", message: "4" });
  const expected = ["1 1", "2 2", "3 3", "4 4"];
  assertEquals([alice.texts(), bob.texts()], [expected, expected]);
});

Deno.test("notes to oneself reach all one's own devices, once", async () => {
  await using world = await openWorld();
  const [desk, phone] = [await world.enter("Bob"), await world.enter("Bob")];
  await desk.do(toBob("milk"));
  assertEquals([desk.texts(), phone.texts()], [["1 milk"], ["1 milk"]]);
});

Deno.test("whoever comes later finds the conversation in welcome, and gets what follows", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  await world.account("Bob");
  await alice.do(toBob("1"));
  const bob = await world.enter("Bob");
  assertEquals(bob.one("welcome").rooms, [
    { room: "@Alice", kind: "direct", seq: 1, read: 0, unread: 1, level: "all" },
  ]);
  await alice.do(toBob("2"));
  assertEquals(bob.texts(), ["2 2"]);
  await bob.do({ type: "join", room: "@Alice", after: 0 });
  assertEquals(bob.one("joined").messages.map(({ seq }) => seq), [1, 2]);
});

Deno.test("welcome goes together with what follows, also while a message rests", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  await world.account("Bob");
  await alice.do(toBob("0"));
  const room = await world.hub.rooms.find("@Bob", alice.connection.account);
  assert(typeof room === "object");
  // Enough that the conversation rests after each flush.
  for (let i = 0; i < 1_000; i++) room.channel.follow(new FakeMember(world.clock));
  await alice.do(toBob("1"));
  await alice.do(toBob("2"));
  const bob = await world.enter("Bob");
  assertEquals(bob.one("welcome").rooms.map(({ seq }) => seq), [2]);
  await world.clock.advance(20);
  assertEquals(bob.texts(), ["3 2"]);
});

Deno.test("a conversation that begins while somebody comes in is not missed", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  const account = await world.account("Bob");
  const reading = world.hold("roomsOf", "after");
  const member = new FakeMember();
  const entering = world.hub.enter(member, account, null, ADDRESS);
  await settle(world.clock);
  await alice.do(toBob("1"));
  reading.open();
  await entering;
  await alice.do(toBob("2"));
  const [welcome, ...live] = member.frames;
  assert(welcome?.type === "welcome");
  const [summary] = welcome.rooms;
  const seen = live.flatMap((frame) => "seq" in frame ? [frame.seq] : []);
  assertEquals([summary?.seq, seen], [1, [2]]);
});

Deno.test("a conversation that is loaded while somebody comes in is followed from its place", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  const account = await world.account("Bob");
  const loading = world.hold("membersOf", "after");
  const saying = alice.start(toBob("1"));
  await settle(world.clock);
  const bob = await world.enter("Bob");
  assertEquals(bob.one("welcome").rooms, []);
  loading.open();
  await saying;
  await settle(world.clock);
  assertEquals(bob.texts(), ["1 1"]);
  assertEquals([...world.hub.rooms.directsOf(account)].length, 1);
});

Deno.test("two who write to each other at the same time write in one conversation", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  const bob = await world.enter("Bob");
  await Promise.all([
    alice.start(toBob("hi")),
    bob.start({ type: "private_message", receiver: "Alice", message: "ho" }),
  ]);
  await settle(world.clock);
  const [first, second] = alice.texts();
  assert(first?.startsWith("1 ") && second?.startsWith("2 "));
  assertEquals(bob.texts(), [first, second]);
});

Deno.test("nobody else can follow, read or change a conversation", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  const carl = await world.enter("Carl");
  await world.account("Bob");
  await alice.do(toBob("secret plan"));
  carl.forget();
  await carl.do(
    { type: "history", room: "@Bob" },
    { type: "join", room: "@Alice", after: 0 },
    { type: "search", query: "secret" },
    { type: "edit_message", room: "@Alice", seq: 1, message: "changed" },
    { type: "list_rooms" },
  );
  assert(!JSON.stringify(carl.news()).includes("plan"));
});

Deno.test("a conversation cannot be left, nor can anybody be added to it", async () => {
  await using world = await openWorld();
  const [alice, bob] = [await world.enter("Alice"), await world.enter("Bob")];
  await alice.do({ type: "leave", room: "@Bob" });
  assertEquals(alice.refusals(), ["forbidden"]);
  await alice.do(toBob("still here"));
  assertEquals(bob.texts(), ["1 still here"]);
});

Deno.test("typing in a conversation reaches the other one's devices alone", async () => {
  await using world = await openWorld();
  const [alice, phone] = [await world.enter("Alice"), await world.enter("Alice")];
  const [bob, tablet] = [await world.enter("Bob"), await world.enter("Bob")];
  const carl = await world.enter("Carl");
  for (const device of [alice, phone, bob, tablet, carl]) device.forget();
  await alice.do({ type: "typing", room: "@Bob" });
  const typing = { type: "typing", room: "@Alice", name: "Alice" } as const;
  assertEquals([bob, tablet].map((device) => device.news()), [[typing], [typing]]);
  assertEquals([alice, phone, carl].map((device) => device.news()), [[], [], []]);
  await alice.do({ type: "typing", room: "@Alice" });
  assertEquals([alice, phone, bob].map((device) => device.news()), [[], [], []]);
});

Deno.test("edits and reactions in a conversation say who they are for", async () => {
  await using world = await openWorld();
  const [alice, bob] = [await world.enter("Alice"), await world.enter("Bob")];
  await alice.do(toBob("hi"));
  await alice.do({ type: "edit_message", room: "@Bob", seq: 1, message: "ho" });
  await bob.do({ type: "react", room: "@Alice", seq: 1, emoji: "👍", on: true });
  await alice.do({ type: "delete_message", room: "@Bob", seq: 1 });
  const told = bob.newsOf("message_edited", "reaction", "message_deleted");
  assertEquals(
    told.map((
      frame,
    ) => [frame.type, frame.sender, "receiver" in frame && frame.receiver, frame.target]),
    [
      ["message_edited", "Alice", "Bob", 1],
      ["reaction", "Bob", "Alice", 1],
      ["message_deleted", "Alice", "Bob", 1],
    ],
  );
});

for (const receiver of ["Nobody", "", "@Bob", "__proto__"]) {
  Deno.test(`there is nobody called "${receiver}" to write to`, async () => {
    await using world = await openWorld();
    const alice = await world.enter("Alice");
    await world.account("Bob");
    await alice.do({ type: "private_message", receiver, message: "hi", key: "k" });
    const { code, key } = alice.one("error");
    assertEquals([code, key], ["no_such_user", "k"]);
  });
}
