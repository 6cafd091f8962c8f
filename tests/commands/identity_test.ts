/**
 * Messages reach exactly the users they were meant for: an id of a room, a user or a log keeps its
 * meaning, however names change. Each test talks to a real server.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { isPower } from "../../lib/auth/permissions.ts";
import { COMMANDS } from "../../lib/commands/dispatch.ts";
import type { CommandType, ServerFrame } from "../../lib/protocol/frames.ts";
import { clientFrames } from "../../lib/protocol/schemas/frames.ts";
import { needs } from "../support/permissions.ts";
import type { Peer } from "../support/peer.ts";
import {
  backAs,
  call,
  person,
  type ServerFixture,
  startServerFixture,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

/** Fields that make a command about a room valid, apart from its address. */
const FIELDS: { readonly [T in CommandType]?: Readonly<Record<string, unknown>> } = {
  join: { after: 1 },
  invite: { name: "Bob" },
  add_members: { names: ["Bob"] },
  room_message: { message: "after" },
  edit_message: { seq: 1, message: "after" },
  run_command: { command: "weather" },
  delete_messages: { seqs: [1] },
  react: { seq: 1, emoji: "👍", on: true },
  set_level: { level: "all" },
  follow_thread: { thread: 1, on: true },
  vote: { seq: 1, options: [0] },
  remove_preview: { seq: 1 },
  close_poll: { seq: 1 },
  list_votes: { seq: 1 },
  schedule_message: { message: "after", at: 4_000_000_000_000 },
  set_reminder: { seq: 1, at: 0 },
  report_message: { seq: 1 },
  set_room_prefs: { favourite: true },
  set_draft: { message: "after", at: 1 },
  history: {},
  search: { query: "before" },
  kick: { name: "Bob" },
  set_room: { locked: true },
};

/** The same for commands that need no fields of their own. */
const OTHER_FIELDS = { seq: 1, on: true };

/** Commands without a reply, for users who are in no such room, or that only compare its id. */
const APART: ReadonlySet<string> = new Set(["typing", "decline_invitation", "moderation_log"]);

/** Every command that names a room, with valid fields. */
const NAMED = Object.entries(clientFrames)
  .filter(([type, { entries }]) => "room_id" in entries && !APART.has(type))
  .map(([type]) => [type, FIELDS[type as CommandType] ?? OTHER_FIELDS] as const);

const takesPower = (type: string) => isPower(COMMANDS[type as CommandType].requires);

/** The commands that every member may send. */
const ROOM_COMMANDS = Object.fromEntries(NAMED.filter(([type]) => !takesPower(type)));

/** The commands that only moderators may send. */
const MODERATOR_COMMANDS = Object.fromEntries(NAMED.filter(([type]) => takesPower(type)));

Deno.test("the commands that name a room were found", () => {
  assert(Object.keys(ROOM_COMMANDS).length > 12, Object.keys(ROOM_COMMANDS).join());
  assert(Object.keys(MODERATOR_COMMANDS).length > 1, Object.keys(MODERATOR_COMMANDS).join());
});

/** The code of a refusal, or the type of the reply. */
function outcomeOf(frame: ServerFrame): string {
  return frame.type === "error" ? frame.code : frame.type;
}

async function roomIdOf(peer: Peer, room: string): Promise<string> {
  const joined = await peer.ask({ type: "join", room });
  assert(joined.type === "joined");
  return joined.room_id;
}

async function countRooms(fixture: ServerFixture): Promise<number> {
  const mo = await fixture.member(fixture.mo);
  const rooms = await mo.ask({ type: "list_rooms" });
  await mo.close();
  assert(rooms.type === "rooms");
  return rooms.rooms.length;
}

