import { assert, assertEquals, assertLess } from "@std/assert";
import { Batch } from "../lib/batch.ts";
import { SUBPROTOCOLS } from "../lib/protocol.ts";
import type { Decoded } from "../lib/schemas/frames.ts";
import { batchOf, type ClientSetting, setUpClient } from "./support/client.ts";

/** The client's own figures, as its peers notice them. */
const POLL_MS = 10;
const STALL_MS = 60_000;

/** A client that is in, on a socket that keeps what it is given until it is drained. */
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
    client.offer(new Batch(['{"type":"a","seq":1}', '{"type":"a","seq":2}']));
    client.offer(new Batch(["3"]));
    assertEquals(socket.sent, [...sent]);
  });
}

for (const subprotocol of SUBPROTOCOLS) {
  Deno.test(`with nothing in its way a batch of ${subprotocol} is sent at once, as the string that all share`, async () => {
    const { client, socket, clock, open } = setUpClient({ subprotocol });
    await open();
    const batch = new Batch(["1", "2"]);
    client.offer(batch);
    const shared = subprotocol === "chat.batch.v1" ? batch.frame : batch.shortFrame;
    assert(socket.sent[0] === shared);
    assertEquals(clock.timers, 0);
  });
}

Deno.test("the socket is given nothing while it holds as much as it may", async () => {
  const { client, socket } = await setUpBlocked({ bounds: { bufferedBytes: 100 } });
  client.offer(batchOf(60));
  client.offer(batchOf(60));
  assertEquals(socket.bufferedAmount, 120);
  for (let i = 0; i < 50; i++) client.offer(batchOf(60));
  assertEquals(socket.bufferedAmount, 120);
});

Deno.test("the queue goes on when the socket has drained, in order, with nothing overtaken", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 4 } });
  client.offer(small("1"));
  client.offer(small("2"));
  await clock.advance(POLL_MS * 5);
  assertEquals(socket.sent, ['["1"]']);
  socket.drain();
  // There is room now, but "2" is first.
  client.offer(small("3"));
  assertEquals(socket.sent, ['["1"]']);
  await clock.advance(POLL_MS);
  assertEquals(socket.sent, ['["1"]', '["2","3"]']);
  assertEquals(clock.timers, 0);
  socket.drain();
  client.offer(small("4"));
  assertEquals(socket.sent.at(-1), '["4"]');
});

Deno.test("what has waited travels together, about 16 KiB in a frame", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 100_000 } });
  client.offer(batchOf(100_000));
  for (let i = 0; i < 40; i++) client.offer(batchOf(1_000, `${i % 10}`));
  socket.drain();
  await clock.advance(POLL_MS);
  const frames = socket.sent.slice(1).map((frame) => JSON.parse(frame));
  assertEquals(frames.map(({ length }) => length), [16, 16, 8]);
  assertEquals(
    frames.flat().map(([char]) => Number(char)),
    Array.from({ length: 40 }, (_, i) => i % 10),
  );
});

Deno.test("a batch over 16 KiB goes alone, and the one after it too", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 100_000 } });
  client.offer(batchOf(100_000));
  for (const bytes of [20_000, 10, 20_000]) client.offer(batchOf(bytes));
  socket.drain();
  await clock.advance(POLL_MS);
  assertEquals(socket.sent.slice(1).map((frame) => frame.length), [20_000, 10, 20_000]);
});

Deno.test("the bound is checked before anything is added, and what is refused is not sent", async () => {
  const { client, socket, clock } = await setUpBlocked({
    bounds: { bufferedBytes: 10, queueBytes: 100 },
  });
  client.offer(batchOf(10));
  assertEquals([60, 40, 5].map((bytes) => client.offer(batchOf(bytes))), [true, true, false]);
  socket.drain();
  await clock.advance(POLL_MS);
  socket.drain();
  await clock.advance(POLL_MS);
  assertEquals(socket.sent.join("").length, 10 + 60 + 40 - "][".length + ",".length);
  // There is room again, and as much as before.
  socket.drain();
  client.offer(batchOf(10));
  assertEquals([60, 40, 5].map((bytes) => client.offer(batchOf(bytes))), [true, true, false]);
});

Deno.test("the bound counts bytes, not characters", async () => {
  const { client } = await setUpBlocked({ bounds: { bufferedBytes: 1, queueBytes: 100 } });
  client.offer(small("x"));
  assertEquals(client.offer(small("語".repeat(32))), true);
  assertEquals(client.offer(small("x")), false);
});

