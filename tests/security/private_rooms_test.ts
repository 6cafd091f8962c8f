import { assert, assertEquals } from "@std/assert";
import type { ClientFrame } from "../../lib/protocol/frames.ts";
import { needs } from "../support/permissions.ts";
import type { Peer } from "../support/peer.ts";
import {
  accept,
  type Answer,
  call,
  person,
  type ServerFixture,
  startServerFixture,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

/** A private room, and a name of the same length that no room ever had. */
const DEN = "den-4711";
const NIL = "nil-4711";
/** An id that no room ever had. */
const NIL_ID = "0123456789abcdef01";

/** Every command about a room that an outsider can send. */
function probes(room: string): readonly ClientFrame[] {
  return [
    { type: "list_members", room },
    { type: "list_files", room },
    { type: "history", room },
    { type: "history", room, before: 3, limit: 1 },
    { type: "search", query: "secret", room },
    { type: "room_message", room, message: "x" },
    { type: "room_message", room, message: "x", key: "used before" },
    { type: "room_message", room, message: "x", reply_to: 1 },
    { type: "edit_message", room, seq: 1, message: "x" },
    { type: "delete_message", room, seq: 1 },
    { type: "delete_messages", room, seqs: [1] },
    { type: "react", room, seq: 1, emoji: "👍", on: true },
    { type: "typing", room },
    { type: "read", room, seq: 1 },
    { type: "leave", room },
    { type: "invite", room, name: "Eve" },
    { type: "invite", room, name: "Nobody" },
    { type: "kick", room, name: "Alice" },
    { type: "kick", room, name: "Nobody" },
    { type: "set_room", room, locked: true },
    { type: "history", room: room.toUpperCase() },
    { type: "history", room: `@${room}` },
    { type: "room_message", room: `@${room}`, message: "x" },
  ];
}

/** The same by id. */
function probesById(room_id: string): readonly ClientFrame[] {
  const frames = [{ type: "join" }, { type: "join", after: 0 }, ...probes(DEN)] as const;
  return frames.flatMap((frame) => {
    const { room, ...rest } = { room: DEN, ...frame };
    return room === DEN ? [{ ...rest, room_id } as ClientFrame] : [];
  });
}

/** Removes room ids from a text: each room has another id of the same length. */
function withoutIds(text: string): string {
  return text.replaceAll(/"room_id":"[\w-]{12}"/g, '"room_id":"ID"');
}

/** Sends a request; returns the answer without the fields that repeat the request. */
async function ask(peer: Peer, frame: ClientFrame, room: string): Promise<string> {
  const key = frame.key ?? "probe";
  const answer = await peer.ask({ ...frame, key });
  const mark = peer.frames.length;
  await peer.sync();
  // The name is neither in the answer nor in frames beside it.
  const beside = peer.frames.slice(mark).filter(({ type }) => type !== "rooms");
  const text = withoutIds(JSON.stringify([answer, ...beside]));
  return text.replaceAll(new RegExp(room, "gi"), "ROOM");
}

async function http(
  fixture: ServerFixture,
  token: string,
  room: string,
): Promise<readonly unknown[]> {
  const path = `/api/rooms/${room}/messages`;
  const post = { method: "POST", token, body: { message: "x" } };
  const answers = [
    await call(fixture, path, { token }),
    await call(fixture, `${path}?before=2&limit=1`, { token }),
    await call(fixture, `${path}?after=0`, { token }),
    await call(fixture, path, { token, method: "HEAD" }),
    await call(fixture, path, { ...post, body: {} }),
    await call(fixture, path, post),
    await call(fixture, path, { ...post, body: { message: "x", key: "used before" } }),
    await call(fixture, path, { ...post, method: "PUT" }),
  ];
  return answers.map(({ status, text, headers }: Answer) => ({
    status,
    text: withoutIds(text).replaceAll(room, "ROOM").replaceAll(/"at":\d+/g, '"at":0'),
    headers: [...headers].filter(([name]) => name !== "date"),
  }));
}

/** Alice and Bob in their room, with all kinds of activity. */
async function furnish(fixture: ServerFixture): Promise<{ alice: Peer; bob: Peer }> {
  const [{ peer: alice }, { peer: bob }] = [
    await person(fixture, "Alice"),
    await person(fixture, "Bob"),
  ];
  await alice.ask({ type: "create_room", room: DEN, kind: "private", title: "secret title" });
  await alice.ask({ type: "invite", room: DEN, name: "Bob" });
  await accept(bob);
  await bob.ask({ type: "join", room: DEN });
  await traffic(alice, bob);
  return { alice, bob };
}

async function traffic(alice: Peer, bob: Peer): Promise<void> {
  const room = DEN;
  const said = await alice.ask({ type: "room_message", room, message: "secret one" });
  const seq = said.type === "room_message" ? said.seq : 0;
  await bob.ask({ type: "room_message", room, message: "secret two", reply_to: seq });
  await alice.ask({ type: "edit_message", room, seq, message: "secret @Eve three" });
  await bob.ask({ type: "react", room, seq, emoji: "🤫", on: true });
  await bob.ask({ type: "read", room, seq: seq + 1 });
  alice.send({ type: "typing", room });
  await bob.ask({ type: "leave", room });
  await alice.ask({ type: "invite", room, name: "Bob" });
  await accept(bob);
  await bob.ask({ type: "join", room });
  await alice.ask({ type: "delete_message", room, seq });
  await alice.ask({ type: "private_message", receiver: "Bob", message: "secret four" });
}

/** One outsider of each kind. */
async function outsiders(fixture: ServerFixture) {
  const eve = await fixture.join("Eve");
  const robot = await fixture.bot("Robot");
  return [
    { who: "a member", token: eve, peer: await fixture.member(eve) },
    { who: "a moderator", token: fixture.mo, peer: await fixture.member(fixture.mo) },
    { who: "the owner", token: fixture.olga, peer: await fixture.member(fixture.olga) },
    { who: "a bot", token: robot, peer: await fixture.member(robot) },
    { who: "a guest", token: null, peer: await fixture.guest("Gus") },
  ];
}

Deno.test({
  name: "to outsiders a private room answers like a room that never existed",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture({ "open-rooms": false });
    const { alice, bob } = await furnish(fixture);
    const all = await outsiders(fixture);
    for (const { who, token, peer } of all) {
      await t.step(who, async () => {
        const joins = (room: string) => [{ type: "join", room }, { type: "join", room, after: 0 }];
        const [den, nil] = [DEN, NIL].map((room) => [...joins(room), ...probes(room)]);
        for (const [i, frame] of (den ?? []).entries()) {
          const other = nil?.[i] as ClientFrame;
          const answers = [await ask(peer, frame as ClientFrame, DEN), await ask(peer, other, NIL)];
          assertEquals(answers[0], answers[1], JSON.stringify(frame));
          assert(!answers[0]?.includes("secret one"));
        }
        const id = alice.roomId(DEN);
        const nilById = probesById(NIL_ID);
        for (const [i, frame] of probesById(id).entries()) {
          const other = nilById[i] as ClientFrame;
          const answers = [await ask(peer, frame, id), await ask(peer, other, NIL_ID)];
          assertEquals(answers[0], answers[1], JSON.stringify(frame));
          assert(answers[0]?.includes("error") || frame.type === "typing", answers[0]);
        }
        assert(!JSON.stringify(peer.frames).includes(id), "nobody else learns the id");
        if (token === null) return;
        assertEquals(await http(fixture, token, DEN), await http(fixture, token, NIL));
        assertEquals(
          await http(fixture, token, `id:${id}`),
          await http(fixture, token, `id:${NIL_ID}`),
        );
        const invite = (room: string) =>
          call(fixture, "/api/invites", { method: "POST", token, body: { room } });
        assertEquals((await invite(DEN)).text, (await invite(NIL)).text);
      });
    }
    await Promise.all([alice, bob, ...all.map(({ peer }) => peer)].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "its name is free for outsiders, who get a room of their own",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture();
    const { alice, bob } = await furnish(fixture);
    const { peer: eve, token } = await person(fixture, "Eve");
    const { peer: adam } = await person(fixture, "Adam");
    await t.step("posting finds none, and creates none", async () => {
      const [den, nil] = [await http(fixture, token, DEN), await http(fixture, token, NIL)];
      assertEquals(den, nil);
      const list = await eve.ask({ type: "list_rooms" });
      assert(list.type === "rooms" && list.rooms.every(({ room }) => room !== NIL));
    });
    await t.step("by creating a private one", async () => {
      for (const kind of ["private", "public"] as const) {
        const den = await ask(adam, { type: "create_room", room: DEN, kind }, DEN);
        const nil = await ask(adam, { type: "create_room", room: NIL, kind }, NIL);
        assertEquals(den, nil);
      }
    });
    await t.step("by joining, which creates a room", async () => {
      for (const frame of [{ type: "join" }, { type: "join", after: 1 }] as const) {
        const answers = [
          await ask(eve, { ...frame, room: DEN }, DEN),
          await ask(eve, { ...frame, room: NIL }, NIL),
        ];
        assertEquals(answers[0], answers[1]);
      }
    });
    await t.step("by posting", async () => {
      assertEquals(await http(fixture, token, DEN), await http(fixture, token, NIL));
    });
    await t.step("and no message reaches the other room", async () => {
      await eve.ask({ type: "room_message", room: DEN, message: "public word" });
      await traffic(alice, bob);
      const history = await alice.ask({ type: "history", room: DEN });
      assert(!JSON.stringify(history).includes("public word"));
      for (const peer of [eve, adam]) {
        await peer.sync();
        const seen = JSON.stringify(peer.frames);
        assert(!seen.includes("secret"), seen.match(/.{80}secret.{80}/)?.[0] ?? "");
      }
    });
    await Promise.all([alice, bob, eve, adam].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "activity in a private room or a conversation reaches no outsider",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const all = await outsiders(fixture);
    const { alice, bob } = await furnish(fixture);
    await traffic(alice, bob);
    const own = await alice.ask({ type: "list_memberships" });
    assert(own.type === "memberships");
    const ids = own.rooms.filter(({ kind }) => kind !== "public").map(({ room_id }) => room_id);
    for (const { who, peer, token } of all) {
      const rooms = await peer.ask({ type: "list_rooms" });
      const named = await peer.ask({ type: "list_rooms", names: [DEN, "@Alice"], ids });
      assert(ids.length > 1 && named.type === "rooms");
      assertEquals(named.rooms, []);
      const found = await peer.ask({ type: "search", query: "secret" });
      assertEquals(found.type === "search_results" && found.messages, []);
      assert(!JSON.stringify(rooms).includes(DEN));
      await peer.sync();
      const seen = JSON.stringify(peer.frames.filter((frame) => frame !== found));
      assert(!/secret|den-4711|🤫/i.test(seen), `${who}: ${seen}`);
      if (token === null) continue;
      const later = await fixture.member(token);
      assert(!/secret|den-4711|@Alice|@Bob/i.test(JSON.stringify(later.frames)), who);
      await later.close();
    }
    // Nor can outsiders see the membership of the two.
    const metrics = await call(fixture, "/metrics");
    assert(!/secret|den-4711/i.test(metrics.text));
    assert(fixture.logged.every((line) => !/secret|den-4711/i.test(line)));
    await Promise.all([alice, bob, ...all.map(({ peer }) => peer)].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "nor does the time until an answer reveal a private room",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "open-rooms": false, rate: 0 });
    const { alice, bob } = await furnish(fixture);
    const { peer: eve } = await person(fixture, "Eve");
    const times: Record<string, number[]> = { [DEN]: [], [NIL]: [] };
    for (let i = 0; i < 300; i++) {
      for (const room of i % 2 === 0 ? [DEN, NIL] : [NIL, DEN]) {
        const started = performance.now();
        await eve.ask({ type: "join", room });
        times[room]?.push(performance.now() - started);
      }
    }
    const [den, nil] = [median(times[DEN]), median(times[NIL])];
    assert(den < nil * 2 && nil < den * 2, `${den} ms, and ${nil} ms where there is none`);
    await Promise.all([alice, bob, eve].map((peer) => peer.close()));
  },
});

function median(values: readonly number[] = []): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
