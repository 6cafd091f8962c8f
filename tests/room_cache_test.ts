import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { ROOM_PACE } from "../lib/channel.ts";
import { Room } from "../lib/room.ts";
import { FakeClock } from "./support/fake_clock.ts";
import { FakeMember } from "./support/fakes.ts";
import { openWorld, settle } from "./support/world.ts";

/** Longer than an unused room is kept, with the time until it is looked for. */
const FORGOTTEN_MS = 400_000;

Deno.test("everybody gets the same room, whoever asks and however they write it", async () => {
  await using world = await openWorld();
  await world.gather("Lobby", "Alice");
  const [alice, bob] = [await world.account("Alice"), await world.account("Bob")];
  const rooms = await Promise.all(
    [alice, bob].flatMap((viewer) =>
      ["Lobby", "lobby", "LOBBY"].map((name) => world.hub.rooms.find(name, viewer))
    ),
  );
  const [room] = rooms;
  assert(room instanceof Room);
  for (const each of rooms) assertStrictEquals(each, room);
  assertStrictEquals(await world.hub.rooms.load(await world.store.roomById(room.id)), room);
  const [one, other, made] = await Promise.all([
    world.hub.rooms.find("@bob", alice),
    world.hub.rooms.find("@Alice", bob),
    world.hub.rooms.direct(bob, alice),
  ]);
  assertStrictEquals(one, other);
  assertStrictEquals(one, made);
});

Deno.test("of two rooms of one name everybody finds the one they are in, or else the public one", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  await alice.do({ type: "create_room", room: "den", kind: "private" });
  await world.gather("Den", "Bob");
  const [hers, his, anybodys] = [
    await world.room("den", "Alice"),
    await world.room("DEN", "Bob"),
    await world.room("den", "Carl"),
  ];
  assertNotStrictEquals(hers, his);
  assertStrictEquals(anybodys, his);
  assertEquals([hers.record.kind, his.record.kind], ["private", "public"]);
  assertEquals([hers.memberNames(), his.memberNames()], [["Alice"], ["Bob"]]);
});

Deno.test("those who ask while a room is loaded wait for the one room", async () => {
  await using world = await openWorld();
  await world.store.createRoom({
    name: "lobby",
    kind: "public",
    title: null,
    creator: null,
    at: 0,
  });
  const loading = world.hold("membersOf", "after");
  const alice = await world.account("Alice");
  const asked = Array.from({ length: 5 }, () => world.hub.rooms.find("lobby", alice));
  await settle(world.clock);
  assertEquals(loading.waiting, 1);
  loading.open();
  const rooms = await Promise.all(asked);
  assert(rooms[0] instanceof Room);
  for (const room of rooms) assertStrictEquals(room, rooms[0]);
  assertEquals(world.hub.rooms.size, 1);
});

Deno.test("a room that nobody follows is forgotten after a while, and loaded again when needed", async () => {
  await using world = await openWorld();
  const [alice] = await world.gather("lobby", "Alice");
  await alice.say("lobby", "hi");
  const before = await world.room("lobby");
  world.hub.exit(alice.member);
  await world.clock.advance(200_000);
  assertEquals(world.hub.rooms.size, 1);
  await world.clock.advance(FORGOTTEN_MS - 200_000);
  assertEquals(world.hub.rooms.size, 0);
  const bob = await world.enter("Bob");
  await bob.do({ type: "join", room: "lobby", after: 0 });
  await bob.say("lobby", "still here");
  const { seq } = bob.one("joined");
  assertEquals(seq, 1);
  assertNotStrictEquals(await world.room("lobby"), before);
});

Deno.test("a room that somebody follows is never forgotten, however quiet it is", async () => {
  await using world = await openWorld();
  const [alice, bob] = await world.gather("lobby", "Alice", "Bob");
  const before = await world.room("lobby");
  await world.clock.advance(FORGOTTEN_MS * 5);
  assertStrictEquals(await world.room("lobby"), before);
  await bob.say("lobby", "hi");
  assertEquals(alice.texts(), ["1 hi"]);
});

Deno.test("a room that is asked for now and then is kept", async () => {
  await using world = await openWorld();
  await world.store.createRoom({
    name: "lobby",
    kind: "public",
    title: null,
    creator: null,
    at: 0,
  });
  const before = await world.room("lobby");
  for (let i = 0; i < 5; i++) {
    await world.clock.advance(200_000);
    assertStrictEquals(await world.room("lobby"), before);
  }
});

Deno.test("a room is not forgotten while something is being stored in it", async () => {
  await using world = await openWorld();
  const [alice] = await world.gather("lobby", "Alice");
  const commit = world.hold("append", "before");
  await alice.start({ type: "room_message", room: "lobby", message: "1" });
  world.hub.exit(alice.member);
  const before = await world.room("lobby");
  await world.clock.advance(FORGOTTEN_MS * 2);
  const bob = await world.enter("Bob");
  await bob.do({ type: "join", room: "lobby" });
  bob.forget();
  assertStrictEquals(await world.room("lobby"), before);
  commit.open();
  await settle(world.clock);
  assertEquals(bob.texts(), ["1 1"]);
});

