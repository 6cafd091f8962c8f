import { type Clock, systemClock } from "../../lib/clock.ts";
import { type Config, readConfig } from "../../lib/config.ts";
import { createLog, type Log } from "../../lib/log.ts";
import { fromSource, type PageSource, start } from "../../server.ts";
import { freePort } from "./flock.ts";
import { Peer } from "./peer.ts";

/** A server for one test, on a free port, with its data in memory unless told otherwise. */
export interface TestServer extends AsyncDisposable {
  /** `http://localhost:PORT` */
  readonly url: string;
  /** `ws://localhost:PORT/ws` */
  readonly ws: string;
  /** The link that makes whoever opens it the owner. */
  readonly ownerUrl: string;
  /** Every line it logged. */
  readonly logged: readonly string[];
  /** Opens a guest's connection and waits for `welcome`. */
  guest(name: string, protocols?: string[]): Promise<Peer>;
  /** Signs somebody up, or in; answers the session's token. */
  signIn(name: string, password?: string): Promise<string>;
  /** Opens the connection of somebody who has a session. */
  member(token: string, protocols?: string[]): Promise<Peer>;
  /** A request with a body of JSON and a session. */
  request(
    path: string,
    init?: { method?: string; token?: string; body?: unknown },
  ): Promise<Response>;
  stop(): Promise<void>;
}

let built: ReturnType<typeof fromSource> | undefined;

/** The page does not change while tests run: it is bundled once. */
function bundledOnce() {
  return built ??= fromSource();
}

/**
 * Starts a server in this process.
 *
 * @param settings What differs from the defaults; presence has no grace.
 * @param clock What the server takes for the time.
 * @param log Where it writes to instead of `logged`.
 * @param page Its page, if that is another one.
 */
export async function startServer(
  settings: Partial<Config> = {},
  clock: Clock = systemClock,
  log?: Log,
  page: PageSource = bundledOnce,
): Promise<TestServer> {
  const defaults = readConfig([], () => undefined);
  // Behind a name of its own a server does not say where it really is.
  const port = settings.url ? freePort() : 0;
  const config = { ...defaults, port, data: ":memory:", grace: 0, ...settings };
  const logged: string[] = [];
  const lines = createLog("info", (line) => void logged.push(line));
  const server = await start(config, log ?? lines, clock, page);
  const host = settings.url ? `localhost:${config.port}` : new URL(server.url).host;
  let stopped: Promise<void> | undefined;
  const stop = () => stopped ??= server.stop();
  const ownerUrl = server.ownerUrl ?? "";
  return { ...clientsOf(`http://${host}`), ownerUrl, logged, stop, [Symbol.asyncDispose]: stop };
}

/** A server in a process of its own, which can be killed. */
export interface ServerProcess extends ReturnType<typeof clientsOf> {
  readonly process: Deno.ChildProcess;
  /** Kills it without a word, and waits until it is gone. */
  kill(signal?: Deno.Signal): Promise<Deno.CommandStatus>;
}

/** How a server's process is started, where that is not as `deno task start` does it. */
export interface SpawnOptions {
  /** The program. */
  readonly deno?: string;
  /** What stands before the server's own arguments: `run`, permissions and the file. */
  readonly command?: readonly string[];
  readonly cwd?: string;
  /** The whole environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it can be reached, if it does not know that itself. */
  readonly address?: string;
}

/** What starts a server as `deno task start` does, after the program's name. */
export const START = [
  "run",
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env=HUBBUB_*,DATABASE_URL,PG*",
  new URL("../../main.ts", import.meta.url).pathname,
];

/** Starts a server in a process of its own, on a free port unless told otherwise. */
export async function spawnServer(
  args: readonly string[],
  { deno = Deno.execPath(), command = START, cwd, env, address }: SpawnOptions = {},
): Promise<ServerProcess> {
  const port = args.some((arg) => arg.startsWith("--port")) ? [] : ["--port=0"];
  const process = new Deno.Command(deno, {
    args: [...command, ...port, ...args],
    ...(cwd === undefined ? {} : { cwd }),
    // Whatever database its user may have, tests have their own.
    ...(env === undefined ? { env: { DATABASE_URL: "" } } : { env, clearEnv: true }),
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
