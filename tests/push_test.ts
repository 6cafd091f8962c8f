import { assertEquals } from "@std/assert";
import { type Delivery, Pusher, type PushNote } from "../lib/push.ts";
import type { PushSubscription } from "../lib/store/people.ts";
import { openWorld, settle } from "./support/world.ts";

/** A world where what devices are told is written down. */
async function openTold(deliver: () => Promise<Delivery> = () => Promise.resolve("sent")) {
  const told: string[] = [];
  const errors: unknown[] = [];
  const notes: PushNote[] = [];
  const blocked = new Set<string>();
  const world = await openWorld({ onSaid: (room, event) => pusher.note(room, event) });
  const pusher = new Pusher({
    store: world.store,
    clock: world.clock,
    deliver(to, note) {
      told.push(`${to.endpoint} ${note.room}: ${note.sender} (${note.count}): ${note.text}`);
      notes.push(note);
      return deliver();
    },
    isHere: (account) => world.hub.presence.stateOf(account) === "online",
    isBlocked: (by, sender) => blocked.has(`${by.name} ${sender}`),
    onError: (error) => errors.push(error),
  });
  return Object.assign(world, {
    pusher,
    errors,
    notes,
    blocked,
    /** What was told since the last look. */
    told: () => told.splice(0),
    /** Somebody has a device that wants to be told; they are not here. */
    async device(name: string, endpoint = name.toLowerCase()): Promise<PushSubscription> {
      await world.signIn(name, endpoint);
      const subscription = { endpoint, p256dh: "p", auth: "a" };
      await world.store.addPush(endpoint, subscription, 0);
      return subscription;
    },
    /** Makes somebody a member without their coming. */
    async admit(name: string, room: string): Promise<void> {
      await world.commands.admit(await world.account(name), room);
    },
    async level(name: string, room: string, level: "all" | "mentions" | "none") {
      const { id } = await world.room(room, name);
      await world.store.setLevel(id, (await world.account(name)).id, level);
    },
    /** Lets the first look at a room happen. */
    async look(ms = 2_000): Promise<void> {
      await settle(world.clock);
      await world.clock.advance(ms);
      await settle(world.clock);
    },
  });
}

Deno.test("somebody who is not here is told of a mention, once, on each device", async () => {
  await using world = await openTold();
  const [alice] = await world.gather("lobby", "Alice");
  await world.device("Bob");
  await world.device("Bob", "bob2");
  await world.admit("Bob", "lobby");
  await alice.do({ type: "room_message", room: "lobby", message: "Tea, @bob?" });
  await world.look();
  assertEquals(world.told(), [
    "bob lobby: Alice (1): Tea, @bob?",
    "bob2 lobby: Alice (1): Tea, @bob?",
  ]);
  await world.look(120_000);
  assertEquals(world.told(), []);
});

Deno.test("levels say what one is told of", async () => {
  await using world = await openTold();
  const [alice] = await world.gather("lobby", "Alice");
  for (const name of ["Bob", "Carol", "Dave"]) {
    await world.device(name);
    await world.admit(name, "lobby");
  }
  await world.level("Bob", "lobby", "all");
  await world.level("Carol", "lobby", "mentions");
  await world.level("Dave", "lobby", "none");
  await alice.do({ type: "room_message", room: "lobby", message: "Good morning" });
  await world.look();
  assertEquals(world.told(), ["bob lobby: Alice (1): Good morning"]);
  await alice.do({ type: "room_message", room: "lobby", message: "@Carol and @Dave, tea?" });
  await world.look(10_000);
  assertEquals(world.told().sort(), [
    "bob lobby: Alice (1): @Carol and @Dave, tea?",
    "carol lobby: Alice (1): @Carol and @Dave, tea?",
  ]);
});

Deno.test("of a conversation one is told everything, under the other one's name", async () => {
  await using world = await openTold();
  const alice = await world.enter("Alice");
  await world.device("Bob");
  await alice.do({ type: "private_message", receiver: "Bob", message: "Psst" });
  await world.look();
  assertEquals(world.told(), ["bob @Alice: Alice (1): Psst"]);
});

Deno.test("who is answered is told as if they were mentioned", async () => {
  await using world = await openTold();
  const [alice, bob] = await world.gather("lobby", "Alice", "Bob");
  await bob.do({ type: "room_message", room: "lobby", message: "Who has the key?" });
  world.hub.exit(bob.member);
  await world.device("Bob");
  await world.admit("Carol", "lobby");
  await world.device("Carol");
  await alice.do({ type: "room_message", room: "lobby", message: "I have", reply_to: 1 });
  await world.look();
  assertEquals(world.told(), ["bob lobby: Alice (1): I have"]);
});

Deno.test("what was read in the meantime is not told, nor what one said oneself", async () => {
  await using world = await openTold();
  const [alice] = await world.gather("lobby", "Alice");
  await world.device("Bob");
  await world.device("Alice");
  await world.admit("Bob", "lobby");
  await world.level("Bob", "lobby", "all");
  await world.level("Alice", "lobby", "all");
  await alice.do({ type: "room_message", room: "lobby", message: "one" });
  await alice.do({ type: "room_message", room: "lobby", message: "two" });
  const { id } = await world.room("lobby");
  await world.store.markRead(id, (await world.account("Bob")).id, 1);
  world.hub.exit(alice.member);
  await world.look();
  assertEquals(world.told(), ["bob lobby: Alice (1): two"]);
});

