/** Scheduled messages, while servers are killed: in processes of their own, on each store. */
import { assert, assertEquals } from "@std/assert";
import { onEveryStore } from "../support/every_store.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { needs } from "../support/permissions.ts";
import { type ServerProcess, spawnServer } from "../support/server.ts";
import { call } from "../support/server_fixture.ts";
import { uploaded } from "../support/uploads.ts";

const cluster = usePostgres();

const TEXTS = Array.from({ length: 6 }, (_, n) => `message ${n}`);

/** Schedules all of the messages within a second or so: in a thread, each with a file. */
async function schedule(server: ServerProcess): Promise<string> {
  const token = await server.signIn("Alice", "a long password");
  const alice = await server.member(token);
  await alice.ask({ type: "join", room: "later" });
  await alice.ask({ type: "room_message", room: "later", message: "root" });
  const files: string[] = [];
  for (const text of TEXTS) files.push((await uploaded(server, token, "later", text)).id);
  const at = Date.now() + 400;
  for (const [n, message] of TEXTS.entries()) {
    const frame = { type: "schedule_message", room: "later", message, at: at + n * 60 } as const;
    const what = { ...frame, key: `k${n}`, thread: 1, files: [files[n]!] };
    assertEquals((await alice.ask(what)).type, "scheduled");
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
  const history = await alice.ask({ type: "history", room: "later", after: 1 });
  assert(history.type === "history");
  await alice.close();
  for (const { message, thread, files } of history.messages) {
    assertEquals([thread, files?.length], [1, 1]);
    const [file] = files!;
    const response = await server.request(`/api/files/${file!.id}`, { token });
    assertEquals(await response.text(), message);
  }
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

onEveryStore("scheduled messages: over HTTP, in a thread, with files alone", async (server) => {
  const token = await server.signIn("Alice", "a long password");
  const alice = await server.member(token);
  await alice.ask({ type: "join", room: "later" });
  await alice.ask({ type: "room_message", room: "later", message: "root" });
  const schedule = (body: object) =>
    call(server, "/api/rooms/later/scheduled", { method: "POST", token, body });
  const [sent, cancelled] = [
    await uploaded(server, token, "later"),
    await uploaded(server, token, "later"),
  ];
  const hour = Date.now() + 3_600_000;
  const what = { message: "", thread: 1, also_in_room: true };
  const waiting = await schedule({ ...what, files: [cancelled.id], at: hour });
  assertEquals([waiting.status, waiting.body.thread, waiting.body.files], [201, 1, [cancelled]]);
  const refused = [{ message: " " }, { message: "x", thread: 1, reply_to: 2 }];
  for (const body of refused) assertEquals((await schedule({ ...body, at: hour })).status, 400);
  assertEquals(
    (await schedule({ ...what, files: ["a".repeat(43)], at: hour })).code,
    "no_such_file",
  );

  await schedule({ ...what, files: [sent.id], key: "k", at: Date.now() });
  const said = await alice.take("room_message");
  assertEquals([said.thread, said.also_in_room, said.key, said.files], [1, true, "k", [sent]]);
  await alice.take("scheduled_sent");
  // A client that did not get the answer sends it once more.
  await schedule({ ...what, files: [sent.id], key: "k", at: Date.now() });
  await alice.take("scheduled_sent");
  const history = await alice.ask({ type: "history", room: "later" });
  assertEquals(history.type === "history" && history.messages.length, 2);

  const path = `/api/scheduled/${waiting.body.id}`;
  assertEquals((await call(server, path, { method: "DELETE", token })).status, 200);
  assertEquals((await call(server, `/api/files/${cancelled.id}`, { token })).status, 404);
  assertEquals((await call(server, `/api/files/${sent.id}`, { token })).status, 200);
  await alice.close();
});
