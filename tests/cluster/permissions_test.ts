import { assertEquals } from "@std/assert";
import type { Command } from "../../lib/protocol/frames.ts";
import { follower, openInstances } from "../support/instances.ts";
import type { Device, HubFixture } from "../support/hub_fixture.ts";

/** How soon a lost notice is made up for, in ms: two heartbeats and a check. */
const SYNCED_MS = 5_000;

/** A connected moderator. */
async function moderator(fixture: HubFixture, name = "Mo"): Promise<Device> {
  const { id } = await fixture.account(name);
  await fixture.store.setRole(id, "moderator");
  const device = await fixture.enter(name);
  device.forget();
  return device;
}

/** Two instances: a moderator at one, Bob in a room at the other. `lost` drops one's notices. */
async function setUp(lost: boolean) {
  const them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await follower(one, "Alice", "lobby");
  await two.signIn("Bob", "bob's");
  const bob = await two.enter("Bob", "bob's");
  await bob.do({ type: "join", room: "lobby" });
  const mo = await moderator(one);
  await mo.do({ type: "join", room: "lobby" });
  await them.clock.advance(1_000);
  for (const device of [alice, bob, mo]) device.forget();
  them.bus.line("one").mute = lost;
  return {
    ...them,
    one,
    two,
    alice,
    bob,
    mo,
    /** Runs a moderator's commands, and waits until they have taken effect at every instance. */
    async moderate(...commands: readonly Command[]): Promise<void> {
      await mo.do(...commands);
      assertEquals(mo.refusals(), []);
      them.bus.line("one").mute = false;
      if (lost) await them.clock.advance(SYNCED_MS);
    },
    [Symbol.asyncDispose]: () => them[Symbol.asyncDispose](),
  };
}

