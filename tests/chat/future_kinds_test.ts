// Events of a kind that only a newer version knows, stored as that version stores them: the kind is
// their wire type, the payload a JSON object of their other fields.
import { assert, assertEquals, assertObjectMatch } from "@std/assert";
import fc from "fast-check";
import { exportRecords, importRecords } from "../../lib/transfer/lines.ts";
import { dumpPostgres } from "../../lib/transfer/postgres.ts";
import { dumpSqlite } from "../../lib/transfer/sqlite.ts";
import type { Dump } from "../../lib/transfer/dump.ts";
import { wireEvent } from "../../lib/chat/to_wire.ts";
import { openDatabase } from "../../lib/store/sqlite/open.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { toPayload } from "../../lib/store/sql/payload.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import type { RoomRecord } from "../../lib/store/records.ts";
import { expand, shorten } from "../../lib/protocol/delta.ts";
import {
  AT,
  edit,
  makeStoreFixture,
  message,
  react,
  room,
  ROOMY,
} from "../store/contract/fixture.ts";
import { needs } from "../support/permissions.ts";
import { ignore as noPostgres, usePostgres } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";

const cluster = usePostgres();

type Payload = Readonly<Record<string, unknown>>;
type Future = readonly [kind: string, payload: Payload];

/** Appends events to a room's log, as a newer version would. */
type Write = (room: RoomRecord, sender: number, events: readonly Future[]) => Promise<void>;

/** A backend under test: its store can be closed and reopened, and its data changed behind it. */
interface Backend {
  open(): Promise<Store>;
  readonly write: Write;
  /** Sets properties of a message, as a newer version would. */
  mark(room: RoomRecord, seq: number, state: Payload): Promise<void>;
  dump(mode: "read" | "write"): Promise<Dump>;
  clear(): Promise<void>;
}

async function sqlite(): Promise<Backend> {
  const directory = await Deno.makeTempDir();
  const options = { path: `${directory}/chat.db`, durability: "process" } as const;
  return {
    open: () => openSqlite(options),
    write(room, sender, events) {
      const { db, close } = openDatabase(options);
      for (const [kind, payload] of events) {
        db.prepare(
          `INSERT INTO events (room, seq, sender, at, kind, payload)
           SELECT id, seq + 1, ?, ?, ?, ? FROM rooms WHERE id = ?`,
        ).run(sender, AT, kind, JSON.stringify(payload), room.id);
        db.prepare("UPDATE rooms SET seq = seq + 1 WHERE id = ?").run(room.id);
      }
      close();
      return Promise.resolve();
    },
    mark(room, seq, state) {
      const { db, close } = openDatabase(options);
      db.prepare("UPDATE events SET payload = ? WHERE room = ? AND seq = ?")
        .run(toPayload(state), room.id, seq);
      close();
      return Promise.resolve();
    },
    dump: (mode) => Promise.resolve(dumpSqlite(options, mode)),
    clear: () => Deno.remove(directory, { recursive: true }),
  };
}

async function onPostgres(): Promise<Backend> {
  const database = await cluster.make();
  const url = cluster.url(database);
  return {
    open: () => openPostgres({ url }),
    write: (room, sender, events) => writePostgres(database, room.id, sender, events),
    async mark(room, seq, state) {
      const payload = `'${String(toPayload(state)).replaceAll("'", "''")}'`;
      await cluster.run(
        database,
        `UPDATE hubbub.events SET payload = ${payload} WHERE room = ${room.id} AND seq = ${seq}`,
      );
    },
    dump: (mode) => dumpPostgres(url, mode),
    clear: () => cluster.drop(database),
  };
}

async function writePostgres(
  database: string,
  room: number,
  sender: number,
  events: readonly Future[],
): Promise<void> {
  const quoted = (value: unknown) => `'${String(value).replaceAll("'", "''")}'`;
  const statements = events.map(([kind, payload]) =>
    `UPDATE hubbub.rooms SET seq = seq + 1 WHERE id = ${room};
     INSERT INTO hubbub.events (room, seq, sender, at, kind, payload)
     SELECT id, seq, ${sender}, ${AT}, ${quoted(kind)}, ${quoted(JSON.stringify(payload))}
     FROM hubbub.rooms WHERE id = ${room};`
  );
  await cluster.run(database, statements.join("\n"));
}

/** The fields that every event has are not part of the payload. */
const ENVELOPE = "type room room_id receiver receiver_id seq sender sender_id guest at key".split(
  " ",
);