for (const kind of ["private", "public"] as const) {
  Deno.test({
    name: `a member who was removed from a ${kind} room reaches nothing by its id`,
    ...permissions,
    async fn(t) {
      await using fixture = await startServerFixture();
      const mo = await fixture.member(fixture.mo);
      const { peer: alice, token } = await person(fixture, "Alice");
      await person(fixture, "Bob");
      await mo.ask({ type: "create_room", room: "secret", kind });
      const room_id = await roomIdOf(mo, "secret");
      if (kind === "private") {
        await mo.ask({ type: "invite", room: "secret", name: "Alice" });
        await alice.ask({ type: "join", room_id });
      }
      await alice.ask({ type: "join", room: "secret" });
      await alice.ask({ type: "room_message", room: "secret", message: "before" });
      await mo.ask({ type: "kick", room: "secret", name: "Alice" });
      const before = await countRooms(fixture);
      const refusal = kind === "private" ? "no_such_room" : "not_a_member";
      for (const [type, fields] of Object.entries(ROOM_COMMANDS)) {
        await t.step(type, async () => {
          const frame = { type, room_id, ...fields } as never;
          assertEquals(outcomeOf(await alice.ask(frame)), refusal);
        });
      }
      await t.step("over HTTP", async () => {
        const path = `/api/rooms/id:${room_id}/messages`;
        assertEquals((await call(fixture, path, { token })).code, refusal);
        const post = { method: "POST", token, body: { message: "after" } };
        assertEquals((await call(fixture, path, post)).code, refusal);
      });
      // No room was created or joined on the way, and no message was stored.
      assertEquals(await countRooms(fixture), before);
      const members = await mo.ask({ type: "list_members", room_id });
      assert(members.type === "members" && !members.members.includes("Alice"));
      const history = await mo.ask({ type: "history", room_id });
      assert(history.type === "history");
      assertEquals(history.messages.map(({ message }) => message), ["before"]);
      await Promise.all([mo.close(), alice.close()]);
    },
  });
}

Deno.test({
  name: "a moderator's commands reach a room by its id, but no room that the moderator is not in",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const mo = await fixture.member(fixture.mo);
    const { peer: alice } = await person(fixture, "Alice");
    await person(fixture, "Bob");
    await alice.ask({ type: "create_room", room: "den", kind: "private" });
    const room_id = await roomIdOf(alice, "den");
    for (const [type, fields] of Object.entries(MODERATOR_COMMANDS)) {
      const frame = { type, room_id, ...fields } as never;
      assertEquals(outcomeOf(await mo.ask(frame)), "no_such_room");
    }
    await Promise.all([mo.close(), alice.close()]);
  },
});

Deno.test({
  name: "an unknown room id creates nothing, and neither does a name in a request to post",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: alice, token } = await person(fixture, "Alice");
    const before = await countRooms(fixture);
    for (const [type, fields] of Object.entries(ROOM_COMMANDS)) {
      const frame = { type, room_id: "nobody", ...fields } as never;
      assertEquals(outcomeOf(await alice.ask(frame)), "no_such_room", type);
    }
    for (const room of ["deploymnets", "id:nobody", "id:deploymnets"]) {
      const post = { method: "POST", token, body: { message: "done" } };
      const answer = await call(fixture, `/api/rooms/${room}/messages`, post);
      assertEquals([answer.status, answer.code], [404, "no_such_room"]);
    }
    assertEquals(await countRooms(fixture), before);
    await alice.close();
  },
});

Deno.test({
  name: "a message meant for a guest never reaches the next guest of the same name",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: bob } = await person(fixture, "Bob");
    const first = await fixture.guest("Ann");
    const [welcome] = first.frames;
    assert(welcome?.type === "welcome");
    const hello = await bob.ask({ type: "private_message", receiver: "Ann", message: "hello" });
    assert(hello.type === "private_message");
    assertEquals(hello.receiver_id, welcome.you.id);
    const { room_id, receiver_id } = hello;
    await first.close();
    await bob.take("member_left");
    const second = await backAs(fixture, "Ann");
    const frames = [
      { type: "private_message", receiver_id, message: "for the first" },
      { type: "room_message", room_id, message: "for the first" },
    ] as const;
    for (const frame of frames) assertEquals(outcomeOf(await bob.ask(frame)), "no_such_user");
    // The present guest is reached by the name, in another conversation.
    const next = await bob.ask({ type: "private_message", receiver: "Ann", message: "welcome" });
    assert(next.type === "private_message");
    assertNotEquals(next.receiver_id, receiver_id);
    assertNotEquals(next.room_id, room_id);
    const got = await second.take("private_message");
    assertEquals(got.message, "welcome");
    const history = await second.ask({ type: "history", room: "@Bob" });
    assert(history.type === "history");
    assertEquals(history.messages.map(({ message }) => message), ["welcome"]);
    await Promise.all([bob.close(), second.close()]);
  },
});

