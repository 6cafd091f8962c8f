import { assert, assertEquals } from "@std/assert";
import { measureCity } from "./support/city.ts";

Deno.test("what everyone gets does not grow with the users, the rooms and the reactions", async () => {
  const small = await measureCity({ people: 300, rooms: 210 });
  const large = await measureCity({ people: 3_000, rooms: 2_100 });
  assertEquals(large.map(({ name }) => name), small.map(({ name }) => name));
  for (const [n, { name, length }] of large.entries()) {
    const before = small[n]!.length;
    assert(length < 1.2 * before, `${name} grows from ${before} to ${length}`);
    // 20 replies to `join` are in one figure.
    assert(length < 20 * 30_000, `${name} has a length of ${length}`);
  }
});
