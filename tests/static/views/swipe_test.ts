import { assertEquals } from "@std/assert";
import { hasMoved, swipeOf } from "../../../static/views/log/swipe.ts";

Deno.test("a finger that trembles still rests", () => {
  assertEquals([hasMoved(0, 0), hasMoved(6, -7), hasMoved(0, 11), hasMoved(11, 0)], [
    false,
    false,
    true,
    true,
  ]);
});

Deno.test("a finger that goes down or back scrolls, and swipes nothing", () => {
  assertEquals(swipeOf(12, 40, false), undefined);
  assertEquals(swipeOf(20, 20, false), undefined);
  assertEquals(swipeOf(-30, 0, false), undefined);
});

Deno.test("a swipe replies from a distance on, and no more once the finger comes back", () => {
  assertEquals(swipeOf(20, 4, false), { offset: 20, replies: false });
  assertEquals(swipeOf(60, 40, true), { offset: 60, replies: true });
  assertEquals(swipeOf(300, 0, true), { offset: 72, replies: true });
  assertEquals(swipeOf(-5, 0, true), { offset: 0, replies: false });
});
