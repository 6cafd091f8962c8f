import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Dump } from "../../lib/moving/dump.ts";
import { exportRecords, importRecords, parseLines } from "../../lib/moving/lines.ts";
import { dumpPostgres } from "../../lib/moving/postgres.ts";
import { KINDS } from "../../lib/moving/records.ts";
import { backUp, dumpSqlite } from "../../lib/moving/sqlite.ts";
import { StoreError } from "../../lib/store/error.ts";
import { openPostgres } from "../../lib/store/postgres.ts";
import { openSqlite } from "../../lib/store/sqlite.ts";
import type { Store } from "../../lib/store/store.ts";
import { AT, guest, message, messages, person, store as put } from "../store/clauses/world.ts";
import { needs } from "../support/permissions.ts";
import { ignore as noPostgres, usePostgres } from "../support/postgres.ts";
import { fill } from "./full_store.ts";

const permissions = needs("read", "write");
const cluster = usePostgres();
const sqlite = (path: string) => ({ path, durability: "process" }) as const;

/** A directory that is gone after the test. */
async function directory() {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** All of a store, as text. */
async function textOf(dump: Dump): Promise<string> {
  let text = "";
  for await (const record of exportRecords(dump)) text += `${JSON.stringify(record)}\n`;
  await dump.close();
  return text;
}

function lines(text: string): AsyncGenerator<unknown> {
  return parseLines(new Blob([text]).stream());
}

async function read(text: string, into: Dump): Promise<number> {
  try {
    return await importRecords(into, lines(text));
  } finally {
    await into.close();
  }
}

/** That a store goes on where another one was left. */
async function goesOn(store: Store): Promise<void> {
  const alice = await store.findAccount("alice");
  assert(alice !== null);
  const team = await store.findRoom("team", alice.id);
  assert(team !== null);
  const search = (query: string) =>
    store.search({ account: alice.id, query, room: team.id, before: null, limit: 10 });
  assertEquals((await search("creme three")).hits.length, 1);
  assertEquals((await search("secret")).hits.length, 0);
  assertEquals((await messages(store, team))[0]?.reactions, [
    { emoji: "👍", names: ["Bob", "Alice"] },
  ]);
  const [repeated] = await store.append([message(team, alice, "again", { key: "k1" })]);
  assert(repeated !== undefined && "event" in repeated && repeated.repeated);
  const [next] = await put(store, message(team, alice, "and on it goes"));
  assertEquals(next?.seq, team.seq + 1);
  assertEquals((await search("goes")).hits.length, 1);
  assertEquals(await store.filePart("whole", 19), new Uint8Array(10_000).fill(20));
  assertEquals((await person(store, "Newcomer")).name, "Newcomer");
  await store.retireGuests();
  const eve = await guest(store, "Eve");
  const [same] = await store.append([message(team, eve, "again", { key: "g2" })]);
  assert(same !== undefined && "event" in same && same.repeated, "guests of a name share keys");
  const part = new Uint8Array(1_000);
  const file = { room: team.id, uploader: alice.id, name: "x", expiresAt: AT + 1 };
  await store.beginFile({ ...file, id: "more" });
  assertEquals(await store.addFilePart("more", part, 220_999), false, "what is full is known");
  assertEquals(await store.addFilePart("more", part, 221_000), true);
}

Deno.test({
  name: "from laptop to laptop the same bytes come out again, and all goes on",
  ...permissions,
  async fn() {
    await using temporary = await directory();
    const paths = ["one", "two"].map((name) => sqlite(`${temporary.path}/${name}.db`));
    const [one, two] = paths as [(typeof paths)[0], (typeof paths)[0]];
    const store = await openSqlite(one);
    await fill(store);
    // Read out while the server has it open.
    const text = await textOf(dumpSqlite(one, "read"));
    await store.close();
    assertEquals(await read(text, dumpSqlite(two, "write")), text.split("\n").length - 3);
    assertEquals(await textOf(dumpSqlite(two, "read")), text);
    const moved = await openSqlite(two);
    assertEquals(moved.epoch, store.epoch);
    await goesOn(moved);
    await moved.close();
  },
});

Deno.test({
  name: "from laptop to PostgreSQL and back the same bytes come out again, and all goes on",
  ignore: permissions.ignore || noPostgres,
  async fn() {
    await using temporary = await directory();
    const laptop = sqlite(`${temporary.path}/one.db`);
    const store = await openSqlite(laptop);
    await fill(store);
    await store.close();
    const text = await textOf(dumpSqlite(laptop, "read"));
    const database = await cluster.make("empty");
    const url = cluster.url(database);
    await read(text, await dumpPostgres(url, "write"));
    assertEquals(await textOf(await dumpPostgres(url, "read")), text);
    const back = sqlite(`${temporary.path}/back.db`);
    await read(text, dumpSqlite(back, "write"));
    assertEquals(await textOf(dumpSqlite(back, "read")), text);
    const moved = await openPostgres({ url });
    await goesOn(moved);
    await moved.close();
    await cluster.drop(database);
  },
});

Deno.test({
  name: "every kind of record is in the export, and every table of the store is a kind",
  ...permissions,
  async fn() {
    await using temporary = await directory();
    const place = sqlite(`${temporary.path}/one.db`);
    const store = await openSqlite(place);
    await fill(store);
    await store.close();
    const text = await textOf(dumpSqlite(place, "read"));
    const types = new Set(text.trim().split("\n").map((line) => JSON.parse(line).type));
    assertEquals([...types], ["hubbub", ...KINDS.map(({ type }) => type), "end"]);
    const { DatabaseSync } = await import("node:sqlite");
    using db = new DatabaseSync(place.path);
    const tables = db.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'",
    ).all().map(({ name }) => String(name)).filter((name) => !name.startsWith("search"));
    // How much room files take is counted anew.
    const derived = ["file_usage"];
    assertEquals(tables.sort(), [...KINDS.map(({ table }) => table), ...derived].sort());
    for (const { table, fields } of KINDS) {
      const columns = db.prepare(`PRAGMA table_info(${table})`).all().map(({ name }) => name);
      const known = Object.keys(fields).map((field) => field === "media" ? "type" : field);
      const counted = table === "rooms" ? ["members", "version"] : [];
      assertEquals(
        columns.filter((name) => !counted.includes(String(name))).sort(),
        known.sort(),
        table,
      );
    }
  },
});

