import { assert, assertEquals } from "@std/assert";
import {
  around,
  earlier,
  later,
  logWindowOf,
  rowsMax,
} from "../../../static/views/log/log_window.ts";
import { said } from "../support.ts";

const messages = Array.from({ length: 1_000 }, (_, i) => said(2 * i + 2));

/** The first and the last `seq` of a window. */
function ends(from?: number, atEnd = false): [number | undefined, number | undefined] {
  const { start, end } = logWindowOf(messages, from, atEnd);
  return [messages[start]?.seq, messages[end - 1]?.seq];
}

Deno.test("a room opens at its end; a short log is shown whole", () => {
  assertEquals(ends()[1], 2_000);
  assertEquals(logWindowOf(messages.slice(0, 3)), { start: 0, end: 3 });
  assertEquals(logWindowOf([]), { start: 0, end: 0 });
});

Deno.test("a window begins with its message, or with the next one if that is gone", () => {
  assertEquals(ends(400), [400, 400 + 2 * (rowsMax - 1)]);
  assertEquals(ends(399), [400, 400 + 2 * (rowsMax - 1)]);
});

Deno.test("a window at the end follows new messages; any other stays", () => {
  const from = 2_000 - 2 * rowsMax;
  assertEquals(ends(from, true)[1], 2_000);
  assertEquals(ends(from, false)[0], from);
  assert(logWindowOf(messages, 2, true).end - logWindowOf(messages, 2, true).start <= rowsMax);
});

Deno.test("a window moves to either side up to the end, and stays bounded", () => {
  let from: number | undefined = messages.at(-1)!.seq;
  const visited = new Set<number>();
  for (let next = earlier(messages, logWindowOf(messages, from)); next !== undefined;) {
    assert(next < from);
    from = next;
    const slice = logWindowOf(messages, from);
    assert(slice.end - slice.start <= rowsMax);
    for (let i = slice.start; i < slice.end; i++) visited.add(i);
    next = earlier(messages, slice);
  }
  assertEquals(from, 2);
  for (let next = later(messages, logWindowOf(messages, from)); next !== undefined;) {
    assert(next > from);
    from = next;
    next = later(messages, logWindowOf(messages, from));
  }
  assertEquals(logWindowOf(messages, from).end, 1_000);
  assertEquals(visited.size, 1_000);
});

Deno.test("a jump puts its message in the middle, as far as there are messages on both sides", () => {
  const { start, end } = logWindowOf(messages, around(messages, 1_000));
  assertEquals([start, end], [499 - rowsMax / 2, 499 + rowsMax / 2]);
  assertEquals(ends(around(messages, 4))[0], 2);
  assertEquals(ends(around(messages, 1_998))[1], 2_000);
});

Deno.test("a window whose messages are gone shows the end of the log", () => {
  assertEquals(ends(5_000)[1], 2_000);
  assert(ends(5_000)[0] !== undefined);
});
