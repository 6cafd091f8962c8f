import { assertEquals, assertNotEquals, assertStrictEquals } from "@std/assert";
import { Batch } from "../../lib/chat/outbound_batch.ts";

Deno.test("a batch holds its messages, and its frame is a JSON array of them", () => {
  const batch = new Batch(['{"a":1}', '{"b":2}']);
  assertEquals(batch.messages, ['{"a":1}', '{"b":2}']);
  assertEquals(JSON.parse(batch.frame), [{ a: 1 }, { b: 2 }]);
});

Deno.test("frames are encoded in order", () => {
  const [one, other] = [
    { type: "left", room: "a", room_id: "room-1" },
    { type: "left", room: "b\n", room_id: "room-2" },
  ] as const;
  const batch = Batch.of(one, other);
  assertEquals(batch.messages.map((message) => JSON.parse(message)), [one, other]);
});

for (
  const [text, bytes] of [["a", 5], ["é", 6], ["€", 7], ["😀", 8], ["\u0000", 10]] as const
) {
  Deno.test(`a frame of the text ${JSON.stringify(text)} has ${bytes} bytes`, () => {
    const batch = new Batch([JSON.stringify(text)]);
    assertEquals(batch.bytes, bytes);
    assertEquals(new TextEncoder().encode(batch.frame).length, bytes);
  });
}

Deno.test("batches are concatenated in order, and are not changed by it", () => {
  const batches = [new Batch(["1", "2"]), new Batch(["3"])];
  const whole = Batch.concat(batches);
  assertEquals(whole.messages, ["1", "2", "3"]);
  assertEquals(whole.frame, "[1,2,3]");
  assertEquals(batches.map(({ frame }) => frame), ["[1,2]", "[3]"]);
});

Deno.test("concatenating one batch returns it, with the frame that all subscribers share", () => {
  const batch = new Batch(["1"]);
  assertStrictEquals(Batch.concat([batch]), batch);
  assertNotEquals(Batch.concat([batch, batch]).frame, batch.frame);
});
