/**
 * Several instances, each in its own process, on one PostgreSQL.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ClientSwarm, type Posted, wholeLog } from "./client_swarm.ts";
import type { Cluster } from "./postgres.ts";
import type { Proxy } from "./proxy.ts";
import { type ServerProcess, spawnServer } from "./server.ts";

/** How an instance reaches the database and the others. */
export interface InstanceOptions {
  readonly cluster: Cluster;
  readonly database: string;
  /** The proxy between it and the database. */
  readonly proxy?: Proxy;
  /** More arguments. */
  readonly args?: readonly string[];
}

/** Starts an instance. */
export function startInstance(
  { cluster, database, proxy, args = [] }: InstanceOptions,
): Promise<ServerProcess> {
  const url = new URL(cluster.url(database));
  if (proxy !== undefined) url.port = `${proxy.port}`;
  return spawnServer([
    `--database=${url}`,
    "--rate=0",
    "--grace=1",
    "--log-level=silent",
    ...args,
  ]);
}

/** Ends an instance, and discards the rest of its output. */
export async function end(server: ServerProcess, signal: Deno.Signal = "SIGKILL"): Promise<void> {
  await server.kill(signal);
  await server.process.stdout.cancel().catch(() => {});
}

/** Starts `count` instances on a new database; both are removed with the result. */
export async function startInstances(
  cluster: Cluster,
  count: number,
  args: readonly string[] = [],
) {
  const database = await cluster.make();
  const servers: ServerProcess[] = [];
  for (let i = 0; i < count; i++) servers.push(await startInstance({ cluster, database, args }));
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

/** Asserts that each message was stored once, and that every client saw all of them in log order. */
export function assertComplete(swarm: ClientSwarm, log: readonly Posted[], each: number): void {
  const total = each * swarm.senders.length;
  const seqs = Array.from({ length: total }, (_, i) => i + 1);
  assertEquals(log.map(({ seq }) => seq), seqs);
  for (const { name, acknowledged } of swarm.senders) {
    const own = log.filter(({ sender }) => sender === name);
    assertEquals(new Set(own.map(({ key }) => key)).size, each, `${name} is stored once`);
    for (const { seq, key } of own) assertEquals(acknowledged.get(key), seq);
  }
  for (const { name, seen } of swarm.birds) {
    assertEquals(seen.map(({ seq }) => seq), seqs, name);
    assertEquals(seen.map(({ message }) => message), log.map(({ message }) => message));
  }
}

/**
 * Cuts the connections of two instances by turns while clients of both write, lets one go silent, and
 * asserts that each client stays connected and misses nothing. Ends the instances.
 *
 * @param ways What is between each instance and that on which it depends.
 * @param each How many messages each sender writes.
 */
export async function staysThroughCuts(
  servers: readonly [ServerProcess, ServerProcess],
  [one, two]: readonly [Proxy, Proxy],
  each: number,
): Promise<void> {
  const swarm = await ClientSwarm.gather(servers, { senders: 4, followers: 4, each });
  for (const [i, share] of [0.1, 0.2, 0.3, 0.4, 0.5, 0.6].entries()) {
    await swarm.acknowledged(share);
    (i % 2 === 0 ? one : two).cut();
  }
  await swarm.acknowledged(0.7);
  two.silence();
  await swarm.done();
  assertComplete(swarm, await wholeLog(servers[0], swarm.token), each);
  for (const { trouble } of swarm.birds) assertEquals(trouble.stays, 1);
  await swarm.leave();
  for (const server of servers) await end(server);
}
