import { assert, assertEquals } from "@std/assert";
import type { Command } from "../lib/protocol.ts";
import { type Device, openWorld, settle } from "./support/world.ts";

const say = { type: "room_message", room: "den", message: "hi" } as const;

/** Alice in the private room "den", with one message; Bob in "lobby" with her; Carl in nothing. */
async function setUp() {
  const world = await openWorld({ openRooms: false });
  const alice = await world.enter("Alice");
  await alice.do({ type: "create_room", room: "den", kind: "private" }, say, {
    type: "create_room",
    room: "lobby",
    kind: "public",
  });
  const bob = await world.enter("Bob");
  await bob.do({ type: "join", room: "lobby" });
  const carl = await world.enter("Carl");
  for (const device of [alice, bob, carl]) device.forget();
  return { world, alice, bob, carl };
}

// Who may do what ------------------------------------------------------------------------------

/** Everything that a room can be asked for. */
const inRoom = (room: string): readonly Command[] => [
  { ...say, room },
  { type: "edit_message", room, seq: 1, message: "changed" },
  { type: "delete_message", room, seq: 1 },
  { type: "react", room, seq: 1, emoji: "👍", on: true },
  { type: "typing", room },
  { type: "read", room, seq: 1 },
  { type: "history", room },
  { type: "search", query: "hi", room },
  { type: "list_members", room },
  { type: "invite", room, name: "Carl" },
  { type: "leave", room },
];

for (
  const [room, code] of [
    ["den", "no_such_room"],
    ["nowhere", "no_such_room"],
    ["lobby", "not_a_member"],
  ] as const
) {
  for (const command of [...inRoom(room), { type: "join", room } as const]) {
    if (room === "lobby" && command.type === "join") continue;
    Deno.test(`an outsider's ${command.type} in ${room} is refused: ${code}`, async () => {
      const { world, alice, bob, carl } = await setUp();
      await using _ = world;
      await carl.do({ ...command, key: "k" });
      const answer = carl.one("error");
      assertEquals([answer.code, answer.key], [code, "k"]);
      assertEquals([alice.news(), bob.news()], [[], []]);
    });
  }
}

Deno.test("a private room shows nowhere to those who are not in it", async () => {
  const { world, alice, carl } = await setUp();
  await using _ = world;
  await carl.do({ type: "list_rooms" }, { type: "search", query: "hi" });
  assertEquals(carl.one("rooms").rooms, [
    { room: "lobby", kind: "public", members: 2, joined: false },
  ]);
  await alice.do({ type: "list_rooms", key: "k" });
  const { key, rooms } = alice.one("rooms");
  assertEquals([key, rooms.map(({ room, joined }) => [room, joined])], ["k", [
    ["den", true],
    ["lobby", true],
  ]]);
});

Deno.test("whoever is invited is in: they hear of it and may join, on every device", async () => {
  const { world, alice, carl } = await setUp();
  await using _ = world;
  const phone = await world.enter("Carl");
  phone.forget();
  await alice.do({ type: "invite", room: "den", name: "carl", key: "k" });
  const notice = { type: "member_joined", room: "den", name: "Carl" } as const;
  assertEquals([carl.one("member_joined"), phone.one("member_joined")], [notice, notice]);
  assert(alice.newsOf("member_joined").some(({ key, name }) => key === "k" && name === "Carl"));
  await carl.do({ type: "join", room: "den", after: 0 });
  assertEquals(carl.one("joined").messages.length, 1);
  await carl.say("den", "thanks");
  assertEquals(alice.texts(), ["2 thanks"]);
});

Deno.test("whoever does not exist cannot be invited", async () => {
  const { world, alice } = await setUp();
  await using _ = world;
  await alice.do({ type: "invite", room: "den", name: "Nobody" });
  assertEquals(alice.refusals(), ["no_such_user"]);
});

Deno.test("whoever leaves gets nothing more and is an outsider, on every device", async () => {
  const { world, alice, bob } = await setUp();
  await using _ = world;
  const phone = await world.enter("Bob");
  await phone.do({ type: "join", room: "lobby" });
  for (const device of [alice, phone]) device.forget();
  await bob.do({ type: "leave", room: "lobby", key: "k" });
  const left = { type: "left", room: "lobby" } as const;
  assertEquals([bob.news(), phone.news()], [[{ ...left, key: "k" }], [left]]);
  assertEquals(alice.news(), [{ type: "member_left", room: "lobby", name: "Bob" }]);
  await alice.say("lobby", "gone?");
  assertEquals([bob.news(), phone.news()], [[], []]);
  await phone.say("lobby", "still here?");
  assertEquals(phone.refusals(), ["not_a_member"]);
  await alice.do({ type: "list_members", room: "lobby" });
  assertEquals(alice.one("members").members, ["Alice"]);
});