const future: fc.Arbitrary<Future> = fc.tuple(
  fc.stringMatching(/^[a-z]{2,12}_[a-z]{2,12}$/).filter((kind) => kind !== "__proto__"),
  fc.dictionary(
    fc.stringMatching(/^[a-z_]{1,12}$/).filter((name) => !ENVELOPE.includes(name)),
    fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
    { maxKeys: 4, noNullPrototype: true },
  ).map((payload) => JSON.parse(JSON.stringify(payload).replaceAll("\\u0000", "0"))),
);

/** Returns events as a store reads them, and as clients get them. */
async function replayed(store: Store, room: RoomRecord) {
  const { seq } = await store.roomById(room.id);
  const events = await store.replay(room.id, 0, seq, ROOMY) ?? [];
  return { events, wire: events.map((event) => wireEvent(room, event)) };
}

for (
  const [name, make, options] of [
    ["sqlite", sqlite, needs("read", "write")],
    ["postgres", onPostgres, { ignore: noPostgres }],
  ] as const
) {
  Deno.test({
    name:
      `${name}: events of unknown kinds keep their position, type and payload, and block nothing`,
    ...options,
    async fn() {
      const backend = await make();
      let store = await backend.open();
      const { alice, bob, team } = await makeStoreFixture(store);
      await store.append([message(team, alice, "one"), react(team, bob, 1, "👍")]);
      await store.close();
      const samples = fc.sample(future, { numRuns: 100, seed: 12 });
      const odd: Future[] = [["claims", {
        seq: 99,
        sender: "Mallory",
        type: "room_message",
        room: "elsewhere",
        target: 7,
      }]];
      await backend.write(team, bob.id, [...samples, ...odd]);

      store = await backend.open();
      const last = 2 + samples.length + odd.length;
      await store.append([edit(team, alice, 1, "ONE"), message(team, bob, "two")]);
      const { events, wire } = await replayed(store, team);
      assertEquals(events.map(({ seq }) => seq), Array.from({ length: last + 2 }, (_, n) => n + 1));
      for (const [i, [type, payload]] of samples.entries()) {
        const envelope = { room: "Team", room_id: team.publicId, seq: i + 3, at: AT };
        const sender = { sender: "Bob", sender_id: bob.publicId };
        assertEquals(wire[i + 2] as unknown, { ...payload, ...envelope, ...sender, type });
      }
      const claims = wire[last - 1] as unknown as Payload;
      assertEquals(
        [claims.type, claims.seq, claims.sender, claims.room, claims.target],
        ["claims", last, "Bob", "Team", 7],
      );
      assertEquals(expand(JSON.parse(JSON.stringify(shorten(wire)))) as unknown, wire as unknown);

      // Pages, unread counts and searches skip them.
      const page = await store.pageBefore(team.id, last + 10, ROOMY);
      assertEquals(page.messages.map(({ text }) => text), ["ONE", "two"]);
      const [membership] = await store.roomsOf(alice.id);
      assertEquals([membership?.unread, membership?.room.seq], [1, last + 2]);
      const query = { account: alice.id, query: "two", room: null, before: null, limit: 5 };
      assertEquals((await store.search(query)).hits.length, 1);
      const refused = await store.append([edit(team, bob, 5, "no")]);
      assertEquals(refused, [{ refused: "no_such_message" }]);
      await store.close();

      // Transferred from this store into a new one of each kind, they are unchanged.
      const records = [];
      const from = await backend.dump("read");
      for await (const record of exportRecords(from)) records.push(record);
      await from.close();
      const others = noPostgres ? [sqlite] : [sqlite, emptyPostgres];
      for (const other of others) {
        const target = await other();
        const into = await target.dump("write");
        await importRecords(into, records[Symbol.iterator]() as never);
        await into.close();
        const copy = await target.open();
        assertEquals((await replayed(copy, team)).wire, wire);
        await copy.close();
        await target.clear();
      }

      // A payload that is not a JSON object blocks nothing either.
      await backend.write(team, bob.id, [["list", [1] as never], ["none", null as never]]);
      store = await backend.open();
      const types = (await replayed(store, team)).wire.map(({ type }) => type as string);
      assertEquals(types.slice(-3), ["room_message", "list", "none"]);
      await store.close();
      await backend.clear();
    },
  });
}

