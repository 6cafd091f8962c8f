/**
 * A PostgreSQL for tests: a private one in a temporary directory, on a port of its own. Where
 * PostgreSQL is not installed the tests are ignored, except on a build server, which must have it.
 *
 * @module
 */
import { assert } from "@std/assert";
import postgres from "postgres";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { freePort } from "./client_swarm.ts";
import { inCi, needs } from "./permissions.ts";

const permitted = !needs("env", "net", "read", "run", "sys", "write").ignore;
const programs = permitted ? findPrograms() : null;

/** Whether PostgreSQL is missing, and not required. */
export const ignore = !permitted || (programs === null && !inCi());
if (ignore && permitted) {
  console.log("Ignored: these tests need PostgreSQL (apt install postgresql)");
}

/** The directory of `initdb` and `postgres`: Debian installs versions side by side. */
function findPrograms(): string | null {
  const versions = (() => {
    try {
      return Array.from(Deno.readDirSync("/usr/lib/postgresql"), ({ name }) => Number(name));
    } catch {
      return [];
    }
  })();
  const debian = versions.toSorted((a, b) => b - a).map((n) => `/usr/lib/postgresql/${n}/bin`);
  return [...debian, ...(Deno.env.get("PATH") ?? "").split(":")].find((directory) => {
    try {
      return Deno.statSync(`${directory}/initdb`).isFile;
    } catch {
      return false;
    }
  }) ?? null;
}

/** The unprivileged user that runs PostgreSQL, which refuses to run as root. */
const NOBODY = 65_534;
const user = permitted && Deno.uid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/**
 * Stops PostgreSQL and deletes its data when the pipe to it closes, which also happens when the
 * tests are killed. The shell waits for its child, so that the port is free once it has ended.
 */
const SUPERVISOR = `programs=$1 data=$2 port=$3; shift 3
"$programs/postgres" -D "$data" -p "$port" -k "$data" \\
  -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=200 \\
  -c shared_buffers=64MB -c autovacuum=off "$@" >"$data/log" 2>&1 &
postgres=$!
cat >/dev/null
kill -INT $postgres 2>/dev/null
wait $postgres`;

/** A running PostgreSQL. */
export interface Cluster {
  /** Returns the address of a database, in the form of DATABASE_URL. */
  url(database: string): string;
  /** Creates a database with Hubbub's schema, or an empty one. @returns Its name. */
  make(kind?: "hubbub" | "empty"): Promise<string>;
  /** Drops a database, even if it is in use. */
  drop(database: string): Promise<void>;
  /** Runs statements in a database, as its administrator. */
  run(database: string, sql: string): Promise<readonly postgres.Row[]>;
  /** Dumps a database as statements that any client can run. */
  dump(database: string): Promise<string>;
  /** Stops it immediately, as in a crash; committed data survives. */
  stop(): Promise<void>;
  /** Starts it again, at the same address. */
  start(): Promise<void>;
}

/** Starts PostgreSQL before the tests of a file, and stops it after them. */
export function usePostgres(): Cluster {
  const { cluster, begin, end } = prepare();
  Deno.test.beforeAll(async () => {
    if (!ignore) await begin();
  });
  Deno.test.afterAll(async () => {
    if (!ignore) await end();
  });
  return cluster;
}

/**
 * Runs a function with a PostgreSQL of its own, outside of tests.
 *
 * @param settings Arguments of `postgres`, which override those of the tests.
 */
export async function withPostgres(
  run: (cluster: Cluster) => Promise<void>,
  settings: readonly string[] = [],
): Promise<void> {
  const { cluster, begin, end } = prepare(settings);
  await begin();
  try {
    await run(cluster);
  } finally {
    await end();
  }
}

/** A PostgreSQL that is not running yet. */
function prepare(settings: readonly string[] = []) {
  let directory = "";
  let port = 0;
  let made = 0;
  let supervisor: Deno.ChildProcess | undefined;

  const url = (database: string) => `postgres://hubbub@127.0.0.1:${port}/${database}`;
  const run = async (database: string, sql: string) => {
    const admin = postgres(url(database), { max: 1, fetch_types: false, onnotice() {} });
    try {
      return await admin.unsafe(sql);
    } finally {
      await admin.end();
    }
  };
  const stop = async () => {
    await supervisor?.stdin.close();
    await supervisor?.status;
    supervisor = undefined;
  };
  const start = async () => {
    supervisor = new Deno.Command("/bin/sh", {
      args: [
        "-c",
        SUPERVISOR,
        "sh",
        programs ?? "",
        `${directory}/data`,
        String(port),
        ...settings,
      ],
      cwd: directory,
      stdin: "piped",
      ...user,
    }).spawn();
    for (;;) {
      const error = await run("postgres", "SELECT 1").then(() => null, (error) => error);
      if (error === null) return;
      const ended = await Promise.race([supervisor.status, Promise.resolve(null)]);
      assert(ended === null, `PostgreSQL does not start: ${error}`);
    }
  };

  const begin = async () => {
    assert(programs !== null, "these tests need PostgreSQL (apt install postgresql)");
    directory = await Deno.makeTempDir();
    if (user.uid !== undefined) await Deno.chown(directory, user.uid, user.gid);
    const { success, stderr } = await new Deno.Command(`${programs}/initdb`, {
      args: ["-D", `${directory}/data`, "-U", "hubbub", "-E", "UTF8", "--locale=C", "--no-sync"],
      cwd: directory,
      ...user,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    port = freePort();
    await start();
    await run("postgres", "CREATE DATABASE hubbub");
    await (await openPostgres({ url: url("hubbub") })).close();
  };
  const end = async () => {
    await stop();
    await Deno.remove(directory, { recursive: true });
  };

  const cluster: Cluster = {
    url,
    run,
    start,
    stop,
    async make(kind = "hubbub") {
      const name = `test${++made}`;
      const template = kind === "hubbub" ? "hubbub" : "template0";
      await run("postgres", `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
      return name;
    },
    async drop(database) {
      await run("postgres", `DROP DATABASE ${database} WITH (FORCE)`);
    },
    async dump(database) {
      const { success, stdout, stderr } = await new Deno.Command(`${programs}/pg_dump`, {
        args: ["--inserts", "--no-owner", url(database)],
      }).output();
      assert(success, new TextDecoder().decode(stderr));
      // Newer versions write settings that older ones do not know, and psql meta-commands.
      return new TextDecoder().decode(stdout)
        .replace(/^(SET transaction_timeout = .*|\\(un)?restrict .*)\n/gm, "");
    },
  };
  return { cluster, begin, end };
}
