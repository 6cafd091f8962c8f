import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import type { Dump } from "../../lib/transfer/dump.ts";
import { exportRecords, importRecords, parseLines } from "../../lib/transfer/lines.ts";
import { dumpPostgres } from "../../lib/transfer/postgres.ts";
import { KINDS } from "../../lib/transfer/records.ts";
import { backUp, dumpSqlite } from "../../lib/transfer/sqlite.ts";
import { StoreError } from "../../lib/store/error.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import { AT, guest, message, messages, person, store as put } from "../store/contract/fixture.ts";
import { reactionOf } from "../support/reactions.ts";
import { needs } from "../support/permissions.ts";
import { ignore as noPostgres, usePostgres } from "../support/postgres.ts";
import { fill } from "./full_store.ts";

const permissions = needs("read", "write");
const cluster = usePostgres();
const sqlite = (path: string) => ({ path, durability: "process" }) as const;

/** A directory that is removed after the test. */
async function directory() {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** All records of a store, as text. */
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

/** Derived columns, by their table. */
const COUNTED: Readonly<Record<string, readonly string[]>> = {
  accounts: ["file_bytes"],
  // An erasure begins again after an import.
  erasures: ["room", "seq", "due_at"],
  // After an import old messages are looked for from the beginning.
  rooms: ["members", "version", "expired_seq", "expiry_due"],
};

/** Asserts that a store accepts messages after its imported log. */
async function goesOn(store: Store): Promise<void> {
  const alice = await store.findAccount("alice");
  assert(alice !== null);
  const team = await store.findRoom("team", alice.id);
  assert(team !== null);
  const search = (query: string) =>
    store.search({ account: alice.id, query, room: team.id, before: null, limit: 10 });
  assertEquals((await search("creme three")).hits.length, 1);
  assertEquals((await search("secret")).hits.length, 0);
  const bob = await store.findAccount("Bob");
  assertEquals((await messages(store, team))[0]?.reactions, [
    reactionOf("👍", bob!, alice),
  ]);
  const news = await store.findRoom("news", alice.id);
  const { mayPost, mayInvite, mayPin, threads, previews, retentionDays } = news!;
  assertEquals([mayPost, mayInvite, mayPin], ["hosts", "hosts", "everyone"]);
  assertEquals([threads, previews, retentionDays], [false, false, 36_499]);
  const { threads: [thread] } = await store.followedThreads(alice.id, null, 9);
  const { count, last_seq, people } = thread!.root.replies!;
  assertEquals([count, last_seq, people.map(({ name }) => name)], [2, 3, ["Bob", "Alice"]]);
  assertEquals([thread!.read, thread!.unread], [3, 0]);
  assertEquals((await store.followedThreads(bob!.id, null, 9)).threads, []);
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
  assertEquals(await store.addFilePart("more", part, 231_035), false, "what is full is known");
  assertEquals(await store.addFilePart("more", part, 231_036), true);
}

Deno.test({
  name: "an export imported and exported again has the same bytes, and the store works",
  ...permissions,
  async fn() {
    await using temporary = await directory();
    const paths = ["one", "two"].map((name) => sqlite(`${temporary.path}/${name}.db`));
    const [one, two] = paths as [(typeof paths)[0], (typeof paths)[0]];
    const store = await openSqlite(one);
    await fill(store);
    // Exported while a server has it open.
    const text = await textOf(dumpSqlite(one, "read"));
    await store.close();
    assertEquals(await read(text, dumpSqlite(two, "write")), text.split("\n").length - 3);
    assertEquals(await textOf(dumpSqlite(two, "read")), text);
    const moved = await openSqlite(two);
    // Messages sent after the export are missing: a page must not resume past its end.
    assertNotEquals(moved.epoch, store.epoch);
    await goesOn(moved);
    await moved.close();
  },
});

Deno.test({
  name:
    "an export imported into PostgreSQL and exported again has the same bytes, and the store works",
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
    const indexed = await indexOf(database);
    await cluster.run(
      database,
      `SET search_path = hubbub; DELETE FROM search_entries; INSERT INTO search_queue (at, id)
       SELECT at, id FROM events WHERE kind = 'message' AND NOT deleted`,
    );
    const back = sqlite(`${temporary.path}/back.db`);
    await read(text, dumpSqlite(back, "write"));
    assertEquals(await textOf(dumpSqlite(back, "read")), text);
    const moved = await openPostgres({ url });
    assertEquals(await indexOf(database), indexed, "the index is that of a server");
    assertNotEquals(moved.epoch, store.epoch);
    const second = await openPostgres({ url });
    assertEquals(second.epoch, moved.epoch, "once");
    await second.close();
    await goesOn(moved);
    await moved.close();
    await cluster.drop(database);
  },
});

