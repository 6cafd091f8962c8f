import { assert, assertEquals } from "@std/assert";
import { RateLimiter } from "../../lib/util/rate_limit.ts";
import { FakeClock } from "../support/fake_clock.ts";

function setUp(perSecond: number, burst: number) {
  const clock = new FakeClock();
  return { clock, limiter: new RateLimiter<string>({ perSecond, burst }, clock) };
}

Deno.test("a rested bucket gives its burst, then says how long to wait", () => {
  const { limiter } = setUp(10, 3);
  assertEquals(Array.from({ length: 5 }, () => limiter.take("a")), [0, 0, 0, 100, 100]);
});

Deno.test("tokens come back at the rate, and no more than the burst", async () => {
  const { clock, limiter } = setUp(10, 3);
  for (let i = 0; i < 3; i++) limiter.take("a");
  await clock.advance(100);
  assertEquals([limiter.take("a"), limiter.take("a")], [0, 100]);
  await clock.advance(3_600_000);
  assertEquals(Array.from({ length: 4 }, () => limiter.take("a")), [0, 0, 0, 100]);
});

Deno.test("what is left of a wait is rounded up", async () => {
  const { clock, limiter } = setUp(10, 1);
  limiter.take("a");
  await clock.advance(33.5);
  assertEquals(limiter.take("a"), 67);
});

Deno.test("asking in vain costs nothing", async () => {
  const { clock, limiter } = setUp(10, 1);
  limiter.take("a");
  for (let i = 0; i < 99; i++) {
    await clock.advance(1);
    assert(limiter.take("a") > 0);
  }
  await clock.advance(1);
  assertEquals(limiter.take("a"), 0);
});

Deno.test("whoever waits as long as they are told gets their token", async () => {
  for (const [perSecond, burst] of [[1, 1], [3, 2], [7, 5], [50, 500], [999, 10], [3_000, 4]]) {
    const { clock, limiter } = setUp(perSecond ?? 0, burst ?? 0);
    for (let i = 0; i < 2_000; i++) {
      const wait = limiter.take("a");
      if (wait === 0) continue;
      await clock.advance(wait);
      assertEquals(limiter.take("a"), 0, `${perSecond} a second, the ${i}th`);
    }
  }
});

Deno.test("over a long time nobody gets more than the burst and the rate", async () => {
  const { clock, limiter } = setUp(7, 5);
  let taken = 0;
  for (let i = 0; i < 10_000; i++) {
    if (limiter.take("a") === 0) taken++;
    await clock.advance(1);
  }
  assertEquals(taken, 5 + 7 * 10 - 1);
});

Deno.test("each key has its own bucket", () => {
  const { limiter } = setUp(10, 1);
  assertEquals([limiter.take("a"), limiter.take("b"), limiter.take("a")], [0, 0, 100]);
});

Deno.test("a rate of 0 is no limit", () => {
  const { limiter } = setUp(0, 1);
  assertEquals(Array.from({ length: 1_000 }, () => limiter.take("a")), new Array(1_000).fill(0));
});

Deno.test("the wall clock may jump: it does not count", () => {
  const { clock, limiter } = setUp(10, 1);
  limiter.take("a");
  clock.jump(3_600_000);
  assertEquals(limiter.take("a"), 100);
});

Deno.test("when many come and go, whoever still has to wait is not forgotten", async () => {
  const { clock, limiter } = setUp(1, 1);
  for (let i = 0; i < 4_000; i++) limiter.take(`old ${i}`);
  await clock.advance(900);
  limiter.take("a");
  await clock.advance(200);
  // Enough newcomers that the full buckets of the old are looked for, more than once.
  for (let i = 0; i < 20_000; i++) limiter.take(`new ${i}`);
  assertEquals(limiter.take("a"), 800);
  assertEquals(limiter.take("new 1"), 1_000);
});

Deno.test("what costs more takes more, and never more than a rested bucket holds", () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter<string>({ perSecond: 10, burst: 100 }, clock);
  assertEquals(limiter.take("a", 60), 0);
  assertEquals(limiter.take("a", 60), 2_000);
  assertEquals(limiter.take("a", 40), 0);
  assertEquals(limiter.take("b", 1_000), 0);
  assertEquals(limiter.take("b"), 100);
  assertEquals(limiter.take("c", 0.25), 0);
});

Deno.test("however many come once, what is kept of them is bounded", () => {
  const limiter = new RateLimiter<number>({ perSecond: 0.001, burst: 1 }, new FakeClock());
  for (let key = 0; key < 250_000; key++) limiter.take(key);
  assert(limiter.size <= 100_000, `${limiter.size}`);
  // Those who came last are remembered.
  assert(limiter.take(249_999) > 0);
});
