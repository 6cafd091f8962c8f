// The six promises of the protocol, each tested over real sockets.
import { assert, assertEquals, assertGreater, assertObjectMatch } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { ClientFrame, RoomEvent, ServerFrame } from "../../lib/protocol/frames.ts";
import type { MessageRow } from "../../lib/store/sqlite/apply.ts";
import type { Peer } from "../support/peer.ts";
import { readLog } from "../support/commit_log.ts";
import { needs } from "../support/permissions.ts";
import { RawSocket } from "../support/raw_socket.ts";
import { startServer, type TestServer } from "../support/server.ts";

const permissions = needs("net", "read");
const BATCH = ["chat.batch.v1"];

/** Disables the rate limit: the tests send faster than people do. */
const FAST = { rate: 0 } as const;

function isEvent(frame: ServerFrame): frame is RoomEvent {
  return "seq" in frame && "sender" in frame;
}

/** The events that a peer got live. */
function eventsOf(peer: Peer): RoomEvent[] {
  return peer.frames.filter(isEvent);
}

function seqsOf(events: readonly RoomEvent[]): number[] {
  return events.map(({ seq }) => seq);
}

/** from, from + 1, …, to */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function says(message: string, key?: string): ClientFrame {
  return { type: "room_message", room: "general", message, ...(key === undefined ? {} : { key }) };
}

async function join(peer: Peer, after?: number, epoch?: string) {
  const place = {
    ...(after === undefined ? {} : { after }),
    ...(epoch === undefined ? {} : { epoch }),
  };
  peer.send({ type: "join", room: "general", ...place });
  return await peer.take("joined");
}

/** Connects guests that join the room. */
async function guests(server: TestServer, names: readonly string[]): Promise<Peer[]> {
  const peers = await Promise.all(
    names.map((name, i) => server.guest(name, i % 2 === 0 ? [] : BATCH)),
  );
  for (const peer of peers) await join(peer);
  return peers;
}

function seen(seq: number) {
  return (frame: ServerFrame) => isEvent(frame) && frame.seq >= seq;
}

async function closeAll(peers: readonly Peer[]): Promise<void> {
  await Promise.all(peers.map((peer) => peer.close()));
}

/** The newest seq in the commit log of the only room. */
function loggedIn(data: string): number {
  const rows = readLog(data).flatMap((record): MessageRow[] => JSON.parse(record));
  return rows.reduce((newest, [, , seq]) => Math.max(newest, seq), 0);
}

