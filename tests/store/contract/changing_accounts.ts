import { assert, assertEquals } from "@std/assert";
import { NAME_RESERVED_MS } from "../../../lib/store/sql/room_names.ts";
import {
  AT,
  type Contract,
  message,
  messages,
  newAccount,
  person,
  store as put,
} from "./fixture.ts";

/** Accounts that are renamed, deactivated and activated again. */
export const changingAccounts: Contract = {
  "a renamed account is the same, also in the log and in conversations": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    await put(store, message(team, alice, "before"));
    const direct = await store.directRoom(alice, bob, AT);
    const to = { name: "Zoë", skeleton: "zoe", at: AT };
    assertEquals(await store.renameAccount(alice.id, to), "renamed");
    const zoe = { ...alice, name: "Zoë" };
    assertEquals(await store.accountById(alice.id), zoe);
    assertEquals(await store.findAccount("ZOË"), zoe);
    assertEquals(await store.findAccount("Alice"), null);
    assertEquals((await store.roomById(direct.id)).pair, [zoe, bob]);
    assertEquals((await messages(store, team)).map(({ sender }) => sender), ["Zoë"]);
    assertEquals((await store.membersOf(team.id)).map(({ name }) => name), ["Zoë", "Bob"]);
  },

  "a name that was given up is reserved for a while, and leads to its account": async (fixture) => {
    const { store, alice, bob } = fixture;
    const at = AT + 1_000;
    await store.renameAccount(alice.id, { name: "Zoë", skeleton: "zoe", at });
    const until = at + NAME_RESERVED_MS;
    assertEquals((await store.accountThatHad("ALICE", until - 1))?.id, alice.id);
    assertEquals(await store.accountThatHad("alice", until), null);
    const taken = { name: "Alice", skeleton: "alice" };
    const lookalike = { name: "Аlice", skeleton: "alice" };
    for (const name of [taken, lookalike]) {
      assertEquals(await store.renameAccount(bob.id, { ...name, at }), "name_taken");
      const made = newAccount(name.name, { skeleton: name.skeleton, at });
      assertEquals(await store.createAccount(made), "name_taken");
      assertEquals(await store.createGuest({ ...name, at }), "name_taken");
    }
    assertEquals(await store.findAccount("Bob"), bob, "nothing else has changed");
    assertEquals(await store.accountThatHad("bob", at), null);
    // The account itself can take it back, and another one later.
    assertEquals(await store.renameAccount(alice.id, { ...taken, at }), "renamed");
    assertEquals(await store.accountThatHad("alice", at), null);
    assertEquals((await store.accountThatHad("zoë", at))?.id, alice.id);
    const newcomer = newAccount("Zoë", { skeleton: "zoe", at: until });
    assert(typeof await store.createAccount(newcomer) === "object");
  },

  "an account cannot take the name of another one; its own in another case it can": async (
    fixture,
  ) => {
    const { store, alice, bob } = fixture;
    for (const to of [{ name: "BOB", skeleton: "b0b" }, { name: "B0b", skeleton: "bob" }]) {
      assertEquals(await store.renameAccount(alice.id, { ...to, at: AT }), "name_taken");
    }
    assertEquals(await store.findAccount("Alice"), alice);
    const to = { name: "ALICE", skeleton: "alice", at: AT };
    assertEquals(await store.renameAccount(alice.id, to), "renamed");
    assertEquals(await store.findAccount("alice"), { ...alice, name: "ALICE" });
    assertEquals(await store.accountThatHad("alice", AT), null);
    assertEquals(await store.findAccount("Bob"), bob);
    await store.retireAccount(bob.id);
    const again = { name: "Bobby", skeleton: "bobby", at: AT };
    assertEquals(await store.renameAccount(bob.id, again), "name_taken", "gone");
  },

  "of two who take a name at the same time one gets it": async ({ store, alice, bob }) => {
    const to = { name: "Zoë", skeleton: "zoe", at: AT };
    const both = [alice, bob].map(({ id }) => store.renameAccount(id, to));
    assertEquals((await Promise.all(both)).toSorted(), ["name_taken", "renamed"]);
  },

  "a deactivated account keeps everything but the ways in": async (fixture) => {
    const { store, team, alice } = fixture;
    await store.setRole(alice.id, "owner");
    const boss = await person(store, "Boss");
    await store.setRole(boss.id, "owner");
    const bot = newAccount("Robot", { role: "bot", creator: alice.id });
    const robot = await store.createAccount(bot);
    assert(typeof robot === "object");
    for (const [hash, { id }] of [["s1", alice], ["s2", robot]] as const) {
      await store.createSession({ hash, account: id, label: "", at: AT });
    }
    const link = { hash: "t", kind: "device", account: alice.id, data: "s1" } as const;
    await store.putTicket({ ...link, expiresAt: AT + 1 }, AT);
    const open = { role: "member", room: null, expiresAt: null, uses: null } as const;
    await store.createInvite({ ...open, hash: "i", creator: alice.id, at: AT });
    await store.setPassword(alice.id, "hash");
    assertEquals(await store.setActive(alice.id, false, AT), { bots: [robot] });
    const owner = { ...alice, role: "owner" } as const;
    const inactive = { ...owner, deactivated: true } as const;
    assertEquals(await store.findAccount("Alice"), inactive);
    assertEquals((await store.membersOf(team.id))[0], inactive);
    assertEquals(await store.findSession("s1"), null);
    assertEquals(await store.findSession("s2"), null);
    assertEquals(await store.takeTicket("t", "device", AT), null);
    assertEquals(await store.findInvite("i", AT), null);
    assertEquals(await store.passwordOf(alice.id), "hash");
    // Whatever makes a session in this moment.
    await store.createSession({ hash: "s3", account: alice.id, label: "", at: AT });
    assertEquals([await store.findSession("s3"), await store.proveSession("s3")], [null, null]);
    assertEquals(await store.grantInvite({ ...open, hash: "j", creator: alice.id, at: AT }), null);
    assertEquals(await store.setActive(alice.id, true, AT), { bots: [] });
    assertEquals(await store.findAccount("Alice"), owner);
    assertEquals((await store.findSession("s3"))?.account, owner);
  },

  "the last owner who can sign in stays one": async ({ store, alice, bob, carol }) => {
    for (const { id } of [alice, bob]) await store.setRole(id, "owner");
    assertEquals(await store.setActive(carol.id, false, AT), { bots: [] });
    assertEquals(await store.setActive(bob.id, false, AT), { bots: [] });
    assertEquals(await store.setActive(alice.id, false, AT), "last_owner");
    assertEquals(await store.setRole(alice.id, "member"), "last_owner");
    assertEquals(await store.findAccount("Alice"), { ...alice, role: "owner" });
    await store.setActive(bob.id, true, AT);
    const both = [alice, bob].map(({ id }) => store.setActive(id, false, AT));
    const outcomes = (await Promise.all(both)).map((one) => one === "last_owner");
    assertEquals(outcomes.toSorted(), [false, true]);
  },

  "every way into an account ends at once": async ({ store, alice, bob }) => {
    for (const { id } of [alice, bob]) {
      await store.createSession({ hash: `s${id}`, account: id, label: "", at: AT });
      await store.addPush(`s${id}`, { endpoint: `https://p/${id}`, p256dh: "", auth: "" }, AT);
      await store.setPassword(id, "hash");
      const ticket = { kind: "sign_in", account: id, data: "", expiresAt: AT + 1 } as const;
      await store.putTicket({ ...ticket, hash: `old ${id}` }, AT);
      await store.putTicket({ ...ticket, hash: `t${id}` }, AT);
      assertEquals(await store.takeTicket(`old ${id}`, "sign_in", AT), null, "replaced");
      await store.addPasskey({
        ...{ id: `key ${id}`, account: id, publicKey: new Uint8Array(1), counter: 0 },
        ...{ transports: [], label: "", createdAt: AT },
      });
    }
    assertEquals(await store.endAccess(alice.id), { bots: [] });
    const left = async (id: number) => [
      (await store.sessionsOf(id)).length,
      (await store.passkeysOf(id)).length,
      await store.passwordOf(id),
      (await store.takeTicket(`t${id}`, "sign_in", AT))?.account ?? null,
      await store.hasPush(`s${id}`),
    ];
    assertEquals(await left(alice.id), [0, 0, null, null, false]);
    assertEquals(await left(bob.id), [1, 1, "hash", bob.id, true]);
  },
};
