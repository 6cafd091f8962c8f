import { assertEquals } from "@std/assert";
import type { Command } from "../lib/protocol.ts";
import { follower, openInstances } from "./support/instances.ts";
import type { Device, World } from "./support/world.ts";

/** How soon what was missed is made up for, in ms: two signs of life and a look. */
const HEALED_MS = 5_000;

/** Somebody who keeps order, with a connection. */
async function moderator(world: World, name = "Mo"): Promise<Device> {
  const { id } = await world.account(name);
  await world.store.setRole(id, "moderator");
  const device = await world.enter(name);
  device.forget();
  return device;
}

/** Two instances: a moderator at one, Bob in a room at the other; `heal` lets what is lost be found. */
async function setUp(lost: boolean) {
  const them = await openInstances(["one", "two"]);
  const [one, two] = them.worlds;
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
    /** A moderator's command has taken effect everywhere, told or found. */
    async decree(...commands: readonly Command[]): Promise<void> {
      await mo.do(...commands);
      assertEquals(mo.refusals(), []);
      them.bus.line("one").mute = false;
      if (lost) await them.clock.advance(HEALED_MS);
    },
    [Symbol.asyncDispose]: () => them[Symbol.asyncDispose](),
  };
}

for (const lost of [false, true]) {
  const when = lost ? "though nobody was told" : "at once";

  Deno.test(`who is put out of a room gets nothing of it at another instance: ${when}`, async () => {
    await using they = await setUp(lost);
    const { alice, bob, mo } = they;
    await they.decree({ type: "kick", room: "lobby", name: "Bob" });
    assertEquals(bob.newsOf("left").map(({ room }) => room), ["lobby"]);
    await alice.say("lobby", "hush");
    assertEquals(bob.texts(), []);
    await bob.do({ type: "history", room: "lobby" }, { type: "typing", room: "lobby" });
    assertEquals(bob.refusals(), ["not_a_member", "not_a_member"]);
    assertEquals(mo.newsOf("typing"), []);
  });

  Deno.test(`who is banned is put out at every instance: ${when}`, async () => {
    await using they = await setUp(lost);
    await they.decree({ type: "ban", name: "Bob" });
    assertEquals(they.bob.member.closes, [lost ? "signed_out" : "banned"]);
  });

  Deno.test(`a role is another one at every instance: ${when}`, async () => {
    await using they = await setUp(lost);
    const { one, mo, bob } = they;
    await one.store.setRole((await one.account("Mo")).id, "owner");
    one.effects.apply({ type: "role_changed", account: await one.account("Mo") });
    mo.forget();
    bob.forget();
    await they.decree({ type: "set_role", name: "Bob", role: "moderator" });
    assertEquals(bob.newsOf("role_changed").map(({ name, role }) => [name, role]), [
      ["Bob", "moderator"],
    ]);
    await bob.do({ type: "mute", name: "Alice", seconds: 60 });
    assertEquals(bob.refusals(), []);
  });

  Deno.test(`who is silenced is silent at every instance: ${when}`, async () => {
    await using they = await setUp(lost);
    await they.decree({ type: "mute", name: "Bob", seconds: 60 });
    await they.bob.say("lobby", "but");
    assertEquals(they.bob.refusals(), ["muted"]);
    await they.decree({ type: "mute", name: "Bob", seconds: 0 });
    await they.bob.say("lobby", "thanks");
    assertEquals(they.bob.refusals(), []);
  });

  Deno.test(`a room is locked and opened at every instance: ${when}`, async () => {
    await using they = await setUp(lost);
    await they.decree({ type: "set_room", room: "lobby", locked: true });
    await they.bob.say("lobby", "but");
    const told = they.bob.newsOf("room_changed", "error");
    assertEquals(told.map((frame) => frame.type === "error" ? frame.code : frame.locked), [
      true,
      "room_locked",
    ]);
  });

  Deno.test(`who is blocked cannot write from any instance: ${when}`, async () => {
    await using they = await setUp(lost);
    const { bob, mo } = they;
    await bob.do({ type: "private_message", receiver: "Mo", message: "hi" });
    mo.forget();
    await they.decree({ type: "block", name: "Bob", on: true });
    await bob.do({ type: "private_message", receiver: "Mo", message: "hello?" });
    assertEquals(bob.refusals(), ["blocked"]);
    assertEquals(mo.texts(), []);
  });

  Deno.test(`a private room is there for whoever was invited at another instance: ${when}`, async () => {
    await using they = await setUp(lost);
    const { bob, mo } = they;
    await mo.do({ type: "create_room", room: "den", kind: "private" });
    await they.two.room("den", "Mo");
    await bob.do({ type: "list_members", room: "den" });
    assertEquals(bob.refusals(), ["no_such_room"]);
    await they.decree({ type: "invite", room: "den", name: "Bob" });
    assertEquals(bob.newsOf("member_joined").map(({ room, name }) => [room, name]), [
      ["den", "Bob"],
    ]);
    await bob.do({ type: "join", room: "den" });
    await mo.say("den", "psst");
    assertEquals(bob.texts(), ["1 psst"]);
  });

  Deno.test(`what stands on a session ends with it at every instance: ${when}`, async () => {
    await using they = await setUp(lost);
    const { one, store, clock } = they;
    const account = await one.account("Bob");
    const [session] = await store.sessionsOf(account.id);
    await store.endSession(account.id, session?.id ?? 0);
    one.effects.emit({ type: "signed_out", account, session: "bob's" });
    they.bus.line("one").mute = false;
    if (lost) await clock.advance(HEALED_MS);
    await they.settle();
    assertEquals(they.bob.member.closes, ["signed_out"]);
  });
}

