import { assert, assertEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import type { Peer } from "../support/peer.ts";
import {
  accept,
  call,
  person,
  type ServerFixture,
  startServerFixture,
} from "../support/server_fixture.ts";
import { openHubFixture } from "../support/hub_fixture.ts";

const permissions = needs("net", "read");

/** A moderator, a member, and a member who will be removed, all in a private room. */
async function gather(fixture: ServerFixture) {
  const mo = await fixture.member(fixture.mo);
  const { peer: alice } = await person(fixture, "Alice");
  const eve = await person(fixture, "Eve");
  await mo.ask({ type: "create_room", room: "den", kind: "private" });
  for (const name of ["Alice", "Eve"]) await mo.ask({ type: "invite", room: "den", name });
  for (const peer of [alice, eve.peer]) await accept(peer);
  const phone = await fixture.member(eve.token);
  for (const peer of [alice, eve.peer, phone]) await peer.ask({ type: "join", room: "den" });
  await alice.ask({ type: "room_message", room: "den", message: "before" });
  await eve.peer.ask({ type: "room_message", room: "den", message: "mine", key: "k" });
  return { mo, alice, eve: eve.peer, phone, token: eve.token };
}

/** Every command by which a former member could still reach the room. */
async function tryAll(fixture: ServerFixture, peer: Peer, token: string): Promise<void> {
  const gone: Record<string, unknown> = {};
  const frames = [
    { type: "history" },
    { type: "list_members" },
    { type: "list_reactions", seq: 1 },
    { type: "list_votes", seq: 1 },
    { type: "list_files" },
    { type: "room_message", message: "after" },
    { type: "room_message", message: "mine", key: "k" },
    { type: "edit_message", seq: 2, message: "after" },
    { type: "delete_message", seq: 2 },
    { type: "delete_messages", seqs: [2] },
    { type: "react", seq: 1, emoji: "👍", on: true },
    { type: "read", seq: 3 },
    { type: "search", query: "before" },
    { type: "invite", name: "Eve" },
    { type: "join", after: 1 },
  ];
  for (const frame of frames) {
    const answer = await peer.ask({ ...frame, room: "den" } as never);
    gone[frame.type] = answer.type === "error" ? answer.code : answer;
  }
  assertEquals(gone, Object.fromEntries(frames.map(({ type }) => [type, "no_such_room"])));
  const found = await peer.ask({ type: "search", query: "before" });
  assertEquals(found.type === "search_results" && found.messages, []);
  const path = "/api/rooms/den/messages";
  assertEquals((await call(fixture, path, { token })).code, "no_such_room");
  const post = { method: "POST", token, body: { message: "mine", key: "k" } };
  assertEquals((await call(fixture, path, post)).code, "no_such_room");
  const again = await fixture.member(token);
  const [welcome] = again.frames;
  assert(welcome?.type === "welcome" && welcome.rooms.every(({ room }) => room !== "den"));
  await again.close();
}

Deno.test({
  name: "a kicked member receives nothing more from the room, on any device or by any command",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "open-rooms": false });
    const { mo, alice, eve, phone, token } = await gather(fixture);
    await mo.ask({ type: "kick", room: "den", name: "Eve" });
    for (const peer of [eve, phone]) {
      assertEquals(await peer.take("left"), {
        type: "left",
        room: "den",
        room_id: mo.roomId("den"),
        by: "Mo",
        by_id: mo.id,
      });
    }
    const marks = [eve.frames.length, phone.frames.length];
    await alice.ask({ type: "room_message", room: "den", message: "afterwards" });
    await alice.ask({ type: "react", room: "den", seq: 1, emoji: "👋", on: true });
    alice.send({ type: "typing", room: "den" });
    await alice.sync();
    await tryAll(fixture, eve, token);
    await phone.sync();
    const later = [...eve.frames.slice(marks[0]), ...phone.frames.slice(marks[1])];
    assert(!JSON.stringify(later).includes("afterwards"));
    assertEquals(later.filter(({ type }) => ["reaction", "typing"].includes(type)), []);
    await Promise.all([mo, alice, eve, phone].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "a member who leaves receives nothing more from the room",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "open-rooms": false });
    const { mo, alice, eve, phone, token } = await gather(fixture);
    await phone.ask({ type: "leave", room: "den" });
    const mark = eve.frames.length;
    await alice.ask({ type: "room_message", room: "den", message: "afterwards" });
    await tryAll(fixture, eve, token);
    assert(!JSON.stringify(eve.frames.slice(mark)).includes("afterwards"));
    await Promise.all([mo, alice, eve, phone].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "commands in one array with a kick are checked one after the other",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "open-rooms": false });
    const { mo, alice, eve, phone } = await gather(fixture);
    mo.send(
      { type: "room_message", room: "den", message: "still for Eve" },
      { type: "kick", room: "den", name: "Eve" },
      { type: "room_message", room: "den", message: "not for Eve" },
    );
    await alice.next((frame) => frame.type === "room_message" && frame.message === "not for Eve");
    for (const peer of [eve, phone]) {
      await peer.sync();
      assert(!JSON.stringify(peer.frames).includes("not for Eve"));
    }
    await Promise.all([mo, alice, eve, phone].map((peer) => peer.close()));
  },
});

