import { assert, assertEquals, assertMatch } from "@std/assert";
import { EventStream } from "../../lib/chat/event_stream.ts";
import type { RoomEvent } from "../../lib/protocol/frames.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import { type HubFixture, openHubFixture, settle } from "../support/hub_fixture.ts";
import { openInstances } from "../support/instances.ts";

/** One server-sent event, parsed. */
interface Sent {
  readonly id?: number;
  readonly event?: string;
  // deno-lint-ignore no-explicit-any -- tests compare what came
  readonly data?: any;
}

function parse(text: string): Sent[] {
  return text.split("\n\n").filter((block) => block !== "").map((block) => {
    const sent: Record<string, unknown> = {};
    for (const line of block.split("\n")) {
      const [, field = "", value = ""] = /^(\w*): ?(.*)$/.exec(line) ?? [];
      if (field === "id") sent.id = Number(value);
      else if (field === "data") sent.data = JSON.parse(value);
      else sent[field === "" ? "comment" : field] = value;
    }
    return sent;
  });
}

/** A reader of a stream that reads only when it is told to. */
class Reader {
  readonly #reader;
  readonly #clock: FakeClock;
  #pending: Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> | null = null;
  ended = false;

  constructor(stream: EventStream, clock: FakeClock) {
    this.#reader = stream.body().getReader();
    this.#clock = clock;
  }

