import { assertEquals } from "@std/assert";
import { Inbox } from "../../lib/chat/inbox.ts";

function setUp(bounds = { maxItems: 3, maxSize: 100 }) {
  const inbox = new Inbox<string>(bounds);
  const read: string[] = [];
  /** Reads to the end, or until `enough` items have been read. */
  const readAll = async (enough = Infinity) => {
    for await (const item of inbox) if (read.push(item) >= enough) return;
  };
  return { inbox, read, readAll };
}

async function turns(count = 10): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

Deno.test("items are read in the order they were pushed, before or after the reader started", async () => {
  const { inbox, read, readAll } = setUp();
  inbox.push("a", 1);
  inbox.push("b", 1);
  const reading = readAll();
  await turns();
  assertEquals(read, ["a", "b"]);
  inbox.push("c", 1);
  await turns();
  assertEquals(read, ["a", "b", "c"]);
  inbox.end();
  await reading;
});

Deno.test("several items may be pushed in one turn", async () => {
  const { inbox, read, readAll } = setUp();
  const reading = readAll();
  await turns();
  for (const item of ["a", "b", "c"]) inbox.push(item, 1);
  inbox.end();
  await reading;
  assertEquals(read, ["a", "b", "c"]);
});

Deno.test("the end comes after the pushed items, and nothing comes after the end", async () => {
  const { inbox, read, readAll } = setUp();
  inbox.push("a", 1);
  inbox.end();
  assertEquals(inbox.push("b", 1), false);
  await readAll();
  assertEquals(read, ["a"]);
});

Deno.test("end wakes a waiting reader; a second end has no effect", async () => {
  const { inbox, read, readAll } = setUp();
  const reading = readAll();
  await turns();
  inbox.end();
  inbox.end();
  await reading;
  assertEquals(read, []);
});

Deno.test("cleared items are not read; items pushed later are", async () => {
  const { inbox, read, readAll } = setUp({ maxItems: 2, maxSize: 2 });
  inbox.push("a", 1);
  inbox.push("b", 1);
  inbox.clear();
  assertEquals([inbox.push("c", 1), inbox.push("d", 1)], [true, true]);
  inbox.end();
  await readAll();
  assertEquals(read, ["c", "d"]);
});

for (
  const [name, sizes, taken] of [
    ["up to the maximum number of items", [1, 1, 1, 1], [true, true, true, false]],
    ["items up to the maximum total size", [50, 50, 1], [true, true, false]],
    ["an item that fits, though an earlier one did not", [99, 2, 1], [true, false, true]],
    ["no item larger than the maximum size", [101], [false]],
    ["items without size up to the maximum number", [0, 0, 0, 0], [true, true, true, false]],
  ] as const
) {
  Deno.test(`accepts ${name}`, () => {
    const { inbox } = setUp();
    assertEquals(sizes.map((size) => inbox.push("x", size)), [...taken]);
  });
}

Deno.test("reading an item makes room for another", async () => {
  const { inbox, read, readAll } = setUp({ maxItems: 2, maxSize: 10 });
  inbox.push("a", 5);
  inbox.push("b", 5);
  assertEquals(inbox.push("c", 1), false);
  await readAll(1);
  assertEquals([inbox.push("d", 5), inbox.push("e", 1)], [true, false]);
  inbox.end();
  await readAll();
  assertEquals(read, ["a", "b", "d"]);
});

Deno.test("while a reader is busy the remaining items stay in the inbox, within its bounds", async () => {
  const { inbox } = setUp({ maxItems: 2, maxSize: 10 });
  const busy = Promise.withResolvers<void>();
  const read: string[] = [];
  const reading = (async () => {
    for await (const item of inbox) {
      read.push(item);
      await busy.promise;
    }
  })();
  inbox.push("a", 1);
  await turns();
  assertEquals(["b", "c", "d"].map((item) => inbox.push(item, 1)), [true, true, false]);
  assertEquals(read, ["a"]);
  busy.resolve();
  inbox.end();
  await reading;
  assertEquals(read, ["a", "b", "c"]);
});
