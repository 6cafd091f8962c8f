import { assert, assertEquals } from "@std/assert";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { needs } from "../support/permissions.ts";
import { accept, acquaint, person, startServerFixture } from "../support/server_fixture.ts";

const permissions = needs("net", "read");

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

Deno.test({
  name: "a blocked user cannot add the blocker to a room, and cannot detect the block",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: eve } = await person(fixture, "Eve");
    const { peer: alice, token } = await person(fixture, "Alice");
    const { peer: bob } = await person(fixture, "Bob");
    await acquaint(eve, alice);
    await eve.ask({ type: "create_room", room: "first", kind: "private", title: "an insult" });
    await eve.ask({ type: "create_room", room: "second", kind: "private" });
    await alice.ask({ type: "block", name: "Eve", on: true });
    const mark = alice.frames.length;
    const toStranger = await eve.ask({ type: "invite", room: "first", name: "Bob" });
    const toVictim = await eve.ask({ type: "invite", room: "first", name: "Alice" });
    assertEquals([codeOf(toStranger), codeOf(toVictim)], ["invited", "invited"]);
    assertEquals(Object.keys(toVictim), Object.keys(toStranger));
    const many = await eve.ask({ type: "add_members", room: "second", names: ["Alice", "Bob"] });
    assert(many.type === "members_added");
    assertEquals(many.invited.map(({ name }) => name), ["Alice", "Bob"]);
    await alice.sync();
    assertEquals(alice.frames.slice(mark).filter(({ type }) => type !== "rooms"), []);
    const again = await fixture.member(token);
    const [welcome] = again.frames;
    assert(welcome?.type === "welcome" && welcome.invitations === undefined);
    assert(welcome.rooms.every(({ room }) => room !== "first" && room !== "second"));
    // A missing invitation cannot be accepted.
    for (const room of ["first", "second"]) {
      const joined = await alice.ask({ type: "join", room_id: eve.roomId(room) });
      assertEquals(codeOf(joined), "no_such_room");
    }
    await Promise.all([eve, alice, bob, again].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "the default room does not make users acquainted, any other room does",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: alice } = await person(fixture, "Alice");
    const { peer: bob } = await person(fixture, "Bob");
    for (const peer of [alice, bob]) await peer.ask({ type: "join", room: "general" });
    await alice.ask({ type: "create_room", room: "den", kind: "private", title: "Den" });
    const invite = { type: "invite", room: "den", name: "Bob" } as const;
    assertEquals(codeOf(await alice.ask(invite)), "invited");
    const asked = await bob.take("invitation");
    assertEquals([asked.title, asked.by, asked.by_id], ["Den", "Alice", alice.id]);
    await bob.ask({ type: "decline_invitation", room_id: asked.room_id });
    await acquaint(alice, bob);
    assertEquals(codeOf(await alice.ask(invite)), "member_joined");
    await Promise.all([alice, bob].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "an invitation lapses once the inviter is out of the room, banned or blocked",
  ...permissions,
  async fn(t) {
    const ends = {
      kick: { type: "kick", room: "den", name: "Eve" },
      leave: { type: "leave", room: "den" },
      ban: { type: "ban", name: "Eve" },
      block: { type: "block", name: "Eve", on: true },
    } as const;
    for (const [what, frame] of Object.entries(ends)) {
      await t.step(what, async () => {
        await using fixture = await startServerFixture();
        const [{ peer: host }, { peer: eve }, { peer: bob }] = [
          await person(fixture, "Host"),
          await person(fixture, "Eve"),
          await person(fixture, "Bob"),
        ];
        const mo = await fixture.member(fixture.mo);
        await host.ask({ type: "create_room", room: "den", kind: "private" });
        await host.ask({ type: "invite", room: "den", name: "Eve" });
        await accept(eve);
        await eve.ask({ type: "invite", room: "den", name: "Bob" });
        const { room_id } = await bob.take("invitation");
        const by = { kick: host, leave: eve, ban: mo, block: bob }[what as keyof typeof ends];
        assert(codeOf(await by.ask(frame)) !== "error");
        assertEquals(codeOf(await bob.ask({ type: "join", room_id })), "no_such_room");
        await Promise.all([host, bob, mo].map((peer) => peer.close()));
        await (what === "ban" ? eve.closed : eve.close());
      });
    }
  },
});

