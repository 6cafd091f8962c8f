/**
 * The built file as Deno Deploy runs it: with its Deno, all permissions and no flags; the address in
 * the environment; no durable disk; several instances, each stopped by SIGINT at any moment.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { freePort } from "../support/client_swarm.ts";
import { type OneFile, oneFile, runtimes } from "../support/one_file.ts";
import { ignore as noPostgres, usePostgres } from "../support/postgres.ts";
import { needs } from "../support/permissions.ts";

const { ignore } = needs("env", "net", "read", "run", "sys", "write");
const denos = ignore ? {} : await runtimes();
const postgres = usePostgres();

const COMMAND = ["run", "--allow-all", "hubbub.js"];

/** How long the host waits between SIGINT and SIGKILL, in ms. */
const GRACE_MS = 5_000;

/** Starts an instance as the host does. */
async function launch(file: OneFile, deno: string, database: string) {
  const place = `127.0.0.1:${freePort()}`;
  return await file.spawn(deno, [], {
    command: COMMAND,
    address: `http://${place}`,
    env: {
      DENO_DEPLOY: "true",
      DENO_DEPLOYMENT_ID: "deployment1",
      DENO_SERVE_ADDRESS: `tcp:${place}`,
      DATABASE_URL: database,
      HUBBUB_RATE: "0",
    },
  });
}

type Instance = Awaited<ReturnType<typeof launch>>;

/** Stops an instance as the host does. @returns Its exit code: 0 if it has stopped gracefully. */
async function end(instance: Instance): Promise<number> {
  const killer = setTimeout(() => instance.process.kill("SIGKILL"), GRACE_MS);
  const { code } = await instance.kill("SIGINT");
  clearTimeout(killer);
  return code;
}

function textsOf(frames: readonly ServerFrame[]): string[] {
  return frames.flatMap((frame) => frame.type === "room_message" ? [frame.message] : []);
}

/** Reads every message of the default room, page by page. */
async function readAll({ signIn, request }: Instance): Promise<string[]> {
  const token = await signIn("Carol");
  const body = { message: "end" };
  const posted = await request("/api/rooms/general/messages", { token, method: "POST", body });
  await posted.body?.cancel();
  const texts: string[] = [];
  for (let after = 0; texts.at(-1) !== "end";) {
    const page = await request(`/api/rooms/general/messages?after=${after}`, { token });
    const { messages } = await page.json();
    texts.push(...textsOf(messages));
    after = messages.at(-1).seq;
  }
  return texts.slice(0, -1);
}

for (const [version, deno] of Object.entries(denos)) {
  Deno.test({
    name: `Deno ${version}: without a database it says what to do, and starts nothing`,
    ignore: ignore || deno === null,
    async fn() {
      await using file = await oneFile();
      const { code, stdout, stderr } = await new Deno.Command(deno!, {
        args: COMMAND,
        cwd: file.directory,
        clearEnv: true,
        env: { ...file.env, DENO_DEPLOYMENT_ID: "deployment1", DENO_DEPLOY: "true" },
      }).output();
      const said = new TextDecoder().decode(stderr).trim();
      assertMatch(said, /^Cannot store messages on Deno Deploy .*PostgreSQL.*DATABASE_URL[^\n]*$/);
      assertEquals([code, stdout.length], [1, 0]);
    },
  });

  Deno.test({
    name: `Deno ${version}: two instances are one server, and what is acknowledged outlives them`,
    ignore: ignore || noPostgres || deno === null,
    async fn() {
      await using file = await oneFile();
      const name = await postgres.make("empty");
      const database = postgres.url(name);
      const one = await launch(file, deno!, database);
      const other = await launch(file, deno!, database);
      const alice = await one.guest("Alice");
      const bob = await other.guest("Bob");
      await alice.ask({ type: "join", room: "general" });
      await bob.ask({ type: "join", room: "general" });
      await alice.ask({ type: "room_message", room: "general", message: "Is anybody there?" });
      await bob.next((frame) => frame.type === "room_message");
      await bob.ask({ type: "room_message", room: "general", message: "Me" });
      await alice.next((frame) => frame.type === "room_message" && frame.message === "Me");

      // The instance of Alice stops while she sends.
      const said = Array.from({ length: 2_000 }, (_, i) => `line ${i}`);
      for (const message of said) {
        alice.send({ type: "room_message", room: "general", message, key: message });
      }
      await alice.next((frame) => frame.type === "room_message" && frame.key !== undefined);
      assertEquals(await end(one), 0);
      assertEquals((await alice.closed).code, 1001);
      const acknowledged = textsOf(alice.frames);
      assert(acknowledged.length > 2);

      const stored = await readAll(other);
      assertEquals(new Set(stored).size, stored.length, "something is there twice");
      assertEquals(stored.slice(0, acknowledged.length), acknowledged);
      assertEquals(await end(other), 0);

      // The only other files are those that Deno caches.
      const left = Array.from(Deno.readDirSync(file.directory), (entry) => entry.name);
      assertEquals(left.filter((name) => name !== "cache"), ["hubbub.js"]);
      await postgres.drop(name);
    },
  });

  Deno.test({
    name: `Deno ${version}: browsers come by https, so that cookies are secure`,
    ignore: ignore || noPostgres || deno === null,
    async fn() {
      await using file = await oneFile();
      const name = await postgres.make("empty");
      const instance = await launch(file, deno!, postgres.url(name));
      const { host } = new URL(instance.url);
      const response = await fetch(`${instance.url}/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: `https://${host}` },
        body: JSON.stringify({ name: "Alice" }),
      });
      await response.body?.cancel();
      assertEquals(response.status, 201);
      assertMatch(response.headers.get("set-cookie") ?? "", /^__Host-hubbub_session=.*; Secure/);
      assert(response.headers.has("strict-transport-security"));
      // The host's proxy may have the loopback address, and stands for every client.
      const metrics = await fetch(`${instance.url}/metrics`);
      await metrics.body?.cancel();
      assertEquals(metrics.status, 401);
      assertEquals(await end(instance), 0);
      await postgres.drop(name);
    },
  });
}
