import { assert, assertEquals, assertGreater } from "@std/assert";
import type { ClientFrame, ServerFrame } from "../../lib/protocol/frames.ts";
import { needs } from "../support/permissions.ts";
import type { Peer } from "../support/peer.ts";
import { call, person, startServerFixture, SteppingClock } from "../support/server_fixture.ts";

const permissions = needs("net", "read");

const ROOM = "general";

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

function say(peer: Peer, message: string, key?: string): Promise<ServerFrame> {
  return peer.ask({ type: "room_message", room: ROOM, message, ...(key ? { key } : {}) });
}

Deno.test({
  name: "slow mode delays a member's messages across devices and HTTP",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({}, clock);
    const { peer: eve, token } = await person(fixture, "Eve");
    const { peer: bob } = await person(fixture, "Bob");
    const phone = await fixture.member(token);
    const mo = await fixture.member(fixture.mo);
    for (const peer of [eve, phone, bob, mo]) await peer.ask({ type: "join", room: ROOM });
    await mo.ask({ type: "set_room", room: ROOM, slow_seconds: 30 });
    const post = () =>
      call(fixture, `/api/rooms/${ROOM}/messages`, {
        method: "POST",
        token,
        body: { message: "x" },
      });
    assertEquals(codeOf(await say(eve, "first")), "room_message");
    for (const peer of [eve, phone]) {
      const refused = await say(peer, "too soon");
      assert(refused.type === "error" && refused.code === "rate_limited");
      assertEquals(refused.retry_after, 30_000);
    }
    const posted = await post();
    assertEquals([posted.status, posted.headers.get("retry-after")], [429, "30"]);
    // The delay is per member; it does not apply to moderators, nor to other rooms.
    assertEquals(codeOf(await say(bob, "mine")), "room_message");
    for (const message of ["one", "two"]) {
      assertEquals(codeOf(await say(mo, message)), "room_message");
    }
    for (const message of ["one", "two"]) {
      const direct = await eve.ask({ type: "private_message", receiver: "Bob", message });
      assertEquals(codeOf(direct), "private_message");
    }
    // Leaving and rejoining does not reset the delay.
    await eve.ask({ type: "leave", room: ROOM });
    await eve.ask({ type: "join", room: ROOM });
    assertEquals(codeOf(await say(eve, "again")), "rate_limited");
    clock.step(30_000);
    assertEquals((await post()).status, 201);
    assertEquals(codeOf(await say(eve, "too soon again")), "rate_limited");
    for (const slow_seconds of [-1, 0.5, 86_401, "1"]) {
      const frame = { type: "set_room", room: ROOM, slow_seconds } as unknown as ClientFrame;
      assertEquals(codeOf(await mo.ask(frame)), "bad_request");
    }
    const direct = { type: "set_room", room: "@Eve", slow_seconds: 1 } as const;
    assertEquals(codeOf(await mo.ask(direct)), "bad_request");
    await Promise.all([eve, phone, bob, mo].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "a blocked user can neither write to the blocker nor show them anything",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: alice } = await person(fixture, "Alice");
    const { peer: eve, token } = await person(fixture, "Eve");
    const dm = await eve.ask({ type: "private_message", receiver: "Alice", message: "before" });
    const seq = dm.type === "private_message" ? dm.seq : 0;
    await alice.ask({ type: "block", name: "EVE", on: true });
    const mark = alice.frames.length;
    const room = "@Alice";
    const tries: ClientFrame[] = [
      { type: "private_message", receiver: "Alice", message: "x" },
      { type: "room_message", room, message: "x" },
      { type: "edit_message", room, seq, message: "x" },
      { type: "react", room, seq, emoji: "👍", on: true },
    ];
    for (const frame of tries) assertEquals(codeOf(await eve.ask(frame)), "blocked");
    eve.send({ type: "typing", room });
    const post = { method: "POST", token, body: { message: "x" } };
    assertEquals((await call(fixture, "/api/rooms/@Alice/messages", post)).code, "blocked");
    await eve.sync();
    await alice.sync();
    assertEquals(alice.frames.slice(mark).map(({ type }) => type), ["rooms"]);
    // Other users do not see the block, and only its creator can lift it.
    assertEquals((await eve.ask({ type: "list_blocks" }) as { names?: unknown }).names, []);
    await eve.ask({ type: "block", name: "Eve", on: false });
    await eve.ask({ type: "block", name: "Alice", on: false });
    assertEquals(codeOf(await eve.ask(tries[0] as ClientFrame)), "blocked");
    await alice.ask({ type: "block", name: "Eve", on: false });
    assertEquals(codeOf(await eve.ask(tries[0] as ClientFrame)), "private_message");
    await Promise.all([alice.close(), eve.close()]);
  },
});

