import { assertEquals } from "@std/assert";
import type { Message } from "../../../lib/protocol/frames.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { type Deletion, deletionOf, toggled } from "../../../static/state/selection.ts";

/** Messages with some `seq`. */
function messagesAt(...seqs: readonly number[]): readonly Message[] {
  return seqs.map((seq) => ({ seq }) as Message);
}

function seqsOf({ seqs }: Deletion): readonly number[] {
  return [...seqs].toSorted((a, b) => a - b);
}

const messages = messagesAt(1, 2, 4, 7, 9);

Deno.test("a selection begins with a message, takes others and leaves them out again", () => {
  let selection = deletionOf(4, true);
  assertEquals([seqsOf(selection), selection.several], [[4], true]);
  selection = toggled(selection, messages, 9, false);
  selection = toggled(selection, messages, 4, false);
  assertEquals(seqsOf(selection), [9]);
  assertEquals(deletionOf(4).several, false);
});

Deno.test("a range goes from the last message to this one, in both directions", () => {
  const down = toggled(deletionOf(2, true), messages, 7, true);
  assertEquals(seqsOf(down), [2, 4, 7]);
  const up = toggled(down, messages, 1, true);
  assertEquals(seqsOf(up), [1, 2, 4, 7]);
  // From a message that was left out, the range is left out.
  const without = toggled(toggled(up, messages, 1, false), messages, 4, true);
  assertEquals(seqsOf(without), [7]);
});

Deno.test("a selection has no more messages than can be deleted at once", () => {
  const many = messagesAt(...Array.from({ length: LIMITS.deleted_messages + 50 }, (_, i) => i + 1));
  const selection = toggled(deletionOf(1, true), many, many.length, true);
  assertEquals(selection.seqs.size, LIMITS.deleted_messages);
  assertEquals(selection.seqs.has(many.length), false);
});
