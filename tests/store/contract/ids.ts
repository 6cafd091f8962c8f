import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { Store } from "../../../lib/store/store.ts";
import type { Account, RoomRecord } from "../../../lib/store/records.ts";
import {
  ALL_ROOMS,
  AT,
  change,
  type Contract,
  guest,
  message,
  messages,
  newAccount,
  person,
  room,
  store as put,
  upTo,
} from "./fixture.ts";

/** The form of an id that clients may rely on. */
const FORM = /^[A-Za-z0-9_-]{1,24}$/;

/** A direct conversation of Alice with a guest who left. */
async function ended(store: Store, alice: Account, name: string) {
  const other = await guest(store, name);
  const direct = await store.directRoom(alice, other, AT);
  await store.retireGuest(other.id);
  return { other, direct };
}

/** Public ids: how clients refer to rooms and users. */
export const ids: Contract = {
  "every account and room has a distinct, opaque id": async (fixture) => {
    const { store, alice, bob, carol, team } = fixture;
    const made: (Account | RoomRecord)[] = [alice, bob, carol, team];
    for (const n of upTo(20)) {
      const one = await person(store, `Person ${n}`);
      const visitor = await guest(store, `Guest ${n}`);
      made.push(one, visitor, await room(store, `room-${n}`, one, n % 2 ? "public" : "private"));
      made.push(await store.directRoom(alice, one, AT), await store.directRoom(one, one, AT));
    }
    const all = made.map(({ publicId }) => publicId);
    for (const id of all) assertMatch(id, FORM);
    assertEquals(new Set(all).size, all.length);
    assert(made.every(({ id, publicId }) => publicId !== `${id}`), "no row number");
    assertNotEquals(all.toSorted(), all, "not in the order in which they were made");
    assertEquals(new Set(all.map(({ length }) => length)).size, 1, "not longer as there are more");
  },

  "an id is stable, whatever else changes about the account or room": async (fixture) => {
    const { alice, bob, team } = fixture;
    let { store } = fixture;
    await store.setRole(bob.id, "moderator");
    await store.setPassword(bob.id, "hash");
    await put(store, change(team, alice, { locked: true, slowSeconds: 1 }));
    await put(store, message(team, alice, "hello"));
    store = await fixture.succeed();
    assertEquals((await store.findAccount("Bob"))?.publicId, bob.publicId);
    assertEquals((await store.findRoom("Team", alice.id))?.publicId, team.publicId);
    assertEquals((await store.accountByPublicId(bob.publicId))?.role, "moderator");
    assertEquals((await store.roomByPublicId(team.publicId))?.locked, true);
  },

  "an account is found by id until it is deleted": async ({ store, alice, bob }) => {
    assertEquals(await store.accountByPublicId(alice.publicId), alice);
    const gast = await guest(store, "Gast");
    assertEquals(await store.accountByPublicId(gast.publicId), gast);
    await store.retireGuest(gast.id);
    assertEquals(await store.accountByPublicId(gast.publicId), null);
    assertEquals(await store.accountById(gast.id), gast);
    const next = await guest(store, "Gast");
    assertNotEquals(next.publicId, gast.publicId, "the next guest is another person");
    assertEquals(await store.accountByPublicId(gast.publicId), null);
    await store.setRole(bob.id, "bot");
    await store.retireAccount(bob.id);
    assertEquals(await store.accountByPublicId(bob.publicId), null);
    assertNotEquals((await person(store, "Bob")).publicId, bob.publicId);
  },

  "a room of any kind is found by id": async ({ store, team, alice, bob }) => {
    const den = await room(store, "Den", alice, "private");
    const direct = await store.directRoom(alice, bob, AT);
    for (const one of [team, den, direct]) {
      assertEquals(await store.roomByPublicId(one.publicId), one);
    }
  },

  "only the exact id finds an account or room": async ({ store, team, alice }) => {
    for (const { publicId, id, name } of [alice, team]) {
      const others = ["", `${id}`, name, publicId.toUpperCase(), publicId.slice(1), "%", "\u0000"]
        // One id in 280 is all digits, and has no capitals.
        .filter((other) => other !== publicId);
      for (const other of [...others, ` ${publicId}`, `${publicId}\u0000`]) {
        assertEquals(await store.accountByPublicId(other), null, JSON.stringify(other));
        assertEquals(await store.roomByPublicId(other), null, JSON.stringify(other));
      }
    }
    assertEquals(await store.accountByPublicId(team.publicId), null);
    assertEquals(await store.roomByPublicId(alice.publicId), null);
  },

  "every read returns the same ids": async ({ store, team, alice, bob }) => {
    const direct = await store.directRoom(alice, bob, AT);
    await store.createSession({ hash: "s", account: alice.id, label: "", at: AT });
    await put(store, message(direct, bob, "hello"));
    assertEquals((await store.findSession("s"))?.account, alice);
    assertEquals(await store.membersOf(team.id), [alice, bob]);
    assertEquals(await store.accountsOf("member").then(([first]) => first), alice);
    const summaries = (await store.roomsOf(alice.id)).map(({ room }) => room.publicId);
    assertEquals(new Set(summaries), new Set([team.publicId, direct.publicId]));
    const [listed] = await store.listRooms(alice.id, ALL_ROOMS);
    assertEquals(listed?.room.publicId, team.publicId);
    const search = { account: alice.id, query: "hello", room: null, before: null, limit: 9 };
    const { hits: [hit] } = await store.search(search);
    assertEquals([hit?.room.publicId, hit?.message.senderId], [direct.publicId, bob.publicId]);
    assertEquals(new Set(hit?.room.pair), new Set([alice, bob]));
  },

  "a conversation ends when its guest or bot leaves": async ({ store, alice, bob, carol }) => {
    await store.setRole(bob.id, "bot");
    const gast = await guest(store, "Gast");
    const withGuest = await store.directRoom(gast, alice, AT);
    const withBot = await store.directRoom(bob, alice, AT);
    await put(store, message(withGuest, gast, "psst"), message(withBot, bob, "beep"));
    const others = [
      await store.directRoom(alice, carol, AT),
      await store.directRoom(alice, alice, AT),
    ];
    const over = async () => {
      const known = (await store.roomsOf(alice.id)).map(({ room }) => room);
      for (const room of known) {
        assertEquals(await store.roomById(room.id), room);
        assertEquals(await store.roomByPublicId(room.publicId), room);
      }
      return new Set(known.filter(({ isOver }) => isOver).map(({ id }) => id));
    };
    assertEquals(await over(), new Set());
    await store.retireGuest(gast.id);
    assertEquals(await over(), new Set([withGuest.id]));
    await store.retireAccount(bob.id);
    assertEquals(await over(), new Set([withGuest.id, withBot.id]));
    await guest(store, "Gast");
    await store.createAccount(newAccount("Bob", { role: "bot" }));
    assertEquals(await over(), new Set([withGuest.id, withBot.id]), "whoever has the name now");
    for (const { id } of others) assertEquals((await store.roomById(id)).isOver, false);
  },

  "a guest who leaves a room ends it for no other member": async ({ store, team, alice }) => {
    const gast = await guest(store, "Gast");
    await store.addMember(team.id, gast.id, AT);
    await store.retireGuest(gast.id);
    assertEquals((await store.findRoom("Team", alice.id))?.isOver, false);
  },

  "an ended conversation is found by name until it is closed": async ({ store, alice, bob }) => {
    const gast = await guest(store, "Gast");
    const direct = await store.directRoom(alice, gast, AT);
    await put(store, message(direct, gast, "psst"));
    assertEquals(await store.endedConversation(alice.id, "Gast"), null, "it goes on");
    await store.retireGuest(gast.id);
    const found = await store.endedConversation(alice.id, "Gast");
    assertEquals(found, { ...direct, seq: 1, isOver: true });
    assertEquals((await messages(store, direct)).map(({ text }) => text), ["psst"]);
    for (const [viewer, name] of [[bob, "Gast"], [alice, "Gas"], [alice, "Bob"], [alice, ""]]) {
      assertEquals(await store.endedConversation((viewer as Account).id, name as string), null);
    }
    await store.removeMember(direct.id, alice.id);
    assertEquals(await store.endedConversation(alice.id, "Gast"), null);
    assertEquals(await store.roomByPublicId(direct.publicId), found, "what was said is not lost");
  },

  "of several ended conversations under one name, the latest is found": async (
    { store, alice, bob },
  ) => {
    const first = await ended(store, alice, "Gast");
    const last = await ended(store, alice, "Gast");
    await ended(store, bob, "Gast");
    await ended(store, alice, "Other");
    assertNotEquals(first.direct.publicId, last.direct.publicId);
    const found = () => store.endedConversation(alice.id, "Gast").then((room) => room?.id ?? null);
    assertEquals(await found(), last.direct.id);
    await store.removeMember(last.direct.id, alice.id);
    assertEquals(await found(), first.direct.id);
  },

  "an ended conversation is found by a name of any characters": async ({ store, alice }) => {
    const { direct } = await ended(store, alice, "Ga\u0000st ✨");
    assertEquals((await store.endedConversation(alice.id, "Ga\u0000st ✨"))?.id, direct.id);
  },

  "the moderation log keeps ids, which outlive names": async ({ store, team, alice }) => {
    const gast = await guest(store, "Gast");
    const by = { at: AT, by: alice.name, byId: alice.publicId, action: "kick", detail: null };
    const entry = {
      ...{ ...by, subject: gast.name, subjectId: gast.publicId },
      ...{ room: team.name, roomId: team.publicId },
    };
    await store.recordModeration(entry);
    await store.retireGuest(gast.id);
    const next = await guest(store, "Gast");
    const [logged] = await store.moderationLog({ before: null, limit: 1 });
    assertEquals(logged, { ...entry, id: logged?.id ?? 0 });
    assertNotEquals(logged?.subjectId, next.publicId);
  },
};
