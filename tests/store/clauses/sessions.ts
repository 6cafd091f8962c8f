import { assert, assertEquals, assertExists } from "@std/assert";
import type { Account, Store } from "../../../lib/store/store.ts";
import { AT, type Clauses } from "./world.ts";

const HOUR = 3_600_000;

function begin(store: Store, hash: string, account: Account, at = AT): Promise<void> {
  return store.createSession({ hash, account: account.id, label: `${hash}'s \u0000`, at });
}

async function hashesOf(store: Store, account: Account): Promise<readonly string[]> {
  return (await store.sessionsOf(account.id)).map(({ label }) => label.slice(0, -4));
}

/** Sessions. */
export const sessions: Clauses = {
  "a session is its account's until it is ended": async ({ store, alice }) => {
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
    });
    assertEquals(await store.sessionsOf(alice.id), [session]);
    assertEquals(await store.endSession(alice.id, session.id), "phone");
    assertEquals(await store.findSession("phone"), null);
    assertEquals(await store.endSession(alice.id, session.id), null);
  },

  "sessions of one person end one by one": async ({ store, alice, bob }) => {
    for (const hash of ["phone", "desk"]) await begin(store, hash, alice);
    await begin(store, "other", bob);
    const phone = await store.findSession("phone");
    assertEquals(await store.endSession(alice.id, phone?.id ?? 0), "phone");
    assertEquals(await hashesOf(store, alice), ["desk"]);
    assertEquals((await store.findSession("desk"))?.account, alice);
    assertEquals((await store.findSession("other"))?.account, bob);
  },

  "nobody ends another's session": async ({ store, alice, bob }) => {
    await begin(store, "phone", alice);
    const session = await store.findSession("phone");
    assertEquals(await store.endSession(bob.id, session?.id ?? 0), null);
    assertEquals(await store.findSession("phone"), session);
  },

  "the number of a session that ended is never another's": async ({ store, alice }) => {
    await begin(store, "one", alice);
    const one = await store.findSession("one");
    await store.endSession(alice.id, one?.id ?? 0);
    await begin(store, "two", alice);
    const two = await store.findSession("two");
    assert(one && two && two.id > one.id);
  },

  "sessions are listed by their last use, kept to the hour": async ({ store, alice }) => {
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

  "a session shows what its person is now": async ({ store, alice }) => {
    await begin(store, "phone", alice);
    await store.setRole(alice.id, "moderator");
    assertEquals((await store.findSession("phone"))?.account.role, "moderator");
  },
};