Deno.test({
  name: "a conversation with a guest who left can be read, marked read and closed",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: bob, token } = await person(fixture, "Bob");
    const ann = await fixture.guest("Ann");
    const reply = await ann.ask({ type: "private_message", receiver: "Bob", message: "hi" });
    assert(reply.type === "private_message");
    await ann.close();
    await bob.take("member_left");
    const { room_id } = reply;
    const phone = await fixture.member(token);
    const [welcome] = phone.frames;
    assert(welcome?.type === "welcome");
    const [summary] = welcome.rooms.filter((room) => room.room_id === room_id);
    assertEquals([summary?.room, summary?.over, summary?.unread], ["@Ann", true, 1]);
    // By the name too, as long as no other user has it.
    for (const address of [{ room_id }, { room: "@Ann" }]) {
      const joined = await phone.ask({ type: "join", ...address });
      assert(joined.type === "joined" && joined.over === true);
      assertEquals(joined.messages.map(({ seq }) => seq), [1]);
      const history = await phone.ask({ type: "history", ...address });
      assertEquals(history.type, "history");
    }
    const read = await phone.ask({ type: "read", room_id, seq: 1 });
    assert(read.type === "read" && read.seq === 1);
    const refused = await phone.ask({ type: "room_message", room_id, message: "bye" });
    assertEquals(outcomeOf(refused), "no_such_user");
    const left = await phone.ask({ type: "leave", room_id });
    assertEquals(left.type, "left");
    assertEquals(outcomeOf(await phone.ask({ type: "history", room_id })), "no_such_room");
    const again = await fixture.member(token);
    const [later] = again.frames;
    assert(later?.type === "welcome");
    assertEquals(later.rooms.filter((room) => room.room_id === room_id), []);
    await Promise.all([bob.close(), phone.close(), again.close()]);
  },
});

Deno.test({
  name: "a member under the name of a deleted bot is not taken for it",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const token = fixture.olga;
    const made = await call(fixture, "/api/bots", {
      method: "POST",
      token,
      body: { name: "News" },
    });
    const { id, token: botToken } = made.body;
    const post = { method: "POST", token: botToken, body: { message: "from the bot" } };
    const first = await call(fixture, "/api/rooms/general/messages", post);
    assertEquals(first.body.sender_id, id);
    const bot = await fixture.member(botToken);
    await bot.ask({ type: "react", room: "general", seq: 1, emoji: "👍", on: true });
    assertEquals((await call(fixture, "/api/bots/News", { method: "DELETE", token })).status, 204);
    const { peer } = await person(fixture, "News");
    await peer.ask({ type: "join", room: "general" });
    const own = await peer.ask({ type: "room_message", room: "general", message: "from me" });
    assert(own.type === "room_message");
    const history = await peer.ask({ type: "history", room: "general" });
    assert(history.type === "history");
    const [old, present] = history.messages.slice(-2);
    assertEquals([old?.sender, present?.sender], ["News", "News"]);
    assertEquals([old?.sender_id, present?.sender_id], [id, own.sender_id]);
    assertEquals(old?.reactions, [{ emoji: "👍", count: 1, names: ["News"], ids: [id] }]);
    assertNotEquals(old?.sender_id, present?.sender_id);
    await Promise.all([bot.close(), peer.close()]);
  },
});

