import { assert, assertEquals } from "@std/assert";
import type { Joined } from "../lib/protocol.ts";
import { FakeMember } from "./support/fakes.ts";
import { type Device, openWorld, settle, type World } from "./support/world.ts";

/** A room in which so much was said, and somebody in it. */
async function setUp(count: number) {
  const world = await openWorld();
  const [alice] = await world.gather("lobby", "Alice");
  for (let i = 1; i <= count; i++) {
    await alice.start({ type: "room_message", room: "lobby", message: `${i}` });
  }
  await settle(world.clock);
  // A burst goes out over several turns.
  await world.clock.advance(0);
  alice.forget();
  const device = await world.enter("Bob");
  await device.do({ type: "join", room: "lobby" });
  device.forget();
  world.hub.exit(device.member);
  return { world, alice };
}

const seqs = (joined: Joined) => joined.messages.map(({ seq }) => seq);

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The answer to a join, and the seq of everything that came live after it. */
function outcome(device: Device): { joined: Joined; live: number[] } {
  const news = device.news();
  const at = news.findIndex(({ type }) => type === "joined");
  const joined = news[at];
  assert(joined?.type === "joined");
  const live = news.flatMap((frame) => frame.type === "room_message" ? [frame.seq] : []);
  // Nothing of the room comes live before the answer.
  assert(!news.slice(0, at).some(({ type }) => type === "room_message"));
  return { joined, live };
}

for (
  const [name, after, expected] of [
    ["from the beginning", 0, { seqs: range(1, 200), truncated: false, more: false }],
    ["from the middle", 150, { seqs: range(151, 200), truncated: false, more: true }],
    ["from the last but one", 199, { seqs: [200], truncated: false, more: true }],
    ["with nothing missed", 200, { seqs: [], truncated: false, more: true }],
    ["from beyond the end", 201, { seqs: range(151, 200), truncated: true, more: true }],
    ["from far beyond", 2 ** 53 - 1, { seqs: range(151, 200), truncated: true, more: true }],
    ["without a place", undefined, { seqs: range(151, 200), truncated: true, more: true }],
  ] as const
) {
  Deno.test(`join ${name} brings what is missing, or the latest page`, async () => {
    const { world, alice } = await setUp(200);
    await using _ = world;
    const bob = await world.enter("Bob");
    bob.forget();
    await bob.do({
      type: "join",
      room: "LOBBY",
      key: "k",
      ...(after === undefined ? {} : { after }),
    });
    await alice.say("lobby", "next");
    const { joined, live } = outcome(bob);
    assertEquals([joined.room, joined.key, joined.seq], ["lobby", "k", 200]);
    assertEquals(joined.members, ["Alice", "Bob"]);
    assertEquals({ seqs: seqs(joined), truncated: joined.truncated, more: joined.more }, {
      ...expected,
      seqs: [...expected.seqs],
    });
    assertEquals(live, [201]);
  });
}

Deno.test("an empty room has nothing, and more of nothing", async () => {
  const { world } = await setUp(0);
  await using _ = world;
  for (const after of [{}, { after: 0 }]) {
    const bob = await world.enter("Bob");
    await bob.do({ type: "join", room: "lobby", ...after });
    const { joined } = outcome(bob);
    assertEquals([joined.seq, joined.messages, joined.truncated, joined.more], [
      0,
      [],
      false,
      false,
    ]);
  }
});

Deno.test("a resume brings the files that were missed, but not any number of them", async () => {
  const world = await openWorld();
  await using _ = world;
  const [alice] = await world.gather("lobby", "Alice");
  const { id: room } = await world.room("lobby");
  const { store } = world;
  const content = { type: "application/octet-stream", width: null, height: null };
  let made = 0;
  const sayWithFiles = async (count: number) => {
    const files: string[] = [];
    for (let n = 0; n < 10; n++) {
      const id = `${made++}`.padStart(43, "f");
      const uploader = alice.connection.account.id;
      const expiresAt = Number.MAX_SAFE_INTEGER;
      await store.beginFile({ id, room, uploader, name: "x", expiresAt });
      await store.finishFile(id, content);
      files.push(id);
    }
    await alice.do({ type: "room_message", room: "lobby", message: `${count}`, files });
  };
  for (let n = 1; n <= 101; n++) await sayWithFiles(n);
  const resume = async (after: number) => {
    const bob = await world.enter("Bob");
    await bob.do({ type: "join", room: "lobby", after });
    const { messages, truncated } = bob.one("joined");
    const files = messages.map((event) => event.type === "room_message" ? event.files?.length : 0);
    return { count: messages.length, files: new Set(files), truncated };
  };
  assertEquals(await resume(1), { count: 100, files: new Set([10]), truncated: false });
  assertEquals(await resume(0), { count: 50, files: new Set([10]), truncated: true });
});

