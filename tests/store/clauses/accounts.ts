import { assert, assertEquals, assertExists, assertNotEquals } from "@std/assert";
import { AT, type Clauses, person } from "./world.ts";

const HASH = "5f".repeat(32);

/** Accounts and sessions. */
export const people: Clauses = {
  "a person is found by name, without regard to case or form": async ({ store, alice }) => {
    assertEquals(alice, { id: alice.id, name: "Alice", role: "member" });
    assertEquals(await store.findAccount("aLICE"), alice);
    assertEquals(await store.findAccount("Ａｌｉｃｅ"), alice, "NFKC");
    assertEquals(await store.findAccount("Alic"), null);
    assertEquals(await store.findAccount(""), null);
  },

  "a person keeps the name as they wrote it": async ({ store }) => {
    const zoe = await person(store, "Zoë de Wit");
    assertEquals(zoe.name, "Zoë de Wit");
    assertEquals(await store.findAccount("ZOË DE WIT"), zoe);
  },

  "a name, folded, is one person's": async ({ store, alice }) => {
    const again = { name: "ALICE", role: "owner", password: "hash", at: AT } as const;
    assertEquals(await store.createAccount(again), null);
    assertEquals(await store.findAccount("alice"), alice);
    assertEquals(await store.passwordOf(alice.id), null, "the first one's password is untouched");
  },

  "every role comes back as it was given": async ({ store }) => {
    for (const role of ["owner", "moderator", "member", "guest"] as const) {
      const made = await store.createAccount({ name: `A ${role}`, role, password: null, at: AT });
      assertEquals(made?.role, role);
      assertEquals((await store.findAccount(`A ${role}`))?.role, role);
    }
  },

  "a password's hash comes back as it was given": async ({ store, alice }) => {
    const password = "$scrypt$n=16384$c2FsdA$aGFzaA";
    const dora = await store.createAccount({ name: "Dora", role: "member", password, at: AT });
    assertExists(dora);
    assertEquals(await store.passwordOf(dora.id), password);
    assertEquals(await store.passwordOf(alice.id), null);
    assertEquals(await store.passwordOf(999_999), null);
  },

  "a session is its account's until it is deleted": async ({ store, alice }) => {
    assertEquals(await store.findSession(HASH), null);
    await store.createSession({ hash: HASH, account: alice.id, at: AT });
    assertEquals(await store.findSession(HASH), alice);
    await store.deleteSession(HASH);
    assertEquals(await store.findSession(HASH), null);
    await store.deleteSession(HASH);
  },

  "sessions of one person end one by one": async ({ store, alice, bob }) => {
    await store.createSession({ hash: "phone", account: alice.id, at: AT });
    await store.createSession({ hash: "desk", account: alice.id, at: AT });
    await store.createSession({ hash: "other", account: bob.id, at: AT });
    await store.deleteSession("phone");
    assertEquals(await store.findSession("phone"), null);
    assertEquals(await store.findSession("desk"), alice);
    assertEquals(await store.findSession("other"), bob);
  },

  "the epoch names the log": ({ store, alice, bob }) => {
    assert(store.epoch.length >= 16);
    assertNotEquals(alice.id, bob.id);
    return Promise.resolve();
  },
};
