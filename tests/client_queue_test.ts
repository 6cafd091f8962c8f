import { assert, assertEquals, assertLess } from "@std/assert";
import { Batch } from "../lib/chat/outbound_batch.ts";
import { SUBPROTOCOLS } from "../lib/protocol/limits.ts";
import type { Decoded } from "../lib/protocol/schemas/frames.ts";
import { batchOf, type ClientSetting, setUpClient } from "./support/client.ts";

/** The client's own counters, as its peers see them. */
const POLL_MS = 10;
const STALL_MS = 60_000;

/** Connects a client on a socket that buffers everything until it is drained. */
async function setUpBlocked(setting: ClientSetting = {}) {
  const test = setUpClient(setting);
  await test.open();
  test.socket.drains = false;
  return test;
}

const small = (text: string) => new Batch([JSON.stringify(text)]);

for (
  const [subprotocol, sent] of [
    [null, ['{"type":"a","seq":1}', '{"type":"a","seq":2}', "3"]],
    ["chat.batch.v1", ['[{"type":"a","seq":1},{"type":"a","seq":2}]', "[3]"]],
    ["chat.batch.v2", ['[{"type":"a","seq":1},{}]', "[3]"]],
  ] as const
) {
  Deno.test(`with ${subprotocol ?? "no subprotocol"} it sends ${sent.join(" and ")}`, async () => {
    const { client, socket, open } = setUpClient({ subprotocol });
    await open();
    client.enqueue(new Batch(['{"type":"a","seq":1}', '{"type":"a","seq":2}']));
    client.enqueue(new Batch(["3"]));
    assertEquals(socket.sent, [...sent]);
  });
}

for (const subprotocol of SUBPROTOCOLS) {
  Deno.test(`with an empty socket a batch of ${subprotocol} is sent at once, as the string that all share`, async () => {
    const { client, socket, clock, open } = setUpClient({ subprotocol });
    await open();
    const batch = new Batch(["1", "2"]);
    client.enqueue(batch);
    const shared = subprotocol === "chat.batch.v1" ? batch.frame : batch.deltaFrame;
    assert(socket.sent[0] === shared);
    assertEquals(clock.timers, 0);
  });
}

Deno.test("nothing more is sent while the socket's buffer is full", async () => {
  const { client, socket } = await setUpBlocked({ bounds: { bufferedBytes: 100 } });
  client.enqueue(batchOf(60));
  client.enqueue(batchOf(60));
  assertEquals(socket.bufferedAmount, 120);
  for (let i = 0; i < 50; i++) client.enqueue(batchOf(60));
  assertEquals(socket.bufferedAmount, 120);
});

Deno.test("the queue continues when the socket has drained, in order, without overtaking", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 4 } });
  client.enqueue(small("1"));
  client.enqueue(small("2"));
  await clock.advance(POLL_MS * 5);
  assertEquals(socket.sent, ['["1"]']);
  socket.drain();
  // The socket has room now, but "2" is first.
  client.enqueue(small("3"));
  assertEquals(socket.sent, ['["1"]']);
  await clock.advance(POLL_MS);
  assertEquals(socket.sent, ['["1"]', '["2","3"]']);
  assertEquals(clock.timers, 0);
  socket.drain();
  client.enqueue(small("4"));
  assertEquals(socket.sent.at(-1), '["4"]');
});

Deno.test("queued messages are sent together, in frames of about 16 KiB", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 100_000 } });
  client.enqueue(batchOf(100_000));
  for (let i = 0; i < 40; i++) client.enqueue(batchOf(1_000, `${i % 10}`));
  socket.drain();
  await clock.advance(POLL_MS);
  const frames = socket.sent.slice(1).map((frame) => JSON.parse(frame));
  assertEquals(frames.map(({ length }) => length), [16, 16, 8]);
  assertEquals(
    frames.flat().map(([char]) => Number(char)),
    Array.from({ length: 40 }, (_, i) => i % 10),
  );
});

Deno.test("a batch over 16 KiB is sent alone, and so is the next one", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 100_000 } });
  client.enqueue(batchOf(100_000));
  for (const bytes of [20_000, 10, 20_000]) client.enqueue(batchOf(bytes));
  socket.drain();
  await clock.advance(POLL_MS);
  assertEquals(socket.sent.slice(1).map((frame) => frame.length), [20_000, 10, 20_000]);
});

// Invariant Q1.
Deno.test("the bound is checked before anything is added, and a refused batch is not sent", async () => {
  const { client, socket, clock } = await setUpBlocked({
    bounds: { bufferedBytes: 10, queueBytes: 100 },
  });
  client.enqueue(batchOf(10));
  assertEquals([60, 40, 5].map((bytes) => client.enqueue(batchOf(bytes))), [true, true, false]);
  socket.drain();
  await clock.advance(POLL_MS);
  socket.drain();
  await clock.advance(POLL_MS);
  assertEquals(socket.sent.join("").length, 10 + 60 + 40 - "][".length + ",".length);
  // The queue has room again, and as much as before.
  socket.drain();
  client.enqueue(batchOf(10));
  assertEquals([60, 40, 5].map((bytes) => client.enqueue(batchOf(bytes))), [true, true, false]);
});

