import { assert, assertEquals } from "@std/assert";
import type { Joined } from "../../lib/protocol/frames.ts";
import { FakeSubscriber } from "../support/fakes.ts";
import { type Device, type HubFixture, openHubFixture, settle } from "../support/hub_fixture.ts";

/** Fills a room with `count` messages, and connects a member. */
async function setUp(count: number) {
  const fixture = await openHubFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  for (let i = 1; i <= count; i++) {
    await alice.start({ type: "room_message", room: "lobby", message: `${i}` });
  }
  await settle(fixture.clock);
  // A burst is sent over several turns.
  await fixture.clock.advance(0);
  alice.forget();
  const device = await fixture.enter("Bob");
  await device.do({ type: "join", room: "lobby" });
  device.forget();
  fixture.hub.exit(device.subscriber);
  return { fixture, alice };
}

const seqs = (joined: Joined) => joined.messages.map(({ seq }) => seq);

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The reply to a join, and the seqs of everything sent live after it. */
function outcome(device: Device): { joined: Joined; live: number[] } {
  const news = device.news();
  const at = news.findIndex(({ type }) => type === "joined");
  const joined = news[at];
  assert(joined?.type === "joined");
  const live = news.flatMap((frame) => frame.type === "room_message" ? [frame.seq] : []);
  // No event of the room is sent live before the reply.
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
    ["without a position", undefined, { seqs: range(151, 200), truncated: true, more: true }],
  ] as const
) {
  Deno.test(`join ${name} returns the missed events, or the latest page`, async () => {
    const { fixture, alice } = await setUp(200);
    await using _ = fixture;
    const bob = await fixture.enter("Bob");
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

Deno.test("the history of an empty room is empty, with no older messages", async () => {
  const { fixture } = await setUp(0);
  await using _ = fixture;
  for (const after of [{}, { after: 0 }]) {
    const bob = await fixture.enter("Bob");
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

Deno.test("a resume includes the missed files, up to a bound", async () => {
  const fixture = await openHubFixture();
  await using _ = fixture;
  const [alice] = await fixture.gather("lobby", "Alice");
  const { id: room } = await fixture.room("lobby");
  const { store } = fixture;
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
    const bob = await fixture.enter("Bob");
    await bob.do({ type: "join", room: "lobby", after });
    const { messages, truncated } = bob.one("joined");
    const files = messages.map((event) => event.type === "room_message" ? event.files?.length : 0);
    return { count: messages.length, files: new Set(files), truncated };
  };
  assertEquals(await resume(1), { count: 100, files: new Set([10]), truncated: false });
  assertEquals(await resume(0), { count: 50, files: new Set([10]), truncated: true });
});

Deno.test("a short room is returned whole, and not marked truncated", async () => {
  const { fixture } = await setUp(3);
  await using _ = fixture;
  const bob = await fixture.enter("Bob");
  await bob.do({ type: "join", room: "lobby" });
  const { joined } = outcome(bob);
  assertEquals([seqs(joined), joined.truncated, joined.more], [[1, 2, 3], false, false]);
});

Deno.test("a position in another log is ignored", async () => {
  const { fixture } = await setUp(60);
  await using _ = fixture;
  const bob = await fixture.enter("Bob");
  await bob.do({ type: "join", room: "lobby", after: 59, epoch: "another" });
  const stranger = outcome(bob).joined;
  assertEquals([stranger.truncated, seqs(stranger)], [true, range(11, 60)]);
  assertEquals(stranger.epoch, fixture.store.epoch);
  await bob.do({ type: "join", room: "lobby", after: 59, epoch: fixture.store.epoch });
  assertEquals(seqs(outcome(bob).joined), [60]);
});

// Invariant R2.
Deno.test("a client that missed more than a resume returns gets the latest page, never a part in between", async () => {
  const { fixture } = await setUp(1_100);
  await using _ = fixture;
  const bob = await fixture.enter("Bob");
  await bob.do({ type: "join", room: "lobby", after: 99 });
  const tooMuch = outcome(bob).joined;
  assertEquals([tooMuch.truncated, seqs(tooMuch)], [true, range(1_051, 1_100)]);
  await bob.do({ type: "join", room: "lobby", after: 100 });
  const justEnough = outcome(bob).joined;
  assertEquals([justEnough.truncated, seqs(justEnough)], [false, range(101, 1_100)]);
});

Deno.test("missed edits, deletions and reactions are replayed as events, each with its seq", async () => {
  const { fixture, alice } = await setUp(2);
  await using _ = fixture;
  await alice.do(
    { type: "edit_message", room: "lobby", seq: 1, message: "one" },
    { type: "react", room: "lobby", seq: 1, emoji: "👍", on: true },
    { type: "delete_message", room: "lobby", seq: 2 },
  );
  const bob = await fixture.enter("Bob");
  await bob.do({ type: "join", room: "lobby", after: 2 });
  assertEquals(outcome(bob).joined.messages.map(({ seq, type }) => [seq, type]), [
    [3, "message_edited"],
    [4, "reaction"],
    [5, "message_deleted"],
  ]);
  // Without a position: the messages as they are now.
  await bob.do({ type: "join", room: "lobby" });
  const { joined } = outcome(bob);
  assertEquals(joined.seq, 5);
  assertEquals(
    joined.messages.map((message) => "message" in message && [message.seq, message.message]),
    [[1, "one"], [2, ""]],
  );
});

// Invariant R1.
Deno.test("joining while events are delayed in a large room leaves no gap and no overlap", async () => {
  const { fixture, alice } = await setUp(5);
  await using _ = fixture;
  const room = await fixture.room("lobby");
  for (let i = 0; i < 1_000; i++) room.channel.subscribe(new FakeSubscriber(fixture.clock));
  await alice.say("lobby", "6");
  await alice.say("lobby", "7");
  await alice.say("lobby", "8");
  for (const after of [0, 3, 6, undefined]) {
    const bob = await fixture.enter("Bob");
    bob.forget();
    await bob.do({ type: "join", room: "lobby", ...(after === undefined ? {} : { after }) });
    const { joined, live } = outcome(bob);
    assertEquals([joined.seq, seqs(joined), live], [6, range((after ?? 0) + 1, 6), []]);
  }
  const bob = await fixture.enter("Bob");
  bob.forget();
  await bob.do({ type: "join", room: "lobby", after: 0 });
  await fixture.clock.advance(20);
  const { joined, live } = outcome(bob);
  assertEquals([...seqs(joined), ...live], range(1, 8));
});

Deno.test("an event delayed while its sender joins again is sent once, with its key", async () => {
  const { fixture, alice } = await setUp(5);
  await using _ = fixture;
  const room = await fixture.room("lobby");
  for (let i = 0; i < 1_000; i++) room.channel.subscribe(new FakeSubscriber(fixture.clock));
  await alice.say("lobby", "6");
  await alice.say("lobby", "7", "k");
  assertEquals(alice.texts(), ["6 6"]);
  await alice.do({ type: "join", room: "lobby", after: 6 });
  await fixture.clock.advance(20);
  const { joined, live } = outcome(alice);
  assertEquals([seqs(joined), live], [[], [7]]);
});

// A slow store: its results are outdated when they arrive ----------------------------------------

/** Posts messages during a held read: releases one read after every second message, and all at the end. */
async function postDuring(
  { clock }: HubFixture,
  alice: Device,
  reading: ReturnType<HubFixture["hold"]>,
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    await alice.say("lobby", `during ${i}`);
    if (i % 2 === 1) reading.pass();
    await settle(clock);
  }
  reading.open();
}

/** Posts while a join reads; resolves when the join is answered. */
async function joinDuringPosts(
  fixture: HubFixture,
  alice: Device,
  after: number | undefined,
  method: "replay" | "pageBefore",
  during: number,
): Promise<{ joined: Joined; live: number[] }> {
  const bob = await fixture.enter("Bob");
  bob.forget();
  const reading = fixture.hold(method, "after");
  const joining = bob.start({
    type: "join",
    room: "lobby",
    ...(after === undefined ? {} : { after }),
  });
  await settle(fixture.clock);
  await postDuring(fixture, alice, reading, during);
  await alice.start({ type: "room_message", room: "lobby", message: "at the end" });
  await joining;
  await settle(fixture.clock);
  await alice.say("lobby", "after it");
  return outcome(bob);
}

for (
  const [after, method, first] of [
    [3, "replay", 4],
    [9, "replay", 10],
    [undefined, "pageBefore", 1],
    [99, "pageBefore", 1],
  ] as const
) {
  for (const during of [1, 2, 7]) {
    Deno.test(`${during} posted during a slow ${method}, after ${after}: no gap, no overlap`, async () => {
      const { fixture, alice } = await setUp(10);
      await using _ = fixture;
      const { joined, live } = await joinDuringPosts(fixture, alice, after, method, during);
      assertEquals([...seqs(joined), ...live], range(first, 10 + during + 2));
      assertEquals(seqs(joined).at(-1), joined.seq);
    });
  }
}

for (const method of ["readState", "readStates", "replay"] as const) {
  for (const during of [1, 2, 7]) {
    Deno.test(`${during} posted during a slow ${method}: each is counted as unread once`, async () => {
      const { fixture, alice } = await setUp(10);
      await using _ = fixture;
      const bob = await fixture.enter("Bob");
      bob.forget();
      const { publicId: room_id } = (await fixture.room("lobby")).record;
      const reading = fixture.hold(method, "after");
      const { epoch } = fixture.store;
      const place = { room_id, after: 9, epoch };
      const joining = bob.start(
        method === "readStates" ? { type: "resume", rooms: [place] } : { type: "join", ...place },
      );
      await settle(fixture.clock);
      await postDuring(fixture, alice, reading, during);
      await joining;
      await settle(fixture.clock);
      await alice.say("lobby", "after it");
      const { joined, live } = outcome(bob);
      assertEquals(joined.unread, joined.seq);
      assertEquals(live, range(joined.seq + 1, 11 + during));
    });
  }
}

Deno.test("one posted while the read mark goes back is counted as unread once", async () => {
  const { fixture, alice } = await setUp(10);
  await using _ = fixture;
  const bob = await fixture.enter("Bob");
  await bob.do({ type: "join", room: "lobby" }, { type: "read", room: "lobby", seq: 10 });
  bob.forget();
  const reading = fixture.hold("readState", "after");
  const marking = bob.start({ type: "mark_unread", room: "lobby", seq: 5 });
  await settle(fixture.clock);
  await alice.say("lobby", "during it");
  reading.open();
  await marking;
  await settle(fixture.clock);
  const answers = bob.newsOf("room_message", "read");
  assertEquals(answers.map(({ type, ...rest }) => [type, "unread" in rest ? rest.unread : 0]), [
    ["room_message", 0],
    ["read", 7],
  ]);
});

Deno.test("too many messages for a resume posted during a slow read: the latest page", async () => {
  const { fixture, alice } = await setUp(10);
  await using _ = fixture;
  const bob = await fixture.enter("Bob");
  bob.forget();
  const reading = fixture.hold("replay", "after");
  const joining = bob.start({ type: "join", room: "lobby", after: 9 });
  await settle(fixture.clock);
  for (let i = 0; i < 1_001; i++) {
    await alice.start({ type: "room_message", room: "lobby", message: `${i}` });
  }
  await settle(fixture.clock);
  await fixture.clock.advance(0);
  reading.open();
  await joining;
  await alice.say("lobby", "after it");
  const { joined, live } = outcome(bob);
  assertEquals([joined.truncated, seqs(joined), live], [true, range(962, 1_011), [1_012]]);
});

Deno.test("a connection that joins again gets nothing live until the reply", async () => {
  const { fixture, alice } = await setUp(10);
  await using _ = fixture;
  const bob = await fixture.enter("Bob");
  await bob.do({ type: "join", room: "lobby" });
  bob.forget();
  const reading = fixture.hold("replay", "after");
  const joining = bob.start({ type: "join", room: "lobby", after: 9 });
  await settle(fixture.clock);
  await alice.say("lobby", "11");
  reading.open();
  await joining;
  await alice.say("lobby", "12");
  const { joined, live } = outcome(bob);
  assertEquals([seqs(joined), live], [[10, 11], [12]]);
});

Deno.test("a message that its sender posts during a join is acknowledged, and in the reply", async () => {
  const { fixture, alice } = await setUp(10);
  await using _ = fixture;
  const commit = fixture.hold("append", "before");
  const reading = fixture.hold("replay", "before");
  await alice.start({ type: "room_message", room: "lobby", message: "mine", key: "k" });
  const joining = alice.start({ type: "join", room: "lobby", after: 9 });
  await settle(fixture.clock);
  commit.open();
  await settle(fixture.clock);
  reading.open();
  await joining;
  await settle(fixture.clock);
  const [acknowledged, joined, ...rest] = alice.newsOf("room_message", "joined");
  assert(acknowledged?.type === "room_message" && joined?.type === "joined");
  assertEquals([acknowledged.key, acknowledged.seq, seqs(joined), rest], ["k", 11, [10, 11], []]);
});

Deno.test("a connection that closes during its join's read is not subscribed", async () => {
  const { fixture, alice } = await setUp(3);
  await using _ = fixture;
  const bob = await fixture.enter("Bob");
  bob.forget();
  const reading = fixture.hold("pageBefore", "after");
  const joining = bob.start({ type: "join", room: "lobby" });
  await settle(fixture.clock);
  fixture.hub.exit(bob.subscriber);
  reading.open();
  await joining;
  await alice.say("lobby", "4");
  const room = await fixture.room("lobby");
  assertEquals([bob.news(), room.channel.size], [[], 1]);
});

Deno.test("a user who leaves on one device while joining on another is removed on both", async () => {
  const { fixture, alice } = await setUp(3);
  await using _ = fixture;
  const [laptop, phone] = [await fixture.enter("Bob"), await fixture.enter("Bob")];
  const reading = fixture.hold("pageBefore", "after");
  const joining = phone.start({ type: "join", room: "lobby" });
  await settle(fixture.clock);
  await laptop.do({ type: "leave", room: "lobby" });
  reading.open();
  await joining;
  phone.forget();
  await alice.say("lobby", "4");
  assertEquals([laptop.texts(), phone.news()], [[], []]);
});

Deno.test("a join rejects when the store fails, and the next one works", async () => {
  const { fixture } = await setUp(3);
  await using _ = fixture;
  const bob = await fixture.enter("Bob");
  const reading = fixture.hold("pageBefore", "before");
  reading.open();
  reading.fail(new Error("gone"));
  const failed = await bob.start({ type: "join", room: "lobby" }).then(() => false, () => true);
  assert(failed);
  reading.fail(undefined);
  await bob.do({ type: "join", room: "lobby" });
  assertEquals(seqs(outcome(bob).joined), [1, 2, 3]);
});
