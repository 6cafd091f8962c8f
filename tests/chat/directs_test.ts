import { assert, assertEquals } from "@std/assert";
import { FakeSubscriber } from "../support/fakes.ts";
import { ADDRESS, type HubFixture, openHubFixture, settle } from "../support/hub_fixture.ts";

const toBob = (message: string) => ({ type: "private_message", receiver: "Bob", message }) as const;

Deno.test("a private message reaches every connection of both users, and no other user", async () => {
  await using fixture = await openHubFixture();
  const devices = [
    await fixture.enter("Alice"),
    await fixture.enter("Alice"),
    await fixture.enter("Bob"),
    await fixture.enter("Bob"),
  ];
  const carl = await fixture.enter("Carl");
  for (const device of [...devices, carl]) device.forget();
  const [alice] = devices;
  await alice?.do({ ...toBob("hi"), key: "k" });
  const expected = {
    type: "private_message",
    sender: "Alice",
    sender_id: (await fixture.account("Alice")).publicId,
    receiver: "Bob",
    receiver_id: (await fixture.account("Bob")).publicId,
    room_id: (await fixture.room("@Bob")).record.publicId,
    seq: 1,
    message: "hi",
    at: fixture.clock.now(),
    key: "k",
  };
  assertEquals(devices.map((device) => device.news()), new Array(4).fill([expected]));
  assertEquals(carl.news(), []);
});

Deno.test("a message to the room @Bob belongs to the same conversation, and so does the reply", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  const bob = await fixture.enter("Bob");
  await alice.do(toBob("1"));
  await alice.say("@bob", "2");
  await bob.say("@Alice", "3");
  await bob.do({ type: "private_message", receiver: "ALICE", message: "4" });
  const expected = ["1 1", "2 2", "3 3", "4 4"];
  assertEquals([alice.texts(), bob.texts()], [expected, expected]);
});

Deno.test("a note to self reaches all of the user's devices, once", async () => {
  await using fixture = await openHubFixture();
  const [laptop, phone] = [await fixture.enter("Bob"), await fixture.enter("Bob")];
  await laptop.do(toBob("milk"));
  assertEquals([laptop.texts(), phone.texts()], [["1 milk"], ["1 milk"]]);
});

Deno.test("a user who connects later finds the conversation in welcome, and gets the messages after it", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  await fixture.account("Bob");
  await alice.do(toBob("1"));
  const bob = await fixture.enter("Bob");
  assertEquals(bob.one("welcome").rooms, [
    {
      room: "@Alice",
      room_id: (await fixture.room("@Alice", "Bob")).record.publicId,
      receiver_id: alice.connection.account.publicId,
      kind: "direct",
      seq: 1,
      read: 0,
      unread: 1,
      mentions: 0,
      level: "all",
    },
  ]);
  await alice.do(toBob("2"));
  assertEquals(bob.texts(), ["2 2"]);
  await bob.do({ type: "join", room: "@Alice", after: 0 });
  assertEquals(bob.one("joined").messages.map(({ seq }) => seq), [1, 2]);
});

Deno.test("welcome is consistent with the live messages after it, also while a message is delayed", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  await fixture.account("Bob");
  await alice.do(toBob("0"));
  const room = await fixture.hub.rooms.find({ room: "@Bob" }, alice.connection.account);
  assert(typeof room === "object" && !("code" in room));
  // Enough subscribers that the conversation delays after each flush.
  for (let i = 0; i < 1_000; i++) room.channel.subscribe(new FakeSubscriber(fixture.clock));
  await alice.do(toBob("1"));
  await alice.do(toBob("2"));
  const bob = await fixture.enter("Bob");
  assertEquals(bob.one("welcome").rooms.map(({ seq }) => seq), [2]);
  await fixture.clock.advance(20);
  assertEquals(bob.texts(), ["3 2"]);
});

