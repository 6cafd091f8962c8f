import { assert, assertEquals } from "@std/assert";
import type { Command, RoomSummary } from "../../lib/protocol/frames.ts";
import type { Account } from "../../lib/store/records.ts";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { reactionOf } from "../support/reactions.ts";
import { type Device, type HubFixture, openHubFixture, settle } from "../support/hub_fixture.ts";

const say = { type: "room_message", room: "den", message: "hi" } as const;

/** Alice in the private room "den", with one message; Bob in "lobby" with her; Carl in no room. */
async function setUp() {
  const fixture = await openHubFixture({ openRooms: false });
  const alice = await fixture.enter("Alice");
  await alice.do({ type: "create_room", room: "den", kind: "private" }, say, {
    type: "create_room",
    room: "lobby",
    kind: "public",
  });
  const bob = await fixture.enter("Bob");
  await bob.do({ type: "join", room: "lobby" });
  const carl = await fixture.enter("Carl");
  for (const device of [alice, bob, carl]) device.forget();
  return { fixture, alice, bob, carl };
}

/** A room as notices identify it. */
async function tagOf(fixture: HubFixture, name: string) {
  const { record } = await fixture.room(name);
  return { room: record.name, room_id: record.publicId };
}

/** A member as notices identify them. */
function personTag({ name, publicId }: Account) {
  return { name, id: publicId };
}

// Permissions ------------------------------------------------------------------------------------

/** Every command about a room. */
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
      const { fixture, alice, bob, carl } = await setUp();
      await using _ = fixture;
      await carl.do({ ...command, key: "k" });
      const answer = carl.one("error");
      assertEquals([answer.code, answer.key], [code, "k"]);
      assertEquals([alice.news(), bob.news()], [[], []]);
    });
  }
}

Deno.test("a private room is not visible to users who are not members", async () => {
  const { fixture, alice, carl } = await setUp();
  await using _ = fixture;
  await carl.do({ type: "list_rooms" }, { type: "search", query: "hi" });
  assertEquals(carl.one("rooms").rooms, [
    { ...await tagOf(fixture, "lobby"), kind: "public", members: 2, joined: false },
  ]);
  await alice.do({ type: "list_rooms", key: "k" });
  const { key, rooms } = alice.one("rooms");
  assertEquals([key, rooms.map(({ room, joined }) => [room, joined])], ["k", [
    ["den", true],
    ["lobby", true],
  ]]);
});

Deno.test("a user who knows the inviter joins at once, and is notified on every device", async () => {
  const { fixture, alice, carl } = await setUp();
  await using _ = fixture;
  await alice.do({ type: "private_message", receiver: "Carl", message: "hello?" });
  await carl.do({ type: "private_message", receiver: "Alice", message: "hello!" });
  for (const device of [alice, carl]) device.forget();
  const phone = await fixture.enter("Carl");
  phone.forget();
  await alice.do({ type: "invite", room: "den", name: "carl", key: "k" });
  const place = await tagOf(fixture, "den");
  const notice = {
    type: "member_joined",
    ...place,
    ...personTag(carl.connection.account),
  } as const;
  assertEquals([carl.one("member_joined"), phone.one("member_joined")], [notice, notice]);
  assert(alice.newsOf("member_joined").some(({ key, name }) => key === "k" && name === "Carl"));
  await carl.do({ type: "join", room: "den", after: 0 });
  assertEquals(carl.one("joined").messages.length, 1);
  await carl.say("den", "thanks");
  assertEquals(alice.texts(), ["2 thanks"]);
});

Deno.test("a user who does not know the inviter is asked on every device, and joins by the room's id", async () => {
  const { fixture, alice, carl } = await setUp();
  await using _ = fixture;
  const phone = await fixture.enter("Carl");
  phone.forget();
  await alice.do({ type: "invite", room: "den", name: "carl", key: "k" });
  const place = await tagOf(fixture, "den");
  const by = personTag(alice.connection.account);
  const asked = { type: "invitation", ...place, by: by.name, by_id: by.id };
  assertEquals([carl.news(), phone.news()], [[asked], [asked]]);
  const who = personTag(carl.connection.account);
  assertEquals(alice.news(), [{ type: "invited", ...place, ...who, key: "k" }]);
  // Asked once, also when others invite too; and again on the next connection.
  await alice.do({ type: "invite", room: "den", name: "carl" });
  assertEquals(carl.news(), []);
  const tablet = await fixture.enter("Carl");
  const { type: _type, ...invitation } = asked;
  assertEquals(tablet.one("welcome").invitations, [invitation]);
  await carl.do({ type: "join", room: "den" });
  assertEquals(carl.refusals(), ["no_such_room"]);
  await carl.do({ type: "join", room_id: place.room_id });
  assertEquals(carl.one("joined").room, "den");
  assertEquals((await fixture.enter("Carl")).one("welcome").invitations, undefined);
});