/** The terms of each message in a search index, whatever block it is in. */
async function indexOf(database: string): Promise<readonly string[]> {
  const rows = await cluster.run(
    database,
    `SELECT id, at, room, ARRAY (
       SELECT split_part(w, ':', 2) FROM unnest(tsvector_to_array(words)) w ORDER BY 1
     ) AS terms FROM hubbub.search_entries ORDER BY id`,
  );
  return rows.map(({ id, at, room, terms }) => `${id} ${at} ${room} ${terms}`);
}

/** An export in format 1: without later fields, and with their old names. */
function asFormat1(text: string): string {
  return text.split("\n").map((line) => {
    if (line === "") return line;
    const { public_id, by_id, subject_id: _subject, room_id: _room, ...old } = JSON
      .parse(line.replace(/"key_space":(?=-?\d)/, '"keyring":'));
    // Groups and reports are of a later version, and have ids from the beginning.
    const later = { group: { ...old, public_id }, report: { ...old, by_id } };
    const rest = later[old.type as keyof typeof later] ?? old;
    return JSON.stringify(rest.type === "hubbub" ? { ...rest, format: 1 } : rest);
  }).join("\n");
}

for (const target of ["a laptop", "PostgreSQL"] as const) {
  Deno.test({
    name: `an export in an older format is imported into ${target}: accounts and rooms get ids`,
    ignore: permissions.ignore || target === "PostgreSQL" && noPostgres,
    async fn() {
      await using temporary = await directory();
      const old = sqlite(`${temporary.path}/old.db`);
      const store = await openSqlite(old);
      await fill(store);
      await store.close();
      const text = asFormat1(await textOf(dumpSqlite(old, "read")));
      assert(!/"type":"(?:account|room|moderation)".*_id":"/.test(text));
      assert(text.includes('"format":1'));
      const next = sqlite(`${temporary.path}/next.db`);
      const database = target === "PostgreSQL" ? await cluster.make("empty") : null;
      const dump = (access: "read" | "write") =>
        database === null ? dumpSqlite(next, access) : dumpPostgres(cluster.url(database), access);
      await read(text, await dump("write"));
      const now = await textOf(await dump("read"));
      assertEquals(asFormat1(now), text, "nothing else is another");
      const records = now.trim().split("\n").map((line) => JSON.parse(line));
      const named = records.filter(({ type }) => type === "account" || type === "room");
      const ids = named.map(({ public_id }) => public_id);
      for (const id of ids) assertMatch(id, /^[\w-]{12,24}$/);
      assertEquals(new Set(ids).size, named.length);
      const moved =
        await (database === null ? openSqlite(next) : openPostgres({ url: cluster.url(database) }));
      const alice = await moved.accountByPublicId(
        named.find(({ name }) => name === "Alice").public_id,
      );
      assertEquals(alice, await moved.findAccount("alice"));
      await goesOn(moved);
      await moved.close();
      if (database !== null) await cluster.drop(database);
    },
  });
}

Deno.test({
  name: "the export has every kind of record, and every table has a kind",
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
    // What is computed on import: the space that files take, mentions, threads, and the counts of
    // reactions; and which messages stay although they are old.
    // Links that are still to be looked up get no preview.
    const derived = [
      ...["file_usage", "mentions", "outliving", "preview_jobs", "reaction_counts", "threads"],
    ];
    assertEquals(tables.sort(), [...KINDS.map(({ table }) => table), ...derived].sort());
    for (const { table, fields } of KINDS) {
      const columns = db.prepare(`PRAGMA table_info(${table})`).all().map(({ name }) => name);
      const known = Object.keys(fields).map((field) => field === "media" ? "type" : field);
      const counted: readonly string[] = COUNTED[table] ?? [];
      assertEquals(
        columns.filter((name) => !counted.includes(String(name))).sort(),
        known.sort(),
        table,
      );
    }
  },
});

