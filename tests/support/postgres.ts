/**
 * A PostgreSQL for tests: a private one in a temporary directory, on a port of its own. Where
 * PostgreSQL is not installed the tests are ignored, except on a build server, which must have it.
 *
 * @module
 */
import { assert } from "@std/assert";
import postgres from "postgres";
import { openPostgres } from "../../lib/store/postgres.ts";
import { freePort } from "./flock.ts";
import { inCi, needs } from "./permissions.ts";

const permitted = !needs("env", "net", "read", "run", "sys", "write").ignore;
const programs = permitted ? findPrograms() : null;

/** Whether there is no PostgreSQL, and need not be one. */
export const ignore = !permitted || (programs === null && !inCi());
if (ignore && permitted) {
  console.log("Ignored: these tests need PostgreSQL (apt install postgresql)");
}

/** Where `initdb` and `postgres` are: Debian keeps them beside each other, by version. */
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

/** PostgreSQL refuses to run as root: then it runs as somebody who may do nothing. */
const NOBODY = 65_534;
const user = permitted && Deno.uid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/**
 * Ends PostgreSQL, and takes its data away, when the pipe to it closes: also when the tests are
 * killed. The shell waits for what it has started, so that the port is free when it has ended.
 */
const KEEPER = `"$1/postgres" -D "$2" -p "$3" -k "$2" \\
  -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=200 \\
  -c shared_buffers=64MB -c autovacuum=off >"$2/log" 2>&1 &
postgres=$!
cat >/dev/null
kill -INT $postgres
wait $postgres`;

/** A PostgreSQL that runs. */
export interface Cluster {
  /** Where a database is, as DATABASE_URL says it. */
  url(database: string): string;
  /** Makes a database with Hubbub's schema, or an empty one. @returns Its name. */
  make(kind?: "hubbub" | "empty"): Promise<string>;
  /** Drops a database, whoever uses it. */
  drop(database: string): Promise<void>;
  /** Runs statements in a database, as its administrator. */
  run(database: string, sql: string): Promise<readonly postgres.Row[]>;
  /** Stops it at once, as if the machine had failed; what was committed is there again later. */
  stop(): Promise<void>;
  /** Starts it again, at the same address. */
  start(): Promise<void>;
}

/** Starts PostgreSQL before the tests of a file, and ends it after them. */
export function usePostgres(): Cluster {
  let directory = "";
  let port = 0;
  let made = 0;
  let keeper: Deno.ChildProcess | undefined;

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
    await keeper?.stdin.close();
    await keeper?.status;
    keeper = undefined;
  };
  const start = async () => {
    keeper = new Deno.Command("/bin/sh", {
      args: ["-c", KEEPER, "sh", programs ?? "", `${directory}/data`, String(port)],
      cwd: directory,
      stdin: "piped",
      ...user,
    }).spawn();
    for (;;) {
      const error = await run("postgres", "SELECT 1").then(() => null, (error) => error);
      if (error === null) return;
      const ended = await Promise.race([keeper.status, Promise.resolve(null)]);
      assert(ended === null, `PostgreSQL does not start: ${error}`);
    }
  };

  Deno.test.beforeAll(async () => {
    if (ignore) return;
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
  });
  Deno.test.afterAll(async () => {
    if (ignore) return;
    await stop();
    await Deno.remove(directory, { recursive: true });
  });

  return {
    url,
    run,
    start,
    stop,
    async make(kind = "hubbub") {
      const name = `test${++made}`;
      const template = kind === "hubbub" ? "hubbub" : "template0";
      await run("postgres", `CREATE DATABASE ${name} TEMPLATE ${template}`);
      return name;
    },
    async drop(database) {
      await run("postgres", `DROP DATABASE ${database} WITH (FORCE)`);
    },
  };
}
