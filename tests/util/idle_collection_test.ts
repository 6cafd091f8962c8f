import { assert, assertEquals, assertLess } from "@std/assert";
import { collectWhenIdle, ownHeap } from "../../lib/util/idle_collection.ts";
import { FakeClock } from "../support/fake_clock.ts";

const MB = 1_048_576;

/** A server whose heap and CPU time the test decides about. */
function setUp() {
  const clock = new FakeClock();
  const server = { size: 20 * MB, cpuMs: 0, collections: 0 };
  const end = collectWhenIdle(clock, {
    size: () => server.size,
    cpuMs: () => server.cpuMs,
    collect: () => server.collections += 1,
  });
  /** Some seconds in which the server uses some CPU time. @returns How often it has collected. */
  const pass = async (cpuMs: number) => {
    server.cpuMs += cpuMs;
    await clock.advance(2_000);
    return server.collections;
  };
  return { server, pass, end };
}

Deno.test("garbage is collected once after a burst, when the server is idle", async () => {
  const { pass } = setUp();
  assertEquals(await pass(1_500), 0, "busy");
  assertEquals(await pass(10), 1, "idle");
  assertEquals(await pass(10), 1, "nothing was done since");
  assertEquals(await pass(500), 1);
  assertEquals(await pass(600), 1);
  assertEquals(await pass(0), 2);
});

Deno.test("little work does not add up to a collection at a busy moment", async () => {
  const { pass } = setUp();
  for (let n = 0; n < 30; n++) assertEquals(await pass(50), 0);
});

Deno.test("a heap whose collection everyone would feel is left alone", async () => {
  const { server, pass } = setUp();
  server.size = 300 * MB;
  await pass(5_000);
  assertEquals(await pass(0), 0);
});

Deno.test("the collection ends with the server", async () => {
  const { pass, end } = setUp();
  await pass(5_000);
  end();
  assertEquals(await pass(0), 0);
});

Deno.test("the runtime lets the server collect what nothing refers to", () => {
  const heap = ownHeap();
  assert(heap !== null);
  const before = heap.size();
  let held: unknown[] | undefined = Array.from({ length: 1_000_000 }, (_, n) => ({ n }));
  assertLess(before + 16 * MB, heap.size(), `${held.length} objects`);
  const used = heap.size();
  held = undefined;
  heap.collect();
  assertLess(heap.size(), used - 8 * MB);
});