Deno.test("a short room comes whole, and is not called truncated", async () => {
  const { world } = await setUp(3);
  await using _ = world;
  const bob = await world.enter("Bob");
  await bob.do({ type: "join", room: "lobby" });
  const { joined } = outcome(bob);
  assertEquals([seqs(joined), joined.truncated, joined.more], [[1, 2, 3], false, false]);
});

Deno.test("a place in another log means nothing", async () => {
  const { world } = await setUp(60);
  await using _ = world;
  const bob = await world.enter("Bob");
  await bob.do({ type: "join", room: "lobby", after: 59, epoch: "another" });
  const stranger = outcome(bob).joined;
  assertEquals([stranger.truncated, seqs(stranger)], [true, range(11, 60)]);
  assertEquals(stranger.epoch, world.store.epoch);
  await bob.do({ type: "join", room: "lobby", after: 59, epoch: world.store.epoch });
  assertEquals(seqs(outcome(bob).joined), [60]);
});

Deno.test("who missed more than can be brought gets the latest page, never a part in between", async () => {
  const { world } = await setUp(1_100);
  await using _ = world;
  const bob = await world.enter("Bob");
  await bob.do({ type: "join", room: "lobby", after: 99 });
  const tooMuch = outcome(bob).joined;
  assertEquals([tooMuch.truncated, seqs(tooMuch)], [true, range(1_051, 1_100)]);
  await bob.do({ type: "join", room: "lobby", after: 100 });
  const justEnough = outcome(bob).joined;
  assertEquals([justEnough.truncated, seqs(justEnough)], [false, range(101, 1_100)]);
});

Deno.test("edits, deletions and reactions that were missed come as events, each with its seq", async () => {
  const { world, alice } = await setUp(2);
  await using _ = world;
  await alice.do(
    { type: "edit_message", room: "lobby", seq: 1, message: "one" },
    { type: "react", room: "lobby", seq: 1, emoji: "👍", on: true },
    { type: "delete_message", room: "lobby", seq: 2 },
  );
  const bob = await world.enter("Bob");
  await bob.do({ type: "join", room: "lobby", after: 2 });
  assertEquals(outcome(bob).joined.messages.map(({ seq, type }) => [seq, type]), [
    [3, "message_edited"],
    [4, "reaction"],
    [5, "message_deleted"],
  ]);
  // Without a place: the messages as they are now.
  await bob.do({ type: "join", room: "lobby" });
  const { joined } = outcome(bob);
  assertEquals(joined.seq, 5);
  assertEquals(
    joined.messages.map((message) => "message" in message && [message.seq, message.message]),
    [[1, "one"], [2, ""]],
  );
});

Deno.test("joining while events rest in a large room leaves no gap and no overlap", async () => {
  const { world, alice } = await setUp(5);
  await using _ = world;
  const room = await world.room("lobby");
  for (let i = 0; i < 1_000; i++) room.channel.follow(new FakeMember(world.clock));
  await alice.say("lobby", "6");
  await alice.say("lobby", "7");
  await alice.say("lobby", "8");
  for (const after of [0, 3, 6, undefined]) {
    const bob = await world.enter("Bob");
    bob.forget();
    await bob.do({ type: "join", room: "lobby", ...(after === undefined ? {} : { after }) });
    const { joined, live } = outcome(bob);
    assertEquals([joined.seq, seqs(joined), live], [6, range((after ?? 0) + 1, 6), []]);
  }
  const bob = await world.enter("Bob");
  bob.forget();
  await bob.do({ type: "join", room: "lobby", after: 0 });
  await world.clock.advance(20);
  const { joined, live } = outcome(bob);
  assertEquals([...seqs(joined), ...live], range(1, 8));
});

Deno.test("what rests while somebody joins once more comes once, with its key", async () => {
  const { world, alice } = await setUp(5);
  await using _ = world;
  const room = await world.room("lobby");
  for (let i = 0; i < 1_000; i++) room.channel.follow(new FakeMember(world.clock));
  await alice.say("lobby", "6");
  await alice.say("lobby", "7", "k");
  assertEquals(alice.texts(), ["6 6"]);
  await alice.do({ type: "join", room: "lobby", after: 6 });
  await world.clock.advance(20);
  const { joined, live } = outcome(alice);
  assertEquals([seqs(joined), live], [[], [7]]);
});

// The store answers late: what it says is old by then -------------------------------------------

/** Lets a held read through after each of some messages; returns when the join is answered. */
async function joinWhileTalking(
  world: World,
  alice: Device,
  after: number | undefined,
  method: "replay" | "pageBefore",
  during: number,
): Promise<{ joined: Joined; live: number[] }> {
  const bob = await world.enter("Bob");
  bob.forget();
  const reading = world.hold(method, "after");
  const joining = bob.start({
    type: "join",
    room: "lobby",
    ...(after === undefined ? {} : { after }),
  });
  await settle(world.clock);
  for (let i = 0; i < during; i++) {
    await alice.say("lobby", `during ${i}`);
    if (i % 2 === 1) reading.pass();
    await settle(world.clock);
  }
  reading.open();
  await alice.start({ type: "room_message", room: "lobby", message: "at the end" });
  await joining;
  await settle(world.clock);
  await alice.say("lobby", "after it");
  return outcome(bob);
}