for (
  const [name, make, options] of [
    ["sqlite", sqlite, needs("read", "write")],
    ["postgres", onPostgres, { ignore: noPostgres }],
  ] as const
) {
  Deno.test({
    name: `${name}: message properties set by a newer version are passed on and found`,
    ...options,
    async fn() {
      const backend = await make();
      let store = await backend.open();
      const { alice, bob, team } = await makeStoreFixture(store);
      const other = await room(store, "other", alice);
      const said = [..."abcdef"].map((text) => message(team, alice, text));
      await store.append([...said, message(other, alice, "elsewhere")]);
      await store.close();
      await backend.mark(team, 2, { starred: true, note: "it's \u0000" });
      await backend.mark(team, 4, { starred: true });
      await backend.mark(team, 5, { note: "no star" });
      await backend.mark(other, 1, { starred: true });

      store = await backend.open();
      // A change of a message leaves these properties unchanged.
      await store.append([edit(team, alice, 2, "B"), react(team, bob, 4, "👍")]);
      const { messages } = await store.pageBefore(team.id, 100, ROOMY);
      const wire: unknown[] = messages.map((one) => wireEvent(team, one));
      assertObjectMatch(wire[1] as Payload, { message: "B", starred: true, note: "it's \u0000" });
      assertObjectMatch(wire[3] as Payload, { message: "d", starred: true });
      assert(!("starred" in (wire[4] as Payload)) && !("note" in (wire[0] as Payload)));
      const found = async (before: number, limit: number) => {
        const page = await store.pageWith(team.id, "starred", before, { ...ROOMY, limit });
        return [page.messages.map(({ seq }) => seq), page.more];
      };
      assertEquals(await found(100, 10), [[2, 4], false]);
      assertEquals(await found(100, 1), [[4], true]);
      assertEquals(await found(4, 10), [[2], false]);
      assertEquals((await store.pageWith(team.id, "starred", 100, ROOMY)).messages[1], messages[3]);
      await store.close();

      const records = [];
      const from = await backend.dump("read");
      for await (const record of exportRecords(from)) records.push(record);
      await from.close();
      const target = await sqlite();
      const into = await target.dump("write");
      await importRecords(into, records[Symbol.iterator]() as never);
      await into.close();
      const copy = await target.open();
      assertEquals((await copy.pageBefore(team.id, 100, ROOMY)).messages, messages);
      await copy.close();
      await target.clear();
      await backend.clear();
    },
  });
}

async function emptyPostgres(): Promise<Backend> {
  const database = await cluster.make("empty");
  const url = cluster.url(database);
  return {
    open: () => openPostgres({ url }),
    write: () => Promise.resolve(),
    mark: () => Promise.resolve(),
    dump: (mode) => dumpPostgres(url, mode),
    clear: () => cluster.drop(database),
  };
}

Deno.test({
  name: "an instance that reads unknown kinds keeps delivering the room, live and on resume",
  ignore: noPostgres,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const database = await cluster.make();
    const settings = { database: cluster.url(database), rate: 0 };
    const [one, two] = [await startServer(settings), await startServer(settings)];
    const alice = await one.guest("Alice");
    const readers = [await two.guest("Bob"), await two.guest("Carl", ["chat.batch.v2"])];
    for (const peer of [alice, ...readers]) {
      peer.send({ type: "join", room: "general" });
      await peer.take("joined");
    }
    const [{ id: room } = { id: 0 }] = await cluster.run(
      database,
      "SELECT id::int FROM hubbub.rooms",
    );
    const samples = fc.sample(future, { numRuns: 30, seed: 7 });
    await writePostgres(database, room, 1, samples);
    // A newer instance announces the advanced room as this one does.
    alice.send({ type: "room_message", room: "general", message: "after" });
    for (const peer of [alice, ...readers]) {
      await peer.next((frame) => frame.type === "room_message" && frame.message === "after");
      const events = peer.frames.filter((frame) => "seq" in frame && "sender" in frame);
      assertEquals(events.map((frame) => frame.type as string), [
        ...samples.map(([kind]) => kind),
        "room_message",
      ]);
      for (const [i, [, payload]] of samples.entries()) {
        assertEquals({ ...events[i] } as unknown, { ...events[i], ...payload });
      }
      peer.send({ type: "join", room: "general", after: 0 });
      const { messages, truncated } = await peer.take("joined");
      assertEquals([messages.length, truncated], [samples.length + 1, false]);
      const page = await peer.ask({ type: "history", room: "general" });
      assertEquals(page.type === "history" && page.messages.length, 1);
    }
    assertEquals([...one.logged, ...two.logged].filter((line) => line.includes('"error"')), []);
    for (const peer of [alice, ...readers]) await peer.close();
    await one.stop();
    await two.stop();
    await cluster.drop(database);
  },
});