Deno.test({
  name: "an invalid record is refused with its line, and nothing is stored",
  ...permissions,
  async fn() {
    await using temporary = await directory();
    const head = '{"type":"hubbub","format":3}\n';
    const room =
      '{"type":"room","id":1,"public_id":"x","kind":"public","name":"a","folded":"a","seq":0,' +
      '"locked":false,"slow_ms":0,"created_at":1}\n';
    const bad: readonly (readonly [text: string, message: RegExp])[] = [
      ["", /the end is missing/],
      ["{", /line 1: this is not valid JSON/],
      ["[]\n", /line 1: this is not a record/],
      ['{"type":"room"}\n', /line 1: this is not an export of Hubbub/],
      ['{"type":"hubbub","format":0}\n', /line 1: the format is 0, and this version reads 1 to 3/],
      ['{"type":"hubbub","format":4}\n', /line 1: the format is 4, and this version reads 1 to 3/],
      [
        '{"type":"hubbub","format":"2"}\n',
        /line 1: the format is 2, and this version reads 1 to 3/,
      ],
      ['{"type":"hubbub"}\n', /line 1: the format is undefined, and this version/],
      [`${head}${room}`, /the end is missing/],
      [`${head}${room}{"type":"end","records":2}\n`, /line 3: there were 1 records, .* be 2/],
      [`${head}{"type":"end","records":0}\n${room}`, /line 3: there is a record after the end/],
      [`${head}{"type":"planet"}\n`, /line 2: there is no record of type "planet"/],
      [head + room.replace('"a"', "1"), /line 2: the field "name" of a room is missing or malf/],
      [head + room.replace("false", "0"), /line 2: the field "locked" of a room/],
      [head + room.replace('"id":1,', ""), /line 2: the field "id" of a room/],
      [head + room.replace('"public_id":"x",', ""), /line 2: the field "public_id" of a room/],
      [
        `${head}${room}${room.replace('"id":1', '"id":2').replaceAll('"a"', '"b"')}` +
        '{"type":"end","records":2}\n',
        /line 3: this room does not fit the records before it/,
      ],
      [head + room.replace("{", '{"color":1,'), /line 2: a room has no field "color"/],
      [
        `${head}${room}${room}{"type":"end","records":2}\n`,
        /line 3: there is a room of the same id already/,
      ],
      [
        `${head}{"type":"member","room":9,"account":9,"read":0,"joined_at":1}\n` +
        '{"type":"end","records":1}\n',
        /line 2: this member does not fit the records before it/,
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
      "the store is not empty",
    );
  },
});

Deno.test({
  name: "a backup of a running server is complete, and overwrites no file",
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
    assertNotEquals(moved.epoch, store.epoch);
    await goesOn(moved);
    await moved.close();
    await assertRejects(
      () => Promise.try(() => backUp(place, copy.path)),
      StoreError,
      "it exists already",
    );
    await assertRejects(
      () => backUp(place, `${temporary.path}/no/such/place.db`),
      StoreError,
    );
  },
});

Deno.test({
  name:
    "an export without secrets contains none, and its users sign in by new links after the import",
  ...permissions,
  async fn() {
    await using temporary = await directory();
    const [place, other] = [sqlite(`${temporary.path}/one.db`), sqlite(`${temporary.path}/two.db`)];
    const store = await openSqlite(place);
    await fill(store);
    const secrets = [await store.secret("vapid"), await store.secret("device")];
    await store.close();
    const dump = dumpSqlite(place, "read");
    let text = "";
    for await (const record of exportRecords(dump, { secrets: false })) {
      text += `${JSON.stringify(record)}\n`;
    }
    await dump.close();
    const full = await textOf(dumpSqlite(place, "read"));
    const marks = [
      '"hash"',
      "scrypt$",
      '"password"',
      '"session"',
      '"ticket"',
      '"push"',
      '"p256dh"',
      '"invite"',
      '"hook"',
      '"secret"',
    ];
    for (const secret of [...secrets, ...marks]) {
      assert(full.includes(secret), secret);
      assert(!text.includes(secret), secret);
    }
    await read(text, dumpSqlite(other, "write"));
    const moved = await openSqlite(other);
    await goesOn(moved);
    const owner = await moved.findAccount("Öwner");
    assert(owner !== null);
    assertEquals(await moved.passwordOf(owner.id), null);
    assertEquals((await moved.passkeysOf(owner.id)).length, 2);
    assert(!secrets.includes(await moved.secret("vapid")));
    const link = { hash: "new", role: "owner", room: null, creator: null, at: 0 } as const;
    await moved.createInvite({ ...link, expiresAt: null, uses: 1 });
    assert(await moved.hasOwnerInvite());
    await moved.close();
  },
});