Deno.test("whoever leaves a private room cannot see it any more", async () => {
  const { world, alice } = await setUp();
  await using _ = world;
  await alice.do({ type: "leave", room: "den" }, { type: "join", room: "den" });
  assertEquals(alice.refusals(), ["no_such_room"]);
});

Deno.test("what was said before one left is stored and acknowledged", async () => {
  const { world, alice, bob } = await setUp();
  await using _ = world;
  await bob.do({ ...say, room: "lobby", key: "k" }, { type: "leave", room: "lobby" });
  assertEquals(bob.one("room_message").key, "k");
  assertEquals(alice.texts(), ["1 hi"]);
});

// Rooms ----------------------------------------------------------------------------------------

for (const openRooms of [true, false]) {
  Deno.test(`joining a room that does not exist ${openRooms ? "makes" : "does not make"} it`, async () => {
    await using world = await openWorld({ openRooms });
    const alice = await world.enter("Alice");
    await alice.do({ type: "join", room: "New", key: "k" });
    if (!openRooms) return assertEquals(alice.refusals(), ["no_such_room"]);
    const { room, kind, key, members, seq } = alice.one("joined");
    assertEquals([room, kind, key, members, seq], ["New", "public", "k", ["Alice"], 0]);
  });
}

for (
  const outsiders of [
    { type: "join", room: "DEN" },
    { type: "create_room", room: "DEN", kind: "public" },
    { type: "create_room", room: "DEN", kind: "private" },
  ] as const
) {
  const kind = "kind" in outsiders ? outsiders.kind : "public";
  Deno.test(`an outsider's ${outsiders.type} of a private room's name makes another, ${kind} room`, async () => {
    await using world = await openWorld({ openRooms: true });
    const alice = await world.enter("Alice");
    await alice.do({ type: "create_room", room: "den", kind: "private" }, say);
    const bob = await world.enter("Bob");
    for (const device of [alice, bob]) device.forget();
    await bob.do({ ...outsiders, key: "k" });
    const joined = bob.one("joined");
    assertEquals([joined.room, joined.kind, joined.key], ["DEN", kind, "k"]);
    assertEquals([joined.seq, joined.messages, joined.members], [0, [], ["Bob"]]);
    assertEquals(alice.news(), []);
    // Each of them goes on in their own.
    await alice.say("den", "ours");
    await bob.say("den", "mine");
    assertEquals([alice.texts(), bob.texts()], [["2 ours"], ["1 mine"]]);
    await bob.do({ type: "list_members", room: "den" });
    assertEquals(bob.one("members").members, ["Bob"]);
  });
}

Deno.test("nobody is in two rooms of one name: an invitation to the other one is refused", async () => {
  const { world, alice, carl } = await setUp();
  await using _ = world;
  await carl.do({ type: "create_room", room: "Den", kind: "public" });
  carl.forget();
  await alice.do({ type: "invite", room: "den", name: "Carl", key: "k" });
  const { code, key } = alice.one("error");
  assertEquals([code, key], ["room_exists", "k"]);
  assertEquals(carl.news(), []);
  await alice.do({ type: "list_members", room: "den" });
  assertEquals(alice.one("members").members, ["Alice"]);
});

Deno.test("two who join a new room at the same time are in one room", async () => {
  await using world = await openWorld({ openRooms: true });
  const [alice, bob] = [await world.enter("Alice"), await world.enter("Bob")];
  await Promise.all([alice, bob].map((device) => device.start({ type: "join", room: "new" })));
  for (const device of [alice, bob]) assertEquals(device.refusals(), []);
  await alice.say("new", "hi");
  await bob.say("new", "ho");
  assertEquals([alice.texts(), bob.texts()], [["1 hi", "2 ho"], ["1 hi", "2 ho"]]);
});

Deno.test("who makes a room is in it at once; their other devices hear of it", async () => {
  await using world = await openWorld({ openRooms: false });
  const [desk, phone] = [await world.enter("Alice"), await world.enter("Alice")];
  phone.forget();
  await desk.do({ type: "create_room", room: "Den", kind: "private", title: "Ours", key: "k" });
  const { room, kind, title, key } = desk.one("joined");
  assertEquals([room, kind, title, key], ["Den", "private", "Ours", "k"]);
  assertEquals(phone.news(), [{ type: "member_joined", room: "Den", name: "Alice" }]);
  await desk.say("den", "hi");
  assertEquals(desk.texts(), ["1 hi"]);
  await phone.do({ type: "create_room", room: "DEN", kind: "public" });
  assertEquals(phone.refusals(), ["room_exists"]);
});