Deno.test("a conversation is forgotten when neither is here, and found again by both", async () => {
  await using world = await openWorld();
  const alice = await world.enter("Alice");
  const account = await world.account("Bob");
  await alice.do({ type: "private_message", receiver: "Bob", message: "1" });
  await world.clock.advance(FORGOTTEN_MS);
  assertEquals([...world.hub.rooms.directsOf(account)].length, 1);
  world.hub.exit(alice.member);
  await world.clock.advance(FORGOTTEN_MS);
  assertEquals([...world.hub.rooms.directsOf(account)], []);
  const [bob, back] = [await world.enter("Bob"), await world.enter("Alice")];
  await bob.say("@Alice", "2");
  await back.say("@Bob", "3");
  assertEquals([bob.texts(), back.texts()], [["2 2", "3 3"], ["2 2", "3 3"]]);
});

Deno.test("what is not there is asked for again, and takes no room in memory", async () => {
  await using world = await openWorld();
  const alice = await world.account("Alice");
  assertEquals(await world.hub.rooms.find("lobby", alice), "no_such_room");
  assertEquals(await world.hub.rooms.find("@Bob", alice), "no_such_user");
  await settle(world.clock);
  assertEquals(world.hub.rooms.size, 0);
  await world.store.createRoom({
    name: "lobby",
    kind: "public",
    title: null,
    creator: null,
    at: 0,
  });
  assertEquals((await world.room("lobby")).record.name, "lobby");
});

Deno.test("whoever has made a room finds it, though somebody asked for it just before", async () => {
  await using world = await openWorld({ openRooms: false });
  const [alice, bob] = [await world.enter("Alice"), await world.enter("Bob")];
  const finding = world.hold("findRoom", "after");
  const joining = bob.start({ type: "join", room: "den" });
  await settle(world.clock);
  const making = alice.start({ type: "create_room", room: "den", kind: "public" });
  await settle(world.clock);
  finding.open();
  await Promise.all([joining, making]);
  assertEquals(alice.refusals(), []);
  assertEquals(bob.refusals(), ["no_such_room"]);
});

for (const method of ["findRoom", "membersOf"] as const) {
  Deno.test(`a fault of the store in ${method} is not remembered`, async () => {
    await using world = await openWorld();
    const room = { name: "lobby", kind: "public", title: null, creator: null, at: 0 } as const;
    await world.store.createRoom(room);
    const alice = await world.account("Alice");
    const reading = world.hold(method, "before");
    reading.open();
    reading.fail(new Error("gone"));
    const asked = [1, 2].map(() => world.hub.rooms.find("lobby", alice));
    const results = await Promise.allSettled(asked);
    assertEquals(results.map(({ status }) => status), ["rejected", "rejected"]);
    assertEquals(world.hub.rooms.size, 0);
    reading.fail(undefined);
    assertEquals((await world.room("lobby")).record.name, "lobby");
  });
}

Deno.test("a slowed room is kept: it remembers who spoke when", async () => {
  await using world = await openWorld();
  const [alice] = await world.gather("lobby", "Alice");
  const room = await world.room("lobby");
  room.slowMs = 1_000;
  world.hub.exit(alice.member);
  await world.clock.advance(FORGOTTEN_MS * 2);
  assertStrictEquals(await world.room("lobby"), room);
  room.slowMs = 0;
  await world.clock.advance(FORGOTTEN_MS);
  assertEquals(world.hub.rooms.size, 0);
});

Deno.test("a room shows what comes after the place it was loaded at, and each event once", () => {
  const record = {
    id: 1,
    name: "lobby",
    kind: "public",
    title: null,
    seq: 5,
    pair: null,
    locked: false,
    slowMs: 0,
  } as const;
  const options = { clock: new FakeClock(), pace: ROOM_PACE, onSlow() {} };
  const room = new Room(record, [], options);
  const member = new FakeMember();
  room.channel.follow(member);
  for (const seq of [4, 5, 6, 6, 7]) {
    const event = { room: 1, seq, sender: "Alice", guest: null, at: 0, key: null } as const;
    room.publish({ ...event, kind: "delete", target: 1 });
  }
  room.channel.flush();
  assertEquals(member.frames.map((frame) => "seq" in frame && frame.seq), [6, 7]);
});

Deno.test("closing does not stumble over a room that cannot be loaded", async () => {
  await using world = await openWorld();
  const room = { name: "lobby", kind: "public", title: null, creator: null, at: 0 } as const;
  await world.store.createRoom(room);
  const alice = await world.account("Alice");
  const loading = world.hold("membersOf", "before");
  loading.fail(new Error("gone"));
  const asked = world.hub.rooms.find("lobby", alice).then(() => "found", () => "failed");
  await settle(world.clock);
  assertEquals(loading.waiting, 1);
  const closing = world.hub.close();
  await settle(world.clock);
  loading.open();
  await closing;
  assertEquals(await asked, "failed");
});
