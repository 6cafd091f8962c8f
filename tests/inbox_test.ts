import { assertEquals } from "@std/assert";
import { Inbox } from "../lib/inbox.ts";

function setUp(bounds = { maxItems: 3, maxSize: 100 }) {
  const inbox = new Inbox<string>(bounds);
  const read: string[] = [];
  /** Reads to the end, or until `enough` items have come. */
  const readAll = async (enough = Infinity) => {
    for await (const item of inbox) if (read.push(item) >= enough) return;
  };
  return { inbox, read, readAll };
}

async function turns(count = 10): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

Deno.test("what is pushed is read in order, before or after the reader came", async () => {
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

Deno.test("one turn may bring several", async () => {
  const { inbox, read, readAll } = setUp();
  const reading = readAll();
  await turns();
  for (const item of ["a", "b", "c"]) inbox.push(item, 1);
  inbox.end();
  await reading;
  assertEquals(read, ["a", "b", "c"]);
});

Deno.test("the end comes after what is there, and nothing after the end", async () => {
  const { inbox, read, readAll } = setUp();
  inbox.push("a", 1);
  inbox.end();
  assertEquals(inbox.push("b", 1), false);
  await readAll();
  assertEquals(read, ["a"]);
});

Deno.test("the end wakes a reader that waits; ending twice is ending once", async () => {
  const { inbox, read, readAll } = setUp();
  const reading = readAll();
  await turns();
  inbox.end();
  inbox.end();
  await reading;
  assertEquals(read, []);
});

Deno.test("what is cleared is not read, what comes after it is", async () => {
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
    ["as many items as it may hold", [1, 1, 1, 1], [true, true, true, false]],
    ["as much as it may hold", [50, 50, 1], [true, true, false]],
    ["what fits, though something before did not", [99, 2, 1], [true, false, true]],
    ["nothing that is too big for it", [101], [false]],
    ["items without size up to their number", [0, 0, 0, 0], [true, true, true, false]],
  ] as const
) {
  Deno.test(`it takes ${name}`, () => {
    const { inbox } = setUp();
    assertEquals(sizes.map((size) => inbox.push("x", size)), [...taken]);
  });
}

Deno.test("what is read makes room", async () => {
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

Deno.test("a reader that is busy leaves the rest in the inbox, within its bounds", async () => {
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
