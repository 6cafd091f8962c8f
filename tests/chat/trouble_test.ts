// Operational faults: clock jumps, reconnect storms, and peers that do not follow the protocol.
import { assert, assertEquals, assertLess } from "@std/assert";
import { type Clock, systemClock } from "../../lib/util/clock.ts";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import { frame, OPCODES, RawSocket } from "../support/raw_socket.ts";
import { type ServerProcess, spawnServer, startServer } from "../support/server.ts";
import { call, startServerFixture } from "../support/server_fixture.ts";

const HOUR = 3_600_000;

/** A wall clock that tests can set; monotonic time goes on as ever. */
class JumpingClock implements Clock {
  #shift = 0;

  now(): number {
    return systemClock.now() + this.#shift;
  }

  elapsed(): number {
    return systemClock.elapsed();
  }

  after(ms: number, run: () => void): () => void {
    return systemClock.after(ms, run);
  }

  soon(run: () => void): void {
    systemClock.soon(run);
  }

  jump(ms: number): void {
    this.#shift += ms;
  }
}

function seqs(peer: Peer): number[] {
  return peer.frames.flatMap((frame) => frame.type === "room_message" ? [frame.seq] : []);
}

Deno.test({
  name: "the clock jumps by hours, forward and back: order, limits and sessions hold",
  ...needs("net", "read"),
  async fn() {
    const clock = new JumpingClock();
    await using fixture = await startServerFixture({ rate: 1, burst: 12 }, clock);
    const [alice, bob] = [
      await fixture.member(await fixture.join("Alice")),
      await fixture.guest("Bob"),
    ];
    for (const peer of [alice, bob]) await peer.ask({ type: "join", room: "general" });
    const jumps = [0, 5 * HOUR, -10 * HOUR, 2 * HOUR];
    for (const [i, jump] of jumps.entries()) {
      clock.jump(jump);
      const message = `after ${i} jumps`;
      const reply = await alice.ask({ type: "room_message", room: "general", message });
      assertEquals(reply.type === "room_message" && reply.seq, i + 1);
      await bob.next((frame) => frame.type === "room_message" && frame.seq === i + 1);
    }
    assertEquals(seqs(bob), [1, 2, 3, 4]);
    const history = await bob.ask({ type: "history", room: "general" });
    assert(history.type === "history");
    assertEquals(history.messages.map(({ seq }) => seq), [1, 2, 3, 4]);
    // A jump neither restores used quota nor takes away unused quota.
    let refused: ServerFrame | undefined;
    for (let i = 0; refused === undefined; i++) {
      assertLess(i, 20);
      clock.jump(i % 2 === 0 ? 3 * HOUR : -3 * HOUR);
      const answer = await alice.ask({ type: "list_rooms" });
      if (answer.type === "error") refused = answer;
    }
    assertEquals(refused.type === "error" && refused.code, "rate_limited");
    assertEquals((await call(fixture, "/api/session", { token: fixture.mo })).status, 200);
    clock.jump(-24 * HOUR);
    const mo = await fixture.member(fixture.mo);
    await mo.ask({ type: "mute", name: "Bob", seconds: 3_600 });
    const muted = await bob.ask({ type: "room_message", room: "general", message: "?" });
    assertEquals(muted.type === "error" && muted.code, "muted");
    for (const peer of [alice, bob, mo]) await peer.close();
  },
});

/** The server's memory in bytes, and its number of connections. */
async function statistics(
  server: { url: string },
): Promise<{ memory: number; connections: number }> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const of = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  return {
    memory: of("process_resident_memory_bytes"),
    connections: of("hubbub_connections"),
  };
}

/** Connects clients, `atOnce` at a time. @returns The peers, and the time it took, in ms. */
async function reconnectAll(server: ServerProcess, tokens: readonly string[], atOnce: number) {
  const started = performance.now();
  const peers: Peer[] = [];
  const rest = tokens.entries();
  const bringIn = async () => {
    for (const [i, token] of rest) {
      const peer = await server.member(token);
      const joined = await peer.ask({ type: "join", room: "general", after: 0 });
      assertEquals(joined.type, "joined");
      peers[i] = peer;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, bringIn));
  return { peers, ms: performance.now() - started };
}

