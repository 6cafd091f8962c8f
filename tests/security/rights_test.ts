import { assert, assertEquals, assertGreater } from "@std/assert";
import type { ClientFrame, ServerFrame } from "../../lib/protocol/frames.ts";
import { needs } from "../support/permissions.ts";
import type { Peer } from "../support/peer.ts";
import {
  call,
  person,
  type ServerFixture,
  startServerFixture,
  SteppingClock,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

const ROOM = "general";

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

async function codes(peer: Peer, frames: readonly ClientFrame[]): Promise<string[]> {
  const all: string[] = [];
  for (const frame of frames) all.push(codeOf(await peer.ask(frame)));
  return all;
}

/** Every moderation command, with a target. */
function orders(name: string): readonly ClientFrame[] {
  return [
    { type: "kick", room: ROOM, name },
    { type: "ban", name },
    { type: "ban", name, address: true, reason: "because" },
    { type: "unban", name },
    { type: "mute", name, seconds: 60 },
    { type: "mute", name, seconds: 0 },
    { type: "set_role", name, role: "member" },
    { type: "set_role", name, role: "moderator" },
  ];
}

const KEEPING: readonly ClientFrame[] = [
  { type: "set_room", room: ROOM, locked: true },
  { type: "set_room", room: ROOM, slow_seconds: 60 },
  { type: "list_bans" },
  { type: "moderation_log" },
  { type: "moderation_log", limit: 1 },
];

Deno.test({
  name: "a user who is not a moderator cannot moderate anyone",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture();
    const { peer: alice } = await person(fixture, "Alice");
    const peers = {
      member: (await person(fixture, "Eve")).peer,
      guest: await fixture.guest("Gus"),
      bot: await fixture.member(await fixture.bot("Robot")),
    };
    for (const [kind, peer] of Object.entries(peers)) {
      await t.step(kind, async () => {
        await peer.ask({ type: "join", room: ROOM });
        for (const name of ["Alice", "Olga", "Mo", "Eve", "Gus", "Robot", "Nobody"]) {
          const refused = await codes(peer, orders(name));
          assertEquals([name, ...refused], [name, ...refused.map(() => "forbidden")]);
        }
        assertEquals(await codes(peer, KEEPING), KEEPING.map(() => "forbidden"));
        const said = await alice.ask({ type: "room_message", room: ROOM, message: "mine" });
        assert(said.type === "room_message");
        const { seq } = said;
        const edit = { type: "edit_message", room: ROOM, seq, message: "theirs" } as const;
        const wipe = { type: "delete_message", room: ROOM, seq } as const;
        assertEquals(await codes(peer, [edit, wipe]), ["forbidden", "forbidden"]);
      });
    }
    const mo = await fixture.member(fixture.mo);
    const log = await mo.ask({ type: "moderation_log" });
    assert(log.type === "moderation_log");
    assertEquals(log.entries.map(({ action }) => action), ["set_role"]);
    await Promise.all([alice, mo, ...Object.values(peers)].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "a moderator has no power over equals or superiors",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: second } = await person(fixture, "Max");
    const olga = await fixture.member(fixture.olga);
    const mo = await fixture.member(fixture.mo);
    assertEquals(
      codeOf(await olga.ask({ type: "set_role", name: "Max", role: "moderator" })),
      "role_changed",
    );
    for (const peer of [olga, mo, second]) await peer.ask({ type: "join", room: ROOM });
    for (const [peer, names] of [[mo, ["Olga", "Max", "Mo"]], [olga, ["Olga"]]] as const) {
      for (const name of names) {
        const given = orders(name).filter(({ type }) => type !== "unban");
        assertEquals([name, ...await codes(peer, given)], [name, ...given.map(() => "forbidden")]);
      }
    }
    // Not even to lift a ban that the owner imposed.
    await olga.ask({ type: "ban", name: "Max" });
    assertEquals(codeOf(await mo.ask({ type: "unban", name: "Max" })), "forbidden");
    assertEquals(codeOf(await olga.ask({ type: "unban", name: "Max" })), "unbanned");
    // Nor to delete a message of an owner or an equal.
    const said = await olga.ask({ type: "room_message", room: ROOM, message: "owner's word" });
    const seq = said.type === "room_message" ? said.seq : 0;
    assertEquals(codeOf(await mo.ask({ type: "delete_message", room: ROOM, seq })), "forbidden");
    await Promise.all([olga.close(), mo.close(), second.closed]);
  },
});

