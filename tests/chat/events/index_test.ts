import type { Field } from "../../../lib/chat/events/event.ts";
import { assert, assertEquals, assertObjectMatch } from "@std/assert";
import fc from "fast-check";
import {
  defineEvent,
  fromWireFields,
  refusesTarget,
  TARGETS,
  toWireFields,
} from "../../../lib/chat/events/event.ts";
import {
  apply,
  changesOf,
  EVENTS,
  isChange,
  isRoomEvent,
  targetOf,
  verdictsOn,
} from "../../../lib/chat/events/index.ts";
import { changeMessage, type Reaction, REACTION_NAMES } from "../../../lib/chat/events/message.ts";
import type { ChangeEvent, RoomMessage } from "../../../lib/protocol/frames.ts";
import { readFields, writeFields } from "../../../lib/store/sql/rows.ts";

const THERE = { none: "no_such_message", deleted: "no_such_message" } as const;

Deno.test("the permission to cause an event depends on its target, and on nothing else", () => {
  const allowed = { ...THERE, own: null, foreign: null };
  const byAuthor = { ...THERE, own: null, foreign: "forbidden" };
  const found = Object.fromEntries(
    EVENTS.map(({ kind }) => [kind, [verdictsOn(kind, false), verdictsOn(kind, true)]]),
  );
  assertObjectMatch(found, {
    message: [allowed, allowed],
    edit: [byAuthor, byAuthor],
    delete: [byAuthor, allowed],
    reaction: [allowed, allowed],
  });
  const forbidden = Object.fromEntries(TARGETS.map((target) => [target, "forbidden"]));
  assertEquals(verdictsOn("message_of_tomorrow", true), forbidden as never);
});

Deno.test("each kind, type and column has one definition", () => {
  const names = EVENTS.flatMap(({ kind, type }) => kind === type ? [kind] : [kind, type]);
  assertEquals(new Set(names).size, names.length);
  for (const { kind, fields } of EVENTS) {
    const targets = Object.values<Field>(fields).filter(({ type }) => type === "target");
    assertEquals(targets.length, kind === "room_changed" ? 0 : 1, kind);
  }
});

Deno.test("an event names one message", () => {
  assertEquals(targetOf({ kind: "message", replyTo: 3 } as never), 3);
  assertEquals(targetOf({ kind: "message", replyTo: null } as never), null);
  assertEquals(targetOf({ kind: "delete", target: 4 } as never), 4);
  assertEquals(targetOf({ kind: "message_of_tomorrow", target: 4 } as never), null);
});

Deno.test("frames are distinguished by the types of the definitions", () => {
  for (const type of ["room_message", "private_message"]) {
    assertEquals([isRoomEvent({ type }), isChange({ type })], [true, false], type);
  }
  assertEquals(isChange({ type: "reaction", target: 1 } as never), true);
  assertEquals(isRoomEvent({ type: "welcome" }), false);
});

const ENVELOPE = { room: "team", room_id: "r", sender: "Bob", sender_id: "b", at: 9 } as const;
const MESSAGE: RoomMessage = { ...ENVELOPE, type: "room_message", seq: 1, message: "hello" };

const change: fc.Arbitrary<ChangeEvent> = fc.oneof(
  fc.record({ type: fc.constant("message_edited" as const), message: fc.string() }),
  fc.record({ type: fc.constant("message_deleted" as const) }),
  fc.record({
    type: fc.constant("reaction" as const),
    emoji: fc.constantFrom("👍", "🎉"),
    on: fc.boolean(),
    sender_id: fc.constantFrom("a", "b"),
  }),
).map((event) => ({ ...ENVELOPE, seq: 2, target: 1, ...event }) as ChangeEvent);

Deno.test("property: applying an event again changes nothing, and a deletion is final", () => {
  fc.assert(fc.property(fc.array(change, { maxLength: 8 }), (events) => {
    let now = MESSAGE;
    for (const event of events) {
      const before = now;
      now = apply(now, event);
      assertEquals(apply(now, event), now);
      if (before.deleted) assertEquals(now, before);
    }
    if (events.some(({ type }) => type === "message_deleted")) {
      assertEquals(now, { ...MESSAGE, message: "", deleted: true });
    }
  }));
});

