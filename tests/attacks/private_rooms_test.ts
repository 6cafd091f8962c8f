import { assert, assertEquals } from "@std/assert";
import type { ClientFrame } from "../../lib/protocol.ts";
import { needs } from "../support/permissions.ts";
import type { Peer } from "../support/peer.ts";
import { type Answer, call, person, startTown, type Town } from "../support/town.ts";

const permissions = needs("net", "read");

/** A private room, and a name of the same length that no room ever had. */
const DEN = "den-4711";
const NIL = "nil-4711";

/** Everything that can be asked of a room by one who is in none. */
function probes(room: string): readonly ClientFrame[] {
  return [
    { type: "list_members", room },
    { type: "history", room },
    { type: "history", room, before: 3, limit: 1 },
    { type: "search", query: "secret", room },
    { type: "room_message", room, message: "x" },
    { type: "room_message", room, message: "x", key: "used before" },
    { type: "room_message", room, message: "x", reply_to: 1 },
    { type: "edit_message", room, seq: 1, message: "x" },
    { type: "delete_message", room, seq: 1 },
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

/** Asks; the answer without what names the question. */
async function ask(peer: Peer, frame: ClientFrame, room: string): Promise<string> {
  const key = frame.key ?? "probe";
  const answer = await peer.ask({ ...frame, key });
  const mark = peer.frames.length;
  await peer.sync();
  // Neither in the answer nor in what may come beside it.
  const beside = peer.frames.slice(mark).filter(({ type }) => type !== "rooms");
  return JSON.stringify([answer, ...beside]).replaceAll(new RegExp(room, "gi"), "ROOM");
}

async function http(town: Town, token: string, room: string): Promise<readonly unknown[]> {
  const path = `/api/rooms/${room}/messages`;
  const post = { method: "POST", token, body: { message: "x" } };
  const answers = [
    await call(town, path, { token }),
    await call(town, `${path}?before=2&limit=1`, { token }),
    await call(town, `${path}?after=0`, { token }),
    await call(town, path, { token, method: "HEAD" }),
    await call(town, path, { ...post, body: {} }),
    await call(town, path, post),
    await call(town, path, { ...post, body: { message: "x", key: "used before" } }),
    await call(town, path, { ...post, method: "PUT" }),
  ];
  return answers.map(({ status, text, headers }: Answer) => ({
    status,
    text: text.replaceAll(room, "ROOM").replaceAll(/"at":\d+/g, '"at":0'),
    headers: [...headers].filter(([name]) => name !== "date"),
  }));
}

/** Alice and Bob in their room, where a lot goes on. */
async function furnish(town: Town): Promise<{ alice: Peer; bob: Peer }> {
  const [{ peer: alice }, { peer: bob }] = [await person(town, "Alice"), await person(town, "Bob")];
  await alice.ask({ type: "create_room", room: DEN, kind: "private", title: "secret title" });
  await alice.ask({ type: "invite", room: DEN, name: "Bob" });
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
  await bob.ask({ type: "join", room });
  await alice.ask({ type: "delete_message", room, seq });
  await alice.ask({ type: "private_message", receiver: "Bob", message: "secret four" });
}

/** Those who are in no private room: of each kind one. */
async function outsiders(town: Town) {
  const eve = await town.join("Eve");
  const robot = await town.bot("Robot");
  return [
    { who: "a member", token: eve, peer: await town.member(eve) },
    { who: "a moderator", token: town.mo, peer: await town.member(town.mo) },
    { who: "the owner", token: town.olga, peer: await town.member(town.olga) },
    { who: "a bot", token: robot, peer: await town.member(robot) },
    { who: "a guest", token: null, peer: await town.guest("Gus") },
  ];
}

Deno.test({
  name: "to outsiders a private room answers as if it had never been there",
  ...permissions,
  async fn(t) {
    await using town = await startTown({ "open-rooms": false });
    const { alice, bob } = await furnish(town);
    const all = await outsiders(town);
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
        if (token === null) return;
        assertEquals(await http(town, token, DEN), await http(town, token, NIL));
        const invite = (room: string) =>
          call(town, "/api/invites", { method: "POST", token, body: { room } });
        assertEquals((await invite(DEN)).text, (await invite(NIL)).text);
      });
    }
    await Promise.all([alice, bob, ...all.map(({ peer }) => peer)].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "its name is free for others, who then have a room of their own",
  ...permissions,
  async fn(t) {
    await using town = await startTown();
    const { alice, bob } = await furnish(town);
    const { peer: eve, token } = await person(town, "Eve");
    const { peer: adam } = await person(town, "Adam");
    await t.step("by making a private one", async () => {
      for (const kind of ["private", "public"] as const) {
        const den = await ask(adam, { type: "create_room", room: DEN, kind }, DEN);
        const nil = await ask(adam, { type: "create_room", room: NIL, kind }, NIL);
        assertEquals(den, nil);
      }
    });
    await t.step("by joining, where that makes a room", async () => {
      for (const frame of [{ type: "join" }, { type: "join", after: 1 }] as const) {
        const answers = [
          await ask(eve, { ...frame, room: DEN }, DEN),
          await ask(eve, { ...frame, room: NIL }, NIL),
        ];
        assertEquals(answers[0], answers[1]);
      }
    });
    await t.step("by posting", async () => {
      assertEquals(await http(town, token, DEN), await http(town, token, NIL));
    });
    await t.step("and nobody's words get into another's", async () => {
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
  name: "nothing of what goes on in a private room or a conversation reaches anybody else",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const all = await outsiders(town);
    const { alice, bob } = await furnish(town);
    await traffic(alice, bob);
    for (const { who, peer, token } of all) {
      const rooms = await peer.ask({ type: "list_rooms" });
      const found = await peer.ask({ type: "search", query: "secret" });
      assertEquals(found.type === "search_results" && found.messages, []);
      assert(!JSON.stringify(rooms).includes(DEN));
      await peer.sync();
      const seen = JSON.stringify(peer.frames.filter((frame) => frame !== found));
      assert(!/secret|den-4711|🤫/i.test(seen), `${who}: ${seen}`);
      if (token === null) continue;
      const later = await town.member(token);
      assert(!/secret|den-4711|@Alice|@Bob/i.test(JSON.stringify(later.frames)), who);
      await later.close();
    }
    // Nor does anybody see that the two of them are anywhere.
    const metrics = await call(town, "/metrics");
    assert(!/secret|den-4711/i.test(metrics.text));
    assert(town.logged.every((line) => !/secret|den-4711/i.test(line)));
    await Promise.all([alice, bob, ...all.map(({ peer }) => peer)].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "nor does the time that an answer takes tell of a private room",
  ...permissions,
  async fn() {
    await using town = await startTown({ "open-rooms": false, rate: 0 });
    const { alice, bob } = await furnish(town);
    const { peer: eve } = await person(town, "Eve");
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
