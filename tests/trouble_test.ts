// What happens to servers: clocks that jump, herds, and peers that do not do their part.
import { assert, assertEquals, assertLess } from "@std/assert";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { ServerFrame } from "../lib/protocol.ts";
import { Peer } from "./support/peer.ts";
import { needs } from "./support/permissions.ts";
import { frame, OPCODES, RawSocket } from "./support/raw_socket.ts";
import { type ServerProcess, spawnServer, startServer } from "./support/server.ts";
import { call, startTown } from "./support/town.ts";

const HOUR = 3_600_000;

/** The machine's clock, whose hands somebody moves; time itself goes on as ever. */
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
    await using town = await startTown({ rate: 1, burst: 12 }, clock);
    const [alice, bob] = [await town.member(await town.join("Alice")), await town.guest("Bob")];
    for (const peer of [alice, bob]) await peer.ask({ type: "join", room: "general" });
    const jumps = [0, 5 * HOUR, -10 * HOUR, 2 * HOUR];
    for (const [i, jump] of jumps.entries()) {
      clock.jump(jump);
      const message = `after ${i} jumps`;
      const said = await alice.ask({ type: "room_message", room: "general", message });
      assertEquals(said.type === "room_message" && said.seq, i + 1);
      await bob.next((frame) => frame.type === "room_message" && frame.seq === i + 1);
    }
    assertEquals(seqs(bob), [1, 2, 3, 4]);
    const history = await bob.ask({ type: "history", room: "general" });
    assert(history.type === "history");
    assertEquals(history.messages.map(({ seq }) => seq), [1, 2, 3, 4]);
    // A jump gives nobody back what they have used up, nor takes it from those who have not.
    let refused: ServerFrame | undefined;
    for (let i = 0; refused === undefined; i++) {
      assertLess(i, 20);
      clock.jump(i % 2 === 0 ? 3 * HOUR : -3 * HOUR);
      const answer = await alice.ask({ type: "list_rooms" });
      if (answer.type === "error") refused = answer;
    }
    assertEquals(refused.type === "error" && refused.code, "rate_limited");
    assertEquals((await call(town, "/api/session", { token: town.mo })).status, 200);
    clock.jump(-24 * HOUR);
    const mo = await town.member(town.mo);
    await mo.ask({ type: "mute", name: "Bob", seconds: 3_600 });
    const muted = await bob.ask({ type: "room_message", room: "general", message: "?" });
    assertEquals(muted.type === "error" && muted.code, "muted");
    for (const peer of [alice, bob, mo]) await peer.close();
  },
});

/** What a server takes of memory, in bytes, and how many are connected to it. */
async function figures(server: { url: string }): Promise<{ memory: number; connections: number }> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const of = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  return {
    memory: of("process_resident_memory_bytes"),
    connections: of("hubbub_connections"),
  };
}

/** Brings people in, so many at a time. @returns Them, and how long it took, in ms. */
async function herd(server: ServerProcess, tokens: readonly string[], atOnce: number) {
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
  name: "a thousand devices come back in the same second: all are in, and memory stays bounded",
  ...needs("net", "read", "run"),
  async fn() {
    const server = await spawnServer(["--data=:memory:", "--rate=0", "--grace=0"]);
    // One session for ten devices: signing up is another matter.
    const own: string[] = [];
    for (let i = 0; i < 100; i++) own.push(await server.signIn(`Person ${i}`));
    const tokens = own.flatMap((token) => Array<string>(10).fill(token));
    const memory: number[] = [];
    const times: number[] = [];
    for (const atOnce of [8, 1_000, 1_000, 1_000]) {
      const { peers, ms } = await herd(server, tokens, atOnce);
      const now = await figures(server);
      assertEquals(now.connections, tokens.length);
      memory.push(now.memory);
      times.push(ms);
      // As when a proxy in front of the server is started anew.
      await Promise.all(peers.map((peer) => peer.close()));
    }
    const [orderly = 0, ...herds] = times;
    // Nobody is turned away, and a herd takes about as long as the same people in a queue; with
    // room for what else the machine does.
    for (const ms of herds) assertLess(ms, 6 * orderly, `${times}`);
    const [, first = 0, , last = 0] = memory;
    assertLess(last, 1.5 * first, `${memory}`);
    await server.kill();
    await server.process.stdout.cancel();
  },
});

Deno.test({
  name: "peers who never answer a close are gone for everybody else at once",
  ...needs("net", "read"),
  async fn() {
    await using town = await startTown();
    const watcher = await town.guest("Watcher");
    const people = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const token = await town.join(`Deaf ${i}`);
        const socket = await RawSocket.dial(town.url);
        await socket.shakeHands("/ws", { Authorization: `Bearer ${token}` });
        await socket.response();
        await socket.frameOf(OPCODES.text);
        return { token, socket };
      }),
    );
    for (const { token } of people) await call(town, "/api/session", { method: "DELETE", token });
    for (const [i, { socket }] of people.entries()) {
      await watcher.next((frame) =>
        frame.type === "presence" && frame.name === `Deaf ${i}` && frame.state === "offline"
      );
      assertEquals((await socket.close()).code, 4501);
      // It goes on as if nothing had been said, and nobody hears it.
      await socket.send({ type: "join", room: "general" });
    }
    await watcher.sync();
    assertEquals((await figures(town)).connections, 1);
    for (const { socket } of people) socket[Symbol.dispose]();
    await watcher.close();
  },
});

Deno.test({
  name: "fragments without end reach nobody, and end with their connection",
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
