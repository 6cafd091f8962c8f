import { assertEquals } from "@std/assert";
import { dayOf, highlighted, hueOf, initialsOf } from "../../static/format.ts";

Deno.test("highlighted cuts a snippet where its matches stand", () => {
  assertEquals(highlighted("a demo at three", [[2, 6]]), [
    { text: "a ", marked: false },
    { text: "demo", marked: true },
    { text: " at three", marked: false },
  ]);
});

Deno.test("initialsOf and hueOf stand for a name, however it is written", () => {
  assertEquals(["Bob", "Alice van Dam", "émile"].map(initialsOf), ["B", "AD", "É"]);
  assertEquals(hueOf("Alice"), hueOf("ALICE"));
});

Deno.test("dayOf says today and yesterday", () => {
  const now = new Date(2026, 2, 1, 12).getTime();
  assertEquals(dayOf(now - 1000, now), "Today");
  assertEquals(dayOf(new Date(2026, 1, 28, 23).getTime(), now), "Yesterday");
});