Deno.test("the bound counts bytes, not characters", async () => {
  const { client } = await setUpBlocked({ bounds: { bufferedBytes: 1, queueBytes: 100 } });
  client.enqueue(small("x"));
  assertEquals(client.enqueue(small("語".repeat(32))), true);
  assertEquals(client.enqueue(small("x")), false);
});

Deno.test("below the bound a batch of any length is accepted: a long reply does not make a slow reader", async () => {
  const { client, socket, clock } = await setUpBlocked({
    bounds: { bufferedBytes: 10, queueBytes: 100 },
  });
  for (const bytes of [10, 99]) client.enqueue(batchOf(bytes));
  assertEquals(client.enqueue(batchOf(5_000)), true);
  assertEquals(client.enqueue(batchOf(5)), false);
  socket.drain();
  await clock.advance(POLL_MS);
  assertEquals(socket.sent.at(-1)?.length, 99 + 5_000 - 1);
});

Deno.test("a client whose socket takes nothing is dropped after a while", async () => {
  const { client, socket, clock, story } = await setUpBlocked({ bounds: { bufferedBytes: 10 } });
  client.enqueue(batchOf(10));
  client.enqueue(batchOf(10));
  await clock.advance(STALL_MS - POLL_MS);
  assertEquals(socket.closes, []);
  await clock.advance(POLL_MS);
  assertEquals(socket.closes.map(({ code }) => code), [4008]);
  assertEquals(story.slice(1), ["exit", "close 4008"]);
  assertEquals([socket.sent.length, clock.timers], [1, 0]);
});

Deno.test("a client whose socket takes a little now and then is not dropped", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 10 } });
  client.enqueue(batchOf(1_000));
  client.enqueue(batchOf(10));
  for (let i = 0; i < 20; i++) {
    await clock.advance(STALL_MS - POLL_MS * 2);
    socket.drain(1);
  }
  assertEquals(socket.closes, []);
});

Deno.test("a reader whose queue is always equally long still counts as reading", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 20_000 } });
  client.enqueue(batchOf(20_000));
  // Frames of one size: whatever is read is replaced by the very same amount.
  for (let i = 0; i < 20; i++) {
    client.enqueue(batchOf(20_000));
    client.enqueue(batchOf(20_000));
    await clock.advance(STALL_MS / 4);
    socket.drain(20_000);
    await clock.advance(POLL_MS);
    assertEquals(socket.bufferedAmount, 20_000);
  }
  assertEquals(socket.closes, []);
});

Deno.test("a queue that empties in time restarts the timeout", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 10 } });
  for (let i = 0; i < 3; i++) {
    client.enqueue(batchOf(10));
    client.enqueue(batchOf(10));
    await clock.advance(STALL_MS - POLL_MS);
    socket.drain();
    await clock.advance(POLL_MS);
    socket.drain();
  }
  assertEquals(socket.closes, []);
});

// Replies ----------------------------------------------------------------------------------------

const list = { type: "list_rooms" };

/** Replies to each command with `bytes` bytes, as the hub does; records the refused commands. */
function answering(bytes: number, refused: Decoded[] = []): NonNullable<ClientSetting["handle"]> {
  return (client, decoded) => {
    if (!client.enqueue(batchOf(bytes))) refused.push(decoded);
  };
}

Deno.test("a client that requests much gets all of it, as fast as it reads", async () => {
  const refused: Decoded[] = [];
  const test = await setUpBlocked({ handle: answering(400_000, refused) });
  await test.receive(...new Array(10).fill(list));
  assertLess(test.received.length, 10);
  for (let i = 0; i < 20; i++) {
    test.socket.drain();
    await test.clock.advance(POLL_MS);
  }
  assertEquals([test.received.length, refused.length], [10, 0]);
  assertEquals(test.socket.sent.length, 10);
});

Deno.test("the commands of one array wait for each other's replies too", async () => {
  const refused: Decoded[] = [];
  const test = await setUpBlocked({ handle: answering(400_000, refused) });
  await test.receive(new Array(10).fill(list));
  assertLess(test.received.length, 10);
  for (let i = 0; i < 20; i++) {
    test.socket.drain();
    await test.clock.advance(POLL_MS);
  }
  assertEquals([test.received.length, refused.length], [10, 0]);
});

Deno.test("a client that keeps sending without reading is a flood", async () => {
  const test = await setUpBlocked({
    handle: answering(400_000),
    bounds: { inbox: { maxItems: 5, maxSize: 1_000 } },
  });
  for (let i = 0; i < 10; i++) await test.receive(list);
  assertEquals(test.socket.closes.map(({ code }) => code), [4029]);
});

Deno.test("commands of a lost client are still handled; those of a closed one are not", async () => {
  for (const lost of [true, false]) {
    const test = await setUpBlocked({ handle: answering(400_000) });
    await test.receive(list, list, list, list, list);
    const before = test.received.length;
    assertLess(before, 5);
    if (lost) test.socket.gone();
    else test.client.close("signed_out");
    await test.clock.settle();
    assertEquals(test.received.length, lost ? 5 : before);
  }
});
