/**
 * Measures several instances on one PostgreSQL: what a message costs, and how long it takes to the
 * subscribers of another instance.
 *
 *     deno task bench:cluster [--rooms=1000] [--rates=1000] [--seconds=10] [--instances=3]
 *       [--fsync] [--nats] [--main=PATH]
 *
 * Each room has one subscriber at each instance, and each message is sent by one of them at random.
 * `--fsync` makes PostgreSQL sync each commit to the disk, `--nats` takes NATS as the bus, and
 * `--main` measures another version.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { openPostgres } from "../lib/store/postgres/store.ts";
import { prepareNats } from "../tests/support/nats.ts";
import type { Cluster } from "../tests/support/postgres.ts";
import { withPostgres } from "../tests/support/postgres.ts";
import { type ServerProcess, spawnServer, START } from "../tests/support/server.ts";

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    rooms: { type: "string", default: "1000" },
    rates: { type: "string", default: "1000" },
    seconds: { type: "string", default: "10" },
    instances: { type: "string", default: "3" },
    people: { type: "string", default: "20" },
    main: { type: "string", default: START.at(-1)! },
    fsync: { type: "boolean", default: false },
    nats: { type: "boolean", default: false },
  },
});
const ROOMS = Number(options.rooms);
const RATES = options.rates.split(",").map(Number);
const SECONDS = Number(options.seconds);
const INSTANCES = Number(options.instances);
/** The users at each instance, who share the rooms. */
const PEOPLE = Math.min(Number(options.people), ROOMS);

/** How long, in ms, the measurement waits for what is still on its way. */
const DRAIN_MS = 10_000;
/** The interval between two bursts of messages, in ms. */
const TICK_MS = 5;
/** Clock ticks of the kernel per second, as `/proc` counts them. */
const TICKS_PER_SECOND = 100;

/** A subscriber, and what it has received. */
class Client {
  readonly socket: WebSocket;
  readonly instance: number;
  rooms: readonly string[] = [];
  joined = 0;

  constructor(url: string, token: string, instance: number, measured: Measured) {
    this.instance = instance;
    const init = { headers: { authorization: `Bearer ${token}` } };
    this.socket = new WebSocket(url, init as unknown as string[]);
    this.socket.onmessage = ({ data }) => {
      const now = performance.now();
      const frame = JSON.parse(data);
      if (frame.type === "joined") this.joined += 1;
      if (frame.type === "error") measured.refused += 1;
      if (frame.type !== "room_message") return;
      const [sentAt, from] = frame.message.split(" ").map(Number);
      (from === instance ? measured.here : measured.elsewhere).push(now - sentAt);
    };
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.onopen = () => resolve();
      this.socket.onerror = (event) => reject(event);
    });
  }
}

/** What was measured in a run. */
interface Measured {
  refused: number;
  /** The times until a message arrived at the sender's instance, and at the others. */
  here: number[];
  elsewhere: number[];
}

await withPostgres(run, options.fsync ? ["-c", "fsync=on"] : []);

async function run(postgres: Cluster): Promise<void> {
  const database = await postgres.make();
  const url = postgres.url(database);
  const servers: ServerProcess[] = [];
  const nats = options.nats ? prepareNats() : null;
  await nats?.start();
  for (let i = 0; i < INSTANCES; i++) {
    const bus = nats === null ? [] : [`--bus=${nats.url}`];
    const args = [
      ...bus,
      `--database=${url}`,
      "--rate=0",
      "--log-level=warn",
      "--accounts-per-day=0",
    ];
    servers.push(await spawnServer(args, { command: [...START.slice(0, -1), options.main] }));
  }
  const measured: Measured = { refused: 0, here: [], elsewhere: [] };
  const clients = await gather(servers, url, measured);
  console.log(
    "| messages/s | arrived | here p50/p99 ms | elsewhere p50/p99 ms | PostgreSQL µs/message | " +
      "transactions/message | instances µs/message |\n| --- | --- | --- | --- | --- | --- | --- |",
  );
  try {
    for (const rate of RATES) {
      await measure(rate, { postgres, database, servers, clients, measured });
    }
  } finally {
    for (const { socket } of clients) socket.close();
    for (const server of servers) await server.kill();
    await nats?.stop();
  }
}

