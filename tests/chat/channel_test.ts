import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { Batch } from "../../lib/chat/outbound_batch.ts";
import { Channel, type FlushPolicy, type Subscriber } from "../../lib/chat/channel.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeSubscriber } from "../support/fakes.ts";

/** Round numbers; the production values come from measurements. */
const POLICY: FlushPolicy = {
  maxImmediate: 80,
  delayPerWrite: 1,
  maxDelay: 10,
  maxFrameLength: 16_384,
};

interface Fixture {
  readonly clock: FakeClock;
  readonly channel: Channel;
  readonly subscribers: readonly FakeSubscriber[];
  readonly slow: Subscriber[];
}

function fixture(
  size: number,
  { flushPolicy = POLICY, delivered = 0 }: { flushPolicy?: FlushPolicy; delivered?: number } = {},
): Fixture {
  const clock = new FakeClock();
  const slow: Subscriber[] = [];
  const channel = new Channel(
    { clock, flushPolicy, onSlow: (subscriber) => slow.push(subscriber) },
    delivered,
  );
  const subscribers = Array.from({ length: size }, () => new FakeSubscriber());
  for (const subscriber of subscribers) channel.subscribe(subscriber);
  return { clock, channel, subscribers, slow };
}

/** Publishes texts and flushes, as one commit does. */
function publish(channel: Channel, ...texts: readonly string[]): void {
  for (const text of texts) channel.publish(text);
  channel.flush();
}

/** Sets whether the subscribers' sockets have drained. */
function drain(subscribers: readonly FakeSubscriber[], drained: boolean): void {
  for (const subscriber of subscribers) subscriber.drained = drained;
}

/** Returns a text of `length` UTF-16 code units. */
const long = (length: number, fill = "x") => fill.repeat(length);

Deno.test("a message waits for the flush, then reaches every subscriber at once", () => {
  const { channel, subscribers } = fixture(3);
  channel.publish("1");
  assertEquals(subscribers.map(({ messages }) => messages), [[], [], []]);
  channel.flush();
  assertEquals(subscribers.map(({ messages }) => messages), [["1"], ["1"], ["1"]]);
});

Deno.test("messages arrive in the order of publishing, those of one flush in one batch", () => {
  const { channel, subscribers: [subscriber] } = fixture(1);
  publish(channel, "1", "2", "3");
  publish(channel, "4");
  assertEquals(subscriber?.batches.map(({ messages }) => messages), [["1", "2", "3"], ["4"]]);
});

Deno.test("all subscribers share one batch, and therefore one frame", () => {
  const { channel, subscribers: [one, other] } = fixture(2);
  publish(channel, "1", "2");
  assertStrictEquals(one?.batches[0], other?.batches[0]);
  assertEquals(one?.batches[0]?.frame, "[1,2]");
});

Deno.test("a flush with nothing to send sends nothing", async () => {
  const { clock, channel, subscribers: [subscriber] } = fixture(1);
  channel.flush();
  publish(channel, "1");
  channel.flush();
  await clock.advance(100);
  assertEquals(subscriber?.batches.length, 1);
});

Deno.test("a small channel never waits", () => {
  const { clock, channel, subscribers } = fixture(80);
  for (let i = 0; i < 50; i++) publish(channel, `${i}`);
  assertEquals(subscribers[79]?.batches.length, 50);
  assertEquals(clock.timers, 0);
});

Deno.test("a quiet channel of any size sends at once", async () => {
  const { clock, channel, subscribers } = fixture(5_000);
  publish(channel, "1");
  assertEquals(subscribers[4_999]?.messages, ["1"]);
  await clock.advance(20);
  assertEquals(clock.timers, 0);
  publish(channel, "2");
  assertEquals(subscribers[4_999]?.messages, ["1", "2"]);
});

for (const [writing, resumes] of [[6, 12], [10, 20], [30, 40]] as const) {
  Deno.test(`a large channel whose frame takes ${writing} ms to write flushes again after ${resumes}`, async () => {
    const { clock, channel, subscribers } = fixture(1_000);
    const [subscriber] = subscribers;
    publish(channel, "1");
    drain(subscribers, false);
    publish(channel, "2");
    await clock.advance(writing - 1);
    drain(subscribers, true);
    publish(channel, "3");
    await clock.advance(resumes - writing + 0.999);
    assertEquals(subscriber?.messages, ["1"]);
    await clock.advance(0.002);
    assertEquals(subscriber?.batches.map(({ messages }) => messages), [["1"], ["2", "3"]]);
  });
}

