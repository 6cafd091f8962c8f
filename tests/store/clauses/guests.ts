import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  AT,
  type Clauses,
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
} from "./world.ts";

/** Guests, who come and go under names that pass from one to the next. */
export const guests: Clauses = {
  "a guest has the name for as long as they are here": async ({ store }) => {
    const gast = await guest(store, "Gast");
    assertEquals(gast, { id: gast.id, name: "Gast", role: "guest" });
    assertEquals(await store.findAccount("gAST"), gast);
    assertEquals(await store.accountsOf("guest"), [gast]);
    assertEquals(await store.passwordOf(gast.id), null);
    await store.retireGuest(gast.id);
    assertEquals(await store.findAccount("Gast"), null);
    assertEquals(await store.accountsOf("guest"), []);
    assertEquals(await store.accountById(gast.id), gast);
  },

  "a guest takes nobody's name, and nobody takes a guest's": async ({ store }) => {
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

  "every guest is another person": async ({ store }) => {
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

  "a guest who is gone is a member of nothing": async ({ store, team, alice, bob }) => {
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
    assertEquals((await store.listRooms(alice.id)).map(({ members }) => members), [1, 2]);
    const search = { account: gast.id, query: "psst", room: null, before: null, limit: 9 };
    assertEquals((await store.search(search)).hits, []);
  },

  "what a guest said stays, with their name and number": async ({ store, team, alice }) => {
    const gast = await guest(store, "Gast");
    const [said] = await put(store, message(team, gast, "hello"), react(team, gast, 1, "👍"));
    assertEquals([said?.sender, said?.guest], ["Gast", gast.id]);
    await put(store, message(team, alice, "welcome"));
    const before = await log(store, team);
    await store.retireGuest(gast.id);
    assertEquals(await log(store, team), before);
    assertEquals(before.map((event) => event.guest), [gast.id, gast.id, null]);
    const { sender, guest: number, reactions } = await messageAt(store, team, 1);
    assertEquals({ sender, number, reactions }, {
      sender: "Gast",
      number: gast.id,
      reactions: [{ emoji: "👍", names: ["Gast"] }],
    });
  },

  "the conversation with a guest who is gone can still be read": async ({ store, team, alice }) => {
    const gast = await guest(store, "Gast");
    const direct = await store.directRoom(alice, gast, AT);
    await put(store, message(direct, gast, "psst"));
    await store.retireGuest(gast.id);
    const next = await guest(store, "Gast");
    const another = await store.directRoom(alice, next, AT);
    assertNotEquals(another.id, direct.id, "the next guest is another person");
    await put(store, message(another, next, "hi"));
    const mine = await store.roomsOf(alice.id);
    assertEquals(mine.map((membership) => membership.room.id), [team.id, direct.id, another.id]);
    assertEquals(mine.at(1)?.room.pair, direct.pair);
    assertEquals((await messages(store, direct)).map(({ text }) => text), ["psst"]);
  },

  "what a guest repeats after coming back is said once": async ({ store, team, alice }) => {
    const first = await guest(store, "Gast");
    await put(store, message(team, first, "hello", { key: "k" }));
    await store.retireGuest(first.id);
    const second = await guest(store, "gAST");
    const again = message(team, second, "hello", { key: "k" });
    const [result] = await store.append([again]);
    assert(result !== undefined && "event" in result && result.repeated);
    assertEquals([result.event.seq, result.event.guest], [1, first.id]);
    assertEquals(await outcomes(store, message(team, second, "new", { key: "l" }), again), [
      2,
      "again 1",
    ]);
    assertEquals(await outcomes(store, message(team, alice, "mine", { key: "k" })), [3]);
    const other = await guest(store, "Other");
    assertEquals(await outcomes(store, message(team, other, "mine", { key: "k" })), [4]);
  },

  "keys of guests are not those of an account of that name": async ({ store, team }) => {
    const gast = await guest(store, "Gast");
    await put(store, message(team, gast, "a guest's", { key: "k" }));
    await store.retireGuest(gast.id);
    const owner = await person(store, "Gast");
    assertEquals(await outcomes(store, message(team, owner, "an account's", { key: "k" })), [2]);
  },

  "no guest outlives the server": async (world) => {
    const { team, alice, bob } = world;
    let { store } = world;
    const [one, two] = [await guest(store, "One"), await guest(store, "Two")];
    await store.addMember(team.id, one.id, AT);
    await store.createSession({ hash: "guest", account: two.id, label: "", at: AT });
    await store.createSession({ hash: "alice", account: alice.id, label: "", at: AT });
    store = await world.succeed();
    await store.retireGuests();
    assertEquals(await store.accountsOf("guest"), []);
    assertEquals(await store.membersOf(team.id), [alice, bob]);
    assertEquals(await store.findSession("guest"), null);
    assertEquals((await store.findSession("alice"))?.account, alice);
    assertEquals(await store.findAccount("Alice"), alice);
    await guest(store, "One");
  },
};
