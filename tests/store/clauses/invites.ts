import { assert, assertEquals } from "@std/assert";
import type { InviteRecord, NewInvite } from "../../../lib/store/people.ts";
import { AT, type Clauses, newAccount, type World } from "./world.ts";

const LATER = AT + 1_000;

/** An invitation for one, without end, by the server. */
function invite({ store }: World, hash: string, rest: Partial<NewInvite> = {}) {
  return store.createInvite({
    ...{ hash, role: "member", room: null, creator: null, at: AT, expiresAt: null, uses: 1 },
    ...rest,
  });
}

function ids(invites: readonly InviteRecord[]): readonly number[] {
  return invites.map(({ id }) => id);
}

/** Invitations. */
export const invites: Clauses = {
  "an invitation comes back as it was made": async (world) => {
    const { store, team, alice } = world;
    const made = await invite(world, "h", {
      room: team.id,
      creator: alice.id,
      expiresAt: LATER,
      uses: 3,
    });
    assertEquals(made, {
      id: made.id,
      role: "member",
      room: team.id,
      creator: alice,
      createdAt: AT,
      expiresAt: LATER,
      usesLeft: 3,
    });
    assertEquals(await store.findInvite("h", AT), made);
    assertEquals(await store.invites(AT), [made]);
    assertEquals(await store.findInvite("H", AT), null);
    const servers = await invite(world, "i", { uses: null });
    assertEquals([servers.creator, servers.room, servers.usesLeft], [null, null, null]);
  },

  "an account redeems its invitation": async (world) => {
    const { store } = world;
    await invite(world, "h", { uses: 2 });
    for (const name of ["Dora", "Emil"]) {
      const account = await store.createAccount(newAccount(name, { invite: "h" }));
      assertEquals(account, await store.findAccount(name));
    }
    assertEquals(await store.createAccount(newAccount("Fay", { invite: "h" })), "bad_invite");
    assertEquals(await store.findAccount("Fay"), null);
    assertEquals(await store.findInvite("h", AT), null);
    assertEquals(await store.invites(AT), []);
  },

  "a name that is taken uses no invitation": async (world) => {
    const { store } = world;
    const made = await invite(world, "h");
    for (const name of [{ name: "ALICE" }, { name: "Аlice", skeleton: "alice" }]) {
      const account = newAccount("x", { ...name, invite: "h" });
      assertEquals(await store.createAccount(account), "name_taken");
    }
    assertEquals(await store.findInvite("h", AT), made);
  },

  "without an invitation nobody finds out who is here": async (world) => {
    const { store } = world;
    await invite(world, "ended", { expiresAt: AT });
    for (const hash of ["unknown", "ended", ""]) {
      for (const name of ["Alice", "Dora"]) {
        const account = newAccount(name, { invite: hash });
        assertEquals(await store.createAccount(account), "bad_invite", `${name}, ${hash}`);
      }
    }
    assertEquals(await store.findAccount("Dora"), null);
  },

  "somebody with an account redeems one too": async (world) => {
    const { store } = world;
    await invite(world, "h", { uses: 2 });
    assertEquals(await store.redeemInvite("h", AT), true);
    assertEquals((await store.findInvite("h", AT))?.usesLeft, 1);
    assertEquals(await store.redeemInvite("h", AT), true);
    assertEquals(await store.redeemInvite("h", AT), false);
    assertEquals(await store.redeemInvite("unknown", AT), false);
  },

  "of many who come at once, as many get in as may": async (world) => {
    const { store } = world;
    await invite(world, "h", { uses: 3 });
    const comers = ["D", "E", "F", "G", "H"].map((name) =>
      store.createAccount(newAccount(name, { invite: "h" }))
    );
    const made = (await Promise.all(comers)).filter((result) => typeof result === "object");
    assertEquals(made.length, 3);
  },

  "an invitation for as many as one likes does not wear off": async (world) => {
    const { store } = world;
    const made = await invite(world, "h", { uses: null });
    for (let n = 0; n < 10; n++) assertEquals(await store.redeemInvite("h", AT), true);
    assertEquals(await store.findInvite("h", AT), made);
  },

  "an invitation ends when it says": async (world) => {
    const { store } = world;
    const made = await invite(world, "h", { expiresAt: LATER });
    assertEquals(await store.findInvite("h", LATER - 1), made);
    assertEquals(await store.invites(LATER - 1), [made]);
    assertEquals(await store.findInvite("h", LATER), null);
    assertEquals(await store.invites(LATER), []);
    assertEquals(await store.redeemInvite("h", LATER), false);
    const late = newAccount("Dora", { invite: "h", at: LATER });
    assertEquals(await store.createAccount(late), "bad_invite");
    assertEquals(await store.redeemInvite("h", LATER - 1), true);
  },

  "a later invitation leaves those alone that can be redeemed": async (world) => {
    const { store } = world;
    const one = await invite(world, "one", { expiresAt: LATER });
    const two = await invite(world, "two", { at: LATER - 1, uses: null });
    assertEquals(await store.invites(LATER - 1), [two, one]);
    const three = await invite(world, "three", { at: LATER });
    assertEquals(await store.invites(LATER), [three, two]);
  },

  "a revoked invitation is none": async (world) => {
    const { store } = world;
    const [one, two] = [await invite(world, "one"), await invite(world, "two")];
    assertEquals(await store.revokeInvite(two.id), true);
    assertEquals(await store.revokeInvite(two.id), false);
    assertEquals(await store.findInvite("two", AT), null);
    assertEquals(await store.redeemInvite("two", AT), false);
    const three = await invite(world, "three");
    assert(three.id > two.id, "its number is never another's");
    assertEquals(ids(await store.invites(AT)), [three.id, one.id]);
  },

  "an owner's invitation is one, for one": async (world) => {
    const { store } = world;
    const members = await invite(world, "member");
    assertEquals(await store.hasOwnerInvite(), false);
    await invite(world, "first", { role: "owner", uses: null });
    const second = await invite(world, "second", { role: "owner", uses: 9, expiresAt: LATER });
    assertEquals([second.role, second.usesLeft], ["owner", 1]);
    assertEquals(await store.findInvite("first", AT), null);
    assertEquals(await store.findInvite("second", AT), second);
    assertEquals(await store.invites(AT), [members], "it is not listed");
    assertEquals(await store.hasOwnerInvite(), true);
    const owner = newAccount("Dora", { role: "owner", invite: "second" });
    assert(typeof await store.createAccount(owner) === "object");
    assertEquals(await store.redeemInvite("second", AT), false);
    assertEquals(await store.hasOwner(), true);
    assertEquals(await store.hasOwnerInvite(), false);
  },
};
