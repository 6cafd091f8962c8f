import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { lazyModule } from "../../../static/util/lazy_module.ts";

Deno.test("a lazy module is loaded once for all its callers", async () => {
  let times = 0;
  const part = lazyModule(() => Promise.resolve({ times: ++times }));
  assertEquals(part.loaded, undefined);
  const [one, other] = await Promise.all([part.load(), part.load()]);
  assertStrictEquals(one, other);
  assertStrictEquals(await part.there, one);
  assertStrictEquals(part.loaded, one);
  assertEquals(times, 1);
});

Deno.test("a module that failed to load is loaded again at the next call", async () => {
  let isDown = true;
  const part = lazyModule(() =>
    isDown ? Promise.reject(new TypeError("no line")) : Promise.resolve([1])
  );
  await assertRejects(() => part.load(), TypeError, "no line");
  assertEquals(part.loaded, undefined);
  isDown = false;
  assertEquals(await part.load(), [1]);
  assertEquals(await part.there, [1]);
});