Deno.test("members hear who joins, once; the newcomer gets the answer instead", async () => {
  const { world, alice, bob, carl } = await setUp();
  await using _ = world;
  await carl.do({ type: "join", room: "lobby" }, { type: "join", room: "lobby" });
  for (const device of [alice, bob]) {
    assertEquals(device.news(), [{ type: "member_joined", room: "lobby", name: "Carl" }]);
  }
  assertEquals(carl.news().map(({ type }) => type), ["joined", "joined"]);
});

Deno.test("who joins on two devices at once has joined once, and follows on both", async () => {
  const { world, alice, carl } = await setUp();
  await using _ = world;
  const phone = await world.enter("Carl");
  alice.forget();
  const adding = world.hold("addMember", "before");
  const join = { type: "join", room: "lobby" } as const;
  const joining = [carl, phone].map((device) => device.start(join));
  await settle(world.clock);
  adding.open();
  await Promise.all(joining);
  assertEquals(alice.newsOf("member_joined").length, 1);
  await alice.say("lobby", "hi");
  assertEquals([carl.texts(), phone.texts()], [["1 hi"], ["1 hi"]]);
});

// Saying ---------------------------------------------------------------------------------------

for (const type of ["room_message", "private_message"] as const) {
  Deno.test(`a ${type} cannot be sent under another name, and one's own may be written as one likes`, async () => {
    const { world, alice, bob } = await setUp();
    await using _ = world;
    const message = { type, room: "lobby", receiver: "Alice", message: "hi" };
    for (const sender of ["Alice", "", "Bob2", "Bob "]) {
      await bob.do({ ...message, sender, key: sender || "k" } as Command);
    }
    assertEquals(bob.refusals(), new Array(4).fill("sender_mismatch"));
    assertEquals(alice.news(), []);
    for (const sender of ["Bob", "BOB"]) await bob.do({ ...message, sender } as Command);
    const [first, second] = alice.newsOf(type);
    assertEquals([first?.sender, second?.sender], ["Bob", "Bob"]);
  });
}

Deno.test("texts are changed and deleted by their author alone, and everybody reacts", async () => {
  const { world, alice, bob } = await setUp();
  await using _ = world;
  const room = "lobby";
  await alice.do({ ...say, room });
  for (const device of [alice, bob]) device.forget();
  await bob.do(
    { type: "edit_message", room, seq: 1, message: "mine" },
    { type: "delete_message", room, seq: 1 },
    { type: "edit_message", room, seq: 99, message: "none" },
  );
  assertEquals(bob.refusals(), ["forbidden", "forbidden", "no_such_message"]);
  await bob.do({ type: "react", room, seq: 1, emoji: "👍", on: true, key: "r" });
  await alice.do(
    { type: "edit_message", room, seq: 1, message: "better", key: "e" },
    { type: "delete_message", room, seq: 1, key: "d" },
    { type: "edit_message", room, seq: 1, message: "too late", key: "l" },
  );
  const seen = (device: Device) =>
    device.newsOf("message_edited", "message_deleted", "reaction")
      .map(({ type, seq, target, key }) => [type, seq, target, key]);
  const expected = [
    ["reaction", 2, 1, "r"],
    ["message_edited", 3, 1, "e"],
    ["message_deleted", 4, 1, "d"],
  ];
  assertEquals([seen(alice), seen(bob)], [expected, expected]);
});

Deno.test("a message takes so many different reactions, and each of them from everybody", async () => {
  const { world, alice, bob } = await setUp();
  await using _ = world;
  const room = "lobby";
  await alice.do({ ...say, room });
  const react = (emoji: string, on = true) => ({ type: "react", room, seq: 1, emoji, on } as const);
  for (let i = 1; i <= 60; i++) await bob.do(react(`${i}`));
  assertEquals(bob.refusals(), new Array(10).fill("too_many_reactions"));
  await alice.do(react("1"), react("51"));
  assertEquals(alice.refusals(), ["too_many_reactions"]);
  await bob.do(react("2", false));
  await alice.do(react("51"));
  const { id } = await world.room(room);
  const { messages: [message] } = await world.store.pageAfter(id, 0, { limit: 1, maxLength: 0 });
  assertEquals(message?.reactions.length, 50);
  assertEquals(message?.reactions.at(0), { emoji: "1", names: ["Bob", "Alice"] });
  assertEquals(message?.reactions.at(-1), { emoji: "51", names: ["Alice"] });
});

