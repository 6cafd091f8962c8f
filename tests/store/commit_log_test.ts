// What stands before the tables: a log of its own, and a thread that carries it over.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../lib/store/error.ts";
import {
  APPLY_SQL,
  createApply,
  type LogRow,
  type MessageRow,
} from "../../lib/store/sqlite/apply.ts";
import { ApplyThread } from "../../lib/store/sqlite/apply_thread.ts";
import { Backlog } from "../../lib/store/sqlite/backlog.ts";
import { CommitLog, readCommitLog } from "../../lib/store/sqlite/commit_log.ts";
import { connectionPragmas, openDatabase } from "../../lib/store/sqlite/open.ts";
import { openSqlite, storeIn } from "../../lib/store/sqlite.ts";
import type { Append, Store } from "../../lib/store/store.ts";
import { needs } from "../support/permissions.ts";
import {
  edit,
  log,
  makeWorld,
  message,
  messages,
  outcomes,
  react,
  remove,
  store as put,
  upTo,
} from "./clauses/world.ts";

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

/** A store with two people in a room, closed; and what a server that was killed left beside it. */
async function abandoned(path: string, lines: readonly (readonly LogRow[])[]) {
  const store = await open(path);
  const world = await makeWorld(store);
  await put(store, message(world.team, world.alice, "before"));
  await store.close();
  const left = new CommitLog(path);
  for (const rows of lines) left.write(JSON.stringify(rows));
  left.close();
  return world;
}

function row(seq: number, text: string, key: string | null = null): MessageRow {
  // The first message has the id 1, Alice is account 1, the room is room 1.
  return [seq, 1, seq, 1, 0, key === null ? null : 1, key, text];
}

async function texts(store: Store, room: Parameters<typeof messages>[1]): Promise<string[]> {
  return (await messages(store, room)).map(({ text }) => text);
}

fileTest("what a server that was killed had only there is there again, once", async (path) => {
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
});

fileTest("so are read marks, the furthest of each, in whichever file it is", async (path) => {
  const { team, alice, bob } = await abandoned(path, [
    [row(2, "two"), row(3, "three")],
    [[1, 1, 3], [1, 2, 1]],
    [[1, 1, 2]],
  ]);
  const store = await open(path);
  assertEquals([await store.readMark(team.id, alice.id), await store.readMark(team.id, bob.id)], [
    3,
    1,
  ]);
  await store.close();
});

fileTest("what the tables have already is not carried over again", async (path) => {
  const { team } = await abandoned(path, [[row(1, "before")], [row(2, "two")]]);
  const store = await open(path);
  assertEquals(await texts(store, team), ["before", "two"]);
  await store.close();
});

fileTest("a record that is not whole was acknowledged to nobody", async (path) => {
  const whole = [[row(2, "two")], [row(3, "three")]];
  for (
    const end of ["12", "12345678 [[4,", `1 ${JSON.stringify([row(4, "four")])}\n`, "\0\0\0\n"]
  ) {
    const { team } = await abandoned(path, whole);
    await Deno.writeTextFile(`${path}-log0`, end, { append: true });
    const store = await open(path);
    assertEquals(await texts(store, team), ["before", "two", "three"], JSON.stringify(end));
    await store.close();
    await Deno.remove(path);
  }
});

fileTest("a tool reads it where no server runs", async (path) => {
  const { team } = await abandoned(path, [[row(2, "two")]]);
  const tool = await openSqlite({ path, durability: "process", exclusive: false });
  assertEquals(await texts(tool, team), ["before", "two"]);
  await tool.close();
});

fileTest("one that does not follow the tables is not touched", async (path) => {
  await abandoned(path, [[row(7, "from another file")]]);
  const before = readCommitLog(path);
  const error = await assertRejects(() => open(path), StoreError);
  assertStringIncludes(error.message, "older copy");
  assertEquals(readCommitLog(path), before);
});

fileTest("what is said at once and in whatever ways comes out as in the tables", async (path) => {
  const file = await open(path);
  const memory = await open(":memory:");
  const worlds = [await makeWorld(file), await makeWorld(memory)] as const;
  const [{ team, alice, bob }] = worlds;
  // A fixed order that looks like none.
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
  // In one store each waits for the one before it; in the other none does.
  const expected = [];
  for (const batch of batches) expected.push(await memory.append(batch));
  const results = await Promise.all(batches.map(async (batch, n) => {
    const appended = file.append(batch);
    // Marks go forward and back, and past the end.
    const marked = file.markRead(team.id, bob.id, pick(n, 2_000));
    if (n % 5 === 0) assert(await marked <= await file.readMark(team.id, bob.id));
    // Those who read meanwhile see a log without holes.
    if (n % 7 === 0) {
      const seqs = (await log(file, team)).map(({ seq }) => seq);
      assertEquals(seqs, upTo(seqs.length));
    }
    return await appended;
  }));
  assertEquals(results, expected);
  assertEquals(await log(file, team), await log(memory, team));
  assertEquals(await messages(file, team), await messages(memory, team));
  const { length } = await log(file, team);
  assertEquals(await file.markRead(team.id, bob.id, 9_999), length);
  assertEquals(await file.readMark(team.id, bob.id), length);
  await file.close();
  await memory.close();
});