Deno.test({
  name: "a room's creator moderates it, but has no power over the server's moderators",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: eve } = await person(fixture, "Eve");
    const { peer: bob } = await person(fixture, "Bob");
    const mo = await fixture.member(fixture.mo);
    await acquaint(mo, eve, bob);
    await eve.ask({ type: "create_room", room: "den", kind: "private" });
    for (const name of ["Bob", "Mo"]) await eve.ask({ type: "invite", room: "den", name });
    for (const peer of [bob, mo]) await peer.ask({ type: "join", room: "den" });
    const say = (peer: typeof eve) => peer.ask({ type: "room_message", room: "den", message: "x" });
    const [bobs, mos] = [await say(bob), await say(mo)];
    assert(bobs.type === "room_message" && mos.type === "room_message");
    const remove = (peer: typeof eve, seq: number) =>
      peer.ask({ type: "delete_message", room: "den", seq });
    assertEquals(codeOf(await remove(bob, mos.seq)), "forbidden");
    assertEquals(codeOf(await remove(eve, mos.seq)), "forbidden");
    assertEquals(codeOf(await remove(eve, bobs.seq)), "message_deleted");
    const lock = { type: "set_room", room: "den", locked: true } as const;
    assertEquals(codeOf(await bob.ask(lock)), "forbidden");
    assertEquals(codeOf(await eve.ask(lock)), "room_changed");
    assertEquals([codeOf(await say(bob)), codeOf(await say(eve))], ["room_locked", "room_message"]);
    const kick = (peer: typeof eve, name: string) => peer.ask({ type: "kick", room: "den", name });
    assertEquals(codeOf(await kick(bob, "Eve")), "forbidden");
    assertEquals(codeOf(await kick(eve, "Mo")), "forbidden");
    assertEquals(codeOf(await kick(eve, "Bob")), "member_left");
    // In other rooms a host is an ordinary member, and after leaving the room no longer its host.
    assertEquals(codeOf(await eve.ask({ type: "kick", room: "lounge", name: "Bob" })), "forbidden");
    await bob.ask({ type: "create_room", room: "open", kind: "public" });
    for (const peer of [eve, bob]) await peer.ask({ type: "join", room: "open" });
    await bob.ask({ type: "leave", room: "open" });
    await bob.ask({ type: "join", room: "open" });
    assertEquals(codeOf(await bob.ask({ type: "kick", room: "open", name: "Eve" })), "forbidden");
    // The longest-standing member of a private room becomes its host.
    await eve.ask({ type: "leave", room: "den" });
    assertEquals(codeOf(await mo.ask({ ...lock, locked: false })), "room_changed");
    await Promise.all([eve, bob, mo].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "only an owner can recover a private room without members",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: alice } = await person(fixture, "Alice");
    const mo = await fixture.member(fixture.mo);
    const olga = await fixture.member(fixture.olga);
    await alice.ask({ type: "create_room", room: "den", kind: "private" });
    await alice.ask({ type: "room_message", room: "den", message: "treasure" });
    const room_id = alice.roomId("den");
    const abandoned = async (peer: typeof mo) => {
      const rooms = await peer.ask({ type: "list_rooms" });
      const byId = await peer.ask({ type: "list_rooms", ids: [room_id, "nowhere"] });
      assert(rooms.type === "rooms" && byId.type === "rooms");
      const isThere = (one: { readonly room_id: string }) => one.room_id === room_id;
      assertEquals(byId.rooms, rooms.rooms.filter(isThere));
      return rooms.type === "rooms" ? rooms.rooms.filter((room) => room.abandoned) : null;
    };
    assertEquals(await abandoned(olga), []);
    assertEquals(codeOf(await olga.ask({ type: "join", room_id })), "no_such_room");
    await alice.ask({ type: "leave", room: "den" });
    assertEquals((await abandoned(olga))?.map((room) => [room.room, room.room_id, room.members]), [
      ["den", room_id, 0],
    ]);
    for (const peer of [mo, alice]) {
      assertEquals(await abandoned(peer), []);
      assertEquals(codeOf(await peer.ask({ type: "join", room_id })), "no_such_room");
    }
    const joined = await olga.ask({ type: "join", room_id });
    assert(joined.type === "joined" && JSON.stringify(joined.messages).includes("treasure"));
    assertEquals(await abandoned(olga), []);
    const log = await mo.ask({ type: "moderation_log", limit: 1 });
    assert(log.type === "moderation_log");
    assertEquals(log.entries.map(({ action }) => action), ["recover"]);
    await Promise.all([alice, mo, olga].map((peer) => peer.close()));
  },
});
