import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { NamePage } from "../../../lib/util/name_index.ts";
import { AT, type Contract, newAccount, person, room } from "./fixture.ts";

/** Accounts, roles, passwords, and the server's own secrets. */
export const accounts: Contract = {
  "an account is found by name, regardless of case and normalization": async ({ store, alice }) => {
    const { id, publicId } = alice;
    assertEquals(alice, { id, publicId, name: "Alice", role: "member" });
    assertEquals(await store.findAccount("aLICE"), alice);
    assertEquals(await store.findAccount("Ａｌｉｃｅ"), alice, "NFKC");
    assertEquals(await store.findAccount("Alic"), null);
    assertEquals(await store.findAccount(""), null);
  },

  "an account keeps the spelling of its name": async ({ store }) => {
    const zoe = await person(store, "Zoë de Wit");
    assertEquals(zoe.name, "Zoë de Wit");
    assertEquals(await store.findAccount("ZOË DE WIT"), zoe);
  },

  "an account is found by row id": async ({ store, alice, bob }) => {
    assertEquals(await store.accountById(alice.id), alice);
    assertEquals(await store.accountById(bob.id), bob);
    assertEquals(await store.accountById(999_999), null);
  },

  "a folded name belongs to one account": async ({ store, alice }) => {
    const again = newAccount("ALICE", { skeleton: "other", role: "owner", password: "hash" });
    assertEquals(await store.createAccount(again), "name_taken");
    assertEquals(await store.findAccount("alice"), alice);
    assertEquals(await store.passwordOf(alice.id), null, "the first one's password is untouched");
  },

  "a name's skeleton belongs to one account": async ({ store }) => {
    const lookalike = newAccount("Аlice", { skeleton: "alice" });
    assertEquals(await store.createAccount(lookalike), "name_taken");
    assertEquals(await store.findAccount("Аlice"), null);
  },

  "every role is returned as stored": async ({ store }) => {
    for (const role of ["owner", "moderator", "member", "bot"] as const) {
      await store.createAccount(newAccount(`A ${role}`, { role }));
      assertEquals((await store.findAccount(`A ${role}`))?.role, role);
    }
  },

  "a role can change": async ({ store, team, alice, bob }) => {
    await store.setRole(bob.id, "moderator");
    assertEquals(await store.findAccount("Bob"), { ...bob, role: "moderator" });
    assertEquals(await store.membersOf(team.id), [alice, { ...bob, role: "moderator" }]);
    await store.setRole(bob.id, "member");
    assertEquals(await store.accountById(bob.id), bob);
  },

  "the accounts of a role are listed by name": async ({ store, alice, bob, carol }) => {
    const zed = await person(store, "zed");
    const anton = await person(store, "anton");
    assertEquals(await store.accountsOf("member"), [alice, anton, bob, carol, zed]);
    assertEquals(await store.accountsOf("bot"), []);
    await store.setRole(zed.id, "moderator");
    assertEquals(await store.accountsOf("moderator"), [{ ...zed, role: "moderator" }]);
    assertEquals(await store.accountsOf("member"), [alice, anton, bob, carol]);
  },

  "the accounts are read in pages by name, and by how names begin": async (fixture) => {
    const { store, alice, bob, carol } = fixture;
    const anton = await person(store, "anton");
    const guest = await store.createGuest({ name: "Anna", skeleton: "anna", at: AT });
    const zed = await person(store, "zed");
    await store.retireAccount(zed.id);
    const page = (asked: Partial<NamePage>) =>
      store.listAccounts({ begins: "", after: "", limit: 100, ...asked });
    assertEquals<unknown>(await page({}), [alice, guest, anton, bob, carol]);
    assertEquals<unknown>(await page({ limit: 2 }), [alice, guest]);
    assertEquals(await page({ limit: 2, after: "anna" }), [anton, bob]);
    assertEquals(await page({ after: "carol" }), []);
    assertEquals<unknown>(await page({ begins: "an" }), [guest, anton]);
    assertEquals(await page({ begins: "an", after: "anna", limit: 1 }), [anton]);
    assertEquals(await page({ begins: "b", after: "al" }), [bob]);
    assertEquals(await page({ begins: "_" }), []);
  },

  "a server has an owner, or none": async ({ store, alice }) => {
    assertEquals(await store.hasOwner(), false);
    await store.setRole(alice.id, "owner");
    assertEquals(await store.hasOwner(), true);
  },

  "a password hash is returned as stored": async ({ store, alice }) => {
    const password = "$scrypt$n=16384$c2FsdA$aGFzaA";
    await store.createAccount(newAccount("Dora", { password }));
    const dora = await store.findAccount("Dora");
    assertEquals(await store.passwordOf(dora?.id ?? 0), password);
    assertEquals(await store.passwordOf(alice.id), null);
    assertEquals(await store.passwordOf(999_999), null);
  },

  "a password can be set and changed": async ({ store, alice, bob }) => {
    for (const hash of ["first", "second"]) {
      await store.setPassword(alice.id, hash);
      assertEquals(await store.passwordOf(alice.id), hash);
    }
    assertEquals(await store.passwordOf(bob.id), null);
  },

  "deleting a bot frees its name": async ({ store, team, alice, bob }) => {
    await store.setRole(bob.id, "bot");
    await store.createSession({ hash: "token", account: bob.id, label: "", at: AT });
    const passkey = { publicKey: new Uint8Array(), counter: 0, transports: [], label: "" };
    await store.addPasskey({ ...passkey, id: "key", account: bob.id, createdAt: AT });
    await store.directRoom(alice, bob, AT);
    await store.retireAccount(bob.id);
    assertEquals(await store.findAccount("Bob"), null);
    assertEquals(await store.accountById(bob.id), { ...bob, role: "bot" });
    assertEquals(await store.accountsOf("bot"), []);
    assertEquals(await store.findSession("token"), null);
    assertEquals(await store.findPasskey("key"), null);
    assertEquals(await store.membersOf(team.id), [alice]);
    assertEquals(await store.roomsOf(bob.id), []);
    const next = await person(store, "Bob");
    assert(next.id > bob.id);
    assertEquals(await store.findAccount("bob"), next);
  },

  "a deleted owner does not count as an owner": async ({ store, alice }) => {
    await store.setRole(alice.id, "owner");
    await store.retireAccount(alice.id);
    assertEquals(await store.hasOwner(), false);
  },

  "a secret is made once and stays": async ({ store, alice }) => {
    const secret = await store.secret("push");
    assertMatch(secret, /^[A-Za-z0-9_-]{43}$/);
    assertEquals(await store.secret("push"), secret);
    const others = await Promise.all(
      ["Push", "epoch", "", "\u0000"].map((name) => store.secret(name)),
    );
    assertEquals(new Set([secret, store.epoch, ...others]).size, 6);
    assertEquals(await store.createAccount(newAccount("ALICE")), "name_taken");
    await room(store, "push", alice);
    assertEquals(await store.secret("push"), secret);
  },

  "a value is replaced only by a caller that knows it": async ({ store, alice }) => {
    assertEquals(await store.value("certificate"), null);
    assertEquals(await store.replaceValue("certificate", "old", "new"), false);
    assertEquals(await store.replaceValue("certificate", "old", null), false);
    assertEquals(await store.replaceValue("certificate", null, null), true);
    const first = await Promise.all(
      ["one", "two", "three"].map((one) => store.replaceValue("certificate", null, one)),
    );
    assertEquals(first.filter(Boolean).length, 1);
    const made = await store.value("certificate");
    assertEquals(made, ["one", "two", "three"][first.indexOf(true)]);
    // Any well-formed text, and names that other rows of the same table have.
    const text = "a\u0000\u0010 \ud83e\udd92";
    assertEquals(await store.replaceValue("certificate", made, text), true);
    assertEquals(await store.value("certificate"), text);
    assertEquals(await store.replaceValue("certificate", made, "late"), false);
    const secret = await store.secret("certificate");
    for (const name of ["epoch", "", "\u0000", "Certificate"]) {
      assertEquals(await store.value(name), null);
      assertEquals(await store.replaceValue(name, null, name), true);
      assertEquals(await store.value(name), name);
    }
    assertEquals(await store.value("certificate"), text);
    assertEquals(await store.replaceValue("certificate", text, null), true);
    assertEquals(await store.value("certificate"), null);
    assertEquals(await store.secret("certificate"), secret);
    assertEquals(await store.findAccount("alice"), alice);
  },

  "the epoch names the log": ({ store, alice, bob }) => {
    assert(store.epoch.length >= 16);
    assertNotEquals(alice.id, bob.id);
    return Promise.resolve();
  },
};
