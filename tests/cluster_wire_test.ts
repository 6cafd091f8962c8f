// Several instances, each in a process of its own, on one PostgreSQL, over the wire.
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { CLOSE_CODES } from "../lib/protocol.ts";
import { Flock, type Posted, wholeLog } from "./support/flock.ts";
import { ignore, usePostgres } from "./support/postgres.ts";
import { type Proxy, startProxy } from "./support/proxy.ts";
import { type ServerProcess, spawnServer, startServer } from "./support/server.ts";
import { call, closeCode, startTown } from "./support/town.ts";

const cluster = usePostgres();

/** The database is restarted within a test; and its driver keeps a timer a little longer. */
const loose = { ignore, sanitizeOps: false, sanitizeResources: false };

/** Starts an instance. @param proxy Stands between it and the database. */
function startInstance(database: string, proxy?: Proxy): Promise<ServerProcess> {
  const url = new URL(cluster.url(database));
  if (proxy !== undefined) url.port = `${proxy.port}`;
  return spawnServer([`--database=${url}`, "--rate=0", "--grace=1", "--log-level=silent"]);
}

/** Ends an instance, and what is left of its output. */
async function end(server: ServerProcess, signal: Deno.Signal = "SIGKILL"): Promise<void> {
  await server.kill(signal);
  await server.process.stdout.cancel().catch(() => {});
}

/** A database with so many instances, for as long as a test runs. */
async function startInstances<const N extends number>(count: N) {
  const database = await cluster.make();
  const servers: ServerProcess[] = [];
  for (let i = 0; i < count; i++) servers.push(await startInstance(database));
  const [first, ...others] = servers;
  assert(first !== undefined);
  return {
    database,
    servers: [first, ...others] as [ServerProcess, ...ServerProcess[]],
    async [Symbol.asyncDispose]() {
      for (const server of servers) await end(server).catch(() => {});
      await cluster.drop(database);
    },
  };
}

/** Everything was stored once, and everybody has seen all of it, in the order of the log. */
function assertComplete(flock: Flock, log: readonly Posted[], each: number): void {
  const total = each * flock.senders.length;
  const seqs = Array.from({ length: total }, (_, i) => i + 1);
  assertEquals(log.map(({ seq }) => seq), seqs);
  for (const { name, acknowledged } of flock.senders) {
    const own = log.filter(({ sender }) => sender === name);
    assertEquals(new Set(own.map(({ key }) => key)).size, each, `${name} is stored once`);
    for (const { seq, key } of own) assertEquals(acknowledged.get(key), seq);
  }
  for (const { name, seen } of flock.birds) {
    assertEquals(seen.map(({ seq }) => seq), seqs, name);
    assertEquals(seen.map(({ message }) => message), log.map(({ message }) => message));
  }
}

Deno.test({
  name: "instances are killed and started under load: nothing is lost, doubled or out of order",
  ignore,
  async fn() {
    await using them = await startInstances(3);
    const { database, servers } = them;
    const each = 250;
    const flock = await Flock.gather(servers, { senders: 6, followers: 3, each });
    const running: ServerProcess[] = [...servers];
    for (const share of [0.15, 0.4, 0.65]) {
      await flock.acknowledged(share);
      const victim = running.shift();
      assert(victim !== undefined);
      flock.serverIsDown(victim);
      await end(victim);
      const next = await startInstance(database);
      running.push(next);
      flock.serverIsUp(next);
    }
    await flock.done();
    const [reader] = running;
    assert(reader !== undefined);
    assertComplete(flock, await wholeLog(reader, flock.token), each);
    await flock.leave();
    for (const server of running) await end(server);
  },
});

Deno.test({
  name: "instances are replaced one after the other under load: all are told, and nobody notices",
  ignore,
  async fn() {
    await using them = await startInstances(2);
    const { database, servers } = them;
    const each = 250;
    const flock = await Flock.gather(servers, { senders: 4, followers: 2, each });
    const started: ServerProcess[] = [];
    for (const [i, old] of servers.entries()) {
      await flock.acknowledged(0.2 + i * 0.3);
      const next = await startInstance(database);
      started.push(next);
      flock.serverIsUp(next);
      flock.serverIsDown(old);
      await end(old, "SIGTERM");
    }
    await flock.done();
    const [reader] = started;
    assert(reader !== undefined);
    assertComplete(flock, await wholeLog(reader, flock.token), each);
    for (const { trouble } of flock.birds) assertNotEquals(trouble.goodbyes, 0);
    await flock.leave();
    for (const server of started) await end(server);
  },
});

Deno.test({
  name: "the lines to the database are cut and go silent: people keep theirs, and miss nothing",
  ignore,
  async fn() {
    const database = await cluster.make();
    await using one = startProxy(cluster.url(database));
    await using two = startProxy(cluster.url(database));
    const servers = [
      await startInstance(database, one),
      await startInstance(database, two),
    ] as [ServerProcess, ServerProcess];
    const each = 400;
    const flock = await Flock.gather(servers, { senders: 4, followers: 4, each });
    for (const [i, share] of [0.1, 0.2, 0.3, 0.4, 0.5, 0.6].entries()) {
      await flock.acknowledged(share);
      (i % 2 === 0 ? one : two).cut();
    }
    await flock.acknowledged(0.7);
    two.silence();
    await flock.done();
    assertComplete(flock, await wholeLog(servers[0], flock.token), each);
    for (const { trouble } of flock.birds) assertEquals(trouble.stays, 1);
    await flock.leave();
    for (const server of servers) await end(server);
    await cluster.drop(database);
  },
});

