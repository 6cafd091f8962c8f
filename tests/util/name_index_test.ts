import { assertEquals } from "@std/assert";
import { NameIndex } from "../../lib/util/name_index.ts";

Deno.test("a list in the order of names is read in pages", () => {
  const list = new NameIndex([["carol", 3], ["alice", 1], ["anton", 2]]);
  list.set("anna", 4);
  list.set("carol", 5);
  list.set("zed", 6);
  list.delete("zed");
  list.delete("nobody");
  const page = (begins: string, after: string, limit: number) => {
    const { values, more } = list.page({ begins, after, limit });
    return [...values, more];
  };
  assertEquals(page("", "", 9), [1, 4, 2, 5, false]);
  assertEquals(page("", "", 4), [1, 4, 2, 5, false]);
  assertEquals(page("", "", 3), [1, 4, 2, true]);
  assertEquals(page("", "anna", 1), [2, true]);
  assertEquals(page("", "b", 9), [5, false], "after a name that is not in the list");
  assertEquals(page("an", "", 1), [4, true]);
  assertEquals(page("an", "anna", 1), [2, false]);
  assertEquals(page("an", "carol", 1), [false]);
  assertEquals(page("x", "", 1), [false]);
  assertEquals([list.get("carol"), list.get("zed")], [5, undefined]);
});
