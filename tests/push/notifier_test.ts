import { assertEquals } from "@std/assert";
import { type Delivery, type PushNotification, PushNotifier } from "../../lib/push/notifier.ts";
import type { PushSubscription } from "../../lib/store/people.ts";
import { openHubFixture, settle } from "../support/hub_fixture.ts";

/** Opens a hub with a notifier that records its deliveries. */
async function openFixture(deliver: () => Promise<Delivery> = () => Promise.resolve("sent")) {
  const delivered: string[] = [];
  const errors: unknown[] = [];
  const notes: PushNotification[] = [];
  const blocked = new Set<string>();
  const fixture = await openHubFixture({ onSaid: (room, event) => notifier.add(room, event) });
  const notifier = new PushNotifier({
    store: fixture.store,
    clock: fixture.clock,
    deliver(to, note) {
      const said = `${note.sender} (${note.count}): ${note.text}`;
      delivered.push(`${to.endpoint} ${note.room}: ${said}${note.jump ? ", at it" : ""}`);
      notes.push(note);
      return deliver();
    },
    isConnected: (account) => fixture.hub.presence.stateOf(account) !== "offline",
    isOnline: (account) => fixture.hub.presence.stateOf(account) === "online",
    isBlocked: (by, sender) => blocked.has(`${by.name} ${sender}`),
    onError: (error) => errors.push(error),
  });
  return Object.assign(fixture, {
    notifier,
    errors,
    notes,
    blocked,
    /** The notifications delivered since the last call. */
    delivered: () => delivered.splice(0),
    /** Subscribes a device of a user who is offline. */
    async device(name: string, endpoint = name.toLowerCase()): Promise<PushSubscription> {
      await fixture.signIn(name, endpoint);
      const subscription = { endpoint, p256dh: "p", auth: "a" };
      await fixture.store.addPush(endpoint, subscription, 0);
      return subscription;
    },
    /** Makes a user a member of a room without connecting. */
    async admit(name: string, room: string): Promise<void> {
      await fixture.commands.admit(await fixture.account(name), room);
    },
    async level(name: string, room: string, level: "all" | "mentions" | "none") {
      const { id } = await fixture.room(room, name);
      await fixture.store.setLevel(id, (await fixture.account(name)).id, level);
    },
    /** Lets the delay before the first notification of a room pass. */
    async pass(ms = 2_000): Promise<void> {
      await settle(fixture.clock);
      await fixture.clock.advance(ms);
      await settle(fixture.clock);
    },
  });
}

Deno.test("an offline user is notified of a mention, once, on each device", async () => {
  await using fixture = await openFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  await fixture.device("Bob");
  await fixture.device("Bob", "bob2");
  await fixture.admit("Bob", "lobby");
  await alice.do({ type: "room_message", room: "lobby", message: "Tea, @bob?" });
  await fixture.pass();
  assertEquals(fixture.delivered(), [
    "bob lobby: Alice (1): Tea, @bob?",
    "bob2 lobby: Alice (1): Tea, @bob?",
  ]);
  await fixture.pass(120_000);
  assertEquals(fixture.delivered(), []);
});

Deno.test("the level of a room decides which messages notify", async () => {
  await using fixture = await openFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  for (const name of ["Bob", "Carol", "Dave"]) {
    await fixture.device(name);
    await fixture.admit(name, "lobby");
  }
  await fixture.level("Bob", "lobby", "all");
  await fixture.level("Carol", "lobby", "mentions");
  await fixture.level("Dave", "lobby", "none");
  await alice.do({ type: "room_message", room: "lobby", message: "Good morning" });
  await fixture.pass();
  assertEquals(fixture.delivered(), ["bob lobby: Alice (1): Good morning"]);
  await alice.do({ type: "room_message", room: "lobby", message: "@Carol and @Dave, tea?" });
  await fixture.pass(10_000);
  assertEquals(fixture.delivered().sort(), [
    "bob lobby: Alice (1): @Carol and @Dave, tea?",
    "carol lobby: Alice (1): @Carol and @Dave, tea?",
  ]);
});

Deno.test("every direct message notifies, under the sender's name", async () => {
  await using fixture = await openFixture();
  const alice = await fixture.enter("Alice");
  await fixture.device("Bob");
  await alice.do({ type: "private_message", receiver: "Bob", message: "Psst" });
  await fixture.pass();
  assertEquals(fixture.delivered(), ["bob @Alice: Alice (1): Psst"]);
});

Deno.test("a reply notifies the author like a mention", async () => {
  await using fixture = await openFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  await bob.do({ type: "room_message", room: "lobby", message: "Who has the key?" });
  fixture.hub.exit(bob.subscriber);
  await fixture.device("Bob");
  await fixture.admit("Carol", "lobby");
  await fixture.device("Carol");
  await alice.do({ type: "room_message", room: "lobby", message: "I have", reply_to: 1 });
  await fixture.pass();
  assertEquals(fixture.delivered(), ["bob lobby: Alice (1): I have"]);
});

