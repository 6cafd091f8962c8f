import { assertEquals } from "@std/assert";
import { follower, openInstances, seqs } from "../support/instances.ts";

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

Deno.test("messages from one instance reach the subscribers at every other, once and in order", async () => {
  await using them = await openInstances(["one", "two", "three"]);
  const devices = await Promise.all(
    them.fixtures.map((fixture, i) => follower(fixture, `Person ${i}`, "lobby")),
  );
  await them.clock.advance(20_000);
  for (const device of devices) device.forget();
  for (let i = 0; i < 30; i++) {
    for (const [n, device] of devices.entries()) {
      await device.start({ type: "room_message", room: "lobby", message: `${n} ${i}` });
      if ((i + n) % 4 === 0) await them.clock.settle();
    }
  }
  await them.settle();
  const [first, ...others] = devices.map((device) => device.texts());
  assertEquals(first?.map((text) => parseInt(text)), upTo(90));
  for (const other of others) assertEquals(other, first);
});

Deno.test("edits, reactions and deletions reach the other instances as well", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await follower(one, "Alice", "lobby");
  const bob = await follower(two, "Bob", "lobby");
  await alice.say("lobby", "helo");
  await alice.do({ type: "edit_message", room: "lobby", seq: 1, message: "hello" });
  await bob.do({ type: "react", room: "lobby", seq: 1, emoji: "👋", on: true });
  await alice.do({ type: "delete_message", room: "lobby", seq: 1 });
  const types = ["room_message", "message_edited", "reaction", "message_deleted"] as const;
  const story = types.map((type, i) => `${i + 1} ${type}`);
  for (const device of [alice, bob]) {
    assertEquals(device.newsOf(...types).map(({ seq, type }) => `${seq} ${type}`), story);
  }
});

// Invariant C2.
Deno.test("an instance that received no notices for a while catches up, in order", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await follower(one, "Alice", "lobby");
  const bob = await follower(two, "Bob", "lobby");
  them.bus.line("two").deaf = true;
  for (let i = 1; i <= 700; i++) {
    await alice.start({ type: "room_message", room: "lobby", message: `${i}` });
  }
  await them.settle();
  assertEquals(seqs(bob), []);
  them.bus.restore("two");
  await them.clock.advance(100);
  assertEquals(seqs(bob), upTo(700));
});

Deno.test("without any notice, missing events are found within ten seconds", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await follower(one, "Alice", "lobby");
  const bob = await follower(two, "Bob", "lobby");
  them.bus.line("two").deaf = true;
  await alice.say("lobby", "hi");
  them.bus.line("two").deaf = false;
  await them.clock.advance(10_000);
  assertEquals(seqs(bob), [1]);
});

Deno.test("a user's own message waits for earlier ones that were stored elsewhere", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await follower(one, "Alice", "lobby");
  const bob = await follower(two, "Bob", "lobby");
  them.bus.line("two").deaf = true;
  await alice.say("lobby", "one");
  await alice.say("lobby", "two");
  const reading = two.hold("replay", "before");
  await bob.say("lobby", "three", "k");
  assertEquals(seqs(bob), []);
  reading.open();
  await them.settle();
  assertEquals(bob.texts(), ["1 one", "2 two", "3 three"]);
});

Deno.test("while the store fails, reading a room is retried until it is complete", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await follower(one, "Alice", "lobby");
  const bob = await follower(two, "Bob", "lobby");
  them.bus.carriesEvents = () => false;
  const reading = two.hold("replay", "before");
  reading.open();
  reading.fail(new Error("gone"));
  await alice.say("lobby", "one");
  await alice.say("lobby", "two");
  await them.clock.advance(5_000);
  assertEquals(seqs(bob), []);
  reading.fail(undefined);
  await them.clock.advance(2_000);
  assertEquals(seqs(bob), [1, 2]);
});

Deno.test("a message that is repeated at another instance is stored once", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await follower(one, "Alice", "lobby");
  const bob = await follower(two, "Bob", "lobby");
  them.bus.line("two").deaf = true;
  await alice.say("lobby", "hi", "k");
  const again = await follower(two, "Alice", "lobby");
  await again.say("lobby", "hi", "k");
  assertEquals([seqs(again), seqs(bob)], [[1], [1]]);
  them.bus.restore("two");
  await them.clock.advance(1_000);
  assertEquals([seqs(again), seqs(bob), seqs(alice)], [[], [], [1]]);
});

Deno.test("a client from another instance with a later position continues from there", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await follower(one, "Alice", "lobby");
  const bob = await follower(two, "Bob", "lobby");
  them.bus.line("two").deaf = true;
  for (let i = 1; i <= 5; i++) await alice.say("lobby", `${i}`);
  const moved = await two.enter("Alice");
  await moved.do({ type: "join", room: "lobby", after: 4 });
  const joined = moved.one("joined");
  assertEquals([joined.truncated, joined.seq], [false, 5]);
  assertEquals(joined.messages.map(({ seq }) => seq), [5]);
  await bob.say("lobby", "6");
  assertEquals(seqs(moved), [6]);
  assertEquals(seqs(bob), upTo(6));
});

