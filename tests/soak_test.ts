// The real thing: servers in processes of their own, real sockets, lines that are delayed, stalled
// and cut, and servers that are killed at any moment. Some seconds of it with the other tests;
// `deno task soak --minutes 10` for longer, `--seed` for the same series of troubles again.
import { assert, assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { Ledger } from "./soak/ledger.ts";
import { Person } from "./soak/person.ts";
import { type Instance, Weather } from "./soak/weather.ts";
import { freePort, type Posted } from "./support/flock.ts";
import { needs } from "./support/permissions.ts";
import { ignore, usePostgres } from "./support/postgres.ts";
import { type Proxy, startProxy } from "./support/proxy.ts";
import { Random } from "./support/random.ts";
import { type ServerProcess, spawnServer } from "./support/server.ts";

/** How long each store is shaken without `--minutes`, in ms. */
const SHORT = 6_000;

/** How long everything may take to be well again, in ms: only a failing test waits that long. */
const PATIENCE = 60_000;

const INSIDERS = 6;
const OUTSIDERS = 4;
const INNER = "inner";

const args = parseArgs(Deno.args, { string: ["minutes", "seed"] });
const length = args.minutes === undefined ? SHORT : Number(args.minutes) * 30_000;
const seed = Number(args.seed ?? Math.floor(Math.random() * 2 ** 32));

const cluster = usePostgres();

/** An instance behind its lines. @param store The setting that says where its store is. */
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

/** Shakes instances of one store for a while, and looks whether every promise was kept. */
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

  const weather = new Weather(random);
  weather.begin(instances, people);
  const lives = people.map((person) => person.live());
  await pause(length);
  await weather.clear();
  for (const person of people) person.hush();
  await allSettled(people);
  for (const person of people) person.leave();
  await Promise.all(lives);

  // Every instance tells the same in the end, and all of it.
  for (const server of weather.servers) {
    for (const room of ["general", INNER]) ledger.audit(room, await wholeLog(server, room, reader));
    await end(server);
  }
  console.log(JSON.stringify({ store, ...figuresOf(people, weather, ledger) }));
  assertEquals(ledger.faults, []);
  assert(ledger.promises > 0 && weather.troubles.kills > 0);
}

/** Signs everybody in while it is quiet, and makes the room that some must not know of. */
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
  await host.close();
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

function figuresOf(people: readonly Person[], { troubles }: Weather, { promises }: Ledger) {
  const sums: Record<string, number> = {};
  for (const { figures } of people) {
    for (const [name, count] of Object.entries(figures)) sums[name] = (sums[name] ?? 0) + count;
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
  name: "a data file under storms: what was promised is there once, in order, for whom it is for",
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
  name: "two instances on PostgreSQL under storms: the same, and the same from both",
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
