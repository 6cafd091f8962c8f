import { DEFAULT_RIGHTS } from "../../../lib/chat/events/rights.ts";
import { assertEquals, assertExists, assertNotEquals, assertRejects } from "@std/assert";
import type { RoomPage } from "../../../lib/store/records.ts";
import {
  ALL_ROOMS,
  AT,
  change,
  type Contract,
  edit,
  message,
  react,
  remove,
  room,
  store as put,
} from "./fixture.ts";

/** Rooms, members and read marks. */
export const rooms: Contract = {
  "a new room is empty, and has its creator as a member": async ({ store, alice, carol }) => {
    const made = await store.createRoom({
      name: "Reading-Room",
      kind: "private",
      title: "Books \u0000 & more",
      creator: carol.id,
      at: AT,
    });
    assertExists(made);
    assertEquals(made, {
      id: made.id,
      publicId: made.publicId,
      name: "Reading-Room",
      kind: "private",
      title: "Books \u0000 & more",
      seq: 0,
      pair: null,
      people: null,
      isOver: false,
      archived: false,
      deleted: false,
      locked: false,
      slowMs: 0,
      threads: true,
      retentionDays: 0,
      previews: true,
      ...DEFAULT_RIGHTS,
      host: carol.id,
    });
    assertEquals(await store.findRoom("reading-room", carol.id), made);
    assertEquals(await store.membersOf(made.id), [carol]);
    const nobodys = await room(store, "Lobby", null);
    assertEquals(await store.membersOf(nobodys.id), []);
    assertEquals(await store.addMember(nobodys.id, alice.id, AT), "added");
  },

  "the members of a room are read in the order of their ids, all or in pages": async (
    { store, team, alice, bob, carol },
  ) => {
    for (const account of [carol, bob]) await store.addMember(team.id, account.id, AT);
    const byId = [alice, bob, carol].sort((a, b) => a.id - b.id);
    assertEquals(await store.membersOf(team.id), byId);
    assertEquals(await store.membersOf(team.id, { after: 0, limit: 2 }), byId.slice(0, 2));
    const after = byId[1]!.id;
    assertEquals(await store.membersOf(team.id, { after, limit: 2 }), byId.slice(2));
  },

  "the folded name of a public room is unique": async ({ store, team, carol }) => {
    for (const kind of ["public", "private"] as const) {
      for (const creator of [carol.id, null]) {
        const again = { name: "TEAM", kind, title: "x", creator, at: AT };
        assertEquals(await store.createRoom(again), null, `${kind}, ${creator}`);
      }
    }
    assertEquals(await store.findRoom("tEaM", carol.id), team);
    assertEquals(await store.roomsOf(carol.id), []);
  },

  "the name of a private room is taken for its members": async (fixture) => {
    const { store, alice, bob, carol } = fixture;
    const hers = await room(store, "Plans", alice, "private");
    const again = { name: "PLANS", title: null, at: AT };
    for (const kind of ["public", "private"] as const) {
      assertEquals(await store.createRoom({ ...again, kind, creator: alice.id }), null);
    }
    const his = await room(store, "plans", bob, "private");
    const everybodys = await room(store, "plans", carol);
    const [one, other, open] = [alice, bob, carol].map(({ id }) => store.findRoom("pLans", id));
    assertEquals(await Promise.all([one, other, open]), [hers, his, everybodys]);
    assertEquals((await store.roomsOf(alice.id)).map((mine) => mine.room.name), ["Plans", "Team"]);
  },

  "a name finds the user's own room first, else the public one": async (fixture) => {
    const { store, team, alice, carol } = fixture;
    const hidden = await room(store, "hidden", alice, "private");
    assertEquals(await store.findRoom("hidden", carol.id), null);
    assertEquals(await store.findRoom("hidden", 999_999), null);
    assertEquals(await store.findRoom("Team", 999_999), team);
    assertEquals(await store.findRoom("hidden", alice.id), hidden);
    const shown = await room(store, "Hidden", carol);
    assertEquals(await store.findRoom("hidden", alice.id), hidden, "her own comes first");
    await store.removeMember(hidden.id, alice.id);
    assertEquals(await store.findRoom("hidden", alice.id), shown);
    assertEquals(await store.listRooms(alice.id, ALL_ROOMS), [
      { room: shown, members: 1, joined: false },
      { room: team, members: 2, joined: true },
    ]);
  },

  "no user is a member of two rooms with one name": async ({ store, alice, bob, carol }) => {
    const hers = await room(store, "Plans", alice, "private");
    const his = await room(store, "plans", bob, "private");
    const everybodys = await room(store, "PLANS", carol);
    assertEquals(await store.addMember(his.id, alice.id, AT), "conflict");
    assertEquals(await store.addMember(everybodys.id, alice.id, AT), "conflict");
    assertEquals(await store.addMember(hers.id, alice.id, AT), "member");
    assertEquals(await store.membersOf(his.id), [bob]);
    assertEquals(await store.membersOf(everybodys.id), [carol]);
    await store.removeMember(hers.id, alice.id);
    assertEquals(await store.addMember(his.id, alice.id, AT), "added");
    assertEquals(await store.addMember(hers.id, alice.id, AT), "conflict");
  },

  "conversations do not conflict with room names": async ({ store, team, alice, bob, carol }) => {
    for (const other of [alice, bob, carol]) {
      const { id } = await store.directRoom(alice, other, AT);
      assertEquals(await store.addMember(id, alice.id, AT), "member");
      await put(store, message({ id }, alice, "psst"));
    }
    assertEquals(await store.addMember(team.id, alice.id, AT), "member");
    assertEquals((await store.roomsOf(alice.id)).map(({ room }) => room.pair?.length), [
      ...[2, 2, 2],
      undefined,
    ]);
  },

  "a room can be locked and put in slow mode": async ({ store, team, alice }) => {
    const other = await room(store, "other", alice);
    await put(store, change(team, alice, { locked: true, slowSeconds: 30 }));
    const ruled = { ...team, locked: true, slowMs: 30_000, seq: 1 };
    assertEquals(await store.findRoom("Team", alice.id), ruled);
    assertEquals((await store.roomsOf(alice.id)).map((mine) => mine.room), [ruled, other]);
    await put(store, change(team, alice, { locked: false, slowSeconds: 0 }));
    assertEquals(await store.findRoom("Team", alice.id), { ...team, seq: 2 });
  },

  "a room says who may post, invite and pin": async ({ store, team, alice }) => {
    await put(store, change(team, alice, { mayPost: "hosts", mayPin: "everyone" }));
    await put(store, change(team, alice, { mayInvite: "hosts", mayPin: "hosts" }));
    const ruled = {
      ...team,
      mayPost: "hosts",
      mayInvite: "hosts",
      mayPin: "hosts",
      seq: 2,
    } as const;
    assertEquals(await store.roomById(team.id), ruled);
    assertEquals((await store.roomsOf(alice.id)).map((mine) => mine.room), [ruled]);
    // A value of a later version changes nothing here.
    await put(store, change(team, alice, { mayPost: "nobody" }));
    assertEquals(await store.roomById(team.id), { ...ruled, seq: 3 });
    await put(store, change(team, alice, { mayPost: "everyone", mayInvite: "everyone" }));
    assertEquals(await store.roomById(team.id), { ...team, seq: 4 });
  },

  "a room is found by its own name only": async ({ store, alice, bob }) => {
    await store.directRoom(alice, bob, AT);
    for (const name of ["", "@Bob", "Bob", "tea", "Team ", "%", "Team\u0000"]) {
      assertEquals(await store.findRoom(name, alice.id), null, JSON.stringify(name));
    }
  },

  "a room is found by row id": async ({ store, team, alice, bob }) => {
    const direct = await store.directRoom(alice, bob, AT);
    assertEquals(await store.roomById(team.id), team);
    assertEquals(await store.roomById(direct.id), direct);
    await assertRejects(() => store.roomById(999_999));
  },

  "a room shows the seq of its newest event": async ({ store, team, alice }) => {
    await put(store, message(team, alice, "one"), message(team, alice, "two"));
    assertEquals((await store.findRoom("Team", alice.id))?.seq, 2);
  },

  "two users share one conversation, whoever of them starts it": async (
    { store, alice, bob, carol },
  ) => {
    const made = await store.directRoom(bob, alice, AT);
    assertEquals(made, {
      id: made.id,
      publicId: made.publicId,
      host: null,
      name: "",
      kind: "direct",
      title: null,
      seq: 0,
      pair: made.pair,
      people: null,
      isOver: false,
      archived: false,
      deleted: false,
      locked: false,
      slowMs: 0,
      threads: true,
      retentionDays: 0,
      previews: true,
      ...DEFAULT_RIGHTS,
    });
    assertEquals(new Set(made.pair), new Set([alice, bob]));
    assertEquals(await store.directRoom(alice, bob, AT + 1), made);
    assertEquals(await store.membersOf(made.id), [alice, bob]);
    const other = await store.directRoom(alice, carol, AT);
    assertNotEquals(other.id, made.id);
  },

  "a user can write to themselves": async ({ store, alice, bob }) => {
    const notes = await store.directRoom(alice, alice, AT);
    assertEquals(notes.pair, [alice, alice]);
    assertEquals(await store.directRoom(alice, alice, AT), notes);
    assertEquals(await store.membersOf(notes.id), [alice]);
    assertNotEquals((await store.directRoom(alice, bob, AT)).id, notes.id);
    await put(store, message(notes, alice, "milk"));
    assertEquals((await store.roomsOf(alice.id)).at(-1)?.unread, 0);
  },

  "a conversation is listed once it has a message": async ({ store, team, alice, bob }) => {
    const direct = await store.directRoom(alice, bob, AT);
    const ids = async (account: number) =>
      (await store.roomsOf(account)).map((membership) => membership.room.id);
    assertEquals(await ids(alice.id), [team.id]);
    await put(store, message(direct, alice, "psst"));
    assertEquals(await ids(alice.id), [direct.id, team.id]);
    assertEquals(await ids(bob.id), [direct.id, team.id]);
    const [seenByBob] = await store.roomsOf(bob.id);
    assertEquals([seenByBob?.read, seenByBob?.unread], [0, 1]);
    assertEquals(await store.markRead(direct.id, bob.id, 1), 1);
  },

  "members join and leave": async ({ store, team, alice, bob, carol }) => {
    assertEquals(await store.addMember(team.id, carol.id, AT), "added");
    assertEquals(await store.addMember(team.id, carol.id, AT), "member");
    assertEquals(await store.membersOf(team.id), [alice, bob, carol]);
    assertEquals(await store.removeMember(team.id, bob.id), true);
    assertEquals(await store.removeMember(team.id, bob.id), false);
    assertEquals(await store.membersOf(team.id), [alice, carol]);
    assertEquals(await store.membersOf(999_999), []);
  },

  "a user's rooms are listed with the newest events first": async ({ store, team, alice, bob }) => {
    const zoo = await room(store, "zoo", alice);
    const art = await room(store, "Art", alice, "private");
    await room(store, "elsewhere", null);
    const mine = await store.roomsOf(alice.id);
    assertEquals(mine.map((membership) => membership.room), [art, zoo, team]);
    const direct = await store.directRoom(alice, bob, AT);
    await put(store, message(team, alice, "a"), message(direct, alice, "b"));
    await put(store, message(zoo, alice, "c"));
    const names = (await store.roomsOf(alice.id, 3)).map(({ room }) => room.id);
    assertEquals(names, [zoo.id, direct.id, team.id]);
    assertEquals(await store.conversationsOf(alice.id), new Map([[direct.id, 1]]));
    assertEquals(await store.roomsOf(999_999), []);
  },

  "a user's rooms are listed in pages, in an order that no event changes": async (
    { store, team, alice, bob, carol },
  ) => {
    const zoo = await room(store, "zoo", alice);
    await room(store, "elsewhere", null);
    const direct = await store.directRoom(alice, bob, AT);
    const art = await room(store, "Art", alice, "private");
    // A conversation without an event is not listed.
    await store.directRoom(alice, carol, AT);
    await put(store, message(direct, bob, "b"));
    const listed = async (after: string | null, limit: number) =>
      (await store.membershipsOf(alice.id, after, limit)).map(({ room }) => room.id);
    assertEquals(await listed(null, 9), [team.id, zoo.id, direct.id, art.id]);
    await put(store, message(team, bob, "a"), message(zoo, alice, "c"));
    assertEquals(await listed(null, 2), [team.id, zoo.id]);
    assertEquals(await listed(zoo.publicId, 2), [direct.id, art.id]);
    assertEquals(await listed(art.publicId, 2), []);
    // Each is as in the list of the most recent ones.
    const byId = (await store.roomsOf(alice.id)).toSorted((a, b) => a.room.id - b.room.id);
    assertEquals(await store.membershipsOf(alice.id, null, 9), byId);
    // A page follows a room also after the user has left it, or it was deleted.
    await store.removeMember(zoo.id, alice.id);
    assertEquals(await listed(zoo.publicId, 2), [direct.id, art.id]);
    await store.deleteRoom(zoo.id, AT);
    assertEquals(await listed(zoo.publicId, 2), [direct.id, art.id]);
  },

  "every user sees public rooms, only members see private ones": async (fixture) => {
    const { store, team, alice, bob, carol } = fixture;
    const secret = await room(store, "secret", alice, "private");
    const open = await room(store, "Open", null);
    const direct = await store.directRoom(alice, bob, AT);
    await put(store, message(direct, alice, "psst"));
    assertEquals(await store.listRooms(alice.id, ALL_ROOMS), [
      { room: open, members: 0, joined: false },
      { room: secret, members: 1, joined: true },
      { room: team, members: 2, joined: true },
    ]);
    await store.removeMember(team.id, bob.id);
    assertEquals(await store.listRooms(carol.id, ALL_ROOMS), [
      { room: open, members: 0, joined: false },
      { room: team, members: 1, joined: false },
    ]);
  },

  "the list of rooms is read in pages, and by how names begin": async (fixture) => {
    const { store, team, alice, bob, carol } = fixture;
    const hers = await room(store, "Art", alice, "private");
    await room(store, "art", bob, "private");
    const open = await room(store, "ART", carol);
    const later = await room(store, "Art-history", null);
    const page = async (asked: Partial<RoomPage>) =>
      (await store.listRooms(alice.id, { ...ALL_ROOMS, ...asked })).map((one) => one.room);
    assertEquals(await page({}), [hers, open, later, team]);
    assertEquals(await page({ limit: 1 }), [hers]);
    assertEquals(await page({ limit: 1, after: "art", afterPrivate: true }), [open]);
    assertEquals(await page({ limit: 2, after: "art", afterPrivate: true }), [open, later]);
    assertEquals(await page({ limit: 1, after: "art" }), [later]);
    assertEquals(await page({ after: "art-history" }), [team]);
    assertEquals(await page({ after: "team" }), []);
    assertEquals(await page({ begins: "art" }), [hers, open, later]);
    assertEquals(await page({ begins: "art-" }), [later]);
    assertEquals(await page({ begins: "te", after: "art" }), [team]);
    assertEquals(await page({ begins: "art", after: "team" }), []);
    assertEquals(await page({ begins: "%" }), []);
  },

  "rooms are looked up by name and id, as far as a user may see them": async (fixture) => {
    const { store, team, alice, bob, carol } = fixture;
    const hers = await room(store, "Art", alice, "private");
    const his = await room(store, "art", bob, "private");
    const open = await room(store, "ART", carol);
    const direct = await store.directRoom(alice, bob, AT);
    const gone = await room(store, "gone", alice);
    await store.deleteRoom(gone.id, AT);
    await put(store, change(open, carol, { archived: true }));
    const at = async (
      { id }: { readonly id: number },
      names: readonly string[],
      ...rooms: readonly { readonly publicId: string }[]
    ) => {
      const publicIds = rooms.map(({ publicId }) => publicId);
      const found = await store.roomsAt(id, { names, publicIds });
      return found.map(({ room, joined, members }) => [room.id, joined, members]);
    };
    assertEquals(await at(alice, []), []);
    assertEquals(await at(alice, ["art", "team", "gone", "", "ar", "%", "a\u0000"]), [
      [hers.id, true, 1],
      [open.id, false, 1],
      [team.id, true, 2],
    ]);
    assertEquals(await at(carol, ["art"]), [[open.id, true, 1]]);
    // By its id nobody finds a private room or a conversation of others.
    const all = [hers, his, open, direct, gone];
    const idsOf = async (one: { readonly id: number }) =>
      new Set((await at(one, [], ...all)).map(([id]) => id));
    assertEquals(await idsOf(alice), new Set([hers.id, open.id, direct.id]));
    assertEquals(await idsOf(bob), new Set([his.id, open.id, direct.id]));
    assertEquals(await idsOf(carol), new Set([open.id]));
    // One that is meant twice is found once.
    assertEquals(await at(alice, ["team"], team), [[team.id, true, 2]]);
    const { room: found } =
      (await store.roomsAt(bob.id, { names: [], publicIds: [direct.publicId] }))[0]!;
    assertEquals(found, direct);
  },

  "unread messages are those of others after the read mark": async (
    { store, team, alice, bob },
  ) => {
    await put(store, message(team, bob, "1"), message(team, alice, "2"), message(team, bob, "3"));
    await put(store, react(team, bob, 1, "👍"), edit(team, bob, 3, "3!"), message(team, bob, "6"));
    const unread = async () => (await store.roomsOf(alice.id))[0]?.unread;
    assertEquals(await unread(), 3);
    await store.markRead(team.id, alice.id, 1);
    assertEquals(await unread(), 2);
    await store.markRead(team.id, alice.id, 5);
    assertEquals(await unread(), 1);
    await store.markRead(team.id, alice.id, 6);
    assertEquals(await unread(), 0);
    assertEquals((await store.roomsOf(bob.id))[0]?.unread, 1);
  },

  "unread messages are counted up to 100": async ({ store, team, alice, bob }) => {
    await put(store, ...Array.from({ length: 99 }, () => message(team, bob, "hey")));
    assertEquals((await store.roomsOf(alice.id))[0]?.unread, 99);
    await put(store, ...Array.from({ length: 50 }, () => message(team, bob, "hey")));
    assertEquals((await store.roomsOf(alice.id))[0]?.unread, 100);
  },

  "a read mark only moves forward, and never past the log": async ({ store, team, alice, bob }) => {
    const mark = (seq: number) => store.markRead(team.id, alice.id, seq);
    assertEquals(await mark(5), 0, "nothing was said yet");
    await put(store, ...Array.from({ length: 4 }, () => message(team, bob, "hey")));
    assertEquals(await mark(2), 2);
    assertEquals(await mark(1), 2);
    assertEquals(await mark(2), 2);
    assertEquals(await mark(1_000), 4);
    assertEquals((await store.readState(team.id, alice.id, Number.MAX_SAFE_INTEGER)).read, 4);
    assertEquals(
      (await store.readState(team.id, bob.id, Number.MAX_SAFE_INTEGER)).read,
      0,
      "each has their own",
    );
    assertEquals((await store.roomsOf(alice.id))[0]?.read, 4);
  },

  "a user who is not a member has no read mark": async ({ store, team, alice, bob, carol }) => {
    await put(store, message(team, alice, "hey"));
    assertEquals((await store.readState(team.id, carol.id, Number.MAX_SAFE_INTEGER)).read, 0);
    assertEquals(await store.markRead(team.id, carol.id, 1), 0);
    assertEquals((await store.readState(team.id, carol.id, Number.MAX_SAFE_INTEGER)).read, 0);
    await store.markRead(team.id, bob.id, 1);
    await store.removeMember(team.id, bob.id);
    assertEquals((await store.readState(team.id, bob.id, Number.MAX_SAFE_INTEGER)).read, 0);
  },

  "deleting a message leaves read marks unchanged": async ({ store, team, alice, bob }) => {
    await put(store, message(team, alice, "hey"), remove(team, alice, 1));
    assertEquals(await store.markRead(team.id, bob.id, 2), 2);
  },
};
