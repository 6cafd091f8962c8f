import { assertEquals } from "@std/assert";
import { itemsOf } from "../../lib/transfer/json_items.ts";

/** The items of a text that arrives in chunks of so many bytes. */
function items(text: string, size: number) {
  const bytes = new TextEncoder().encode(text);
  const chunks = Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, n) => bytes.slice(n * size, (n + 1) * size),
  );
  return itemsOf(chunks).map((item) => "value" in item ? item.value : item.problem).toArray();
}

Deno.test("a list is read item by item, however its bytes arrive", () => {
  const values = [{ a: [1, "], [", { b: '"}\\' }] }, "é👩‍🚀\u0000", null, [], {}, -1.5e3, [[[]]]];
  for (const size of [1, 2, 3, 7, 1_000]) {
    for (const text of [JSON.stringify(values), `\ufeff \n${JSON.stringify(values, null, 2)}\n`]) {
      assertEquals(items(text, size), values);
    }
    assertEquals(items("[]", size), []);
    assertEquals(items(" [ \n ] ", size), []);
  }
});

Deno.test("what cannot be read in a list does not hide the rest", () => {
  for (const size of [1, 1_000]) {
    assertEquals(items('[1, x, {"a" 2}, 3, , 4]', size), [
      1,
      "it is not valid JSON",
      "it is not valid JSON",
      3,
      "it is not valid JSON",
      4,
    ]);
    assertEquals(items('[1, {"a": [2', size), [1, "it was cut short"]);
    assertEquals(items('[1, "an open end', size), [1, "it was cut short"]);
    assertEquals(items("{}", size), ["it is no list"]);
    assertEquals(items("", size), ["it is empty"]);
  }
});

Deno.test("an item that is too long is left out", () => {
  const long = `"${"x".repeat(17 * 1_048_576)}"`;
  assertEquals(items(`[1, ${long}, 2]`, 65_536), [1, "it is too long", 2]);
});
