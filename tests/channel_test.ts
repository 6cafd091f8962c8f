import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { Batch } from "../lib/batch.ts";
import { Channel, type Member, type Pace } from "../lib/channel.ts";
import { FakeClock } from "./support/fake_clock.ts";
import { FakeMember } from "./support/fakes.ts";

/** Round figures; what a room's own are is a matter of measuring. */
const PACE: Pace = { small: 80, restPerWriting: 1, maxRest: 10, maxFrame: 16_384 };

interface Stage {
  readonly clock: FakeClock;
  readonly channel: Channel;
  readonly members: readonly FakeMember[];
  readonly slow: Member[];
}

function stage(
  size: number,
  { pace = PACE, delivered = 0 }: { pace?: Pace; delivered?: number } = {},
): Stage {
  const clock = new FakeClock();
  const slow: Member[] = [];
  const channel = new Channel({ clock, pace, onSlow: (member) => slow.push(member) }, delivered);
  const members = Array.from({ length: size }, () => new FakeMember());
  for (const member of members) channel.follow(member);
  return { clock, channel, members, slow };
}

/** Publishes and flushes: what one commit does. */
function say(channel: Channel, ...texts: readonly string[]): void {
  for (const text of texts) channel.publish(text);
  channel.flush();
}

/** What their sockets hold is written, or not yet. */
function drain(members: readonly FakeMember[], drained: boolean): void {
  for (const member of members) member.drained = drained;
}

/** A message of so many code units. */
const long = (length: number, fill = "x") => fill.repeat(length);

Deno.test("a message waits for the flush, then reaches every follower at once", () => {
  const { channel, members } = stage(3);
  channel.publish("1");
  assertEquals(members.map(({ messages }) => messages), [[], [], []]);
  channel.flush();
  assertEquals(members.map(({ messages }) => messages), [["1"], ["1"], ["1"]]);
});

Deno.test("messages arrive in the order of publishing, those of one flush in one batch", () => {
  const { channel, members: [member] } = stage(1);
  say(channel, "1", "2", "3");
  say(channel, "4");
  assertEquals(member?.batches.map(({ messages }) => messages), [["1", "2", "3"], ["4"]]);
});

Deno.test("all followers share one batch, and so one frame", () => {
  const { channel, members: [one, other] } = stage(2);
  say(channel, "1", "2");
  assertStrictEquals(one?.batches[0], other?.batches[0]);
  assertEquals(one?.batches[0]?.frame, "[1,2]");
});

Deno.test("a flush with nothing to send sends nothing", async () => {
  const { clock, channel, members: [member] } = stage(1);
  channel.flush();
  say(channel, "1");
  channel.flush();
  await clock.advance(100);
  assertEquals(member?.batches.length, 1);
});

Deno.test("a small channel never waits", () => {
  const { clock, channel, members } = stage(80);
  for (let i = 0; i < 50; i++) say(channel, `${i}`);
  assertEquals(members[79]?.batches.length, 50);
  assertEquals(clock.timers, 0);
});

Deno.test("a quiet channel of any size sends at once", async () => {
  const { clock, channel, members } = stage(5_000);
  say(channel, "1");
  assertEquals(members[4_999]?.messages, ["1"]);
  await clock.advance(20);
  assertEquals(clock.timers, 0);
  say(channel, "2");
  assertEquals(members[4_999]?.messages, ["1", "2"]);
});

for (const [writing, resumes] of [[6, 12], [10, 20], [30, 40]] as const) {
  Deno.test(`a large channel whose frame is written after ${writing} ms goes on after ${resumes}`, async () => {
    const { clock, channel, members } = stage(1_000);
    const [member] = members;
    say(channel, "1");
    drain(members, false);
    say(channel, "2");
    await clock.advance(writing - 1);
    drain(members, true);
    say(channel, "3");
    await clock.advance(resumes - writing + 0.999);
    assertEquals(member?.messages, ["1"]);
    await clock.advance(0.002);
    assertEquals(member?.batches.map(({ messages }) => messages), [["1"], ["2", "3"]]);
  });
}

