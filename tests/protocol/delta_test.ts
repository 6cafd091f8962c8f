import { assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { wireEvent } from "../../lib/chat/to_wire.ts";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { expand, shorten } from "../../lib/protocol/delta.ts";
import type { StoredEvent } from "../../lib/store/records.ts";
import { needs } from "../support/permissions.ts";
import { accountOf, roomRecordOf } from "../support/records.ts";

const ALICE = accountOf(1, "Alice");
const BOB = accountOf(2, "Bob");
const ROOMS = [
  roomRecordOf(1, "general"),
  roomRecordOf(2, "kitchen"),
  roomRecordOf(3, "", { kind: "direct", pair: [ALICE, BOB] }),
] as const;

const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const about = {
  room: fc.constant(1),
  sender: fc.constantFrom("Alice", "Bob"),
  // Of two guests with one name, only the id differs.
  senderId: fc.constantFrom(ALICE.publicId, BOB.publicId, "person-3"),
  guest: fc.boolean(),
  at: fc.integer({ min: 1, max: 2 }),
  key: nullable(fc.string()),
  seq: fc.constant(0),
};

const event: fc.Arbitrary<StoredEvent> = fc.oneof(
  fc.record({
    ...about,
    kind: fc.constant("message" as const),
    text: fc.string(),
    replyTo: nullable(fc.nat()),
    editedAt: nullable(fc.nat()),
    deleted: fc.boolean(),
    files: fc.array(
      fc.record({
        id: fc.string(),
        name: fc.string(),
        type: fc.string(),
        size: fc.nat(),
        width: nullable(fc.nat()),
        height: nullable(fc.nat()),
      }),
    ),
    reactions: fc.array(
      fc.record({ emoji: fc.string(), names: fc.array(fc.string()), ids: fc.array(fc.string()) }),
    ),
  }) as unknown as fc.Arbitrary<StoredEvent>,
  fc.record({ ...about, kind: fc.constant("edit" as const), target: fc.nat(), text: fc.string() }),
  fc.record({ ...about, kind: fc.constant("delete" as const), target: fc.nat() }),
  fc.record({
    ...about,
    kind: fc.constant("reaction" as const),
    target: fc.nat(),
    emoji: fc.string(),
    on: fc.boolean(),
  }),
);

const other = fc.constantFrom<ServerFrame>(
  { type: "typing", room: "general", room_id: "room-1", name: "Alice", id: ALICE.publicId },
  { type: "read", room: "general", room_id: "room-1", seq: 3 },
  { type: "left", room: "kitchen", room_id: "room-2" },
  { type: "pong", key: "k" },
);

/** The frames of one array: mostly consecutive events of a room, but not always. */
const frames: fc.Arbitrary<ServerFrame[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.tuple(event, fc.constantFrom(0, 0, 0, 0, 1, 2), fc.nat(9)) },
    { weight: 1, arbitrary: other },
  ),
).map((parts) => {
  let seq = 0;
  return parts.map((part) => {
    if (!Array.isArray(part)) return part;
    const [event, place, jump] = part;
    seq += jump === 0 ? 2 : 1;
    return wireEvent(ROOMS[place] ?? ROOMS[0], { ...event, seq });
  });
});

/** As the frames are sent. */
function encoded(frames: readonly ServerFrame[]) {
  return JSON.parse(JSON.stringify(shorten(frames)));
}

Deno.test("frames encoded as deltas decode to the original", () => {
  fc.assert(fc.property(frames, (frames) => assertEquals(expand(encoded(frames)), frames)));
});

Deno.test("arrays without deltas are decoded unchanged", () => {
  fc.assert(fc.property(frames, (frames) => assertEquals(expand(frames), frames)));
});

Deno.test({
  name: "the decoder in the documentation decodes them as well",
  ...needs("read"),
  async fn() {
    const docs = await Deno.readTextFile(new URL("../../docs/protocol.md", import.meta.url));
    const [, code] = /<!-- shorthand -->\s+```js\n(.+?)```/s.exec(docs) ?? [];
    const read = new Function(`${code}; return expand;`)() as typeof expand;
    fc.assert(fc.property(frames, (frames) => {
      // That decoder leaves fields undefined, which JSON does not know.
      assertEquals(JSON.parse(JSON.stringify(read(encoded(frames)))), frames);
    }));
  },
});

function message(seq: number, rest: object): ServerFrame {
  const text = { type: "room_message", room: "general", room_id: "room-1", message: "Hello" };
  const sender = { sender: ALICE.name, sender_id: ALICE.publicId };
  return { ...text, seq, ...sender, at: 1, ...rest } as ServerFrame;
}

Deno.test("fields that follow from the previous message are left out", () => {
  const frames = [
    message(1, { guest: true, key: "a", reply_to: 1 }),
    message(2, { guest: true }),
    message(3, { guest: true, sender_id: "person-3" }),
    message(4, { guest: true, sender: "Bob", sender_id: "person-2", at: 2 }),
  ];
  assertEquals<unknown>(shorten(frames), [
    frames[0],
    { message: "Hello" },
    { message: "Hello", sender_id: "person-3" },
    { message: "Hello", sender: "Bob", sender_id: "person-2", at: 2 },
  ]);
});

const WHOLE: readonly (readonly [what: string, next: ServerFrame])[] = [
  ["of another type", { ...message(2, {}), type: "message_deleted", target: 1 } as ServerFrame],
  ["after a gap", message(3, {})],
  ["of a member after a guest's", message(2, { guest: undefined })],
  ["that is older", message(1, {})],
];

for (const [what, next] of WHOLE) {
  Deno.test(`a message ${what} is sent in full`, () => {
    // JSON leaves out an undefined field.
    const frames = JSON.parse(JSON.stringify([message(1, { guest: true }), next]));
    assertEquals<unknown>(shorten(frames), frames);
  });
}

Deno.test("deltas save a third of a busy room's bytes", () => {
  const busy = Array.from({ length: 300 }, (_, i) =>
    message(1_000 + i, {
      sender: `user${i % 100}`,
      sender_id: `person-${1 + i % 100}`.padEnd(18, "x"),
      guest: true,
      at: 1_795_000_000_000 + Math.floor(i / 10),
      message: "x".repeat(100),
    }));
  const [short, long] = [encoded(busy), busy].map((array) => JSON.stringify(array).length);
  assertLess(short!, long! * 0.7);
});
