import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../lib/store/error.ts";
import { SCHEMA_VERSION } from "../../lib/store/migrations.ts";
import { openSqlite } from "../../lib/store/sqlite.ts";
import { needs } from "../support/permissions.ts";
import { log, makeWorld, message, store as put, upTo } from "./clauses/world.ts";

/** How many batches the child has acknowledged when it is killed. */
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

/** The sentence with which a file is refused; it begins with what failed and ends as it should. */
async function refusal(path: string, exclusive = true): Promise<string> {
  const options = { path, durability: "process", exclusive } as const;
  const error = await assertRejects(() => openSqlite(options), StoreError);
  const { message } = error;
  assert(message.startsWith(`Cannot open store: ${path}: `), message);
  assert(message.endsWith("."), message);
  return message;
}

/** Makes a store with something in it, and closes it. */
async function makeStore(path: string): Promise<void> {
  const store = await openSqlite({ path, durability: "process" });
  const { alice, team } = await makeWorld(store);
  await put(store, ...upTo(200).map((n) => message(team, alice, `message ${n}`)));
  await store.close();
}

/** Changes a database behind the store's back. */
function tamper(path: string, sql: string): Uint8Array {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
  return Deno.readFileSync(path);
}

directoryTest(
  "what a new file holds its owner alone can read, whoever may enter the directory",
  async (directory) => {
    await Deno.chmod(directory, 0o755);
    const path = `${directory}/hubbub.db`;
    const store = await openSqlite({ path, durability: "process" });
    const { alice, team } = await makeWorld(store);
    await put(store, message(team, alice, "between us"));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600, file);
    }
    await store.close();
  },
);

directoryTest("what is no database is refused and left as it is", async (directory) => {
  for (const content of ["hello", "Dear diary, ".repeat(1_000)]) {
    const path = `${directory}/diary${content.length}.txt`;
    await Deno.writeTextFile(path, content);
    assertStringIncludes(await refusal(path), "it is not a SQLite database");
    assertEquals(await Deno.readTextFile(path), content);
  }
  assertEquals(Array.from(Deno.readDirSync(directory)).length, 2, "nothing was put beside them");
});

directoryTest("an empty file is as good as none", async (directory) => {
  const path = `${directory}/chat.db`;
  await Deno.writeTextFile(path, "");
  await makeStore(path);
});

directoryTest("a file that was cut short is refused", async (directory) => {
  const path = `${directory}/chat.db`;
  await makeStore(path);
  await Deno.truncate(path, Math.floor(Deno.statSync(path).size / 8_192) * 4_096);
  assertStringIncludes(await refusal(path), "it is damaged");
});

directoryTest("a file with a page of rubbish is refused and left as it is", async (directory) => {
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

directoryTest("a file that lacks a table is refused", async (directory) => {
  const path = `${directory}/chat.db`;
  await makeStore(path);
  tamper(path, "DROP TABLE sessions");
  assertStringIncludes(await refusal(path), "it is damaged");
});

directoryTest("a newer version's file is refused and left as it is", async (directory) => {
  const path = `${directory}/chat.db`;
  await makeStore(path);
  const before = tamper(path, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  assertStringIncludes(await refusal(path), "newer version");
  assertEquals(Deno.readFileSync(path), before);
});

directoryTest("another application's file is refused and left as it is", async (directory) => {
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
  assertStringIncludes(await refusal(`${directory}/file/chat.db`), "its directory cannot be made");
});

directoryTest("a file that may not be written is refused", async (directory) => {
  const path = `${directory}/chat.db`;
  await makeStore(path);
  await Deno.chmod(path, 0o400);
  const mayAnyway = await Deno.open(path, { write: true }).then((file) => {
    file.close();
    return true;
  }, () => false);
  // Root may write everything: nothing to see then.
  if (mayAnyway) return;
  assertStringIncludes(await refusal(path), "it cannot be written");
});

directoryTest("one store at a time, also under another name", async (directory) => {
  const path = `${directory}/chat.db`;
  const store = await openSqlite({ path, durability: "process" });
  await Deno.symlink(path, `${directory}/link.db`);
  assertStringIncludes(await refusal(path), "another server has it open");
  assertStringIncludes(await refusal(`${directory}/link.db`), "another server has it open");
  await makeWorld(store);
  await store.close();
  await (await openSqlite({ path, durability: "process" })).close();
});

directoryTest("a tool opens the file beside a running server", async (directory) => {
  const path = `${directory}/chat.db`;
  const server = await openSqlite({ path, durability: "process" });
  const { alice } = await makeWorld(server);
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
  // The tool holds nothing: a server may start while it is open.
  const next = await openSqlite({ path, durability: "process" });
  await tool.close();
  assertEquals(await next.findInvite("h", 0), invite);
  await next.close();
});

directoryTest("a tool makes no file", async (directory) => {
  for (const name of ["none.db", "nor/any/directory/none.db"]) {
    const path = `${directory}/${name}`;
    assertStringIncludes(await refusal(path, false), "there is no such file");
  }
  assertEquals(Array.from(Deno.readDirSync(directory)), []);
  await refusal(":memory:", false);
});

directoryTest(
  "a tool refuses what a server refuses, and an older version's file",
  async (directory) => {
    const path = `${directory}/chat.db`;
    await Deno.writeTextFile(path, "");
    assertStringIncludes(await refusal(path, false), "older version");
    assertEquals(await Deno.readTextFile(path), "");
    await makeStore(path);
    const before = tamper(path, `PRAGMA user_version = ${SCHEMA_VERSION - 1}`);
    assertStringIncludes(await refusal(path, false), "older version");
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

directoryTest("in memory, each store is its own", async () => {
  const open = () => openSqlite({ path: ":memory:", durability: "process" });
  const [one, other] = [await open(), await open()];
  await makeWorld(one);
  assertEquals(await other.findAccount("Alice"), null);
  await one.close();
  await other.close();
});

directoryTest("no permission, no store: a sentence says which", async (directory) => {
  await using child = start("hold.ts", `${directory}/chat.db`, []);
  const { value: said = "" } = await child.lines.next();
  assertStringIncludes(said, `StoreError: Cannot open store: ${directory}/chat.db: `);
  assertStringIncludes(said, "--allow-write");
}, ["read", "write", "run"]);

directoryTest(
  "another process's store is refused until that process is gone",
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

directoryTest("what was acknowledged survives kill -9", async (directory) => {
  const path = `${directory}/chat.db`;
  const before = await openSqlite({ path, durability: "process" });
  const { team } = await makeWorld(before);
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
  // One batch may have been committed and not yet acknowledged.
  assert(events.length >= acknowledged, `${events.length} of ${acknowledged}`);
  assertEquals(events.map(({ seq }) => seq), upTo(events.length));
  assertEquals(events.map(({ key }) => key), upTo(events.length).map(String));
  await after.close();
  const db = new DatabaseSync(path);
  db.prepare("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)").run();
  db.close();
}, ["read", "write", "run"]);

/** A program of `children/` in a process of its own, and the lines that it prints. */
interface Child extends AsyncDisposable {
  readonly lines: AsyncGenerator<string, void>;
  /** Kills it as nobody can prevent, and waits until it is gone. */
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
      // It is gone already.
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