Deno.test("an answer must be to a message of the same room", async () => {
  const { world, alice } = await setUp();
  await using _ = world;
  await alice.do({ ...say, room: "lobby", reply_to: 1, key: "k" });
  const { code, key } = alice.one("error");
  assertEquals([code, key], ["no_such_message", "k"]);
  await alice.do({ ...say, reply_to: 1 });
  assertEquals(alice.one("room_message").reply_to, 1);
});

Deno.test("typing reaches those who follow, and is stored nowhere", async () => {
  const { world, alice, bob } = await setUp();
  await using _ = world;
  await alice.do({ type: "typing", room: "lobby" });
  assertEquals(bob.news(), [{ type: "typing", room: "lobby", name: "Alice" }]);
  await alice.say("lobby", "hi");
  assertEquals(bob.texts(), ["1 hi"]);
});

Deno.test("a read mark is told to one's own devices alone, and goes neither back nor too far", async () => {
  const { world, alice, bob } = await setUp();
  await using _ = world;
  const phone = await world.enter("Alice");
  await alice.say("lobby", "1");
  await alice.say("lobby", "2");
  for (const device of [alice, bob, phone]) device.forget();
  for (const seq of [2, 1, 99]) await alice.do({ type: "read", room: "lobby", seq, key: "k" });
  const read = { type: "read", room: "lobby", seq: 2 } as const;
  assertEquals(alice.news(), new Array(3).fill({ ...read, key: "k" }));
  assertEquals(phone.news(), [read, read, read]);
  assertEquals(bob.news(), []);
});

Deno.test("whom one blocks is told to one's own devices alone, with the key to whoever asked", async () => {
  const { world, alice, bob } = await setUp();
  await using _ = world;
  const phone = await world.enter("Alice");
  phone.forget();
  for (const [on, names] of [[true, ["Bob"]], [false, []]] as const) {
    await alice.do({ type: "block", name: "bob", on, key: "k" });
    const blocks = { type: "blocks", names: [...names] } as const;
    assertEquals([alice.news(), phone.news()], [[{ ...blocks, key: "k" }], [blocks]]);
  }
  assertEquals(bob.news(), []);
});

Deno.test("history comes page by page, oldest first, to those who ask", async () => {
  const { world, alice, bob } = await setUp();
  await using _ = world;
  for (let i = 1; i <= 5; i++) await alice.say("lobby", `${i}`);
  bob.forget();
  const pages: unknown[] = [];
  for (const before of [undefined, 4, 2]) {
    const from = before === undefined ? {} : { before };
    await bob.do({ type: "history", room: "lobby", limit: 2, key: "k", ...from });
    const { messages, more, key } = bob.one("history");
    pages.push([messages.map(({ seq }) => seq), more, key]);
  }
  assertEquals(pages, [[[4, 5], true, "k"], [[2, 3], true, "k"], [[1], false, "k"]]);
});

Deno.test("history comes from where one asks, and says what lies beyond it", async () => {
  const { world, alice, bob } = await setUp();
  await using _ = world;
  for (let i = 1; i <= 9; i++) await alice.say("lobby", `${i}`);
  bob.forget();
  const pages: unknown[] = [];
  for (const place of [{ after: 0 }, { after: 7 }, { around: 5 }, { around: 9 }, { around: 1 }]) {
    await bob.do({ type: "history", room: "lobby", limit: 4, ...place });
    const { messages, more, more_after } = bob.one("history");
    pages.push([messages.map(({ seq }) => seq), more, more_after]);
  }
  assertEquals(pages, [
    [[1, 2, 3, 4], true, undefined],
    [[8, 9], false, undefined],
    [[3, 4, 5, 6], true, true],
    [[7, 8, 9], true, false],
    [[1, 2], false, true],
  ]);
});

Deno.test("a search finds what one may see, and says where it was asked", async () => {
  const { world, alice, bob } = await setUp();
  await using _ = world;
  await bob.say("lobby", "hi there");
  await alice.do({ type: "search", query: "hi", key: "all" });
  const { messages, key } = alice.one("search_results");
  assertEquals([messages.map((hit) => "room" in hit && hit.room), key], [["lobby", "den"], "all"]);
  await alice.do({ type: "search", query: "hi", room: "den" });
  assertEquals(alice.one("search_results").messages.length, 1);
});