Deno.test("property: counts are right from any page on, whatever of it comes again", () => {
  const people = ["a", "b", "c", "d", "e", "me"];
  const act = fc.record({
    who: fc.constantFrom(...people),
    emoji: fc.constantFrom("👍", "🎉"),
    on: fc.boolean(),
  });
  const acts = fc.array(act, { maxLength: 20 });
  fc.assert(fc.property(acts, fc.nat(20), fc.nat(20), (all, start, repeat) => {
    const had = new Map([["👍", new Set<string>()], ["🎉", new Set<string>()]]);
    /** What the server would tell the user of each emoji. */
    const view = () =>
      had.entries().filter(([, set]) => set.size > 0).map(([emoji, set]) => ({
        emoji,
        count: set.size,
        ...(set.has("me") ? { mine: true as const } : {}),
        names: [...set].slice(0, REACTION_NAMES),
        ids: [...set].slice(0, REACTION_NAMES),
      })).toArray();
    let now: RoomMessage = MESSAGE;
    const events = all.map(({ who, emoji, on }, index) => {
      if (index === start) now = { ...MESSAGE, reactions: view() };
      if (on) had.get(emoji)!.add(who);
      else had.get(emoji)!.delete(who);
      const by = { ...ENVELOPE, sender: who, sender_id: who, seq: 2 + index, target: 1 };
      return { ...by, type: "reaction" as const, emoji, on, count: had.get(emoji)!.size };
    });
    const first = start >= all.length ? 0 : start;
    const later = events.slice(first);
    for (const event of [...later, ...later.slice(Math.min(repeat, later.length - 1))]) {
      now = apply(now, event, "me");
    }
    const counts = (reactions: readonly Reaction[] = []) =>
      new Map(reactions.map(({ emoji, count, mine }) => [emoji, [count, mine]]));
    assertEquals(counts(now.reactions), counts(view()));
    for (const { emoji, names, ids, count } of now.reactions ?? []) {
      assert(ids.length <= Math.min(count, REACTION_NAMES) && names.length === ids.length);
      assert(ids.every((id) => had.get(emoji)!.has(id)));
    }
  }));
});

/** A kind that a later version might add: none of its fields has a column. */
const starred = defineEvent({
  kind: "message_starred",
  type: "message_starred",
  action: "pin",
  about: "a star",
  fields: {
    target: { type: "target", about: "the message" },
    on: { type: "boolean", about: "whether it was given" },
    note: { type: "text", wire: "why", optional: true, about: "the reason" },
  },
  state: { starred: { type: "boolean", about: "whether it has a star" } },
  refuses: refusesTarget,
  changes: ({ on }) => ({ state: { starred: on ? true : null } }),
});

Deno.test("the fields of an event survive a round trip over the wire, and through the store", () => {
  for (const note of [null, "because \u0000\u0010!"]) {
    const values = { target: 3, on: true, note };
    const wire = { target: 3, on: true, ...(note === null ? {} : { why: note }) };
    assertEquals(toWireFields(starred.fields, values), wire);
    assertEquals(fromWireFields(starred.fields, wire), values);
    const { columns, payload } = writeFields(starred.fields, values);
    assertEquals(columns, {});
    assertEquals(readFields(starred.fields, { payload }), values);
  }
  // An event whose fields do not fit is of an unknown kind.
  for (const payload of [null, "{", "[]", '{"target":0,"on":true}', '{"target":1,"on":"yes"}']) {
    assertEquals(readFields(starred.fields, { payload }), null, `${payload}`);
  }
});

Deno.test("an event can set a property of its target, and remove it", () => {
  const given = changeMessage(
    MESSAGE,
    starred.changes({ target: 1, on: true, note: null, at: 1 }),
    ENVELOPE,
  );
  assertEquals(given, { ...MESSAGE, starred: true } as RoomMessage);
  const taken = changeMessage(
    given,
    starred.changes({ target: 1, on: false, note: null, at: 2 }),
    ENVELOPE,
  );
  assertEquals(taken, MESSAGE);
});

Deno.test("an event of a kind that only a later version knows changes nothing", () => {
  assertEquals(changesOf({ kind: "message_of_tomorrow", at: 1 }), {});
  assertEquals(
    apply(MESSAGE, { ...ENVELOPE, type: "of_tomorrow", seq: 2, target: 1 } as never),
    MESSAGE,
  );
});
