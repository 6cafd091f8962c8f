import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { ROOM_FLUSH_POLICY } from "../../lib/chat/channel.ts";
import { Members } from "../../lib/chat/members.ts";
import { Room } from "../../lib/chat/room.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeSubscriber } from "../support/fakes.ts";
import { accountOf, roomRecordOf } from "../support/records.ts";
import { openHubFixture, settle } from "../support/hub_fixture.ts";

/** Longer than an unused room stays cached, including the interval of the sweep. */
const EVICTED_MS = 400_000;

Deno.test("every account gets the same room, however it writes the name", async () => {
  await using fixture = await openHubFixture();
  await fixture.gather("Lobby", "Alice");
  const [alice, bob] = [await fixture.account("Alice"), await fixture.account("Bob")];
  const rooms = await Promise.all(
    [alice, bob].flatMap((viewer) =>
      ["Lobby", "lobby", "LOBBY"].map((name) => fixture.hub.rooms.find({ room: name }, viewer))
    ),
  );
  const [room] = rooms;
  assert(room instanceof Room);
  for (const each of rooms) assertStrictEquals(each, room);
  assertStrictEquals(await fixture.hub.rooms.load(await fixture.store.roomById(room.id)), room);
  const [one, other, made] = await Promise.all([
    fixture.hub.rooms.find({ room: "@bob" }, alice),
    fixture.hub.rooms.find({ room: "@Alice" }, bob),
    fixture.hub.rooms.direct(bob, alice),
  ]);
  assertStrictEquals(one, other);
  assertStrictEquals(one, made);
});

Deno.test("of two rooms with one name an account finds the one it is in, or else the public one", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  await alice.do({ type: "create_room", room: "den", kind: "private" });
  await fixture.gather("Den", "Bob");
  const [hers, his, anybodys] = [
    await fixture.room("den", "Alice"),
    await fixture.room("DEN", "Bob"),
    await fixture.room("den", "Carl"),
  ];
  assertNotStrictEquals(hers, his);
  assertStrictEquals(anybodys, his);
  assertEquals([hers.record.kind, his.record.kind], ["private", "public"]);
  assertEquals([hers, his].map((room) => [...room.members()].map(({ name }) => name)), [["Alice"], [
    "Bob",
  ]]);
});

Deno.test("callers that ask while a room is loading get the one room", async () => {
  await using fixture = await openHubFixture();
  await fixture.store.createRoom({
    name: "lobby",
    kind: "public",
    title: null,
    creator: null,
    at: 0,
  });
  const loading = fixture.hold("membersOf", "after");
  const alice = await fixture.account("Alice");
  const asked = Array.from({ length: 5 }, () => fixture.hub.rooms.find({ room: "lobby" }, alice));
  await settle(fixture.clock);
  assertEquals(loading.waiting, 1);
  loading.open();
  const rooms = await Promise.all(asked);
  assert(rooms[0] instanceof Room);
  for (const room of rooms) assertStrictEquals(room, rooms[0]);
  assertEquals(fixture.hub.rooms.size, 1);
});

Deno.test("a room without subscribers is evicted after a while, and loaded again when needed", async () => {
  await using fixture = await openHubFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  await alice.say("lobby", "hi");
  const before = await fixture.room("lobby");
  fixture.hub.exit(alice.subscriber);
  await fixture.clock.advance(200_000);
  assertEquals(fixture.hub.rooms.size, 1);
  await fixture.clock.advance(EVICTED_MS - 200_000);
  assertEquals(fixture.hub.rooms.size, 0);
  const bob = await fixture.enter("Bob");
  await bob.do({ type: "join", room: "lobby", after: 0 });
  await bob.say("lobby", "still here");
  const { seq } = bob.one("joined");
  assertEquals(seq, 1);
  assertNotStrictEquals(await fixture.room("lobby"), before);
});

Deno.test("a room with a subscriber is never evicted, however quiet it is", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  const before = await fixture.room("lobby");
  await fixture.clock.advance(EVICTED_MS * 5);
  assertStrictEquals(await fixture.room("lobby"), before);
  await bob.say("lobby", "hi");
  assertEquals(alice.texts(), ["1 hi"]);
});

Deno.test("a room that is requested now and then stays cached", async () => {
  await using fixture = await openHubFixture();
  await fixture.store.createRoom({
    name: "lobby",
    kind: "public",
    title: null,
    creator: null,
    at: 0,
  });
  const before = await fixture.room("lobby");
  for (let i = 0; i < 5; i++) {
    await fixture.clock.advance(200_000);
    assertStrictEquals(await fixture.room("lobby"), before);
  }
});

Deno.test("a room is not evicted while an append to it is in flight", async () => {
  await using fixture = await openHubFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  const commit = fixture.hold("append", "before");
  await alice.start({ type: "room_message", room: "lobby", message: "1" });
  fixture.hub.exit(alice.subscriber);
  const before = await fixture.room("lobby");
  await fixture.clock.advance(EVICTED_MS * 2);
  const bob = await fixture.enter("Bob");
  await bob.do({ type: "join", room: "lobby" });
  bob.forget();
  assertStrictEquals(await fixture.room("lobby"), before);
  commit.open();
  await settle(fixture.clock);
  assertEquals(bob.texts(), ["1 1"]);
});

