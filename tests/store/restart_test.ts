// Kills and stops a server in its own process, as operators run it.
import { assert, assertEquals, assertLess, assertMatch, assertNotEquals } from "@std/assert";
import { ClientSwarm, freePort, wholeLog } from "../support/client_swarm.ts";
import { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import { RawSocket } from "../support/raw_socket.ts";
import { spawnServer } from "../support/server.ts";

const permissions = needs("net", "read", "write", "run");

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** A temporary directory. */
async function temporary(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test({
  name:
    "a server killed repeatedly under load neither loses nor duplicates an acknowledged message",
  ...permissions,
  async fn() {
    await using directory = await temporary();
    const port = freePort();
    const args = [`--data=${directory.path}/hubbub.db`, `--port=${port}`, "--rate=0", "--grace=0"];
    let server = await spawnServer(args);
    const each = 500;
    const swarm = await ClientSwarm.gather([server], { senders: 4, followers: 2, each });
    for (const share of [0.1, 0.25, 0.4, 0.6, 0.75, 0.9]) {
      await swarm.acknowledged(share);
      swarm.serverIsDown(server);
      await server.kill();
      server = await spawnServer(args);
      swarm.serverIsUp(server);
    }
    await swarm.done();
    const log = await wholeLog(server, swarm.token);
    const total = each * swarm.senders.length;
    assertEquals(log.map(({ seq }) => seq), Array.from({ length: total }, (_, i) => i + 1));
    for (const { name, acknowledged } of swarm.senders) {
      const own = log.filter(({ sender }) => sender === name);
      // Each once, in the order of sending.
      assertEquals(own.map(({ key }) => key), Array.from({ length: each }, (_, i) => `k${i}`));
      for (const { seq, key } of own) assertEquals(acknowledged.get(key), seq);
    }
    for (const { seen } of [...swarm.followers, ...swarm.senders]) {
      assertEquals(seen.map(({ seq }) => seq), log.map(({ seq }) => seq));
      assertEquals(seen.map(({ message }) => message), log.map(({ message }) => message));
    }
    assertEquals(swarm.epochs.size, 1);
    await swarm.leave();
    await server.kill();
  },
});

Deno.test({
  name:
    "on SIGTERM the server closes with 1001 and exits within 5 s, even if clients do not respond",
  ...permissions,
  async fn() {
    await using directory = await temporary();
    const server = await spawnServer([
      `--data=${directory.path}/hubbub.db`,
      "--rate=0",
      "--log-level=warn",
    ]);
    const peers = [await server.guest("Alice"), await server.guest("Bob", ["chat.batch.v1"])];
    const [alice] = peers;
    assert(alice !== undefined);
    await alice.ask({ type: "join", room: "general" });
    using deaf = await RawSocket.open(server.url, "/ws?name=Deaf");
    await deaf.send({ type: "join", room: "general" });
    using _half = await RawSocket.dial(server.url);
    await _half.write("POST /api/session HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n");
    // A request under way when the signal arrives is still executed.
    for (let i = 0; i < 100; i++) {
      alice.send({ type: "room_message", room: "general", message: `${i}`, key: `k${i}` });
    }
    await alice.next((frame) => "key" in frame && frame.key === "k99");
    const asked = performance.now();
    const status = await server.kill("SIGTERM");
    assertLess(performance.now() - asked, 5_000);
    assertEquals([status.code, status.signal], [0, null]);
    const goodbye = { code: 1001, reason: "server is shutting down" };
    for (const peer of peers) assertEquals(await peer.closed, goodbye);
    assertEquals(await deaf.close(), goodbye);
    // The next server has everything.
    const next = await spawnServer([`--data=${directory.path}/hubbub.db`]);
    const token = await next.signIn("Reader");
    assertEquals((await wholeLog(next, token)).length, 100);
    await next.kill();
  },
});

Deno.test({
  name: "on a second SIGTERM the server exits without waiting",
  ...permissions,
  async fn() {
    const server = await spawnServer(["--data=:memory:", "--log-level=error"]);
    // Otherwise there would be nothing to wait for.
    using deaf = await RawSocket.open(server.url, "/ws?name=Deaf");
    void server.kill("SIGINT");
    assertEquals((await deaf.close()).code, 1001);
    const { code } = await server.kill("SIGTERM");
    assertEquals(code, 1);
  },
});

Deno.test({
  name: "a file from a killed server opens with its accounts, sessions and rooms",
  ...permissions,
  async fn() {
    await using directory = await temporary();
    const args = [`--data=${directory.path}/hubbub.db`];
    const before = await spawnServer(args);
    const token = await before.signIn("Alice");
    const alice = await before.member(token);
    await alice.ask({ type: "create_room", room: "club", kind: "private", title: "The club" });
    await before.kill();
    assertNotEquals((await alice.closed).code, 1000);
    const after = await spawnServer(args);
    const again = await after.member(token);
    const [welcome] = again.frames;
    assert(welcome?.type === "welcome");
    assertEquals(welcome.rooms.map(({ room, kind, title }) => [room, kind, title]), [
      ["club", "private", "The club"],
      ["general", "public", undefined],
    ]);
    const taken = await after.request("/api/session", { method: "POST", body: { name: "alice" } });
    assertEquals([taken.status, (await taken.json()).code], [409, "name_taken"]);
    await again.close();
    await after.kill();
  },
});

/** Runs a server that should not start; returns its output. */
async function refusal(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const permissions = [
    "--allow-read",
    "--allow-write",
    "--allow-net",
    "--allow-env=HUBBUB_*,DATABASE_URL,PG*",
  ];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, MAIN, ...args],
    env: { ...env, NO_COLOR: "1" },
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout)], [1, ""]);
  return new TextDecoder().decode(stderr).trim();
}