// Invariant S1.
Deno.test("a message under way to a member is dropped if the member is removed meanwhile", async (t) => {
  const asked = [
    ["history", "pageBefore", { type: "history", room: "den" }],
    ["the surroundings of a message", "pageAfter", { type: "history", room: "den", around: 1 }],
    ["a search in the room", "search", { type: "search", query: "word", room: "den" }],
    ["a search in all rooms", "search", { type: "search", query: "word" }],
    ["a resume", "replay", { type: "join", room: "den", after: 0 }],
    ["a join", "pageBefore", { type: "join", room: "den" }],
  ] as const;
  for (const [what, method, command] of asked) {
    await t.step(what, async () => {
      await using fixture = await openHubFixture({ openRooms: false });
      const [alice, eve] = [await fixture.enter("Alice"), await fixture.enter("Eve")];
      const owner = await fixture.account("Alice");
      await fixture.store.setRole(owner.id, "moderator");
      fixture.hub.changeRole({ ...owner, role: "moderator" });
      await alice.do({ type: "create_room", room: "den", kind: "private" });
      await alice.do({ type: "invite", room: "den", name: "Eve" });
      await eve.do({ type: "join", room_id: eve.one("invitation").room_id });
      await alice.say("den", "word");
      eve.forget();
      const gate = fixture.hold(method, "after");
      const underWay = eve.start(command);
      while (gate.waiting === 0) await Promise.resolve();
      await alice.do({ type: "kick", room: "den", name: "Eve" });
      gate.open();
      await underWay;
      await eve.do({ type: "ping" });
      const news = eve.news();
      const said = JSON.stringify(
        news.map((frame) => frame.type === "search_results" ? frame.messages : frame),
      );
      assert(!said.includes("word"), said);
      assert(news.some(({ type }) => type === "left"));
    });
  }
});

Deno.test("a page of history under way over HTTP is dropped as well", async () => {
  await using fixture = await openHubFixture({ openRooms: false });
  const [alice, eve] = [await fixture.account("Alice"), await fixture.account("Eve")];
  const den = await fixture.enter("Alice");
  await den.do({ type: "create_room", room: "den", kind: "private" });
  await den.do({ type: "invite", room: "den", name: "Eve" });
  const device = await fixture.enter("Eve");
  const [invitation] = device.one("welcome").invitations ?? [];
  await device.do({ type: "join", room_id: invitation?.room_id });
  const room = await fixture.commands.memberRoom(eve, { room: "den" });
  assert(!("code" in room));
  assertEquals(fixture.commands.partedFrom(room, eve), null);
  await device.do({ type: "leave", room: "den" });
  assertEquals(fixture.commands.partedFrom(room, eve), { code: "no_such_room" });
  assertEquals(fixture.commands.partedFrom(room, alice), null);
});