for (
  const [after, method, first] of [
    [3, "replay", 4],
    [10, "replay", 11],
    [undefined, "pageBefore", 1],
    [99, "pageBefore", 1],
  ] as const
) {
  for (const during of [1, 2, 7]) {
    Deno.test(`${during} said while ${method} takes its time, after ${after}: no gap, no overlap`, async () => {
      const { world, alice } = await setUp(10);
      await using _ = world;
      const { joined, live } = await joinWhileTalking(world, alice, after, method, during);
      assertEquals([...seqs(joined), ...live], range(first, 10 + during + 2));
      assertEquals(seqs(joined).at(-1), joined.seq);
    });
  }
}

Deno.test("so much is said during a slow read that it cannot be brought: the latest page", async () => {
  const { world, alice } = await setUp(10);
  await using _ = world;
  const bob = await world.enter("Bob");
  bob.forget();
  const reading = world.hold("replay", "after");
  const joining = bob.start({ type: "join", room: "lobby", after: 10 });
  await settle(world.clock);
  for (let i = 0; i < 1_001; i++) {
    await alice.start({ type: "room_message", room: "lobby", message: `${i}` });
  }
  await settle(world.clock);
  await world.clock.advance(0);
  reading.open();
  await joining;
  await alice.say("lobby", "after it");
  const { joined, live } = outcome(bob);
  assertEquals([joined.truncated, seqs(joined), live], [true, range(962, 1_011), [1_012]]);
});

Deno.test("whoever joins once more gets nothing live until that is answered", async () => {
  const { world, alice } = await setUp(10);
  await using _ = world;
  const bob = await world.enter("Bob");
  await bob.do({ type: "join", room: "lobby" });
  bob.forget();
  const reading = world.hold("replay", "after");
  const joining = bob.start({ type: "join", room: "lobby", after: 10 });
  await settle(world.clock);
  await alice.say("lobby", "11");
  reading.open();
  await joining;
  await alice.say("lobby", "12");
  const { joined, live } = outcome(bob);
  assertEquals([seqs(joined), live], [[11], [12]]);
});

Deno.test("one's own message that is stored during one's join is acknowledged, and in the answer", async () => {
  const { world, alice } = await setUp(10);
  await using _ = world;
  const commit = world.hold("append", "before");
  const reading = world.hold("replay", "before");
  await alice.start({ type: "room_message", room: "lobby", message: "mine", key: "k" });
  const joining = alice.start({ type: "join", room: "lobby", after: 10 });
  await settle(world.clock);
  commit.open();
  await settle(world.clock);
  reading.open();
  await joining;
  await settle(world.clock);
  const [acknowledged, joined, ...rest] = alice.newsOf("room_message", "joined");
  assert(acknowledged?.type === "room_message" && joined?.type === "joined");
  assertEquals([acknowledged.key, acknowledged.seq, seqs(joined), rest], ["k", 11, [11], []]);
});

Deno.test("whoever goes while their join is read follows nothing", async () => {
  const { world, alice } = await setUp(3);
  await using _ = world;
  const bob = await world.enter("Bob");
  bob.forget();
  const reading = world.hold("pageBefore", "after");
  const joining = bob.start({ type: "join", room: "lobby" });
  await settle(world.clock);
  world.hub.exit(bob.member);
  reading.open();
  await joining;
  await alice.say("lobby", "4");
  const room = await world.room("lobby");
  assertEquals([bob.news(), room.channel.size], [[], 1]);
});

Deno.test("whoever leaves on one device while joining on another is out on both", async () => {
  const { world, alice } = await setUp(3);
  await using _ = world;
  const [desk, phone] = [await world.enter("Bob"), await world.enter("Bob")];
  const reading = world.hold("pageBefore", "after");
  const joining = phone.start({ type: "join", room: "lobby" });
  await settle(world.clock);
  await desk.do({ type: "leave", room: "lobby" });
  reading.open();
  await joining;
  phone.forget();
  await alice.say("lobby", "4");
  assertEquals([desk.texts(), phone.news()], [[], []]);
});

Deno.test("a join that the store fails is refused by a throw, and the next one works", async () => {
  const { world } = await setUp(3);
  await using _ = world;
  const bob = await world.enter("Bob");
  const reading = world.hold("pageBefore", "before");
  reading.open();
  reading.fail(new Error("gone"));
  const failed = await bob.start({ type: "join", room: "lobby" }).then(() => false, () => true);
  assert(failed);
  reading.fail(undefined);
  await bob.do({ type: "join", room: "lobby" });
  assertEquals(seqs(outcome(bob).joined), [1, 2, 3]);
});
