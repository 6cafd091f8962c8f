// SQLite's word index has segments: results do not depend on their number, and a search may span
// several turns of the event loop.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { setImmediate } from "node:timers";
import { DatabaseSync } from "node:sqlite";
import { type OpenDatabase, openDatabase } from "../../lib/store/sqlite/open.ts";
import { migrate, MIGRATIONS } from "../../lib/store/sqlite/migrations.ts";
import { openSqlite, storeIn } from "../../lib/store/sqlite/store.ts";
import { transactions } from "../../lib/store/sqlite/transaction.ts";
import { WordIndex } from "../../lib/store/sqlite/word_index.ts";
import { documentOf } from "../../lib/store/sql/search_document.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Append } from "../../lib/store/records.ts";
import { needs } from "../support/permissions.ts";
import { inDirectory } from "../support/temporary_directory.ts";
import { searching } from "./contract/searching.ts";
import {
  AT,
  edit,
  makeStoreFixture,
  message,
  remove,
  room,
  store as put,
  upTo,
} from "./contract/fixture.ts";

/** A segment size so small that every test has several. */
const PART = 3;

function inMemory(): OpenDatabase {
  return openDatabase({ path: ":memory:", durability: "process" });
}

for (const [contractTest, prove] of Object.entries(searching)) {
  Deno.test(`sqlite, an index with many segments: ${contractTest}`, async () => {
    const partRows = contractTest.includes("however many") ? 100 : PART;
    const store = storeIn(inMemory(), { partRows });
    await prove(await makeStoreFixture(store));
    await store.close();
  });
}

/** The tables of the index, newest last. */
function parts(db: DatabaseSync): readonly string[] {
  const full = db.prepare("SELECT last FROM search_index_parts ORDER BY last").all();
  return [...full.map(({ last }) => `search_index_${last}`), "search_index"];
}

/** Every position of every term in the index. */
function places(db: DatabaseSync): readonly string[] {
  return parts(db).flatMap((table) => {
    db.exec(`CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, ${table}, instance)`);
    const rows = db.prepare("SELECT term, doc, offset FROM temp.words").all();
    db.exec("DROP TABLE temp.words");
    return rows.map(({ term, doc, offset }) => `${table} ${doc} ${offset} ${term}`);
  }).sort();
}