Deno.test({
  name: "1. stored, then shown: a message that a client sees is in the data file or its commit log",
  ...needs("net", "read", "write"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const data = `${directory}/hubbub.db`;
    {
      await using server = await startServer({ ...FAST, data });
      const peers = await guests(server, ["Alice", "Bob", "Carol"]);
      // Another connection to the file sees exactly what is committed.
      using file = new DatabaseSync(data, { readOnly: true });
      const committed = file.prepare("SELECT max(seq) AS seq FROM events");
      const early: number[] = [];
      for (const peer of peers) {
        peer.socket.addEventListener("message", (event) => {
          // A commit copied from the log to the data file in the meantime is in the one read last.
          const logged = loggedIn(data);
          const seq = Math.max(logged, Number(committed.get()?.seq ?? 0));
          const frames: ServerFrame[] = [JSON.parse(event.data)].flat();
          early.push(...seqsOf(frames.filter(isEvent)).filter((shown) => shown > seq));
        });
      }
      const count = 200;
      for (const i of range(1, count)) for (const peer of peers) peer.send(says(`${i}`, `k${i}`));
      for (const peer of peers) await peer.next(seen(count * peers.length));
      assertEquals(early, []);
      await closeAll(peers);
    }
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name:
    "1. stored, then shown: a message the store refuses reaches no client until it is sent again",
  ...needs("net", "read", "write"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const data = `${directory}/hubbub.db`;
    {
      await using server = await startServer({ data });
      const [alice, bob] = await guests(server, ["Alice", "Bob"]) as [Peer, Peer];
      using file = new DatabaseSync(data);
      assertObjectMatch(await alice.ask(says("hello", "k0")), { type: "room_message", seq: 1 });
      // Another process locks the file. A new message alone would not even notice.
      file.exec("BEGIN IMMEDIATE");
      const lost = { ...says("lost?", "k"), reply_to: 1 };
      assertObjectMatch(await alice.ask(lost), { type: "error", code: "try_again" });
      const health = await fetch(`${server.url}/healthz`);
      assertEquals([health.status, (await health.json()).code], [503, "try_again"]);
      file.exec("ROLLBACK");
      assertObjectMatch(await alice.ask(lost), { type: "room_message", seq: 2 });
      await bob.next(seen(2));
      assertEquals(eventsOf(bob).length, 2);
      assertEquals(eventsOf(alice).length, 2);
      await closeAll([alice, bob]);
    }
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "2. once: a key is one message, however often, from wherever and whenever it is sent",
  ...permissions,
  async fn() {
    await using server = await startServer(FAST);
    const token = await server.signIn("Alice");
    const [one, two] = [await server.member(token), await server.member(token, BATCH)];
    const [bob] = await guests(server, ["Bob"]) as [Peer];
    await Promise.all([join(one), join(two)]);
    // Concurrently, from two devices, before any reply, even with different texts.
    for (const i of range(1, 50)) for (const device of [one, two]) device.send(says(`${i}`, "k"));
    const [first] = [await one.next(isEvent), await two.next(isEvent)];
    assertObjectMatch(first, { seq: 1, sender: "Alice", message: "1", key: "k" });
    // Later, and after a change.
    await one.ask({ type: "edit_message", room: "general", seq: 1, message: "1!", key: "e" });
    const again = await one.ask({
      type: "edit_message",
      room: "general",
      seq: 1,
      message: "1?",
      key: "e",
    });
    assertObjectMatch(again, { type: "message_edited", seq: 2, target: 1, message: "1!" });
    await two.close();
    const back = await server.member(token);
    await join(back, 2);
    assertObjectMatch(await back.ask(says("anew", "k")), { seq: 1, message: "1!", key: "k" });
    const posted = await server.request("/api/rooms/general/messages", {
      method: "POST",
      token,
      body: { message: "posted", key: "k" },
    });
    assertEquals([posted.status, (await posted.json()).seq], [200, 1]);
    // Another user's key, and the same key in another room, are other messages.
    bob.send(says("mine", "k"));
    await bob.next((frame) => isEvent(frame) && frame.sender === "Bob" && frame.seq === 3);
    await back.ask({ type: "join", room: "other" });
    const elsewhere = { type: "room_message", room: "other", message: "here", key: "k" } as const;
    assertObjectMatch(await back.ask(elsewhere), { room: "other", seq: 1, message: "here" });
    await bob.sync();
    assertEquals(seqsOf(eventsOf(bob)), [1, 2, 3]);
    await closeAll([one, back, bob]);
  },
});

Deno.test({
  name:
    "3. in order, without gaps: 16 users post 128 messages each, and every client has all of them",
  ...permissions,
  async fn() {
    await using server = await startServer(FAST);
    const names = range(1, 16).map((n) => `Peer ${n}`);
    const peers = await guests(server, names);
    const count = 128;
    const total = names.length * count;
    for (const i of range(1, count)) {
      for (const [n, peer] of peers.entries()) {
        // Some users send several in one frame.
        const frames = [says(`${names[n]}: ${i}`, `k${i}`)];
        if (i % 4 === 0) frames.unshift({ type: "typing", room: "general" });
        peer.send(...frames);
      }
    }
    for (const peer of peers) await peer.next(seen(total));
    const [first] = peers;
    assert(first !== undefined);
    const log = eventsOf(first);
    const texts = log.map((event) => "message" in event ? event.message : "");
    assertEquals(new Set(texts).size, total);
    for (const name of names) {
      // Each user's own messages stay in the order in which they were sent.
      assertEquals(
        texts.filter((text) => text.startsWith(`${name}:`)),
        range(1, count).map((i) => `${name}: ${i}`),
      );
    }
    for (const peer of peers) {
      assertEquals(seqsOf(eventsOf(peer)), range(1, total));
      assertEquals(eventsOf(peer), log);
    }
    assertEquals(server.logged, []);
    await closeAll(peers);
  },
});

Deno.test({
  name: "4. never someone else: the server sets the sender",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const [alice, mallory] = await guests(server, ["Alice", "Mallory"]) as [Peer, Peer];
    const frames = [
      { ...says("I am Alice"), sender: "Alice" },
      { ...says("I am nobody"), sender: "" },
      { type: "private_message", receiver: "Alice", message: "It is me", sender: "Alice" },
    ] as ClientFrame[];
    for (const frame of frames) {
      assertObjectMatch(await mallory.ask(frame), { type: "error", code: "sender_mismatch" });
    }
    mallory.sendRaw('{"type":"room_message","room":"general","message":"x","sender":{"a":1}}');
    assertEquals((await mallory.take("error")).code, "bad_request");
    const own = await mallory.ask({ ...says("me"), sender: "mALLORY" } as ClientFrame);
    assertObjectMatch(own, { seq: 1, sender: "Mallory" });
    const reply = await alice.ask(says("mine"));
    assertObjectMatch(reply, { seq: 2, sender: "Alice" });
    for (const type of ["edit_message", "delete_message"] as const) {
      const frame = { type, room: "general", seq: 2, message: "not mine", sender: "Alice" };
      const refused = await mallory.ask(frame as ClientFrame);
      assertObjectMatch(refused, { type: "error", code: "forbidden" });
    }
    await alice.sync();
    assertEquals(eventsOf(alice).map(({ sender }) => sender), ["Mallory", "Alice"]);
    await closeAll([alice, mallory]);
  },
});

Deno.test({
  name: "5. a bad frame affects only itself: between bad ones every good one is handled, in order",
  ...permissions,
  async fn() {
    await using server = await startServer(FAST);
    const [alice, bob] = await guests(server, ["Alice", "Bob"]) as [Peer, Peer];
    const bad = ["{", "null", '{"type":"x","key":"b"}', '{"type":"join"}', "[1]", '"\\ud800"'];
    for (const i of range(1, 100)) {
      alice.sendRaw(bad[i % bad.length] ?? "");
      alice.send(says(`${i}`, `k${i}`));
    }
    await bob.next(seen(100));
    assertEquals(seqsOf(eventsOf(bob)), range(1, 100));
    await alice.next(seen(100));
    const errors = alice.frames.filter(({ type }) => type === "error");
    assertEquals(errors.length, 100);
    assertEquals(alice.socket.readyState, WebSocket.OPEN);
    assertEquals(bob.frames.filter(({ type }) => type === "error"), []);
    await closeAll([alice, bob]);
  },
});

Deno.test({
  name:
    "5. a bad frame affects only itself: over the rate is refused with the wait, a flood closed",
  ...permissions,
  async fn() {
    await using server = await startServer({ rate: 1, burst: 5 });
    const [alice, mallory] = await guests(server, ["Alice", "Mallory"]) as [Peer, Peer];
    for (const i of range(1, 5)) mallory.send(says(`${i}`, `k${i}`));
    const refused = await mallory.next((frame) => frame.type === "error");
    assertObjectMatch(refused, { code: "rate_limited", key: "k5" });
    assert(refused.type === "error" && refused.retry_after !== undefined);
    assertGreater(refused.retry_after, 0);
    assertEquals(mallory.socket.readyState, WebSocket.OPEN);
    // In one frame: Deno resets a connection on which more is received after the close, and the
    // code is lost.
    mallory.send(...Array.from({ length: 600 }, () => says("flood")));
    assertEquals(await mallory.closed, { code: 4029, reason: "sending too fast" });
    await alice.ask(says("quiet again"));
    await alice.close();
  },
});

Deno.test({
  name: "6. a slow reader affects only itself: it is closed with 4008, the others miss nothing",
  ...permissions,
  async fn() {
    await using server = await startServer({ ...FAST, "queue-bytes": 65_536 });
    const [alice, bob] = await guests(server, ["Alice", "Bob"]) as [Peer, Peer];
    // The peer joins, and then reads nothing.
    using slow = await RawSocket.open(server.url, "/ws?name=Slow");
    await slow.send({ type: "join", room: "general" });
    const dropped = bob.next((frame) => frame.type === "presence" && frame.state === "offline");
    let gone = false;
    void dropped.then(() => gone = true, () => gone = true);
    const text = "x".repeat(10_000);
    let sent = 0;
    // The system buffers some megabytes before the queue grows.
    for (; !gone; sent += 20) await postMany(alice, sent, text);
    await dropped;
    await postMany(alice, sent, text);
    const total = sent + 20;
    for (const peer of [alice, bob]) {
      if (eventsOf(peer).length < total) await peer.next(seen(total));
      assertEquals(seqsOf(eventsOf(peer)), range(1, total));
    }
    assertEquals(await slow.close(), { code: 4008, reason: "reading too slowly" });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    assert(metrics.includes('hubbub_drops_total{reason="slow_reader"} 1\n'));
    assertEquals(server.logged, []);
    await closeAll([alice, bob]);
  },
});

/** Posts 20 messages, and waits until all have been received back. */
async function postMany(peer: Peer, sent: number, text: string): Promise<void> {
  for (const i of range(sent + 1, sent + 20)) peer.send(says(text, `k${i}`));
  await peer.next(seen(sent + 20));
}