Deno.test({
  name: "a server that cannot start prints the reason in one sentence",
  ...permissions,
  async fn(t) {
    await using directory = await temporary();
    const data = `${directory.path}/hubbub.db`;
    const other = `${directory.path}/other.db`;
    const server = await spawnServer([`--data=${data}`]);
    const { port } = new URL(server.url);
    await Deno.writeTextFile(`${directory.path}/letter.txt`, "Dear Bob, ".repeat(1_000));
    const cases: readonly (readonly [name: string, args: string[], says: RegExp])[] = [
      [
        "the data file is another server's",
        [`--data=${data}`, "--port=0"],
        /^Cannot open store: \S+: another server has it open\. Stop that one, or give another path\.$/,
      ],
      [
        "the data file is none",
        [`--data=${directory.path}/letter.txt`, "--port=0"],
        /^Cannot open store: \S+: it is not a SQLite database\. Give another path, .+\.$/,
      ],
      [
        "the port is in use",
        [`--data=${other}`, `--port=${port}`],
        /^Port \d+ is in use: choose another with --port or HUBBUB_PORT, or stop what uses it$/,
      ],
      [
        "a setting is wrong",
        ["--port=http"],
        /^Cannot use --port: it must be a whole number from 0 to 65535, received "http"$/,
      ],
      [
        "a flag is unknown",
        ["--prot=1"],
        /^Unknown argument "--prot=1": see --help for the settings$/,
      ],
    ];
    for (const [name, args, says] of cases) {
      await t.step(name, async () => assertMatch(await refusal(args), says));
    }
    await t.step("an invalid environment variable", async () => {
      const said = await refusal([], { HUBBUB_RATE: "lots" });
      assertMatch(said, /^Cannot use HUBBUB_RATE: it must be a whole number from 0 to 1000000, /);
    });
    // The first server is unaffected.
    const alice = await Peer.open(`${server.ws}?name=Alice`);
    await alice.close();
    await server.kill();
  },
});
