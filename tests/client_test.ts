import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Batch } from "../lib/chat/outbound_batch.ts";
import { batchOf, setUpClient } from "./support/client.ts";

const list = { type: "list_rooms" };
const typing = { type: "typing", room: "lobby" };

// Reading --------------------------------------------------------------------------------------

Deno.test("the client enters the hub when the socket opens, once", async () => {
  const { story, open } = setUpClient();
  assertEquals(story, []);
  await open();
  assertEquals(story, ["enter"]);
});

Deno.test("commands are handled in order, one after the other", async () => {
  const busy = Promise.withResolvers<void>();
  const test = setUpClient({ handle: () => busy.promise });
  await test.open();
  await test.receive(list, typing);
  assertEquals(test.carriedOut, ["list_rooms"]);
  busy.resolve();
  await test.clock.settle();
  assertEquals(test.carriedOut, ["list_rooms", "typing"]);
});

Deno.test("commands that arrive before the client has entered the hub wait", async () => {
  const entering = Promise.withResolvers<void>();
  const test = setUpClient({ entering: entering.promise });
  await test.open();
  await test.receive(list);
  assertEquals(test.carriedOut, []);
  entering.resolve();
  await test.clock.settle();
  assertEquals(test.carriedOut, ["list_rooms"]);
});

for (const subprotocol of ["chat.batch.v2", "chat.batch.v1", null] as const) {
  Deno.test(`an array holds several commands, with ${subprotocol ?? "no subprotocol"}`, async () => {
    const test = setUpClient({ subprotocol });
    await test.open();
    await test.receive([list, typing, { type: "shout" }], [], [[list]], list);
    assertEquals(test.carriedOut, [
      "list_rooms",
      "typing",
      "unknown_type",
      "bad_request",
      "list_rooms",
    ]);
  });
}

Deno.test("invalid JSON is one bad command, and the next one is handled", async () => {
  const test = setUpClient();
  await test.open();
  for (const text of ["", "{", "undefined", '{"type":"typing"', "[1,]"]) test.socket.receive(text);
  await test.receive(list, list);
  assertEquals(test.carriedOut, [...new Array(5).fill("bad_json"), "list_rooms", "list_rooms"]);
  assertEquals(test.socket.closes, []);
});

Deno.test("a command that throws is answered try_again with its key, and the next is handled", async () => {
  let left = 2;
  const test = setUpClient({
    handle() {
      if (left-- > 0) throw new Error("secret of the house");
    },
  });
  await test.open();
  await test.receive({ ...list, key: "k" }, { type: "shout", key: "l" }, typing);
  assertEquals(test.carriedOut, ["list_rooms", "unknown_type", "typing"]);
  const answers = test.socket.sent.flatMap((frame) => JSON.parse(frame));
  assertEquals(
    answers.map(({ type, code, key }) => [type, code, key]),
    [["error", "try_again", "k"], ["error", "try_again", "l"]],
  );
  assert(!test.socket.sent.join().includes("secret"));
  assertStringIncludes(test.logged.join(), "secret of the house");
});

for (
  const [name, data, code] of [
    ["bytes", new Uint8Array(3), 1003],
    ["a buffer", new ArrayBuffer(3), 1003],
    ["65,537 bytes of ASCII", "x".repeat(65_537), 1009],
    ["65,537 bytes in two-byte characters", "x" + "é".repeat(32_768), 1009],
    ["65,538 bytes in three-byte characters", "語".repeat(21_846), 1009],
    ["65,540 bytes in four-byte characters", "😀".repeat(16_385), 1009],
  ] as const
) {
  Deno.test(`${name}: closed with ${code}, and no further command is handled`, async () => {
    const test = setUpClient();
    await test.open();
    test.socket.receive(JSON.stringify(list));
    test.socket.receive(data);
    await test.receive(list);
    assertEquals(test.socket.closes.map((close) => close.code), [code]);
    assertEquals(test.carriedOut, []);
  });
}

for (
  const text of [
    "x".repeat(65_536),
    "é".repeat(32_768),
    "x" + "語".repeat(21_845),
    "😀".repeat(16_384),
  ]
) {
  Deno.test(`a message of 64 KiB in "${[...text].at(-1)}" is handled`, async () => {
    const test = setUpClient();
    await test.open();
    test.socket.receive(text);
    await test.clock.settle();
    assertEquals(test.carriedOut, ["bad_json"]);
  });
}

Deno.test("more commands than the inbox holds are a flood", async () => {
  const busy = Promise.withResolvers<void>();
  const test = setUpClient({
    bounds: { inbox: { maxItems: 2, maxSize: 1_000 } },
    handle: () => busy.promise,
  });
  await test.open();
  await test.receive(list);
  await test.receive(list, list);
  assertEquals(test.socket.closes, []);
  await test.receive(list);
  assertEquals(test.socket.closes.map(({ code }) => code), [4029]);
  busy.resolve();
  await test.clock.settle();
  assertEquals(test.carriedOut, ["list_rooms"]);
});