for (const lost of [false, true]) {
  const when = lost ? "though the notice was lost" : "at once";

  Deno.test(`a removed member gets nothing of the room at another instance: ${when}`, async () => {
    await using cluster = await setUp(lost);
    const { alice, bob, mo } = cluster;
    await cluster.moderate({ type: "kick", room: "lobby", name: "Bob" });
    assertEquals(bob.newsOf("left").map(({ room }) => room), ["lobby"]);
    await alice.say("lobby", "hush");
    assertEquals(bob.texts(), []);
    await bob.do({ type: "history", room: "lobby" }, { type: "typing", room: "lobby" });
    assertEquals(bob.refusals(), ["not_a_member", "not_a_member"]);
    assertEquals(mo.newsOf("typing"), []);
  });

  Deno.test(`a banned user is disconnected at every instance: ${when}`, async () => {
    await using cluster = await setUp(lost);
    await cluster.moderate({ type: "ban", name: "Bob" });
    assertEquals(cluster.bob.subscriber.closes, [lost ? "signed_out" : "banned"]);
  });

  Deno.test(`a role changes at every instance: ${when}`, async () => {
    await using cluster = await setUp(lost);
    const { one, mo, bob } = cluster;
    await one.store.setRole((await one.account("Mo")).id, "owner");
    one.effects.apply({ type: "role_changed", account: await one.account("Mo") });
    mo.forget();
    bob.forget();
    await cluster.moderate({ type: "set_role", name: "Bob", role: "moderator" });
    assertEquals(bob.newsOf("role_changed").map(({ name, role }) => [name, role]), [
      ["Bob", "moderator"],
    ]);
    await bob.do({ type: "mute", name: "Alice", seconds: 60 });
    assertEquals(bob.refusals(), []);
  });

  Deno.test(`a muted user is muted at every instance: ${when}`, async () => {
    await using cluster = await setUp(lost);
    await cluster.moderate({ type: "mute", name: "Bob", seconds: 60 });
    await cluster.bob.say("lobby", "but");
    assertEquals(cluster.bob.refusals(), ["muted"]);
    await cluster.moderate({ type: "mute", name: "Bob", seconds: 0 });
    await cluster.bob.say("lobby", "thanks");
    assertEquals(cluster.bob.refusals(), []);
  });

  Deno.test(`a room is locked and unlocked at every instance: ${when}`, async () => {
    await using cluster = await setUp(lost);
    await cluster.moderate({ type: "set_room", room: "lobby", locked: true });
    await cluster.bob.say("lobby", "but");
    const frames = cluster.bob.newsOf("room_changed", "error");
    assertEquals(frames.map((frame) => frame.type === "error" ? frame.code : frame.locked), [
      true,
      "room_locked",
    ]);
  });

  Deno.test(`a room is renamed and archived at every instance: ${when}`, async () => {
    await using cluster = await setUp(lost);
    const { alice, bob } = cluster;
    await cluster.moderate({ type: "create_room", room: "plans", kind: "public" });
    await bob.do({ type: "join", room: "plans" });
    await alice.do({ type: "join", room: "plans" });
    await cluster.moderate({ type: "set_room", room: "plans", name: "design" });
    await bob.say("design", "by its new name");
    await bob.say("plans", "by its old one");
    assertEquals(alice.newsOf("room_message").map(({ room }) => room), ["design", "design"]);
    await cluster.moderate({ type: "set_room", room: "design", archived: true });
    await bob.say("design", "too late");
    assertEquals(bob.refusals(), ["room_archived"]);
  });

  Deno.test(`a room is deleted at every instance: ${when}`, async () => {
    await using cluster = await setUp(lost);
    const { bob } = cluster;
    await cluster.moderate({ type: "create_room", room: "plans", kind: "public" });
    await bob.do({ type: "join", room: "plans" });
    const seen = bob.newsOf("joined").at(-1)?.room_id ?? "";
    await cluster.moderate({ type: "delete_room", room: "plans" });
    assertEquals(bob.newsOf("room_deleted").map(({ room, room_id }) => [room, room_id]), [
      ["plans", seen],
    ]);
    await bob.do({ type: "room_message", room_id: seen, message: "too late" });
    assertEquals(bob.refusals(), ["no_such_room"]);
  });

  Deno.test(`a blocked user cannot write from any instance: ${when}`, async () => {
    await using cluster = await setUp(lost);
    const { bob, mo } = cluster;
    await bob.do({ type: "private_message", receiver: "Mo", message: "hi" });
    mo.forget();
    await cluster.moderate({ type: "block", name: "Bob", on: true });
    await bob.do({ type: "private_message", receiver: "Mo", message: "hello?" });
    assertEquals(bob.refusals(), ["blocked"]);
    assertEquals(mo.texts(), []);
  });

  Deno.test(`a private room is visible to a user invited at another instance: ${when}`, async () => {
    await using cluster = await setUp(lost);
    const { bob, mo } = cluster;
    await mo.do({ type: "create_room", room: "den", kind: "private" });
    await cluster.two.room("den", "Mo");
    await bob.do({ type: "list_members", room: "den" });
    assertEquals(bob.refusals(), ["no_such_room"]);
    await mo.do({ type: "private_message", receiver: "Bob", message: "hello?" });
    await bob.do({ type: "private_message", receiver: "Mo", message: "hello!" });
    for (const device of [bob, mo]) device.forget();
    await cluster.moderate({ type: "invite", room: "den", name: "Bob" });
    assertEquals(bob.newsOf("member_joined").map(({ room, name }) => [room, name]), [
      ["den", "Bob"],
    ]);
    await bob.do({ type: "join", room: "den" });
    await mo.say("den", "psst");
    assertEquals(bob.texts(), ["1 psst"]);
  });

  Deno.test(`a session that ends takes its connections with it at every instance: ${when}`, async () => {
    await using cluster = await setUp(lost);
    const { one, store, clock } = cluster;
    const account = await one.account("Bob");
    const [session] = await store.sessionsOf(account.id);
    await store.endSession(account.id, session?.id ?? 0);
    one.effects.emit({ type: "signed_out", account, session: "bob's" });
    cluster.bus.line("one").mute = false;
    if (lost) await clock.advance(SYNCED_MS);
    await cluster.settle();
    assertEquals(cluster.bob.subscriber.closes, ["signed_out"]);
  });
}

