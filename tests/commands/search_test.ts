import { assertEquals, assertExists } from "@std/assert";
import { openHubFixture } from "../support/hub_fixture.ts";

type Fixture = Awaited<ReturnType<typeof openHubFixture>>;
type Member = Awaited<ReturnType<Fixture["gather"]>>[number];

/** What a query finds: the texts, the newest first, or the code of the refusal. */
async function find(member: Member, query: string, fields: object = {}): Promise<unknown> {
  await member.do({ type: "search", query, ...fields });
  const [answer] = member.news();
  if (answer?.type === "error") return answer.code;
  if (answer?.type !== "search_results") throw new Error(`Got ${answer?.type}`);
  return answer.messages.map(({ message }) => message);
}

Deno.test("operators narrow a search to a sender, a room and days", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  await fixture.gather("garden", "Alice", "Bob");
  const [carol] = await fixture.gather("cellar", "Carol");
  await alice.do({ type: "room_message", room: "lobby", message: "tea by Alice" });
  await bob.do({ type: "room_message", room: "garden", message: "tea by Bob" });
  await bob.do({ type: "private_message", receiver: "Alice", message: "tea for two" });
  for (const one of [alice, bob, carol]) one.news();

  assertEquals(await find(alice, "tea from:@alice"), ["tea by Alice"]);
  assertEquals(await find(alice, "tea in:#garden"), ["tea by Bob"]);
  assertEquals(await find(alice, "tea in:@Bob"), ["tea for two"]);
  assertEquals(await find(alice, "tea from:bob in:lobby"), []);
  assertEquals(await find(alice, "tea from:"), ["tea for two", "tea by Bob", "tea by Alice"]);
  assertEquals(await find(alice, "tea before:1980-01-01"), []);
  assertEquals(await find(alice, "tea after:2999-01-01"), []);
  assertEquals(await find(alice, "tea in:garden after:1960 before:2999"), ["tea by Bob"]);
});

Deno.test("phrases, files, links and pins narrow a search, and operators find messages alone", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  const said = ["green tea", "tea green", "see https://example.com/tea", "teapots"];
  for (const message of said) {
    await alice.do({ type: "room_message", room: "lobby", message });
  }
  const sender = await fixture.store.findAccount("Alice");
  const room = sender && await fixture.store.findRoom("lobby", sender.id);
  assertExists(sender);
  assertExists(room);
  const pin = { kind: "message_pinned", target: 2, on: true, asModerator: true } as const;
  await fixture.store.append([{ ...pin, room: room.id, sender, at: 0, key: null }]);
  for (const one of [alice, bob]) one.news();

  assertEquals(await find(bob, '"green tea"'), ["green tea"]);
  assertEquals(await find(bob, '"tea" green'), ["tea green", "green tea"]);
  assertEquals(await find(bob, "tea"), said.toReversed());
  assertEquals(await find(bob, "tea "), said.slice(0, 3).toReversed(), "the word is complete");
  assertEquals(await find(bob, "has:link"), ["see https://example.com/tea"]);
  assertEquals(await find(bob, "tea is:pinned"), ["tea green"]);
  assertEquals(await find(bob, "is:pinned"), ["tea green"]);
  assertEquals(await find(bob, "from:Alice"), said.toReversed());
  assertEquals(await find(bob, "from:Bob"), []);
  assertEquals(await find(bob, "has:image"), []);
  assertEquals(await find(bob, "!? from:Alice"), [], "no letter to look for");
  assertEquals(await find(bob, "from:"), [], "nothing is asked for yet");
});

Deno.test("a search that cannot be followed is refused, and reveals nothing", async () => {
  await using fixture = await openHubFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  const [carol] = await fixture.gather("cellar", "Carol");
  await carol.do({ type: "create_room", room: "vault", kind: "private" });
  await carol.do({ type: "room_message", room: "vault", message: "tea by Carol" });
  alice.news();
  for (
    const [query, code] of [
      ["tea before:2026-02-30", "invalid_search"],
      ["tea has:cheese", "invalid_search"],
      ["tea from:Alice from:Carol", "invalid_search"],
      ["tea from:Nobody", "no_such_user"],
      ["tea in:vault", "no_such_room"],
      ["tea in:nowhere", "no_such_room"],
      ["tea in:cellar", "not_a_member"],
      ["tea in:@Nobody", "no_such_user"],
    ] as const
  ) assertEquals(await find(alice, query), code, query);
  assertEquals(await find(alice, "tea", { time_zone: "Mars/Olympus" }), "bad_time_zone");
  assertEquals(await find(alice, "tea", { time_zone: "Europe/Berlin" }), []);
});