Deno.test("messages read in the meantime, and own messages, do not notify", async () => {
  await using fixture = await openFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  await fixture.device("Bob");
  await fixture.device("Alice");
  await fixture.admit("Bob", "lobby");
  await fixture.level("Bob", "lobby", "all");
  await fixture.level("Alice", "lobby", "all");
  await alice.do({ type: "room_message", room: "lobby", message: "one" });
  await alice.do({ type: "room_message", room: "lobby", message: "two" });
  const { id } = await fixture.room("lobby");
  await fixture.store.markRead(id, (await fixture.account("Bob")).id, 1);
  fixture.hub.exit(alice.subscriber);
  await fixture.pass();
  assertEquals(fixture.delivered(), ["bob lobby: Alice (1): two"]);
});

Deno.test("notifications show neither deleted messages nor texts before an edit", async () => {
  await using fixture = await openFixture();
  const alice = await fixture.enter("Alice");
  await fixture.device("Bob");
  for (const message of ["Dear Bob", "my PIN is 1234", "see you at ten"]) {
    await alice.do({ type: "private_message", receiver: "Bob", message });
  }
  await alice.do({ type: "delete_message", room: "@Bob", seq: 2 });
  await alice.do({ type: "edit_message", room: "@Bob", seq: 3, message: "see you at eleven" });
  await fixture.pass();
  assertEquals(fixture.delivered(), ["bob @Alice: Alice (2): see you at eleven"]);
  await alice.do({ type: "private_message", receiver: "Bob", message: "forget it" });
  await alice.do({ type: "delete_message", room: "@Bob", seq: 6 });
  await fixture.pass(10_000);
  assertEquals(fixture.delivered(), []);
});

Deno.test("messages are collected: one notification covers many, and is sent no sooner", async () => {
  await using fixture = await openFixture();
  const alice = await fixture.enter("Alice");
  await fixture.device("Bob");
  for (const message of ["one", "two", "three"]) {
    await alice.do({ type: "private_message", receiver: "Bob", message });
  }
  await fixture.pass();
  assertEquals(fixture.delivered(), ["bob @Alice: Alice (3): three"]);
  await alice.do({ type: "private_message", receiver: "Bob", message: "four" });
  await fixture.pass(5_000);
  assertEquals(fixture.delivered(), []);
  await fixture.pass(5_000);
  assertEquals(fixture.delivered(), ["bob @Alice: Alice (1): four"]);
});

Deno.test("an online user is not notified, unless the connection turns out to be dead", async () => {
  await using fixture = await openFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  await fixture.device("Bob");
  await alice.do({ type: "room_message", room: "lobby", message: "Tea, @Bob?" });
  await fixture.pass();
  assertEquals(fixture.delivered(), []);
  fixture.hub.exit(bob.subscriber);
  await fixture.pass(10_000);
  assertEquals(fixture.delivered(), ["bob lobby: Alice (1): Tea, @Bob?"]);
});

Deno.test("messages of a blocked sender do not notify", async () => {
  await using fixture = await openFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  await fixture.device("Bob");
  await fixture.admit("Bob", "lobby");
  fixture.blocked.add(`Bob ${alice.connection.account.publicId}`);
  await alice.do({ type: "room_message", room: "lobby", message: "Tea, @Bob?" });
  await fixture.pass();
  assertEquals(fixture.delivered(), []);
});

Deno.test("a long text is cut, never within a character", async () => {
  await using fixture = await openFixture();
  const alice = await fixture.enter("Alice");
  await fixture.device("Bob");
  await alice.do({ type: "private_message", receiver: "Bob", message: `x${"🍵".repeat(300)}` });
  await fixture.pass();
  const [note] = fixture.notes;
  assertEquals(note?.text.isWellFormed(), true);
  assertEquals(note?.text.length, 201);
});

Deno.test("a device that its push service no longer knows is removed", async () => {
  await using fixture = await openFixture(() => Promise.resolve("gone"));
  const alice = await fixture.enter("Alice");
  await fixture.device("Bob");
  await alice.do({ type: "private_message", receiver: "Bob", message: "one" });
  await fixture.pass();
  assertEquals(fixture.delivered().length, 1);
  assertEquals(await fixture.store.hasPush("bob"), false);
});

Deno.test("a failing push service does not affect other devices, and is reported", async () => {
  let calls = 0;
  await using fixture = await openFixture(() => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error("no route")) : Promise.resolve("sent");
  });
  const alice = await fixture.enter("Alice");
  await fixture.device("Bob");
  await fixture.device("Bob", "bob2");
  await alice.do({ type: "private_message", receiver: "Bob", message: "one" });
  await fixture.pass();
  assertEquals(fixture.delivered().length, 2);
  assertEquals(fixture.errors.length, 1);
  assertEquals(await fixture.store.hasPush("bob"), true);
});