Deno.test({
  name: "the database restarts under load: people keep their lines, are refused, and repeat",
  ...loose,
  async fn() {
    await using them = await startInstances(2);
    const { servers } = them;
    const each = 400;
    const flock = await Flock.gather(servers, { senders: 4, followers: 2, each });
    for (const share of [0.2, 0.6]) {
      await flock.acknowledged(share);
      await cluster.stop();
      await flock.refused();
      await cluster.start();
    }
    await flock.done();
    assertComplete(flock, await wholeLog(servers[0], flock.token), each);
    for (const { trouble } of flock.birds) assertEquals(trouble.stays, 1);
    assert(flock.senders.some(({ trouble }) => trouble.refusals > 0));
    await flock.leave();
  },
});

Deno.test({
  name: "who is here is known everywhere: also when an instance dies without a word",
  ignore,
  async fn() {
    await using them = await startInstances(2);
    const [one, two] = them.servers;
    assert(two !== undefined);
    const watcher = await one.guest("Watcher");
    const token = await two.signIn("Alice");
    const alice = await two.member(token);
    const heard = async (name: string, state: string) =>
      await watcher.next((frame) =>
        frame.type === "presence" && frame.name === name && frame.state === state
      );
    await heard("Alice", "online");
    alice.send({ type: "presence", state: "away" });
    await heard("Alice", "away");
    const late = await one.guest("Late");
    assert(late.frames.some((frame) => frame.type === "welcome" && frame.away.includes("Alice")));
    await end(two);
    await heard("Alice", "offline");
    await watcher.close();
    await late.close();
  },
});

Deno.test({
  name: "a line to the database that goes silent makes nobody look gone",
  ignore,
  async fn() {
    const database = await cluster.make();
    await using proxy = startProxy(cluster.url(database));
    const one = await startInstance(database, proxy);
    const two = await startInstance(database);
    const [watcher, alice] = [await one.guest("Watcher"), await two.guest("Alice")];
    await watcher.next((frame) => frame.type === "presence" && frame.name === "Alice");
    proxy.silence();
    // What is said after the silence is only heard once the line is there again.
    await alice.ask({ type: "join", room: "general" });
    const bob = await two.guest("Bob");
    await watcher.next((frame) => frame.type === "presence" && frame.name === "Bob");
    const seen = watcher.frames.flatMap((frame) =>
      frame.type === "presence" ? `${frame.name} ${frame.state}` : []
    );
    assert(!seen.includes("Alice offline"), `${seen}`);
    for (const peer of [watcher, alice, bob]) await peer.close();
    for (const server of [one, two]) await end(server);
    await cluster.drop(database);
  },
});

Deno.test({
  name: "without the database an instance takes no newcomers, and with it again it does",
  ...loose,
  async fn() {
    await using them = await startInstances(1);
    const [server] = them.servers;
    const until = async (status: number) => {
      while ((await call(server, "/healthz")).status !== status);
    };
    const alice = await server.guest("Alice");
    await cluster.stop();
    await until(503);
    await cluster.start();
    await until(200);
    await alice.sync();
    await alice.close();
  },
});

Deno.test({
  name: "what is decided at one instance holds at every other at once",
  ...loose,
  async fn() {
    const database = await cluster.make();
    const settings = { database: cluster.url(database) };
    const town = await startTown(settings);
    const other = await startServer(settings);
    const mo = await town.member(town.mo);
    await mo.ask({ type: "join", room: "general" });
    const people = ["Alice", "Bob", "Carl"].map(async (name) => {
      const token = await town.join(name);
      const peer = await other.member(token);
      await peer.ask({ type: "join", room: "general" });
      return { token, peer };
    });
    const [alice, bob, carl] = await Promise.all(people);
    assert(alice !== undefined && bob !== undefined && carl !== undefined);

    await mo.ask({ type: "kick", room: "general", name: "Alice" });
    assertEquals((await alice.peer.take("left")).room, "general");
    await mo.ask({ type: "room_message", room: "general", message: "hush" });
    await alice.peer.sync();
    assert(!alice.peer.frames.some((frame) => frame.type === "room_message"));

    await mo.ask({ type: "ban", name: "Bob" });
    assertEquals(await closeCode(bob.peer), CLOSE_CODES.banned.code);

    await call(town, "/api/session", { method: "DELETE", token: carl.token });
    assertEquals(await closeCode(carl.peer), CLOSE_CODES.signed_out.code);

    for (const peer of [mo, alice.peer]) await peer.close();
    for (const server of [town, other]) await server.stop();
    await cluster.drop(database);
  },
});