// Invariant E2.
Deno.test({
  name: "every command that was written for another log is refused",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture();
    const { peer: alice, token } = await person(fixture, "Alice");
    await person(fixture, "Bob");
    const [welcome] = alice.frames;
    assert(welcome?.type === "welcome");
    const room_id = await roomIdOf(alice, "general");
    await alice.ask({ type: "room_message", room_id, message: "mine", epoch: welcome.epoch });
    const frames = { ...ROOM_COMMANDS, private_message: { receiver: "Bob", message: "after" } };
    for (const [type, fields] of Object.entries(frames)) {
      if (type === "join") continue;
      await t.step(type, async () => {
        const frame = { type, room_id, ...fields, epoch: "another" } as never;
        assertEquals(outcomeOf(await alice.ask(frame)), "stale_epoch");
      });
    }
    await t.step("join starts again", async () => {
      const joined = await alice.ask({ type: "join", room_id, after: 1, epoch: "another" });
      assert(joined.type === "joined" && joined.truncated && joined.epoch === welcome.epoch);
    });
    await t.step("over HTTP", async () => {
      const body = { message: "after", epoch: "another" };
      const post = { method: "POST", token, body };
      const answer = await call(fixture, `/api/rooms/id:${room_id}/messages`, post);
      assertEquals([answer.status, answer.code], [409, "stale_epoch"]);
    });
    const history = await alice.ask({ type: "history", room_id });
    assert(history.type === "history");
    assertEquals(history.messages.map(({ message }) => message), ["mine"]);
    await alice.close();
  },
});

Deno.test({
  name: "resuming by name creates no room, no conversation and no membership",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture();
    const mo = await fixture.member(fixture.mo);
    const { peer: alice } = await person(fixture, "Alice");
    const guest = await fixture.guest("Gus");
    await guest.ask({ type: "private_message", receiver: "Alice", message: "hello" });
    const [welcome] = alice.frames;
    assert(welcome?.type === "welcome");
    const known = { after: 1, epoch: welcome.epoch };
    for (const kind of ["private", "public"] as const) {
      const room = `${kind}-one`;
      const made = await mo.ask({ type: "create_room", room, kind });
      assert(made.type === "joined");
      await mo.ask({ type: "invite", room, name: "Alice" });
      await alice.ask({ type: "join", room_id: made.room_id });
      await mo.ask({ type: "kick", room, name: "Alice" });
    }
    await guest.close();
    const again = await backAs(fixture, "Gus");
    const before = await countRooms(fixture);
    const refusals = {
      "private-one": "no_such_room",
      "public-one": "not_a_member",
      "never-was": "no_such_room",
      "@Gus": "no_such_user",
    };
    for (const [room, refusal] of Object.entries(refusals)) {
      await t.step(room, async () => {
        assertEquals(outcomeOf(await alice.ask({ type: "join", room, ...known })), refusal);
      });
    }
    assertEquals(await countRooms(fixture), before);
    // A guest is a member for one connection only, and continues in the next one.
    const joined = await again.ask({ type: "join", room: "public-one", ...known });
    assertEquals(outcomeOf(joined), "joined");
    await Promise.all([mo, alice, again].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "ids are opaque and stable, and do not reveal how many others there are",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: alice, token } = await person(fixture, "Alice");
    const { peer: bob } = await person(fixture, "Bob");
    const ids = [alice, bob].map(({ frames: [welcome] }) => {
      assert(welcome?.type === "welcome");
      return welcome.you.id;
    });
    const rooms = [await roomIdOf(alice, "one"), await roomIdOf(alice, "two")];
    for (const id of [...ids, ...rooms]) assertMatch(id, /^[\w-]{12,24}$/);
    assertEquals(new Set([...ids, ...rooms]).size, 4);
    const again = await fixture.member(token);
    const [welcome] = again.frames;
    assert(welcome?.type === "welcome");
    assertEquals(welcome.you.id, ids[0]);
    assertEquals((await call(fixture, "/api/session", { token })).body.id, ids[0]);
    await Promise.all([alice.close(), bob.close(), again.close()]);
  },
});
