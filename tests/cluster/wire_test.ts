// Several instances, each in its own process, on one PostgreSQL, over the network.
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { CLOSE_CODES } from "../../lib/protocol/errors.ts";
import { ClientSwarm, wholeLog } from "../support/client_swarm.ts";
import {
  assertComplete,
  end,
  startInstance,
  startInstances,
  staysThroughCuts,
} from "../support/instance_processes.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { startProxy } from "../support/proxy.ts";
import { type ServerProcess, startServer } from "../support/server.ts";
import { call, closeCode, startServerFixture } from "../support/server_fixture.ts";

const cluster = usePostgres();

/** The database restarts within a test; and its driver keeps a timer a little longer. */
const loose = { ignore, sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "instances are killed and started under load: nothing is lost, duplicated or out of order",
  ignore,
  async fn() {
    await using them = await startInstances(cluster, 3);
    const { database, servers } = them;
    const each = 250;
    const swarm = await ClientSwarm.gather(servers, { senders: 6, followers: 3, each });
    const running: ServerProcess[] = [...servers];
    for (const share of [0.15, 0.4, 0.65]) {
      await swarm.acknowledged(share);
      const victim = running.shift();
      assert(victim !== undefined);
      swarm.serverIsDown(victim);
      await end(victim);
      const next = await startInstance({ cluster, database });
      running.push(next);
      swarm.serverIsUp(next);
    }
    await swarm.done();
    const [reader] = running;
    assert(reader !== undefined);
    assertComplete(swarm, await wholeLog(reader, swarm.token), each);
    await swarm.leave();
    for (const server of running) await end(server);
  },
});

Deno.test({
  name:
    "instances are replaced one by one under load: clients are told to reconnect, and lose nothing",
  ignore,
  async fn() {
    await using them = await startInstances(cluster, 2);
    const { database, servers } = them;
    const each = 250;
    const swarm = await ClientSwarm.gather(servers, { senders: 4, followers: 2, each });
    const started: ServerProcess[] = [];
    for (const [i, old] of servers.entries()) {
      await swarm.acknowledged(0.2 + i * 0.3);
      const next = await startInstance({ cluster, database });
      started.push(next);
      swarm.serverIsUp(next);
      swarm.serverIsDown(old);
      await end(old, "SIGTERM");
    }
    await swarm.done();
    const [reader] = started;
    assert(reader !== undefined);
    assertComplete(swarm, await wholeLog(reader, swarm.token), each);
    for (const { trouble } of swarm.birds) assertNotEquals(trouble.goodbyes, 0);
    await swarm.leave();
    for (const server of started) await end(server);
  },
});

Deno.test({
  name:
    "connections to the database are cut and go silent: clients stay connected, and miss nothing",
  ignore,
  async fn() {
    const database = await cluster.make();
    await using one = startProxy(cluster.url(database));
    await using two = startProxy(cluster.url(database));
    const servers = [
      await startInstance({ cluster, database, proxy: one }),
      await startInstance({ cluster, database, proxy: two }),
    ] as const;
    await staysThroughCuts(servers, [one, two], 400);
    await cluster.drop(database);
  },
});

Deno.test({
  name: "the database restarts under load: clients stay connected, are refused, and retry",
  ...loose,
  async fn() {
    await using them = await startInstances(cluster, 2);
    const { servers } = them;
    const each = 400;
    const swarm = await ClientSwarm.gather(servers, { senders: 4, followers: 2, each });
    for (const share of [0.2, 0.6]) {
      await swarm.acknowledged(share);
      await cluster.stop();
      await swarm.refused();
      await cluster.start();
    }
    await swarm.done();
    assertComplete(swarm, await wholeLog(servers[0], swarm.token), each);
    for (const { trouble } of swarm.birds) assertEquals(trouble.stays, 1);
    assert(swarm.senders.some(({ trouble }) => trouble.refusals > 0));
    await swarm.leave();
  },
});

Deno.test({
  name: "presence is known at every instance, also when an instance dies silently",
  ignore,
  async fn() {
    await using them = await startInstances(cluster, 2);
    const [one, two] = them.servers;
    assert(two !== undefined);
    const watcher = await one.guest("Watcher");
    const token = await two.signIn("Alice");
    const alice = await two.member(token);
    const receives = async (name: string, state: string) =>
      await watcher.next((frame) =>
        frame.type === "presence" && frame.name === name && frame.state === state
      );
    await receives("Alice", "online");
    alice.send({ type: "presence", state: "away" });
    await receives("Alice", "away");
    const newcomer = await one.guest("Late");
    assert(
      newcomer.frames.some((frame) => frame.type === "welcome" && frame.away.includes("Alice")),
    );
    await end(two);
    await receives("Alice", "offline");
    await watcher.close();
    await newcomer.close();
  },
});

Deno.test({
  name: "a database connection that goes silent makes no user look offline",
  ignore,
  async fn() {
    const database = await cluster.make();
    await using proxy = startProxy(cluster.url(database));
    const one = await startInstance({ cluster, database, proxy });
    const two = await startInstance({ cluster, database });
    const [watcher, alice] = [await one.guest("Watcher"), await two.guest("Alice")];
    await watcher.next((frame) => frame.type === "presence" && frame.name === "Alice");
    proxy.silence();
    // Notices sent after the silence are received only once the connection is back.
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
  name: "an instance without its database accepts no new clients, and accepts them when it is back",
  ...loose,
  async fn() {
    await using them = await startInstances(cluster, 1);
    const [server] = them.servers;
    const until = async (status: number) => {
      while ((await call(server, "/healthz")).status !== status);
    };
    const alice = await server.guest("Alice");
    const token = await server.signIn("Bob");
    await cluster.stop();
    await until(503);
    assertEquals((await call(server, "/readyz", { token })).status, 503);
    assertEquals((await call(server, "/livez", { token })).status, 200);
    for (const path of ["/api/session", "/api/sessions", "/api/rooms/general/messages"]) {
      assertEquals((await call(server, path, { token })).code, "try_again");
    }
    await cluster.start();
    await until(200);
    await alice.sync();
    await alice.close();
  },
});

Deno.test({
  name: "a moderation decision at one instance takes effect at every other at once",
  ...loose,
  async fn() {
    const database = await cluster.make();
    const settings = { database: cluster.url(database) };
    const fixture = await startServerFixture(settings);
    const other = await startServer(settings);
    const mo = await fixture.member(fixture.mo);
    await mo.ask({ type: "join", room: "general" });
    const people = ["Alice", "Bob", "Carl"].map(async (name) => {
      const token = await fixture.join(name);
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

    await call(fixture, "/api/session", { method: "DELETE", token: carl.token });
    assertEquals(await closeCode(carl.peer), CLOSE_CODES.signed_out.code);

    for (const peer of [mo, alice.peer]) await peer.close();
    for (const server of [fixture, other]) await server.stop();
    await cluster.drop(database);
  },
});
