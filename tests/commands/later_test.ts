/** Scheduled messages, while servers are killed: in processes of their own, on each store. */
import { assert, assertEquals } from "@std/assert";
import { ignore, usePostgres } from "../support/postgres.ts";
import { needs } from "../support/permissions.ts";
import { type ServerProcess, spawnServer } from "../support/server.ts";

const cluster = usePostgres();

const TEXTS = Array.from({ length: 6 }, (_, n) => `message ${n}`);

/** Schedules all of the messages within a second or so. */
async function schedule(server: ServerProcess): Promise<string> {
  const token = await server.signIn("Alice", "a long password");
  const alice = await server.member(token);
  await alice.ask({ type: "join", room: "later" });
  const at = Date.now() + 400;
  for (const [n, message] of TEXTS.entries()) {
    const frame = { type: "schedule_message", room: "later", message, at: at + n * 60 } as const;
    assertEquals((await alice.ask({ ...frame, key: `k${n}` })).type, "scheduled");
  }
  // Killed while it sends them.
  await alice.next((one) => one.type === "room_message");
  return token;
}

/** Waits until nothing is left to send. @returns The messages of the room. */
async function sentBy(server: ServerProcess, token: string): Promise<readonly string[]> {
  const alice = await server.member(token);
  await alice.ask({ type: "join", room: "later" });
  for (;;) {
    const list = await alice.ask({ type: "list_scheduled" });
    assert(list.type === "scheduled_list");
    if (list.entries.length === 0) break;
    await alice.next(({ type }) => type === "scheduled_sent");
  }
  const history = await alice.ask({ type: "history", room: "later" });
  assert(history.type === "history");
  await alice.close();
  return history.messages.map(({ message }) => message);
}

async function end(server: ServerProcess): Promise<void> {
  await server.kill();
  await server.process.stdout.cancel().catch(() => {});
}

Deno.test({
  name: "scheduled messages are sent once, although the server is killed while it sends them",
  ...needs("net", "read", "write", "run", "env"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const args = [`--data=${directory}/hubbub.db`, "--log-level=error"];
    const first = await spawnServer(args);
    const token = await schedule(first);
    await end(first);
    const second = await spawnServer(args);
    assertEquals((await sentBy(second, token)).toSorted(), TEXTS);
    await end(second);
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "scheduled messages are sent once, although one of two instances is killed",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const database = await cluster.make();
    const args = [`--database=${cluster.url(database)}`, "--log-level=error"];
    const first = await spawnServer(args);
    const other = await spawnServer(args);
    const token = await schedule(first);
    await end(first);
    assertEquals((await sentBy(other, token)).toSorted(), TEXTS);
    await end(other);
    await cluster.drop(database);
  },
});
