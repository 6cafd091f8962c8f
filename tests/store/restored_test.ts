// Changes to the data directory while the server is stopped: restored copies, hard links, deleted
// texts, and tables that cannot take the commit log.
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { mock } from "node:test";
import { setImmediate } from "node:timers";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Append } from "../../lib/store/records.ts";
import { AT, change, edit, makeStoreFixture, message, remove } from "./contract/fixture.ts";
import { store as put, upTo } from "./contract/fixture.ts";
import { deleteOld } from "./contract/retaining.ts";
import { needs } from "../support/permissions.ts";
import { type ServerProcess, spawnServer } from "../support/server.ts";
import { inDirectory } from "../support/temporary_directory.ts";

const permissions = needs("net", "read", "write", "run");
const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** Runs the program to its end. */
async function run(...args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, ...args],
    stdout: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

const ROOM = "/api/rooms/general/messages";

async function post(server: ServerProcess, token: string, message: string): Promise<number> {
  const response = await server.request(ROOM, { method: "POST", token, body: { message } });
  await response.body?.cancel();
  return response.status;
}

/** Requests the events after a seq. */
async function resume(server: ServerProcess, token: string, after: number, epoch?: string) {
  const peer = await server.member(token);
  const welcome = peer.frames.find((frame) => frame.type === "welcome");
  const joined = await peer.ask({ type: "join", room: "general", after, epoch });
  await peer.close();
  assert(joined.type === "joined" && welcome?.type === "welcome");
  assertEquals(joined.epoch, welcome.epoch);
  return joined;
}

Deno.test({
  name: "a restored backup: a client that is ahead of it is told to start over",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      const data = `${directory}/hubbub.db`;
      let server = await spawnServer([`--data=${data}`]);
      const token = await server.signIn("Alice");
      for (let n = 1; n <= 10; n++) assertEquals(await post(server, token, `kept ${n}`), 201);
      assertEquals((await run("backup", `${directory}/copy.db`, "--data", data)).code, 0);
      for (let n = 11; n <= 20; n++) assertEquals(await post(server, token, `lost ${n}`), 201);
      const before = await resume(server, token, 20);
      assertEquals([before.seq, before.truncated], [20, false]);
      await server.kill();

      // As documented: the copy replaces the data file, whatever lies beside it.
      await Deno.copyFile(`${directory}/copy.db`, data);
      server = await spawnServer([`--data=${data}`]);
      for (let n = 11; n <= 25; n++) assertEquals(await post(server, token, `new ${n}`), 201);
      const after = await resume(server, token, 20, before.epoch);
      assertEquals([after.seq, after.truncated], [25, true]);
      assertNotEquals(after.epoch, before.epoch);
      const texts = after.messages.map((frame) => "message" in frame ? frame.message : "");
      assert(texts.includes("new 11") && texts.includes("kept 10"), texts.join());
      const names = Array.from(Deno.readDirSync(directory), ({ name }) => name);
      assert(names.some((name) => name.includes("-wal.before-restore-")), names.join());

      // Once: from then on it is an ordinary log.
      await server.kill();
      server = await spawnServer([`--data=${data}`]);
      const again = await resume(server, token, 25, after.epoch);
      assertEquals([again.epoch, again.truncated], [after.epoch, false]);
      await server.kill();
    }),
});

Deno.test({
  name: "the same after a clean stop, after an import, and with a copy by another tool",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      const data = `${directory}/hubbub.db`;
      let server = await spawnServer([`--data=${data}`]);
      const token = await server.signIn("Alice");
      assertEquals(await post(server, token, "one"), 201);
      const { epoch } = await resume(server, token, 0);
      await server.kill("SIGTERM");
      await Deno.copyFile(data, `${directory}/plain.db`);
      assertEquals((await run("export", `${directory}/all.jsonl`, "--data", data)).code, 0);
      assertEquals((await run("backup", `${directory}/copy.db`, "--data", data)).code, 0);
      server = await spawnServer([`--data=${data}`]);
      assertEquals(await post(server, token, "two"), 201);
      assertEquals((await resume(server, token, 1)).epoch, epoch);
      await server.kill("SIGTERM");

      await Deno.copyFile(`${directory}/copy.db`, data);
      server = await spawnServer([`--data=${data}`]);
      const restored = await resume(server, token, 2, epoch);
      assertEquals([restored.seq, restored.truncated], [1, true]);
      assertNotEquals(restored.epoch, epoch);
      await server.kill("SIGTERM");

      const other = `${directory}/other.db`;
      assertEquals((await run("import", `${directory}/all.jsonl`, "--data", other)).code, 0);
      server = await spawnServer([`--data=${other}`]);
      assertNotEquals((await resume(server, token, 1)).epoch, epoch);
      await server.kill("SIGTERM");

      // A file copied by hand is older than its side files: it is refused until the operator
      // confirms.
      await Deno.copyFile(`${directory}/plain.db`, data);
      await Deno.remove(`${data}-mark`);
      await Deno.copyFile(`${other}-mark`, `${data}-mark`);
      assertEquals((await run("restored", "--data", data)).code, 0);
      server = await spawnServer([`--data=${data}`]);
      assertNotEquals((await resume(server, token, 1)).epoch, epoch);
      await server.kill("SIGTERM");
    }),
});