Deno.test("no user is in two rooms of one name, and no sender learns of the other room", async () => {
  const { fixture, alice, carl } = await setUp();
  await using _ = fixture;
  await alice.do({ type: "private_message", receiver: "Carl", message: "hello?" });
  await carl.do({ type: "private_message", receiver: "Alice", message: "hello!" });
  await carl.do({ type: "create_room", room: "den", kind: "private" });
  const own = carl.one("joined").room_id;
  for (const device of [alice, carl]) device.forget();
  await alice.do({ type: "invite", room: "den", name: "Carl" });
  assertEquals(alice.news().map(({ type }) => type), ["invited"]);
  const { room_id } = carl.one("invitation");
  await alice.do({ type: "list_members", room: "den" });
  assertEquals(alice.one("members").members, ["Alice"]);
  const join = { type: "join", room_id } as const;
  await carl.do(join);
  assertEquals(carl.refusals(), ["room_exists"]);
  await carl.do({ type: "leave", room_id: own }, join);
  assertEquals(carl.one("joined").room_id, room_id);
});

Deno.test("an invitation is declined once, and every device is notified", async () => {
  const { fixture, alice, carl } = await setUp();
  await using _ = fixture;
  const phone = await fixture.enter("Carl");
  phone.forget();
  await alice.do({ type: "invite", room: "den", name: "Carl" });
  for (const device of [alice, carl, phone]) device.forget();
  const { room_id } = await tagOf(fixture, "den");
  await carl.do({ type: "decline_invitation", room_id, key: "k" });
  const answer = { type: "invitation_declined", room: "den", room_id } as const;
  assertEquals([carl.news(), phone.news(), alice.news()], [
    [{ ...answer, key: "k" }],
    [answer],
    [],
  ]);
  await carl.do({ type: "decline_invitation", room_id }, { type: "join", room_id });
  assertEquals(carl.refusals(), ["no_such_room", "no_such_room"]);
});

Deno.test("a user who does not exist cannot be invited", async () => {
  const { fixture, alice } = await setUp();
  await using _ = fixture;
  await alice.do({ type: "invite", room: "den", name: "Nobody" });
  assertEquals(alice.refusals(), ["no_such_user"]);
});

Deno.test("a user who leaves gets nothing more and is an outsider, on every device", async () => {
  const { fixture, alice, bob } = await setUp();
  await using _ = fixture;
  const phone = await fixture.enter("Bob");
  await phone.do({ type: "join", room: "lobby" });
  for (const device of [alice, phone]) device.forget();
  await bob.do({ type: "leave", room: "lobby", key: "k" });
  const place = await tagOf(fixture, "lobby");
  const left = { type: "left", ...place } as const;
  assertEquals([bob.news(), phone.news()], [[{ ...left, key: "k" }], [left]]);
  assertEquals(alice.news(), [
    { type: "member_left", ...place, ...personTag(bob.connection.account), member_count: 1 },
  ]);
  await alice.say("lobby", "gone?");
  assertEquals([bob.news(), phone.news()], [[], []]);
  await phone.say("lobby", "still here?");
  assertEquals(phone.refusals(), ["not_a_member"]);
  await alice.do({ type: "list_members", room: "lobby" });
  assertEquals(alice.one("members").members, ["Alice"]);
});

Deno.test("a user who leaves a private room cannot see it any more", async () => {
  const { fixture, alice } = await setUp();
  await using _ = fixture;
  await alice.do({ type: "leave", room: "den" }, { type: "join", room: "den" });
  assertEquals(alice.refusals(), ["no_such_room"]);
});

Deno.test("messages posted before leaving are stored and acknowledged", async () => {
  const { fixture, alice, bob } = await setUp();
  await using _ = fixture;
  await bob.do({ ...say, room: "lobby", key: "k" }, { type: "leave", room: "lobby" });
  assertEquals(bob.one("room_message").key, "k");
  assertEquals(alice.texts(), ["1 hi"]);
});

// Rooms ----------------------------------------------------------------------------------------

