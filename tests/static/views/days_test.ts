import { assertEquals } from "@std/assert";
import { daysAgo, startOfDay } from "../../../static/views/log/days.ts";

Deno.test("a day begins at midnight where the reader is, across a month too", () => {
  const now = new Date(2026, 2, 3, 15, 30).getTime();
  assertEquals(daysAgo(0, now), new Date(2026, 2, 3).getTime());
  assertEquals(daysAgo(7, now), new Date(2026, 1, 24).getTime());
});

Deno.test("a date field counts once it has a whole year", () => {
  assertEquals(startOfDay("2026-11-30"), new Date(2026, 10, 30).getTime());
  assertEquals(["", "0002-11-30", "0202-01-01"].map(startOfDay), [undefined, undefined, undefined]);
  assertEquals(startOfDay("1970-01-01")! >= 0, true);
});
