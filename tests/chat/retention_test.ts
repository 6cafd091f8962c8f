// Messages that are deleted because of their age: over the wire, on every store.
import { assert, assertEquals } from "@std/assert";
import { sweepExpired } from "../../lib/chat/retention.ts";
import { createLog } from "../../lib/observability/log.ts";
import type { StoredEvent } from "../../lib/store/records.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { log, upTo } from "../store/contract/fixture.ts";
import { follower, openInstances } from "../support/instances.ts";
import { writePast } from "../support/past.ts";
import { needs } from "../support/permissions.ts";
import type { Peer } from "../support/peer.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { type ServerProcess, spawnServer, startServer } from "../support/server.ts";
import type { TestServer, TestSettings } from "../support/server.ts";
import { enter, secretOf, SteppingClock } from "../support/server_fixture.ts";
import { inDirectory } from "../support/temporary_directory.ts";

const DAY_MS = 86_400_000;

const cluster = usePostgres();

/** Makes two tests, one for each store, each with a clock of its own. */
function withClock(
  name: string,
  run: (server: TestServer, clock: SteppingClock) => Promise<void>,
  settings: TestSettings = {},
): void {
  async function serve(rest: TestSettings) {
    const clock = new SteppingClock();
    await using server = await startServer({ rate: 0, ...settings, ...rest }, clock);
    await run(server, clock);
  }
  Deno.test({ name: `sqlite: ${name}`, ...needs("net", "read"), fn: () => serve({}) });
  Deno.test({
    name: `postgres: ${name}`,
    ignore,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const database = await cluster.make();
      await serve({ database: cluster.url(database) });
      await cluster.drop(database);
    },
  });
}

/** The owner, and a second user. */
async function people(server: TestServer) {
  const olga = (await enter(server, { name: "Olga", invite: secretOf(server.ownerUrl) })).body;
  const alice = (await enter(server, { name: "Alice" })).body;
  return { olga: olga.token as string, alice: alice.token as string };
}

/** Sends a message to the room "general". @returns Its `seq`. */
async function say(peer: Peer, message: string, rest: object = {}): Promise<number> {
  const said = await peer.ask({ type: "room_message", room: "general", message, ...rest });
  assert(said.type === "room_message", JSON.stringify(said));
  return said.seq;
}

withClock("a room says how long it keeps messages, and keeps its word", async (server, clock) => {
  const { olga, alice } = await people(server);
  const [owner, member] = [await server.member(olga), await server.member(alice)];
  for (const peer of [owner, member]) await peer.ask({ type: "join", room: "general" });
  const old = await say(member, "an old message about zebras");
  const pinned = await say(member, "rules");
  await owner.ask({ type: "pin_message", room: "general", seq: pinned, on: true });
  await owner.ask({ type: "save_message", room: "general", seq: old, on: true });
  await owner.ask({
    type: "set_reminder",
    room: "general",
    seq: old,
    at: clock.now() + DAY_MS * 9,
  });
  clock.step(3 * DAY_MS);
  const recent = await say(member, "a new message");
  const refused = await member.ask({ type: "set_room", room: "general", retention_days: 2 });
  assertEquals(refused.type === "error" && refused.code, "forbidden");
  const changed = await owner.ask({ type: "set_room", room: "general", retention_days: 2 });
  assert(changed.type === "room_changed" && changed.retention_days === 2);
  const deleted = await member.take("message_deleted");
  const { target, sender, expired } = deleted;
  assertEquals([target, sender, expired], [old, "Alice", true]);
  assertEquals(deleted.seq, changed.seq + 1);
  const history = await member.ask({ type: "history", room: "general" });
  assert(history.type === "history");
  const left = history.messages.map(({ seq, message }) => [seq, message]);
  assertEquals(left, [[old, ""], [pinned, "rules"], [recent, "a new message"]]);
  const found = await member.ask({ type: "search", query: "zebras" });
  assert(found.type === "search_results" && found.messages.length === 0);
  const saved = await owner.ask({ type: "list_saved" });
  assert(saved.type === "saved" && saved.messages.length === 0);
  const reminders = await owner.ask({ type: "list_reminders" });
  assert(reminders.type === "reminders" && reminders.reminders.length === 0);
  // A member who was away has the event in the replay, and the limit with the room.
  const back = await server.member(alice);
  const joined = await back.ask({ type: "join", room: "general", after: recent });
  assert(joined.type === "joined" && joined.retention_days === 2);
  assertEquals(joined.messages.map(({ type }) => type), ["room_changed", "message_deleted"]);
  const log = await owner.ask({ type: "moderation_log", action: "set_room" });
  assert(log.type === "moderation_log");
  assertEquals(log.entries[0]?.detail, "retention_days: 2");
});