Deno.test("a few slow subscribers do not delay the others; many do, but only briefly", async () => {
  const { clock, channel, subscribers } = fixture(1_000);
  const [subscriber] = subscribers;
  const count = () => subscriber?.batches.length;
  publish(channel, "1");
  drain(subscribers.slice(-200), false);
  publish(channel, "2");
  assertEquals(count(), 2);
  // This includes the subscribers that had drained until now.
  drain(subscribers.slice(-500), false);
  publish(channel, "3");
  await clock.advance(109.999);
  assertEquals(count(), 2);
  await clock.advance(0.002);
  assertEquals(count(), 3);
  // A slow subscriber is not sampled again until its queue has drained.
  await clock.advance(100);
  publish(channel, "4");
  assertEquals(count(), 4);
});

Deno.test("a channel under load delays each frame as long as the last one took to write", async () => {
  const { clock, channel } = fixture(0);
  const subscribers = Array.from({ length: 1_000 }, () => new FakeSubscriber(clock));
  for (const subscriber of subscribers) channel.subscribe(subscriber);
  for (let i = 0; i < 120; i++) {
    publish(channel, `${i}`);
    await clock.advance(1);
  }
  // The frame takes 5 ms to write; the channel notices a little later.
  const [subscriber] = subscribers;
  const flushes = subscriber?.batches.length ?? 0;
  assert(flushes >= 9 && flushes <= 12, `${flushes} flushes`);
  await clock.advance(20);
  assertEquals(subscriber?.messages, Array.from({ length: 120 }, (_, i) => `${i}`));
});

Deno.test("a large channel in which no subscriber drains continues slowly", async () => {
  const { clock, channel, subscribers } = fixture(1_000);
  const [subscriber] = subscribers;
  drain(subscribers, false);
  for (let i = 0; i < 5; i++) publish(channel, `${i}`);
  await clock.advance(109.999);
  assertEquals(subscriber?.batches.length, 1);
  await clock.advance(0.002);
  assertEquals(subscriber?.batches.length, 2);
});

Deno.test("a pause of the whole process is not counted as the time to write a frame", async () => {
  const { clock, channel, subscribers } = fixture(1_000);
  const [subscriber] = subscribers;
  publish(channel, "1");
  drain(subscribers, false);
  publish(channel, "2");
  clock.stall(10_000);
  drain(subscribers, true);
  await clock.advance(20);
  assertEquals(subscriber?.batches.length, 2);
  publish(channel, "3");
  await clock.advance(70);
  assertEquals(subscriber?.batches.length, 3);
});

Deno.test("a channel one above the immediate size delays", async () => {
  const clock = new FakeClock();
  const flushPolicy = { ...POLICY, maxImmediate: 10 };
  const channel = new Channel({ clock, flushPolicy, onSlow() {} });
  const subscribers = Array.from({ length: 11 }, () => new FakeSubscriber(clock, 1));
  for (const subscriber of subscribers) channel.subscribe(subscriber);
  publish(channel, "1");
  publish(channel, "2");
  assertEquals(subscribers[0]?.messages, ["1"]);
  await clock.advance(20);
  assertEquals(subscribers[0]?.messages, ["1", "2"]);
});

Deno.test("the delay learned under load does not hold messages back once the channel is quiet", async () => {
  const { clock, channel, subscribers } = fixture(1_000);
  const [subscriber] = subscribers;
  publish(channel, "1");
  drain(subscribers, false);
  publish(channel, "2");
  await clock.advance(30);
  drain(subscribers, true);
  await clock.advance(20);
  assertEquals(subscriber?.batches.length, 2);
  await clock.advance(60);
  publish(channel, "3");
  assertEquals([subscriber?.batches.length, clock.timers], [3, 0]);
});

Deno.test("a burst is sent in frames of at most 16 KiB, one per turn", async () => {
  const { clock, channel, subscribers: [subscriber] } = fixture(1);
  publish(channel, ...Array.from({ length: 40 }, (_, i) => long(1_000, `${i % 10}`)));
  assertEquals(subscriber?.batches.map(({ messages }) => messages.length), [16]);
  // Messages published in the meantime wait behind it.
  publish(channel, "last");
  await clock.advance(0);
  assertEquals(subscriber?.batches.map(({ messages }) => messages.length), [16, 16, 9]);
  assertEquals(subscriber?.messages.at(-1), "last");
  assertEquals(clock.timers, 0);
});

Deno.test("a message longer than the frame size is sent alone", async () => {
  const { clock, channel, subscribers: [subscriber] } = fixture(1);
  publish(channel, "1", long(20_000), long(30_000), "4");
  await clock.advance(0);
  assertEquals(
    subscriber?.batches.map(({ messages }) => messages.map(({ length }) => length)),
    [[1], [20_000], [30_000], [1]],
  );
});

Deno.test("a burst in a large channel waits for each of its frames to be written", async () => {
  const { clock, channel, subscribers } = fixture(1_000);
  const [subscriber] = subscribers;
  publish(channel, long(10_000), long(10_000));
  drain(subscribers, false);
  await clock.advance(7);
  assertEquals(subscriber?.batches.length, 1);
  drain(subscribers, true);
  await clock.advance(20);
  assertEquals(subscriber?.batches.length, 2);
});

