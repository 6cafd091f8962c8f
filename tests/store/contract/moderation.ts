import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ModerationEntry, ModerationQuery } from "../../../lib/store/people.ts";
import { AT, type Contract, guest, message, outcomes, upTo } from "./fixture.ts";

const ADDRESS = "2001:db8::1";

/** Bans, mutes, blocks, and the moderation log. */
export const moderation: Contract = {
  "a banned account has no session": async ({ store, alice, bob }) => {
    for (const [hash, { id }] of [["a", alice], ["b", bob], ["c", bob]] as const) {
      await store.createSession({ hash, account: id, label: "", at: AT });
    }
    await store.ban({ account: bob.id, address: null, reason: "rude", at: AT });
    assertEquals([await store.findSession("b"), await store.findSession("c")], [null, null]);
    assertEquals(await store.sessionsOf(bob.id), []);
    assertEquals((await store.findSession("a"))?.account, alice);
    await store.createSession({ hash: "d", account: bob.id, label: "", at: AT });
    assertEquals(await store.findSession("d"), null, "one that was made meanwhile counts as none");
    assertEquals([await store.isBanned(bob.id), await store.isBanned(alice.id)], [true, false]);
    assertEquals(await store.findAccount("Bob"), bob);
  },

  "a ban can be lifted": async ({ store, alice, bob }) => {
    await store.createSession({ hash: "b", account: bob.id, label: "", at: AT });
    await store.ban({ account: bob.id, address: null, reason: "rude", at: AT });
    assertEquals(await store.unban(alice.id), false);
    assertEquals(await store.unban(bob.id), true);
    assertEquals(await store.unban(bob.id), false);
    assertEquals(await store.isBanned(bob.id), false);
    assertEquals(await store.bans(), []);
    assertEquals(await store.findSession("b"), null, "what ended has ended");
    await store.createSession({ hash: "c", account: bob.id, label: "", at: AT });
    assertEquals((await store.findSession("c"))?.account, bob);
  },

  "an address can be banned, with or without an account": async ({ store, alice, bob }) => {
    assertEquals(await store.isBannedAddress(ADDRESS), false);
    await store.ban({ account: null, address: ADDRESS, reason: "", at: AT });
    await store.ban({ account: bob.id, address: "192.0.2.1", reason: "", at: AT });
    await store.ban({ account: bob.id, address: "192.0.2.2", reason: "", at: AT });
    await store.ban({ account: alice.id, address: "192.0.2.2", reason: "", at: AT });
    assertEquals(await store.isBanned(bob.id), true);
    const banned = async () => {
      const addresses = [ADDRESS, "192.0.2.1", "192.0.2.2", "192.0.2.3", ""];
      return await Promise.all(addresses.map((address) => store.isBannedAddress(address)));
    };
    assertEquals(await banned(), [true, true, true, false, false]);
    assertEquals(await store.unban(bob.id), true);
    assertEquals(await banned(), [true, false, true, false, false], "with him, not with her");
    assertEquals(await store.unban(alice.id), true);
    assertEquals(await banned(), [true, false, false, false, false]);
  },

  "bans are listed newest first": async ({ store, alice, bob }) => {
    const one = { account: bob, address: null, reason: "rude, \u0000", at: AT };
    const two = { account: null, address: ADDRESS, reason: "", at: AT };
    const three = { account: alice, address: ADDRESS, reason: "too", at: AT + 1 };
    for (const ban of [one, two, three]) {
      await store.ban({ ...ban, account: ban.account?.id ?? null });
    }
    assertEquals(await store.bans(), [three, two, one]);
  },

  "repeating a ban replaces its reason": async ({ store, bob }) => {
    const ban = { account: bob.id, address: null, reason: "rude", at: AT };
    await store.ban(ban);
    await store.ban({ account: null, address: ADDRESS, reason: "flood", at: AT });
    await store.ban({ ...ban, reason: "very rude", at: AT + 1 });
    await store.ban({ account: null, address: ADDRESS, reason: "floods", at: AT + 2 });
    assertEquals(await store.bans(), [
      { account: null, address: ADDRESS, reason: "floods", at: AT + 2 },
      { account: bob, address: null, reason: "very rude", at: AT + 1 },
    ]);
  },

  "a guest who left stays banned, and the next guest of the name is not": async ({ store }) => {
    const gast = await guest(store, "Gast");
    await store.ban({ account: gast.id, address: ADDRESS, reason: "", at: AT });
    await store.retireGuest(gast.id);
    const next = await guest(store, "Gast");
    assertEquals([await store.isBanned(gast.id), await store.isBanned(next.id)], [true, false]);
    assertEquals(await store.isBannedAddress(ADDRESS), true);
    assertEquals((await store.bans()).map(({ account }) => account), [gast]);
  },

  "a ban without a target is rejected": async ({ store }) => {
    await assertRejects(() => store.ban({ account: null, address: null, reason: "", at: AT }));
    assertEquals(await store.bans(), []);
  },

  "a mute lasts until its end": async ({ store, alice, bob }) => {
    await store.mute(bob.id, AT + 10);
    await store.mute(alice.id, AT + 20);
    assertEquals(await store.mutes(AT), new Map([[bob.id, AT + 10], [alice.id, AT + 20]]));
    assertEquals(await store.mutes(AT + 10), new Map([[alice.id, AT + 20]]));
    await store.mute(alice.id, AT + 5);
    assertEquals(await store.mutes(AT + 4), new Map([[bob.id, AT + 10], [alice.id, AT + 5]]));
    await store.mute(alice.id, 0);
    await store.mute(bob.id, 0);
    assertEquals(await store.mutes(0), new Map());
  },

  "a block is one-way, and can be lifted": async ({ store, alice, bob, carol }) => {
    assertEquals(await store.blocks(), []);
    await store.block(alice.id, bob.id, true);
    await store.block(alice.id, bob.id, true);
    await store.block(carol.id, alice.id, true);
    const [hers, carols] = [{ account: alice, other: bob }, { account: carol, other: alice }];
    assertEquals(await store.blocks(), [hers, carols]);
    await store.block(bob.id, alice.id, false);
    assertEquals(await store.blocks(), [hers, carols]);
    await store.block(alice.id, bob.id, false);
    assertEquals(await store.blocks(), [carols]);
  },

  "a guest who left cannot block or be blocked": async ({ store, alice, bob }) => {
    const gast = await guest(store, "Gast");
    await store.block(alice.id, gast.id, true);
    await store.block(gast.id, bob.id, true);
    await store.block(alice.id, bob.id, true);
    await store.retireGuest(gast.id);
    assertEquals(await store.blocks(), [{ account: alice, other: bob }]);
  },

  "the moderation log is listed newest first": async ({ store, team, alice, bob }) => {
    const entry = (n: number) => ({
      at: AT + n,
      by: "Alice",
      byId: n % 7 ? alice.publicId : null,
      action: "mute",
      subject: n % 2 ? "Bob" : null,
      subjectId: n % 2 ? bob.publicId : null,
      room: n % 3 ? "Team" : null,
      roomId: n % 3 ? team.publicId : null,
      detail: n % 5 ? `${n} minutes, \u0000` : null,
    });
    assertEquals(await store.moderationLog({ before: null, limit: 9 }), []);
    for (const n of upTo(7)) await store.recordModeration(entry(n));
    const found: ModerationEntry[] = [];
    for (let before: number | null = null;;) {
      const page: readonly ModerationEntry[] = await store.moderationLog({ before, limit: 3 });
      if (page.length === 0) break;
      assert(page.length <= 3);
      found.push(...page);
      before = page.at(-1)?.id ?? null;
    }
    assertEquals(
      found.map(({ id: _, ...rest }) => rest),
      upTo(7).map(entry).toReversed(),
    );
    assertEquals(await outcomes(store, message(team, alice, "hi")), [1], "it is no room's log");
  },

  "the moderation log is read by moderator, user, room, action and time": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const entry = (n: number): Omit<ModerationEntry, "id"> => ({
      at: AT + n,
      by: n % 2 ? "Alice" : "Bob",
      byId: n % 2 ? alice.publicId : bob.publicId,
      action: n % 3 ? "mute" : "kick",
      subject: null,
      subjectId: n > 4 ? bob.publicId : null,
      room: null,
      roomId: n % 3 ? null : team.publicId,
      detail: null,
    });
    for (const n of upTo(9)) await store.recordModeration(entry(n));
    const found = async (query: Partial<ModerationQuery>) => {
      const entries = await store.moderationLog({ before: null, limit: 9, ...query });
      return entries.map(({ at }) => at - AT);
    };
    assertEquals(await found({ byId: alice.publicId }), [9, 7, 5, 3, 1]);
    assertEquals(await found({ byId: alice.publicId, subjectId: bob.publicId }), [9, 7, 5]);
    assertEquals(await found({ roomId: team.publicId, limit: 2 }), [9, 6]);
    assertEquals(await found({ action: "kick", until: AT + 9 }), [6, 3]);
    assertEquals(await found({ since: AT + 4, until: AT + 6 }), [5, 4]);
    assertEquals(await found({ action: "\u0000" }), []);
    const [, , third] = await store.moderationLog({ before: null, limit: 9, action: "mute" });
    assertEquals(await found({ action: "mute", before: third?.id ?? 0 }), [4, 2, 1]);
  },
};