/** Checks that the index has exactly the terms of the messages, each in the part of its time. */
function assertInStep(db: DatabaseSync): void {
  const lasts = db.prepare("SELECT last FROM search_index_parts ORDER BY last").all()
    .map(({ last }) => Number(last));
  const rows = db.prepare(
    `SELECT e.text, e.room, e.sender, e.at, p.key FROM events e LEFT JOIN search_places p ON p.id = e.id
     WHERE e.kind = 'message' AND e.deleted = 0`,
  ).all();
  const expected = rows.flatMap(({ text, room, sender, key }) => {
    const { terms, tags } = documentOf({
      text: String(text),
      files: [],
      pinned: false,
      inThread: false,
    });
    const last = lasts.find((last) => last >= Number(key));
    const table = last === undefined ? "search_index" : `search_index_${last}`;
    const all = [`_r${room}`, `_s${sender}`, ...tags.map((tag) => `_${tag}`), "_", ...terms];
    return all.map((term, offset) => `${table} ${key} ${offset} ${term}`);
  });
  assertEquals(places(db), expected.sort());
  assertEquals({ ...db.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
}

/** The newest messages of Alice's rooms that a search finds. */
async function found(store: Store, account: number, query: string): Promise<readonly string[]> {
  const { hits } = await store.search({ account, query, room: null, before: null, limit: 100 });
  return hits.map(({ message }) => message.text);
}

Deno.test("search index: each word is indexed once, however the index is split into segments", async () => {
  const database = inMemory();
  const { db } = database;
  const store = storeIn(database, { partRows: 50 });
  const { alice, bob, team } = await makeStoreFixture(store);
  const other = await room(store, "other", bob);
  const batch = upTo(2_000).map((n): Append => {
    const [place, sender] = [n % 3 ? team : other, n % 5 ? bob : alice];
    const target = 1 + (n * 31) % Math.ceil(n / 2);
    if (n % 7 === 0) return edit(place, sender, target, `changed at ${n} gamma`);
    if (n % 11 === 0) return remove(place, sender, target);
    return message(place, sender, `word ${n} ${n % 2 ? "alpha" : "beta"}`);
  });
  for (let n = 0; n < batch.length; n += 40) await store.append(batch.slice(n, n + 40));
  await found(store, alice.id, "word");
  assert(parts(db).length > 10, `${parts(db)}`);
  assertInStep(db);
  await store.close();
});

Deno.test("search index: a segment longer than the limit is completed as it is", async () => {
  const database = inMemory();
  const { db } = database;
  const before = storeIn(database);
  const { alice, team } = await makeStoreFixture(before);
  await put(before, ...upTo(30).map((n) => message(team, alice, `old ${n}`)));
  await found(before, alice.id, "old");

  const store = storeIn(database, { partRows: 10 });
  await put(store, edit(team, alice, 1, "changed"), remove(team, alice, 2));
  await put(store, ...upTo(25).map((n) => message(team, alice, `new ${n}`)));
  assertEquals(await found(store, alice.id, "new"), upTo(25).map((n) => `new ${n}`).toReversed());
  assertEquals((await found(store, alice.id, "old")).length, 28);
  assertEquals(await found(store, alice.id, "changed"), ["changed"]);
  assertEquals(parts(db).length, 3);
  assertInStep(db);
  await store.close();
});

Deno.test("search: frequent or rare words, in many rooms or few, are all found, newest first", async () => {
  const store = storeIn(inMemory(), { partRows: 300, turnMs: 0 });
  const { alice, bob, carol } = await makeStoreFixture(store);
  const rooms = await Promise.all(upTo(12).map((n) => room(store, `Room ${n}`, alice)));
  await store.addMember(rooms[0]!.id, bob.id, 0);
  await store.addMember(rooms[11]!.id, carol.id, 0);
  const said = upTo(1_500).map((n) => {
    const words = [`m${n}`, n % 2 ? "often" : "", n % 40 ? "" : "sometimes", n % 500 ? "" : "once"];
    // The last room is a quiet one.
    const place = rooms[n % 100 ? n % 11 : 11]!;
    return { place, text: words.filter((word) => word !== "").join(" ") };
  });
  await put(store, ...said.map(({ place, text }) => message(place, alice, text)));
  const pages = async (account: number, query: string) => {
    const texts: string[] = [];
    let before: string | null = null;
    do {
      const page: Awaited<ReturnType<Store["search"]>> = await store.search({
        ...{ account, query, room: null, before, limit: 7 },
      });
      texts.push(...page.hits.map(({ message }) => message.text));
      before = page.next;
    } while (before !== null);
    return texts;
  };
  const inRooms = [[alice, rooms], [bob, rooms.slice(0, 1)], [carol, rooms.slice(11)]] as const;
  for (const [{ id, name }, own] of inRooms) {
    for (const word of ["often", "o", "some", "once", "never", "m1", "m777"]) {
      const expected = said
        .filter(({ place, text }) =>
          own.includes(place) && text.split(" ").some((each) => each.startsWith(word))
        )
        .map(({ text }) => text).toReversed();
      assertEquals(await pages(id, word), expected, `${name}: ${word}`);
    }
  }
  await store.close();
});

Deno.test("search index: full segments are merged step by step, with the same contents", async () => {
  const database = inMemory();
  const { db } = database;
  const store = storeIn(database, { partRows: 500 });
  const { alice, team } = await makeStoreFixture(store);
  for (const n of upTo(1_200)) {
    await put(store, message(team, alice, `word ${n}`));
    if (n % 20 === 0) await found(store, alice.id, "none");
  }
  await put(store, remove(team, alice, 30), edit(team, alice, 40, "changed"));
  const segments = () =>
    parts(db).slice(0, -1).map((part) =>
      db.prepare(`SELECT count(DISTINCT segid) AS n FROM ${part}_idx`).get()?.n
    );
  assertEquals(segments().length, 2);
  assert(segments().every((n) => Number(n) > 1), `${segments()}`);
  const index = new WordIndex(db, transactions(db), 500);
  for (const _ of upTo(100)) index.keepParts();
  assertEquals(segments(), [1, 1]);
  assertInStep(db);
  assertEquals(await found(store, alice.id, "changed"), ["changed"]);
  await store.close();
});

Deno.test({
  name: "search index: no segment keeps a word of a deleted or replaced text",
  ...needs("read", "write"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const options = { path: `${directory}/chat.db`, durability: "process" } as const;
    const store = storeIn(openDatabase(options), { partRows: 40 });
    const { alice, team } = await makeStoreFixture(store);
    await put(store, ...upTo(300).map((n) => message(team, alice, `word${n} xylophonist${n}`)));
    await found(store, alice.id, "word");
    await put(store, ...upTo(150).map((seq) => remove(team, alice, seq)));
    await put(store, ...upTo(150).map((n) => edit(team, alice, 150 + n, `word${n}`)));
    await store.close();
    const text = new TextDecoder("latin1").decode(await Deno.readFile(options.path));
    assertEquals(text.split("xylophonist").length - 1, 0);
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test("search index: a disk that fills up as a segment is completed changes nothing", async () => {
  const database = inMemory();
  const { db } = database;
  const store = storeIn(database, { partRows: 10 });
  const { alice, team } = await makeStoreFixture(store);
  await put(store, ...upTo(10).map((n) => message(team, alice, `early ${n}`)));
  assertEquals((await found(store, alice.id, "early")).length, 10);
  await put(store, ...upTo(10).map((n) => message(team, alice, `late ${n}`)));
  const pages = Number(db.prepare("PRAGMA page_count").get()?.page_count);
  // One more page each time, so that the disk fills up at each of the steps.
  let tries = 0;
  for (let allowed = pages; parts(db).length === 1; allowed++, tries++) {
    db.exec(`PRAGMA max_page_count = ${allowed}`);
    assertEquals((await found(store, alice.id, "early")).length, 10);
    assertEquals(db.isTransaction, false);
  }
  assert(tries > 3, `${tries}`);
  db.exec("PRAGMA max_page_count = 1000000");
  assertEquals((await found(store, alice.id, "late")).length, 10);
  assertEquals(parts(db).length, 2);
  assertInStep(db);
  await store.close();
});

// Turns ----------------------------------------------------------------------------------------

/** A log in segments, each of which takes a turn, with matches in the first and the last. */
async function longLog() {
  const store = storeIn(inMemory(), { partRows: 10, turnMs: 0 });
  const { alice, team } = await makeStoreFixture(store);
  const between = upTo(50).map((n) => message(team, alice, `hay ${n}`));
  await put(store, message(team, alice, "needle one"), ...between);
  await put(store, message(team, alice, "needle two"), message(team, alice, "needle three"));
  await found(store, alice.id, "needle");
  return { store, alice, team };
}

Deno.test("a long search yields to other work", async () => {
  const { store, alice } = await longLog();
  let turns = 0;
  let searching = true;
  const tick = () => {
    turns += 1;
    if (searching) setImmediate(tick);
  };
  setImmediate(tick);
  const needles = await found(store, alice.id, "needle");
  searching = false;
  assertEquals(needles, ["needle three", "needle two", "needle one"]);
  assert(turns >= 5, `${turns}`);
  await store.close();
});

Deno.test("a message deleted or edited during a search is not found in its old form", async () => {
  const { store, alice, team } = await longLog();
  const search = found(store, alice.id, "needle");
  // The last two have been found by now, the first has not.
  await put(
    store,
    remove(team, alice, 1),
    remove(team, alice, 52),
    edit(team, alice, 53, "thread"),
    message(team, alice, "needle four"),
  );
  assertEquals(await search, []);
  assertEquals(await found(store, alice.id, "needle"), ["needle four"]);
  await store.close();
});

Deno.test("segments begun during a search do not change its results", async () => {
  const { store, alice, team } = await longLog();
  const search = found(store, alice.id, "needle");
  await put(store, ...upTo(40).map((n) => message(team, alice, `more hay ${n}`)));
  assertEquals((await found(store, alice.id, "more")).length, 40);
  assertEquals(await search, ["needle three", "needle two", "needle one"]);
  await store.close();
});

Deno.test("a search fails if the store is closed before it is complete", async () => {
  const { store, alice } = await longLog();
  const search = assertRejects(() => found(store, alice.id, "needle"));
  await store.close();
  await search;
});

// Updates --------------------------------------------------------------------------------------

/** Fills a file of the first release: its log, and the tables of its index, one of them full. */
function fillFirstRelease(path: string, messages: number): void {
  const db = new DatabaseSync(path);
  migrate(db, MIGRATIONS.slice(0, 1));
  db.exec(`
    INSERT INTO accounts (id, name, folded, skeleton, role, created_at)
      VALUES (1, 'Alice', 'alice', 'alice', 'member', 0);
    INSERT INTO rooms (id, kind, name, folded, created_at) VALUES (1, 'public', 'Team', 'team', 0);
    INSERT INTO members (room, account, folded, joined_at) VALUES (1, 1, 'team', 0);
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${messages})
      INSERT INTO events (room, seq, sender, at, kind, deleted, text)
      SELECT 1, n, 1, 1000000 - n, 'message', n % 10 = 0, iif(n % 10 = 0, '', 'ёлка ' || n) FROM n;
    UPDATE rooms SET seq = ${messages};
    INSERT INTO search (rowid, tags, text) SELECT id, tags, text FROM searchable WHERE id <= 100;
    ALTER TABLE search RENAME TO search_100;
    INSERT INTO search_parts VALUES (100);
    CREATE VIRTUAL TABLE search USING fts5 (
      tags, text, content = 'searchable', content_rowid = 'id', columnsize = 0, prefix = '1 2'
    );
  `);
  db.close();
}

Deno.test({
  name: "search index: a file of the first release is indexed anew, and its old index is dropped",
  ...needs("read", "write"),
  fn: () =>
    inDirectory(async (directory) => {
      const path = `${directory}/chat.db`;
      fillFirstRelease(path, 5_000);
      // The first start is killed after a step.
      const killed = openDatabase({ path, durability: "process" });
      assertEquals(new WordIndex(killed.db, transactions(killed.db)).workOff(), 2_000);
      killed.close();

      const store = await openSqlite({ path, durability: "process" });
      // The oldest ids are the newest messages: the old index had another order.
      const { hits } = await store.search({
        ...{ account: 1, query: "елка", room: null, before: null, limit: 5_000 },
      });
      const expected = upTo(5_000).filter((n) => n % 10 !== 0).map((n) => `ёлка ${n}`);
      assertEquals(hits.map(({ message }) => message.text), expected);
      await store.close();

      const { db, close } = openDatabase({ path, durability: "process" });
      assertInStep(db);
      assertEquals(db.prepare("SELECT count(*) AS n FROM search_queue").get()?.n, 0);
      const old = db.prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'search_[0-9]*'")
        .all();
      assertEquals(old, []);
      close();
    }),
});

Deno.test({
  name: "search index: the operator is told that many messages delay the start",
  ...needs("read", "write"),
  fn: () =>
    inDirectory(async (directory) => {
      const path = `${directory}/chat.db`;
      fillFirstRelease(path, 25_000);
      const notices: string[] = [];
      const onNotice = (notice: string) => void notices.push(notice);
      await (await openSqlite({ path, durability: "process", onNotice })).close();
      assertStringIncludes(notices[0] ?? "", "22500 messages");
      notices.length = 0;
      await (await openSqlite({ path, durability: "process", onNotice })).close();
      assertEquals(notices, []);
    }),
});

Deno.test("search index: messages whose time is ahead move on when a segment is full", async () => {
  const database = inMemory();
  const { db } = database;
  const store = storeIn(database, { partRows: 50 });
  const { alice, team } = await makeStoreFixture(store);
  const inTime = (n: number) => n % 20 === 0 ? n * 1_000_000_000 : n;
  for (const n of upTo(200)) {
    const at = AT + inTime(n);
    await put(store, { ...message(team, alice, `word ${n}`), at });
    if (n % 10 === 0) await found(store, alice.id, "none");
  }
  assert(parts(db).length >= 4, `${parts(db)}`);
  assertInStep(db);
  const expected = upTo(200).sort((a, b) => inTime(b) - inTime(a)).map((n) => `word ${n}`);
  const { hits } = await store.search({
    ...{ account: alice.id, query: "word", room: null, before: null, limit: 500 },
  });
  assertEquals(hits.map(({ message }) => message.text), expected);
  // Every message of the newest segment is deleted: there is nothing to begin the next one after.
  await put(store, ...upTo(200).map((seq) => remove(team, alice, seq)));
  await put(store, ...upTo(200).map((n) => message(team, alice, `new ${n}`)));
  assertEquals((await found(store, alice.id, "new")).length, 100);
  assertInStep(db);
  await store.close();
});
