import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ignore, usePostgres } from "../support/postgres.ts";
import { type ServerProcess, spawnServer } from "../support/server.ts";

const cluster = usePostgres();
const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env=HUBBUB_*,DATABASE_URL,PG*",
];

/** The environment of a server on a database, with the variables that Deno needs. */
function environment(database: string): Record<string, string> {
  const { PATH = "", HOME = "", DENO_DIR = "" } = Deno.env.toObject();
  return { PATH, HOME, ...DENO_DIR && { DENO_DIR }, DATABASE_URL: cluster.url(database) };
}

async function ownerLink(database: string, server: string) {
  const { port } = new URL(server);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...PERMISSIONS, MAIN, "owner-link", `--port=${port}`],
    env: { ...environment(database), NO_COLOR: "1" },
    clearEnv: true,
  }).output();
  const decoder = new TextDecoder();
  return { url: decoder.decode(stdout).trim(), error: decoder.decode(stderr).trim() };
}

async function end(server: ServerProcess): Promise<void> {
  await server.kill("SIGTERM");
  await server.process.stdout.cancel().catch(() => {});
}

Deno.test({
  name: "postgres: DATABASE_URL selects the database, and the owner's link works there",
  ignore,
  async fn() {
    const database = await cluster.make("empty");
    const tooEarly = await ownerLink(database, "http://localhost:1");
    assertStringIncludes(tooEarly.error, "Start the server once");
    assert(!tooEarly.error.includes("hubbub@"), "who its user is, is nobody's business");

    const server = await spawnServer([], { env: environment(database) });
    const token = await server.signIn("Alice");
    const { url } = await ownerLink(database, server.url);
    const invite = new URLSearchParams(new URL(url).hash.slice(1)).get("invite");
    const body = { name: "Olga", invite };
    const owner = await server.request("/api/session", { method: "POST", body });
    assertEquals((await owner.json()).role, "owner");
    await end(server);

    const next = await spawnServer([], { env: environment(database) });
    const found = await next.request("/api/session", { token });
    assertEquals([found.status, (await found.json()).name], [200, "Alice"]);
    await end(next);
    await cluster.drop(database);
  },
});
