import { assert, assertEquals } from "@std/assert";
import type { ClientFrame } from "../../lib/protocol/frames.ts";
import { decodeCommand } from "../../lib/protocol/schemas/frames.ts";
import { openHubFixture } from "../support/hub_fixture.ts";

const WEEK = {
  weekly: [{ days: ["mon", "fri"], from: "22:00", to: "07:00" }],
  time_zone: "Europe/Berlin",
} as const;

Deno.test("quiet hours are set on all devices of a user, and kept for those that come later", async () => {
  await using fixture = await openHubFixture();
  const [laptop, phone] = [await fixture.enter("Alice"), await fixture.enter("Alice")];
  const bob = await fixture.enter("Bob");
  for (const one of [laptop, phone, bob]) one.forget();
  const set = async (fields: object) => {
    await laptop.do({ type: "set_quiet", ...fields } as ClientFrame);
    const [reply, ...none] = laptop.news();
    assertEquals(none, []);
    assert(reply !== undefined);
    assertEquals(phone.news(), reply.type === "error" ? [] : [reply]);
    return reply.type === "error" ? reply.code : reply as unknown;
  };
  assertEquals(await set({ until: 5_000 }), { type: "quiet", until: 5_000 });
  assertEquals(await set(WEEK), { type: "quiet", until: 5_000, ...WEEK });
  assertEquals((await fixture.enter("Alice")).one("welcome").quiet, { until: 5_000, ...WEEK });
  assertEquals(await set({ until: 0 }), { type: "quiet", ...WEEK });
  assertEquals(await set({ ...WEEK, time_zone: "Mars/Olympus" }), "bad_time_zone");
  assertEquals(await set({ weekly: [] }), { type: "quiet" });
  await set({ until: 1, ...WEEK });
  assertEquals(await set({}), { type: "quiet" }, "ends both");
  assertEquals((await fixture.enter("Alice")).one("welcome").quiet, undefined);
  assertEquals(bob.news().filter(({ type }) => type === "quiet"), []);
});

Deno.test("quiet hours have days, times of day, and a time zone", () => {
  const decode = (fields: object) => {
    const decoded = decodeCommand({ type: "set_quiet", ...fields });
    return "command" in decoded ? "ok" : decoded.refusal.code;
  };
  const range = WEEK.weekly[0];
  for (const fields of [WEEK, {}, { until: 1 }, { weekly: [] }, { ...WEEK, weekly: [] }]) {
    assertEquals(decode(fields), "ok", JSON.stringify(fields));
  }
  for (
    const fields of [
      { weekly: WEEK.weekly },
      { time_zone: "UTC" },
      { until: -1 },
      { ...WEEK, weekly: [{ ...range, to: "24:00" }] },
      { ...WEEK, weekly: [{ ...range, from: "7:00" }] },
      { ...WEEK, weekly: [{ ...range, days: [] }] },
      { ...WEEK, weekly: [{ ...range, days: ["mon", "mon"] }] },
      { ...WEEK, weekly: [{ ...range, days: ["Monday"] }] },
      { ...WEEK, weekly: Array(21).fill(range) },
    ]
  ) assertEquals(decode(fields), "bad_request", JSON.stringify(fields));
});
