import { assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { wireEvent } from "../lib/events.ts";
import type { ServerFrame } from "../lib/protocol.ts";
import { expand, shorten } from "../lib/shorthand.ts";
import type { StoredEvent } from "../lib/store/store.ts";
import { needs } from "./support/permissions.ts";

const ALICE = { id: 1, name: "Alice", role: "member" } as const;
const BOB = { id: 2, name: "Bob", role: "member" } as const;
const ROOMS = [
  { name: "general", pair: null },
  { name: "kitchen", pair: null },
  { name: "", pair: [ALICE, BOB] },
] as const;

const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const about = {
  room: fc.constant(1),
  sender: fc.constantFrom("Alice", "Bob"),
  guest: nullable(fc.integer({ min: 1, max: 2 })),
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
      fc.record({ emoji: fc.string(), names: fc.array(fc.string()), guests: fc.array(fc.nat()) }),
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
  { type: "typing", room: "general", name: "Alice" },
  { type: "read", room: "general", seq: 3 },
  { type: "left", room: "kitchen" },
  { type: "pong", key: "k" },
);

/** What a connection may get in one array: mostly event after event of a room, but not always. */
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

/** As it comes over the wire. */
function sent(frames: readonly ServerFrame[]) {
  return JSON.parse(JSON.stringify(shorten(frames)));
}

Deno.test("what was said in shorthand is read as it was", () => {
  fc.assert(fc.property(frames, (frames) => assertEquals(expand(sent(frames)), frames)));
});

Deno.test("arrays without shorthand are read as they are", () => {
  fc.assert(fc.property(frames, (frames) => assertEquals(expand(frames), frames)));
});

Deno.test({
  name: "the reader that the documentation shows reads it as well",
  ...needs("read"),
  async fn() {
    const docs = await Deno.readTextFile(new URL("../docs/protocol.md", import.meta.url));
    const [, code] = /<!-- shorthand -->\s+```js\n(.+?)```/s.exec(docs) ?? [];
    const read = new Function(`${code}; return expand;`)() as typeof expand;
    fc.assert(fc.property(frames, (frames) => {
      // It leaves fields undefined, which JSON does not know.
      assertEquals(JSON.parse(JSON.stringify(read(sent(frames)))), frames);
    }));
  },
});

function message(seq: number, rest: object): ServerFrame {
  const text = { type: "room_message", room: "general", message: "Hello" };
  return { ...text, seq, sender: "Alice", at: 1, ...rest } as ServerFrame;
}

Deno.test("what follows from the message before is left out", () => {
  const frames = [
    message(1, { guest: 7, key: "a", reply_to: 1 }),
    message(2, { guest: 7 }),
    message(3, { guest: 8, sender: "Bob", at: 2 }),
  ];
  assertEquals<unknown>(shorten(frames), [
    frames[0],
    { message: "Hello" },
    { message: "Hello", guest: 8, sender: "Bob", at: 2 },
  ]);
});

const WHOLE: readonly (readonly [what: string, next: ServerFrame])[] = [
  ["of another type", { ...message(2, {}), type: "message_deleted", target: 1 } as ServerFrame],
  ["after a gap", message(3, {})],
  ["of a member after a guest's", message(2, { guest: undefined })],
  ["that is older", message(1, {})],
];

for (const [what, next] of WHOLE) {
  Deno.test(`a message ${what} is said whole`, () => {
    // As JSON has it, a field that is not there is not there.
    const frames = JSON.parse(JSON.stringify([message(1, { guest: 7 }), next]));
    assertEquals<unknown>(shorten(frames), frames);
  });
}

Deno.test("a third of a busy room's bytes is saved", () => {
  const busy = Array.from({ length: 300 }, (_, i) =>
    message(1_000 + i, {
      sender: `user${i % 100}`,
      guest: 1 + i % 100,
      at: 1_795_000_000_000 + Math.floor(i / 10),
      message: "x".repeat(100),
    }));
  const [short, long] = [sent(busy), busy].map((array) => JSON.stringify(array).length);
  assertLess(short!, long! * 0.7);
});
