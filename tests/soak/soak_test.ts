// The soak test: servers in their own processes, real sockets, connections that are delayed,
// stalled and cut, and servers that are killed at random. A few seconds of it run with the other
// tests; `deno task soak --minutes 10` runs longer, `--seed` repeats a series of faults.
import { assert, assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { Ledger } from "./ledger.ts";
import { Person } from "./person.ts";
import { Chaos, type Instance } from "./chaos.ts";
import { freePort, type Posted } from "../support/client_swarm.ts";
import { needs } from "../support/permissions.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { Random } from "../support/random.ts";
import { type ServerProcess, spawnServer } from "../support/server.ts";

/** The duration per store without `--minutes`, in ms. */
const SHORT = 6_000;

/** The timeout for recovery, in ms: only a failing test waits that long. */
const PATIENCE = 60_000;

const INSIDERS = 6;
const OUTSIDERS = 4;
const INNER = "inner";

const args = parseArgs(Deno.args, { string: ["minutes", "seed"] });
const length = args.minutes === undefined ? SHORT : Number(args.minutes) * 30_000;
const seed = Number(args.seed ?? Math.floor(Math.random() * 2 ** 32));

const cluster = usePostgres();

/** An instance behind its proxies. @param store The setting that names its store. */
function instance(store: string, wire?: Proxy): Instance & { readonly port: number } {
  const port = freePort();
  const quiet = ["--rate=0", "--grace=0", "--log-level=silent"];
  return {
    port,
    proxy: startProxy(`http://127.0.0.1:${port}`),
    ...(wire === undefined ? {} : { wire }),
    start: () => spawnServer([store, `--port=${port}`, ...quiet]),
  };
}

/** Injects faults into the instances of one store for a while, and checks every guarantee. */
async function soak(store: string, instances: readonly Instance[]): Promise<void> {
  console.log(`${store}: --seed=${seed}`);
  const random = new Random(seed);
  const ledger = new Ledger();
  const [first] = instances;
  assert(first !== undefined);
  const { tokens, reader } = await settleIn(first);
  const people = tokens.map((token, i) => {
    const isInside = i < INSIDERS;
    const chance = random.fork();
    return new Person({
      ...{ name: nameOf(i), token, ledger, random: chance },
      rooms: isInside ? ["general", INNER] : ["general"],
      ...(isInside ? {} : { hidden: { room: INNER, word: `secret-of-${INNER}` } }),
      address: () => `${chance.pick(instances).proxy.url.replace("http", "ws")}/ws`,
    });
  });

  const chaos = new Chaos(random);
  chaos.begin(instances, people);
  const lives = people.map((person) => person.live());
  await pause(length);
  await chaos.clear();
  for (const person of people) person.dismiss();
  await allSettled(people);
  for (const person of people) person.leave();
  await Promise.all(lives);

  // In the end every instance returns the same, complete log.
  for (const server of chaos.servers) {
    for (const room of ["general", INNER]) ledger.audit(room, await wholeLog(server, room, reader));
    await end(server);
  }
  console.log(JSON.stringify({ store, ...statisticsOf(people, chaos, ledger) }));
  assertEquals(ledger.faults, []);
  assert(ledger.promises > 0 && chaos.troubles.kills > 0);
}

/** Signs all users in before the faults begin, and creates the hidden room. */
async function settleIn({ start }: Instance): Promise<{ tokens: string[]; reader: string }> {
  const server = await start();
  const tokens: string[] = [];
  for (let i = 0; i < INSIDERS + OUTSIDERS; i++) tokens.push(await server.signIn(nameOf(i)));
  const [reader] = tokens;
  assert(reader !== undefined);
  const host = await server.member(reader);
  await host.ask({ type: "join", room: "general" });
  await host.ask({ type: "create_room", room: INNER, kind: "private" });
  for (let i = 1; i < INSIDERS; i++) {
    await host.ask({ type: "invite", room: INNER, name: nameOf(i) });
  }
  const inner = host.roomId(INNER);
  await host.close();
  for (const token of tokens.slice(1, INSIDERS)) {
    const insider = await server.member(token);
    await insider.ask({ type: "join", room_id: inner });
    await insider.close();
  }
  await end(server);
  return { tokens, reader };
}

async function allSettled(people: readonly Person[]): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!people.every(({ settled }) => settled)) {
    const missing = people.filter(({ settled }) => !settled).map(({ state }) => state);
    assert(Date.now() < deadline, `Not well again: ${missing.join("; ")}`);
    await pause(50);
  }
}

async function wholeLog(server: ServerProcess, room: string, token: string) {
  const log: Posted[] = [];
  for (let more = true; more;) {
    const path = `/api/rooms/${room}/messages?after=${log.length}&limit=100`;
    const page: { messages: Posted[]; more: boolean } =
      await (await server.request(path, { token })).json();
    log.push(...page.messages);
    more = page.more;
  }
  return log;
}

function statisticsOf(people: readonly Person[], { troubles }: Chaos, { promises }: Ledger) {
  const sums: Record<string, number> = {};
  for (const { statistics } of people) {
    for (const [name, count] of Object.entries(statistics)) sums[name] = (sums[name] ?? 0) + count;
  }
  return { seconds: length / 1_000, messages: promises, ...troubles, ...sums };
}

async function end(server: ServerProcess): Promise<void> {
  await server.kill();
  await server.process.stdout.cancel().catch(() => {});
}

function nameOf(i: number): string {
  return `Person ${i}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test({
  name:
    "a data file under chaos: every acknowledged message is stored once, in order, for its room only",
  ...needs("net", "read", "write", "run"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const only = instance(`--data=${directory}/hubbub.db`);
    await soak(`--data=${directory}/hubbub.db`, [only]);
    await only.proxy[Symbol.asyncDispose]();
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "two instances on PostgreSQL under chaos: the same, on both instances",
  ignore,
  async fn() {
    const database = await cluster.make();
    const wires = [startProxy(cluster.url(database)), startProxy(cluster.url(database))];
    const instances = wires.map((wire) => {
      const url = new URL(cluster.url(database));
      url.port = `${wire.port}`;
      return instance(`--database=${url}`, wire);
    });
    await soak("two instances", instances);
    for (const { proxy } of instances) await proxy[Symbol.asyncDispose]();
    for (const wire of wires) await wire[Symbol.asyncDispose]();
    await cluster.drop(database);
  },
});