Deno.test("a subscriber with a full queue is reported and unsubscribed; the others are not affected", () => {
  const { channel, subscribers, slow } = fixture(3);
  const [first, second, third] = subscribers;
  assert(second);
  second.slow = true;
  publish(channel, "1");
  second.slow = false;
  publish(channel, "2");
  assertEquals(slow, [second]);
  assertEquals(first?.messages, ["1", "2"]);
  assertEquals(second.messages, []);
  assertEquals(third?.messages, ["1", "2"]);
});

Deno.test("what onSlow publishes reaches every subscriber after the frame", async () => {
  const clock = new FakeClock();
  const reported: Subscriber[] = [];
  const channel = new Channel({
    clock,
    flushPolicy: POLICY,
    onSlow(subscriber) {
      reported.push(subscriber);
      publish(channel, `${reported.length} gone`);
    },
  });
  const subscribers = Array.from({ length: 4 }, () => new FakeSubscriber());
  for (const subscriber of subscribers) channel.subscribe(subscriber);
  const [first, second, third, last] = subscribers;
  assert(second && third);
  second.slow = true;
  third.slow = true;
  // More than one frame, so that a delayed flush is pending as well.
  publish(channel, long(10_000, "1"), long(10_000, "2"));
  await clock.advance(0);
  const expected = [long(10_000, "1"), long(10_000, "2"), "1 gone", "2 gone"];
  assertEquals(first?.messages, expected);
  assertEquals(last?.messages, expected);
  assertEquals(reported, [second, third]);
  assert(first?.batches.every(({ messages }) => messages.length > 0));
});

Deno.test("`delivered` is the newest position sent, not one that is still pending", async () => {
  const { clock, channel, subscribers } = fixture(1_000, { delivered: 7 });
  assertEquals(channel.delivered, 7);
  channel.publish("8", 8);
  assertEquals(channel.delivered, 7);
  channel.flush();
  assertEquals(channel.delivered, 8);
  drain(subscribers, false);
  channel.publish("9", 9);
  channel.flush();
  assertEquals(channel.delivered, 8);
  drain(subscribers, true);
  await clock.advance(12);
  assertEquals(channel.delivered, 9);
});

Deno.test("`delivered` advances with each frame of a burst, before the subscribers get the frame", async () => {
  const { clock, channel } = fixture(0);
  const seen: number[] = [];
  const watcher: Subscriber = {
    drained: true,
    enqueue: (_: Batch) => seen.push(channel.delivered) > 0,
    close() {},
  };
  channel.subscribe(watcher);
  for (const seq of [1, 2, 3]) channel.publish(long(10_000), seq);
  channel.flush();
  assertEquals(channel.delivered, 1);
  await clock.advance(0);
  assertEquals(seen, [1, 2, 3]);
});

Deno.test("messages without a position leave `delivered` where it is", () => {
  const { channel } = fixture(1, { delivered: 7 });
  publish(channel, "typing");
  assertEquals(channel.delivered, 7);
});

Deno.test("a subscriber added while a message is pending gets it; a removed one does not", async () => {
  const { clock, channel, subscribers } = fixture(1_000);
  publish(channel, "1");
  drain(subscribers, false);
  channel.publish("2", 2);
  channel.flush();
  drain(subscribers, true);
  const newcomer = new FakeSubscriber();
  channel.subscribe(newcomer);
  const [leaver] = subscribers;
  assert(leaver);
  channel.unsubscribe(leaver);
  await clock.advance(16);
  assertEquals(newcomer.messages, ["2"]);
  assertEquals(leaver.messages, ["1"]);
});

Deno.test("subscribing twice has the effect of subscribing once", () => {
  const { channel, subscribers: [subscriber] } = fixture(1);
  assert(subscriber);
  channel.subscribe(subscriber);
  publish(channel, "1");
  assertEquals(subscriber.messages, ["1"]);
  assertEquals([channel.size, channel.has(subscriber)], [1, true]);
  channel.unsubscribe(subscriber);
  assertEquals([channel.size, channel.has(subscriber)], [0, false]);
});

Deno.test("a channel without subscribers still advances", () => {
  const { channel } = fixture(0);
  channel.publish("1", 1);
  channel.flush();
  assertEquals(channel.delivered, 1);
});

Deno.test("a closed channel sends nothing, neither pending nor new messages", async () => {
  const { clock, channel, subscribers } = fixture(1_000);
  const [subscriber] = subscribers;
  publish(channel, "1");
  drain(subscribers, false);
  publish(channel, "2");
  assertEquals(clock.timers, 1);
  channel.close();
  assertEquals(clock.timers, 0);
  await clock.advance(16);
  publish(channel, "3");
  await clock.advance(16);
  assertEquals(subscriber?.messages, ["1"]);
});
