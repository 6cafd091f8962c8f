import { assert, assertEquals } from "@std/assert";
import { around, earlier, later, rowsMax, sliceOf } from "../../static/slice.ts";
import { said } from "./support.ts";

const messages = Array.from({ length: 1_000 }, (_, i) => said(2 * i + 2));

/** The first and the last `seq` of a slice. */
function ends(from?: number, atEnd = false): [number | undefined, number | undefined] {
  const { start, end } = sliceOf(messages, from, atEnd);
  return [messages[start]?.seq, messages[end - 1]?.seq];
}

Deno.test("a room is entered at its end; a short one is all there", () => {
  assertEquals(ends()[1], 2_000);
  assertEquals(sliceOf(messages.slice(0, 3)), { start: 0, end: 3 });
  assertEquals(sliceOf([]), { start: 0, end: 0 });
});

Deno.test("a slice begins with its message, or with the next one where that is gone", () => {
  assertEquals(ends(400), [400, 400 + 2 * (rowsMax - 1)]);
  assertEquals(ends(399), [400, 400 + 2 * (rowsMax - 1)]);
});

Deno.test("who is at the end sees what comes there; who is not keeps what they see", () => {
  const from = 2_000 - 2 * rowsMax;
  assertEquals(ends(from, true)[1], 2_000);
  assertEquals(ends(from, false)[0], from);
  assert(sliceOf(messages, 2, true).end - sliceOf(messages, 2, true).start <= rowsMax);
});

Deno.test("a slice moves to either side until that is all, and never holds more", () => {
  let from: number | undefined = messages.at(-1)!.seq;
  const visited = new Set<number>();
  for (let next = earlier(messages, sliceOf(messages, from)); next !== undefined;) {
    assert(next < from);
    from = next;
    const slice = sliceOf(messages, from);
    assert(slice.end - slice.start <= rowsMax);
    for (let i = slice.start; i < slice.end; i++) visited.add(i);
    next = earlier(messages, slice);
  }
  assertEquals(from, 2);
  for (let next = later(messages, sliceOf(messages, from)); next !== undefined;) {
    assert(next > from);
    from = next;
    next = later(messages, sliceOf(messages, from));
  }
  assertEquals(sliceOf(messages, from).end, 1_000);
  assertEquals(visited.size, 1_000);
});

Deno.test("what is jumped to is in the middle, as far as there is something on both sides", () => {
  const { start, end } = sliceOf(messages, around(messages, 1_000));
  assertEquals([start, end], [499 - rowsMax / 2, 499 + rowsMax / 2]);
  assertEquals(ends(around(messages, 4))[0], 2);
  assertEquals(ends(around(messages, 1_998))[1], 2_000);
});

Deno.test("a slice whose messages are gone shows the end rather than nothing", () => {
  assertEquals(ends(5_000)[1], 2_000);
  assert(ends(5_000)[0] !== undefined);
});
