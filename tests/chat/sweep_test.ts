import { assertEquals } from "@std/assert";
import { sweepGuests } from "../../lib/chat/sweep.ts";
import { createLog } from "../../lib/observability/log.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("the sweep works in small steps until nothing is due, and again a minute later", async () => {
  const clock = new FakeClock();
  const logged: string[] = [];
  const log = createLog("error", (line) => logged.push(line));
  const retentions: (number | null)[] = [];
  let steps = 3;
  const store = {
    sweepGuests: (_at: number, retentionMs: number | null) => {
      retentions.push(retentionMs);
      if (steps < 0) return Promise.reject(new Error("away"));
      return Promise.resolve(steps-- > 0);
    },
  };
  const settle = async () => {
    for (let i = 0; i < 50; i++) {
      clock.advance(0);
      await Promise.resolve();
    }
  };
  const sweep = sweepGuests({ store, clock, log, days: 2 });
  clock.advance(60_000);
  await settle();
  assertEquals(retentions, Array(4).fill(2 * 86_400_000));
  // A failing store does not stop the sweep.
  for (const calls of [5, 6]) {
    clock.advance(60_000);
    await settle();
    assertEquals(retentions.length, calls);
  }
  assertEquals(logged.length, 2);
  await sweep.close();
  clock.advance(600_000);
  await settle();
  assertEquals(retentions.length, 6);
});
