// Several instances on one PostgreSQL that notify each other over NATS.
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ClientSwarm, wholeLog } from "../support/client_swarm.ts";
import {
  assertComplete,
  end,
  startInstance,
  startInstances,
  staysThroughCuts,
} from "../support/instance_processes.ts";
import { ignore, useNats } from "../support/nats.ts";
import { usePostgres } from "../support/postgres.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { startServer, type TestServer } from "../support/server.ts";

const cluster = usePostgres();
const nats = useNats();

/** The drivers keep timers a little longer than a test runs. */
const loose = { ignore, sanitizeOps: false, sanitizeResources: false };

/** The address of NATS through a proxy. */
function through(way: Proxy): string {
  return `nats://127.0.0.1:${way.port}`;
}

/** Two instances in this process. */
async function startTwo(bus: string = nats.url) {
  const database = await cluster.make();
  const settings = { database: cluster.url(database), bus, rate: 0 };
  const [one, other] = [await startServer(settings), await startServer(settings)];
  return {
    database,
    one,
    other,
    async [Symbol.asyncDispose]() {
      await one.stop();
      await other.stop();
      await cluster.drop(database);
    },
  };
}

Deno.test({
  name: "nats: instances are killed, and NATS too, under load: nothing is lost or out of order",
  ...loose,
  async fn() {
    await using them = await startInstances(cluster, 3, [`--bus=${nats.url}`]);
    const { database, servers } = them;
    const each = 200;
    const swarm = await ClientSwarm.gather(servers, { senders: 6, followers: 3, each });
    const running = [...servers];
    for (const share of [0.2, 0.5]) {
      await swarm.acknowledged(share);
      await nats.stop();
      await swarm.acknowledged(share + 0.1);
      const victim = running.shift();
      assert(victim !== undefined);
      swarm.serverIsDown(victim);
      await end(victim);
      await nats.start();
      const next = await startInstance({ cluster, database, args: [`--bus=${nats.url}`] });
      running.push(next);
      swarm.serverIsUp(next);
    }
    await swarm.done();
    assertComplete(swarm, await wholeLog(running[0]!, swarm.token), each);
    await swarm.leave();
    for (const server of running) await end(server);
  },
});

Deno.test({
  name: "nats: its connections are cut and go silent: clients stay connected, and miss nothing",
  ...loose,
  async fn() {
    const database = await cluster.make();
    await using one = startProxy(nats.url.replace("nats:", "http:"));
    await using two = startProxy(nats.url.replace("nats:", "http:"));
    const servers = [
      await startInstance({ cluster, database, args: [`--bus=${through(one)}`] }),
      await startInstance({ cluster, database, args: [`--bus=${through(two)}`] }),
    ] as const;
    await staysThroughCuts(servers, [one, two], 300);
    await cluster.drop(database);
  },
});

Deno.test({
  name: "nats: conversations, typing, read marks, presence and membership reach the other instance",
  ...loose,
  async fn() {
    await using instances = await startTwo();
    const { one, other } = instances;
    const token = await one.signIn("Alice", "correct horse battery staple");
    const [laptop, phone] = [await one.member(token), await other.member(token)];
    const bob = await other.guest("Bob");
    await laptop.next((frame) => frame.type === "presence" && frame.name === "Bob");
    for (const peer of [laptop, phone, bob]) {
      peer.send({ type: "join", room: "general" });
      await peer.take("joined");
    }
    laptop.send({ type: "room_message", room: "general", message: "hello" });
    await bob.take("room_message");
    laptop.send({ type: "typing", room: "general" });
    assertEquals((await bob.take("typing")).name, "Alice");
    laptop.send({ type: "read", room: "general", seq: 1 });
    assertEquals((await phone.take("read")).seq, 1);
    // No instance has the conversation in memory.
    laptop.send({ type: "private_message", receiver: "Bob", message: "psst" });
    assertEquals((await bob.take("private_message")).message, "psst");
    assertEquals((await phone.take("private_message")).message, "psst");
    bob.send({ type: "private_message", receiver: "Alice", message: "what?" });
    assertEquals(
      (await laptop.next((frame) => frame.type === "private_message" && frame.message === "what?"))
        .type,
      "private_message",
    );
    bob.send({ type: "typing", room: "@Alice" });
    await laptop.next((frame) => frame.type === "typing" && frame.room === "@Bob");
    laptop.send({ type: "leave", room: "general" });
    assertEquals((await bob.take("member_left")).name, "Alice");
    assertEquals((await phone.take("left")).room, "general");
    for (const peer of [laptop, phone, bob]) await peer.close();
  },
});

Deno.test({
  name: "nats: while it is away instances go on, say so, and find what the others store",
  ...loose,
  async fn() {
    await using instances = await startTwo();
    const { one, other } = instances;
    const [alice, bob] = [await one.guest("Alice"), await other.guest("Bob")];
    for (const peer of [alice, bob]) await peer.ask({ type: "join", room: "general" });
    await nats.stop();
    const say = async (message: string) => {
      alice.send({ type: "room_message", room: "general", message });
      await bob.next((frame) => frame.type === "room_message" && frame.message === message);
    };
    await say("one");
    await say("two");
    const carl = await other.guest("Carl");
    await carl.close();
    assertEquals((await other.request("/readyz")).status, 200);
    await nats.start();
    const hasReturned = ({ logged }: TestServer) =>
      logged.some((line) => line.includes("heard again"));
    while (![one, other].every(hasReturned)) await say("are you there?");
    for (const { logged } of [one, other]) {
      assertEquals(logged.filter((line) => line.includes("are not heard")).length, 1);
    }
    await say("three");
    await alice.close();
    await bob.close();
  },
});

Deno.test({
  name: "nats: an instance that would not hear the others is refused, and says why",
  ...loose,
  async fn() {
    await using instances = await startTwo();
    const database = cluster.url(instances.database);
    await assertRejects(
      () => startServer({ database }),
      Error,
      "over NATS. Start this one with their --bus",
    );
    await using plain = await (async () => {
      const database = await cluster.make();
      const server = await startServer({ database: cluster.url(database) });
      return {
        url: cluster.url(database),
        async [Symbol.asyncDispose]() {
          await server.stop();
          await cluster.drop(database);
        },
      };
    })();
    await assertRejects(
      () => startServer({ database: plain.url, bus: nats.url }),
      Error,
      "without --bus. Stop them first",
    );
  },
});
