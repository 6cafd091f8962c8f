import { assertEquals, assertGreater } from "@std/assert";
import { openHubFixture } from "../support/hub_fixture.ts";

Deno.test("a user over the rate is told how long to wait, counted over all the user's devices", async () => {
  await using fixture = await openHubFixture({ rate: { perSecond: 10, burst: 3 } });
  const [laptop, phone] = [await fixture.enter("Alice"), await fixture.enter("Alice")];
  const bob = await fixture.enter("Bob");
  await laptop.do({ type: "list_rooms" }, { type: "list_rooms" });
  await phone.do({ type: "list_rooms" });
  await laptop.do({ type: "list_rooms", key: "k" });
  const { code, key, retry_after } = laptop.one("error");
  assertEquals([code, key, retry_after], ["rate_limited", "k", 100]);
  await bob.do({ type: "list_rooms" });
  assertEquals(bob.refusals(), []);
  await fixture.clock.advance(100);
  await laptop.do({ type: "list_rooms" });
  assertEquals(laptop.refusals(), []);
});

Deno.test("an invalid command counts as well, and is answered with its code and its key", async () => {
  await using fixture = await openHubFixture({ rate: { perSecond: 10, burst: 2 } });
  const alice = await fixture.enter("Alice");
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
  Deno.test(`a flood of ${what} is closed with 4029, and affects no other client`, async () => {
    await using fixture = await openHubFixture({ rate: { perSecond: 1, burst: 1 } });
    const alice = await fixture.enter("Alice");
    const bob = await fixture.enter("Bob");
    const decoded = what === "commands"
      ? { command: { type: "list_rooms" } as const }
      : { refusal: { code: "bad_json" } as const };
    let count = 0;
    while (alice.subscriber.closes.length === 0 && count < 10_000) {
      await alice.handle(decoded);
      count++;
    }
    assertGreater(count, 400);
    assertEquals(alice.subscriber.closes, ["flooding"]);
    const limited = alice.refusals().filter((code) => code === "rate_limited");
    assertEquals(limited.length, count - 2);
    await bob.do({ type: "list_rooms" });
    assertEquals([bob.subscriber.closes, bob.refusals()], [[], []]);
  });
}

Deno.test("a client that keeps to the given wait is never closed", async () => {
  await using fixture = await openHubFixture({ rate: { perSecond: 10, burst: 5 } });
  const alice = await fixture.enter("Alice");
  for (let i = 0; i < 500; i++) {
    await alice.start({ type: "list_rooms" });
    const [error] = alice.newsOf("error");
    await fixture.clock.advance(error?.retry_after ?? 0);
  }
  assertEquals(alice.subscriber.closes, []);
});