  /** Reads until nothing more comes. */
  async read(): Promise<Sent[]> {
    let text = "";
    while (!this.ended) {
      this.#pending ??= this.#reader.read();
      const settled = this.#pending.then((result) => result);
      let result: ReadableStreamReadResult<Uint8Array<ArrayBuffer>> | undefined;
      void settled.then((one) => result = one, () => this.ended = true);
      await settle(this.#clock);
      if (result === undefined) break;
      this.#pending = null;
      this.ended = result.done;
      text += new TextDecoder().decode(result.value);
    }
    return parse(text);
  }

  async ids(): Promise<number[]> {
    return (await this.read()).flatMap(({ id }) => id ?? []);
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

async function follow(fixture: HubFixture, name: string, after: number | null, session = "none") {
  const requester = { account: await fixture.account(name), session, address: "192.0.2.9" };
  const ended: true[] = [];
  const place = { room: "lobby" };
  const stream = await fixture.commands.follow(requester, place, after, () => ended.push(true));
  if (!(stream instanceof EventStream)) throw new Error(stream.code);
  return { reader: new Reader(stream, fixture.clock), ended };
}

/** A room with `count` messages by Alice; Bob is a member. */
async function setUp(count: number) {
  const fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  async function say(from: number, to: number): Promise<void> {
    for (const n of range(from, to)) {
      await alice.start({ type: "room_message", room: "lobby", message: `${n}` });
    }
    await settle(fixture.clock);
    await fixture.clock.advance(0);
  }
  await say(1, count);
  return { fixture, alice, bob, say };
}

Deno.test("a stream has every event after a position, and then each new one, in order", async () => {
  const { fixture, alice, say } = await setUp(100);
  const { reader } = await follow(fixture, "Bob", 30);
  const [opening, ...events] = await reader.read();
  assertMatch(`${opening?.event}`, /^open$/);
  const { epoch } = fixture.store;
  const room_id = (await fixture.room("lobby")).record.publicId;
  assertEquals(opening?.data, { room: "lobby", room_id, epoch, seq: 30 });
  assertEquals(events.map(({ id }) => id), range(31, 100));
  assertEquals(events.map(({ data }) => (data as RoomEvent).seq), range(31, 100));
  await say(101, 103);
  await alice.do({ type: "react", room: "lobby", seq: 1, emoji: "👍", on: true });
  const live = await reader.read();
  assertEquals(live.map(({ id, data }) => [id, data.type]), [
    ...range(101, 103).map((id) => [id, "room_message"]),
    [104, "reaction"],
  ]);
  await reader.cancel();
  await fixture[Symbol.asyncDispose]();
});

Deno.test("a stream has nothing but the log: no typing, no members", async () => {
  const { fixture, alice } = await setUp(1);
  const { reader } = await follow(fixture, "Bob", null);
  assertEquals(await reader.ids(), []);
  await alice.do({ type: "typing", room: "lobby" }, { type: "leave", room: "lobby" });
  assertEquals(await reader.read(), []);
  await reader.cancel();
  await fixture[Symbol.asyncDispose]();
});

Deno.test("a reader that stops is sent later what it missed, and nothing waits for it in memory", async () => {
  const { fixture, say } = await setUp(3);
  const { reader } = await follow(fixture, "Bob", 0);
  assertEquals(await reader.ids(), range(1, 3));
  const reads: number[] = [];
  const replay = fixture.store.replay.bind(fixture.store);
  fixture.store.replay = (room, after, upTo, bounds) => {
    reads.push(upTo - after);
    return replay(room, after, upTo, bounds);
  };
  // One read is pending, so the first of these arrives live.
  await say(4, 500);
  assertEquals(reads, []);
  assertEquals(await reader.ids(), range(4, 500));
  assert(reads.every((events) => events <= 32), reads.join());
  await reader.cancel();
  await fixture[Symbol.asyncDispose]();
});

Deno.test("a reader that takes nothing for a minute is dropped", async () => {
  const { fixture } = await setUp(100);
  const before = fixture.hub.connections.size;
  const { reader, ended } = await follow(fixture, "Bob", 0);
  const first = reader.read();
  await settle(fixture.clock);
  await first;
  assertEquals(fixture.hub.connections.size, before + 1);
  // The stream waits for news here: silence is not the reader's fault.
  await fixture.clock.advance(14_000);
  assertEquals([ended.length, fixture.hub.connections.size], [0, before + 1]);
  await fixture.clock.advance(2_000);
  await fixture.clock.advance(70_000);
  assertEquals([ended.length, fixture.hub.connections.size], [1, before]);
  await fixture[Symbol.asyncDispose]();
});

Deno.test("in silence a stream sends comments", async () => {
  const { fixture } = await setUp(0);
  const { reader } = await follow(fixture, "Bob", 0);
  await reader.read();
  for (let i = 0; i < 3; i++) {
    await fixture.clock.advance(15_000);
    assertEquals(await reader.read(), [{ comment: "" }] as never);
  }
  await reader.cancel();
  assertEquals(fixture.clock.timers > 0, true);
  await fixture[Symbol.asyncDispose]();
});

/** What ends a stream, and the close code that its last event names. */
const ENDS: Readonly<
  Record<string, readonly [code: number, act: (fixture: HubFixture) => Promise<unknown> | unknown]>
> = {
  "the member leaves": [1000, async (fixture) => {
    const device = await fixture.enter("Bob");
    await device.do({ type: "leave", room: "lobby" });
  }],
  "the session ends": [4501, async ({ effects, account }) => {
    effects.emit({ type: "signed_out", account: await account("Bob"), session: "mine" });
  }],
  "the user is banned": [4503, async ({ effects, account }) => {
    const ban = { account: await account("Bob"), reason: "", addresses: [], everywhere: null };
    effects.emit({ type: "banned", ...ban });
  }],
  "the server stops": [1001, ({ hub }) => hub.close()],
};

for (const [name, [code, act]] of Object.entries(ENDS)) {
  Deno.test(`a stream ends when ${name}, and nothing follows`, async () => {
    const { fixture, alice } = await setUp(2);
    const { reader, ended } = await follow(fixture, "Bob", 0, "mine");
    const other = await follow(fixture, "Alice", 0, "other");
    await reader.read();
    await act(fixture);
    await alice.do({ type: "room_message", room: "lobby", message: "after" });
    const rest = await reader.read();
    assertEquals(rest.map(({ event, data }) => [event, data?.code]), [["close", code]]);
    assertEquals([reader.ended, ended.length], [true, 1]);
    await other.reader.cancel();
    await fixture[Symbol.asyncDispose]();
  });
}

Deno.test("what was read for a member who was removed meanwhile is not sent", async () => {
  const { fixture } = await setUp(2);
  const { reader } = await follow(fixture, "Bob", 0);
  const held = fixture.hold("replay", "after");
  const reading = reader.read();
  await settle(fixture.clock);
  const device = await fixture.enter("Bob");
  await device.do({ type: "leave", room: "lobby" });
  held.open();
  const rest = [...await reading, ...await reader.read()];
  assertEquals(rest.filter(({ id }) => id !== undefined), []);
  assert(reader.ended);
  await fixture[Symbol.asyncDispose]();
});

Deno.test("a position beyond the end belongs to another log", async () => {
  const { fixture, bob } = await setUp(2);
  const requester = { account: bob.connection.account, session: "none", address: "192.0.2.9" };
  const found = await fixture.commands.follow(requester, { room: "lobby" }, 3, () => {});
  assertEquals(found, { code: "stale_epoch" });
  await fixture[Symbol.asyncDispose]();
});

Deno.test("a stream has the events of other instances, and ends with a removal there", async () => {
  await using instances = await openInstances(["one", "two"]);
  const [one, two] = instances.fixtures;
  const [alice] = await one.gather("lobby", "Alice");
  const [bob] = await two.gather("lobby", "Bob");
  await instances.settle();
  const { reader } = await follow(two, "Bob", 0);
  await reader.read();
  await alice.say("lobby", "from the other instance");
  await instances.settle();
  assertEquals(await reader.ids(), [1]);
  const device = await one.enter("Bob");
  await device.do({ type: "leave", room: "lobby" });
  await instances.settle();
  await alice.say("lobby", "after");
  await instances.settle();
  const rest = await reader.read();
  assertEquals(rest.map(({ event, data }) => [event, data?.code]), [["close", 1000]]);
  bob.forget();
});