Deno.test("a conversation is evicted when both participants are offline, and loaded again for both", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.enter("Alice");
  const account = await fixture.account("Bob");
  await alice.do({ type: "private_message", receiver: "Bob", message: "1" });
  await fixture.clock.advance(EVICTED_MS);
  assertEquals([...fixture.hub.rooms.directsOf(account)].length, 1);
  fixture.hub.exit(alice.subscriber);
  await fixture.clock.advance(EVICTED_MS);
  assertEquals([...fixture.hub.rooms.directsOf(account)], []);
  const [bob, back] = [await fixture.enter("Bob"), await fixture.enter("Alice")];
  await bob.say("@Alice", "2");
  await back.say("@Bob", "3");
  assertEquals([bob.texts(), back.texts()], [["2 2", "3 3"], ["2 2", "3 3"]]);
});

Deno.test("a room that does not exist is looked up each time, and uses no memory", async () => {
  await using fixture = await openHubFixture();
  const alice = await fixture.account("Alice");
  assertEquals(await fixture.hub.rooms.find({ room: "lobby" }, alice), "no_such_room");
  assertEquals(await fixture.hub.rooms.find({ room: "@Bob" }, alice), "no_such_user");
  await settle(fixture.clock);
  assertEquals(fixture.hub.rooms.size, 0);
  await fixture.store.createRoom({
    name: "lobby",
    kind: "public",
    title: null,
    creator: null,
    at: 0,
  });
  assertEquals((await fixture.room("lobby")).record.name, "lobby");
});

Deno.test("the creator of a room finds it, though another account asked for it just before", async () => {
  await using fixture = await openHubFixture({ openRooms: false });
  const [alice, bob] = [await fixture.enter("Alice"), await fixture.enter("Bob")];
  const finding = fixture.hold("findRoom", "after");
  const joining = bob.start({ type: "join", room: "den" });
  await settle(fixture.clock);
  const making = alice.start({ type: "create_room", room: "den", kind: "public" });
  await settle(fixture.clock);
  finding.open();
  await Promise.all([joining, making]);
  assertEquals(alice.refusals(), []);
  assertEquals(bob.refusals(), ["no_such_room"]);
});

for (const method of ["findRoom", "membersOf"] as const) {
  Deno.test(`an error of the store in ${method} is not cached`, async () => {
    await using fixture = await openHubFixture();
    const room = { name: "lobby", kind: "public", title: null, creator: null, at: 0 } as const;
    await fixture.store.createRoom(room);
    const alice = await fixture.account("Alice");
    const reading = fixture.hold(method, "before");
    reading.open();
    reading.fail(new Error("gone"));
    const asked = [1, 2].map(() => fixture.hub.rooms.find({ room: "lobby" }, alice));
    const results = await Promise.allSettled(asked);
    assertEquals(results.map(({ status }) => status), ["rejected", "rejected"]);
    assertEquals(fixture.hub.rooms.size, 0);
    reading.fail(undefined);
    assertEquals((await fixture.room("lobby")).record.name, "lobby");
  });
}

Deno.test("a room in slow mode is not evicted: it records when each member posted", async () => {
  await using fixture = await openHubFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  const room = await fixture.room("lobby");
  room.setRecord({ ...room.record, slowMs: 1_000 });
  fixture.hub.exit(alice.subscriber);
  await fixture.clock.advance(EVICTED_MS * 2);
  assertStrictEquals(await fixture.room("lobby"), room);
  room.setRecord({ ...room.record, slowMs: 0 });
  await fixture.clock.advance(EVICTED_MS);
  assertEquals(fixture.hub.rooms.size, 0);
});

Deno.test("a room delivers the events after the position it was loaded at, each once", () => {
  const record = roomRecordOf(1, "lobby", { seq: 5 });
  const { name: sender, publicId: senderId } = accountOf(1, "Alice");
  const options = { clock: new FakeClock(), flushPolicy: ROOM_FLUSH_POLICY, onSlow() {} };
  const room = new Room(record, new Members(), options);
  const member = new FakeSubscriber();
  room.channel.subscribe(member);
  for (const seq of [4, 5, 6, 6, 7]) {
    const event = { room: 1, seq, sender, senderId, guest: false, at: 0, key: null } as const;
    room.publish({ ...event, kind: "delete", target: 1 });
  }
  room.channel.flush();
  assertEquals(member.frames.map((frame) => "seq" in frame && frame.seq), [6, 7]);
});

Deno.test("closing does not fail because of a room that cannot be loaded", async () => {
  await using fixture = await openHubFixture();
  const room = { name: "lobby", kind: "public", title: null, creator: null, at: 0 } as const;
  await fixture.store.createRoom(room);
  const alice = await fixture.account("Alice");
  const loading = fixture.hold("membersOf", "before");
  loading.fail(new Error("gone"));
  const asked = fixture.hub.rooms.find({ room: "lobby" }, alice).then(
    () => "found",
    () => "failed",
  );
  await settle(fixture.clock);
  assertEquals(loading.waiting, 1);
  const closing = fixture.hub.close();
  await settle(fixture.clock);
  loading.open();
  await closing;
  assertEquals(await asked, "failed");
});
