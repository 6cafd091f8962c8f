/**
 * A NATS server for tests, on a port of its own. Where it is not installed the tests are ignored,
 * except on a build server, which must have it.
 *
 * @module
 */
import { assert } from "@std/assert";
import { freePort } from "./client_swarm.ts";
import { inCi, needs } from "./permissions.ts";
import { ignore as withoutPostgres } from "./postgres.ts";

const permitted = !needs("env", "net", "read", "run").ignore;
const program = permitted ? findProgram() : null;

/** Whether NATS or PostgreSQL is missing, and not required. */
export const ignore = withoutPostgres || !permitted || (program === null && !inCi());
if (permitted && program === null && !inCi()) {
  console.log("Ignored: these tests need NATS (apt install nats-server)");
}

/** Debian installs it where only administrators look. */
function findProgram(): string | null {
  const directories = ["/usr/sbin", ...(Deno.env.get("PATH") ?? "").split(":")];
  return directories.map((directory) => `${directory}/nats-server`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  }) ?? null;
}

/** Stops the server when the pipe to it closes, which also happens when the tests are killed. */
const SUPERVISOR = `"$1" -a 127.0.0.1 -p "$2" >/dev/null 2>&1 &
nats=$!
cat >/dev/null
kill -KILL $nats
wait $nats 2>/dev/null`;

/** A NATS server. */
export interface Nats {
  /** Its address, in the form of `--bus`. */
  readonly url: string;
  /** Kills it. */
  stop(): Promise<void>;
  /** Starts it again, at the same address. */
  start(): Promise<void>;
}

/** Starts a NATS server before the tests of a file, and stops it after them. */
export function useNats(): Nats {
  const nats = prepareNats();
  Deno.test.beforeAll(async () => {
    if (!ignore) await nats.start();
  });
  Deno.test.afterAll(async () => {
    if (!ignore) await nats.stop();
  });
  return nats;
}

/** A NATS server that is not running yet. */
export function prepareNats(): Nats {
  const port = freePort();
  let supervisor: Deno.ChildProcess | undefined;
  return {
    url: `nats://127.0.0.1:${port}`,
    async start() {
      assert(program !== null, "these tests need NATS (apt install nats-server)");
      supervisor = new Deno.Command("/bin/sh", {
        args: ["-c", SUPERVISOR, "sh", program, String(port)],
        stdin: "piped",
      }).spawn();
      for (;;) {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => null);
        if (connection !== null) return connection.close();
        const ended = await Promise.race([supervisor.status, Promise.resolve(null)]);
        assert(ended === null, "NATS does not start");
      }
    },
    async stop() {
      await supervisor?.stdin.close();
      await supervisor?.status;
      supervisor = undefined;
    },
  };
}