for (const openRooms of [true, false]) {
  Deno.test(`joining a room that does not exist ${openRooms ? "creates" : "does not create"} it`, async () => {
    await using fixture = await openHubFixture({ openRooms });
    const alice = await fixture.enter("Alice");
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
  Deno.test(`an outsider's ${outsiders.type} of a private room's name creates another, ${kind} room`, async () => {
    await using fixture = await openHubFixture({ openRooms: true });
    const alice = await fixture.enter("Alice");
    await alice.do({ type: "create_room", room: "den", kind: "private" }, say);
    const bob = await fixture.enter("Bob");
    for (const device of [alice, bob]) device.forget();
    await bob.do({ ...outsiders, key: "k" });
    const joined = bob.one("joined");
    assertEquals([joined.room, joined.kind, joined.key], ["DEN", kind, "k"]);
    assertEquals([joined.seq, joined.messages, joined.members], [0, [], ["Bob"]]);
    assertEquals(alice.news(), []);
    // Each user continues in their own room.
    await alice.say("den", "ours");
    await bob.say("den", "mine");
    assertEquals([alice.texts(), bob.texts()], [["2 ours"], ["1 mine"]]);
    await bob.do({ type: "list_members", room: "den" });
    assertEquals(bob.one("members").members, ["Bob"]);
  });
}

Deno.test("two users who join a new room at the same time are in one room", async () => {
  await using fixture = await openHubFixture({ openRooms: true });
  const [alice, bob] = [await fixture.enter("Alice"), await fixture.enter("Bob")];
  await Promise.all([alice, bob].map((device) => device.start({ type: "join", room: "new" })));
  for (const device of [alice, bob]) assertEquals(device.refusals(), []);
  await alice.say("new", "hi");
  await bob.say("new", "ho");
  assertEquals([alice.texts(), bob.texts()], [["1 hi", "2 ho"], ["1 hi", "2 ho"]]);
});

Deno.test("a user who creates a room is in it at once, and the user's other devices are notified", async () => {
  await using fixture = await openHubFixture({ openRooms: false });
  const [laptop, phone] = [await fixture.enter("Alice"), await fixture.enter("Alice")];
  phone.forget();
  await laptop.do({ type: "create_room", room: "Den", kind: "private", title: "Ours", key: "k" });
  const { room, kind, title, key } = laptop.one("joined");
  assertEquals([room, kind, title, key], ["Den", "private", "Ours", "k"]);
  assertEquals(phone.news(), [
    {
      type: "member_joined",
      ...await tagOf(fixture, "Den"),
      ...personTag(laptop.connection.account),
    },
  ]);
  await laptop.say("den", "hi");
  assertEquals(laptop.texts(), ["1 hi"]);
  await phone.do({ type: "create_room", room: "DEN", kind: "public" });
  assertEquals(phone.refusals(), ["room_exists"]);
});

Deno.test("members are notified of a new member once; the new member gets the reply instead", async () => {
  const { fixture, alice, bob, carl } = await setUp();
  await using _ = fixture;
  await carl.do({ type: "join", room: "lobby" }, { type: "join", room: "lobby" });
  const place = await tagOf(fixture, "lobby");
  const who = personTag(carl.connection.account);
  for (const device of [alice, bob]) {
    assertEquals(device.news(), [
      { type: "member_joined", ...place, ...who, member_count: 3 },
    ]);
  }
  assertEquals(carl.news().map(({ type }) => type), ["joined", "joined"]);
});

Deno.test("a user who joins on two devices at once joins once, and both devices are subscribed", async () => {
  const { fixture, alice, carl } = await setUp();
  await using _ = fixture;
  const phone = await fixture.enter("Carl");
  alice.forget();
  const adding = fixture.hold("addMember", "before");
  const join = { type: "join", room: "lobby" } as const;
  const joining = [carl, phone].map((device) => device.start(join));
  await settle(fixture.clock);
  adding.open();
  await Promise.all(joining);
  assertEquals(alice.newsOf("member_joined").length, 1);
  await alice.say("lobby", "hi");
  assertEquals([carl.texts(), phone.texts()], [["1 hi"], ["1 hi"]]);
});

// Messages ---------------------------------------------------------------------------------------

for (const type of ["room_message", "private_message"] as const) {
  Deno.test(`a ${type} cannot be sent under another name; the spelling of the sender's own name is free`, async () => {
    const { fixture, alice, bob } = await setUp();
    await using _ = fixture;
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

Deno.test("only the author edits and deletes a message, and every member reacts", async () => {
  const { fixture, alice, bob } = await setUp();
  await using _ = fixture;
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

Deno.test("the number of different reactions to a message is limited; each is open to every member", async () => {
  const { fixture, alice, bob } = await setUp();
  await using _ = fixture;
  const room = "lobby";
  await alice.do({ ...say, room });
  const react = (emoji: string, on = true) => ({ type: "react", room, seq: 1, emoji, on } as const);
  const animal = (n: number) => String.fromCodePoint(0x1f3ff + n);
  for (let i = 1; i <= 60; i++) await bob.do(react(animal(i)));
  assertEquals(bob.refusals(), new Array(10).fill("too_many_reactions"));
  await alice.do(react(animal(1)), react(animal(51)));
  assertEquals(alice.refusals(), ["too_many_reactions"]);
  await bob.do(react(animal(2), false));
  await alice.do(react(animal(51)));
  const { id } = await fixture.room(room);
  const { messages: [message] } = await fixture.store.pageAfter(id, 0, { limit: 1, maxLength: 0 });
  assertEquals(message?.reactions.length, 50);
  assertEquals(
    message?.reactions.at(0),
    reactionOf(animal(1), bob.connection.account, alice.connection.account),
  );
  assertEquals(message?.reactions.at(-1), reactionOf(animal(51), alice.connection.account));
});

Deno.test("a reaction is an emoji, or one that is there already; each can be removed", async () => {
  const { fixture, alice, bob } = await setUp();
  await using _ = fixture;
  const room = "lobby";
  await alice.do({ ...say, room });
  const react = (emoji: string, on = true) => ({ type: "react", room, seq: 1, emoji, on } as const);
  const place = await fixture.room(room);
  const reactions = async () => {
    const bounds = { limit: 1, maxLength: 0 };
    const { messages: [message] } = await fixture.store.pageAfter(place.id, 0, bounds);
    return message?.reactions.map(({ emoji, names }) => [emoji, ...names]);
  };
  await bob.do(react("hello"), react("<b>"), react(":parrot:"), react("1"), react("👍👍"));
  assertEquals(bob.refusals(), new Array(5).fill("bad_emoji"));
  assertEquals(await reactions(), []);
  // As an import, or an older version, stored it.
  const stored = { kind: "reaction", room: place.id, at: 0, key: null, target: 1 } as const;
  const { account: sender } = alice.connection;
  for (const emoji of [":parrot:", "hello", "❤"]) {
    await fixture.store.append([{ ...stored, sender, emoji, on: true }]);
  }
  bob.forget();
  await bob.do(react(":parrot:"), react("❤️"));
  assertEquals(bob.refusals(), []);
  assertEquals(await reactions(), [
    [":parrot:", "Alice", "Bob"],
    ["hello", "Alice"],
    ["❤️", "Alice", "Bob"],
  ]);
  await alice.do(react(":parrot:", false), react("hello", false), react("❤️", false));
  assertEquals(await reactions(), [[":parrot:", "Bob"], ["❤️", "Bob"]]);
  await bob.do(react("hello"));
  assertEquals(bob.refusals(), ["bad_emoji"]);
});

Deno.test("a reply must refer to a message of the same room", async () => {
  const { fixture, alice } = await setUp();
  await using _ = fixture;
  await alice.do({ ...say, room: "lobby", reply_to: 1, key: "k" });
  const { code, key } = alice.one("error");
  assertEquals([code, key], ["no_such_message", "k"]);
  await alice.do({ ...say, reply_to: 1 });
  assertEquals(alice.one("room_message").reply_to, 1);
});

Deno.test("typing is sent to subscribers, and not stored", async () => {
  const { fixture, alice, bob } = await setUp();
  await using _ = fixture;
  await alice.do({ type: "typing", room: "lobby" });
  assertEquals(bob.news(), [
    { type: "typing", ...await tagOf(fixture, "lobby"), ...personTag(alice.connection.account) },
  ]);
  await alice.say("lobby", "hi");
  assertEquals(bob.texts(), ["1 hi"]);
});

Deno.test("a read mark is sent only to the user's own devices, and moves neither back nor too far", async () => {
  const { fixture, alice, bob } = await setUp();
  await using _ = fixture;
  const phone = await fixture.enter("Alice");
  await alice.say("lobby", "1");
  await alice.say("lobby", "2");
  for (const device of [alice, bob, phone]) device.forget();
  for (const seq of [2, 1, 99]) await alice.do({ type: "read", room: "lobby", seq, key: "k" });
  const read = { type: "read", ...await tagOf(fixture, "lobby"), seq: 2 } as const;
  assertEquals(alice.news(), new Array(3).fill({ ...read, key: "k" }));
  assertEquals(phone.news(), [read, read, read]);
  assertEquals(bob.news(), []);
});

Deno.test("a block is sent only to the user's own devices, with the key to the one that asked", async () => {
  const { fixture, alice, bob } = await setUp();
  await using _ = fixture;
  const phone = await fixture.enter("Alice");
  phone.forget();
  for (const [on, names] of [[true, ["Bob"]], [false, []]] as const) {
    await alice.do({ type: "block", name: "bob", on, key: "k" });
    const ids = names.map(() => bob.connection.account.publicId);
    const blocks = { type: "blocks", names: [...names], ids } as const;
    assertEquals([alice.news(), phone.news()], [[{ ...blocks, key: "k" }], [blocks]]);
  }
  assertEquals(bob.news(), []);
});

Deno.test("history is returned page by page, oldest first, only to the connection that asks", async () => {
  const { fixture, alice, bob } = await setUp();
  await using _ = fixture;
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

Deno.test("history starts at the requested position, and says whether there is more", async () => {
  const { fixture, alice, bob } = await setUp();
  await using _ = fixture;
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

Deno.test("a search returns what the user may see, and names the room that was searched", async () => {
  const { fixture, alice, bob } = await setUp();
  await using _ = fixture;
  await bob.say("lobby", "hi there");
  await alice.do({ type: "search", query: "hi", key: "all" });
  const { messages, key } = alice.one("search_results");
  assertEquals([messages.map((hit) => "room" in hit && hit.room), key], [["lobby", "den"], "all"]);
  await alice.do({ type: "search", query: "hi", room: "den" });
  assertEquals(alice.one("search_results").messages.length, 1);
});

Deno.test("joined lists at most 100 members, those who are online first, and counts all", async () => {
  const { fixture, alice, carl } = await setUp();
  await using _ = fixture;
  const room = await fixture.room("lobby");
  for (let n = 0; n < 130; n++) {
    const member = await fixture.account(`Member ${n}`);
    await fixture.store.addMember(room.id, member.id, 0);
    room.add(member);
  }
  await carl.do({ type: "join", room: "lobby" });
  await alice.do({ type: "join", room: "lobby" });
  const [first, second] = [carl.one("joined"), alice.one("joined")];
  for (const { member_count, members, member_ids } of [first, second]) {
    assertEquals([member_count, members.length, member_ids.length], [133, 100, 100]);
  }
  assertEquals(new Set(first.members.slice(0, 3)), new Set(["Alice", "Bob", "Carl"]));
  await alice.do({ type: "list_members", room: "lobby", after: "member 97" });
  assertEquals(alice.one("members").members, ["Member 98", "Member 99"]);
});

Deno.test("welcome lists the rooms with the newest events, and the others still deliver", async () => {
  await using fixture = await openHubFixture();
  const { store } = fixture;
  const [alice, bob] = [await fixture.account("Alice"), await fixture.account("Bob")];
  const said = async ({ id: room }: { readonly id: number }, text: string) => {
    const rest = { kind: "message", replyTo: null, key: null, at: 0 } as const;
    await store.append([{ ...rest, room, sender: alice, text }]);
  };
  const direct = await store.directRoom(alice, bob, 0);
  for (const text of ["long ago", "and on"]) await said(direct, text);
  const most = LIMITS.welcome_rooms;
  for (let n = 0; n < most; n++) {
    const room = { name: `room-${n}`, kind: "private", title: null, creator: bob.id } as const;
    const made = await store.createRoom({ ...room, at: 0 });
    assert(made !== null);
    await said(made, "new");
  }
  const phone = await fixture.enter("Bob");
  const { rooms, more_rooms } = phone.one("welcome");
  assertEquals([rooms.length, more_rooms], [most, true]);
  assertEquals([rooms[0]?.room, rooms.at(-1)?.room], [`room-${most - 1}`, "room-0"]);
  // All of them are in another list, in pages, each as in the first frame.
  const all: RoomSummary[] = [];
  for (let next: string | undefined = ""; next !== undefined;) {
    const place: { after?: string } = next === "" ? {} : { after: next };
    await phone.do({ type: "list_memberships", limit: 90, ...place });
    const page = phone.one("memberships");
    assertEquals([page.more, page.rooms.length <= 90], [page.next !== undefined, true]);
    all.push(...page.rooms);
    phone.forget();
    next = page.next;
  }
  assertEquals(all.map(({ room }) => room), [
    "@Alice",
    ...Array.from({ length: most }, (_, n) => `room-${n}`),
  ]);
  assertEquals(all.slice(1), rooms.toReversed());
  assertEquals([all[0]?.seq, all[0]?.unread], [2, 2]);
  const laptop = await fixture.enter("Alice");
  await laptop.do({ type: "private_message", receiver: "Bob", message: "now" });
  const events = phone.newsOf("private_message").map(({ seq, message }) => [seq, message]);
  assertEquals(events, [[3, "now"]]);
});