Deno.test("a failed read of the store is repeated", async () => {
  await using fixture = await openFixture();
  const alice = await fixture.enter("Alice");
  await fixture.device("Bob");
  const { pushTargets } = fixture.store;
  Object.assign(fixture.store, { pushTargets: () => Promise.reject(new Error("away")) });
  await alice.do({ type: "private_message", receiver: "Bob", message: "one" });
  await fixture.pass();
  assertEquals([fixture.delivered().length, fixture.errors.length], [0, 1]);
  Object.assign(fixture.store, { pushTargets });
  await fixture.pass(10_000);
  assertEquals(fixture.delivered().length, 1);
});

Deno.test("messages are read only where a device may be notified of them", async () => {
  await using fixture = await openFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  const { pageBefore } = fixture.store;
  let reads = 0;
  Object.assign(fixture.store, {
    pageBefore(...page: Parameters<typeof pageBefore>) {
      reads += 1;
      return pageBefore(...page);
    },
  });
  for (let n = 0; n < 3; n++) {
    await alice.do({ type: "room_message", room: "lobby", message: "Good morning" });
  }
  await fixture.pass();
  assertEquals(reads, 0);
  await fixture.device("Bob");
  await fixture.admit("Bob", "lobby");
  await fixture.level("Bob", "lobby", "all");
  await fixture.pass(10_000);
  assertEquals([reads, fixture.delivered()], [1, ["bob lobby: Alice (3): Good morning"]]);
});

Deno.test("no timer is left once messages are too old", async () => {
  await using fixture = await openFixture();
  const [alice] = await fixture.gather("lobby", "Alice", "Bob");
  const { timers } = fixture.clock;
  await alice.do({ type: "room_message", room: "lobby", message: "Tea, @Bob?" });
  await fixture.pass(120_000);
  assertEquals(fixture.clock.timers, timers);
  await alice.do({ type: "room_message", room: "lobby", message: "Tea, @Bob?" });
  await settle(fixture.clock);
  fixture.notifier.close();
  assertEquals(fixture.clock.timers, timers);
});

Deno.test("a user is not notified in quiet hours", async () => {
  await using fixture = await openFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  await fixture.device("Bob");
  await fixture.admit("Bob", "lobby");
  const { id } = await fixture.account("Bob");
  const until = fixture.clock.now() + 90_000;
  await fixture.store.setQuiet(id, { until });
  await alice.do({ type: "room_message", room: "lobby", message: "@Bob, psst" });
  await fixture.pass();
  assertEquals(fixture.delivered(), []);
  await fixture.pass(120_000);
  assertEquals(fixture.delivered(), [], "what came in quiet hours is not made up for");
  await alice.do({ type: "room_message", room: "lobby", message: "@Bob, good morning" });
  await fixture.pass();
  assertEquals(fixture.delivered(), ["bob lobby: Alice (1): @Bob, good morning"]);
});

Deno.test("everyone is notified by @room, and by @here only who is connected", async () => {
  await using fixture = await openFixture();
  const [alice, carol] = await fixture.gather("lobby", "Alice", "Carol");
  for (const name of ["Bob", "Carol"]) {
    await fixture.device(name);
    await fixture.admit(name, "lobby");
  }
  await carol.do({ type: "presence", state: "away" });
  await alice.do({ type: "room_message", room: "lobby", message: "@here, tea?" });
  await fixture.pass();
  assertEquals(fixture.delivered(), ["carol lobby: Alice (1): @here, tea?"]);
  await alice.do({ type: "room_message", room: "lobby", message: "@room, cake!" });
  await fixture.pass(10_000);
  assertEquals(fixture.delivered().sort(), [
    "bob lobby: Alice (1): @room, cake!",
    "carol lobby: Alice (1): @room, cake!",
  ]);
});

Deno.test("a reply in a thread notifies those who follow it, and only them", async () => {
  await using fixture = await openFixture();
  const [alice] = await fixture.gather("lobby", "Alice");
  for (const name of ["Bob", "Carol"]) {
    await fixture.device(name);
    await fixture.admit(name, "lobby");
  }
  await fixture.level("Carol", "lobby", "all");
  const { id: room } = await fixture.room("lobby", "Alice");
  const said = { type: "room_message", room: "lobby" } as const;
  await alice.do({ ...said, message: "root" });
  await fixture.store.followThread(room, 1, (await fixture.account("Bob")).id, true);
  await fixture.pass();
  assertEquals(fixture.delivered(), ["carol lobby: Alice (1): root"]);
  await alice.do({ ...said, message: "aside", thread: 1 });
  await fixture.pass(10_000);
  assertEquals(fixture.delivered(), ["bob lobby: Alice (1): aside, at it"]);
  await alice.do({ ...said, message: "for all", thread: 1, also_in_room: true });
  await fixture.pass(10_000);
  assertEquals(fixture.delivered().sort(), [
    "bob lobby: Alice (1): for all",
    "carol lobby: Alice (1): for all",
  ]);
});