Deno.test("below the bound a batch of any length is taken: a long answer is no slowness", async () => {
  const { client, socket, clock } = await setUpBlocked({
    bounds: { bufferedBytes: 10, queueBytes: 100 },
  });
  for (const bytes of [10, 99]) client.offer(batchOf(bytes));
  assertEquals(client.offer(batchOf(5_000)), true);
  assertEquals(client.offer(batchOf(5)), false);
  socket.drain();
  await clock.advance(POLL_MS);
  assertEquals(socket.sent.at(-1)?.length, 99 + 5_000 - 1);
});

Deno.test("a socket that takes nothing at all is given up after a while", async () => {
  const { client, socket, clock, story } = await setUpBlocked({ bounds: { bufferedBytes: 10 } });
  client.offer(batchOf(10));
  client.offer(batchOf(10));
  await clock.advance(STALL_MS - POLL_MS);
  assertEquals(socket.closes, []);
  await clock.advance(POLL_MS);
  assertEquals(socket.closes.map(({ code }) => code), [4008]);
  assertEquals(story.slice(1), ["exit", "close 4008"]);
  assertEquals([socket.sent.length, clock.timers], [1, 0]);
});

Deno.test("a socket that takes a little now and then is not given up", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 10 } });
  client.offer(batchOf(1_000));
  client.offer(batchOf(10));
  for (let i = 0; i < 20; i++) {
    await clock.advance(STALL_MS - POLL_MS * 2);
    socket.drain(1);
  }
  assertEquals(socket.closes, []);
});

Deno.test("a reader that always has as much before it as before still reads", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 20_000 } });
  client.offer(batchOf(20_000));
  // Frames of one size: whatever is read is filled up to the very same amount again.
  for (let i = 0; i < 20; i++) {
    client.offer(batchOf(20_000));
    client.offer(batchOf(20_000));
    await clock.advance(STALL_MS / 4);
    socket.drain(20_000);
    await clock.advance(POLL_MS);
    assertEquals(socket.bufferedAmount, 20_000);
  }
  assertEquals(socket.closes, []);
});

Deno.test("a queue that empties in time starts its patience anew", async () => {
  const { client, socket, clock } = await setUpBlocked({ bounds: { bufferedBytes: 10 } });
  for (let i = 0; i < 3; i++) {
    client.offer(batchOf(10));
    client.offer(batchOf(10));
    await clock.advance(STALL_MS - POLL_MS);
    socket.drain();
    await clock.advance(POLL_MS);
    socket.drain();
  }
  assertEquals(socket.closes, []);
});

// What somebody asks for -----------------------------------------------------------------------

const list = { type: "list_rooms" };

/** Answers each command with so many bytes, as the hub does; notes who was refused. */
function answering(bytes: number, refused: Decoded[] = []): NonNullable<ClientSetting["handle"]> {
  return (client, decoded) => {
    if (!client.offer(batchOf(bytes))) refused.push(decoded);
  };
}

Deno.test("whoever asks for much gets all of it, as fast as they read", async () => {
  const refused: Decoded[] = [];
  const test = await setUpBlocked({ handle: answering(400_000, refused) });
  await test.receive(...new Array(10).fill(list));
  assertLess(test.heard.length, 10);
  for (let i = 0; i < 20; i++) {
    test.socket.drain();
    await test.clock.advance(POLL_MS);
  }
  assertEquals([test.heard.length, refused.length], [10, 0]);
  assertEquals(test.socket.sent.length, 10);
});

Deno.test("the commands of one array wait for each other's answers too", async () => {
  const refused: Decoded[] = [];
  const test = await setUpBlocked({ handle: answering(400_000, refused) });
  await test.receive(new Array(10).fill(list));
  assertLess(test.heard.length, 10);
  for (let i = 0; i < 20; i++) {
    test.socket.drain();
    await test.clock.advance(POLL_MS);
  }
  assertEquals([test.heard.length, refused.length], [10, 0]);
});

Deno.test("whoever goes on asking without reading is a flood", async () => {
  const test = await setUpBlocked({
    handle: answering(400_000),
    bounds: { inbox: { maxItems: 5, maxSize: 1_000 } },
  });
  for (let i = 0; i < 10; i++) await test.receive(list);
  assertEquals(test.socket.closes.map(({ code }) => code), [4029]);
});

Deno.test("whoever waits for answers and is lost is still heard out; when closed, not", async () => {
  for (const lost of [true, false]) {
    const test = await setUpBlocked({ handle: answering(400_000) });
    await test.receive(list, list, list, list, list);
    const before = test.heard.length;
    assertLess(before, 5);
    if (lost) test.socket.gone();
    else test.client.close("signed_out");
    await test.clock.settle();
    assertEquals(test.heard.length, lost ? 5 : before);
  }
});
