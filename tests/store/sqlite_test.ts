import { assert, assertEquals, assertExists, assertNotEquals, assertRejects } from "@std/assert";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { StoreError } from "../../lib/store/error.ts";
import { openDatabase } from "../../lib/store/sqlite/open.ts";
import { openSqlite, storeIn } from "../../lib/store/sqlite/store.ts";
import type { Append } from "../../lib/store/records.ts";
import { needs } from "../support/permissions.ts";
import { conformance } from "./contract.ts";
import {
  edit,
  log,
  makeStoreFixture,
  message,
  messages,
  outcomes,
  react,
  remove,
  room,
  store as put,
  upTo,
} from "./contract/fixture.ts";

conformance("sqlite, in memory", async () => ({
  store: await openSqlite({ path: ":memory:", durability: "process" }),
  clear: () => Promise.resolve(),
}));

conformance("sqlite, in a file", async () => {
  const directory = await Deno.makeTempDir();
  const open = () => openSqlite({ path: `${directory}/chat.db`, durability: "process" });
  return { store: await open(), open, clear: () => Deno.remove(directory, { recursive: true }) };
}, needs("read", "write"));

/** Registers a test that gets the path of a missing file. */
function fileTest(name: string, prove: (path: string) => Promise<void>): void {
  Deno.test({
    name: `sqlite: ${name}`,
    ...needs("read", "write"),
    async fn() {
      const directory = await Deno.makeTempDir();
      try {
        await prove(`${directory}/not/there/yet/chat.db`);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

for (const durability of ["process", "power"] as const) {
  fileTest(`stored data survives reopening (${durability})`, async (path) => {
    const first = await openSqlite({ path, durability });
    const { alice, bob, team } = await makeStoreFixture(first);
    await put(first, message(team, alice, "hello", { key: "k" }), react(team, bob, 1, "👍"));
    await first.markRead(team.id, bob.id, 1);
    const [events, page] = [await log(first, team), await messages(first, team)];
    await first.close();

    const again = await openSqlite({ path, durability });
    assertEquals(again.epoch, first.epoch);
    assertEquals(await again.findAccount("alice"), alice);
    assertEquals((await again.findRoom("team", alice.id))?.seq, 2);
    assertEquals((await again.readState(team.id, bob.id, Number.MAX_SAFE_INTEGER)).read, 1);
    assertEquals([await log(again, team), await messages(again, team)], [events, page]);
    const next = message(team, alice, "next");
    assertEquals(await outcomes(again, message(team, alice, "x", { key: "k" }), next), [
      "again 1",
      3,
    ]);
    const search = { account: alice.id, query: "hel", room: null, before: null, limit: 9 };
    assertEquals((await again.search(search)).hits.length, 1);
    await again.close();
  });
}

fileTest("a new file is a new log, with its own epoch", async (path) => {
  const one = await openSqlite({ path, durability: "process" });
  const other = await openSqlite({ path: `${path}-2`, durability: "process" });
  assertNotEquals(one.epoch, other.epoch);
  await one.close();
  await other.close();
});

fileTest("closing leaves a complete file and nothing to recover", async (path) => {
  const store = await openSqlite({ path, durability: "process" });
  const { alice, team } = await makeStoreFixture(store);
  await put(store, message(team, alice, "hello"));
  await store.close();
  await store.close();
  const files = Array.from(Deno.readDirSync(path.slice(0, -"/chat.db".length)), ({ name }) => name);
  const beside = ["-lock", "-log0", "-log1", "-mark"];
  assertEquals(files.toSorted(), ["chat.db", ...beside.map((suffix) => `chat.db${suffix}`)]);
  for (const suffix of beside.slice(0, -1)) assertEquals(Deno.statSync(path + suffix).size, 0);
});

fileTest("a backup can be taken while the server runs", async (path) => {
  const store = await openSqlite({ path, durability: "process" });
  const { alice, team } = await makeStoreFixture(store);
  await put(store, message(team, alice, "hello"));
  // The read has waited for the tables.
  assertEquals((await log(store, team)).length, 1);
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.prepare("VACUUM INTO ?").run(`${path}-backup`);
  reader.close();
  await put(store, message(team, alice, "later"));
  await store.close();
  const copy = { path: `${path}-backup`, durability: "process" } as const;
  // Its state says open, and its side files are missing.
  await assertRejects(() => openSqlite(copy), StoreError, "a copy that another tool made");
  const restored = await openSqlite({ ...copy, onDamage: "keep-going" });
  assertNotEquals(restored.epoch, store.epoch);
  assertEquals((await messages(restored, team)).map(({ text }) => text), ["hello"]);
  await restored.close();
});

fileTest("nothing of a deleted file remains in the data file", async (path) => {
  const store = await openSqlite({ path, durability: "process" });
  const { alice, team } = await makeStoreFixture(store);
  const secret = "a very particular sequence of bytes";
  const part = new TextEncoder().encode(secret.repeat(5_000));
  const file = { room: team.id, uploader: alice.id, name: secret, expiresAt: 1 };
  const content = { type: "application/octet-stream", width: null, height: null };
  await store.beginFile({ ...file, id: "f" });
  for (const _ of upTo(6)) await store.addFilePart("f", part, 10_000_000);
  await store.finishFile("f", content);
  const { id: room } = team;
  const said = { ...message(team, alice, "look", { files: ["f"] }), at: 0 };
  await put(store, said, message({ id: room }, alice, "after"));
  await store.close();
  const isThere = async () => {
    const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
    return text.includes("particular sequence");
  };
  assertEquals(await isThere(), true);

  const again = await openSqlite({ path, durability: "process" });
  await put(again, remove(team, alice, 1));
  while (await again.sweepFiles(0));
  await again.close();
  assertEquals(await isThere(), false);
});

fileTest(
  "nothing of a deleted or replaced text remains, not even in the search index",
  async (path) => {
    const store = await openSqlite({ path, durability: "process" });
    const { alice, team } = await makeStoreFixture(store);
    const texts = upTo(300).map((n) => `word${n} xylophonist${n}`);
    await put(store, ...texts.map((text) => message(team, alice, text)));
    await store.close();
    const traces = async () => {
      const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
      return text.split("xylophonist").length - 1;
    };
    assert(await traces() >= 300);

    const again = await openSqlite({ path, durability: "process" });
    await put(again, ...upTo(150).map((seq) => remove(team, alice, seq)));
    await put(again, ...upTo(150).map((n) => edit(team, alice, 150 + n, `word${n}`)));
    await again.close();
    assertEquals(await traces(), 0);
  },
);

fileTest("no deleted word remains as the key of a page of the search index", async (path) => {
  const store = await openSqlite({ path, durability: "process" });
  const { alice, team } = await makeStoreFixture(store);
  // Words that differ in their last letter alone are keys in full length.
  const wordOf = (seq: number) => `hunter${seq + 10_000}`;
  await put(store, ...upTo(3_000).map((seq) => message(team, alice, wordOf(seq))));
  const search = (query: string) => ({
    account: alice.id,
    query,
    room: null,
    before: null,
    limit: 9,
  });
  await store.search(search("x"));
  await store.close();
  const file = new DatabaseSync(path);
  const keys = file.prepare("SELECT CAST(term AS TEXT) AS term FROM search_index_idx").all()
    .map(({ term }) => String(term).slice(1));
  file.close();
  const seqs = upTo(3_000).filter((seq) => keys.includes(wordOf(seq)));
  assert(seqs.length >= 3, `${seqs.length} of ${keys.length} keys are words`);

  const again = await openSqlite({ path, durability: "process" });
  for (const [index, seq] of seqs.entries()) {
    await put(again, index % 2 ? remove(team, alice, seq) : edit(team, alice, seq, "plain"));
  }
  for (const seq of seqs) {
    assertEquals((await again.search(search(wordOf(seq)))).hits, []);
    for (const beside of [seq - 1, seq + 1].filter((other) => !seqs.includes(other))) {
      const { hits } = await again.search(search(wordOf(beside)));
      assertEquals(hits.map(({ message }) => message.seq), [beside]);
    }
  }
  await again.close();
  const bytes = new TextDecoder("latin1").decode(await Deno.readFile(path));
  assertEquals(seqs.map(wordOf).filter((word) => bytes.includes(word)), []);
  const checked = new DatabaseSync(path);
  checked.exec("INSERT INTO search_index (search_index) VALUES ('integrity-check')");
  checked.close();
});

fileTest("a full disk refuses only the batch", async (path) => {
  const database = openDatabase({ path, durability: "process" });
  const store = storeIn(database);
  const { alice, team } = await makeStoreFixture(store);
  await put(store, message(team, alice, "before"));
  const before = await log(store, team);
  const pages = Number(database.db.prepare("PRAGMA page_count").get()?.page_count);
  const allow = (count: number) => database.db.exec(`PRAGMA max_page_count = ${count}`);

  allow(pages + 2);
  const large = upTo(100).map((n) =>
    message(team, alice, `${n} ${"word ".repeat(1_000)}`, { key: `k${n}` })
  );
  for (const _ of upTo(3)) {
    const error = await store.append(large).then(() => null, (error: Error) => error);
    assertEquals(error?.message, "database or disk is full");
    assertEquals(database.db.isTransaction, false);
    assertEquals(await log(store, team), before);
    assertEquals((await store.findRoom("Team", alice.id))?.seq, 1);
  }

  allow(1_000_000);
  assertEquals(await outcomes(store, ...large), upTo(100).map((n) => n + 1));
  await store.close();
});

fileTest("the search index matches the texts", async (path) => {
  const store = await openSqlite({ path, durability: "process" });
  const { alice, bob, team } = await makeStoreFixture(store);
  const other = await room(store, "other", bob);
  const words = ["alpha", "beta", "gamma", "delta", "\u0000", "\u0010", "é"];
  // A fixed order that looks random: every kind of event meets live, deleted and missing targets.
  const pick = <T>(items: readonly T[], n: number): T => {
    const item = items[(n * 7_919 + (n >> 3) * 104_729) % items.length];
    assertExists(item);
    return item;
  };
  const batch = upTo(2_000).map((n): Append => {
    const [place, sender] = [pick([team, other], n), pick([alice, bob], n + 1)];
    const text = upTo(1 + n % 5).map((k) => pick(words, n + k)).join(" ");
    const target = 1 + (n * 31) % Math.ceil(n / 2);
    return pick([
      message(place, sender, text),
      message(place, sender, text, { replyTo: target }),
      edit(place, sender, target, text),
      remove(place, sender, target),
    ], n + 2);
  });
  for (let n = 0; n < batch.length; n += 50) await store.append(batch.slice(n, n + 50));
  const live = [...await messages(store, team), ...await messages(store, other)]
    .filter(({ deleted, text }) => !deleted && text.includes("gamma"));
  await store.addMember(team.id, bob.id, 0);
  const search = { account: bob.id, query: "gamma", room: null, before: null, limit: 10_000 };
  assertEquals((await store.search(search)).hits.length, live.length);
  await store.close();

  const db = new DatabaseSync(path);
  // The index is intact; `sqlite_search_test.ts` compares its contents with the texts.
  db.prepare("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 0)").run();
  assertEquals({ ...db.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
  assertEquals(db.prepare("PRAGMA foreign_key_check").all(), []);
  db.close();
});

fileTest("no statement scans a table, except those that list all of it", (path) => {
  const { db, close } = openDatabase({ path, durability: "process" });
  const statements: string[] = [];
  const prepare = db.prepare.bind(db);
  db.prepare = (sql) => {
    statements.push(sql);
    return prepare(sql);
  };
  storeIn({ db, close });
  const plans = statements.filter((sql) => /^\s*(SELECT|UPDATE|DELETE)/.test(sql)).map((sql) => ({
    sql,
    steps: prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail)),
  }));
  assert(plans.length > 50);
  const scans = plans.flatMap(({ steps }) =>
    steps.filter((step) =>
      /^SCAN (?!CONSTANT ROW|\(subquery|held|named$|unseen$|[flnp]$|p VIRTUAL TABLE|(?:search|wanted) VIRTUAL TABLE)/
        .test(step)
    )
  );
  assertEquals(scans.toSorted(), [
    "SCAN b", // bans
    "SCAN b", // blocks
    "SCAN b USING COVERING INDEX bans_by_account", // for the rooms that banned members are in
    "SCAN g USING INDEX sqlite_autoindex_user_groups_2", // groups
    "SCAN h", // hooks
    "SCAN json_each VIRTUAL TABLE INDEX 1:", // the rooms of a hook
    "SCAN json_each VIRTUAL TABLE INDEX 1:", // the places of messages
    "SCAN json_each VIRTUAL TABLE INDEX 1:",
    "SCAN json_each VIRTUAL TABLE INDEX 1:", // the forms of an emoji
    "SCAN json_each VIRTUAL TABLE INDEX 1:", // the rooms that a client resumes
    "SCAN json_each VIRTUAL TABLE INDEX 1:", // the rooms that it looks up: their ids
    "SCAN json_each VIRTUAL TABLE INDEX 1:", // their names, if they are public
    "SCAN json_each VIRTUAL TABLE INDEX 1:", // and if the account is in them
    "SCAN json_each VIRTUAL TABLE INDEX 1:", // the users of a page
    "SCAN json_each VIRTUAL TABLE INDEX 1:", // the people of a conversation
    "SCAN json_each VIRTUAL TABLE INDEX 1:",
    "SCAN q", // the first rows of search_queue
    "SCAN r USING INDEX public_rooms", // for a hook of every public room, when it starts
    "SCAN r USING INDEX rooms_deleted", // whose logs are to be swept
    "SCAN rooms USING INDEX rooms_without_members",
    "SCAN search_places", // its last rows
    "SCAN search_queue", // its first rows
  ]);
  for (const { sql, steps } of plans) {
    // Pages and replays read their index in order, so that they can stop at any row.
    const sorts = / (?:(?:e\.)?seq|id)(?: DESC)?(?: LIMIT (?:\?|:count))?$/.test(sql) &&
      steps.some((step) => step.includes("B-TREE"));
    assert(!sorts, sql);
    if (sql.includes("e.kind = 'message'")) {
      const index = sql.includes("e.payload ->> ?")
        ? /messages_with_state/
        : /messages_by_seq|thread_replies|events_by_seq/;
      assert(steps.some((step) => index.test(step)), `${sql}\n${steps.join("\n")}`);
    }
  }
  close();
  return Promise.resolve();
});

/** The answer of an authorizer that allows something. */
const SQLITE_OK = 0;

fileTest("no statement is planned again each time it runs", (path) => {
  const { db, close } = openDatabase({ path, durability: "process" });
  const prepared: (readonly [sql: string, statement: StatementSync])[] = [];
  const prepare = db.prepare.bind(db);
  db.prepare = (sql) => {
    const statement = prepare(sql);
    prepared.push([sql, statement]);
    return statement;
  };
  storeIn({ db, close });
  let planned = 0;
  // SQLite asks whether a statement is allowed whenever it plans one. Deno's types lack the method.
  const asking = db as DatabaseSync & { setAuthorizer(ask: (() => number) | null): void };
  asking.setAuthorizer(() => {
    planned += 1;
    return SQLITE_OK;
  });
  const runs = (sql: string, statement: StatementSync) => {
    const named = [...new Set(sql.match(/(?<=:)[a-z]\w*/gi))];
    const numbered = new Set(sql.match(/\$\d+/g)).size || (sql.match(/\?/g)?.length ?? 0);
    const before = planned;
    try {
      if (named.length > 0) statement.all(Object.fromEntries(named.map((name) => [name, 1])));
      else statement.all(...Array<number>(numbered).fill(1));
    } catch {
      // It was planned, though these values are not for it.
    }
    return planned - before;
  };
  const reads = prepared.filter(([sql]) => /^\s*(SELECT|WITH)/.test(sql));
  assert(reads.length > 50);
  // The first run plans, since the authorizer is new.
  for (const [sql, statement] of reads) runs(sql, statement);
  assertEquals(
    reads.filter(([sql, statement]) => runs(sql, statement) > 0).map(([sql]) => sql),
    [],
  );
  asking.setAuthorizer(null);
  close();
  return Promise.resolve();
});
