// The protocol's third promise in the hardest case: reconnecting.
import { assert, assertEquals } from "@std/assert";
import type { Joined, RoomEvent, ServerFrame } from "../../lib/protocol/frames.ts";
import type { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import { startServer, type TestServer } from "../support/server.ts";

const permissions = needs("net", "read");
const BATCH = ["chat.batch.v1"];
const FAST = { rate: 0 } as const;

function isEvent(frame: ServerFrame): frame is RoomEvent {
  return "seq" in frame && "sender" in frame;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

async function join(peer: Peer, after?: number, epoch?: string): Promise<Joined> {
  peer.send({ type: "join", room: "general", after, epoch });
  return await peer.take("joined");
}

/** Posts "1", "2", … and waits until they are stored. */
async function postMany(peer: Peer, count: number): Promise<void> {
  for (const i of range(1, count)) {
    peer.send({ type: "room_message", room: "general", message: `${i}`, key: `k${i}` });
  }
  await peer.next((frame) => "key" in frame && frame.key === `k${count}`);
}

async function open(server: TestServer): Promise<[sender: Peer, token: string]> {
  const sender = await server.guest("Speaker");
  await join(sender);
  return [sender, await server.signIn("Alice")];
}

Deno.test({
  name: "a client that resumes at any position gets every later event in order, then the live ones",
  ...permissions,
  async fn() {
    await using server = await startServer(FAST);
    const [sender, token] = await open(server);
    await postMany(sender, 20);
    for (const seq of range(1, 10)) {
      await sender.ask({ type: "edit_message", room: "general", seq, message: `${seq}!` });
      await sender.ask({ type: "react", room: "general", seq, emoji: "👍", on: true });
    }
    await sender.ask({ type: "delete_message", room: "general", seq: 20 });
    const end = 41;
    for (const cut of range(0, end)) {
      const alice = await server.member(token, cut % 2 === 0 ? [] : BATCH);
      const { messages, truncated, seq } = await join(alice, cut);
      assertEquals([truncated, seq], [false, end + cut]);
      assertEquals(messages.map(({ seq }) => seq), range(cut + 1, end + cut));
      await sender.ask({ type: "room_message", room: "general", message: `after ${cut}` });
      assertEquals((await alice.next(isEvent)).seq, end + cut + 1);
      await alice.close();
    }
    await sender.close();
  },
});

Deno.test({
  name: "a client that reconnects repeatedly while others post has every event exactly once",
  ...permissions,
  async fn() {
    await using server = await startServer(FAST);
    const [sender, token] = await open(server);
    const total = 3_000;
    const saying = (async () => {
      // In bursts, so that some events are always in flight, and never too many.
      for (let posted = 0; posted < total; posted += 50) {
        for (const i of range(posted + 1, posted + 50)) {
          sender.send({ type: "room_message", room: "general", message: `${i}`, key: `k${i}` });
        }
        await sender.next((frame) => "key" in frame && frame.key === `k${posted + 50}`);
      }
    })();
    const wanderers = [[], BATCH, [], BATCH].map((protocols, i) =>
      reconnectRepeatedly(server, token, protocols, total, 40 + 30 * i)
    );
    for (const log of await Promise.all(wanderers)) {
      assertEquals(log.map(({ seq }) => seq), range(1, total));
      assert(log.every((event) => "message" in event && event.message === `${event.seq}`));
    }
    await saying;
    await sender.close();
  },
});

/** Subscribes to the room, disconnects after every few events, and resumes. */
async function reconnectRepeatedly(
  server: TestServer,
  token: string,
  protocols: string[],
  total: number,
  stay: number,
): Promise<RoomEvent[]> {
  const log: RoomEvent[] = [];
  while (log.length < total) {
    const peer = await server.member(token, protocols);
    const { messages, truncated } = await join(peer, log.length);
    assertEquals(truncated, false);
    log.push(...messages);
    for (let i = 0; i < stay && log.length < total; i++) log.push(await peer.next(isEvent));
    await peer.close();
  }
  return log;
}

Deno.test({
  name: "a client that joins again on the same connection, while others post, has no gap",
  ...permissions,
  async fn() {
    await using server = await startServer(FAST);
    const [sender, token] = await open(server);
    const alice = await server.member(token, BATCH);
    const total = 500;
    const afters = [0];
    let { seq } = await join(alice, 0);
    const saying = postMany(sender, total);
    while (seq < total) {
      afters.push(seq);
      ({ seq } = await join(alice, seq));
      if (seq < total) ({ seq } = await alice.next(isEvent));
    }
    await saying;
    let last = 0;
    for (const frame of alice.frames) {
      if (frame.type === "joined") {
        // Events in flight at the join came before the reply, and are in it again.
        const after = afters.shift() ?? -1;
        assertEquals(frame.messages.map(({ seq }) => seq), range(after + 1, frame.seq));
        assert(after <= last && last <= frame.seq);
        last = frame.seq;
      } else if (isEvent(frame)) assertEquals(frame.seq, ++last);
    }
    assertEquals([last, afters], [total, []]);
    await Promise.all([alice.close(), sender.close()]);
  },
});

Deno.test({
  name: "a client that missed too much gets a truncated latest page, and continues from there",
  ...permissions,
  async fn() {
    await using server = await startServer(FAST);
    const [sender, token] = await open(server);
    const total = 1_100;
    await postMany(sender, total);
    const alice = await server.member(token);
    const joined = await join(alice, 10);
    assertEquals([joined.truncated, joined.more, joined.seq], [true, true, total]);
    assertEquals(joined.messages.map(({ seq }) => seq), range(total - 49, total));
    const near = await join(alice, total - 1_000);
    assertEquals([near.truncated, near.messages.length], [false, 1_000]);
    await Promise.all([alice.close(), sender.close()]);
  },
});

Deno.test({
  name: "a position in another log is ignored: the reply is the latest page, truncated",
  ...permissions,
  async fn() {
    await using server = await startServer(FAST);
    const [sender, token] = await open(server);
    await postMany(sender, 10);
    const alice = await server.member(token);
    const { epoch } = await join(alice);
    const cases: readonly (readonly [after: number, epoch: string, truncated: boolean])[] = [
      [4, epoch, false],
      [10, epoch, false],
      [4, "another", true],
      [0, "another", true],
      [11, epoch, true],
      [1_000_000, epoch, true],
    ];
    for (const [after, sent, truncated] of cases) {
      const joined = await join(alice, after, sent);
      assertEquals([joined.truncated, joined.epoch, joined.seq], [truncated, epoch, 10]);
      const expected = truncated ? range(1, 10) : range(after + 1, 10);
      assertEquals(joined.messages.map(({ seq }) => seq), expected);
    }
    await Promise.all([alice.close(), sender.close()]);
  },
});
