import { assert, assertEquals } from "@std/assert";
import { EVENTS_A_STEP } from "../../../lib/store/departures.ts";
import { NAME_RESERVED_MS } from "../../../lib/store/sql/room_names.ts";
import type { Store } from "../../../lib/store/store.ts";
import type { Account, RoomRecord } from "../../../lib/store/records.ts";
import {
  ALL_ROOMS,
  AT,
  change,
  type Contract,
  log,
  message,
  messages,
  NO_CHANGE,
  outcomes,
  react,
  remove,
  room,
  store as put,
  type StoreFixture,
  upTo,
} from "./fixture.ts";

async function found(store: Store, name: string, viewer: Account): Promise<string | undefined> {
  return (await store.findRoom(name, viewer.id))?.publicId;
}

async function listed(store: Store, viewer: Account): Promise<string[]> {
  return (await store.listRooms(viewer.id, ALL_ROOMS)).map(({ room }) => room.name);
}

/** Creates a room. @returns Whether the name was free. */
async function mayCreate(
  store: Store,
  name: string,
  creator: Account,
  at: number,
): Promise<boolean> {
  const plain = { kind: "private", title: null } as const;
  return await store.createRoom({ name, ...plain, creator: creator.id, at }) !== null;
}

async function sweep(store: Store): Promise<void> {
  for (let steps = 0; await store.sweepRooms(); steps++) assert(steps < 100, "no end");
}

async function find(store: Store, viewer: Account, query: string): Promise<number> {
  const search = { account: viewer.id, query, room: null, before: null, limit: 10 };
  return (await store.search(search)).hits.length;
}

/** A room that is renamed, and the rooms that share a name with it. */
async function rename({ store, alice, team }: StoreFixture, name: string): Promise<void> {
  await put(store, change(team, alice, { name }));
}

