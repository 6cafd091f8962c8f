/**
 * Measures chat servers that store their messages, each over its own protocol: what a delivery
 * costs, how late it is, and what is still there after `kill -9`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { freePort } from "../../tests/support/client_swarm.ts";
import {
  type Cluster,
  ignore as isPostgresMissing,
  withPostgres,
} from "../../tests/support/postgres.ts";
import { type ChatServer, chatServers, type Place } from "./servers.ts";

/** PostgreSQL as it is shipped: an acknowledged commit survives a power cut. */
const POSTGRES = ["fsync=on", "full_page_writes=on", "autovacuum=on", "shared_buffers=128MB"]
  .flatMap((setting) => ["-c", setting]);

/** The directory of the project. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** How long a server may take to listen, and a measurement until all users are there, in ms. */
const START_MS = 60_000;
const DRIVE_MS = 120_000;

/** The shapes of load. A server that falls far behind in one is still measured in the others. */
export const LOADS = [
  { name: "200 users, 200 messages/s", users: 200, rooms: 1, writers: 50, rate: 200 },
  { name: "1,000 users, 20 messages/s", users: 1_000, rooms: 1, writers: 100, rate: 20 },
  { name: "50 rooms of 10, 500 messages/s", users: 500, rooms: 50, writers: 500, rate: 500 },
] as const;

/** What the driver reports of a load. */
export interface LoadResults {
  readonly window: number;
  readonly delivered: number;
  readonly expected: number;
  readonly cpu: number;
  readonly missing: number;
  readonly double: number;
  readonly p50: number;
  readonly p99: number;
}

/** What was measured of a server. A part is missing where the server did not manage it. */
export interface ChatResults {
  readonly loads: (LoadResults | null)[];
  resume: { readonly ms: number; readonly incomplete: number } | null;
  idle: { readonly kib_each: number } | null;
  killed: { readonly acked: number; readonly missing: number; readonly double: number } | null;
}

/** The options of the measurement. */
export interface ChatOptions {
  readonly isChosen: (server: ChatServer) => boolean;
  readonly seconds: number;
  readonly main?: string | undefined;
  /** Called with a line for each server that is not installed, and for what failed. */
  readonly note: (line: string) => void;
}

/** Measures all servers that are installed, one after the other. */
export async function measureChatServers(
  directory: string,
  options: ChatOptions,
): Promise<ReadonlyMap<ChatServer, ChatResults>> {
  const { isChosen, main, note } = options;
  const driver = await buildDriver(directory);
  const results = new Map<ChatServer, ChatResults>();
  if (driver === null) {
    note("The chat servers are left out: their driver requires Go 1.22");
    return results;
  }
  for (const server of chatServers(main).filter(isChosen)) {
    const lacking = await lacks(server);
    if (lacking !== null) note(`${server.name} is left out: ${lacking}`);
    else {results.set(
        server,
        await withDatabase(server, (cluster) => {
          return new Measurement(server, driver, cluster, options).run();
        }),
      );}
  }
  return results;
}

/** What a server lacks, and how to install it. */
async function lacks({ program, install, needsDatabase }: ChatServer): Promise<string | null> {
  if (needsDatabase && isPostgresMissing) return "apt install postgresql";
  const found = await new Deno.Command("/bin/sh", {
    args: ["-c", 'command -v "$1" >/dev/null', "sh", program],
  }).output();
  return found.success ? null : install;
}

