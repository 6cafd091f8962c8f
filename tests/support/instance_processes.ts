/**
 * Several instances, each in its own process, on one PostgreSQL.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { ClientSwarm, Posted } from "./client_swarm.ts";
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
