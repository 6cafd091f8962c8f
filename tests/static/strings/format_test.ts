import { assertEquals } from "@std/assert";
import { highlighted } from "../../../static/strings/deferred_format.ts";
import {
  agoOf,
  dayOf,
  huesOf,
  initialsOf,
  sizeOf,
  timeOf,
  whenOf,
} from "../../../static/strings/format.ts";

Deno.test("the age of a message is in its largest unit", () => {
  const now = new Date(2026, 10, 21, 12, 0).getTime();
  const said = [-5, 0, 59, 60, 59 * 60, 3_600, 86_400, 12 * 86_400, 400 * 86_400]
    .map((ago) => agoOf(now - ago * 1_000, now));
  const short = ["now", "now", "now", "1 minute ago", "59 minutes ago", "1 hour ago"];
  assertEquals(said, [...short, "yesterday", "12 days ago", "last year"]);
});

Deno.test("highlighted cuts a snippet at its matches", () => {
  assertEquals(highlighted("a demo at three", [[2, 6]]), [
    { text: "a ", marked: false },
    { text: "demo", marked: true },
    { text: " at three", marked: false },
  ]);
});

Deno.test("initialsOf and huesOf are the same for every spelling of a name", () => {
  assertEquals(["Bob", "Alice van Dam", "émile"].map(initialsOf), ["B", "AD", "É"]);
  assertEquals(huesOf("Alice"), huesOf("ALICE"));
});

Deno.test("dayOf says today and yesterday", () => {
  const now = new Date(2026, 2, 1, 12).getTime();
  assertEquals(dayOf(now - 1000, now), "Today");
  assertEquals(dayOf(new Date(2026, 1, 28, 23).getTime(), now), "Yesterday");
});

Deno.test("whenOf has the year where it is another one", () => {
  const now = new Date(2026, 2, 1, 12).getTime();
  const when = (...day: [number, number, number]) => whenOf(new Date(...day).getTime(), now);
  assertEquals(when(2026, 2, 1), timeOf(new Date(2026, 2, 1).getTime()));
  assertEquals([when(2026, 0, 31), when(2025, 11, 31)], ["Jan 31", "Dec 31, 2025"]);
});

Deno.test("sizeOf formats bytes in the unit that keeps them short", () => {
  const sizes = [0, 1, 300, 1_000, 64_123, 1_234_567, 26_214_400, 3_100_000_000].map(sizeOf);
  assertEquals(sizes, [
    "0 bytes",
    "1 byte",
    "300 bytes",
    "1 kB",
    "64.1 kB",
    "1.2 MB",
    "26.2 MB",
    "3.1 GB",
  ]);
});