fileTest(
  "a key is known before its message is in the tables, and while it comes there",
  async (path) => {
    const store = await open(path);
    const { team, alice, bob } = await makeWorld(store);
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

fileTest("what the thread indexes comes in parts too", async (path) => {
  const database = openDatabase({ path, durability: "process" });
  const { db } = database;
  const backlog = new Backlog({
    db,
    log: new CommitLog(path),
    thread: await ApplyThread.start(path, connectionPragmas("process")),
    apply: createApply(db, APPLY_SQL),
    power: false,
  });
  const store = storeIn(database, { backlog, partIds: 40 });
  const { team, alice } = await makeWorld(store);
  for (const n of upTo(20)) {
    await put(store, ...upTo(10).map((k) => message(team, alice, `even${n} word${k}`)));
    const query = { account: alice.id, query: "word7", room: null, before: null, limit: 99 };
    assertEquals((await store.search(query)).hits.length, n);
  }
  const parts = db.prepare("SELECT last FROM search_parts ORDER BY last").all();
  assertEquals(parts.map(({ last }) => last), [40, 80, 120, 160, 200]);
  await store.close();
});

fileTest("while somebody at a shell holds the file, new messages are stored", async (path) => {
  const store = await open(path);
  const { team, alice } = await makeWorld(store);
  const shell = new DatabaseSync(path);
  shell.exec("BEGIN IMMEDIATE");
  await put(store, message(team, alice, "hello"));
  await assertRejects(() => store.pageBefore(team.id, 9, { limit: 9, maxLength: 99 }));
  // Nothing more is taken that nobody could read.
  await assertRejects(() => store.append([message(team, alice, "more")]));
  shell.exec("ROLLBACK");
  shell.close();
  assertEquals(await texts(store, team), ["hello"]);
  await put(store, message(team, alice, "more"));
  assertEquals(await texts(store, team), ["hello", "more"]);
  await store.close();
});

/** A backlog whose thread does what it is told here. */
async function openBacklog(path: string, thread: { apply(): Promise<void> }, power = false) {
  const store = await open(path);
  await makeWorld(store);
  await store.close();
  const { db, close } = openDatabase({ path, durability: "process" });
  const backlog = new Backlog({
    db,
    log: new CommitLog(path),
    thread: { ...thread, wrote() {}, close: () => Promise.resolve() },
    apply: createApply(db, APPLY_SQL),
    power,
  });
  const texts = () =>
    db.prepare("SELECT text FROM events ORDER BY id").all().map(({ text }) => text);
  return { db, backlog, texts, close };
}

fileTest("without its thread everything is carried over all the same", async (path) => {
  const broken = { apply: () => Promise.reject(new Error("it has ended")) };
  const { backlog, texts, close } = await openBacklog(path, broken);
  for (const n of upTo(3)) {
    backlog.add({ rows: [row(n, `text ${n}`)] });
    assertEquals(await backlog.read(texts), upTo(n).map((k) => `text ${k}`));
  }
  assertEquals(await backlog.write(() => backlog.size), 0);
  assertEquals(readCommitLog(path), []);
  await backlog.close();
  close();
});

fileTest("what is added while a batch is carried over is kept as well", async (path) => {
  const carried = Promise.withResolvers<void>();
  const { backlog, texts, close } = await openBacklog(path, { apply: () => carried.promise });
  backlog.add({ rows: [row(1, "leaving")] });
  // Whoever reads has the thread begin.
  const reader = backlog.read(texts);
  backlog.add({ rows: [row(2, "filling")] });
  assertEquals(readCommitLog(path).length, 2);
  carried.resolve();
  await reader;
  assertEquals(readCommitLog(path), [JSON.stringify([row(2, "filling")])]);
  assertEquals(backlog.size, 1);
  await backlog.close();
  assertEquals(texts(), ["filling"]);
  close();
});

fileTest("what cannot be committed can be read, and is kept until it can", async (path) => {
  const full = { apply: () => Promise.reject(new Error("database or disk is full")) };
  const { db, backlog, texts, close } = await openBacklog(path, full);
  const exec = db.exec.bind(db);
  let isFull = true;
  db.exec = (sql) => {
    if (sql === "COMMIT" && isFull) throw new Error("database or disk is full");
    exec(sql);
  };
  backlog.add({ rows: [row(1, "kept")] });
  assertEquals(await backlog.read(texts), ["kept"]);
  await assertRejects(() => backlog.write(() => assert(false, "not to be run")));
  assertEquals(await backlog.read(texts), ["kept"]);
  assertEquals(readCommitLog(path).length, 1);
  isFull = false;
  assertEquals(await backlog.write(() => "written"), "written");
  assertEquals(readCommitLog(path), []);
  await backlog.close();
  close();
});

fileTest("where the disk is slower than people, new messages wait for it", async (path) => {
  const database = openDatabase({ path, durability: "process" });
  const { db } = database;
  const disk = Promise.withResolvers<void>();
  const apply = createApply(db, APPLY_SQL);
  const thread = {
    async apply(records: readonly string[]) {
      await disk.promise;
      apply(records);
    },
    wrote() {},
    close: () => Promise.resolve(),
  };
  const backlog = new Backlog({ db, log: new CommitLog(path), thread, apply, power: false });
  const store = storeIn(database, { backlog });
  const { team, alice } = await makeWorld(store);
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

fileTest("where a power cut matters, it is on the disk before it is acknowledged", async (path) => {
  const still = { apply: () => Promise.resolve() };
  const { backlog, close } = await openBacklog(path, still, true);
  const synced = backlog.add({ rows: [row(1, "text")] });
  assert(synced instanceof Promise);
  await synced;
  await backlog.close();
  close();
});
