/**
 * The entry point: command line, environment, permissions, and signals. The only file that reads the
 * environment.
 *
 * @module
 */
import { parse as parseEnv } from "dotenv";
import { Accounts } from "./lib/auth/accounts.ts";
import { systemClock } from "./lib/util/clock.ts";
import { type Config, ConfigError, helpText, readConfig } from "./lib/config/config.ts";
import { collectWhenIdle, ownHeap } from "./lib/util/idle_collection.ts";
import { createLog } from "./lib/observability/log.ts";
import { MODERATORS } from "./lib/protocol/roles.ts";
import { Sessions, signInUrl } from "./lib/auth/sessions.ts";
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

/** How long a link from `owner-link` is valid: the operator is about to use it. */
const OWNER_LINK_HOURS = 24;

/** How long a link from `sign-in-link` is valid: the operator has to hand it over. */
const SIGN_IN_LINK_HOURS = 7 * 24;

/** How long stopping may take, in ms: hosts kill a process after five seconds. */
const STOP_MS = 4_500;

/** The text of the file `.env`; empty when there is none. */
function readEnvFile(): string {
  try {
    return Deno.readTextFileSync(".env");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw new ConfigError(`Cannot read the file .env: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory. Move it away";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "permission denied. Check the owner of the file";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "start the server with --allow-read=data,.env";
  }
  return `check that it is a text file (${error instanceof Error ? error.message : error})`;
}

/** Looks up variables in the environment first, and then in the file `.env`. */
function environment(): (name: string) => string | undefined {
  const file: Readonly<Record<string, string | undefined>> = parseEnv(readEnvFile());
  const mayRead = (variable: string) =>
    Deno.permissions.querySync({ name: "env", variable }).state === "granted";
  return (name) => (mayRead(name) ? Deno.env.get(name) : undefined) ?? file[name];
}

/**
 * Revokes the permissions that a running server does not need: code that an attacker injects can
 * open no file, run no program and, where the server itself connects nowhere, reach no other machine.
 * The data file and the port are already open and stay open.
 */
async function dropPermissions(
  {
    "push-services": pushServices,
    "hook-networks": hookNetworks,
    "link-previews": previewNetworks,
    ...config
  }: Config,
): Promise<void> {
  // The server connects to push services, to receivers of webhooks, to the pages that messages link
  // to, to OpenID providers, to a certificate authority, and to a database after a lost connection.
  // Deno cannot revoke a part of a permission that was granted as a whole: to narrow it, start the
  // server with --allow-net and the hosts of these.
  const needsNetwork = pushServices.length > 0 || hookNetworks !== null ||
    previewNetworks !== null || config.database !== null || config.providers.length > 0 ||
    config.domain !== null;
  for (const name of ["read", "write", "net", "env", "run", "sys", "ffi"] as const) {
    if (name !== "net" || !needsNetwork) await Deno.permissions.revoke({ name });
  }
}

/** Prints a new owner's link and voids the last, with or without a running server. */
async function printOwnerUrl(config: Config): Promise<void> {
  const store = await openStore(config, "tool");
  const sessions = new Sessions(store, systemClock);
  const accounts = new Accounts({ store, clock: systemClock, sessions, signUp: "invite" });
  console.log(await ownerUrl(accounts, originOf(config), OWNER_LINK_HOURS));
  await store.close();
}

/** Revokes an owner's or a moderator's role, with or without a running server. */
async function demote(config: Config, name?: string): Promise<void> {
  if (name === undefined) throw new ConfigError("Cannot demote: name an account, as in demote Mo");
  const store = await openStore(config, "tool");
  try {
    const account = await store.findAccount(name);
    if (account === null) throw new ConfigError(`Cannot demote: there is no account "${name}"`);
    if (!MODERATORS.includes(account.role)) {
      throw new ConfigError(`Cannot demote: ${account.name} is neither owner nor moderator`);
    }
    if (await store.setRole(account.id, "member") === "last_owner") {
      throw new ConfigError("Cannot demote the last owner: make another one with owner-link first");
    }
    await store.recordModeration({
      ...{ at: systemClock.now(), by: "deno task demote", byId: null, action: "set_role" },
      ...{ subject: account.name, subjectId: account.publicId, detail: "member" },
      ...{ room: null, roomId: null },
    });
    console.log(`${account.name} is a member now`);
  } finally {
    await store.close();
  }
}

/** Prints a link that signs a user in, with or without a running server. */
async function printSignInLink(config: Config, name?: string): Promise<void> {
  const problem = "Cannot make a link:";
  if (name === undefined) throw new ConfigError(`${problem} name a user, as in sign-in-link Mo`);
  const store = await openStore(config, "tool");
  try {
    const account = await store.findAccount(name);
    if (account === null) throw new ConfigError(`${problem} there is no account "${name}"`);
    if (account.role === "bot" || account.role === "guest") {
      throw new ConfigError(`${problem} ${account.name} is a ${account.role}`);
    }
    const sessions = new Sessions(store, systemClock);
    const { token } = await sessions.createSignInLink(account, SIGN_IN_LINK_HOURS * 3_600_000);
    await store.recordModeration({
      ...{ at: systemClock.now(), by: "deno task sign-in-link", byId: null },
      ...{ action: "sign_in_link", subject: account.name, subjectId: account.publicId },
      ...{ room: null, roomId: null, detail: null },
    });
    console.log(signInUrl(originOf(config), token));
  } finally {
    await store.close();
  }
}

async function serve(config: Config, pageSource: PageSource): Promise<void> {
  const log = createLog(config["log-level"]);
  const server = await start(config, log, systemClock, pageSource);
  // A fault in one place must not end the process, and with it every other connection.
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
      // A second signal ends the process without waiting.
      if (stopping) Deno.exit(1);
      stopping = true;
      log.info("stopping", { signal });
      void within(server.stop(), STOP_MS, systemClock).finally(() => Deno.exit(0));
    });
  }
  void server.broken.then((error) => {
    log.error("cannot listen again: exiting, so that a supervisor restarts the server", error);
    void within(server.stop(), STOP_MS, systemClock).finally(() => Deno.exit(1));
  });
  const ready = `${config.name} is ready: ${server.url}`;
  const others = server.reachable.length > 0 &&
    `From other machines: ${server.reachable.join(" ")}`;
  const ownerLine = server.ownerUrl && `Open this to own it, once: ${server.ownerUrl}`;
  // One write: a reader that waits for the first line may close the pipe after it.
  console.log([ready, others, ownerLine].filter(Boolean).join("\n"));
  try {
    await server.page;
  } catch (error) {
    await within(server.stop(), STOP_MS, systemClock);
    throw error;
  }
  const heap = ownHeap();
  if (heap !== null) collectWhenIdle(systemClock, heap);
  // Only now: building the page needs some of the permissions.
  await dropPermissions(config);
}

async function main(pageSource: PageSource): Promise<void> {
  if (Deno.args.includes("--help")) return console.log(helpText());
  const [command = "", ...all] = Deno.args;
  const tool = Object.hasOwn(TOOLS, command) ? TOOLS[command] : undefined;
  if (tool === undefined) return await serve(readConfig(Deno.args, environment()), pageSource);
  const flags = new Set(all.filter((arg) => FLAGS[command]?.includes(arg)));
  const rest = all.filter((arg) => !flags.has(arg));
  // A tool's argument comes before the settings.
  const given = rest[0]?.startsWith("--") ? [] : rest.slice(0, 1);
  await tool(readConfig(rest.slice(given.length), environment()), given[0], flags);
}

/** The tools of the command line, by name. They work with or without a running server. */
const TOOLS: Readonly<Record<string, Tool>> = {
  "owner-link": printOwnerUrl,
  "sign-in-link": printSignInLink,
  "demote": demote,
  "export": async (config, path, flags) =>
    (await transfer()).exportTo(config, path, { secrets: !flags.has("--without-secrets") }),
  "import": async (config, path, flags) =>
    (await transfer()).importFrom(config, path, originOf(config), {
      check: flags.has("--check"),
      merge: flags.has("--merge"),
      usersByName: flags.has("--map-users-by-name"),
      roomsByName: flags.has("--map-rooms-by-name"),
    }),
  "backup": async (config, path) => (await transfer()).backUpTo(config, path),
  "restored": async (config) => (await transfer()).markRestored(config),
};

type Tool = (config: Config, path: string | undefined, flags: ReadonlySet<string>) => Promise<void>;

/** The flags of a single tool. They are no settings, because servers do not have them. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  "export": ["--without-secrets"],
  "import": ["--check", "--merge", "--map-users-by-name", "--map-rooms-by-name"],
};

// Loaded on demand: servers start faster without it.
const transfer = () => import("./lib/transfer/commands.ts");

/** The message of an error that the operator can fix; of any other error, the whole error. */
function reportOf(error: unknown): unknown {
  const expected = error instanceof ConfigError || error instanceof StoreError;
  return expected ? error.message : error;
}

/** Runs what the command line asks for; prints an error and exits with 1 when it fails. */
export async function run(pageSource: PageSource): Promise<void> {
  try {
    await main(pageSource);
  } catch (error) {
    console.error(reportOf(error));
    // Not rethrown: a running server ignores uncaught errors, and would keep the process alive.
    Deno.exit(1);
  }
}

if (import.meta.main) await run(fromSource);
