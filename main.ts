/**
 * The door: what stands on the command line and in the environment, what a process may do, and how
 * it ends. The only file that reads the environment.
 *
 * @module
 */
import { parse as parseEnv } from "dotenv";
import { Accounts } from "./lib/accounts.ts";
import { systemClock } from "./lib/clock.ts";
import { type Config, ConfigError, environmentName, helpText, readConfig } from "./lib/config.ts";
import { createLog } from "./lib/log.ts";
import { Sessions } from "./lib/sessions.ts";
import { StoreError } from "./lib/store/error.ts";
import {
  fromSource,
  openStore,
  originOf,
  ownerUrl,
  type PageSource,
  start,
  within,
} from "./server.ts";

/** How long all of the leaving may take: hosts kill after five seconds. */
const LEAVING_MS = 4_500;

/** The environment, with what the file `.env` adds to it. */
function environment(): (name: string) => string | undefined {
  let file: Readonly<Record<string, string | undefined>> = {};
  try {
    file = parseEnv(Deno.readTextFileSync(".env"));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const mayRead = (variable: string) =>
    Deno.permissions.querySync({ name: "env", variable }).state === "granted";
  return (name) => (mayRead(name) ? Deno.env.get(name) : undefined) ?? file[name];
}

/**
 * Gives up what a running server does not need: whoever takes it over can open no file, run no
 * program and, where there is nobody to be reached, reach no other machine. The data file and the
 * port are open already and stay so.
 */
async function dropPermissions(
  { "push-services": pushServices, database }: Config,
): Promise<void> {
  // Push services are reached over the network, and so is a database whose line was lost. Deno
  // cannot take back a part of what was allowed as a whole: to narrow it, start the server with
  // --allow-net and the names of these.
  const needsNetwork = pushServices.length > 0 || database !== null;
  for (const name of ["read", "write", "net", "env", "run", "sys", "ffi"] as const) {
    if (name !== "net" || !needsNetwork) await Deno.permissions.revoke({ name });
  }
}

/** Makes a new owner's link, beside a running server or without one. The last one is void. */
async function printOwnerUrl(config: Config): Promise<void> {
  const store = await openStore(config, "tool");
  const sessions = new Sessions(store, systemClock);
  const accounts = new Accounts({ store, clock: systemClock, sessions, signUp: "invite" });
  console.log(await ownerUrl(accounts, originOf(config)));
  await store.close();
}

async function serve(config: Config, pageSource: PageSource): Promise<void> {
  const log = createLog(config["log-level"]);
  const server = await start(config, log, systemClock, pageSource);
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
      void within(server.stop(), LEAVING_MS, systemClock).finally(() => Deno.exit(0));
    });
  }
  const ready = `${config.name} is ready: ${server.url}`;
  const own = server.ownerUrl && `Open this to own it, once: ${server.ownerUrl}`;
  // At once: who has read that it is ready may read no further.
  console.log([ready, own].filter(Boolean).join("\n"));
  try {
    await server.page;
  } catch (error) {
    await within(server.stop(), LEAVING_MS, systemClock);
    throw error;
  }
  // Making the page takes some of them.
  await dropPermissions(config);
}

async function main(pageSource: PageSource): Promise<void> {
  if (Deno.args.includes("--help")) return console.log(helpText());
  const [command = "", ...rest] = Deno.args;
  const tool = Object.hasOwn(TOOLS, command) ? TOOLS[command] : undefined;
  if (tool === undefined) return await serve(readConfig(Deno.args, environment()), pageSource);
  // What a tool is to work on comes before the settings.
  const given = rest[0]?.startsWith("--") ? [] : rest.slice(0, 1);
  await tool(readConfig(rest.slice(given.length), environment()), given[0]);
}

/** What can be done at a shell beside a server that runs, by the word that asks for it. */
const TOOLS: Readonly<Record<string, (config: Config, path?: string) => Promise<void>>> = {
  "owner-link": printOwnerUrl,
  "export": async (config, path) => (await moving()).exportTo(config, path),
  "import": async (config, path) => (await moving()).importFrom(config, path, originOf(config)),
  "backup": async (config, path) => (await moving()).backUpTo(config, path),
};

// Servers start sooner without.
const moving = () => import("./lib/moving/commands.ts");

/** What somebody can do about a fault that ends the program; of a fault in it, all there is. */
function hintOf(error: unknown): unknown {
  if (error instanceof Deno.errors.AddrInUse) {
    return `The port is in use: choose another with --port or ${environmentName("port")}`;
  }
  const expected = error instanceof ConfigError || error instanceof StoreError;
  return expected ? error.message : error;
}

/** Does what the command line says. What somebody can do something about is told in a sentence. */
export async function run(pageSource: PageSource): Promise<void> {
  try {
    await main(pageSource);
  } catch (error) {
    console.error(hintOf(error));
    // Not thrown on: a server may run already, which keeps going whatever is thrown.
    Deno.exit(1);
  }
}

if (import.meta.main) await run(fromSource);
