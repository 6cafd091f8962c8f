import { assert, assertEquals } from "@std/assert";
import type { InviteRecord, NewInvite } from "../../../lib/store/people.ts";
import { AT, type Contract, newAccount, type StoreFixture } from "./fixture.ts";

const LATER = AT + 1_000;

/** A single-use invitation without expiry, made by the server. */
function invite({ store }: StoreFixture, hash: string, rest: Partial<NewInvite> = {}) {
  return store.createInvite({
    ...{ hash, role: "member", room: null, creator: null, at: AT, expiresAt: null, uses: 1 },
    ...rest,
  });
}

function ids(invites: readonly InviteRecord[]): readonly number[] {
  return invites.map(({ id }) => id);
}

/** Invitations to the server. */
export const invites: Contract = {
  "an invitation is returned as stored": async (fixture) => {
    const { store, team, alice } = fixture;
    const made = await invite(fixture, "h", {
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
    const servers = await invite(fixture, "i", { uses: null });
    assertEquals([servers.creator, servers.room, servers.usesLeft], [null, null, null]);
  },

  "an account redeems its invitation": async (fixture) => {
    const { store } = fixture;
    await invite(fixture, "h", { uses: 2 });
    for (const name of ["Dora", "Emil"]) {
      const account = await store.createAccount(newAccount(name, { invite: "h" }));
      assertEquals(account, await store.findAccount(name));
    }
    assertEquals(await store.createAccount(newAccount("Fay", { invite: "h" })), "bad_invite");
    assertEquals(await store.findAccount("Fay"), null);
    assertEquals(await store.findInvite("h", AT), null);
    assertEquals(await store.invites(AT), []);
  },

  "a taken name uses up no invitation": async (fixture) => {
    const { store } = fixture;
    const made = await invite(fixture, "h");
    for (const name of [{ name: "ALICE" }, { name: "Аlice", skeleton: "alice" }]) {
      const account = newAccount("x", { ...name, invite: "h" });
      assertEquals(await store.createAccount(account), "name_taken");
    }
    assertEquals(await store.findInvite("h", AT), made);
  },

  "without an invitation the store does not reveal which names exist": async (fixture) => {
    const { store } = fixture;
    await invite(fixture, "ended", { expiresAt: AT });
    for (const hash of ["unknown", "ended", ""]) {
      for (const name of ["Alice", "Dora"]) {
        const account = newAccount(name, { invite: hash });
        assertEquals(await store.createAccount(account), "bad_invite", `${name}, ${hash}`);
      }
    }
    assertEquals(await store.findAccount("Dora"), null);
  },

  "an existing account can redeem an invitation": async (fixture) => {
    const { store } = fixture;
    await invite(fixture, "h", { uses: 2 });
    assertEquals(await store.redeemInvite("h", AT), true);
    assertEquals((await store.findInvite("h", AT))?.usesLeft, 1);
    assertEquals(await store.redeemInvite("h", AT), true);
    assertEquals(await store.redeemInvite("h", AT), false);
    assertEquals(await store.redeemInvite("unknown", AT), false);
  },

  "concurrent redemptions never exceed the limit on uses": async (fixture) => {
    const { store } = fixture;
    await invite(fixture, "h", { uses: 3 });
    const comers = ["D", "E", "F", "G", "H"].map((name) =>
      store.createAccount(newAccount(name, { invite: "h" }))
    );
    const made = (await Promise.all(comers)).filter((result) => typeof result === "object");
    assertEquals(made.length, 3);
  },

  "an invitation without a limit can be redeemed any number of times": async (fixture) => {
    const { store } = fixture;
    const made = await invite(fixture, "h", { uses: null });
    for (let n = 0; n < 10; n++) assertEquals(await store.redeemInvite("h", AT), true);
    assertEquals(await store.findInvite("h", AT), made);
  },

  "an invitation expires at its end": async (fixture) => {
    const { store } = fixture;
    const made = await invite(fixture, "h", { expiresAt: LATER });
    assertEquals(await store.findInvite("h", LATER - 1), made);
    assertEquals(await store.invites(LATER - 1), [made]);
    assertEquals(await store.findInvite("h", LATER), null);
    assertEquals(await store.invites(LATER), []);
    assertEquals(await store.redeemInvite("h", LATER), false);
    const newcomer = newAccount("Dora", { invite: "h", at: LATER });
    assertEquals(await store.createAccount(newcomer), "bad_invite");
    assertEquals(await store.redeemInvite("h", LATER - 1), true);
  },

  "a later invitation leaves redeemable ones valid": async (fixture) => {
    const { store } = fixture;
    const one = await invite(fixture, "one", { expiresAt: LATER });
    const two = await invite(fixture, "two", { at: LATER - 1, uses: null });
    assertEquals(await store.invites(LATER - 1), [two, one]);
    const three = await invite(fixture, "three", { at: LATER });
    assertEquals(await store.invites(LATER), [three, two]);
  },

  "a revoked invitation cannot be redeemed": async (fixture) => {
    const { store } = fixture;
    const [one, two] = [await invite(fixture, "one"), await invite(fixture, "two")];
    assertEquals(await store.revokeInvite(two.id), true);
    assertEquals(await store.revokeInvite(two.id), false);
    assertEquals(await store.findInvite("two", AT), null);
    assertEquals(await store.redeemInvite("two", AT), false);
    const three = await invite(fixture, "three");
    assert(three.id > two.id, "its number is never another's");
    assertEquals(ids(await store.invites(AT)), [three.id, one.id]);
  },

  "an owner's invitation is single-use, and only one is valid": async (fixture) => {
    const { store } = fixture;
    const members = await invite(fixture, "member");
    assertEquals(await store.hasOwnerInvite(), false);
    await invite(fixture, "first", { role: "owner", uses: null });
    const second = await invite(fixture, "second", { role: "owner", uses: 9, expiresAt: LATER });
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