Deno.test("a few who do not read hold up nobody; many do for a moment, and then no more", async () => {
  const { clock, channel, members } = stage(1_000);
  const [member] = members;
  const count = () => member?.batches.length;
  say(channel, "1");
  drain(members.slice(-200), false);
  say(channel, "2");
  assertEquals(count(), 2);
  // Those too who had taken everything until now.
  drain(members.slice(-500), false);
  say(channel, "3");
  await clock.advance(109.999);
  assertEquals(count(), 2);
  await clock.advance(0.002);
  assertEquals(count(), 3);
  // They are not looked at again before they have taken what waits for them.
  await clock.advance(100);
  say(channel, "4");
  assertEquals(count(), 4);
});

Deno.test("a channel under load rests as long as it writes", async () => {
  const { clock, channel } = stage(0);
  const members = Array.from({ length: 1_000 }, () => new FakeMember(clock));
  for (const member of members) channel.follow(member);
  for (let i = 0; i < 120; i++) {
    say(channel, `${i}`);
    await clock.advance(1);
  }
  // It writes for 5 ms, which it can see a little later.
  const [member] = members;
  const flushes = member?.batches.length ?? 0;
  assert(flushes >= 9 && flushes <= 12, `${flushes} flushes`);
  await clock.advance(20);
  assertEquals(member?.messages, Array.from({ length: 120 }, (_, i) => `${i}`));
});

Deno.test("where nobody has taken anything, a large channel goes on slowly", async () => {
  const { clock, channel, members } = stage(1_000);
  const [member] = members;
  drain(members, false);
  for (let i = 0; i < 5; i++) say(channel, `${i}`);
  await clock.advance(109.999);
  assertEquals(member?.batches.length, 1);
  await clock.advance(0.002);
  assertEquals(member?.batches.length, 2);
});

Deno.test("a process that stood still for a while does not take that for the time of a frame", async () => {
  const { clock, channel, members } = stage(1_000);
  const [member] = members;
  say(channel, "1");
  drain(members, false);
  say(channel, "2");
  clock.stall(10_000);
  drain(members, true);
  await clock.advance(20);
  assertEquals(member?.batches.length, 2);
  say(channel, "3");
  await clock.advance(70);
  assertEquals(member?.batches.length, 3);
});

Deno.test("the fewest followers that wait for each other do", async () => {
  const clock = new FakeClock();
  const pace = { ...PACE, small: 10 };
  const channel = new Channel({ clock, pace, onSlow() {} });
  const members = Array.from({ length: 11 }, () => new FakeMember(clock, 1));
  for (const member of members) channel.follow(member);
  say(channel, "1");
  say(channel, "2");
  assertEquals(members[0]?.messages, ["1"]);
  await clock.advance(20);
  assertEquals(members[0]?.messages, ["1", "2"]);
});

Deno.test("what was learned while much was said keeps nothing waiting once it is quiet", async () => {
  const { clock, channel, members } = stage(1_000);
  const [member] = members;
  say(channel, "1");
  drain(members, false);
  say(channel, "2");
  await clock.advance(30);
  drain(members, true);
  await clock.advance(20);
  assertEquals(member?.batches.length, 2);
  await clock.advance(60);
  say(channel, "3");
  assertEquals([member?.batches.length, clock.timers], [3, 0]);
});

Deno.test("a burst goes out in frames of 16 KiB at most, one in a turn", async () => {
  const { clock, channel, members: [member] } = stage(1);
  say(channel, ...Array.from({ length: 40 }, (_, i) => long(1_000, `${i % 10}`)));
  assertEquals(member?.batches.map(({ messages }) => messages.length), [16]);
  // What comes in the meantime waits behind it.
  say(channel, "last");
  await clock.advance(0);
  assertEquals(member?.batches.map(({ messages }) => messages.length), [16, 16, 9]);
  assertEquals(member?.messages.at(-1), "last");
  assertEquals(clock.timers, 0);
});

Deno.test("a message that is longer than a frame should be goes alone", async () => {
  const { clock, channel, members: [member] } = stage(1);
  say(channel, "1", long(20_000), long(30_000), "4");
  await clock.advance(0);
  assertEquals(
    member?.batches.map(({ messages }) => messages.map(({ length }) => length)),
    [[1], [20_000], [30_000], [1]],
  );
});

Deno.test("a burst in a large channel waits for each of its frames to be written", async () => {
  const { clock, channel, members } = stage(1_000);
  const [member] = members;
  say(channel, long(10_000), long(10_000));
  drain(members, false);
  await clock.advance(7);
  assertEquals(member?.batches.length, 1);
  drain(members, true);
  await clock.advance(20);
  assertEquals(member?.batches.length, 2);
});