Deno.test("nobody is told what was taken back, nor how it was before it was changed", async () => {
  await using world = await openTold();
  const alice = await world.enter("Alice");
  await world.device("Bob");
  for (const message of ["Dear Bob", "my PIN is 1234", "see you at ten"]) {
    await alice.do({ type: "private_message", receiver: "Bob", message });
  }
  await alice.do({ type: "delete_message", room: "@Bob", seq: 2 });
  await alice.do({ type: "edit_message", room: "@Bob", seq: 3, message: "see you at eleven" });
  await world.look();
  assertEquals(world.told(), ["bob @Alice: Alice (2): see you at eleven"]);
  await alice.do({ type: "private_message", receiver: "Bob", message: "forget it" });
  await alice.do({ type: "delete_message", room: "@Bob", seq: 6 });
  await world.look(10_000);
  assertEquals(world.told(), []);
});

Deno.test("messages gather: a device is told of many at once, and not more often than that", async () => {
  await using world = await openTold();
  const alice = await world.enter("Alice");
  await world.device("Bob");
  for (const message of ["one", "two", "three"]) {
    await alice.do({ type: "private_message", receiver: "Bob", message });
  }
  await world.look();
  assertEquals(world.told(), ["bob @Alice: Alice (3): three"]);
  await alice.do({ type: "private_message", receiver: "Bob", message: "four" });
  await world.look(5_000);
  assertEquals(world.told(), []);
  await world.look(5_000);
  assertEquals(world.told(), ["bob @Alice: Alice (1): four"]);
});

Deno.test("who is here is not told, unless they turn out to be gone", async () => {
  await using world = await openTold();
  const [alice, bob] = await world.gather("lobby", "Alice", "Bob");
  await world.device("Bob");
  await alice.do({ type: "room_message", room: "lobby", message: "Tea, @Bob?" });
  await world.look();
  assertEquals(world.told(), []);
  world.hub.exit(bob.member);
  await world.look(10_000);
  assertEquals(world.told(), ["bob lobby: Alice (1): Tea, @Bob?"]);
});

Deno.test("who has blocked somebody is told nothing of them", async () => {
  await using world = await openTold();
  const [alice] = await world.gather("lobby", "Alice");
  await world.device("Bob");
  await world.admit("Bob", "lobby");
  world.blocked.add("Bob Alice");
  await alice.do({ type: "room_message", room: "lobby", message: "Tea, @Bob?" });
  await world.look();
  assertEquals(world.told(), []);
});

Deno.test("a long text is cut, and never within a character", async () => {
  await using world = await openTold();
  const alice = await world.enter("Alice");
  await world.device("Bob");
  await alice.do({ type: "private_message", receiver: "Bob", message: `x${"🍵".repeat(300)}` });
  await world.look();
  const [note] = world.notes;
  assertEquals(note?.text.isWellFormed(), true);
  assertEquals(note?.text.length, 201);
});

Deno.test("a device that its service knows no more is forgotten", async () => {
  await using world = await openTold(() => Promise.resolve("gone"));
  const alice = await world.enter("Alice");
  await world.device("Bob");
  await alice.do({ type: "private_message", receiver: "Bob", message: "one" });
  await world.look();
  assertEquals(world.told().length, 1);
  assertEquals(await world.store.hasPush("bob"), false);
});

Deno.test("a service that fails keeps nobody else from being told, and is reported", async () => {
  let calls = 0;
  await using world = await openTold(() => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error("no route")) : Promise.resolve("sent");
  });
  const alice = await world.enter("Alice");
  await world.device("Bob");
  await world.device("Bob", "bob2");
  await alice.do({ type: "private_message", receiver: "Bob", message: "one" });
  await world.look();
  assertEquals(world.told().length, 2);
  assertEquals(world.errors.length, 1);
  assertEquals(await world.store.hasPush("bob"), true);
});

Deno.test("a store that fails is asked again", async () => {
  await using world = await openTold();
  const alice = await world.enter("Alice");
  await world.device("Bob");
  const { pushTargets } = world.store;
  Object.assign(world.store, { pushTargets: () => Promise.reject(new Error("away")) });
  await alice.do({ type: "private_message", receiver: "Bob", message: "one" });
  await world.look();
  assertEquals([world.told().length, world.errors.length], [0, 1]);
  Object.assign(world.store, { pushTargets });
  await world.look(10_000);
  assertEquals(world.told().length, 1);
});

Deno.test("nothing is left to do once messages are too old to tell", async () => {
  await using world = await openTold();
  const [alice] = await world.gather("lobby", "Alice", "Bob");
  const { timers } = world.clock;
  await alice.do({ type: "room_message", room: "lobby", message: "Tea, @Bob?" });
  await world.look(120_000);
  assertEquals(world.clock.timers, timers);
  await alice.do({ type: "room_message", room: "lobby", message: "Tea, @Bob?" });
  await settle(world.clock);
  world.pusher.close();
  assertEquals(world.clock.timers, timers);
});
