// A disk that fills up under a running server: a real file, and failing writes.
import { assert, assertEquals, assertGreater } from "@std/assert";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { Sessions } from "../../lib/auth/sessions.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { makeStoreFixture } from "./contract/fixture.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { wholeLog } from "../support/client_swarm.ts";
import type { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import { call, upgradeRequest } from "../support/server_fixture.ts";
import { type ServerProcess, spawnServer, START } from "../support/server.ts";

const permissions = needs("net", "read", "write", "run", "sys");

/** A directory for the data file, whose free space can be used up. */
interface Disk extends AsyncDisposable {
  readonly path: string;
  fill(server: ServerProcess): Promise<void>;
  free(server: ServerProcess): Promise<void>;
}

async function run(program: string, ...args: string[]): Promise<boolean> {
  const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
  return (await command.output().catch(() => ({ success: false }))).success;
}

/** A small file system, filled to the last byte: ENOSPC. `null` if it cannot be mounted. */
async function smallFileSystem(): Promise<Disk | null> {
  const path = await Deno.makeTempDir();
  if (!await run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", path)) {
    await Deno.remove(path);
    return null;
  }
  const ballast = `${path}/ballast`;
  return {
    path,
    async fill() {
      using file = await Deno.open(ballast, { create: true, append: true });
      for (const size of [65_536, 1]) {
        const chunk = new Uint8Array(size);
        while (await file.write(chunk).catch(() => 0) > 0);
      }
    },
    free: () => Deno.remove(ballast),
    async [Symbol.asyncDispose]() {
      await run("umount", "-l", path);
      await Deno.remove(path);
    },
  };
}

/** An ordinary directory, and a file size limit on the server's process: EFBIG. */
async function quota(): Promise<Disk> {
  const path = await Deno.makeTempDir();
  const allow = async ({ process }: ServerProcess, bytes: string) => {
    assert(await run("prlimit", `--pid=${process.pid}`, `--fsize=${bytes}:unlimited`));
  };
  return {
    path,
    fill: (server) => allow(server, "0"),
    free: (server) => allow(server, "unlimited"),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** A server that ignores the signal of an exceeded file size limit. */
function start({ path }: Disk): Promise<ServerProcess> {
  return spawnServer([`--data=${path}/hubbub.db`, "--rate=0", "--grace=0", "--log-level=silent"], {
    deno: "/bin/sh",
    command: ["-c", 'trap \'\' XFSZ; exec "$0" "$@"', Deno.execPath(), ...START],
  });
}

function isMessage(frame: ServerFrame) {
  return frame.type === "room_message";
}

/** Sends a message. @returns Whether it was acknowledged; otherwise refused for now. */
async function say(peer: Peer, key: string, message: string): Promise<boolean> {
  const answer = await peer.ask({ type: "room_message", room: "general", message, key });
  if (answer.type === "error") assertEquals(answer.code, "try_again");
  return answer.type === "room_message";
}

async function found(peer: Peer, query: string): Promise<number> {
  const answer = await peer.ask({ type: "search", query, limit: 100 });
  assert(answer.type === "search_results", JSON.stringify(answer));
  return answer.messages.length;
}

/** Sends every request that stores data: each succeeds in the space left, or is refused clearly. */
async function assertRefusesClearly(server: ServerProcess, token: string): Promise<void> {
  let refused = 0;
  for (let n = 0; n < 40 && refused < 8; n++) {
    const guest = await upgradeRequest(server, `/ws?name=Guest${n}`);
    const person = { name: `Person ${n}` };
    const answers = [
      guest,
      await call(server, "/api/session", { method: "POST", body: person }),
      await call(server, "/api/devices", { method: "POST", token }),
      await call(server, "/api/session/passkey/options", { method: "POST" }),
    ];
    for (const { status, code } of answers) {
      assert(status < 300 || code === "storage_full" || code === "try_again", `${status} ${code}`);
      if (status > 500) refused += 1;
    }
  }
  assertGreater(refused, 7);
}

async function prove(disk: Disk): Promise<void> {
  const server = await start(disk);
  const token = await server.signIn("Alice");
  const alice = await server.member(token);
  const bob = await server.member(await server.signIn("Bob"));
  for (const peer of [alice, bob]) await peer.ask({ type: "join", room: "general" });
  for (let i = 1; i <= 10; i++) assert(await say(alice, `early ${i}`, `early ${i}`));
  assertEquals(await found(bob, "early"), 10);
  for (let i = 1; i <= 5; i++) assert(await say(alice, `late ${i}`, `late ${i}`));

  await disk.fill(server);
  // The file may have some free space of its own; after that, none.
  let stored = 15;
  for (const length of [8_000, 1]) {
    while (await say(alice, `full ${stored}`, `full ${"x".repeat(length)}`)) stored += 1;
  }
  const refused = `full ${stored}`;
  for (let i = 0; i < 3; i++) assert(!await say(alice, refused, "again and again"));

  await assertRefusesClearly(server, token);

  // No unstored message was shown; every stored one can be read, also by new clients.
  await bob.sync();
  assertEquals(bob.frames.filter(isMessage).length, stored);
  const newcomer = await server.member(token);
  const joined = await newcomer.ask({ type: "join", room: "general" });
  assertEquals(joined.type === "joined" && joined.seq, stored);
  assertEquals((await wholeLog(server, token)).length, stored);
  assertEquals(await found(bob, "early"), 10);
  // Messages indexed later cannot be found yet; but the search answers.
  assert(await found(bob, "late") <= 5);

  await disk.free(server);
  assert(await say(alice, refused, "room again"));
  await bob.next((frame) => frame.type === "room_message" && frame.seq === stored + 1);
  assertEquals(await found(bob, "late"), 5);
  assertEquals(await found(bob, "room again"), 1);
  for (const peer of [alice, bob, newcomer]) await peer.close();
  await server.kill();

  const after = await start(disk);
  const log = await wholeLog(after, token);
  assertGreater(log.length, 15);
  assertEquals(log.map(({ seq }) => seq), Array.from({ length: stored + 1 }, (_, i) => i + 1));
  assertEquals(log.at(-1)?.key, refused);
  await after.kill();
}

Deno.test({
  name:
    "a full disk: nothing is acknowledged, reading goes on, and with room again so does the rest",
  ...permissions,
  async fn() {
    await using disk = await smallFileSystem();
    if (disk === null) return console.log("ignored: no file system may be mounted here");
    await prove(disk);
  },
});

Deno.test({
  name: "an exceeded file size limit has the same effect",
  ...permissions,
  async fn() {
    await using disk = await quota();
    await prove(disk);
  },
});

Deno.test("a session whose use cannot be recorded still authenticates its user", async () => {
  const clock = new FakeClock();
  const store = await openSqlite({ path: ":memory:", durability: "process" });
  const touchSession = () => Promise.reject(new Error("database or disk is full"));
  const { alice: account } = await makeStoreFixture(store);
  const sessions = new Sessions({ ...store, touchSession }, clock);
  const token = await sessions.create(account, "a browser");
  await clock.advance(86_400_000);
  assertEquals((await sessions.authenticate(token))?.account, account);
  await store.close();
});
