/** What the program prints when it cannot start: one sentence that says what to do, no stack. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ConfigError, SETTINGS } from "../lib/config/config.ts";
import { HttpListener } from "../lib/http/listener.ts";
import { createLog } from "../lib/observability/log.ts";
import { FakeClock } from "./support/fake_clock.ts";
import { freePort } from "./support/client_swarm.ts";
import { needs } from "./support/permissions.ts";
import { bundledPage } from "./support/bundled_page.ts";
import { START, startServer } from "./support/server.ts";

const permissions = needs("env", "net", "read", "run", "sys", "write");

interface Start {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Prepares the directory in which the program starts. */
  readonly before?: (directory: string) => Promise<unknown> | unknown;
}

/** Starts the program, which must exit by itself. @returns What it printed on standard error. */
async function refused({ args = [], env = {}, before }: Start): Promise<string> {
  const directory = await Deno.makeTempDir();
  await before?.(directory);
  const program = new Deno.Command(Deno.execPath(), {
    args: [...START, "--port=0", "--data=:memory:", ...args],
    cwd: directory,
    env: { DATABASE_URL: "", NO_COLOR: "1", ...env },
  });
  const { code, stdout, stderr } = await program.output();
  await Deno.remove(directory, { recursive: true });
  const said = new TextDecoder().decode(stderr).trim();
  assertEquals([code, new TextDecoder().decode(stdout)], [1, ""], said);
  return said;
}

/** The URL of a database on a free port, where no server answers. */
function refusing(): { url: string } & Disposable {
  return { url: `postgres://u:p@127.0.0.1:${freePort()}/x`, [Symbol.dispose]() {} };
}

const CASES: readonly (readonly [what: string, start: Start, says: RegExp])[] = [
  ["an invalid host", { args: ["--host=999.1.1.1"] }, /no address of this machine.*--host/],
  ["an unknown host name", { args: ["--host=no-such-host.invalid"] }, /no address of this machine/],
  ["another machine's address", { args: ["--host=192.0.2.1"] }, /no address of this machine/],
  ["a host with a port", { args: ["--host=127.0.0.1:80"] }, /no address of this machine/],
  [".env is a directory", { before: (d) => Deno.mkdir(`${d}/.env`) }, /\.env: it is a directory/],
  [
    "data is below a file",
    {
      args: ["--data=data/hubbub.db"],
      before: (d) => Deno.writeTextFile(`${d}/data`, ""),
    },
    /Cannot open store: data\/hubbub\.db: its directory cannot be created/,
  ],
  [
    "data is a directory",
    { args: ["--data=data"], before: (d) => Deno.mkdir(`${d}/data`) },
    /Cannot open store: data: it cannot be opened. Check that it is a file/,
  ],
  [
    "data is not a database",
    { args: ["--data=x"], before: (d) => Deno.writeTextFile(`${d}/x`, "a text ".repeat(999)) },
    /not a SQLite database/,
  ],
  [
    "no database at the address",
    { env: { DATABASE_URL: refusing().url } },
    /no server answers there. Start PostgreSQL, or correct DATABASE_URL/,
  ],
  [
    "no such host",
    { env: { DATABASE_URL: "postgres://u:p@no-such-host.invalid/x" } },
    /there is no such host. Correct DATABASE_URL/,
  ],
  [
    "no database at an IPv6 address",
    { env: { DATABASE_URL: `postgres://u:p@[::1]:${freePort()}/x` } },
    /Cannot open store: \[::1\]:\d+\/x: (no server answers|it cannot be reached)/,
  ],
  ["an unknown argument", { args: ["--prot=1"] }, /Unknown argument "--prot=1": see --help/],
];

/** Starts that are refused only to a user other than root. */
const UNPRIVILEGED: typeof CASES = [
  ["a privileged port", { args: ["--port=80"] }, /port 80: .* below 1024/],
  [
    ".env of another user",
    {
      before: async (d) => {
        await Deno.writeTextFile(`${d}/.env`, "HUBBUB_NAME=x");
        await Deno.chmod(`${d}/.env`, 0);
      },
    },
    /\.env: this user may not. Check who owns it/,
  ],
  [
    "a folder of another user",
    { args: ["--data=/nowhere/hubbub.db"] },
    /Cannot open store: \/nowhere\/hubbub\.db: its directory cannot be created/,
  ],
];

