import { assertEquals, assertObjectMatch } from "@std/assert";
import { LIMITS } from "../../lib/protocol/limits.ts";
import type { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import {
  closePayload,
  frame,
  type FrameOptions,
  OPCODES,
  type RawFrame,
  RawSocket,
} from "../support/raw_socket.ts";
import { startServer, type TestServer } from "../support/server.ts";

const permissions = needs("net", "read");

/** A valid text frame of exactly `bytes` bytes. */
function frameOfBytes(bytes: number): string {
  const [before, after] = ['{"type":"list_rooms","key":"long","padding":"', '"}'];
  return before + "é".repeat((bytes - before.length - after.length) / 2).padEnd(
    bytes - before.length - after.length - Math.floor((bytes - before.length - after.length) / 2),
    "x",
  ) + after;
}

/** Connects two users to one room. */
async function openTwo(server: TestServer): Promise<[Peer, Peer]> {
  const peers = await Promise.all([server.guest("Alice"), server.guest("Bob")]);
  for (const peer of peers) await peer.ask({ type: "join", room: "general" });
  return peers as [Peer, Peer];
}

/** Asserts that two users still reach each other, and that nothing was logged. */
async function assertUndisturbed(server: TestServer, [alice, bob]: [Peer, Peer]): Promise<void> {
  alice.send({ type: "room_message", room: "general", message: "Still there?" });
  assertObjectMatch(await bob.take("room_message"), { sender: "Alice", message: "Still there?" });
  assertEquals(server.logged, []);
}

async function closeAll(...peers: readonly Peer[]): Promise<void> {
  await Promise.all(peers.map((peer) => peer.close()));
}

function read({ payload }: RawFrame): unknown {
  return JSON.parse(new TextDecoder().decode(payload));
}

Deno.test({
  name: "a frame holds one object, or an array of them, whatever the subprotocol",
  ...permissions,
  async fn() {
    await using server = await startServer();
    for (const protocols of [[], ["chat.batch.v1"]]) {
      const peer = await server.guest("Alice", protocols);
      peer.sendRaw('{"type":"join","room":"general","key":"one"}');
      assertEquals((await peer.take("joined")).key, "one");
      peer.sendRaw('[{"type":"list_rooms","key":"two"},{"type":"list_members","room":"general"}]');
      assertEquals((await peer.take("rooms")).key, "two");
      assertEquals((await peer.take("members")).members, ["Alice"]);
      await peer.close();
    }
  },
});

Deno.test({
  name: "one object is sent as such, and an array only to clients that chose batches",
  ...permissions,
  async fn() {
    await using server = await startServer();
    for (const [path, offer, isArray] of [["Alice", null, false], ["Bob", "chat.batch.v1", true]]) {
      using socket = await RawSocket.dial(server.url);
      await socket.shakeHands(`/ws?name=${path}`, { "Sec-WebSocket-Protocol": offer as string });
      await socket.response();
      assertEquals(Array.isArray(read(await socket.frame())), isArray);
    }
  },
});

Deno.test({
  name: "an empty array is ignored",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const peer = await server.guest("Alice");
    peer.sendRaw("[]");
    peer.sendRaw(" [ ] ");
    await peer.sync();
    assertEquals(peer.frames.map(({ type }) => type), ["welcome", "rooms"]);
    await peer.close();
  },
});

const BAD: readonly (readonly [name: string, sent: string, code: string])[] = [
  ["no JSON", "hello", "bad_json"],
  ["nothing", "", "bad_json"],
  ["half of an object", '{"type":', "bad_json"],
  ["two objects in lines", '{"type":"typing"}\n{"type":"typing"}', "bad_json"],
  ["a number", "1", "bad_request"],
  ["null", "null", "bad_request"],
  ["an array in an array", "[[]]", "bad_request"],
  ["an object without a type", "{}", "unknown_type"],
  ["an unknown type", '{"type":"dance"}', "unknown_type"],
  ["a type of the server", '{"type":"welcome"}', "unknown_type"],
  ["a type that every object has", '{"type":"__proto__"}', "unknown_type"],
  ["a type that is not a string", '{"type":{}}', "unknown_type"],
  ["a missing field", '{"type":"join"}', "bad_request"],
  ["an invalid room name", '{"type":"join","room":"a b"}', "bad_request"],
  ["an invalid position", '{"type":"join","room":"a","after":-1}', "bad_request"],
  ["a number that is too large", '{"type":"read","room":"a","seq":1e300}', "bad_request"],
  ["an empty message", '{"type":"room_message","room":"general","message":" "}', "bad_request"],
  [
    "half a character",
    '{"type":"room_message","room":"general","message":"\\ud800"}',
    "bad_request",
  ],
  [
    "a long message",
    `{"type":"room_message","room":"general","message":"${"a".repeat(10_001)}"}`,
    "too_long",
  ],
  ["an empty key", '{"type":"list_rooms","key":""}', "bad_request"],
  ["deep nesting", "[".repeat(32_000) + "]".repeat(32_000), "bad_request"],
];

