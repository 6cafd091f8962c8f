import { assertEquals, assertGreater } from "@std/assert";
import { openWorld } from "./support/world.ts";

Deno.test("whoever goes too fast is told for how long to wait, on all their devices together", async () => {
  await using world = await openWorld({ rate: { perSecond: 10, burst: 3 } });
  const [desk, phone] = [await world.enter("Alice"), await world.enter("Alice")];
  const bob = await world.enter("Bob");
  await desk.do({ type: "list_rooms" }, { type: "list_rooms" });
  await phone.do({ type: "list_rooms" });
  await desk.do({ type: "list_rooms", key: "k" });
  const { code, key, retry_after } = desk.one("error");
  assertEquals([code, key, retry_after], ["rate_limited", "k", 100]);
  await bob.do({ type: "list_rooms" });
  assertEquals(bob.refusals(), []);
  await world.clock.advance(100);
  await desk.do({ type: "list_rooms" });
  assertEquals(desk.refusals(), []);
});

Deno.test("what is no command counts as well, and is answered with its code and its key", async () => {
  await using world = await openWorld({ rate: { perSecond: 10, burst: 2 } });
  const alice = await world.enter("Alice");
  await alice.handle({ refusal: { code: "bad_json" } });
  await alice.handle({ refusal: { code: "unknown_type" }, key: "k" });
  await alice.handle({ refusal: { code: "bad_json" } });
  assertEquals(alice.newsOf("error").map(({ code, key }) => [code, key]), [
    ["bad_json", undefined],
    ["unknown_type", "k"],
    ["rate_limited", undefined],
  ]);
});

for (const what of ["commands", "no commands"] as const) {
  Deno.test(`a flood of ${what} is closed with 4029, and costs nobody else anything`, async () => {
    await using world = await openWorld({ rate: { perSecond: 1, burst: 1 } });
    const alice = await world.enter("Alice");
    const bob = await world.enter("Bob");
    const decoded = what === "commands"
      ? { command: { type: "list_rooms" } as const }
      : { refusal: { code: "bad_json" } as const };
    let count = 0;
    while (alice.member.closes.length === 0 && count < 10_000) {
      await alice.handle(decoded);
      count++;
    }
    assertGreater(count, 400);
    assertEquals(alice.member.closes, ["flooding"]);
    const limited = alice.refusals().filter((code) => code === "rate_limited");
    assertEquals(limited.length, count - 2);
    await bob.do({ type: "list_rooms" });
    assertEquals([bob.member.closes, bob.refusals()], [[], []]);
  });
}

Deno.test("whoever keeps to the wait they are told is never closed", async () => {
  await using world = await openWorld({ rate: { perSecond: 10, burst: 5 } });
  const alice = await world.enter("Alice");
  for (let i = 0; i < 500; i++) {
    await alice.start({ type: "list_rooms" });
    const [error] = alice.newsOf("error");
    await world.clock.advance(error?.retry_after ?? 0);
  }
  assertEquals(alice.member.closes, []);
});
