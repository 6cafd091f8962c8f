import { assert, assertEquals } from "@std/assert";
import type { Store } from "../../../lib/store/store.ts";
import type { Account } from "../../../lib/store/records.ts";
import { AT, type Contract, guest, message, person, room, store as put } from "./fixture.ts";

/** The ids of the two rooms that do not make their members acquainted; none here. */
const NONE = [0, 0] as const;

async function invite(store: Store, place: { id: number }, by: Account, to: Account) {
  return await store.addInvitation({ room: place.id, account: to.id, inviter: by.id, at: AT });
}

async function pending(store: Store, account: Account): Promise<string[]> {
  return (await store.invitationsOf(account.id)).map(({ room, by }) => `${room.name} ${by.name}`);
}

/** Invitations to rooms, acquaintance, hosts, and per-user quotas. */
export const consent: Contract = {
  "who was removed is kept out for a while, or until they are a member": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const expulsion = (account: Account, at: number) =>
      store.expelledUntil(team.id, account.id, at);
    assertEquals(await store.removeMember(team.id, bob.id), true);
    assertEquals(await expulsion(bob, AT), null, "who leaves can come back");
    const removal = { at: AT, until: AT + 10 };
    assertEquals(await store.removeMember(team.id, bob.id, removal), false);
    assertEquals(await expulsion(bob, AT), null, "who was no member was not removed");
    await store.addMember(team.id, bob.id, AT);
    assertEquals(await store.removeMember(team.id, bob.id, removal), true);
    const times = [AT, AT + 9, AT + 10];
    const ends = await Promise.all(times.map((at) => expulsion(bob, at)));
    assertEquals(ends, [AT + 10, AT + 10, null]);
    assertEquals(await expulsion(alice, AT), null);
    await store.addMember(team.id, bob.id, AT);
    assertEquals(await expulsion(bob, AT), null);
    // What has ended is no obstacle to the next removal.
    await store.removeMember(team.id, bob.id, removal);
    await store.addMember(team.id, bob.id, AT);
    await store.removeMember(team.id, bob.id, { at: AT + 50, until: AT + 60 });
    assertEquals(await expulsion(bob, AT + 50), AT + 60);
  },

  "an invitation waits for its answer, and a second one does not replace it": async (fixture) => {
    const { store, team, alice, bob, carol } = fixture;
    const den = await room(store, "Den", alice, "private");
    assert(await invite(store, team, alice, carol));
    assert(!await invite(store, team, bob, carol));
    assert(await invite(store, den, alice, carol));
    assertEquals(await pending(store, carol), ["Team Alice", "Den Alice"]);
    assertEquals(await store.isInvited(den.id, carol.id), true);
    assertEquals(await store.isInvited(den.id, bob.id), false);
    assertEquals(await store.takeInvitation(den.id, carol.id), true);
    assertEquals(await store.takeInvitation(den.id, carol.id), false);
    assertEquals(await pending(store, carol), ["Team Alice"]);
    await store.addMember(team.id, carol.id, AT);
    assertEquals(await pending(store, carol), []);
  },

  "an invitation ends with the inviter's membership": async ({ store, team, bob, carol }) => {
    await invite(store, team, bob, carol);
    await store.removeMember(team.id, bob.id);
    assertEquals(await pending(store, carol), []);
  },

  "an invitation ends when its inviter is blocked": async ({ store, team, alice, bob, carol }) => {
    await invite(store, team, bob, carol);
    await store.block(carol.id, alice.id, true);
    assertEquals(await pending(store, carol), ["Team Bob"]);
    await store.block(carol.id, bob.id, true);
    assertEquals(await pending(store, carol), []);
  },

  "an invitation ends when its inviter is banned": async ({ store, team, bob, carol }) => {
    await invite(store, team, bob, carol);
    await store.ban({ account: null, address: "192.0.2.1", reason: "", at: AT });
    assertEquals(await pending(store, carol), ["Team Bob"]);
    await store.ban({ account: bob.id, address: null, reason: "", at: AT });
    assertEquals(await pending(store, carol), []);
  },

  "an invitation ends when the guest who made or received it leaves": async (
    { store, team, carol },
  ) => {
    const [one, two] = [await guest(store, "One"), await guest(store, "Two")];
    await store.addMember(team.id, one.id, AT);
    await invite(store, team, one, carol);
    await invite(store, team, one, two);
    await store.retireGuest(two.id);
    assertEquals(await pending(store, two), []);
    await store.retireGuest(one.id);
    assertEquals(await pending(store, carol), []);
  },

  "users who share a room are acquainted": async (fixture) => {
    const { store, team, alice, bob, carol } = fixture;
    assertEquals(await store.areAcquainted(alice.id, bob.id, NONE), true);
    assertEquals(await store.areAcquainted(alice.id, carol.id, NONE), false);
    assertEquals(await store.areAcquainted(alice.id, bob.id, [team.id, 0]), false);
    const den = await room(store, "Den", alice, "private");
    await store.addMember(den.id, bob.id, AT);
    assertEquals(await store.areAcquainted(bob.id, alice.id, [team.id, 0]), true);
    assertEquals(await store.areAcquainted(bob.id, alice.id, [team.id, den.id]), false);
  },

  "users are acquainted once each has written to the other": async ({ store, alice, carol }) => {
    const know = () => store.areAcquainted(alice.id, carol.id, NONE);
    const direct = await store.directRoom(alice, carol, AT);
    await put(store, message(direct, alice, "hello?"), message(direct, alice, "hello??"));
    assertEquals(await know(), false);
    await put(store, message(direct, carol, "hello"));
    assertEquals(await know(), true);
  },

  "a room's host is its creator; in a private room the member of longest standing succeeds": async (
    fixture,
  ) => {
    const { store, team, alice, bob, carol } = fixture;
    const hostOf = async (id: number) => (await store.roomById(id)).host;
    assertEquals(await hostOf(team.id), alice.id);
    await store.removeMember(team.id, alice.id);
    await store.addMember(team.id, alice.id, AT + 9);
    assertEquals(await hostOf(team.id), null);
    const den = await room(store, "Den", alice, "private");
    const gast = await guest(store, "Gast");
    await store.addMember(den.id, gast.id, AT + 1);
    await store.addMember(den.id, carol.id, AT + 2);
    await store.addMember(den.id, bob.id, AT + 3);
    await store.removeMember(den.id, bob.id);
    assertEquals(await hostOf(den.id), alice.id);
    await store.removeMember(den.id, alice.id);
    assertEquals(await hostOf(den.id), carol.id, "a guest hosts nothing that lasts");
    await store.removeMember(den.id, carol.id);
    assertEquals(await hostOf(den.id), null);
    assertEquals((await room(store, "General", null)).host, null);
  },

  "a private room that no user can enter is listed": async ({ store, team, alice, bob }) => {
    const names = async () => (await store.abandonedRooms()).map(({ name }) => name);
    const den = await room(store, "Den", alice, "private");
    await store.addMember(den.id, bob.id, AT);
    await store.removeMember(team.id, alice.id);
    await store.removeMember(team.id, bob.id);
    assertEquals(await names(), []);
    await store.removeMember(den.id, alice.id);
    assertEquals(await names(), []);
    await store.ban({ account: bob.id, address: null, reason: "", at: AT });
    await store.ban({ account: null, address: "192.0.2.1", reason: "", at: AT });
    assertEquals(await names(), ["Den"]);
    await store.unban(bob.id);
    assertEquals(await names(), []);
    await store.removeMember(den.id, bob.id);
    assertEquals(await names(), ["Den"]);
  },

  "what a user has stored is counted, up to a limit": async (
    { store, team, alice, bob, carol },
  ) => {
    const den = await room(store, "Den", alice, "private");
    await store.directRoom(alice, carol, AT);
    await store.block(alice.id, bob.id, true);
    await invite(store, den, alice, carol);
    const invite1 = { role: "member", room: null, expiresAt: null, uses: null } as const;
    await store.createInvite({ ...invite1, hash: "h", creator: alice.id, at: AT });
    const held = async (account: Account, limit = 9) => [
      await store.held("rooms", account.id, limit),
      await store.held("memberships", account.id, limit),
      await store.held("blocks", account.id, limit),
      await store.held("invitations", account.id, limit),
      await store.held("links", account.id, limit),
    ];
    assertEquals(await held(alice), [2, 2, 1, 0, 1]);
    assertEquals(await held(carol), [0, 0, 0, 1, 0]);
    assertEquals(await held(alice, 1), [1, 1, 1, 0, 1]);
    // A creator who leaves the room still counts as its creator.
    await store.removeMember(team.id, alice.id);
    assertEquals((await held(alice)).slice(0, 2), [2, 1]);
  },

  "the bytes of a user's files count until they are freed": async ({ store, team, bob }) => {
    const dave = await person(store, "Dave");
    const add = async (id: string, uploader: Account, parts: number) => {
      const file = { id, room: team.id, uploader: uploader.id, name: id, expiresAt: AT };
      await store.beginFile(file);
      for (let n = 0; n < parts; n++) await store.addFilePart(id, new Uint8Array(100), 1e9);
    };
    await add("one", bob, 3);
    await add("two", bob, 6);
    await add("three", dave, 1);
    assertEquals(await store.fileBytesOf(bob.id), 900);
    assertEquals(await store.fileBytesOf(dave.id), 100);
    while (await store.sweepFiles(AT));
    assertEquals(await store.fileBytesOf(bob.id), 0);
    assertEquals(await store.fileBytesOf(dave.id), 0);
  },
};
