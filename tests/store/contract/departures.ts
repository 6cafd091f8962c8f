import { assert, assertEquals } from "@std/assert";
import { EVENTS_A_STEP, SETTLE_MS, type Traces } from "../../../lib/store/departures.ts";
import type { Store } from "../../../lib/store/store.ts";
import type { Account } from "../../../lib/store/records.ts";
import {
  AT,
  type Contract,
  guest,
  message,
  messages,
  react,
  room,
  store as put,
  upTo,
} from "./fixture.ts";

const DAY = 86_400_000;
const RETENTION = 30 * DAY;

/** Sweeps until nothing is left to do. @returns The number of steps. */
async function sweep(
  store: Store,
  at: number,
  retention: number | null = RETENTION,
): Promise<number> {
  for (let steps = 0;; steps++) {
    assert(steps < 1_000, "the sweep comes to no end");
    if (!await store.sweepGuests(at, retention)) return steps;
  }
}

async function leave(store: Store, who: Account, traces: Traces | null): Promise<void> {
  await store.retireGuest(who.id, { at: AT, traces });
}

async function conversations(store: Store, account: Account): Promise<string[]> {
  const rooms = await store.roomsOf(account.id);
  return rooms.flatMap(({ room: { pair } }) => pair ?? []).filter(({ id }) => id !== account.id)
    .map(({ name }) => name);
}

/** The rows that guests leave behind, and their removal. */
export const departures: Contract = {
  "a guest without messages leaves no row": async ({ store, alice, bob, carol }) => {
    const gast = await guest(store, "Gast");
    for (const other of [alice, bob, carol]) await store.directRoom(gast, other, AT);
    const place = await store.directRoom(gast, alice, AT);
    await room(store, "Lounge", gast);
    await room(store, "Later", alice);
    await leave(store, gast, 0);
    assertEquals(await sweep(store, AT + SETTLE_MS - 1), 0, "what is on its way may still come");
    assert(await store.accountById(gast.id) !== null);
    await sweep(store, AT + SETTLE_MS);
    assertEquals(await store.accountById(gast.id), null);
    assertEquals(await store.roomByPublicId(place.publicId), null);
    assertEquals((await store.findRoom("Lounge", alice.id))?.host, null);
    assertEquals(await sweep(store, AT + RETENTION), 0, "nothing is left to do");
  },

  "a conversation with a guest who left is deleted after the retention period": async (fixture) => {
    const { store, team, alice } = fixture;
    const gast = await guest(store, "Gast");
    const direct = await store.directRoom(gast, alice, AT);
    const count = EVENTS_A_STEP * 2 + 7;
    const lines = upTo(count).map((n) => message(direct, n % 2 ? gast : alice, `word ${n}`));
    await put(store, ...lines);
    await put(store, react(direct, alice, 3, "👍"), message(team, alice, "the newest word"));
    await room(store, "Later", alice);
    await leave(store, gast, 1);
    await sweep(store, AT + RETENTION - 1);
    assertEquals((await messages(store, direct)).length, count);
    assertEquals(await conversations(store, alice), ["Gast"]);
    const steps = await sweep(store, AT + RETENTION);
    assert(steps >= 3, "a few at a time");
    assertEquals(await store.accountById(gast.id), null);
    assertEquals(await conversations(store, alice), []);
    const search = { account: alice.id, query: "word", room: null, before: null, limit: 9 };
    assertEquals((await store.search(search)).hits.map(({ message: { text } }) => text), [
      "the newest word",
    ]);
  },

  "the sender of a room's messages keeps their row": async ({ store, team, alice }) => {
    const gast = await guest(store, "Gast");
    const direct = await store.directRoom(gast, alice, AT);
    await put(store, message(team, gast, "in public"), message(direct, gast, "psst"));
    await put(store, message(team, alice, "after"));
    await room(store, "Later", alice);
    await leave(store, gast, 2);
    await sweep(store, AT + RETENTION);
    assertEquals(await store.roomByPublicId(direct.publicId), null);
    assertEquals((await messages(store, team)).map(({ sender }) => sender), ["Gast", "Alice"]);
    assertEquals(await store.accountById(gast.id), gast);
  },

  "a guest whose messages are unknown keeps their row": async ({ store, alice }) => {
    const gast = await guest(store, "Gast");
    await store.directRoom(gast, alice, AT);
    await room(store, "Later", alice);
    await leave(store, gast, null);
    await sweep(store, AT + RETENTION);
    assertEquals(await store.accountById(gast.id), gast);
  },

  "conversations are kept without limit if the settings say so": async ({ store, alice, team }) => {
    const gast = await guest(store, "Gast");
    const direct = await store.directRoom(gast, alice, AT);
    await put(store, message(direct, gast, "psst"), message(team, alice, "after"));
    await room(store, "Later", alice);
    await leave(store, gast, 1);
    await sweep(store, AT + 1_000 * DAY, null);
    assertEquals((await messages(store, direct)).length, 1);
  },

  "a banned guest stays banned": async ({ store }) => {
    const gast = await guest(store, "Gast");
    await store.ban({ account: gast.id, address: null, reason: "", at: AT });
    await leave(store, gast, 0);
    await sweep(store, AT + RETENTION);
    assertEquals((await store.bans()).map(({ account }) => account), [gast]);
  },

  "the sweep removes no guest who is still connected": async ({ store, alice }) => {
    const gast = await guest(store, "Gast");
    await store.directRoom(gast, alice, AT);
    assertEquals(await sweep(store, AT + 1_000 * DAY), 0);
    assertEquals(await store.findAccount("Gast"), gast);
  },

  "many guests are removed in small steps": async ({ store, alice }) => {
    const gone = [];
    for (const n of upTo(50)) {
      const gast = await guest(store, `Gast ${n}`);
      await store.directRoom(gast, alice, AT);
      await leave(store, gast, 0);
      gone.push(gast);
    }
    await room(store, "Later", alice);
    await sweep(store, AT + SETTLE_MS);
    for (const { id } of gone) assertEquals(await store.accountById(id), null);
  },
};