function assertOneSentence(said: string): void {
  assertEquals(said.split("\n").length, 1, said);
  assert(!/\bat \S+:\d+:\d+|^error: |Uncaught|\[object/.test(said), said);
}

Deno.test({
  name: "a failed start prints a sentence that says what to do",
  ...permissions,
  async fn(t) {
    for (const [what, start, says] of CASES) {
      await t.step(what, async () => {
        const said = await refused(start);
        assertMatch(said, says);
        assertOneSentence(said);
      });
    }
  },
});

Deno.test({
  name: "a start without the system's permissions prints a sentence as well",
  ...permissions,
  async fn(t) {
    // Root is refused nothing.
    if (Deno.uid() === 0) return;
    for (const [what, start, says] of UNPRIVILEGED) {
      await t.step(what, async () => {
        const said = await refused(start);
        assertMatch(said, says);
        assertOneSentence(said);
      });
    }
  },
});

const REFUSALS: readonly (readonly [error: Error, says: RegExp])[] = [
  [new Deno.errors.PermissionDenied("os error 13"), /port 80: .* below 1024/],
  [new Deno.errors.AddrInUse("os error 98"), /Port 80 is in use: choose another/],
  [new Deno.errors.AddrNotAvailable("os error 99"), /"192\.0\.2\.1": it is no address/],
  [new Deno.errors.NotCapable("net"), /start the server with --allow-net/],
];

Deno.test("a port that cannot be opened prints a sentence as well", () => {
  for (const [error, says] of REFUSALS) {
    const serve = () => {
      throw error;
    };
    const where = { hostname: "192.0.2.1", port: 80, setting: "port" } as const;
    const listen = () =>
      new HttpListener({ ...where, serve, clock: new FakeClock(), log: createLog("silent") });
    assertThrows(listen, ConfigError, undefined);
    try {
      listen();
    } catch (thrown) {
      assertMatch((thrown as Error).message, says);
    }
  }
});

Deno.test({
  name: "a port that is in use",
  ...permissions,
  async fn() {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const said = await refused({ args: [`--port=${taken.addr.port}`] });
    assertMatch(said, /Port \d+ is in use: choose another with --port/);
    assertOneSentence(said);
    // Both are checked before a certificate is ordered.
    const domain = ["--domain=chat.example.org", "--host=127.0.0.1"];
    const https = await refused({ args: [...domain, `--port=${taken.addr.port}`] });
    assertMatch(https, /Port \d+ is in use: choose another with --port/);
    const http = await refused({ args: [...domain, `--http-port=${taken.addr.port}`] });
    assertMatch(http, /Port \d+ is in use: choose another with --http-port or HUBBUB_HTTP_PORT/);
  },
});

Deno.test({
  name: "a wrong value of any setting",
  ...permissions,
  async fn(t) {
    // These settings take any text; an invalid one shows where it is used.
    const free = new Set(["host", "data", "name"]);
    for (const name of Object.keys(SETTINGS).filter((name) => !free.has(name))) {
      await t.step(name, async () => {
        const said = await refused({ args: [`--${name}=not a value!`] });
        assertMatch(said, new RegExp(`^Cannot use --${name}: it must be .*, received "`));
        assertOneSentence(said);
      });
    }
  },
});

Deno.test({
  name: "the server accepts connections before it builds the page",
  ...permissions,
  async fn() {
    const port = freePort();
    const connected = Promise.withResolvers<Deno.TcpConn>();
    await using _server = await startServer({ port }, undefined, undefined, () => {
      connected.resolve(Deno.connect({ port }));
      return bundledPage();
    });
    using connection = await connected.promise;
    assertEquals((connection.remoteAddr as Deno.NetAddr).port, port);
  },
});