Deno.test("a conversation that begins while a participant connects is not missed", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  const account = await fixture.account("Bob");
  const reading = fixture.hold("roomsOf", "after");
  const member = new FakeSubscriber();
  const entering = fixture.hub.enter(member, account, null, ADDRESS);
  await settle(fixture.clock);
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

Deno.test("a conversation loaded while a participant connects is subscribed to from the right position", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  const account = await fixture.account("Bob");
  const loading = fixture.hold("membersOf", "after");
  const saying = alice.start(toBob("1"));
  await settle(fixture.clock);
  const bob = await fixture.enter("Bob");
  assertEquals(bob.one("welcome").rooms, []);
  loading.open();
  await saying;
  await settle(fixture.clock);
  assertEquals(bob.texts(), ["1 1"]);
  assertEquals([...fixture.hub.rooms.directsOf(account)].length, 1);
});

Deno.test("two users who write to each other at the same time share one conversation", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  const bob = await fixture.enter("Bob");
  await Promise.all([
    alice.start(toBob("hi")),
    bob.start({ type: "private_message", receiver: "Alice", message: "ho" }),
  ]);
  await settle(fixture.clock);
  const [first, second] = alice.texts();
  assert(first?.startsWith("1 ") && second?.startsWith("2 "));
  assertEquals(bob.texts(), [first, second]);
});

Deno.test("no other user can subscribe to, read or change a conversation", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  const carl = await fixture.enter("Carl");
  await fixture.account("Bob");
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

Deno.test("a conversation cannot be left, and no user can be added to it", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = [await fixture.enter("Alice"), await fixture.enter("Bob")];
  await alice.do({ type: "leave", room: "@Bob" });
  assertEquals(alice.refusals(), ["forbidden"]);
  await alice.do(toBob("still here"));
  assertEquals(bob.texts(), ["1 still here"]);
});

Deno.test("typing in a conversation reaches only the other participant's devices", async () => {
  await using fixture = await openHubFixture();
  const [alice, phone] = [await fixture.enter("Alice"), await fixture.enter("Alice")];
  const [bob, tablet] = [await fixture.enter("Bob"), await fixture.enter("Bob")];
  const carl = await fixture.enter("Carl");
  for (const device of [alice, phone, bob, tablet, carl]) device.forget();
  await alice.do({ type: "typing", room: "@Bob" });
  const typing = {
    type: "typing",
    room: "@Alice",
    room_id: (await fixture.room("@Alice", "Bob")).record.publicId,
    name: "Alice",
    id: alice.connection.account.publicId,
  } as const;
  assertEquals([bob, tablet].map((device) => device.news()), [[typing], [typing]]);
  assertEquals([alice, phone, carl].map((device) => device.news()), [[], [], []]);
  await alice.do({ type: "typing", room: "@Alice" });
  assertEquals([alice, phone, bob].map((device) => device.news()), [[], [], []]);
});

Deno.test("edits and reactions in a conversation carry its receiver", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = [await fixture.enter("Alice"), await fixture.enter("Bob")];
  await alice.do(toBob("hi"));
  await alice.do({ type: "edit_message", room: "@Bob", seq: 1, message: "ho" });
  await bob.do({ type: "react", room: "@Alice", seq: 1, emoji: "👍", on: true });
  await alice.do({ type: "delete_message", room: "@Bob", seq: 1 });
  const changes = bob.newsOf("message_edited", "reaction", "message_deleted");
  const { record: { publicId } } = await fixture.room("@Bob");
  const [hers, his] = [alice, bob].map(({ connection }) => connection.account.publicId);
  assertEquals(
    changes.map((frame) => [
      ...[frame.type, frame.target, frame.room_id, frame.sender, frame.sender_id],
      ...("receiver" in frame ? [frame.receiver, frame.receiver_id] : []),
    ]),
    [
      ["message_edited", 1, publicId, "Alice", hers, "Bob", his],
      ["reaction", 1, publicId, "Bob", his, "Alice", hers],
      ["message_deleted", 1, publicId, "Alice", hers, "Bob", his],
    ],
  );
});

for (const receiver of ["Nobody", "", "@Bob", "__proto__"]) {
  Deno.test(`a private message to "${receiver}", who does not exist, is refused`, async () => {
    await using fixture = await openHubFixture();
    const alice = await fixture.enter("Alice");
    await fixture.account("Bob");
    await alice.do({ type: "private_message", receiver, message: "hi", key: "k" });
    const { code, key } = alice.one("error");
    assertEquals([code, key], ["no_such_user", "k"]);
  });
}

