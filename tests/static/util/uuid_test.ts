import { assert, assertEquals, assertMatch } from "@std/assert";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { keyMaker, newKey } from "../../../static/util/uuid.ts";

Deno.test("a key is a version 7 UUID without hyphens, and begins with the time", () => {
  const key = keyMaker(() => 0x0123456789ab)();
  assertMatch(key, /^0123456789ab7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  assert(newKey().length <= LIMITS.key_length);
});

Deno.test("each key sorts after all earlier keys, regardless of their number and of the clock", () => {
  const times = [5, 5, 9, 3, 3, 10];
  let now = 0;
  const make = keyMaker(() => now);
  const keys = times.flatMap((time) => {
    now = time;
    return Array.from({ length: 5_000 }, make);
  });
  assertEquals(keys, keys.toSorted());
  assertEquals(new Set(keys).size, keys.length);
});
