import { assert, assertEquals } from "@std/assert";
import type { NewHook } from "../../../lib/store/hooks.ts";
import type { Store } from "../../../lib/store/store.ts";
import type { Account, RoomRecord } from "../../../lib/store/records.ts";
import { AT, type Contract, message, newAccount, room, store as put } from "./fixture.ts";

async function bot(store: Store, name: string): Promise<Account> {
  const made = await store.createAccount(newAccount(name, { role: "bot" }));
  assert(typeof made === "object");
  return made;
}

/** Creates an outgoing hook of a moderator. */
async function outgoing(
  store: Store,
  creator: Account,
  rooms: readonly RoomRecord[] | null,
  id = "out",
): Promise<void> {
  await store.setRole(creator.id, "moderator");
  await store.createHook({
    ...{ id, kind: "outgoing", creator: creator.id, bot: (await bot(store, `bot ${id}`)).id },
    ...{ at: AT, url: "https://example.org/a?b=c", secret: "c2VjcmV0", events: ["room_message"] },
    rooms: rooms?.map(({ id }) => id) ?? null,
  });
}

/** What a hook has to deliver: rooms, and the positions in them. */
async function news(store: Store, rooms: readonly RoomRecord[] | null = null, id = "out") {
  const found = await store.hookNews(id, rooms?.map(({ id }) => id) ?? null);
  return found.map(({ room, seq }) => `${room.name} ${seq}/${room.seq}`).sort();
}

/** Webhooks. */
export const hooks: Contract = {
  "an incoming hook is found by its token while its creator moderates": async (
    { store, team, alice, bob },
  ) => {
    await store.setRole(alice.id, "moderator");
    const poster = await bot(store, "Poster");
    const made: NewHook = {
      ...{ id: "in", kind: "incoming", creator: alice.id, bot: poster.id, at: AT },
      ...{ room: team.id, hash: "h" },
    };
    await store.createHook(made);
    const found = async () => (await store.hookByToken("h"))?.id ?? null;
    const [hook] = await store.hooks();
    assert(hook?.kind === "incoming");
    assertEquals(
      [hook.id, hook.creator.name, hook.bot.name, hook.room.name, hook.createdAt],
      ["in", "Alice", "Poster", "Team", AT],
    );
    assertEquals([await found(), await store.hookByToken("in")], ["in", null]);
    await store.setRole(alice.id, "member");
    assertEquals(await found(), null, "not by a member");
    await store.setRole(alice.id, "owner");
    assertEquals(await found(), "in");
    await store.setRole(bob.id, "owner");
    await store.ban({ account: alice.id, address: null, reason: "", at: AT });
    assertEquals(await found(), null, "not by a banned account");
    await store.unban(alice.id);
    await store.setRole(alice.id, "moderator");
    assertEquals(await found(), "in");
    await store.retireAccount(poster.id);
    assertEquals([await found(), await store.hooks()], [null, []], "not without its bot");
  },

  "an outgoing hook delivers what comes after it, from a position in each room": async (
    { store, team, alice, bob },
  ) => {
    const other = await room(store, "Other", bob);
    await put(store, message(team, alice, "before"));
    await outgoing(store, alice, [team]);
    assertEquals(await news(store), []);
    await put(store, message(team, alice, "one"), message(team, bob, "two"));
    await put(store, message(other, bob, "elsewhere"));
    assertEquals(await news(store), ["Team 1/3"]);
    assertEquals(await news(store, [other]), []);
    await store.advanceHook("out", team.id, 2);
    await store.advanceHook("out", team.id, 1);
    assertEquals(await news(store, [team]), ["Team 2/3"], "it never goes back");
    assertEquals(await store.hookRooms("out"), [team.publicId]);
    const [hook] = await store.hooks();
    assert(hook?.kind === "outgoing");
    const { url, secret, events, everywhere, failingSince, pausedAt } = hook;
    assertEquals(
      [url, secret, events, everywhere, failingSince, pausedAt],
      ["https://example.org/a?b=c", "c2VjcmV0", ["room_message"], false, null, null],
    );
    assertEquals([await store.removeHook("out"), await store.removeHook("out")], [true, false]);
    await store.advanceHook("out", team.id, 3);
    assertEquals([await news(store), await store.hooks()], [[], []]);
  },

  "a hook of all public rooms delivers new rooms from their first event": async (
    { store, team, alice, bob },
  ) => {
    await put(store, message(team, alice, "before"));
    await outgoing(store, alice, null);
    const fresh = await room(store, "Fresh", bob);
    const den = await room(store, "Den", alice, "private");
    await put(store, message(fresh, bob, "first"), message(den, alice, "secret"));
    await put(store, message(team, alice, "after"));
    assertEquals(await news(store), ["Fresh 0/1", "Team 1/2"]);
    assertEquals(await news(store, [fresh]), ["Fresh 0/1"]);
    await store.advanceHook("out", fresh.id, 1);
    assertEquals(await news(store), ["Team 1/2"]);
    assertEquals(await store.hookRooms("out"), []);
  },

  "a hook of a private room delivers while its creator is a member": async (
    { store, alice, bob },
  ) => {
    const den = await room(store, "Den", alice, "private");
    await store.addMember(den.id, bob.id, AT);
    await outgoing(store, alice, [den]);
    await put(store, message(den, bob, "one"));
    assertEquals(await news(store), ["Den 0/1"]);
    await store.removeMember(den.id, alice.id);
    assertEquals(await news(store), []);
    await store.addMember(den.id, alice.id, AT);
    await store.setRole(alice.id, "member");
    assertEquals(await news(store), []);
  },

  "a paused hook has nothing to deliver until it is resumed": async ({ store, team, alice }) => {
    await outgoing(store, alice, [team]);
    await put(store, message(team, alice, "one"));
    assertEquals(await store.setHookState("out", { failingSince: 1, pausedAt: 2 }), true);
    assertEquals(await store.setHookState("out", { failingSince: 1, pausedAt: 2 }), false);
    assertEquals(await news(store), []);
    const [hook] = await store.hooks();
    assert(hook?.kind === "outgoing");
    assertEquals([hook.failingSince, hook.pausedAt], [1, 2]);
    await store.setHookState("out", { failingSince: null, pausedAt: null });
    assertEquals(await news(store), ["Team 0/1"]);
  },

  "a hook is reserved by one instance": async ({ store, team, alice }) => {
    await outgoing(store, alice, [team]);
    assertEquals(await store.holdHook("out", 60_000), true);
    assertEquals(await store.holdHook("out", 60_000), true, "and can reserve it again");
    await store.releaseHook("out");
    assertEquals(await store.holdHook("unknown", 60_000), false);
  },

  "hooks survive a restart": async ({ store, team, alice, succeed }) => {
    await outgoing(store, alice, [team]);
    await put(store, message(team, alice, "one"));
    const next = await succeed();
    assertEquals(await news(next), ["Team 0/1"]);
  },
};
