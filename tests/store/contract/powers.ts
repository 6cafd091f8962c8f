import { assert, assertEquals } from "@std/assert";
import type { Store } from "../../../lib/store/store.ts";
import type { Account } from "../../../lib/store/records.ts";
import { AT, type Contract, newAccount } from "./fixture.ts";

const LATER = AT + 3_600_000;

function invite(store: Store, hash: string, creator: Account, room: number | null = null) {
  const rest = { role: "member", at: AT, expiresAt: null, uses: null } as const;
  return store.grantInvite({ ...rest, hash, room, creator: creator.id });
}

async function bot(store: Store, name: string, creator: Account): Promise<Account> {
  const made = await store.createAccount(newAccount(name, { role: "bot", creator: creator.id }));
  assert(typeof made === "object");
  await store.createSession({ hash: name, account: made.id, label: "bot", at: AT });
  return made;
}

async function deviceLink(store: Store, hash: string, { id }: Account): Promise<void> {
  const ticket = { hash, kind: "device", account: id, data: "s", expiresAt: LATER } as const;
  await store.putTicket(ticket, AT);
}

/** What an account may grant, and what ends with its role. */
export const powers: Contract = {
  "only an account that may invite creates invitations, and only to its own rooms": async (
    fixture,
  ) => {
    const { store, team, alice, carol } = fixture;
    assertEquals(await invite(store, "none", alice), null);
    for (const role of ["moderator", "owner"] as const) {
      await store.setRole(alice.id, role);
      const made = await invite(store, role, alice, team.id);
      assert(made !== null);
      assertEquals(await store.inviteById(made.id), made);
      assertEquals(await store.findInvite(role, AT), made);
    }
    await store.setRole(carol.id, "moderator");
    assertEquals(await invite(store, "outside", carol, team.id), null);
    await store.ban({ account: carol.id, address: null, reason: "", at: AT });
    assertEquals(await invite(store, "banned", carol), null);
    assertEquals(await store.inviteById(999), null);
  },

  "demoting an account revokes its invitations and device links": async (fixture) => {
    const { store, alice, bob } = fixture;
    await store.setRole(bob.id, "owner");
    await store.setRole(alice.id, "owner");
    await invite(store, "alices", alice);
    await invite(store, "bobs", bob);
    await deviceLink(store, "link", alice);
    assertEquals(await store.setRole(alice.id, "moderator"), { bots: [] });
    assert(await store.findInvite("alices", AT) !== null, "a moderator may invite, too");
    assertEquals(await store.takeTicket("link", "device", AT), null);
    await store.setRole(alice.id, "member");
    assertEquals(await store.findInvite("alices", AT), null);
    assert(await store.findInvite("bobs", AT) !== null);
    await deviceLink(store, "rises", alice);
    await store.setRole(alice.id, "moderator");
    assert(await store.takeTicket("rises", "device", AT) !== null, "a higher role ends nothing");
  },

  "demoting an owner revokes the tokens of their bots": async ({ store, alice, bob }) => {
    for (const { id } of [alice, bob]) await store.setRole(id, "owner");
    const [beep, boop] = [await bot(store, "beep", alice), await bot(store, "boop", bob)];
    const forbidden = newAccount("Bip", { role: "bot", creator: alice.id });
    assertEquals(await store.setRole(alice.id, "moderator"), { bots: [beep] });
    assertEquals(await store.createAccount(forbidden), "forbidden");
    assertEquals(await store.findAccount("Bip"), null);
    assertEquals(await store.findSession("beep"), null);
    assertEquals((await store.findSession("boop"))?.account, boop);
    assertEquals(await store.findAccount("beep"), beep, "the bot itself stays");
    const taken = newAccount("beep", { role: "bot", creator: bob.id });
    assertEquals(await store.createAccount(taken), "name_taken");
  },

  "the last owner cannot be demoted or banned": async ({ store, alice, bob }) => {
    await store.setRole(alice.id, "owner");
    const ban = { address: null, reason: "", at: AT };
    assertEquals(await store.setRole(alice.id, "member"), "last_owner");
    assertEquals(await store.ban({ ...ban, account: alice.id }), "last_owner");
    assertEquals(await store.isBanned(alice.id), false);
    assertEquals((await store.accountById(alice.id))?.role, "owner");
    await store.setRole(bob.id, "owner");
    assertEquals(await store.setRole(alice.id, "member"), { bots: [] });
    await store.setRole(alice.id, "owner");
    assertEquals(await store.ban({ ...ban, account: bob.id }), { bots: [] });
    assertEquals((await store.accountById(bob.id))?.role, "member");
    assertEquals(await store.setRole(alice.id, "moderator"), "last_owner");
  },

  "of owners who demote or ban each other concurrently, one remains": async (fixture) => {
    const { store, alice, bob } = fixture;
    const ban = { address: null, reason: "", at: AT };
    for (let round = 0; round < 10; round++) {
      for (const { id } of [alice, bob]) await store.setRole(id, "owner");
      const results = await Promise.all([
        store.setRole(alice.id, "member"),
        round % 2 === 0 ? store.setRole(bob.id, "member") : store.ban({ ...ban, account: bob.id }),
      ]);
      assertEquals(results.filter((result) => result === "last_owner").length, 1);
      assertEquals((await store.accountsOf("owner")).length, 1);
      await store.unban(bob.id);
    }
  },

  "a ban revokes every grant of the account, and keeps a moderator's role": async (fixture) => {
    const { store, alice, bob } = fixture;
    for (const { id } of [alice, bob]) await store.setRole(id, "owner");
    const beep = await bot(store, "beep", bob);
    await invite(store, "bobs", bob);
    await invite(store, "alices", alice);
    await deviceLink(store, "link", bob);
    const ban = { address: null, reason: "", at: AT };
    assertEquals(await store.ban({ ...ban, account: bob.id }), { bots: [beep] });
    assertEquals(await store.findInvite("bobs", AT), null);
    assertEquals(await store.takeTicket("link", "device", AT), null);
    assertEquals(await store.findSession("beep"), null);
    assert(await store.findInvite("alices", AT) !== null);
    await store.unban(bob.id);
    assertEquals(await store.findInvite("bobs", AT), null, "they do not come back");
    await store.setRole(bob.id, "moderator");
    await invite(store, "again", bob);
    await store.ban({ ...ban, account: bob.id });
    assertEquals(await store.findInvite("again", AT), null);
    assertEquals((await store.accountById(bob.id))?.role, "moderator");
  },

  "an invitation created while its creator is demoted or banned does not survive": async (
    fixture,
  ) => {
    const { store, alice } = fixture;
    for (let round = 0; round < 10; round++) {
      await store.setRole(alice.id, "moderator");
      const made = Array.from({ length: 4 }, (_, i) => invite(store, `${round}.${i}`, alice));
      const ends = round % 2 === 0
        ? store.setRole(alice.id, "member")
        : store.ban({ account: alice.id, address: null, reason: "", at: AT });
      const later = Array.from({ length: 4 }, (_, i) => invite(store, `${round}+${i}`, alice));
      await Promise.all([...made, ends, ...later]);
      assertEquals(await store.invites(AT), []);
      await store.unban(alice.id);
    }
  },

  "leaving a room revokes the member's invitations to it": async ({ store, team, alice }) => {
    await store.setRole(alice.id, "moderator");
    await invite(store, "team", alice, team.id);
    await invite(store, "any", alice);
    await store.removeMember(team.id, alice.id);
    assertEquals(await store.findInvite("team", AT), null);
    assert(await store.findInvite("any", AT) !== null);
  },
};
