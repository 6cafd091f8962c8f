import { assertEquals } from "@std/assert";
import { GuestSweep, GuestTraces } from "../../lib/chat/departures.ts";
import { createLog } from "../../lib/observability/log.ts";
import type { Room } from "../../lib/chat/room.ts";
import type { Account } from "../../lib/store/records.ts";
import { FakeClock } from "../support/fake_clock.ts";

const guest = { id: 7, publicId: "g", name: "Gast", role: "guest" } satisfies Account;
const member = { ...guest, id: 8, role: "member" } satisfies Account;

Deno.test("what happens to a departed guest's messages depends on where they were posted", () => {
  const [direct, room] = [{ isDirect: true } as Room, { isDirect: false } as Room];
  const traces = new GuestTraces();
  assertEquals(traces.take(guest), 0);
  traces.note(guest, direct);
  traces.note(member, room);
  assertEquals(traces.take(guest), 1);
  assertEquals(traces.take(guest), 0, "the next guest has posted nothing");
  for (const place of [direct, room, direct]) traces.note(guest, place);
  assertEquals([traces.take(guest), traces.take(member)], [2, 0]);
});

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
  const sweep = new GuestSweep({ store, clock, log, days: 2 });
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
