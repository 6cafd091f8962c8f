import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  ALL_ROOMS,
  AT,
  type Contract,
  guest,
  log,
  message,
  messageAt,
  messages,
  newAccount,
  outcomes,
  person,
  react,
  room,
  store as put,
} from "./fixture.ts";

/** Guests: their names are free again after they leave. */
export const guests: Contract = {
  "a guest holds the name while connected": async ({ store }) => {
    const gast = await guest(store, "Gast");
    const { id, publicId } = gast;
    assertEquals(gast, { id, publicId, name: "Gast", role: "guest" });
    assertEquals(await store.findAccount("gAST"), gast);
    assertEquals(await store.accountsOf("guest"), [gast]);
    assertEquals(await store.passwordOf(gast.id), null);
    await store.retireGuest(gast.id);
    assertEquals(await store.findAccount("Gast"), null);
    assertEquals(await store.accountsOf("guest"), []);
    assertEquals(await store.accountById(gast.id), gast);
  },

  "guests and accounts cannot take each other's names": async ({ store }) => {
    await guest(store, "Gast");
    const taken = [
      { name: "Alice", skeleton: "x" },
      { name: "aLICE", skeleton: "x" },
      { name: "Gast", skeleton: "x" },
      { name: "x", skeleton: "alice" },
      { name: "x", skeleton: "gast" },
    ];
    for (const names of taken) {
      assertEquals(await store.createGuest({ ...names, at: AT }), "name_taken");
      assertEquals(await store.createAccount(newAccount("x", names)), "name_taken");
    }
    assertEquals(await store.findAccount("x"), null);
  },

  "every guest is a distinct user": async ({ store }) => {
    const ids: number[] = [];
    for (let n = 0; n < 5; n++) {
      const { id } = await guest(store, "Gast");
      await store.retireGuest(id);
      ids.push(id);
    }
    assertEquals(ids, [...new Set(ids)].toSorted((a, b) => a - b), "no number twice");
    const { id } = await person(store, "Gast");
    assert(ids.every((earlier) => earlier < id), "not even an account's");
  },

  "a guest who left is a member of no room": async ({ store, team, alice, bob }) => {
    const gast = await guest(store, "Gast");
    const secret = await room(store, "secret", alice, "private");
    await store.addMember(team.id, gast.id, AT);
    await store.addMember(secret.id, gast.id, AT);
    const direct = await store.directRoom(gast, alice, AT);
    await put(store, message(direct, gast, "psst"));
    await store.createSession({ hash: "guest", account: gast.id, label: "", at: AT });
    await store.retireGuest(gast.id);
    assertEquals(await store.roomsOf(gast.id), []);
    assertEquals(await store.membersOf(team.id), [alice, bob]);
    assertEquals(await store.membersOf(secret.id), [alice]);
    assertEquals(await store.membersOf(direct.id), [alice]);
    assertEquals(await store.findSession("guest"), null);
    assertEquals((await store.listRooms(alice.id, ALL_ROOMS)).map(({ members }) => members), [
      1,
      2,
    ]);
    const search = { account: gast.id, query: "psst", room: null, before: null, limit: 9 };
    assertEquals((await store.search(search)).hits, []);
  },

  "a guest's messages keep the guest's name and id": async ({ store, team, alice }) => {
    const gast = await guest(store, "Gast");
    const [said] = await put(store, message(team, gast, "hello"), react(team, gast, 1, "👍"));
    assertEquals([said?.sender, said?.senderId, said?.guest], ["Gast", gast.publicId, true]);
    await put(store, message(team, alice, "welcome"));
    const before = await log(store, team);
    await store.retireGuest(gast.id);
    assertEquals(await log(store, team), before);
    assertEquals(before.map(({ senderId, guest }) => [senderId, guest]), [
      [gast.publicId, true],
      [gast.publicId, true],
      [alice.publicId, false],
    ]);
    const { sender, senderId, guest: isGuest, reactions } = await messageAt(store, team, 1);
    assertEquals({ sender, senderId, isGuest, reactions }, {
      sender: "Gast",
      senderId: gast.publicId,
      isGuest: true,
      reactions: [{ emoji: "👍", count: 1, names: ["Gast"], ids: [gast.publicId] }],
    });
  },

  "a conversation with a guest who left can still be read": async ({ store, team, alice }) => {
    const gast = await guest(store, "Gast");
    const direct = await store.directRoom(alice, gast, AT);
    await put(store, message(direct, gast, "psst"));
    await store.retireGuest(gast.id);
    const next = await guest(store, "Gast");
    const another = await store.directRoom(alice, next, AT);
    assertNotEquals(another.id, direct.id, "the next guest is another person");
    await put(store, message(another, next, "hi"));
    const mine = await store.roomsOf(alice.id);
    assertEquals(mine.map((membership) => membership.room.id), [another.id, direct.id, team.id]);
    assertEquals(mine.at(1)?.room.pair, direct.pair);
    assertEquals((await messages(store, direct)).map(({ text }) => text), ["psst"]);
  },

  "a message that a returning guest repeats is stored once": async ({ store, team, alice }) => {
    const first = await guest(store, "Gast");
    await put(store, message(team, first, "hello", { key: "k" }));
    await store.retireGuest(first.id);
    const second = await guest(store, "gAST");
    const again = message(team, second, "hello", { key: "k" });
    const [result] = await store.append([again]);
    assert(result !== undefined && "event" in result && result.repeated);
    const { seq, senderId, guest: isGuest } = result.event;
    assertEquals([seq, senderId, isGuest], [1, first.publicId, true]);
    assertEquals(await outcomes(store, message(team, second, "new", { key: "l" }), again), [
      2,
      "again 1",
    ]);
    assertEquals(await outcomes(store, message(team, alice, "mine", { key: "k" })), [3]);
    const other = await guest(store, "Other");
    assertEquals(await outcomes(store, message(team, other, "mine", { key: "k" })), [4]);
  },

  "a guest's keys are distinct from those of an account with the same name": async (
    { store, team },
  ) => {
    const gast = await guest(store, "Gast");
    await put(store, message(team, gast, "a guest's", { key: "k" }));
    await store.retireGuest(gast.id);
    const owner = await person(store, "Gast");
    assertEquals(await outcomes(store, message(team, owner, "an account's", { key: "k" })), [2]);
  },

  "no guest survives a restart of the server": async (fixture) => {
    const { team, alice, bob } = fixture;
    let { store } = fixture;
    const [one, two] = [await guest(store, "One"), await guest(store, "Two")];
    await store.addMember(team.id, one.id, AT);
    await store.createSession({ hash: "guest", account: two.id, label: "", at: AT });
    await store.createSession({ hash: "alice", account: alice.id, label: "", at: AT });
    store = await fixture.succeed();
    await store.retireGuests();
    assertEquals(await store.accountsOf("guest"), []);
    assertEquals(await store.membersOf(team.id), [alice, bob]);
    assertEquals(await store.findSession("guest"), null);
    assertEquals((await store.findSession("alice"))?.account, alice);
    assertEquals(await store.findAccount("Alice"), alice);
    await guest(store, "One");
  },
};