Deno.test("a follower over its bound is reported and gets no more; nobody else notices", () => {
  const { channel, members, slow } = stage(3);
  const [first, second, third] = members;
  assert(second);
  second.slow = true;
  say(channel, "1");
  second.slow = false;
  say(channel, "2");
  assertEquals(slow, [second]);
  assertEquals(first?.messages, ["1", "2"]);
  assertEquals(second.messages, []);
  assertEquals(third?.messages, ["1", "2"]);
});

Deno.test("what is published because a follower was too slow comes after, for everybody", async () => {
  const clock = new FakeClock();
  const reported: Member[] = [];
  const channel = new Channel({
    clock,
    pace: PACE,
    onSlow(member) {
      reported.push(member);
      say(channel, `${reported.length} gone`);
    },
  });
  const members = Array.from({ length: 4 }, () => new FakeMember());
  for (const member of members) channel.follow(member);
  const [first, second, third, last] = members;
  assert(second && third);
  second.slow = true;
  third.slow = true;
  // More than a frame, so that a rest is pending as well.
  say(channel, long(10_000, "1"), long(10_000, "2"));
  await clock.advance(0);
  const expected = [long(10_000, "1"), long(10_000, "2"), "1 gone", "2 gone"];
  assertEquals(first?.messages, expected);
  assertEquals(last?.messages, expected);
  assertEquals(reported, [second, third]);
  assert(first?.batches.every(({ messages }) => messages.length > 0));
});

Deno.test("`delivered` is the newest position that went out, not what is pending", async () => {
  const { clock, channel, members } = stage(1_000, { delivered: 7 });
  assertEquals(channel.delivered, 7);
  channel.publish("8", 8);
  assertEquals(channel.delivered, 7);
  channel.flush();
  assertEquals(channel.delivered, 8);
  drain(members, false);
  channel.publish("9", 9);
  channel.flush();
  assertEquals(channel.delivered, 8);
  drain(members, true);
  await clock.advance(12);
  assertEquals(channel.delivered, 9);
});

Deno.test("`delivered` counts the frames of a burst one by one, and followers see it move first", async () => {
  const { clock, channel } = stage(0);
  const seen: number[] = [];
  const watcher: Member = {
    drained: true,
    offer: (_: Batch) => seen.push(channel.delivered) > 0,
    close() {},
  };
  channel.follow(watcher);
  for (const seq of [1, 2, 3]) channel.publish(long(10_000), seq);
  channel.flush();
  assertEquals(channel.delivered, 1);
  await clock.advance(0);
  assertEquals(seen, [1, 2, 3]);
});

Deno.test("messages without a position leave `delivered` where it is", () => {
  const { channel } = stage(1, { delivered: 7 });
  say(channel, "typing");
  assertEquals(channel.delivered, 7);
});

Deno.test("whoever follows while something is pending gets it; whoever leaves does not", async () => {
  const { clock, channel, members } = stage(1_000);
  say(channel, "1");
  drain(members, false);
  channel.publish("2", 2);
  channel.flush();
  drain(members, true);
  const newcomer = new FakeMember();
  channel.follow(newcomer);
  const [leaver] = members;
  assert(leaver);
  channel.unfollow(leaver);
  await clock.advance(16);
  assertEquals(newcomer.messages, ["2"]);
  assertEquals(leaver.messages, ["1"]);
});

Deno.test("following twice is following once", () => {
  const { channel, members: [member] } = stage(1);
  assert(member);
  channel.follow(member);
  say(channel, "1");
  assertEquals(member.messages, ["1"]);
  assertEquals([channel.size, channel.has(member)], [1, true]);
  channel.unfollow(member);
  assertEquals([channel.size, channel.has(member)], [0, false]);
});

Deno.test("a channel that nobody follows still moves on", () => {
  const { channel } = stage(0);
  channel.publish("1", 1);
  channel.flush();
  assertEquals(channel.delivered, 1);
});

Deno.test("a closed channel sends nothing, planned or new", async () => {
  const { clock, channel, members } = stage(1_000);
  const [member] = members;
  say(channel, "1");
  drain(members, false);
  say(channel, "2");
  assertEquals(clock.timers, 1);
  channel.close();
  assertEquals(clock.timers, 0);
  await clock.advance(16);
  say(channel, "3");
  await clock.advance(16);
  assertEquals(member?.messages, ["1"]);
});