/** Connects a guest; `leave` ends the guest for good. */
async function enterGuest(fixture: HubFixture, name: string) {
  const made = await fixture.store.createGuest({ name, skeleton: name, at: 0 });
  if (made === "name_taken") throw new Error(`${name} is taken`);
  const device = await fixture.enter(name);
  const leave = async () => {
    fixture.hub.exit(device.subscriber);
    await fixture.store.retireGuest(made.id);
    fixture.effects.emit({ type: "retired", account: made });
    await settle(fixture.clock);
  };
  return { device, id: made.publicId, leave };
}

Deno.test("a conversation with a departed guest can be read and closed, but takes no message", async () => {
  await using fixture = await openHubFixture();
  const [alice, phone] = [await fixture.enter("Alice"), await fixture.enter("Alice")];
  const gus = await enterGuest(fixture, "Gus");
  await gus.device.do({ type: "private_message", receiver: "Alice", message: "hello" });
  const { room_id } = alice.one("private_message");
  await gus.leave();
  phone.forget();
  alice.forget();
  for (const place of [{ room_id }, { room: "@Gus" }]) {
    await alice.do({ type: "join", ...place, after: 0 });
    const { room, room_id: id, receiver_id, over, messages } = alice.one("joined");
    assertEquals([room, id, receiver_id, over], ["@Gus", room_id, gus.id, true]);
    assertEquals(messages.map((event) => "message" in event && event.message), ["hello"]);
    await alice.do({ type: "history", ...place }, { type: "read", ...place, seq: 1 });
    await alice.do({ type: "set_level", ...place, level: "none" });
    assertEquals(alice.news().map(({ type }) => type), ["history", "read", "level"]);
    await alice.do({ type: "room_message", ...place, message: "still there?" });
    await alice.do({ type: "private_message", receiver: "Gus", message: "still there?" });
    await alice.do({ type: "private_message", receiver_id: gus.id, message: "still there?" });
    assertEquals(alice.refusals(), ["no_such_user", "no_such_user", "no_such_user"]);
  }
  const tablet = await fixture.enter("Alice");
  const [summary, ...more] = tablet.one("welcome").rooms;
  assertEquals([summary?.room_id, summary?.receiver_id, summary?.over], [room_id, gus.id, true]);
  assertEquals(more, []);
  phone.forget();
  await alice.do({ type: "leave", room_id, key: "k" });
  const left = { type: "left", room: "@Gus", room_id } as const;
  assertEquals(alice.news(), [{ ...left, key: "k" }]);
  assertEquals([phone.news(), tablet.news()], [[left], [left]]);
  await alice.do({ type: "history", room_id }, { type: "history", room: "@Gus" });
  assertEquals(alice.refusals(), ["no_such_room", "no_such_user"]);
  assertEquals((await fixture.enter("Alice")).one("welcome").rooms, []);
});

Deno.test("a message meant for a guest never reaches a later guest of the same name", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  const first = await enterGuest(fixture, "Gus");
  await alice.do({ type: "private_message", receiver: "Gus", message: "to the first" });
  const { room_id } = alice.one("private_message");
  await first.leave();
  const second = await enterGuest(fixture, "Gus");
  alice.forget();
  second.device.forget();
  await alice.do(
    { type: "room_message", room_id, message: "secret" },
    { type: "room_message", room_id, room: "@Gus", message: "secret" },
    { type: "private_message", receiver_id: first.id, message: "secret" },
    { type: "private_message", receiver_id: first.id, receiver: "Gus", message: "secret" },
    { type: "typing", room_id },
    { type: "block", id: first.id, on: true },
  );
  assertEquals(alice.refusals().filter((code) => code !== "no_such_user"), []);
  assertEquals(second.device.news(), []);
  // By name, the receiver is the present holder, also after the older conversation was read again.
  await alice.do({ type: "join", room_id, after: 0 });
  assertEquals(alice.one("joined").over, true);
  await alice.say("@Gus", "to the second");
  assertEquals(second.device.texts(), ["1 to the second"]);
  assertEquals(alice.one("private_message").receiver_id, second.id);
});