async function buildDriver(directory: string): Promise<string | null> {
  const program = `${directory}/driver`;
  try {
    const { success } = await new Deno.Command("go", {
      args: ["build", "-o", program, "."],
      cwd: fileURLToPath(new URL("driver", import.meta.url)),
      stderr: "inherit",
    }).output();
    return success ? program : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Runs a measurement with a PostgreSQL of its own if the server needs one. */
async function withDatabase<T>(
  { needsDatabase }: ChatServer,
  run: (cluster: Cluster | null) => Promise<T>,
): Promise<T> {
  if (!needsDatabase) return await run(null);
  let result: T | undefined;
  await withPostgres(async (cluster) => void (result = await run(cluster)), POSTGRES);
  return result!;
}

/** The measurement of one server. */
class Measurement {
  readonly #server: ChatServer;
  readonly #driver: string;
  readonly #cluster: Cluster | null;
  readonly #options: ChatOptions;

  constructor(server: ChatServer, driver: string, cluster: Cluster | null, options: ChatOptions) {
    this.#server = server;
    this.#driver = driver;
    this.#cluster = cluster;
    this.#options = options;
  }

  async run(): Promise<ChatResults> {
    const results: ChatResults = { loads: [], resume: null, idle: null, killed: null };
    for (const { name: _name, ...load } of LOADS) {
      const { seconds } = this.#options;
      results.loads.push(await this.#anew((place) => this.#drive(place, { ...load, seconds })));
    }
    results.resume = await this.#anew((place) => this.#drive(place, { mode: "resume" }));
    results.idle = await this.#anew((place) =>
      this.#drive(place, { mode: "idle", users: 1_000, rooms: 50 })
    );
    results.killed = await this.#kill();
    return results;
  }

  /** Runs a measurement of a server without data. @returns `null` if it failed. */
  async #anew<T>(measure: (place: Place) => Promise<T>, kills = false): Promise<T | null> {
    const { schema, configuration, name } = this.#server;
    const cluster = this.#cluster;
    const directory = await Deno.makeTempDir({ prefix: "hubbub-chat-" });
    const database = await cluster?.make("empty");
    const url = database === undefined ? "" : cluster?.url(database) ?? "";
    const place = { directory, port: freePort(), database: url };
    try {
      if (schema && database !== undefined) await cluster?.run(database, await schema());
      if (configuration) {
        const [file, text] = configuration(place);
        await Deno.writeTextFile(`${directory}/${file}`, text);
      }
      if (kills) return await measure(place);
      const process = await this.#start(place);
      try {
        return await measure(place);
      } finally {
        await end(process);
      }
    } catch (error) {
      this.#options.note(`${name}: ${error instanceof Error ? error.message : error}`);
      return null;
    } finally {
      if (database !== undefined) await cluster?.drop(database);
      await Deno.remove(directory, { recursive: true });
    }
  }

  /** Kills the server and its database while ten users write, and reads what is left. */
  #kill(): Promise<ChatResults["killed"]> {
    return this.#anew(async (place) => {
      const file = `${place.directory}/acknowledged`;
      const users = { users: 10, writers: 10, rate: 300, file };
      const process = await this.#start(place);
      await this.#drive(place, { mode: "kill", ...users, seconds: 5 }, process);
      await process.status;
      if (this.#cluster !== null) {
        await this.#cluster.stop();
        await this.#cluster.start();
      }
      const again = await this.#start(place);
      try {
        return await this.#drive(place, { mode: "verify", ...users }, again);
      } finally {
        await end(again);
      }
    }, true);
  }

  #process: Deno.ChildProcess | undefined;

  async #start(place: Place): Promise<Deno.ChildProcess> {
    const { command, env, protocol } = this.#server;
    const [program = "", ...args] = command(place);
    const process = new Deno.Command(program, {
      args,
      env: env?.(place) ?? {},
      // Hubbub builds its page where its packages are; the others may leave files.
      cwd: protocol === "hubbub" ? ROOT : place.directory,
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#process = process;
    const deadline = performance.now() + START_MS;
    while (!await listens(place.port)) {
      if (performance.now() > deadline) {
        await end(process);
        throw new Error("it does not start");
      }
    }
    return process;
  }

  async #drive<T>(
    { port }: Place,
    options: Readonly<Record<string, string | number>>,
    process = this.#process,
  ): Promise<T> {
    const database = this.#cluster === null ? [] : [await postmasterOf(this.#cluster)];
    const all = {
      protocol: this.#server.protocol,
      port,
      pids: [process?.pid, ...database].join(),
      ...options,
    };
    const { success, stdout } = await new Deno.Command(this.#driver, {
      args: Object.entries(all).map(([name, value]) => `-${name}=${value}`),
      stderr: "inherit",
      signal: AbortSignal.timeout(DRIVE_MS),
    }).output();
    if (!success) throw new Error(`it did not manage ${JSON.stringify(options)}`);
    return JSON.parse(new TextDecoder().decode(stdout));
  }
}

async function end(process: Deno.ChildProcess): Promise<void> {
  try {
    process.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended by itself.
  }
  await process.status;
}

/** Whether a server listens on a port; takes a moment if it does not. */
async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  }
}

/** The process from which all processes of a PostgreSQL descend. */
async function postmasterOf(cluster: Cluster): Promise<number> {
  const [row] = await cluster.run("postgres", "SELECT pg_read_file('postmaster.pid') AS file");
  return parseInt(row?.file);
}