/** Signs the users in, and brings them into their rooms. */
async function gather(
  servers: readonly ServerProcess[],
  url: string,
  measured: Measured,
): Promise<readonly Client[]> {
  const store = await openPostgres({ url, serving: false });
  const rooms: string[][] = Array.from({ length: PEOPLE }, () => []);
  const ids: number[][] = Array.from({ length: PEOPLE }, () => []);
  for (let n = 0; n < ROOMS; n++) {
    const made = { name: `room-${n}`, kind: "public", title: null, creator: null, at: 0 } as const;
    const room = await store.createRoom(made);
    rooms[n % PEOPLE]!.push(made.name);
    ids[n % PEOPLE]!.push(room!.id);
  }
  const clients: Client[] = [];
  for (const [i, server] of servers.entries()) {
    for (const [n, names] of rooms.entries()) {
      const name = `User-${i}-${n}`;
      const token = await server.signIn(name);
      const account = await store.findAccount(name);
      for (const id of ids[n]!) await store.addMember(id, account!.id, 0);
      const client = new Client(server.ws, token, i, measured);
      client.rooms = names;
      await client.opened();
      for (const room of names) client.socket.send(JSON.stringify({ type: "join", room }));
      clients.push(client);
    }
  }
  await store.close();
  await until(() => clients.every(({ joined, rooms }) => joined === rooms.length), 60_000);
  return clients;
}

async function measure(rate: number, { postgres, database, servers, clients, measured }: {
  readonly postgres: Cluster;
  readonly database: string;
  readonly servers: readonly ServerProcess[];
  readonly clients: readonly Client[];
  readonly measured: Measured;
}): Promise<void> {
  await send(rate, 2, clients);
  await until(() => false, 1_000);
  Object.assign(measured, { refused: 0, here: [], elsewhere: [] });
  const transactions = await transactionsOf(postgres, database);
  const before = await cpuOf(postgres, servers);
  const sent = await send(rate, SECONDS, clients);
  await until(() => measured.here.length + measured.elsewhere.length >= sent * INSTANCES, DRAIN_MS);
  const after = await cpuOf(postgres, servers);
  const statements = await transactionsOf(postgres, database) - transactions;
  const micros = (seconds: number) => Math.round(seconds * 1_000_000 / sent);
  const { here, elsewhere, refused } = measured;
  const columns = [
    `${rate}`,
    `${(100 * (here.length + elsewhere.length) / (sent * INSTANCES)).toFixed(1)} %` +
    (refused > 0 ? `, ${refused} refused` : ""),
    quantiles(here),
    quantiles(elsewhere),
    `${micros(after.postgres - before.postgres)}`,
    (statements / sent).toFixed(2),
    after.servers.map((seconds, i) => micros(seconds - before.servers[i]!)).join(" "),
  ];
  console.log(`| ${columns.join(" | ")} |`);
}

/** Sends messages at a rate, from random subscribers. @returns How many. */
async function send(rate: number, seconds: number, clients: readonly Client[]): Promise<number> {
  const total = rate * seconds;
  const start = performance.now();
  let sent = 0;
  const done = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor((performance.now() - start) * rate / 1_000));
    for (; sent < due; sent++) {
      const { socket, rooms, instance } = clients[Math.floor(Math.random() * clients.length)]!;
      const room = rooms[Math.floor(Math.random() * rooms.length)]!;
      const message = `${performance.now()} ${instance} a message of ordinary length`;
      socket.send(JSON.stringify({ type: "room_message", room, message, key: `${start} ${sent}` }));
    }
    if (sent >= total) done.resolve();
  }, TICK_MS);
  await done.promise;
  clearInterval(timer);
  return sent;
}

/** Waits until a condition holds, for a number of ms at most. */
async function until(isSo: () => boolean, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (!isSo() && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** How many transactions the database has committed, or rolled back. */
async function transactionsOf(postgres: Cluster, database: string): Promise<number> {
  // The sessions report their counts within a second of their last statement.
  await until(() => false, 1_500);
  const [row] = await postgres.run(
    "postgres",
    `SELECT (xact_commit + xact_rollback)::int AS n FROM pg_stat_database
     WHERE datname = '${database}'`,
  );
  return row!.n;
}

/** The CPU seconds of PostgreSQL, with all its processes, and of each instance. */
async function cpuOf(postgres: Cluster, servers: readonly ServerProcess[]) {
  const [row] = await postgres.run(
    "postgres",
    "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid",
  );
  const postmaster: number = row!.pid;
  let ticks = 0;
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(Number(name));
    if (stat === null) continue;
    if (Number(name) === postmaster) ticks += stat.own + stat.children;
    else if (stat.parent === postmaster) ticks += stat.own;
  }
  return {
    postgres: ticks / TICKS_PER_SECOND,
    servers: servers.map(({ process }) => (statOf(process.pid)?.own ?? 0) / TICKS_PER_SECOND),
  };
}

function statOf(pid: number): { parent: number; own: number; children: number } | null {
  try {
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
    const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
    return { parent: Number(fields[1]), own: user! + system!, children: childUser! + childSystem! };
  } catch {
    return null;
  }
}

function quantiles(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]?.toFixed(1) ?? "-";
  return `${at(0.5)} / ${at(0.99)}`;
}