Deno.test({
  name: "moderators delete the messages of others, and these are gone everywhere",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: eve, token } = await person(fixture, "Eve");
    const guest = await fixture.guest("Gus");
    const mo = await fixture.member(fixture.mo);
    for (const peer of [eve, guest, mo]) await peer.ask({ type: "join", room: ROOM });
    for (const peer of [eve, guest]) {
      const said = await say(peer, "regrettable");
      assert(said.type === "room_message");
      const { seq } = said;
      const gone = await mo.ask({ type: "delete_message", room: ROOM, seq });
      assertEquals(codeOf(gone), "message_deleted");
      const history = await eve.ask({ type: "history", room: ROOM });
      assert(!JSON.stringify(history).includes("regrettable"));
      const found = await eve.ask({ type: "search", query: "regrettable" });
      assertEquals(found.type === "search_results" && found.messages, []);
      const page = await call(fixture, `/api/rooms/${ROOM}/messages`, { token });
      assert(!page.text.includes("regrettable"));
      const edit = { type: "edit_message", room: ROOM, seq, message: "back" } as const;
      assertEquals(codeOf(await peer.ask(edit)), "no_such_message");
    }
    await Promise.all([eve, guest, mo].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "each moderation action is logged, and nothing else is",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({}, clock);
    const { peer: eve } = await person(fixture, "Eve");
    const { peer: bob } = await person(fixture, "Bob");
    const mo = await fixture.member(fixture.mo);
    const olga = await fixture.member(fixture.olga);
    for (const peer of [eve, bob, mo]) await peer.ask({ type: "join", room: ROOM });
    const own = await say(mo, "my own");
    const said = await say(eve, "regrettable");
    assert(own.type === "room_message" && said.type === "room_message");
    const done: ClientFrame[] = [
      { type: "kick", room: ROOM, name: "eve" },
      { type: "mute", name: "Eve", seconds: 60 },
      { type: "mute", name: "Eve", seconds: 0 },
      { type: "set_room", room: ROOM, locked: true },
      { type: "set_room", room: ROOM, locked: false, slow_seconds: 5 },
      { type: "delete_message", room: ROOM, seq: said.seq },
      { type: "ban", name: "Eve", reason: "spam" },
      { type: "unban", name: "Eve" },
    ];
    const left: ClientFrame[] = [
      { type: "delete_message", room: ROOM, seq: said.seq },
      { type: "delete_message", room: ROOM, seq: own.seq },
      { type: "delete_message", room: ROOM, seq: 999 },
      { type: "kick", room: ROOM, name: "Eve" },
      { type: "kick", room: "nowhere", name: "Bob" },
      { type: "ban", name: "Olga" },
      { type: "unban", name: "Bob" },
      { type: "mute", name: "Nobody", seconds: 1 },
      { type: "block", name: "Bob", on: true },
    ];
    for (const frame of done) assert((await mo.ask(frame)).type !== "error", JSON.stringify(frame));
    for (const frame of left) await mo.ask(frame);
    await olga.ask({ type: "set_role", name: "Bob", role: "moderator" });
    const log = await olga.ask({ type: "moderation_log" });
    assert(log.type === "moderation_log");
    const lines = log.entries.map(({ by, action, subject, room }) => ({
      by,
      action,
      subject,
      room,
    }));
    const line = (by: string, action: string, subject?: string, room?: string) => ({
      by,
      action,
      subject,
      room,
    });
    assertEquals(lines.toReversed(), [
      line("Olga", "set_role", "Mo"),
      line("Mo", "kick", "Eve", ROOM),
      line("Mo", "mute", "Eve"),
      line("Mo", "mute", "Eve"),
      line("Mo", "set_room", undefined, ROOM),
      line("Mo", "set_room", undefined, ROOM),
      line("Mo", "delete_message", "Eve", ROOM),
      line("Mo", "ban", "Eve"),
      line("Mo", "unban", "Eve"),
      line("Olga", "set_role", "Bob"),
    ]);
    for (const { at, id } of log.entries) {
      assertEquals(at, clock.now());
      assertGreater(id, 0);
    }
    // The log holds no message texts: deleted text is gone.
    assert(!JSON.stringify(log).includes("regrettable"));
    assertEquals(await mo.ask({ type: "moderation_log", key: "k" }), { ...log, key: "k" });
    const first = await mo.ask({ type: "moderation_log", limit: 4 });
    assert(first.type === "moderation_log" && first.more);
    const before = first.entries.at(-1)?.id ?? 0;
    const rest = await mo.ask({ type: "moderation_log", before });
    assert(rest.type === "moderation_log" && !rest.more);
    assertEquals([...first.entries, ...rest.entries], log.entries);
    await Promise.all([eve.closed, bob.close(), mo.close(), olga.close()]);
  },
});