Deno.test("in a slowed room one waits at every instance for what one said at another", async () => {
  await using they = await setUp(false);
  await they.decree({ type: "set_room", room: "lobby", slow_seconds: 10 });
  const phone = await they.one.enter("Bob");
  await phone.do({ type: "join", room: "lobby" });
  phone.forget();
  await they.bob.say("lobby", "first");
  await phone.say("lobby", "second");
  assertEquals(phone.refusals(), ["rate_limited"]);
  await they.clock.advance(10_000);
  await phone.say("lobby", "second");
  assertEquals(phone.refusals(), []);
});

Deno.test("with somebody who is banned goes the address from which they are at another instance", async () => {
  await using they = await setUp(false);
  const carl = await they.two.enter("Carl");
  await they.decree({ type: "ban", name: "Bob", address: true, reason: "noise" });
  await they.settle();
  assertEquals([they.bob.member.closes, carl.member.closes], [["banned"], ["banned"]]);
  assertEquals(await they.store.isBannedAddress("192.0.2.1"), true);
  // Mo is there as well, and keeps order.
  assertEquals(they.mo.member.closes, []);
});

Deno.test("who comes from a banned address is put out at every instance, though nobody was told", async () => {
  await using they = await setUp(true);
  const carl = await they.two.enter("Carl");
  const mo = await they.two.enter("Mo");
  await they.one.enter("Bob");
  await they.decree({ type: "ban", name: "Bob", address: true, reason: "noise" });
  assertEquals(carl.member.closes, ["banned"]);
  assertEquals(mo.member.closes, []);
});

Deno.test("a guest who is gone is a member nowhere, and one who was given up by mistake comes anew", async () => {
  await using they = await setUp(false);
  const { one, two, bob, store } = they;
  const guest = await store.createGuest({ name: "Gus", skeleton: "gus", at: 0 });
  if (guest === "name_taken") throw new Error("Gus is taken");
  const gus = await one.enter("Gus");
  await gus.do({ type: "join", room: "lobby" });
  await they.settle();
  bob.forget();
  one.hub.exit(gus.member);
  await store.retireGuest(guest.id);
  one.effects.emit({ type: "retired", account: guest });
  await they.settle();
  assertEquals(bob.newsOf("member_left").map(({ name }) => name), ["Gus"]);
  assertEquals((await two.room("lobby", "Bob")).has(guest), false);
  const next = await store.createGuest({ name: "Gus", skeleton: "gus", at: 0 });
  if (next === "name_taken") throw new Error("Gus is taken");
  const back = await one.enter("Gus");
  await store.retireGuest(next.id);
  await they.clock.advance(10_000);
  assertEquals(back.member.closes, ["going_away"]);
});

Deno.test("one's other devices hear what one has read, wherever they are", async () => {
  await using they = await setUp(false);
  const { one, bob, alice } = they;
  await alice.say("lobby", "hi");
  const phone = await one.enter("Bob");
  await they.settle();
  phone.forget();
  await bob.do({ type: "read", room: "lobby", seq: 1 });
  assertEquals(phone.newsOf("read").map(({ room, seq }) => [room, seq]), [["lobby", 1]]);
  await phone.do({ type: "leave", room: "lobby" });
  assertEquals(bob.newsOf("left").map(({ room }) => room), ["lobby"]);
});

Deno.test("a newer instance may tell more than this one understands", async () => {
  await using they = await setUp(false);
  they.one.hub.voice.tell({ type: "fashion", colour: "teal" } as never);
  they.one.hub.voice.tell({ type: "effect", effect: { type: "painted" } } as never);
  await they.settle();
  await they.alice.say("lobby", "hi");
  assertEquals(they.bob.texts(), ["1 hi"]);
  assertEquals(they.two.logged, []);
});
