import { assertEquals, assertRejects } from "@std/assert";
import { SharedReplays } from "../../lib/chat/shared_replays.ts";
import type { StoredEvent } from "../../lib/store/records.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { openHubFixture } from "../support/hub_fixture.ts";

/** Shared replays over a store that notes what is read, in which each event is an empty record. */
function setUp(fails = () => false) {
  const clock = new FakeClock();
  const reads: string[] = [];
  const replay = (room: number, after: number, upTo: number) => {
    reads.push(`${room}: ${after}-${upTo}`);
    if (fails()) return Promise.reject(new Error("closed"));
    return Promise.resolve(Array<StoredEvent>(upTo - after).fill({} as StoredEvent));
  };
  return { clock, reads, replays: new SharedReplays({ replay }, clock) };
}

Deno.test("clients that missed the same events share one read, for a second", async () => {
  const { clock, reads, replays } = setUp();
  for (let n = 0; n < 3; n++) assertEquals((await replays.read(1, 5, 9))?.length, 4);
  assertEquals(reads, ["1: 5-9"]);
  await replays.read(2, 5, 9);
  await replays.read(1, 5, 10);
  await replays.read(1, 6, 9);
  assertEquals(reads.splice(0), ["1: 5-9", "2: 5-9", "1: 5-10", "1: 6-9"]);
  await clock.advance(1_000);
  await replays.read(1, 5, 9);
  assertEquals(reads, ["1: 5-9"]);
});

Deno.test("a read that failed is not shared with those who ask later", async () => {
  let failures = 1;
  const { reads, replays } = setUp(() => failures-- > 0);
  await assertRejects(() => replays.read(1, 0, 3));
  assertEquals((await replays.read(1, 0, 3))?.length, 3);
  assertEquals(reads.length, 2);
});

Deno.test("the events that are kept are bounded: the oldest read goes first", async () => {
  const { reads, replays } = setUp();
  for (let room = 1; room <= 21; room++) await replays.read(room, 0, 1_000);
  reads.length = 0;
  await replays.read(21, 0, 1_000);
  await replays.read(2, 0, 1_000);
  assertEquals(reads, []);
  await replays.read(1, 0, 1_000);
  assertEquals(reads, ["1: 0-1000"]);
});

Deno.test("members who come back at once cost one read of the log, and see a new name at once", async () => {
  const fixture = await openHubFixture();
  await using _ = fixture;
  const [alice] = await fixture.gather("lobby", "Alice", "Bob", "Carol");
  for (let n = 1; n <= 20; n++) await alice.say("lobby", `${n}`);
  let reads = 0;
  const { store } = fixture;
  const { replay } = store;
  Object.assign(store, {
    replay: (...asked: Parameters<typeof replay>) => (reads++, replay(...asked)),
  });
  const resume = async (name: string) => {
    const device = await fixture.enter(name);
    await device.do({ type: "join", room: "lobby", after: 10 });
    const [first] = device.one("joined").messages;
    return first?.type === "room_message" ? [first.seq, first.sender] : [];
  };
  assertEquals(await resume("Bob"), [11, "Alice"]);
  assertEquals(await resume("Carol"), [11, "Alice"]);
  assertEquals(reads, 1);
  const account = await fixture.account("Alice");
  await store.renameAccount(account.id, { name: "Alicia", skeleton: "alicia", at: 0 });
  fixture.hub.changeAccount({ ...account, name: "Alicia" });
  assertEquals(await resume("Bob"), [11, "Alicia"]);
});