Deno.test({
  name:
    "only the owner sets roles, only for members, and the role applies to open connections at once",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const [{ peer: alice, token }, { peer: bob }] = [
      await person(fixture, "Alice"),
      await person(fixture, "Bob"),
    ];
    const olga = await fixture.member(fixture.olga);
    const mute = { type: "mute", name: "Bob", seconds: 0 } as const;
    const invite = () => call(fixture, "/api/invites", { method: "POST", token, body: {} });
    assertEquals([codeOf(await alice.ask(mute)), (await invite()).status], ["forbidden", 403]);
    await olga.ask({ type: "set_role", name: "alice", role: "moderator" });
    assertEquals([codeOf(await alice.ask(mute)), (await invite()).status], ["muted", 201]);
    assertEquals(await bob.take("role_changed"), {
      type: "role_changed",
      name: "Alice",
      id: alice.id,
      role: "moderator",
    });
    await olga.ask({ type: "set_role", name: "Alice", role: "member" });
    assertEquals([codeOf(await alice.ask(mute)), (await invite()).status], ["forbidden", 403]);
    const guest = await fixture.guest("Gus");
    await fixture.bot("Robot");
    const given: ClientFrame[] = ["Gus", "Robot", "Olga"].map((name) => ({
      type: "set_role",
      name,
      role: "moderator",
    }));
    assertEquals(await codes(olga, given), ["forbidden", "forbidden", "forbidden"]);
    for (const role of ["owner", "guest", "bot", "admin", ["moderator"], null]) {
      const answer = await olga.ask({ type: "set_role", name: "Alice", role } as never);
      assertEquals(codeOf(answer), "bad_request");
    }
    await Promise.all([alice, bob, olga, guest].map((peer) => peer.close()));
  },
});

/** Every way to send a message to a room. */
async function speak(fixture: ServerFixture, peer: Peer, token: string, room: string, seq: number) {
  const path = `/api/rooms/${room}/messages`;
  const frames: ClientFrame[] = [
    { type: "room_message", room, message: "heard?" },
    { type: "edit_message", room, seq, message: "heard?" },
    { type: "react", room, seq, emoji: "👍", on: true },
  ];
  const post = { method: "POST", token, body: { message: "heard?" } };
  return [...await codes(peer, frames), (await call(fixture, path, post)).code];
}

Deno.test({
  name: "a muted user cannot send messages by any route until the mute ends",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({}, clock);
    const [{ peer: eve, token }, { peer: bob }] = [
      await person(fixture, "Eve"),
      await person(fixture, "Bob"),
    ];
    const mo = await fixture.member(fixture.mo);
    for (const peer of [eve, bob, mo]) await peer.ask({ type: "join", room: ROOM });
    const said = await eve.ask({ type: "room_message", room: ROOM, message: "before" });
    const dm = await eve.ask({ type: "private_message", receiver: "Bob", message: "before" });
    assert(said.type === "room_message" && dm.type === "private_message");
    await eve.ask({ type: "create_room", room: "own-room", kind: "public" });
    await mo.ask({ type: "mute", name: "Eve", seconds: 60 });
    assertEquals((await eve.take("muted")).until, clock.now() + 60_000);
    const mark = bob.frames.length;
    for (const [room, { seq }] of [[ROOM, said], ["@Bob", dm], ["own-room", said]] as const) {
      assertEquals(await speak(fixture, eve, token, room, seq), Array(4).fill("muted"));
    }
    for (const room of [ROOM, "@Bob"]) eve.send({ type: "typing", room });
    await eve.sync();
    await bob.sync();
    assertEquals(bob.frames.slice(mark).map(({ type }) => type), ["rooms"]);
    const second = await fixture.member(token);
    const refused = await second.ask({ type: "room_message", room: ROOM, message: "x" });
    assert(refused.type === "error" && refused.retry_after !== undefined);
    assertGreater(refused.retry_after, 0);
    clock.step(60_001);
    assertEquals(
      codeOf(await eve.ask({ type: "room_message", room: ROOM, message: "x" })),
      "room_message",
    );
    await Promise.all([eve, bob, mo, second].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "in a locked room only moderators can send messages",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: eve, token } = await person(fixture, "Eve");
    const mo = await fixture.member(fixture.mo);
    for (const peer of [eve, mo]) await peer.ask({ type: "join", room: ROOM });
    const said = await eve.ask({ type: "room_message", room: ROOM, message: "before" });
    const seq = said.type === "room_message" ? said.seq : 0;
    await mo.ask({ type: "set_room", room: ROOM, locked: true });
    assertEquals((await eve.take("room_changed")).locked, true);
    assertEquals(await speak(fixture, eve, token, ROOM, seq), Array(4).fill("room_locked"));
    assertEquals(
      codeOf(await mo.ask({ type: "room_message", room: ROOM, message: "x" })),
      "room_message",
    );
    assertEquals(
      codeOf(await eve.ask({ type: "set_room", room: ROOM, locked: false })),
      "forbidden",
    );
    await mo.ask({ type: "set_room", room: ROOM, locked: false });
    assertEquals((await speak(fixture, eve, token, ROOM, seq))[0], "room_message");
    await Promise.all([eve.close(), mo.close()]);
  },
});