Deno.test({
  name: "a bad frame is answered with a code, and the connection stays open",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    const [alice, bob] = await openTwo(server);
    for (const [name, sent, code] of BAD) {
      await t.step(`${name}: ${code}`, async () => {
        alice.sendRaw(sent);
        assertEquals((await alice.take("error")).code, code);
      });
    }
    await t.step("in an array, the good commands around it are handled", async () => {
      alice.sendRaw('[{"type":"typing"},1,{"type":"list_rooms","key":"good"}]');
      assertEquals((await alice.take("error")).code, "bad_request");
      assertEquals((await alice.take("error")).code, "bad_request");
      assertEquals((await alice.take("rooms")).key, "good");
    });
    await t.step("the error carries the key of the frame", async () => {
      alice.sendRaw('{"type":"dance","key":"k1"}');
      assertObjectMatch(await alice.take("error"), { code: "unknown_type", key: "k1" });
      alice.sendRaw('{"type":"join","room":7,"key":"k2"}');
      assertObjectMatch(await alice.take("error"), { code: "bad_request", key: "k2" });
    });
    await assertUndisturbed(server, [alice, bob]);
    await closeAll(alice, bob);
  },
});

Deno.test({
  name: "a message of 64 KiB is read, and one byte more is closed with 1009",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const peers = await openTwo(server);
    const peer = await server.guest("Carol");
    const longest = frameOfBytes(LIMITS.frame_bytes);
    assertEquals(new TextEncoder().encode(longest).length, LIMITS.frame_bytes);
    peer.sendRaw(longest);
    assertEquals((await peer.take("rooms")).key, "long");
    peer.sendRaw(frameOfBytes(LIMITS.frame_bytes + 1));
    assertEquals(await peer.closed, { code: 1009, reason: "message is over 64 KiB" });
    await assertUndisturbed(server, peers);
    await closeAll(...peers);
  },
});

Deno.test({
  name: "a fragmented message over 64 KiB is closed with 1009, one under it is read",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const peers = await openTwo(server);
    using socket = await RawSocket.open(server.url, "/ws?name=Carol");
    await socket.frameOf(OPCODES.text);
    const half = LIMITS.frame_bytes / 2;
    const longest = new TextEncoder().encode(frameOfBytes(LIMITS.frame_bytes));
    await socket.write(frame({ payload: longest.subarray(0, half + 1), fin: false }));
    // Control frames may come between fragments (RFC 6455 section 5.4).
    await socket.write(frame({ opcode: OPCODES.ping, payload: "between" }));
    await socket.write(
      frame({ opcode: OPCODES.continuation, payload: longest.subarray(half + 1) }),
    );
    assertEquals((await socket.frameOf(OPCODES.pong)).payload, new TextEncoder().encode("between"));
    assertObjectMatch(read(await socket.frameOf(OPCODES.text)) as object, { key: "long" });
    for (const piece of [0, 1, 2]) {
      const opcode = piece === 0 ? OPCODES.text : OPCODES.continuation;
      await socket.write(frame({ opcode, payload: "a".repeat(half), fin: piece === 2 }));
    }
    assertEquals((await socket.close()).code, 1009);
    await assertUndisturbed(server, peers);
    await closeAll(...peers);
  },
});

Deno.test({
  name: "a binary message is closed with 1003",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const peers = await openTwo(server);
    const peer = await server.guest("Carol");
    peer.sendRaw(new TextEncoder().encode('{"type":"list_rooms"}'));
    assertEquals(await peer.closed, { code: 1003, reason: "binary messages are not supported" });
    await assertUndisturbed(server, peers);
    await closeAll(...peers);
  },
});