Deno.test({
  name: "an older copy beside newer side files is refused, and accepted with confirmation",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      const data = `${directory}/hubbub.db`;
      let server = await spawnServer([`--data=${data}`]);
      const token = await server.signIn("Alice");
      assertEquals(await post(server, token, "one"), 201);
      const { epoch } = await resume(server, token, 0);
      await server.kill("SIGTERM");
      await Deno.copyFile(data, `${directory}/plain.db`);
      server = await spawnServer([`--data=${data}`]);
      assertEquals(await post(server, token, "two"), 201);
      await server.kill("SIGTERM");
      await Deno.copyFile(`${directory}/plain.db`, data);
      const refused = await run("--port=0", `--data=${data}`);
      assertEquals(refused.code, 1);
      assertMatch(refused.stderr, /1 of 1 acknowledged record .* --damaged=keep-going/);
      assert(!refused.stderr.includes("\n    at "), refused.stderr);
      server = await spawnServer([`--data=${data}`, "--damaged=keep-going"]);
      const joined = await resume(server, token, 2, epoch);
      assertEquals([joined.seq, joined.truncated], [1, true]);
      assertNotEquals(joined.epoch, epoch);
      await server.kill();
    }),
});

Deno.test({
  name:
    "one flipped bit in the first line of a commit log, half of it gone: nothing is lost unsaid",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      const data = `${directory}/hubbub.db`;
      const server = await spawnServer([`--data=${data}`]);
      const token = await server.signIn("Alice");
      for (let n = 1; n <= 40; n++) assertEquals(await post(server, token, `said ${n}`), 201);
      await server.kill();
      const log = ["log0", "log1"].map((file) => `${data}-${file}`)
        .find((file) => Deno.statSync(file).size > 0);
      // On a loaded machine a second may suffice to apply everything: then the tables have them
      // all.
      if (log === undefined) return console.log("ignored: everything was carried over already");
      const whole = await Deno.readFile(log);
      for (const harm of ["flip", "half"]) {
        const bytes = harm === "half" ? whole.slice(0, whole.length >> 1) : whole.slice();
        if (harm === "flip") bytes[30]! ^= 1;
        await Deno.writeFile(log, bytes);
        const { code, stderr } = await run("--port=0", `--data=${data}`);
        assertEquals(code, 1);
        assertMatch(stderr, /\d+ of \d+ acknowledged records? .* can.*--damaged=keep-going/);
        assertEquals(await Deno.readFile(log), bytes);
      }
      await Deno.writeFile(log, whole);
      const again = await spawnServer([`--data=${data}`]);
      assertEquals((await resume(again, token, 0)).seq, 40);
      await again.kill();
    }),
});

Deno.test({
  name: "a hard link does not let a second server open the same data file",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      await Deno.mkdir(`${directory}/elsewhere`);
      const data = `${directory}/hubbub.db`;
      const server = await spawnServer([`--data=${data}`]);
      await Deno.link(data, `${directory}/elsewhere/other.db`);
      await Deno.symlink(data, `${directory}/elsewhere/link.db`);
      for (const name of ["other.db", "link.db"]) {
        const { code, stderr } = await run("--port=0", `--data=${directory}/elsewhere/${name}`);
        assertEquals(code, 1);
        assertMatch(stderr, /another server has it open/);
      }
      assertEquals(await post(server, await server.signIn("Alice"), "still here"), 201);
      await server.kill();
    }),
});