Deno.test("a room without subscribers at an instance is not read, and complete for the next subscriber", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await follower(one, "Alice", "lobby");
  await two.room("lobby");
  const reading = two.hold("replay", "before");
  await alice.say("lobby", "1");
  await alice.say("lobby", "2");
  assertEquals(reading.waiting, 0);
  reading.open();
  const bob = await two.enter("Bob");
  await bob.do({ type: "join", room: "lobby" });
  assertEquals(bob.one("joined").messages.map(({ seq }) => seq), [1, 2]);
  await alice.say("lobby", "3");
  assertEquals(seqs(bob), [3]);
});

// Conversations ----------------------------------------------------------------------------------

Deno.test("a conversation that begins at one instance reaches both participants at any instance", async () => {
  await using them = await openInstances(["one", "two", "three"]);
  const [one, two, three] = them.fixtures;
  const alice = await one.enter("Alice");
  const [bob, phone] = [await two.enter("Bob"), await three.enter("Alice")];
  for (const device of [alice, bob, phone]) device.forget();
  await alice.do({ type: "private_message", receiver: "Bob", message: "one" });
  await bob.do({ type: "private_message", receiver: "Alice", message: "two" });
  await phone.do({ type: "private_message", receiver: "Bob", message: "three" });
  for (const device of [alice, bob, phone]) {
    assertEquals(device.texts(), ["1 one", "2 two", "3 three"]);
  }
});

Deno.test("an old conversation continues from the position of its connected participants", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await one.enter("Alice");
  await two.account("Bob");
  const at = (message: string) => ({ type: "private_message", receiver: "Bob", message } as const);
  await alice.do(at("one"), at("two"));
  const bob = await two.enter("Bob");
  assertEquals(bob.one("welcome").rooms.map(({ seq }) => seq), [2]);
  await alice.do(at("three"));
  assertEquals(bob.texts(), ["3 three"]);
});

Deno.test("messages of a conversation missed by a partitioned instance are delivered afterwards", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const [alice, carl] = [await one.enter("Alice"), await one.enter("Carl")];
  await two.account("Bob");
  const to = (receiver: string, message: string) =>
    ({ type: "private_message", receiver, message }) as const;
  await alice.do(to("Bob", "old"));
  const bob = await two.enter("Bob");
  bob.forget();
  them.bus.line("two").deaf = true;
  await alice.do(to("Bob", "two"), to("Bob", "three"));
  await carl.do(to("Bob", "new"));
  assertEquals(bob.news(), []);
  // He opens the conversation before this instance knows it: his position is where it begins.
  await bob.do(to("Alice", "four"));
  assertEquals(bob.texts(), ["2 two", "3 three", "4 four"]);
  them.bus.restore("two");
  await them.clock.advance(1_000);
  assertEquals(bob.texts(), ["1 new"]);
});

Deno.test("a conversation that begins while a participant connects reaches the participant", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await one.enter("Alice");
  for (const [i, method] of (["roomsOf", "accountsOf"] as const).entries()) {
    const reading = two.hold(method, "after");
    const name = `Newcomer ${i}`;
    const coming = two.enter(name);
    await them.settle();
    await alice.do({ type: "private_message", receiver: name, message: "hi" });
    reading.open();
    const newcomer = await coming;
    await them.settle();
    const received = newcomer.news();
    const listed = received.flatMap((frame) => frame.type === "welcome" ? frame.rooms : []);
    const came = received.filter(({ type }) => type === "private_message").length;
    // It is either in the list, with its seq, or delivered live.
    const seq = listed.find(({ room }) => room === "@Alice")?.seq ?? 0;
    assertEquals(seq + came, 1, method);
    await alice.do({ type: "private_message", receiver: name, message: "again" });
    assertEquals(newcomer.texts(), ["2 again"]);
  }
});

Deno.test("conversations of accounts that are not connected here are not loaded", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await one.enter("Alice");
  await two.enter("Carl");
  await two.account("Bob");
  await alice.do({ type: "private_message", receiver: "Bob", message: "hi" });
  await them.clock.advance(20_000);
  assertEquals(two.hub.rooms.size, 0);
});

Deno.test("a user who is renamed or erased at one instance is so at every other", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await follower(one, "Alice", "lobby");
  const bob = await follower(two, "Bob", "lobby");
  await alice.do({ type: "private_message", receiver: "Bob", message: "psst" });
  const { account } = alice.connection;
  await them.store.renameAccount(account.id, { name: "Zoë", skeleton: "zoe", at: 1 });
  const zoe = { ...account, name: "Zoë" };
  one.effects.emit({ type: "account_changed", account: zoe });
  await them.settle();
  bob.forget();
  await alice.say("lobby", "hello");
  await bob.do({ type: "private_message", receiver: "Zoë", message: "hi" });
  const news = bob.newsOf("room_message", "private_message").map((frame) =>
    frame.type === "room_message" ? frame.sender : frame.receiver
  );
  assertEquals(news, ["Zoë", "Zoë"]);
  await them.store.eraseAccount(account.id, "Deleted user", 2);
  const gone = { ...account, name: "Deleted user" };
  two.effects.emit({ type: "erased", account: gone });
  await them.settle();
  assertEquals(alice.connection.open, false);
  const changed = bob.newsOf("user_changed").map(({ name, id }) => [name, id]);
  assertEquals(changed, [["Deleted user", account.publicId]]);
});
