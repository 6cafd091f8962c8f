import { assert, assertEquals, assertRejects } from "@std/assert";
import { AT, type Contract, newAccount } from "./fixture.ts";

const WORK = { issuer: "https://id.example.org/work", subject: "Ä 1" };
const HOME = { issuer: "https://home.example.org", subject: "1" };

/** Accounts at OpenID providers. */
export const providerAccounts: Contract = {
  "a new account is linked to its account at a provider": async ({ store }) => {
    assertEquals(await store.findByProviderAccount(WORK), null);
    const dora = await store.createAccount({ ...newAccount("Dora"), linked: WORK });
    assert(typeof dora === "object");
    assertEquals(await store.findByProviderAccount(WORK), dora);
    assertEquals(await store.findByProviderAccount({ ...WORK, subject: "ä 1" }), null);
    assertEquals(await store.findByProviderAccount({ ...HOME, subject: WORK.subject }), null);
    assertEquals(await store.providerAccountsOf(dora.id), [WORK]);
    // One account there is one user here: nobody else can be created for it.
    await assertRejects(() => store.createAccount({ ...newAccount("Dave"), linked: WORK }));
    assertEquals(await store.findAccount("Dave"), null);
    assertEquals(await store.createAccount({ ...newAccount("Dora"), linked: HOME }), "name_taken");
    assertEquals(await store.findByProviderAccount(HOME), null);
  },

  "a user links and unlinks an account, while the session lasts": async ({ store, alice, bob }) => {
    const link = { ...WORK, at: AT };
    for (const [hash, { id: account }] of [["a", alice], ["b", bob]] as const) {
      await store.createSession({ hash, account, label: "", at: AT });
    }
    assert(!await store.linkProviderAccount({ ...link, account: alice.id, session: "b" }));
    assert(await store.linkProviderAccount({ ...link, account: alice.id, session: "a" }));
    assert(await store.linkProviderAccount({ ...link, account: alice.id, session: "a" }), "again");
    assert(!await store.linkProviderAccount({ ...link, account: bob.id, session: "b" }));
    assertEquals((await store.findByProviderAccount(WORK))?.id, alice.id);
    assert(!await store.unlinkProviderAccount(bob.id, WORK.issuer));
    assert(await store.unlinkProviderAccount(alice.id, WORK.issuer));
    assertEquals(await store.findByProviderAccount(WORK), null);
  },

  "a provider ends one session of a user, or all that began there": async (
    { store, alice, bob },
  ) => {
    const dora = await store.createAccount({ ...newAccount("Dora"), linked: WORK });
    assert(typeof dora === "object");
    const { issuer } = WORK;
    const sessions = [
      ["phone", dora, { issuer, sid: "1" }],
      ["desk", dora, { issuer, sid: "2" }],
      ["old", dora, { issuer, sid: null }],
      ["passkey", dora, null],
      ["other", alice, { issuer, sid: "3" }],
      ["elsewhere", bob, { issuer: HOME.issuer, sid: "1" }],
    ] as const;
    for (const [hash, { id: account }, provider] of sessions) {
      await store.createSession({ hash, account, label: "", at: AT, provider });
    }
    assertEquals((await store.findSession("desk"))?.provider, { issuer, sid: "2" });
    const hashes = (ended: readonly { readonly hash: string }[]) =>
      ended.map(({ hash }) => hash).sort();
    const phone = await store.endProviderSessions({ issuer, sid: "1" });
    assertEquals(phone, [{ hash: "phone", account: dora }]);
    const all = await store.endProviderSessions({ issuer, subject: WORK.subject });
    assertEquals(hashes(all), ["desk", "old"]);
    assertEquals(await store.endProviderSessions({ issuer, subject: "unknown" }), []);
    assertEquals((await store.sessionsOf(dora.id)).map(({ hash }) => hash), ["passkey"]);
  },

  "links end with every other way into an account, unless they are to stay": async ({ store }) => {
    const dora = await store.createAccount({ ...newAccount("Dora"), linked: WORK });
    assert(typeof dora === "object");
    await store.endAccess(dora.id, true);
    assertEquals(await store.providerAccountsOf(dora.id), [WORK]);
    await store.endAccess(dora.id);
    assertEquals(await store.providerAccountsOf(dora.id), []);
  },
};
