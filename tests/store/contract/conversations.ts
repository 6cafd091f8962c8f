import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import type { Store } from "../../../lib/store/store.ts";
import type { Account, RoomRecord } from "../../../lib/store/records.ts";
import {
  ALL_ROOMS,
  AT,
  change,
  type Contract,
  message,
  person,
  room,
  store as put,
} from "./fixture.ts";

/** The conversation of some accounts, and whether it was created; the first one creates it. */
async function converse(store: Store, ...people: readonly Account[]) {
  const [creator] = people;
  assert(creator);
  return await store.conversationOf({
    name: `c-${crypto.randomUUID()}`,
    people: people.map(({ id }) => id),
    creator: creator.id,
    at: AT,
  });
}

/** The conversation of some accounts, all of whom are members. */
async function gather(store: Store, ...people: readonly Account[]): Promise<RoomRecord> {
  const { room: { id } } = await converse(store, ...people);
  for (const { id: account } of people) await store.addMember(id, account, AT + account);
  return await store.roomById(id);
}

function names({ people }: RoomRecord): readonly string[] | undefined {
  return people?.map(({ name }) => name);
}

/** Conversations of several people, without a name. */
export const conversations: Contract = {
  "the same people have one conversation, whoever of them opens it": async (fixture) => {
    const { store, alice, bob, carol, team } = fixture;
    const made = await converse(store, alice, bob, carol);
    assertEquals([made.isNew, made.room.kind, made.room.host], [true, "private", null]);
    assertEquals([names(made.room), team.people], [["Alice"], null]);
    // Bob and Carol were asked, and may still decide.
    assertEquals((await converse(store, alice, carol, bob)).room.id, made.room.id);
    const own = await converse(store, bob, alice, carol);
    assertEquals(own.isNew, true);
    await store.addMember(made.room.id, carol.id, AT + 1);
    const again = await converse(store, carol, bob, alice);
    assertEquals([again.isNew, again.room.id], [false, made.room.id]);
    assertEquals(names(again.room), ["Alice", "Carol"]);
    assertEquals(
      (await store.findConversation([carol.id, alice.id, bob.id], alice.id))?.id,
      made.room.id,
    );
    assertEquals(await store.findConversation([carol.id, alice.id], alice.id), null);
  },

  "two who open it at once open one": async ({ store, alice, bob, carol }) => {
    await Promise.all([1, 2, 3].map(() => converse(store, alice, bob, carol)));
    const rooms = (await store.roomsOf(alice.id)).filter(({ room }) => room.people !== null);
    assertEquals(rooms.length, 1);
  },

  "who comes and who leaves is among its people, and no more": async (fixture) => {
    const { store, alice, bob, carol } = fixture;
    const dave = await person(store, "Dave");
    const { id } = await gather(store, alice, bob, carol);
    assert(await store.addPerson(id, dave.id));
    // Whether or not Dave accepts: the others find the conversation with him.
    assertEquals((await converse(store, bob, alice, carol, dave)).room.id, id);
    await store.addMember(id, dave.id, AT + 100);
    assertEquals(names(await store.roomById(id)), ["Alice", "Bob", "Carol", "Dave"]);
    await store.removeMember(id, carol.id);
    assertEquals(names(await store.roomById(id)), ["Alice", "Bob", "Dave"]);
    assertEquals((await converse(store, dave, bob, alice)).room.id, id);
    assertNotEquals((await converse(store, alice, bob, carol)).room.id, id);
    for (const { id: one } of [alice, bob, dave]) await store.removeMember(id, one);
    assertEquals((await store.roomById(id)).people, []);
  },

  "it has a limit, which counts those who were asked": async ({ store, alice, team }) => {
    const { room: { id } } = await converse(store, alice);
    const others: Account[] = [];
    for (let n = 1; n <= LIMITS.conversation_people; n++) {
      others.push(await person(store, `Person ${n}`));
    }
    const added: boolean[] = [];
    for (const other of others) added.push(await store.addPerson(id, other.id));
    assertEquals(added, others.map((_, n) => n < LIMITS.conversation_people - 1));
    // One who is counted already can be asked again.
    assert(await store.addPerson(id, others[0]!.id));
    assertEquals(await store.addPerson(team.id, others[0]!.id), false);
  },

  "it notifies of every message, is in no list of rooms, and nobody recovers it": async (
    fixture,
  ) => {
    const { store, alice, bob, carol } = fixture;
    const made = await gather(store, alice, bob, carol);
    await put(store, message(made, alice, "hi"));
    const mine = (await store.roomsOf(bob.id)).find(({ room }) => room.id === made.id);
    assertEquals([mine?.level, mine?.unread, names(mine!.room)], [
      ...["all", 1],
      ["Alice", "Bob", "Carol"],
    ]);
    const listed = (await store.listRooms(bob.id, ALL_ROOMS)).map(({ room }) => room.name);
    assertEquals(listed, ["Team"]);
    // Programs that know nothing of conversations address it by its name.
    assertEquals((await store.findRoom(made.name, carol.id))?.id, made.id);
    await store.removeMember(made.id, carol.id);
    assertEquals(await store.findRoom(made.name, carol.id), null);
    for (const { id } of [alice, bob]) await store.removeMember(made.id, id);
    assertEquals(await store.abandonedRooms(), []);
  },

  "with a name it is a room like any other, of the member who gave it": async (fixture) => {
    const { store, alice, bob, carol } = fixture;
    const made = await gather(store, alice, bob, carol);
    await store.setLevel(made.id, carol.id, "none");
    await room(store, "Taken", bob);
    assertEquals(await store.append([change(made, bob, { name: "Taken" })]), [
      { refused: "room_exists" },
    ]);
    assertEquals(names(await store.roomById(made.id)), ["Alice", "Bob", "Carol"]);
    await put(store, change(made, bob, { name: "Trip" }));
    const { name, kind, people, host } = await store.roomById(made.id);
    assertEquals([name, kind, people, host], ["Trip", "private", null, bob.id]);
    const levels = async (account: Account) =>
      (await store.roomsOf(account.id)).find(({ room }) => room.id === made.id)?.level;
    assertEquals([await levels(alice), await levels(carol)], ["all", "none"]);
    assertEquals((await store.findRoom("trip", alice.id))?.id, made.id);
    assertEquals((await store.findRoom(made.name, alice.id))?.id, made.id);
    assertEquals((await converse(store, alice, bob, carol)).isNew, true);
    assertEquals(await store.addPerson(made.id, carol.id), false);
  },

  "who is erased is out of it": async ({ store, alice, bob, carol }) => {
    const { id } = await gather(store, alice, bob, carol);
    await store.eraseAccount(carol.id, "Deleted user", AT);
    assertEquals(names(await store.roomById(id)), ["Alice", "Bob"]);
    assertEquals((await store.findConversation([alice.id, bob.id], bob.id))?.id, id);
  },

  "it survives a restart, and a deleted one is found no more": async (fixture) => {
    const { alice, bob, carol } = fixture;
    const made = await gather(fixture.store, alice, bob, carol);
    const store = await fixture.succeed();
    const found = await converse(store, carol, alice, bob);
    assertEquals([found.isNew, names(found.room)], [false, ["Alice", "Bob", "Carol"]]);
    assert(await store.deleteRoom(made.id, AT) !== null);
    assertEquals((await store.roomById(made.id)).people, null);
    assertEquals((await converse(store, alice, bob, carol)).isNew, true);
  },
};
