/**
 * The servers that the benchmark measures, and how to start them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The versions of the servers from npm. */
const NPM_PEERS = {
  "ws": "8.23.0",
  "socket.io": "4.8.4",
  "bun": "1.4.5",
  "@trufflesuite/uws-js-unofficial": "20.30.0-unofficial.0",
};

/** The GOPATH of the Debian package `golang-github-gorilla-websocket-dev`. */
const GORILLA_PATH = "/usr/share/gocode";

/** How long a server may take to start, in ms. */
const START_MS = 15_000;

/** A server to measure. */
export interface Contender {
  readonly name: string;
  /** The protocol that the load generator uses. */
  readonly protocol: "hubbub" | "hubbub-text" | "plain" | "socketio";
  /** Returns the command that starts it. @param directory An empty directory for its data. */
  command(directory: string): readonly string[];
}

/** A running server. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** Returns the command that runs Hubbub as `deno task start` does, but without the rate limit of a user. */
export function hubbubCommand(main: string): readonly string[] {
  const permissions = ["--allow-read", "--allow-write", "--allow-net"];
  const environment = "--allow-env=HUBBUB_*,DATABASE_URL,PG*";
  const settings = ["--rate=0", "--log-level=error"];
  return [Deno.execPath(), "run", ...permissions, environment, main, ...settings];
}

function hubbub(name: string, protocol: "hubbub" | "hubbub-text", main: string): Contender {
  return {
    name,
    protocol,
    command: (directory) => [
      ...hubbubCommand(main),
      "--port=0",
      `--data=${directory}/hubbub.db`,
    ],
  };
}

/**
 * Installs the servers into a directory.
 *
 * @param note Called with a line for each server that is not available.
 */
export async function prepareServers(
  directory: string,
  options: { readonly main?: string | undefined; readonly gorilla?: string | undefined },
  note: (line: string) => void,
): Promise<readonly Contender[]> {
  const main = options.main ?? here("../main.ts");
  const contenders: Contender[] = [
    hubbub("hubbub", "hubbub", main),
    hubbub("hubbub, a frame each", "hubbub-text", main),
    {
      name: "deno",
      protocol: "plain",
      command: () => [Deno.execPath(), "run", "--allow-net", here("peers/deno.ts")],
    },
  ];
  if (await installNpm(directory)) {
    contenders.push(
      { name: "ws", protocol: "plain", command: () => ["node", `${directory}/ws.mjs`] },
      {
        name: "socket.io",
        protocol: "socketio",
        command: () => ["node", `${directory}/socketio.mjs`],
      },
      {
        name: "bun",
        protocol: "plain",
        command: () => [`${directory}/node_modules/.bin/bun`, here("peers/bun.mjs")],
      },
    );
    const uws = ["node", `${directory}/uws.mjs`] as const;
    const runs = await startServer({ command: () => uws }).then((server) => server.stop())
      .then(() => true, () => false);
    if (runs) contenders.push({ name: "uws", protocol: "plain", command: () => uws });
    else note("uWebSockets is left out: its builds are for Node 16, 18 and 20 on Linux");
  } else note("ws, socket.io, bun and uws are left out: node, npm or the packages are missing");
  const program = `${directory}/gorilla`;
  if (await buildGorilla(program, options.gorilla ?? GORILLA_PATH)) {
    contenders.push({ name: "gorilla", protocol: "plain", command: () => [program] });
  } else note("gorilla is left out: it requires go and golang-github-gorilla-websocket-dev");
  return contenders;
}

async function installNpm(directory: string): Promise<boolean> {
  await Deno.writeTextFile(`${directory}/package.json`, "{}");
  for (const file of ["ws.mjs", "socketio.mjs", "uws.mjs"]) {
    await Deno.copyFile(here(`peers/${file}`), `${directory}/${file}`);
  }
  const packages = Object.entries(NPM_PEERS).map(([name, version]) => `${name}@${version}`);
  return await succeeds("npm", ["install", "--no-audit", "--no-fund", ...packages], {
    cwd: directory,
  });
}

function buildGorilla(program: string, path: string): Promise<boolean> {
  return succeeds("go", ["build", "-o", program, here("peers/gorilla.go")], {
    env: { GO111MODULE: "off", GOPATH: path },
  });
}

/** Compiles the load generator. */
export async function compileLoad(directory: string): Promise<string> {
  const program = `${directory}/load`;
  if (await succeeds("gcc", ["-O2", "-o", program, here("load/load.c")], {})) return program;
  throw new Error("Cannot compile bench/load/load.c: it requires gcc and Linux");
}

async function succeeds(
  program: string,
  args: string[],
  options: Deno.CommandOptions,
): Promise<boolean> {
  try {
    const command = new Deno.Command(program, { args, ...options, stdout: "null", stderr: "null" });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Starts a server and waits until it prints its port. */
export async function startServer(contender: Pick<Contender, "command">): Promise<Running> {
  const directory = await Deno.makeTempDir({ prefix: "hubbub-bench-" });
  const [program = "", ...args] = contender.command(directory);
  const process = new Deno.Command(program, { args, stdout: "piped", stderr: "inherit" }).spawn();
  const timer = setTimeout(() => process.kill("SIGKILL"), START_MS);
  const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  async function end(): Promise<void> {
    await process.status;
    await output.cancel();
    await Deno.remove(directory, { recursive: true });
  }
  try {
    const port = await portFrom(output);
    return {
      pid: process.pid,
      port,
      async stop() {
        // The measurement is over: there is no need for a graceful stop.
        process.kill("SIGKILL");
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the port from the output: `ready 1234`, or the address that Hubbub prints. */
async function portFrom(output: ReadableStreamDefaultReader<string>): Promise<number> {
  let text = "";
  while (true) {
    const { done, value } = await output.read();
    if (done) throw new Error("Cannot start server: it has exited or took too long");
    text += value;
    const port = /(?:^ready |:\/\/localhost:)(\d+)\b/m.exec(text)?.[1];
    if (port !== undefined) return Number(port);
  }
}
