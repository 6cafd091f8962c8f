import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { late } from "../../static/late.ts";

Deno.test("what comes late is loaded once, for all who ask and all who wait", async () => {
  let times = 0;
  const part = late(() => Promise.resolve({ times: ++times }));
  assertEquals(part.loaded, undefined);
  const [one, other] = await Promise.all([part.load(), part.load()]);
  assertStrictEquals(one, other);
  assertStrictEquals(await part.there, one);
  assertStrictEquals(part.loaded, one);
  assertEquals(times, 1);
});

Deno.test("what could not be loaded is tried again when it is asked for again", async () => {
  let isDown = true;
  const part = late(() => isDown ? Promise.reject(new TypeError("no line")) : Promise.resolve([1]));
  await assertRejects(() => part.load(), TypeError, "no line");
  assertEquals(part.loaded, undefined);
  isDown = false;
  assertEquals(await part.load(), [1]);
  assertEquals(await part.there, [1]);
});
