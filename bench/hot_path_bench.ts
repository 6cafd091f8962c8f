/**
 * What one message costs on its way through the server, apart from the store and the kernel.
 *
 *     deno task bench:hot
 *
 * @module
 */
import { Channel, type Member, ROOM_PACE } from "../lib/channel.ts";
import { Batch } from "../lib/batch.ts";
import { systemClock } from "../lib/clock.ts";
import { wireEvent } from "../lib/events.ts";
import { decodeCommand } from "../lib/schemas/frames.ts";
import type { StoredMessage } from "../lib/store/store.ts";

const TEXT = "x".repeat(100);
const FRAME = JSON.stringify({ type: "room_message", room: "room-0", message: TEXT, key: "k1" });
const PLACE = { name: "room-0", pair: null };
const EVENT: StoredMessage = {
  kind: "message",
  room: 1,
  seq: 1,
  sender: "Alice",
  guest: null,
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

/** What a room says in one flush. */
const SAID = Array.from(
  { length: 32 },
  (_, i) => JSON.stringify({ ...wireEvent(PLACE, EVENT), seq: 1 + i }),
);

Deno.bench("join: 32 messages in one frame", () => {
  void new Batch(SAID).frame;
});

Deno.bench("shorten: 32 messages in one frame", () => {
  void new Batch(SAID).shortFrame;
});

for (const size of [10, 1_000]) {
  const member: Member = { offer: (batch) => batch.frame.length > 0, drained: false, close() {} };
  const channel = new Channel({
    clock: systemClock,
    // Nobody is asked to bear witness, so that there is no rest.
    pace: ROOM_PACE,
    onSlow() {},
  });
  for (let n = 0; n < size; n++) channel.follow({ ...member });
  Deno.bench(`flush: a message to ${size.toLocaleString("en")} followers`, () => {
    channel.publish(ENCODED);
    channel.flush();
  });
}