Deno.test("slow mode counts a member's messages from every instance", async () => {
  await using cluster = await setUp(false);
  await cluster.moderate({ type: "set_room", room: "lobby", slow_seconds: 10 });
  const phone = await cluster.one.enter("Bob");
  await phone.do({ type: "join", room: "lobby" });
  phone.forget();
  await cluster.bob.say("lobby", "first");
  await phone.say("lobby", "second");
  assertEquals(phone.refusals(), ["rate_limited"]);
  await cluster.clock.advance(10_000);
  await phone.say("lobby", "second");
  assertEquals(phone.refusals(), []);
});

Deno.test("banning a user bans the address from which the user is connected at another instance", async () => {
  await using cluster = await setUp(false);
  const carl = await cluster.two.enter("Carl");
  await cluster.moderate({ type: "ban", name: "Bob", address: true, reason: "noise" });
  await cluster.settle();
  assertEquals([cluster.bob.subscriber.closes, carl.subscriber.closes], [["banned"], ["banned"]]);
  assertEquals(await cluster.store.isBannedAddress("192.0.2.1"), true);
  // Mo is connected there as well, and moderates.
  assertEquals(cluster.mo.subscriber.closes, []);
});

Deno.test("a client from a banned address is disconnected at every instance, though the notice was lost", async () => {
  await using cluster = await setUp(true);
  const carl = await cluster.two.enter("Carl");
  const mo = await cluster.two.enter("Mo");
  await cluster.one.enter("Bob");
  await cluster.moderate({ type: "ban", name: "Bob", address: true, reason: "noise" });
  assertEquals(carl.subscriber.closes, ["banned"]);
  assertEquals(mo.subscriber.closes, []);
});

Deno.test("a retired guest is a member at no instance, and one retired by mistake joins again", async () => {
  await using cluster = await setUp(false);
  const { one, two, bob, store } = cluster;
  const guest = await store.createGuest({ name: "Gus", skeleton: "gus", at: 0 });
  if (guest === "name_taken") throw new Error("Gus is taken");
  const gus = await one.enter("Gus");
  await gus.do({ type: "join", room: "lobby" });
  await cluster.settle();
  bob.forget();
  one.hub.exit(gus.subscriber);
  await store.retireGuest(guest.id);
  one.effects.emit({ type: "retired", account: guest });
  await cluster.settle();
  assertEquals(bob.newsOf("member_left").map(({ name }) => name), ["Gus"]);
  assertEquals((await two.room("lobby", "Bob")).has(guest), false);
  const next = await store.createGuest({ name: "Gus", skeleton: "gus", at: 0 });
  if (next === "name_taken") throw new Error("Gus is taken");
  const back = await one.enter("Gus");
  await store.retireGuest(next.id);
  await cluster.clock.advance(10_000);
  assertEquals(back.subscriber.closes, ["going_away"]);
});

Deno.test("a read mark reaches the user's other devices at any instance", async () => {
  await using cluster = await setUp(false);
  const { one, bob, alice } = cluster;
  await alice.say("lobby", "hi");
  const phone = await one.enter("Bob");
  await cluster.settle();
  phone.forget();
  await bob.do({ type: "read", room: "lobby", seq: 1 });
  assertEquals(phone.newsOf("read").map(({ room, seq }) => [room, seq]), [["lobby", 1]]);
  await phone.do({ type: "leave", room: "lobby" });
  assertEquals(bob.newsOf("left").map(({ room }) => room), ["lobby"]);
});

Deno.test("a newer instance may send messages that this one does not understand", async () => {
  await using cluster = await setUp(false);
  cluster.one.hub.publisher.publish({ type: "fashion", colour: "teal" } as never);
  cluster.one.hub.publisher.publish({ type: "effect", effect: { type: "painted" } } as never);
  await cluster.settle();
  await cluster.alice.say("lobby", "hi");
  assertEquals(cluster.bob.texts(), ["1 hi"]);
  assertEquals(cluster.two.logged, []);
});
