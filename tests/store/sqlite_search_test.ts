// The word index of SQLite comes in parts: what is the same however many there are, and what a
// search that takes several turns of the event loop finds.
import { assert, assertEquals, assertRejects } from "@std/assert";
import { setImmediate } from "node:timers";
import { DatabaseSync } from "node:sqlite";
import { type OpenDatabase, openDatabase } from "../../lib/store/sqlite/open.ts";
import { storeIn } from "../../lib/store/sqlite.ts";
import { transactions } from "../../lib/store/sqlite/transaction.ts";
import { WordIndex } from "../../lib/store/sqlite/word_index.ts";
import type { Append, Store } from "../../lib/store/store.ts";
import { needs } from "../support/permissions.ts";
import { searching } from "./clauses/searching.ts";
import { edit, makeWorld, message, remove, room, store as put, upTo } from "./clauses/world.ts";

/** A part for so few messages that every test has several. */
const PART = 3;

function inMemory(): OpenDatabase {
  return openDatabase({ path: ":memory:", durability: "process" });
}

for (const [clause, prove] of Object.entries(searching)) {
  Deno.test(`sqlite, an index of many parts: ${clause}`, async () => {
    const store = storeIn(inMemory(), { partIds: PART });
    await prove(await makeWorld(store));
    await store.close();
  });
}

/** The tables of the index, the newest one last. */
function parts(db: DatabaseSync): readonly string[] {
  const full = db.prepare("SELECT last FROM search_parts ORDER BY last").all();
  return [...full.map(({ last }) => `search_${last}`), "search"];
}

/** Every place of every word that an index of these parts has. */
function places(db: DatabaseSync, tables: readonly string[]): readonly string[] {
  return tables.flatMap((table) => {
    db.exec(`CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, ${table}, instance)`);
    const rows = db.prepare("SELECT term, doc, col, offset FROM temp.words").all();
    db.exec("DROP TABLE temp.words");
    return rows.map(({ term, doc, col, offset }) => `${doc} ${col} ${offset} ${term}`);
  }).sort();
}

/** Checks that an index has what one that is made at once of the texts would have, and no more. */
function assertInStep(db: DatabaseSync): void {
  db.exec(`CREATE VIRTUAL TABLE fresh USING fts5 (
      tags, text, content = 'searchable', content_rowid = 'id',
      tokenize = 'unicode61 remove_diacritics 2'
    );
    INSERT INTO fresh (fresh) VALUES ('rebuild')`);
  assertEquals(places(db, parts(db)), places(db, ["fresh"]));
  db.exec("DROP TABLE fresh");
  assertEquals({ ...db.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
}

/** The newest messages of Alice's rooms that a search finds. */
async function found(store: Store, account: number, query: string): Promise<readonly string[]> {
  const { hits } = await store.search({ account, query, room: null, before: null, limit: 100 });
  return hits.map(({ message }) => message.text);
}

Deno.test("search index: however it is cut into parts, each word is in it once", async () => {
  const database = inMemory();
  const { db } = database;
  const store = storeIn(database, { partIds: 50 });
  const { alice, bob, team } = await makeWorld(store);
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

Deno.test("search index: a file of before there were parts goes on as its oldest part", async () => {
  const database = inMemory();
  const { db } = database;
  const before = storeIn(database);
  const { alice, team } = await makeWorld(before);
  await put(before, ...upTo(30).map((n) => message(team, alice, `old ${n}`)));
  await found(before, alice.id, "old");

  const store = storeIn(database, { partIds: 10 });
  await put(store, edit(team, alice, 1, "changed"), remove(team, alice, 2));
  await put(store, ...upTo(25).map((n) => message(team, alice, `new ${n}`)));
  assertEquals(await found(store, alice.id, "new"), upTo(25).map((n) => `new ${n}`).toReversed());
  assertEquals((await found(store, alice.id, "old")).length, 28);
  assertEquals(await found(store, alice.id, "changed"), ["changed"]);
  assertEquals(parts(db).length, 4);
  assertInStep(db);
  await store.close();
});

Deno.test("search: frequent or rare, in many rooms or few: all of it, newest first", async () => {
  const store = storeIn(inMemory(), { partIds: 300, turnMs: 0 });
  const { alice, bob, carol } = await makeWorld(store);
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

Deno.test("search index: full parts are tidied bit by bit, and stay what they are", async () => {
  const database = inMemory();
  const { db } = database;
  const store = storeIn(database, { partIds: 500 });
  const { alice, team } = await makeWorld(store);
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
  name: "search index: a file of the schema before this one is taken as it is",
  ...needs("read", "write"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const options = { path: `${directory}/chat.db`, durability: "process" } as const;
    const before = storeIn(openDatabase(options));
    const { alice, team } = await makeWorld(before);
    await put(before, message(team, alice, "said before"));
    await before.close();
    const old = new DatabaseSync(options.path);
    old.exec("DROP TABLE search_parts; PRAGMA user_version = 3");
    old.close();

    const database = openDatabase(options);
    const store = storeIn(database, { partIds: 1 });
    await put(store, message(team, alice, "said after"));
    assertEquals(await found(store, alice.id, "said"), ["said after", "said before"]);
    assertInStep(database.db);
    await store.close();
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "search index: nothing of a deleted or changed text is left in any part",
  ...needs("read", "write"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const options = { path: `${directory}/chat.db`, durability: "process" } as const;
    const store = storeIn(openDatabase(options), { partIds: 40 });
    const { alice, team } = await makeWorld(store);
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

Deno.test("search index: a disk that is full as a part ends leaves all as it was", async () => {
  const database = inMemory();
  const { db } = database;
  const store = storeIn(database, { partIds: 10 });
  const { alice, team } = await makeWorld(store);
  await put(store, ...upTo(10).map((n) => message(team, alice, `early ${n}`)));
  assertEquals((await found(store, alice.id, "early")).length, 10);
  await put(store, ...upTo(10).map((n) => message(team, alice, `late ${n}`)));
  const pages = Number(db.prepare("PRAGMA page_count").get()?.page_count);
  // One page more each time, so that it is full at each of the steps.
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

/** A log in parts, each of which takes a turn, with something to be found in the first and the last. */
async function longLog() {
  const store = storeIn(inMemory(), { partIds: 10, turnMs: 0 });
  const { alice, team } = await makeWorld(store);
  const between = upTo(50).map((n) => message(team, alice, `hay ${n}`));
  await put(store, message(team, alice, "needle one"), ...between);
  await put(store, message(team, alice, "needle two"), message(team, alice, "needle three"));
  await found(store, alice.id, "needle");
  return { store, alice, team };
}

Deno.test("a search that takes long lets others have their turn", async () => {
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

Deno.test("what is deleted or changed while it is searched for is not found as it was", async () => {
  const { store, alice, team } = await longLog();
  const search = found(store, alice.id, "needle");
  // The last two have been found by now, the first one has not.
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

Deno.test("parts that are begun while it is searched change nothing", async () => {
  const { store, alice, team } = await longLog();
  const search = found(store, alice.id, "needle");
  await put(store, ...upTo(40).map((n) => message(team, alice, `more hay ${n}`)));
  assertEquals((await found(store, alice.id, "more")).length, 40);
  assertEquals(await search, ["needle three", "needle two", "needle one"]);
  await store.close();
});

Deno.test("a search fails where the store is closed before it has come to its end", async () => {
  const { store, alice } = await longLog();
  const search = assertRejects(() => found(store, alice.id, "needle"));
  await store.close();
  await search;
});
