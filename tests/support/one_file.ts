/**
 * The built server for tests: one file in an empty directory, under this Deno and under the oldest
 * one that it promises to run on.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { build } from "../../tools/build.ts";
import { inCi } from "./permissions.ts";
import { type ServerProcess, type SpawnOptions, spawnServer } from "./server.ts";

/** The oldest Deno that the built file supports. */
const OLDEST = "2.5.0";

/** The Deno versions to test with. `null`: unavailable, and not required. */
export type Runtimes = Readonly<Record<string, string | null>>;

/** This Deno, and the oldest supported one, installed by npm once below `dist/`. */
export async function runtimes(): Promise<Runtimes> {
  return { [Deno.version.deno]: Deno.execPath(), [OLDEST]: await oldestDeno() };
}

async function oldestDeno(): Promise<string | null> {
  const directory = new URL(`../../dist/deno-${OLDEST}/`, import.meta.url);
  try {
    return await findDeno(directory) ?? await installDeno(directory);
  } catch (error) {
    if (inCi()) throw error;
    console.log(`Ignored: the tests with Deno ${OLDEST} need npm and a registry: ${error}`);
    return null;
  }
}

async function installDeno(directory: URL): Promise<string> {
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(new URL("package.json", directory), "{}");
  const npm = new Deno.Command("npm", {
    args: ["install", "--no-audit", "--no-fund", "--ignore-scripts", `deno@${OLDEST}`],
    cwd: directory,
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await npm.output();
  const found = success ? await findDeno(directory) : null;
  if (found === null) throw new Error(new TextDecoder().decode(stderr));
  return found;
}

/**
 * The binary itself: the script in `.bin` starts it as a child, and cannot be killed in its place.
 */
async function findDeno(directory: URL): Promise<string | null> {
  const packages = new URL("node_modules/@deno/", directory);
  try {
    for await (const { name } of Deno.readDir(packages)) {
      const program = new URL(
        `${name}/${Deno.build.os === "windows" ? "deno.exe" : "deno"}`,
        packages,
      );
      // If npm was told to run no scripts, it is not a binary yet.
      if (Deno.build.os !== "windows") await Deno.chmod(program, 0o755);
      return fileURLToPath(program);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return null;
}

let built: Promise<string> | undefined;

/** The built server, alone in a directory. */
export interface OneFile extends AsyncDisposable {
  readonly directory: string;
  /** The environment of a Deno that has never run anything. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts it with plain `deno run`: no network access for modules, and an empty cache. */
  spawn(deno: string, args?: readonly string[], options?: SpawnOptions): Promise<ServerProcess>;
}

/** Copies the built server into an empty directory. */
export async function oneFile(): Promise<OneFile> {
  built ??= build();
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/hubbub.js`, await built);
  const ofMachine = { DENO_DIR: `${directory}/cache`, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
  return {
    directory,
    env: ofMachine,
    async spawn(deno, args = [], { env, ...options } = {}) {
      return await spawnServer(args, {
        deno,
        command: [...ALONE, ...PERMISSIONS, "hubbub.js"],
        cwd: directory,
        env: { ...ofMachine, ...env },
        ...options,
      });
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(directory, { recursive: true });
    },
  };
}

const ALONE = ["run", "--no-prompt", "--no-config", "--no-remote", "--no-npm", "--cached-only"];

/** The permissions that the documentation tells operators to grant. */
export const PERMISSIONS = [
  "--allow-net",
  "--allow-read=data,.env",
  "--allow-write=data",
  "--allow-env=HUBBUB_*,DATABASE_URL,PG*",
] as const;
