// The database loses commits that it has acknowledged, without the instances' knowledge: as in a
// failover to a replica that lagged behind.
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { type ServerFrame } from "../../lib/protocol/frames.ts";
import { CLOSE_CODES } from "../../lib/protocol/errors.ts";
import type { Peer } from "../support/peer.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { backAs, closeCode } from "../support/server_fixture.ts";

const cluster = usePostgres();

/** The driver keeps a timer a little longer than a test runs. */
const loose = { ignore, sanitizeOps: false, sanitizeResources: false };

/** Starts two instances with a user at each, who have posted twenty messages to a room. */
async function setUp() {
  const database = await cluster.make();
  const settings = { database: cluster.url(database), rate: 0 };
  const servers = [await startServer(settings), await startServer(settings)] as const;
  const [alice, bob] = [await servers[0].guest("Alice"), await servers[1].guest("Bob")];
  for (const peer of [alice, bob]) await join(peer);
  for (let n = 1; n <= 20; n++) {
    alice.send({ type: "room_message", room: "general", message: `old ${n}` });
  }
  for (const peer of [alice, bob]) {
    await peer.next((one) => one.type === "room_message" && one.seq === 20);
  }
  return {
    database,
    servers,
    alice,
    bob,
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server.stop();
      await cluster.drop(database);
    },
  };
}

async function join(peer: Peer) {
  peer.send({ type: "join", room: "general" });
  return await peer.take("joined");
}

/** Takes the database back to its state of ten messages before. */
const LOSE_TEN = `BEGIN; SET search_path TO hubbub;
  DELETE FROM events WHERE seq > 10; UPDATE rooms SET seq = 10 WHERE seq > 10; COMMIT`;

async function metric(server: TestServer, name: string): Promise<number> {
  const text = await (await server.request("/metrics")).text();
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
}

function epochOf(peer: Peer): string {
  const [welcome] = peer.frames.filter((one) => one.type === "welcome");
  assert(welcome?.type === "welcome");
  return welcome.epoch;
}

// Invariant E1.
Deno.test({
  name:
    "messages after the database lost its last ten are answered, and all clients join the new log",
  ...loose,
  async fn() {
    await using they = await setUp();
    const { servers, alice, bob, database } = they;
    await cluster.run(database, LOSE_TEN);
    // Ten concurrent messages: each would get the position of a lost one.
    for (let n = 11; n <= 20; n++) {
      alice.send({ type: "room_message", room: "general", message: `new ${n}`, key: `key ${n}` });
    }
    const codes = await Promise.all([closeCode(alice), closeCode(bob)]);
    assertEquals(codes, [CLOSE_CODES.log_restored.code, CLOSE_CODES.log_restored.code]);
    const answered = new Set(alice.frames.flatMap((one) => "key" in one ? one.key : []));
    const [again, bobAgain] = [await backAs(servers[0], "Alice"), await backAs(servers[1], "Bob")];
    assertNotEquals(epochOf(again), epochOf(alice));
    assertEquals(epochOf(again), epochOf(bobAgain), "all instances have the same epoch");
    await join(again);
    // Unanswered messages are sent again, as clients do, and are stored once.
    for (let n = 11; n <= 20; n++) {
      if (answered.has(`key ${n}`)) continue;
      again.send({ type: "room_message", room: "general", message: `new ${n}`, key: `key ${n}` });
    }
    // The reply to a ping can arrive before the message is stored.
    const isLast = (one: ServerFrame) => one.type === "room_message" && one.seq === 20;
    if (!answered.has("key 20")) await again.next(isLast);
    for (const peer of [again, bobAgain]) {
      const joined = await join(peer);
      const texts = joined.messages.map((one) => "message" in one ? one.message : "");
      const old = Array.from({ length: 10 }, (_, n) => `old ${n + 1}`);
      const fresh = Array.from({ length: 10 }, (_, n) => `new ${n + 11}`);
      assertEquals(texts.slice(0, 10), old);
      assertEquals(texts.slice(10).toSorted(), fresh);
      assertEquals(joined.seq, 20);
    }
    again.send({ type: "room_message", room: "general", message: "and on" });
    for (const peer of [again, bobAgain]) {
      await peer.next((one) => one.type === "room_message" && one.message === "and on");
    }
    assertEquals(await metric(servers[0], "hubbub_log_restored_total"), 1);
    assertEquals(await metric(servers[1], "hubbub_log_restored_total"), 1);
    assertEquals(await metric(servers[0], "hubbub_lost_events_total"), 10);
    assertMatch(servers[0].logged.join("\n"), /the log went back.*"lost":10/);
    for (const peer of [again, bobAgain]) await peer.close();
  },
});

Deno.test({
  name: "a post that meets a log that went back is answered with the stored message",
  ...loose,
  async fn() {
    await using they = await setUp();
    const { servers: [server], alice, database } = they;
    const token = await server.signIn("Carol", "correct horse battery staple");
    await cluster.run(database, LOSE_TEN);
    const body = { message: "posted", key: "k" };
    const path = "/api/rooms/general/messages";
    const response = await server.request(path, { method: "POST", token, body });
    assertEquals(response.status, 201);
    assertEquals((await response.json()).seq, 11);
    assertEquals(await closeCode(alice), CLOSE_CODES.log_restored.code);
  },
});

Deno.test({
  name: "connections cut while the database was replaced: the new log gets a new epoch by itself",
  ...loose,
  async fn() {
    await using they = await setUp();
    const { alice, bob, database, servers } = they;
    // As after a failover: the same tables on a server with another identity.
    await cluster.run(
      database,
      `${LOSE_TEN}; UPDATE hubbub.meta SET value = 'another server' WHERE name = 'identity'`,
    );
    await cluster.run(
      "postgres",
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
    );
    for (const peer of [alice, bob]) {
      assertEquals(await closeCode(peer), CLOSE_CODES.log_restored.code);
    }
    const again = await backAs(servers[1], "Bob");
    assertNotEquals(epochOf(again), epochOf(bob));
    assertEquals((await join(again)).seq, 10);
    await again.close();
  },
});

Deno.test({
  name:
    "a dump restored while the server is stopped is another log; after a plain restart it is not",
  ...loose,
  async fn() {
    const database = await cluster.make();
    const epoch = async (name: string) => {
      await using server = await startServer({ database: cluster.url(name) });
      const peer = await server.guest("Alice");
      await peer.close();
      return epochOf(peer);
    };
    const first = await epoch(database);
    assertEquals(await epoch(database), first);
    await cluster.run("postgres", `CREATE DATABASE restored_${database} TEMPLATE ${database}`);
    const second = await epoch(`restored_${database}`);
    assertNotEquals(second, first);
    assertEquals(await epoch(`restored_${database}`), second);
    for (const name of [database, `restored_${database}`]) await cluster.drop(name);
  },
});
