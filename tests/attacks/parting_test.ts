import { assert, assertEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import type { Peer } from "../support/peer.ts";
import { call, person, startTown, type Town } from "../support/town.ts";
import { openWorld } from "../support/world.ts";

const permissions = needs("net", "read");

/** Moderator, member and one who will not be one for long, all in a private room. */
async function gather(town: Town) {
  const mo = await town.member(town.mo);
  const { peer: alice } = await person(town, "Alice");
  const eve = await person(town, "Eve");
  await mo.ask({ type: "create_room", room: "den", kind: "private" });
  for (const name of ["Alice", "Eve"]) await mo.ask({ type: "invite", room: "den", name });
  const phone = await town.member(eve.token);
  for (const peer of [alice, eve.peer, phone]) await peer.ask({ type: "join", room: "den" });
  await alice.ask({ type: "room_message", room: "den", message: "before" });
  await eve.peer.ask({ type: "room_message", room: "den", message: "mine", key: "k" });
  return { mo, alice, eve: eve.peer, phone, token: eve.token };
}

/** Everything by which somebody could still get at the room. */
async function tryAll(town: Town, peer: Peer, token: string): Promise<void> {
  const gone: Record<string, unknown> = {};
  const frames = [
    { type: "history" },
    { type: "list_members" },
    { type: "room_message", message: "after" },
    { type: "room_message", message: "mine", key: "k" },
    { type: "edit_message", seq: 2, message: "after" },
    { type: "delete_message", seq: 2 },
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
  assertEquals((await call(town, path, { token })).code, "no_such_room");
  const post = { method: "POST", token, body: { message: "mine", key: "k" } };
  assertEquals((await call(town, path, post)).code, "no_such_room");
  const again = await town.member(token);
  const [welcome] = again.frames;
  assert(welcome?.type === "welcome" && welcome.rooms.every(({ room }) => room !== "den"));
  await again.close();
}

Deno.test({
  name: "whoever is kicked has nothing of the room from then on, on no device and by no way",
  ...permissions,
  async fn() {
    await using town = await startTown({ "open-rooms": false });
    const { mo, alice, eve, phone, token } = await gather(town);
    await mo.ask({ type: "kick", room: "den", name: "Eve" });
    for (const peer of [eve, phone]) {
      assertEquals(await peer.take("left"), { type: "left", room: "den", by: "Mo" });
    }
    const marks = [eve.frames.length, phone.frames.length];
    await alice.ask({ type: "room_message", room: "den", message: "afterwards" });
    await alice.ask({ type: "react", room: "den", seq: 1, emoji: "👋", on: true });
    alice.send({ type: "typing", room: "den" });
    await alice.sync();
    await tryAll(town, eve, token);
    await phone.sync();
    const later = [...eve.frames.slice(marks[0]), ...phone.frames.slice(marks[1])];
    assert(!JSON.stringify(later).includes("afterwards"));
    assertEquals(later.filter(({ type }) => ["reaction", "typing"].includes(type)), []);
    await Promise.all([mo, alice, eve, phone].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "whoever leaves has nothing of the room from then on either",
  ...permissions,
  async fn() {
    await using town = await startTown({ "open-rooms": false });
    const { mo, alice, eve, phone, token } = await gather(town);
    await phone.ask({ type: "leave", room: "den" });
    const mark = eve.frames.length;
    await alice.ask({ type: "room_message", room: "den", message: "afterwards" });
    await tryAll(town, eve, token);
    assert(!JSON.stringify(eve.frames.slice(mark)).includes("afterwards"));
    await Promise.all([mo, alice, eve, phone].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "what comes in one frame with a kick is judged one after the other",
  ...permissions,
  async fn() {
    await using town = await startTown({ "open-rooms": false });
    const { mo, alice, eve, phone } = await gather(town);
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

Deno.test("what is under way when somebody is put out does not arrive", async (t) => {
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
      await using world = await openWorld({ openRooms: false });
      const [alice, eve] = [await world.enter("Alice"), await world.enter("Eve")];
      const owner = await world.account("Alice");
      await world.store.setRole(owner.id, "moderator");
      world.hub.changeRole({ ...owner, role: "moderator" });
      await alice.do({ type: "create_room", room: "den", kind: "private" });
      await alice.do({ type: "invite", room: "den", name: "Eve" });
      await eve.do({ type: "join", room: "den" });
      await alice.say("den", "word");
      eve.forget();
      const gate = world.hold(method, "after");
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

Deno.test("a page that is asked for by HTTP and under way does not arrive either", async () => {
  await using world = await openWorld({ openRooms: false });
  const [alice, eve] = [await world.account("Alice"), await world.account("Eve")];
  const den = await world.enter("Alice");
  await den.do({ type: "create_room", room: "den", kind: "private" });
  await den.do({ type: "invite", room: "den", name: "Eve" });
  const room = await world.commands.memberRoom(eve, "den");
  assert(!("code" in room));
  assertEquals(world.commands.partedFrom(room, eve), null);
  const device = await world.enter("Eve");
  await device.do({ type: "leave", room: "den" });
  assertEquals(world.commands.partedFrom(room, eve), { code: "no_such_room" });
  assertEquals(world.commands.partedFrom(room, alice), null);
});