Deno.test({
  name: "a close is answered in kind, and visible to others only as presence",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    const peers = await openTwo(server);
    const closes: readonly (readonly [string, Uint8Array])[] = [
      ["with code and reason", closePayload(1000, "bye")],
      ["with a private code", closePayload(4321, "ciao")],
      ["without a code", new Uint8Array()],
    ];
    for (const [name, payload] of closes) {
      await t.step(name, async () => {
        using socket = await RawSocket.open(server.url, "/ws?name=Carol");
        await socket.write(frame({ opcode: OPCODES.close, payload }));
        const answer = await socket.frameOf(OPCODES.close);
        assertEquals(answer.payload, payload);
        await socket.ended();
        await peers[0].next((frame) => frame.type === "presence" && frame.state === "offline");
      });
    }
    await assertUndisturbed(server, peers);
    await closeAll(...peers);
  },
});

Deno.test({
  name: "a ping is answered by a pong with its payload",
  ...permissions,
  async fn() {
    await using server = await startServer();
    using socket = await RawSocket.open(server.url, "/ws?name=Alice");
    for (const payload of ["", "hello", "x".repeat(125)]) {
      await socket.write(frame({ opcode: OPCODES.ping, payload }));
      const pong = await socket.frameOf(OPCODES.pong);
      assertEquals(new TextDecoder().decode(pong.payload), payload);
    }
  },
});

/** Frames that RFC 6455 forbids. */
const FORBIDDEN: Readonly<Record<string, FrameOptions>> = {
  "invalid UTF-8": { payload: new Uint8Array([0x22, 0xc3, 0x28, 0xff, 0x22]) },
  "a lone surrogate as UTF-8": { payload: new Uint8Array([0xed, 0xa0, 0x80]) },
  "reserved bits": { rsv: 4, payload: '{"type":"list_rooms"}' },
  "a reserved data opcode": { opcode: 3, payload: "x" },
  "a reserved control opcode": { opcode: 11, payload: "x" },
  "a control frame that is too long": { opcode: OPCODES.ping, payload: "x".repeat(126) },
  "a control frame in fragments": { opcode: OPCODES.ping, payload: "x", fin: false },
  "a continuation of nothing": { opcode: OPCODES.continuation, payload: "x" },
  "a close code that may not be sent": { opcode: OPCODES.close, payload: closePayload(1005) },
  "a close frame of one byte": { opcode: OPCODES.close, payload: new Uint8Array([3]) },
  "a close reason that is no UTF-8": {
    opcode: OPCODES.close,
    payload: new Uint8Array([3, 232, 0xff]),
  },
};

Deno.test({
  name: "a frame that the RFC forbids ends its own connection and no other",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    const peers = await openTwo(server);
    for (const [name, options] of Object.entries(FORBIDDEN)) {
      await t.step(name, async () => {
        using socket = await RawSocket.open(server.url, "/ws?name=Mallory");
        await socket.frame();
        await socket.write(frame(options));
        await socket.ended();
        await peers[0].next((frame) => frame.type === "presence" && frame.state === "offline");
      });
    }
    await assertUndisturbed(server, peers);
    await closeAll(...peers);
  },
});

Deno.test({
  name: "a frame without a mask, or a truncated one, affects no other connection",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const peers = await openTwo(server);
    const whole = frame({ payload: '{"type":"list_rooms"}' });
    for (const bytes of [frame({ payload: "{}", masked: false }), whole.subarray(0, 9)]) {
      using socket = await RawSocket.open(server.url, "/ws?name=Mallory");
      await socket.frame();
      await socket.write(bytes);
      socket[Symbol.dispose]();
      await peers[0].next((frame) => frame.type === "presence" && frame.state === "offline");
    }
    await assertUndisturbed(server, peers);
    await closeAll(...peers);
  },
});

Deno.test({
  name: "a silent peer is pinged and found dead, one that answers stays connected",
  ...permissions,
  async fn() {
    await using server = await startServer({ "idle-timeout": 2 });
    const alice = await server.guest("Alice");
    using dead = await RawSocket.open(server.url, "/ws?name=Dead");
    await alice.next((frame) => frame.type === "presence" && frame.state === "offline");
    // The peer could have known: it was pinged, and got the close.
    await dead.frameOf(OPCODES.ping);
    assertEquals((await dead.close()).code, 1001);
    await alice.sync();
    assertEquals(server.logged, []);
    await alice.close();
  },
});