/** Changing, archiving and deleting rooms. */
export const changingRooms: Contract = {
  "a change of a room is an event, and changes only what it names": async (fixture) => {
    const { store, alice, bob, team } = fixture;
    await put(
      store,
      message(team, bob, "before"),
      change(team, alice, { name: "Design", title: "All about it" }),
      change(team, alice, { locked: true, slowSeconds: 5 }),
      change(team, alice, { title: "", locked: false }),
    );
    const record = await store.roomById(team.id);
    const { name, title, kind, locked, slowMs, publicId, seq, archived } = record;
    assertEquals([name, title, kind], ["Design", null, "public"]);
    assertEquals([locked, slowMs, archived, seq], [false, 5_000, false, 4]);
    assertEquals(publicId, team.publicId);
    assertEquals((await log(store, team)).slice(1).map((event) => ({ ...event })), [
      { ...event(team, alice, 2), ...NO_CHANGE, name: "Design", title: "All about it" },
      { ...event(team, alice, 3), ...NO_CHANGE, locked: true, slowSeconds: 5 },
      { ...event(team, alice, 4), ...NO_CHANGE, title: "", locked: false },
    ] as never);
    assertEquals((await messages(store, team)).map(({ seq }) => seq), [1]);
  },

  "a room is found by its old name, until another room takes it": async (fixture) => {
    const { store, alice, bob, carol, team } = fixture;
    await rename(fixture, "Design");
    await rename(fixture, "Drawing");
    for (const name of ["team", "DESIGN", "drawing"]) {
      for (const viewer of [alice, bob, carol]) {
        assertEquals(await found(store, name, viewer), team.publicId, name);
      }
    }
    const until = AT + NAME_RESERVED_MS;
    assertEquals(await mayCreate(store, "design", carol, until - 1), false, "it is reserved");
    assertEquals(await mayCreate(store, "design", carol, until), true);
    assertEquals(await found(store, "design", bob), team.publicId);
    assert(await found(store, "design", carol) !== team.publicId, "her own room comes first");
    await rename(fixture, "Team");
    assertEquals(await found(store, "team", carol), team.publicId, "a room takes its name back");
  },

  "the old names of a private room are found by its members alone": async (
    { store, ...people },
  ) => {
    const { alice, bob, carol } = people;
    const den = await room(store, "den", alice, "private");
    await store.addMember(den.id, bob.id, AT);
    await put(store, change(den, alice, { name: "cave" }));
    assertEquals(await found(store, "den", bob), den.publicId);
    assertEquals(await found(store, "den", carol), undefined);
    assertEquals(await mayCreate(store, "den", bob, AT), false);
    assertEquals(await mayCreate(store, "den", carol, AT), true, "she learns nothing of it");
    // What it was called before it was open stays with those who knew it.
    await put(store, change(den, alice, { visibility: "public" }));
    assertEquals(await found(store, "cave", carol), den.publicId);
    await put(store, change(den, alice, { name: "hall" }));
    assertEquals(await found(store, "cave", carol), den.publicId);
    await put(store, change(den, alice, { visibility: "private" }));
    for (const name of ["cave", "hall"]) {
      assertEquals(await found(store, name, carol), undefined);
      assertEquals(await mayCreate(store, name, carol, AT), true);
    }
  },

  "a room takes no name that its changer could not give to a new one": async (fixture) => {
    const { store, alice, bob, carol, team } = fixture;
    await room(store, "open", carol);
    const hers = await room(store, "hers", alice, "private");
    const his = await room(store, "his", bob, "private");
    const names = ["OPEN", "hers"].map((name) => change(team, alice, { name }));
    assertEquals(await outcomes(store, ...names), ["room_exists", "room_exists"]);
    assertEquals(await outcomes(store, change(team, alice, { name: "TEAM" })), [1]);
    // Alice must not learn of a room that only Bob is in. He finds that one by the name.
    assertEquals(await outcomes(store, change(team, alice, { name: "his" })), [2]);
    assertEquals(await found(store, "his", bob), his.publicId);
    for (const viewer of [alice, carol]) {
      assertEquals(await found(store, "his", viewer), team.publicId);
    }
    assertEquals((await store.membersOf(team.id)).length, 2);
    assertEquals(await outcomes(store, change(his, bob, { visibility: "public" })), [
      "room_exists",
    ]);
    assertEquals((await store.roomById(hers.id)).seq, 0, "a refusal takes no seq");
  },

  "a room that becomes private has a host": async ({ store, alice, bob, carol, team }) => {
    await store.removeMember(team.id, alice.id);
    await store.addMember(team.id, carol.id, AT + 1);
    assertEquals((await store.roomById(team.id)).host, null);
    await put(store, change(team, bob, { visibility: "private" }));
    const { host, kind } = await store.roomById(team.id);
    assertEquals([host, kind], [bob.id, "private"]);
    assertEquals(await listed(store, alice), []);
    assertEquals(await found(store, "team", alice), undefined);
  },

  "an archived room takes nothing but what is marked for it": async (fixture) => {
    const { store, alice, bob, team } = fixture;
    await put(store, message(team, bob, "first", { key: "k" }));
    const results = await outcomes(
      store,
      change(team, alice, { archived: true }),
      message(team, alice, "too late"),
      react(team, alice, 1, "👍"),
      remove(team, bob, 1),
      message(team, bob, "first", { key: "k" }),
    );
    assertEquals(results, [2, "room_archived", "room_archived", "room_archived", "again 1"]);
    assertEquals(await outcomes(store, message(team, bob, "later")), ["room_archived"]);
    assertEquals((await store.roomById(team.id)).archived, true);
    assertEquals(await listed(store, alice), [], "it is in no list");
    assertEquals((await store.roomsOf(bob.id)).map(({ room }) => room.archived), [true]);
    assertEquals(await find(store, bob, "first"), 1);
    const moderation = { ...remove(team, bob, 1), whileArchived: true };
    assertEquals(await outcomes(store, moderation), [3]);
    assertEquals(
      await outcomes(
        store,
        change(team, alice, { archived: false }),
        message(team, bob, "again"),
      ),
      [4, 5],
    );
    assertEquals(await listed(store, alice), ["Team"]);
  },

  "an event of another log changes no room": async ({ store, alice, team }) => {
    await put(store, { ...change(team, alice, { name: "other" }), isImported: true });
    assertEquals((await store.roomById(team.id)).name, "Team");
  },

  "a deleted room is gone at once, and its log follows": async ({ store, succeed, ...rest }) => {
    const { alice, bob, carol, team } = rest;
    const other = await room(store, "other", alice);
    const texts = upTo(EVENTS_A_STEP + 5).map((n) => message(team, bob, `secret ${n}`));
    await put(store, ...texts, message(team, bob, "kept key", { key: "k" }));
    await put(store, react(team, alice, 1, "👍"), message(other, alice, "stays secret"));
    await store.addInvitation({ room: team.id, account: carol.id, inviter: alice.id, at: AT });
    const writing = store.append([message(team, alice, "at the same time")]);
    const deletion = store.deleteRoom(team.id, AT);
    const behind = store.append([message(team, alice, "behind")]);
    const [[during], deleted, [after]] = [await writing, await deletion, await behind];
    assertEquals(deleted, { bots: [] });
    // Which comes first is up to the store: stored before the deletion, or refused after it.
    for (const one of [during, after]) {
      assert(one !== undefined && ("event" in one || one.refused === "no_such_room"));
    }
    assertEquals(await store.deleteRoom(team.id, AT), null);
    const afterwards = [message(team, bob, "kept key", { key: "k" }), change(team, alice, {})];
    assertEquals(await outcomes(store, ...afterwards), ["no_such_room", "no_such_room"]);
    for (const viewer of [alice, bob, carol]) {
      assertEquals(await found(store, "team", viewer), undefined);
      assertEquals(await listed(store, viewer), ["other"]);
      assertEquals(await find(store, viewer, "secret"), viewer === alice ? 1 : 0);
    }
    assertEquals(await store.roomByPublicId(team.publicId), null);
    assertEquals(await store.membersOf(team.id), []);
    assertEquals(await store.invitationsOf(carol.id), []);
    assertEquals(await store.abandonedRooms(), []);
    assertEquals(await store.held("rooms", alice.id, 10), 1);
    await put(store, message(other, alice, "of another room"));
    await sweep(store);
    assertEquals(await log(store, team), []);
    assertEquals((await messages(store, other)).length, 2);
    const record = await store.roomById(team.id);
    assertEquals([record.deleted, record.name, record.title], [true, "", null]);
    // The name is free, and the ids are not.
    const next = await room(store, "Team", carol);
    assert(next.id !== team.id && next.publicId !== team.publicId);
    await store.close();
    const again = await succeed();
    if (again !== store) assertEquals(await log(again, next), []);
  },

  "of the newest event of a deleted room no content is left": async ({ store, alice, team }) => {
    await put(store, message(team, alice, "the last words"));
    await put(store, change(team, alice, { title: "the last title" }));
    await store.deleteRoom(team.id, AT);
    await sweep(store);
    const left = await log(store, team);
    assertEquals(JSON.stringify(left).includes("last"), false);
    const next = await room(store, "next", alice);
    assertEquals((await put(store, message(next, alice, "hello")))[0]?.seq, 1);
    await sweep(store);
    assertEquals(await log(store, team), []);
  },

  "the files of a deleted room are deleted": async ({ store, alice, team }) => {
    const file = { room: team.id, uploader: alice.id, name: "a.txt", expiresAt: AT + 1_000 };
    for (const id of ["f1", "f2"]) {
      await store.beginFile({ id, ...file });
      await store.addFilePart(id, new TextEncoder().encode("text"), 1_000);
      await store.finishFile(id, { type: "text/plain", width: null, height: null });
    }
    await put(store, message(team, alice, "a file", { files: ["f1"] }));
    await store.deleteRoom(team.id, AT);
    assertEquals(await store.findFile("f1", alice.id, AT), null);
    await sweep(store);
    while (await store.sweepFiles(AT));
    assertEquals(await store.fileBytesOf(alice.id), 0);
    assertEquals(await store.filePart("f1", 0), null);
  },
};

function event(
  { id: room }: RoomRecord,
  { name: sender, publicId: senderId }: Account,
  seq: number,
) {
  return { kind: "room_changed", room, seq, sender, senderId, guest: false, at: AT, key: null };
}