Deno.test({
  name: "what does not fit is refused with its line, and nothing of it is kept",
  ...permissions,
  async fn() {
    await using temporary = await directory();
    const head = '{"type":"hubbub","format":1}\n';
    const room = '{"type":"room","id":1,"kind":"public","name":"a","folded":"a","seq":0,' +
      '"locked":false,"slow_ms":0,"created_at":1}\n';
    const bad: readonly (readonly [text: string, message: RegExp])[] = [
      ["", /the end is missing/],
      ["{", /line 1: this is not valid JSON/],
      ["[]\n", /line 1: this is no record/],
      ['{"type":"room"}\n', /line 1: this is no export of Hubbub's/],
      ['{"type":"hubbub","format":2}\n', /line 1: the format is 2, and this version reads 1/],
      [`${head}${room}`, /the end is missing/],
      [`${head}${room}{"type":"end","records":2}\n`, /line 3: there were 1 records, .* be 2/],
      [`${head}{"type":"end","records":0}\n${room}`, /line 3: there is more after the end/],
      [`${head}{"type":"planet"}\n`, /line 2: there is no record of type "planet"/],
      [head + room.replace('"a"', "1"), /line 2: the field "name" of a room is missing or malf/],
      [head + room.replace("false", "0"), /line 2: the field "locked" of a room/],
      [head + room.replace('"id":1,', ""), /line 2: the field "id" of a room/],
      [head + room.replace("{", '{"color":1,'), /line 2: a room has no field "color"/],
      [
        `${head}${room}${room}{"type":"end","records":2}\n`,
        /the records before it do not fit together/,
      ],
      [
        `${head}{"type":"member","room":9,"account":9,"read":0,"joined_at":1}\n` +
        '{"type":"end","records":1}\n',
        /do not fit together/,
      ],
    ];
    const place = sqlite(`${temporary.path}/one.db`);
    for (const [text, message] of bad) {
      const error = await assertRejects(() => read(text, dumpSqlite(place, "write")), StoreError);
      assertMatch(error.message, message);
    }
    await read(`${head}${room}{"type":"end","records":1}\n`, dumpSqlite(place, "write"));
    await assertRejects(
      () => read(`${head}${room}{"type":"end","records":1}\n`, dumpSqlite(place, "write")),
      StoreError,
      "there is something in the store",
    );
  },
});

Deno.test({
  name: "a copy is made beside a server that runs, is whole, and takes no file's place",
  ...permissions,
  async fn() {
    await using temporary = await directory();
    const place = sqlite(`${temporary.path}/one.db`);
    const copy = sqlite(`${temporary.path}/copy.db`);
    const store = await openSqlite(place);
    await fill(store);
    await backUp(place, copy.path);
    assertEquals((await Deno.stat(copy.path)).mode! & 0o777, 0o600);
    await put(store, message({ id: 1 }, (await store.findAccount("Alice"))!, "later"));
    await store.close();
    const moved = await openSqlite(copy);
    await goesOn(moved);
    await moved.close();
    await assertRejects(
      () => Promise.try(() => backUp(place, copy.path)),
      StoreError,
      "it is there already",
    );
    await assertRejects(
      () => backUp(place, `${temporary.path}/no/such/place.db`),
      StoreError,
    );
  },
});
