// The commit log in front of the tables, and the thread that applies it.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../lib/store/error.ts";
import { applyTo, type LogRow, type MessageRow } from "../../lib/store/sqlite/apply.ts";
import { ApplyThread } from "../../lib/store/sqlite/apply_thread.ts";
import { ApplyQueue } from "../../lib/store/sqlite/apply_queue.ts";
import type { CommitLog } from "../../lib/store/sqlite/commit_log.ts";
import { connectionPragmas, openDatabase } from "../../lib/store/sqlite/open.ts";
import { startServing } from "../../lib/store/sqlite/serving.ts";
import { openSqlite, storeIn } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Append } from "../../lib/store/records.ts";
import { readLog } from "../support/commit_log.ts";
import { needs } from "../support/permissions.ts";
import {
  edit,
  log,
  makeStoreFixture,
  message,
  messages,
  outcomes,
  react,
  remove,
  store as put,
  upTo,
} from "./contract/fixture.ts";

function fileTest(name: string, prove: (path: string) => Promise<void>): void {
  Deno.test({
    name: `sqlite, commit log: ${name}`,
    ...needs("read", "write"),
    async fn() {
      const directory = await Deno.makeTempDir();
      try {
        await prove(`${directory}/chat.db`);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

const open = (path: string) => openSqlite({ path, durability: "process" });

/** A closed store with two users in a room, and the files that a killed server left beside it. */
async function abandoned(path: string, lines: readonly (readonly LogRow[])[]) {
  const store = await open(path);
  const fixture = await makeStoreFixture(store);
  await put(store, message(fixture.team, fixture.alice, "before"));
  await store.close();
  leave(path, (log) => {
    for (const rows of lines) log.write(JSON.stringify(rows));
  });
  return fixture;
}

/** Writes to a store, and then abandons it as a killed server does. */
function leave(path: string, act: (log: CommitLog, db: DatabaseSync) => void): void {
  const { db, close } = openDatabase({ path, durability: "process" });
  const log = startServing(db, path, false);
  act(log, db);
  log.close();
  close();
}

function row(seq: number, text: string, key: string | null = null): MessageRow {
  // The first message has the id 1, Alice is account 1, the room is room 1.
  return [seq, 1, seq, 1, 0, key === null ? null : 1, key, text];
}

async function texts(store: Store, room: Parameters<typeof messages>[1]): Promise<string[]> {
  return (await messages(store, room)).map(({ text }) => text);
}

fileTest(
  "messages that a killed server had only in its commit log are recovered once",
  async (path) => {
    const { team, alice } = await abandoned(path, [[row(2, "two", "k"), row(3, "three")]]);
    for (const _ of upTo(2)) {
      const store = await open(path);
      assertEquals(await texts(store, team), ["before", "two", "three"]);
      const query = { account: alice.id, query: "three", room: null, before: null, limit: 9 };
      assertEquals((await store.search(query)).hits.length, 1);
      const [again] = await store.append([message(team, alice, "other", { key: "k" })]);
      assert(again !== undefined && "event" in again && again.repeated && again.event.seq === 2);
      await store.close();
    }
  },
);

fileTest("read marks are recovered, the furthest of each, from either file", async (path) => {
  const { team, alice, bob } = await abandoned(path, [
    [row(2, "two"), row(3, "three")],
    [[1, 1, 3], [1, 2, 1]],
    [[1, 1, 2]],
  ]);
  const store = await open(path);
  assertEquals([
    (await store.readState(team.id, alice.id, Number.MAX_SAFE_INTEGER)).read,
    (await store.readState(team.id, bob.id, Number.MAX_SAFE_INTEGER)).read,
  ], [
    3,
    1,
  ]);
  await store.close();
});

fileTest("records already in the tables are not applied again", async (path) => {
  const { team } = await abandoned(path, []);
  leave(path, (log, db) => {
    for (const rows of [[row(2, "two")], [row(3, "three")]]) log.write(JSON.stringify(rows));
    applyTo(db)([JSON.stringify([row(2, "two")])], String(log.records - 1));
  });
  const store = await open(path);
  assertEquals(await texts(store, team), ["before", "two", "three"]);
  await store.close();
});

fileTest("an incomplete record was never acknowledged", async (path) => {
  const whole = [[row(2, "two")], [row(3, "three")]];
  for (
    const end of ["12", "12345678 [[4,", `1 ${JSON.stringify([row(4, "four")])}\n`, "\0\0\0\n"]
  ) {
    const { team } = await abandoned(path, whole);
    await Deno.writeTextFile(`${path}-log0`, end, { append: true });
    const store = await open(path);
    assertEquals(await texts(store, team), ["before", "two", "three"], JSON.stringify(end));
    await store.close();
    for (const file of [path, `${path}-mark`]) await Deno.remove(file);
  }
});

fileTest("a tool reads the commit log if no server runs", async (path) => {
  const { team } = await abandoned(path, [[row(2, "two")]]);
  const tool = await openSqlite({ path, durability: "process", exclusive: false });
  assertEquals(await texts(tool, team), ["before", "two"]);
  await tool.close();
});

fileTest("a commit log that does not follow the tables is left unchanged", async (path) => {
  await abandoned(path, [[row(7, "from another file")]]);
  const before = readLog(path);
  const error = await assertRejects(() => open(path), StoreError);
  assertStringIncludes(error.message, "do not follow those in it");
  assertEquals(readLog(path), before);
});

/** The contents that two stores can have in common: public ids are unique to each store. */
function withoutIds(value: unknown): unknown {
  const own = ["senderId", "ids"];
  return JSON.parse(JSON.stringify(value, (name, part) => own.includes(name) ? undefined : part));
}

fileTest("concurrent appends of all kinds have the same result as in the tables", async (path) => {
  const file = await open(path);
  const memory = await open(":memory:");
  const fixtures = [await makeStoreFixture(file), await makeStoreFixture(memory)] as const;
  const [{ team, alice, bob }] = fixtures;
  // A fixed order that looks random.
  const pick = (n: number, count: number) => ((n * 7_919 + (n >> 3) * 104_729) >>> 0) % count;
  const item = (n: number): Append => {
    const sender = pick(n, 2) === 0 ? alice : bob;
    const target = 1 + pick(n + 1, 40);
    const key = `key ${pick(n, 300)}`;
    const said = message(team, sender, `text ${n}`, { key });
    const others = [
      message(team, sender, `free ${n}`),
      message(team, sender, `answer ${n}`, { key, replyTo: target }),
      edit(team, sender, target, `edited ${n}`),
      react(team, sender, target, "👍"),
      remove(team, sender, target),
    ];
    return others[pick(n + 2, 10)] ?? said;
  };
  const batches = upTo(400).map((n) => upTo(1 + n % 3).map((k) => item(n * 3 + k)));
  // In one store each append waits for the one before it; in the other none does.
  const expected = [];
  for (const batch of batches) expected.push(await memory.append(batch));
  const results = await Promise.all(batches.map(async (batch, n) => {
    const appended = file.append(batch);
    // Marks move forward, back, and past the end.
    const marked = file.markRead(team.id, bob.id, pick(n, 2_000));
    if (n % 5 === 0) {
      assert(await marked <= (await file.readState(team.id, bob.id, Number.MAX_SAFE_INTEGER)).read);
    }
    // Concurrent readers see a log without gaps.
    if (n % 7 === 0) {
      const seqs = (await log(file, team)).map(({ seq }) => seq);
      assertEquals(seqs, upTo(seqs.length));
    }
    return await appended;
  }));
  assertEquals(withoutIds(results), withoutIds(expected));
  assertEquals(withoutIds(await log(file, team)), withoutIds(await log(memory, team)));
  assertEquals(withoutIds(await messages(file, team)), withoutIds(await messages(memory, team)));
  const { length } = await log(file, team);
  assertEquals(await file.markRead(team.id, bob.id, 9_999), length);
  assertEquals((await file.readState(team.id, bob.id, Number.MAX_SAFE_INTEGER)).read, length);
  await file.close();
  await memory.close();
});

fileTest(
  "a key is known before its message is in the tables, and while it is being applied",
  async (path) => {
    const store = await open(path);
    const { team, alice, bob } = await makeStoreFixture(store);
    await put(store, message(team, alice, "hello", { key: "k" }));
    const page = store.pageBefore(team.id, 9, { limit: 9, maxLength: 99 });
    const again = [
      message(team, alice, "hello?", { key: "k" }),
      message(team, bob, "a", { key: "k" }),
    ];
    assertEquals(await outcomes(store, ...again, ...again), ["again 1", 2, "again 1", "again 2"]);
    await page;
    assertEquals(await outcomes(store, ...again), ["again 1", "again 2"]);
    assertEquals(await texts(store, team), ["hello", "a"]);
    await store.close();
  },
);

fileTest("the thread's indexing is split into segments as well", async (path) => {
  const database = openDatabase({ path, durability: "process" });
  const { db } = database;
  const applyQueue = new ApplyQueue({
    db,
    log: startServing(db, path, false),
    thread: await ApplyThread.start(path, connectionPragmas("process")),
    apply: applyTo(db),
    power: false,
  });
  const store = storeIn(database, { applyQueue, partRows: 40 });
  const { team, alice } = await makeStoreFixture(store);
  for (const n of upTo(20)) {
    await put(store, ...upTo(10).map((k) => message(team, alice, `even${n} word${k}`)));
    const query = { account: alice.id, query: "word7", room: null, before: null, limit: 99 };
    assertEquals((await store.search(query)).hits.length, n);
  }
  // The message that fills a part begins the next one: see `word_index.ts`.
  const parts = db.prepare(
    `SELECT (SELECT count(*) FROM search_places WHERE key <= last) AS rows FROM search_index_parts ORDER BY last`,
  ).all();
  assertEquals(parts.map(({ rows }) => rows), [39, 79, 119, 159, 199]);
  await store.close();
});

fileTest("while another process locks the file, new messages are stored", async (path) => {
  const store = await open(path);
  const { team, alice } = await makeStoreFixture(store);
  const shell = new DatabaseSync(path);
  shell.exec("BEGIN IMMEDIATE");
  await put(store, message(team, alice, "hello"));
  await assertRejects(() => store.pageBefore(team.id, 9, { limit: 9, maxLength: 99 }));
  // No append is accepted that could not be read back.
  await assertRejects(() => store.append([message(team, alice, "more")]));
  shell.exec("ROLLBACK");
  shell.close();
  assertEquals(await texts(store, team), ["hello"]);
  await put(store, message(team, alice, "more"));
  assertEquals(await texts(store, team), ["hello", "more"]);
  await store.close();
});

/** A thread that only applies. */
const STILL = { scrub: () => Promise.resolve(), wrote() {}, close: () => Promise.resolve() };

/** An apply queue whose thread follows the test's instructions. */
async function openApplyQueue(
  path: string,
  thread: Pick<ApplyThread, "apply">,
  power = false,
) {
  const store = await open(path);
  await makeStoreFixture(store);
  await store.close();
  const { db, close } = openDatabase({ path, durability: "process" });
  const applyQueue = new ApplyQueue({
    db,
    log: startServing(db, path, power),
    thread: { ...thread, ...STILL },
    apply: applyTo(db),
    power,
  });
  const texts = () =>
    db.prepare("SELECT text FROM events ORDER BY id").all().map(({ text }) => text);
  return { db, applyQueue, texts, close };
}

fileTest("without its thread every record is applied all the same", async (path) => {
  const broken = { apply: () => Promise.reject(new Error("it has ended")) };
  const { applyQueue, texts, close } = await openApplyQueue(path, broken);
  for (const n of upTo(3)) {
    applyQueue.add({ rows: [row(n, `text ${n}`)] });
    assertEquals(await applyQueue.read(texts), upTo(n).map((k) => `text ${k}`));
  }
  assertEquals(await applyQueue.write(() => applyQueue.size), 0);
  assertEquals(readLog(path), []);
  await applyQueue.close();
  close();
});

fileTest("rows added while a batch is being applied are applied as well", async (path) => {
  const carried = Promise.withResolvers<void>();
  const { applyQueue, texts, close } = await openApplyQueue(path, { apply: () => carried.promise });
  applyQueue.add({ rows: [row(1, "leaving")] });
  // A read starts the thread.
  const reader = applyQueue.read(texts);
  applyQueue.add({ rows: [row(2, "filling")] });
  assertEquals(readLog(path).length, 2);
  carried.resolve();
  await reader;
  assertEquals(readLog(path), [JSON.stringify([row(2, "filling")])]);
  assertEquals(applyQueue.size, 1);
  await applyQueue.close();
  assertEquals(texts(), ["filling"]);
  close();
});

fileTest("rows that cannot be committed can be read, and are kept until they can", async (path) => {
  const full = { apply: () => Promise.reject(new Error("database or disk is full")) };
  const { db, applyQueue, texts, close } = await openApplyQueue(path, full);
  const exec = db.exec.bind(db);
  let isFull = true;
  db.exec = (sql) => {
    if (sql === "COMMIT" && isFull) throw new Error("database or disk is full");
    exec(sql);
  };
  applyQueue.add({ rows: [row(1, "kept")] });
  assertEquals(await applyQueue.read(texts), ["kept"]);
  await assertRejects(() => applyQueue.write(() => assert(false, "not to be run")));
  assertEquals(await applyQueue.read(texts), ["kept"]);
  assertEquals(readLog(path).length, 1);
  isFull = false;
  assertEquals(await applyQueue.write(() => "written"), "written");
  assertEquals(readLog(path), []);
  await applyQueue.close();
  close();
});

fileTest("if the disk is slower than the senders, new appends wait", async (path) => {
  const database = openDatabase({ path, durability: "process" });
  const { db } = database;
  const disk = Promise.withResolvers<void>();
  const apply = applyTo(db);
  const thread = {
    async apply(records: readonly string[], _rows: number, newest: number) {
      await disk.promise;
      apply(records, String(newest));
    },
    ...STILL,
  };
  const log = startServing(db, path, false);
  const applyQueue = new ApplyQueue({ db, log, thread, apply, power: false });
  const store = storeIn(database, { applyQueue });
  const { team, alice } = await makeStoreFixture(store);
  const say = (from: number) =>
    put(store, ...upTo(1_000).map((n) => message(team, alice, `${from + n}`)));
  for (const thousand of upTo(20)) await say(thousand * 1_000);
  let stored = false;
  const last = say(21_000).then((events) => {
    stored = true;
    return events;
  });
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(stored, false);
  disk.resolve();
  assertEquals((await last).map(({ seq }) => seq), upTo(1_000).map((n) => 20_000 + n));
  await store.close();
});

fileTest(
  "rows of several batches are applied once if the store closes between them",
  async (path) => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const doubled: unknown[] = [];
    let calls = 0;
    const { db, applyQueue, texts, close } = await openApplyQueue(path, {
      async apply(records, _rows, newest) {
        await gates[calls++]?.promise;
        try {
          applyTo(db)(records, String(newest));
        } catch (error) {
          doubled.push(error);
        }
      },
    });
    for (const half of [0, 1_024]) {
      applyQueue.add({ rows: upTo(1_024).map((n) => row(half + n, "text")) });
    }
    const closing = applyQueue.close();
    for (const gate of gates) {
      gate.resolve();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await closing;
    assertEquals([texts().length, calls, doubled], [2_048, 2, []]);
    close();
  },
);

fileTest(
  "with durability `power`, an append is flushed to disk before it is acknowledged",
  async (path) => {
    const still = { apply: () => Promise.resolve() };
    const { applyQueue, close } = await openApplyQueue(path, still, true);
    const synced = applyQueue.add({ rows: [row(1, "text")] });
    assert(synced instanceof Promise);
    await synced;
    await applyQueue.close();
    close();
  },
);
