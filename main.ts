/**
 * The door: reads the configuration, opens the store, builds hub and routes, serves, and shuts
 * down. The only file that reads the environment or calls `Deno.serve`.
 *
 * @module
 */
import { parseEnv } from "node:util";
import { Client, DEFAULT_BOUNDS } from "./client.ts";
import { Hub } from "./hub.ts";
import { Accounts } from "./lib/accounts.ts";
import { type Clock, systemClock } from "./lib/clock.ts";
import { Commands } from "./lib/commands.ts";
import { type Config, ConfigError, environmentName, helpText, readConfig } from "./lib/config.ts";
import { HttpServer, type Upgraded } from "./lib/http.ts";
import { createLog, type Log } from "./lib/log.ts";
import { Metrics } from "./lib/metrics.ts";
import { loadPage } from "./lib/page.ts";
import { StoreError } from "./lib/store/error.ts";
import { openSqlite } from "./lib/store/sqlite.ts";
import type { Store } from "./lib/store/store.ts";
import manifest from "./deno.json" with { type: "json" };

/** A server that runs. */
export interface Server {
  /** Where it is, as people type it. */
  readonly url: string;
  /** Stops it: no newcomers, everything stored, everybody told with 1001. */
  stop(): Promise<void>;
}

/** How long peers may take to answer a goodbye: hosts kill after five seconds. */
const GOODBYE_MS = 2_000;

/**
 * Starts a server.
 *
 * @throws {StoreError} When the data file cannot be used.
 */
export async function start(config: Config, log: Log, clock: Clock = systemClock): Promise<Server> {
  const [page, store] = await Promise.all([
    loadPage(new URL("./static/", import.meta.url)),
    openSqlite({ path: config.data, durability: config.durability }),
  ]);
  await prepare(store, config, clock);
  const metrics = new Metrics();
  const hub = new Hub({
    store,
    clock,
    log,
    metrics,
    server: { name: config.name, version: manifest.version },
    graceMs: config.grace * 1_000,
    awayMs: config["away-after"] * 1_000,
  });
  const commands = new Commands({
    hub,
    store,
    clock,
    openRooms: config["open-rooms"],
    rate: { perSecond: config.rate, burst: config.burst },
  });
  const clients = new Set<Client>();
  const bounds = { ...DEFAULT_BOUNDS, queueBytes: config["queue-bytes"] };
  const onSocket = ({ socket, account, session, batching, onEnded }: Upgraded) => {
    const handle = commands.handle.bind(commands);
    const client = new Client(socket, {
      hub,
      handle,
      account,
      session,
      batching,
      clock,
      log,
      bounds,
    });
    clients.add(client);
    void client.ended.then(() => {
      clients.delete(client);
      onEnded();
    });
  };
  let draining = false;
  const http = new HttpServer({
    accounts: new Accounts(store, clock),
    commands,
    store,
    metrics,
    page,
    log,
    origins: config.origins,
    defaultRoom: config["default-room"],
    idleTimeout: config["idle-timeout"],
    ready: () => !draining && hub.healthy,
    onSocket,
    onSignedOut: ({ account, session }) => hub.endSession(account, session),
  });
  const listener = Deno.serve(
    { port: config.port, hostname: config.host, onListen() {} },
    (request) => http.handle(request),
  );
  return {
    url: addressOf(listener.addr),
    async stop() {
      draining = true;
      await hub.close();
      // A peer that does not read never answers: it must not keep the others from going home.
      const goodbyes = Promise.all([...clients].map((client) => client.ended));
      await within(goodbyes, GOODBYE_MS, clock);
      await within(listener.shutdown(), GOODBYE_MS, clock);
      await store.close();
    },
  };
}

async function prepare(store: Store, config: Config, clock: Clock): Promise<void> {
  const name = config["default-room"];
  if (name === "") return;
  const room = { name, kind: "public", title: null, creator: null, at: clock.now() } as const;
  await store.createRoom(room);
}

function addressOf({ hostname, port }: Deno.NetAddr): string {
  const everywhere = hostname === "0.0.0.0" || hostname === "::";
  const host = everywhere || hostname === "127.0.0.1" ? "localhost" : hostname;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Waits for something, and no longer than `ms`. */
async function within(work: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  const late = Promise.withResolvers<void>();
  const cancel = clock.after(ms, late.resolve);
  await Promise.race([work, late.promise]);
  cancel();
}

/** The environment, with what the file `.env` adds to it. */
function environment(): (name: string) => string | undefined {
  let file: Readonly<Record<string, string | undefined>> = {};
  try {
    file = parseEnv(Deno.readTextFileSync(".env"));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return (name) => Deno.env.get(name) ?? file[name];
}

/**
 * Gives up what a running server does not need: whoever takes it over can open no file, reach no
 * other machine, run no program. The data file and the port are open already and stay so.
 */
async function dropPermissions(): Promise<void> {
  for (const name of ["read", "write", "net", "env", "run", "sys", "ffi"] as const) {
    await Deno.permissions.revoke({ name });
  }
}

async function main(): Promise<void> {
  if (Deno.args.includes("--help")) return console.log(helpText());
  const config = readConfig(Deno.args, environment());
  const log = createLog(config["log-level"]);
  const server = await start(config, log);
  await dropPermissions();
  console.log(`${config.name} is ready: ${server.url}`);
  // A fault in one place must not end the conversations of everybody else.
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error("unhandled rejection", event.reason);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    log.error("uncaught error", event.error);
  });
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      // Whoever asks twice does not want to wait.
      if (stopping) Deno.exit(1);
      stopping = true;
      log.info("stopping", { signal });
      void server.stop().finally(() => Deno.exit(0));
    });
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    const expected = error instanceof ConfigError || error instanceof StoreError;
    if (!expected && !(error instanceof Deno.errors.AddrInUse)) throw error;
    const hint = error instanceof Deno.errors.AddrInUse
      ? `The port is in use: choose another with --port or ${environmentName("port")}`
      : error.message;
    console.error(hint);
    Deno.exit(1);
  }
}
