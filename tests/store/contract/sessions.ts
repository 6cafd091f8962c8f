import { assert, assertEquals, assertExists } from "@std/assert";
import type { Store } from "../../../lib/store/store.ts";
import type { Account } from "../../../lib/store/records.ts";
import { AT, type Contract, newAccount } from "./fixture.ts";

const HOUR = 3_600_000;

function begin(store: Store, hash: string, account: Account, at = AT): Promise<void> {
  return store.createSession({ hash, account: account.id, label: `${hash}'s \u0000`, at });
}

async function hashesOf(store: Store, account: Account): Promise<readonly string[]> {
  return (await store.sessionsOf(account.id)).map(({ label }) => label.slice(0, -4));
}

/** Sessions. */
export const sessions: Contract = {
  "a session belongs to its account until it ends": async ({ store, alice }) => {
    assertEquals(await store.findSession("phone"), null);
    await begin(store, "phone", alice);
    const session = await store.findSession("phone");
    assertExists(session);
    assertEquals(session, {
      id: session.id,
      account: alice,
      label: "phone's \u0000",
      createdAt: AT,
      seenAt: AT,
      hash: "phone",
      confirmedAt: AT,
      passkey: null,
      provider: null,
    });
    assertEquals(await store.sessionsOf(alice.id), [session]);
    assertEquals(await store.endSession(alice.id, session.id), "phone");
    assertEquals(await store.findSession("phone"), null);
    assertEquals(await store.endSession(alice.id, session.id), null);
  },

  "a user's sessions end independently": async ({ store, alice, bob }) => {
    for (const hash of ["phone", "desk"]) await begin(store, hash, alice);
    await begin(store, "other", bob);
    const phone = await store.findSession("phone");
    assertEquals(await store.endSession(alice.id, phone?.id ?? 0), "phone");
    assertEquals(await hashesOf(store, alice), ["desk"]);
    assertEquals((await store.findSession("desk"))?.account, alice);
    assertEquals((await store.findSession("other"))?.account, bob);
  },

  "no user can end another's session": async ({ store, alice, bob }) => {
    await begin(store, "phone", alice);
    const session = await store.findSession("phone");
    assertEquals(await store.endSession(bob.id, session?.id ?? 0), null);
    assertEquals(await store.findSession("phone"), session);
  },

  "the id of an ended session is never reused": async ({ store, alice }) => {
    await begin(store, "one", alice);
    const one = await store.findSession("one");
    await store.endSession(alice.id, one?.id ?? 0);
    await begin(store, "two", alice);
    const two = await store.findSession("two");
    assert(one && two && two.id > one.id);
  },

  "sessions are listed by last use, recorded to the hour": async ({ store, alice }) => {
    for (const hash of ["a", "b", "c"]) await begin(store, hash, alice);
    assertEquals(await hashesOf(store, alice), ["c", "b", "a"]);
    await store.touchSession("a", AT + HOUR - 1);
    assertEquals((await store.findSession("a"))?.seenAt, AT, "just used");
    await store.touchSession("a", AT + HOUR);
    assertEquals((await store.findSession("a"))?.seenAt, AT + HOUR);
    await store.touchSession("b", AT + 5 * HOUR);
    assertEquals(await hashesOf(store, alice), ["b", "a", "c"]);
    await store.touchSession("b", AT);
    assertEquals((await store.findSession("b"))?.seenAt, AT + 5 * HOUR, "time goes forward");
    assertEquals((await store.findSession("b"))?.createdAt, AT);
    await store.touchSession("unknown", AT);
  },

  "a session shows the current state of its account": async ({ store, alice }) => {
    await begin(store, "phone", alice);
    await store.setRole(alice.id, "moderator");
    assertEquals((await store.findSession("phone"))?.account.role, "moderator");
  },

  "a session keeps its identity when its token is renewed": async ({ store, alice }) => {
    await begin(store, "phone", alice);
    const before = await store.proveSession("phone");
    assertEquals(before, await store.findSession("phone"));
    await store.addPush(
      "phone",
      { endpoint: "https://push.example/1", p256dh: "p", auth: "a" },
      AT,
    );
    assertEquals(await store.renewSession("phone", "second"), true);
    assertEquals(await store.proveSession("phone"), null, "the token before proves nothing");
    assertEquals(await store.proveSession("second"), before);
    assertEquals(await store.findSession("phone"), before);
    assertEquals(await store.findSession("second"), null);
    assertEquals(await store.hasPush("phone"), true);
    assertEquals(await store.renewSession("phone", "third"), false, "only its present token");
    assertEquals(await store.renewSession("second", "third"), true);
    assertEquals(await store.proveSession("third"), before);
  },

  "a session records when and how its user last authenticated": async ({ store, alice }) => {
    const session = { account: alice.id, label: "", at: AT };
    await store.createSession({ ...session, hash: "a", confirmedAt: AT - 5, passkey: "key" });
    const made = await store.findSession("a");
    assertEquals([made?.confirmedAt, made?.passkey], [AT - 5, "key"]);
    await store.confirmSession("a", AT + 5, null);
    const confirmed = await store.findSession("a");
    assertEquals([confirmed?.confirmedAt, confirmed?.passkey], [AT + 5, null]);
  },

  "past the limit, the least recently used sessions end": async ({ store, alice, bob }) => {
    for (const hash of ["a", "b", "c", "d"]) await begin(store, hash, alice);
    await begin(store, "other", bob);
    await store.touchSession("a", AT + 2 * HOUR);
    assertEquals([...await store.trimSessions(alice.id, 2)].sort(), ["b", "c"]);
    assertEquals(await store.trimSessions(alice.id, 2), []);
    assertEquals(await hashesOf(store, alice), ["a", "d"]);
    assertEquals((await hashesOf(store, bob)).length, 1);
  },

  "idle and old sessions expire, a bot's does not": async (
    { store, alice, bob },
  ) => {
    const bot = await store.createAccount(newAccount("Bot", { role: "bot" }));
    assert(typeof bot === "object");
    await begin(store, "idle", alice, AT);
    await begin(store, "bot", bot, AT);
    await begin(store, "old", bob, AT);
    await begin(store, "young", alice, AT + 9 * HOUR);
    await store.touchSession("old", AT + 9 * HOUR);
    const idle = await store.endSessionsBefore({ seen: AT + HOUR, created: AT });
    assertEquals(idle, [{ hash: "idle", account: alice }]);
    const old = await store.endSessionsBefore({ seen: AT, created: AT + HOUR });
    assertEquals(old, [{ hash: "old", account: bob }]);
    assertEquals((await store.findSession("bot"))?.account, bot);
    assertEquals((await store.findSession("young"))?.account, alice);
  },

  "a password is changed once, by a valid session": async ({ store, alice }) => {
    await begin(store, "s", alice);
    const change = { account: alice.id, session: "s", keepPasskey: null };
    const first = { ...change, hash: "one", replaces: null };
    assertEquals(await store.changePassword({ ...first, session: "ended" }), null);
    assertEquals(await store.changePassword(first), { sessions: [], passkeys: [] });
    assertEquals(await store.changePassword({ ...first, hash: "two" }), null, "it is no first one");
    assertEquals(await store.passwordOf(alice.id), "one");
    const next = { ...change, hash: "two", replaces: "one" };
    assertEquals(await store.changePassword(next), { sessions: [], passkeys: [] });
    assertEquals(await store.passwordOf(alice.id), "two");
  },

  "changing a password ends other sessions, device links and passkeys": async (fixture) => {
    const { store, alice, bob } = fixture;
    for (const hash of ["here", "there"]) await begin(store, hash, alice);
    await begin(store, "bobs", bob);
    const passkey = { publicKey: new Uint8Array([1]), counter: 0, transports: [], createdAt: AT };
    for (const id of ["kept", "lost"]) {
      await store.addPasskey({ ...passkey, id, label: `${id} key`, account: alice.id });
    }
    await store.addPasskey({ ...passkey, id: "bobs", label: "", account: bob.id });
    const ticket = { kind: "device", expiresAt: AT + HOUR } as const;
    await store.putTicket({ ...ticket, hash: "t", account: alice.id, data: "here" }, AT);
    await store.putTicket({ ...ticket, hash: "u", account: bob.id, data: "bobs" }, AT);
    const change = { account: alice.id, session: "here", keepPasskey: "kept" };
    await store.changePassword({ ...change, hash: "one", replaces: null });
    assertEquals((await store.sessionsOf(alice.id)).length, 2, "a first password ends nothing");
    assertEquals(await store.changePassword({ ...change, hash: "two", replaces: "one" }), {
      sessions: ["there"],
      passkeys: ["lost key"],
    });
    assertEquals((await store.sessionsOf(alice.id)).map(({ hash }) => hash), ["here"]);
    assertEquals((await store.passkeysOf(alice.id)).map(({ id }) => id), ["kept"]);
    assertEquals(await store.takeTicket("t", "device", AT), null);
    assert(await store.takeTicket("u", "device", AT) !== null);
    assertEquals((await store.passkeysOf(bob.id)).length, 1);
    assert(await store.findSession("bobs") !== null);
  },

  "only a valid session can add a passkey": async ({ store, alice, bob }) => {
    await begin(store, "s", alice);
    const passkey = { publicKey: new Uint8Array([1]), counter: 0, transports: [], createdAt: AT };
    const one = { ...passkey, id: "one", label: "", account: alice.id };
    assertEquals(await store.addPasskey({ ...one, session: "ended" }), false);
    assertEquals(await store.addPasskey({ ...one, account: bob.id, session: "s" }), false);
    assertEquals(await store.addPasskey({ ...one, session: "s" }), true);
    assertEquals((await store.passkeysOf(alice.id)).map(({ createdAt }) => createdAt), [AT]);
  },
};
