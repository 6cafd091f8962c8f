import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../lib/store/error.ts";
import { takeFile } from "../../lib/store/sqlite/hold.ts";
import { SCHEMA_VERSION, UNRELEASED_VERSION } from "../../lib/store/sqlite/migrations.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { needs } from "../support/permissions.ts";
import { log, makeStoreFixture, message, store as put, upTo } from "./contract/fixture.ts";

/** The number of acknowledged batches after which the child is killed. */
const ACKNOWLEDGED = 300;

function directoryTest(
  name: string,
  prove: (directory: string) => Promise<void>,
  permissions: readonly Deno.PermissionName[] = ["read", "write"],
): void {
  Deno.test({
    name: `sqlite, opening: ${name}`,
    ...needs(...permissions),
    async fn() {
      const directory = await Deno.makeTempDir();
      try {
        await prove(directory);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

/** The error that refuses a file; it begins with the failed action and ends as given. */
async function refusal(path: string, exclusive = true): Promise<string> {
  const options = { path, durability: "process", exclusive } as const;
  const error = await assertRejects(() => openSqlite(options), StoreError);
  const { message } = error;
  assert(message.startsWith(`Cannot open store: ${path}: `), message);
  assert(message.endsWith("."), message);
  return message;
}

/** Creates a store with data, and closes it. */
async function makeStore(path: string): Promise<void> {
  const store = await openSqlite({ path, durability: "process" });
  const { alice, team } = await makeStoreFixture(store);
  await put(store, ...upTo(200).map((n) => message(team, alice, `message ${n}`)));
  await store.close();
}

/** Changes a database directly. */
function tamper(path: string, sql: string): Uint8Array {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
  return Deno.readFileSync(path);
}

directoryTest(
  "a new file is readable by its owner only, whatever the directory's permissions",
  async (directory) => {
    await Deno.chmod(directory, 0o755);
    const path = `${directory}/hubbub.db`;
    const store = await openSqlite({ path, durability: "process" });
    const { alice, team } = await makeStoreFixture(store);
    await put(store, message(team, alice, "between us"));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600, file);
    }
    await store.close();
  },
);

directoryTest("a file that is not a database is refused and left unchanged", async (directory) => {
  for (const content of ["hello", "Dear diary, ".repeat(1_000)]) {
    const path = `${directory}/diary${content.length}.txt`;
    await Deno.writeTextFile(path, content);
    assertStringIncludes(await refusal(path), "it is not a SQLite database");
    assertEquals(await Deno.readTextFile(path), content);
  }
  assertEquals(Array.from(Deno.readDirSync(directory)).length, 2, "nothing was put beside them");
});

directoryTest("an empty file counts as missing", async (directory) => {
  const path = `${directory}/chat.db`;
  await Deno.writeTextFile(path, "");
  await makeStore(path);
});

directoryTest("a truncated file is refused", async (directory) => {
  const path = `${directory}/chat.db`;
  await makeStore(path);
  await Deno.truncate(path, Math.floor(Deno.statSync(path).size / 8_192) * 4_096);
  assertStringIncludes(await refusal(path), "it is damaged");
});

directoryTest("a file with a corrupt page is refused and left unchanged", async (directory) => {
  const path = `${directory}/chat.db`;
  await makeStore(path);
  const whole = Deno.readFileSync(path);
  const pages = whole.length / 4_096;
  assert(pages > 20, `${pages} pages`);
  for (let page = 1; page < pages; page += 5) {
    const damaged = whole.slice().fill(0x5a, page * 4_096, (page + 1) * 4_096);
    await Deno.writeFile(path, damaged);
    assertStringIncludes(await refusal(path), "it is damaged");
    assertEquals(Deno.readFileSync(path), damaged);
  }
  await Deno.writeFile(path, whole);
  await (await openSqlite({ path, durability: "process" })).close();
});

directoryTest("a file without one of the tables is refused", async (directory) => {
  const path = `${directory}/chat.db`;
  await makeStore(path);
  tamper(path, "DROP TABLE sessions");
  assertStringIncludes(await refusal(path), "it is damaged");
});

directoryTest("a file of a newer version is refused and left unchanged", async (directory) => {
  const path = `${directory}/chat.db`;
  await makeStore(path);
  const before = tamper(path, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  assertStringIncludes(await refusal(path), "newer version");
  assertEquals(Deno.readFileSync(path), before);
});

directoryTest(
  "a file from before the first release is refused with advice",
  async (directory) => {
    const path = `${directory}/chat.db`;
    await makeStore(path);
    for (const version of [1, 8, UNRELEASED_VERSION]) {
      const before = tamper(path, `PRAGMA user_version = ${version}`);
      const says = await refusal(path);
      assertStringIncludes(says, "before the first release");
      assertStringIncludes(
        says,
        "Export it with that version, and import the export with this one",
      );
      assertEquals(Deno.readFileSync(path), before);
    }
  },
);

directoryTest("a file of another application is refused and left unchanged", async (directory) => {
  const foreign = ["CREATE TABLE notes (text)", "PRAGMA application_id = 42"];
  for (const [index, sql] of foreign.entries()) {
    const path = `${directory}/notes${index}.db`;
    const before = tamper(path, sql);
    assertStringIncludes(await refusal(path), "another application");
    assertEquals(Deno.readFileSync(path), before);
  }
});

directoryTest("a path that cannot be a file is refused", async (directory) => {
  await Deno.writeTextFile(`${directory}/file`, "");
  assertStringIncludes(await refusal(directory), "it cannot be opened");
  assertStringIncludes(
    await refusal(`${directory}/file/chat.db`),
    "its directory cannot be created",
  );
});

directoryTest("a read-only file is refused", async (directory) => {
  const path = `${directory}/chat.db`;
  await makeStore(path);
  await Deno.chmod(path, 0o400);
  const mayAnyway = await Deno.open(path, { write: true }).then((file) => {
    file.close();
    return true;
  }, () => false);
  // Root may write every file: nothing to test.
  if (mayAnyway) return;
  assertStringIncludes(await refusal(path), "it cannot be written");
});

directoryTest(
  "a file is opened by one store at a time, even under another name",
  async (directory) => {
    const path = `${directory}/chat.db`;
    const store = await openSqlite({ path, durability: "process" });
    await Deno.symlink(path, `${directory}/link.db`);
    assertStringIncludes(await refusal(path), "another server has it open");
    assertStringIncludes(await refusal(`${directory}/link.db`), "another server has it open");
    await makeStoreFixture(store);
    await store.close();
    await (await openSqlite({ path, durability: "process" })).close();
  },
);

directoryTest("a tool opens the file beside a running server", async (directory) => {
  const path = `${directory}/chat.db`;
  const server = await openSqlite({ path, durability: "process" });
  const { alice } = await makeStoreFixture(server);
  const tool = await openSqlite({ path, durability: "process", exclusive: false });
  assertEquals(tool.epoch, server.epoch);
  assertEquals(await tool.secret("push"), await server.secret("push"));
  assertEquals(await tool.findAccount("Alice"), alice);
  const invite = await tool.createInvite({
    ...{ hash: "h", role: "owner", room: null, creator: null, at: 0, expiresAt: null, uses: 1 },
  });
  assertEquals(await server.findInvite("h", 0), invite);
  assertStringIncludes(await refusal(path), "another server has it open");
  await server.close();
  // The tool holds no lock: a server may start while it has the store open.
  const next = await openSqlite({ path, durability: "process" });
  await tool.close();
  assertEquals(await next.findInvite("h", 0), invite);
  await next.close();
});

directoryTest("a tool creates no file", async (directory) => {
  for (const name of ["none.db", "nor/any/directory/none.db"]) {
    const path = `${directory}/${name}`;
    assertStringIncludes(await refusal(path, false), "there is no such file");
  }
  assertEquals(Array.from(Deno.readDirSync(directory)), []);
  await refusal(":memory:", false);
});

directoryTest(
  "a tool refuses what a server refuses, and a file of an older version",
  async (directory) => {
    const path = `${directory}/chat.db`;
    await Deno.writeTextFile(path, "");
    assertStringIncludes(await refusal(path, false), "older version");
    assertEquals(await Deno.readTextFile(path), "");
    await makeStore(path);
    const before = tamper(path, `PRAGMA user_version = ${UNRELEASED_VERSION}`);
    assertStringIncludes(await refusal(path, false), "before the first release");
    assertEquals(Deno.readFileSync(path), before);
    tamper(path, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    assertStringIncludes(await refusal(path, false), "newer version");
    tamper(path, "PRAGMA application_id = 42");
    assertStringIncludes(await refusal(path, false), "another application");
    await Deno.writeTextFile(path, "Dear diary, ".repeat(1_000));
    assertStringIncludes(await refusal(path, false), "it is not a SQLite database");
    await makeStore(`${directory}/cut.db`);
    await Deno.truncate(`${directory}/cut.db`, 8_192);
    assertStringIncludes(await refusal(`${directory}/cut.db`, false), "it is damaged");
  },
);

directoryTest("stores in memory are independent", async () => {
  const open = () => openSqlite({ path: ":memory:", durability: "process" });
  const [one, other] = [await open(), await open()];
  await makeStoreFixture(one);
  assertEquals(await other.findAccount("Alice"), null);
  await one.close();
  await other.close();
});

directoryTest(
  "without permission the store is not opened, and the error names the permission",
  async (directory) => {
    await using child = start("hold.ts", `${directory}/chat.db`, []);
    const { value: said = "" } = await child.lines.next();
    assertStringIncludes(said, `StoreError: Cannot open store: ${directory}/chat.db: `);
    assertStringIncludes(said, "--allow-write");
  },
  ["read", "write", "run"],
);

directoryTest(
  "the store of another process is refused until that process has ended",
  async (directory) => {
    const path = `${directory}/chat.db`;
    await makeStore(path);
    await using child = start("hold.ts", path);
    assertEquals((await child.lines.next()).value, "open");
    assertStringIncludes(await refusal(path), "another server has it open");
    const reader = new DatabaseSync(path, { readOnly: true });
    assertEquals(reader.prepare("SELECT count(*) AS n FROM events").get()?.n, 200);
    reader.close();
    await child.kill();
    await (await openSqlite({ path, durability: "process" })).close();
  },
  ["read", "write", "run"],
);

directoryTest(
  "a released file can be locked at once, while other threads start processes",
  async (directory) => {
    const path = `${directory}/chat.db`;
    await Deno.writeTextFile(path, "");
    const starter = new Worker(import.meta.resolve("./children/spawn.ts"), { type: "module" });
    try {
      await new Promise((resolve) => starter.onmessage = resolve);
      const until = performance.now() + 500;
      while (performance.now() < until) takeFile(path).close();
    } finally {
      starter.terminate();
    }
  },
  ["read", "write", "run"],
);

directoryTest("acknowledged messages survive kill -9", async (directory) => {
  const path = `${directory}/chat.db`;
  const before = await openSqlite({ path, durability: "process" });
  const { team } = await makeStoreFixture(before);
  await before.close();

  await using child = start("append.ts", path);
  let acknowledged = 0;
  let batches = 0;
  for await (const line of child.lines) {
    acknowledged = Number(line);
    if (++batches === ACKNOWLEDGED) await child.kill();
  }
  assert(acknowledged >= ACKNOWLEDGED);

  const after = await openSqlite({ path, durability: "process" });
  const events = await log(after, team);
  // One batch may have been committed without being acknowledged.
  assert(events.length >= acknowledged, `${events.length} of ${acknowledged}`);
  assertEquals(events.map(({ seq }) => seq), upTo(events.length));
  assertEquals(events.map(({ key }) => key), upTo(events.length).map(String));
  await after.close();
  const db = new DatabaseSync(path);
  db.prepare("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 0)").run();
  db.close();
}, ["read", "write", "run"]);

/** A program of `children/` in its own process, and the lines it prints. */
interface Child extends AsyncDisposable {
  readonly lines: AsyncGenerator<string, void>;
  /** Kills it with SIGKILL, and waits until it has ended. */
  kill(): Promise<void>;
}

function start(program: string, path: string, permissions = ["read", "write"]): Child {
  const script = new URL(`./children/${program}`, import.meta.url).href;
  const flags = permissions.map((permission) => `--allow-${permission}`);
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...flags, script, path],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const kill = async () => {
    try {
      process.kill("SIGKILL");
    } catch {
      // It has already ended.
    }
    await process.status;
  };
  const lines = readLines(process.stdout);
  return {
    lines,
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      await process.stdin.close();
      for await (const _ of lines) { /* so that nothing is left open */ }
    },
  };
}

async function* readLines(
  source: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string, void> {
  let rest = "";
  for await (const chunk of source.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
