import { type Cost, Passwords } from "../../lib/auth/passwords.ts";
import { type Clock, systemClock } from "../../lib/util/clock.ts";
import { type Config, readConfig } from "../../lib/config/config.ts";
import { createLog, type Log } from "../../lib/observability/log.ts";
import { type PageSource, start } from "../../server.ts";
import { bundledPage } from "./bundled_page.ts";
import { describedFetch } from "./described.ts";
import { freePort } from "./client_swarm.ts";
import { Peer } from "./peer.ts";

/** A server for one test, on a free port, with its data in memory by default. */
export interface TestServer extends AsyncDisposable {
  /** `http://localhost:PORT` */
  readonly url: string;
  /** `ws://localhost:PORT/ws` */
  readonly ws: string;
  /** The link that makes its user the owner. */
  readonly ownerUrl: string;
  /** Every line it logged. */
  readonly logged: readonly string[];
  /** Opens a guest's connection and waits for `welcome`. */
  guest(name: string, protocols?: string[]): Promise<Peer>;
  /** Signs a user up or in; returns the session's token. */
  signIn(name: string, password?: string): Promise<string>;
  /** Connects a user by a session. */
  member(token: string, protocols?: string[]): Promise<Peer>;
  /** Sends a request with a JSON body and a session. */
  request(
    path: string,
    init?: { method?: string; token?: string; body?: unknown },
  ): Promise<Response>;
  stop(): Promise<void>;
}

/** A server's settings. */
export interface TestSettings extends Partial<Config> {
  /** Hashes and checks passwords, by default at a fraction of the usual cost. */
  readonly passwords?: Passwords;
}

/** The origins of the servers in this process. */
const origins = new Set<string>();

// Whatever a test is about, what it gets must be what the description of the API says.
globalThis.fetch = describedFetch(globalThis.fetch, (origin) => origins.has(origin));

/** A hash takes 10 ms: long enough for other requests to arrive meanwhile. */
const QUICK: Cost = { N: 2 ** 12, r: 8, p: 1 };

/**
 * Starts a server in this process.
 *
 * @param settings Overrides of the defaults; presence has no grace period.
 * @param clock The server's clock.
 * @param log The log's target instead of `logged`.
 * @param page The page, if not the usual one.
 */
export async function startServer(
  { passwords = new Passwords(QUICK), ...settings }: TestSettings = {},
  clock: Clock = systemClock,
  log?: Log,
  page: PageSource = bundledPage,
): Promise<TestServer> {
  const defaults = readConfig([], () => undefined);
  // Given a public address, a server does not state its real one.
  const port = settings.url ? freePort() : 0;
  // The links in the messages of tests lead to hosts of others.
  const quiet = { port, data: ":memory:", grace: 0, "link-previews": null };
  const config = { ...defaults, ...quiet, ...settings };
  const logged: string[] = [];
  const lines = createLog("info", (line) => void logged.push(line));
  const server = await start(config, log ?? lines, clock, page, passwords);
  const host = settings.url ? `localhost:${config.port}` : new URL(server.url).host;
  origins.add(`http://${host}`);
  let stopped: Promise<void> | undefined;
  const stop = () => stopped ??= server.stop();
  const ownerUrl = server.ownerUrl ?? "";
  return { ...clientsOf(`http://${host}`), ownerUrl, logged, stop, [Symbol.asyncDispose]: stop };
}

/** A server in its own process, which can be killed. */
export interface ServerProcess extends ReturnType<typeof clientsOf> {
  readonly process: Deno.ChildProcess;
  /** Kills it with SIGKILL, and waits until it has ended. */
  kill(signal?: Deno.Signal): Promise<Deno.CommandStatus>;
}

/** How to start a server's process, if not like `deno task start`. */
export interface SpawnOptions {
  /** The executable. */
  readonly deno?: string;
  /** The arguments before the server's own: `run`, permissions and the file. */
  readonly command?: readonly string[];
  readonly cwd?: string;
  /** The complete environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The address, if the server itself does not know it. */
  readonly address?: string;
}

/** The arguments of `deno task start`, except for its page, after the executable. */
export const START = [
  "run",
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env=HUBBUB_*,DATABASE_URL,PG*",
  new URL("./main.ts", import.meta.url).pathname,
];

/** Starts a server in its own process, by default on a free port. */
export async function spawnServer(
  args: readonly string[],
  { deno = Deno.execPath(), command = START, cwd, env, address }: SpawnOptions = {},
): Promise<ServerProcess> {
  const port = args.some((arg) => arg.startsWith("--port")) ? [] : ["--port=0"];
  const process = new Deno.Command(deno, {
    args: [...command, ...port, ...args],
    ...(cwd === undefined ? {} : { cwd }),
    // Tests have databases of their own, whatever the user's environment says.
    ...(env === undefined
      ? { env: { DATABASE_URL: "", HUBBUB_LINK_PREVIEWS: "none" } }
      : { env, clearEnv: true }),
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const url = await readyUrl(process.stdout);
  return {
    ...clientsOf(address ?? url),
    process,
    kill(signal = "SIGKILL") {
      process.kill(signal);
      return process.status;
    },
  };
}

async function readyUrl(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const [, url] = /ready: (https?:\S+)/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`The server did not start: ${text}`);
}

function clientsOf(url: string) {
  const ws = `${url.replace("http", "ws")}/ws`;
  const request: TestServer["request"] = (path, { method = "GET", token, body } = {}) =>
    fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    url,
    ws,
    request,
    guest: (name: string, protocols: string[] = []) =>
      Peer.open(`${ws}?name=${encodeURIComponent(name)}`, protocols),
    member: (token: string, protocols: string[] = []) =>
      Peer.open(ws, { protocols, headers: { authorization: `Bearer ${token}` } }),
    async signIn(name: string, password?: string): Promise<string> {
      const response = await request("/api/session", { method: "POST", body: { name, password } });
      const body = await response.json();
      if (!response.ok) throw new Error(`Cannot sign in as ${name}: ${body.code}`);
      return body.token;
    },
  };
}