Deno.test({
  name:
    "if the tables cannot take the commit log, the server is not ready, acknowledges nothing, and loses nothing",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      const data = `${directory}/hubbub.db`;
      const server = await spawnServer([`--data=${data}`]);
      const token = await server.signIn("Alice");
      assertEquals(await post(server, token, "one"), 201);
      await (await server.request(ROOM, { token })).body?.cancel();
      // A row inserted by hand occupies the place of the next message.
      const shell = new DatabaseSync(data);
      shell.exec(
        `INSERT INTO events (room, seq, sender, at, kind, text)
         SELECT room, seq + 1, sender, at, kind, 'in its place' FROM events`,
      );
      shell.close();
      assertEquals(await post(server, token, "two"), 201);
      const read = await server.request(ROOM, { token });
      await read.body?.cancel();
      assertEquals(read.status >= 500, true, String(read.status));
      const health = await server.request("/healthz", {});
      await health.body?.cancel();
      assertEquals(health.status, 503);
      assertEquals(await post(server, token, "three"), 503);
      await server.kill();
      const logs = ["log0", "log1"].map((file) => Deno.readTextFileSync(`${data}-${file}`)).join(
        "",
      );
      assert(logs.includes('"two"'), "what was acknowledged is kept");
      const { code, stderr } = await run("--port=0", `--data=${data}`);
      assertEquals(code, 1);
      assertMatch(stderr, /do not follow those in it.*--damaged=keep-going/);
      const again = await spawnServer([`--data=${data}`, "--damaged=keep-going"]);
      const page = await (await again.request(ROOM, { token })).json();
      const texts = page.messages.map(({ message }: { message: string }) => message);
      assertEquals(texts.includes("two"), true, texts.join());
      await again.kill();
    }),
});

/** Runs a test with the timers of the store in hand. */
function withTimers(run: (directory: string) => Promise<void>): Promise<void> {
  return inDirectory(async (directory) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      await run(directory);
    } finally {
      mock.timers.reset();
    }
  });
}

/** The files of a folder that have a text in them. */
function filesWith(text: string, directory: string): readonly string[] {
  return Array.from(Deno.readDirSync(directory), ({ name }) => name).filter((name) =>
    new TextDecoder("latin1").decode(Deno.readFileSync(`${directory}/${name}`)).includes(text)
  );
}

/** Lets a minute pass, and waits until no file has a text in it any more. */
async function minuteWithout(text: string, directory: string, touch: () => Promise<void>) {
  mock.timers.tick(60_000);
  // A write waits for the thread's current transaction.
  await touch();
  for (let tries = 0; filesWith(text, directory).length > 0 && tries < 1_000; tries++) {
    await new Promise((resolve) => setImmediate(resolve));
    await Deno.stat(directory);
  }
  assertEquals(filesWith(text, directory), []);
}

Deno.test({
  name: "deleted and replaced texts are in no file a minute later",
  ...needs("read", "write"),
  fn: () =>
    withTimers(async (directory) => {
      const store = await openSqlite({ path: `${directory}/chat.db`, durability: "process" });
      const { team, alice } = await makeStoreFixture(store);
      const secret = "quetzalcoatl";
      // A long text has overflow pages.
      await put(store, message(team, alice, `${secret} short`), message(team, alice, "between"));
      await put(store, message(team, alice, `${secret} ${"long ".repeat(3_000)}`));
      await put(store, message(team, alice, `${secret} unedited`));
      await store.pageBefore(team.id, 99, { limit: 9, maxLength: 99_999 });
      assert(filesWith("quetzal", directory).length > 0);
      await put(store, remove(team, alice, 1), remove(team, alice, 3), edit(team, alice, 4, "x"));
      assert(filesWith("quetzal", directory).length > 0);
      await minuteWithout("quetzal", directory, () => store.setLevel(team.id, alice.id, "all"));
      await store.close();
    }),
});

Deno.test({
  name: "what was too old is in no file a minute later: neither texts, files nor polls",
  ...needs("read", "write"),
  fn: () =>
    withTimers(async (directory) => {
      const store = await openSqlite({ path: `${directory}/chat.db`, durability: "process" });
      const { team, alice, bob } = await makeStoreFixture(store);
      const secret = "quetzalcoatl";
      const file = { id: "f", room: team.id, uploader: alice.id, name: secret, expiresAt: AT + 9 };
      await store.beginFile(file);
      await store.addFilePart("f", new TextEncoder().encode(secret.repeat(5_000)), 10_000_000);
      const content = { type: "application/octet-stream", width: null, height: null };
      await store.finishFile("f", content);
      const poll = { question: secret, options: [`${secret} 1`, `${secret} 2`] };
      await put(
        store,
        ...upTo(99).map((n) => message(team, n % 2 ? alice : bob, `${secret}${n}`)),
        message(team, alice, `${secret} with a file`, { files: ["f"] }),
        { ...message(team, alice, ""), poll } as Append,
      );
      await store.saveMessage(bob.id, { room: team.id, seq: 1 }, AT);
      await store.pageBefore(team.id, 999, { limit: 9, maxLength: 99_999 });
      await put(store, change(team, alice, { retentionDays: 1 }));
      assert(filesWith("quetzal", directory).length > 0);
      await deleteOld(store, AT + 86_400_000);
      while (await store.sweepFiles(AT + 86_400_000));
      await minuteWithout("quetzal", directory, () => store.setLevel(team.id, alice.id, "all"));
      await store.close();
      assertEquals(filesWith("quetzal", directory), []);
    }),
});