Deno.test("the commands of a peer that sends and leaves at once are still handled", async () => {
  const entering = Promise.withResolvers<void>();
  const test = setUpClient({ entering: entering.promise });
  await test.open();
  await test.receive(list, [typing, list]);
  test.socket.gone();
  await test.client.ended;
  entering.resolve();
  await test.clock.settle();
  assertEquals(test.carriedOut, ["list_rooms", "typing", "list_rooms"]);
  // Its entry completed only after it had left: then it has to exit again.
  assertEquals(test.story.at(-1), "exit");
  assertEquals(test.socket.sent, []);
});

Deno.test("a hub that fails to enter it closes with 1011, and only the log says why", async () => {
  const entering = Promise.reject(new Error("no store"));
  entering.catch(() => {});
  const test = setUpClient({ entering });
  await test.open();
  assertEquals(test.socket.closes, [{ code: 1011, reason: "internal error" }]);
  assertStringIncludes(test.logged.join(), "no store");
});

// Ending ---------------------------------------------------------------------------------------

Deno.test("the hub removes it before the socket closes; closing again changes nothing", async () => {
  const { client, story, open } = setUpClient();
  await open();
  client.close("signed_out");
  client.close("going_away");
  assertEquals(story, ["enter", "exit", "close 4501"]);
});

Deno.test("after a close nothing more is sent or handled", async () => {
  const busy = Promise.withResolvers<void>();
  const test = setUpClient({ handle: () => busy.promise });
  await test.open();
  await test.receive([list, typing], typing);
  test.client.close("normal");
  busy.resolve();
  await test.receive(typing);
  assertEquals(test.client.enqueue(batchOf(10)), true);
  await test.clock.advance(1_000);
  assertEquals(test.carriedOut, ["list_rooms"]);
  assertEquals(test.socket.sent, []);
  assertEquals(test.clock.timers, 0);
});

Deno.test("queued messages are sent before a normal close", async () => {
  const { client, socket, story, open, clock } = setUpClient({ bounds: { bufferedBytes: 1 } });
  await open();
  socket.drains = false;
  for (const message of ["1", "2", "3"]) client.enqueue(new Batch([message]));
  assertEquals(socket.sent, ["[1]"]);
  const send = socket.send.bind(socket);
  socket.send = (data) => {
    story.push(`send ${data}`);
    send(data);
  };
  client.close("going_away");
  assertEquals(story.slice(1), ["exit", "send [2]", "send [3]", "close 1001"]);
  assertEquals(clock.timers, 0);
});

Deno.test("the unread queue of a slow reader is dropped", async () => {
  const { client, socket, clock, open } = setUpClient({ bounds: { bufferedBytes: 1 } });
  await open();
  socket.drains = false;
  for (const message of ["1", "2"]) client.enqueue(new Batch([message]));
  client.close("slow_reader");
  assertEquals(socket.sent, ["[1]"]);
  assertEquals(socket.closes, [{ code: 4008, reason: "reading too slowly" }]);
  assertEquals(clock.timers, 0);
});

Deno.test("nothing is kept for a connection that has ended, however full its socket", async () => {
  const { client, socket, clock, open } = setUpClient({ bounds: { bufferedBytes: 1 } });
  await open();
  socket.drains = false;
  client.enqueue(new Batch(["1"]));
  client.close("normal");
  for (let i = 0; i < 3; i++) assertEquals(client.enqueue(batchOf(1_000_000)), true);
  assertEquals(clock.timers, 0);
});

Deno.test("a connection has ended when the socket is gone, not when it is asked to close", async () => {
  const { client, socket, clock, open } = setUpClient();
  let ended = false;
  void client.ended.then(() => ended = true);
  await open();
  client.close("normal");
  await clock.settle();
  assertEquals(ended, false);
  socket.gone();
  await clock.settle();
  assertEquals(ended, true);
});

Deno.test("a lost connection is removed once, with its queue", async () => {
  const { client, socket, story, clock, open } = setUpClient({ bounds: { bufferedBytes: 1 } });
  await open();
  socket.drains = false;
  for (const message of ["1", "2"]) client.enqueue(new Batch([message]));
  socket.dispatchEvent(new Event("error"));
  socket.gone();
  await client.ended;
  client.close("normal");
  assertEquals(story, ["enter", "exit"]);
  assertEquals([socket.sent, socket.closes, clock.timers], [["[1]"], [], 0]);
});

Deno.test("a connection whose socket is lost before it opens ends as well", async () => {
  const { client, socket, clock } = setUpClient();
  socket.gone();
  await client.ended;
  await clock.settle();
  assertEquals(socket.sent, []);
});
