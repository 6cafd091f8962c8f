/**
 * Measures the cost of a message in the server, without the store and the kernel.
 *
 *     deno task bench:hot
 *
 * @module
 */
import { Channel, ROOM_FLUSH_POLICY, type Subscriber } from "../lib/chat/channel.ts";
import { Batch } from "../lib/chat/outbound_batch.ts";
import { systemClock } from "../lib/util/clock.ts";
import { wireEvent } from "../lib/chat/to_wire.ts";
import { decodeCommand } from "../lib/protocol/schemas/frames.ts";
import type { StoredMessage } from "../lib/store/records.ts";

const TEXT = "x".repeat(100);
const FRAME = JSON.stringify({ type: "room_message", room: "room-0", message: TEXT, key: "k1" });
const PLACE = { publicId: "4f1c2b9d0e7a6358c1", name: "room-0", pair: null };
const EVENT: StoredMessage = {
  kind: "message",
  room: 1,
  seq: 1,
  sender: "Alice",
  senderId: "9a03be57d2416cf8e0",
  guest: false,
  at: Date.now(),
  key: "k1",
  text: TEXT,
  replyTo: null,
  editedAt: null,
  deleted: false,
  reactions: [],
};
const ENCODED = JSON.stringify(wireEvent(PLACE, EVENT));

Deno.bench("decode: parse and validate a frame", () => {
  decodeCommand(JSON.parse(FRAME));
});

Deno.bench("encode: a stored event as JSON", () => {
  JSON.stringify(wireEvent(PLACE, EVENT));
});

/** The messages of one flush. */
const MESSAGES = Array.from(
  { length: 32 },
  (_, i) => JSON.stringify({ ...wireEvent(PLACE, EVENT), seq: 1 + i }),
);

Deno.bench("join: 32 messages in one frame", () => {
  void new Batch(MESSAGES).frame;
});

Deno.bench("delta: 32 messages in one frame", () => {
  void new Batch(MESSAGES).deltaFrame;
});

for (const size of [10, 1_000]) {
  const subscriber: Subscriber = {
    enqueue: (batch) => batch.frame.length > 0,
    drained: false,
    close() {},
  };
  const channel = new Channel({
    clock: systemClock,
    // No subscriber has drained, so that none is sampled and there is no delay.
    flushPolicy: ROOM_FLUSH_POLICY,
    onSlow() {},
  });
  for (let n = 0; n < size; n++) channel.subscribe({ ...subscriber });
  Deno.bench(`flush: a message to ${size.toLocaleString("en")} subscribers`, () => {
    channel.publish(ENCODED);
    channel.flush();
  });
}