withClock("the server's limit holds in conversations too", async (server, clock) => {
  const { olga, alice } = await people(server);
  const [owner, member] = [await server.member(olga), await server.member(alice)];
  const welcome = member.frames.find((frame) => frame.type === "welcome");
  assertEquals(welcome?.limits.retention_days, 5);
  await owner.ask({ type: "private_message", receiver: "Alice", message: "psst" });
  clock.step(5 * DAY_MS);
  // A change of any room begins at once; otherwise the server looks once a minute.
  await owner.ask({ type: "set_room", room: "general", retention_days: 9 });
  const deleted = await member.take("message_deleted");
  assert("receiver" in deleted);
  assertEquals([deleted.target, deleted.receiver], [1, "Alice"]);
}, { "retention-days": 5 });

withClock("an owner decides how long the server keeps messages", async (server, clock) => {
  const { olga, alice } = await people(server);
  const [owner, member] = [await server.member(olga), await server.member(alice)];
  for (const peer of [owner, member]) await peer.ask({ type: "join", room: "general" });
  const old = await say(member, "an old message");
  clock.step(8 * DAY_MS);
  const refused = await member.ask({ type: "set_server", retention_days: 7 });
  assertEquals(refused.type === "error" && refused.code, "forbidden");
  const changed = await owner.ask({ type: "set_server", retention_days: 7 });
  assert(changed.type === "server_changed" && changed.retention_days === 7);
  assertEquals((await member.take("server_changed")).retention_days, 7);
  assertEquals((await member.take("message_deleted")).target, old);
  const back = await server.member(alice);
  const welcome = back.frames.find((frame) => frame.type === "welcome");
  assertEquals(welcome?.limits.retention_days, 7);
  // No limit at all, whatever the setting says.
  await owner.ask({ type: "set_server", retention_days: 0 });
  assertEquals((await member.take("server_changed")).retention_days, 0);
  const log = await owner.ask({ type: "moderation_log", action: "set_server_retention" });
  assert(log.type === "moderation_log");
  assertEquals(log.entries.map(({ detail }) => detail), ["0", "7"]);
}, { "retention-days": 90 });

Deno.test({
  name: "a server that is killed while it deletes goes on after the restart, once for each message",
  ...needs("net", "read", "write", "run"),
  fn: () =>
    inDirectory(async (directory) => {
      const count = 3_000;
      const { path, token } = await killWhileItDeletes(directory, count);
      const second = await spawnServer(deleting(path));
      const zoe = await deletesAtOnce(second, token);
      while (true) {
        const { target } = await zoe.take("message_deleted");
        if (target === count) break;
      }
      await second.kill();
      const all = await logIn(path);
      const targets = targetsOf(all);
      assertEquals(targets.toSorted((a, b) => Number(a) - Number(b)), upTo(count));
      assertEquals(all.map(({ seq }) => seq), upTo(2 * count));
    }),
});

/** Kills a server while it deletes. One that is faster than the kill is tried again. */
async function killWhileItDeletes(directory: string, count: number) {
  for (let attempt = 1;; attempt++) {
    const path = `${directory}/${attempt}.db`;
    await writePast(path, { room: "general", count, until: Date.now() - 2 * DAY_MS });
    const server = await spawnServer(deleting(path));
    const token = await server.signIn("Zoe");
    await deletesAtOnce(server, token);
    await server.kill();
    if (targetsOf(await logIn(path)).length < count) return { path, token };
  }
}

/** The settings of a server that deletes what is older than a day. */
function deleting(path: string): string[] {
  return [`--data=${path}`, "--retention-days=1"];
}

async function logIn(path: string): Promise<readonly StoredEvent[]> {
  const store = await openSqlite({ path, durability: "process" });
  const room = await store.findRoom("general", 0);
  assert(room !== null);
  const all = await log(store, room);
  await store.close();
  return all;
}

function targetsOf(events: readonly StoredEvent[]) {
  return events.flatMap((event) => event.kind === "delete" ? [event.target] : []);
}

/** Changes some room, at which the server begins, and waits until the first message is deleted. */
async function deletesAtOnce(server: ServerProcess, token: string): Promise<Peer> {
  const zoe = await server.member(token);
  await zoe.ask({ type: "join", room: "general" });
  await zoe.ask({ type: "create_room", room: "zoes", kind: "public" });
  zoe.send({ type: "set_room", room: "zoes", retention_days: 1 });
  await zoe.take("message_deleted");
  return zoe;
}

Deno.test("two instances that delete at the same time delete each message once", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const alice = await follower(one, "Alice", "lobby");
  const bob = await follower(two, "Bob", "lobby");
  for (let n = 1; n <= 300; n++) {
    await alice.start({ type: "room_message", room: "lobby", message: `${n}` });
  }
  await them.settle();
  await them.clock.advance(DAY_MS);
  for (const device of [alice, bob]) device.forget();
  const { clock, store } = them;
  const log = createLog("error", () => {});
  const sweeps = them.fixtures.map(({ hub }) =>
    sweepExpired({ store, hub, clock, log, days: () => 1 })
  );
  await clock.advance(120_000);
  await them.settle();
  for (const sweep of sweeps) await sweep.close();
  for (const device of [alice, bob]) {
    const targets = device.newsOf("message_deleted").map(({ target }) => target);
    assertEquals(targets.toSorted((a, b) => a - b), upTo(300));
  }
});