Deno.test({
  name:
    "a thousand devices reconnect in the same second: all are connected, and memory stays bounded",
  ...needs("net", "read", "run"),
  async fn() {
    const server = await spawnServer(["--data=:memory:", "--rate=0", "--grace=0"]);
    // One session for ten devices: the cost of signing up is not measured here.
    const own: string[] = [];
    for (let i = 0; i < 100; i++) own.push(await server.signIn(`Person ${i}`));
    const tokens = own.flatMap((token) => Array<string>(10).fill(token));
    const memory: number[] = [];
    const times: number[] = [];
    for (const atOnce of [8, 1_000, 1_000, 1_000]) {
      const { peers, ms } = await reconnectAll(server, tokens, atOnce);
      const now = await statistics(server);
      assertEquals(now.connections, tokens.length);
      memory.push(now.memory);
      times.push(ms);
      // As when a proxy in front of the server restarts.
      await Promise.all(peers.map((peer) => peer.close()));
    }
    const [orderly = 0, ...herds] = times;
    // No client is refused, and a storm takes no multiple of the time that the same clients take in
    // sequence: a cost that grows with those who wait would make it a hundred times as long.
    for (const ms of herds) assertLess(ms, 20 * orderly, `${times}`);
    // The first storm may be over before the heap has grown to its usual size.
    const last = memory.pop() ?? 0;
    assertLess(last, 1.5 * Math.max(...memory), `${memory}, ${last}`);
    await server.kill();
    await server.process.stdout.cancel();
  },
});

Deno.test({
  name: "peers that never answer a close are offline for all others at once",
  ...needs("net", "read"),
  async fn() {
    await using fixture = await startServerFixture();
    const watcher = await fixture.guest("Watcher");
    const peers = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const token = await fixture.join(`Deaf ${i}`);
        const socket = await RawSocket.dial(fixture.url);
        await socket.shakeHands("/ws", { Authorization: `Bearer ${token}` });
        await socket.response();
        await socket.frameOf(OPCODES.text);
        return { token, socket };
      }),
    );
    for (const { token } of peers) {
      await call(fixture, "/api/session", { method: "DELETE", token });
    }
    for (const [i, { socket }] of peers.entries()) {
      await watcher.next((frame) =>
        frame.type === "presence" && frame.name === `Deaf ${i}` && frame.state === "offline"
      );
      assertEquals((await socket.close()).code, 4501);
      // The peer keeps sending as if nothing had happened, and no other peer receives it.
      await socket.send({ type: "join", room: "general" });
    }
    await watcher.sync();
    assertEquals((await statistics(fixture)).connections, 1);
    for (const { socket } of peers) socket[Symbol.dispose]();
    await watcher.close();
  },
});

Deno.test({
  name: "a message of endless fragments is never delivered, and is dropped with its connection",
  ...needs("net", "read"),
  async fn() {
    await using server = await startServer();
    const alice = await server.guest("Alice");
    const sockets = await Promise.all(
      ["Eve", "Eva"].map((name) => RawSocket.open(server.url, `/ws?name=${name}`)),
    );
    const piece = frame({
      ...{ opcode: OPCODES.continuation, fin: false },
      payload: "x".repeat(65_536),
    });
    for (const socket of sockets) {
      await socket.write(frame({ payload: "[", fin: false }));
      for (let i = 0; i < 32; i++) await socket.write(piece);
    }
    await alice.sync();
    for (const [i, socket] of sockets.entries()) {
      socket[Symbol.dispose]();
      const name = ["Eve", "Eva"][i];
      await alice.next((frame) =>
        frame.type === "presence" && frame.name === name && frame.state === "offline"
      );
    }
    assertEquals(server.logged, []);
    await alice.close();
  },
});
