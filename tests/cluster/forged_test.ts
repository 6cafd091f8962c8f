// Another role of the same database, which may only connect, listens to the instances and sends
// forged notifications.
import { assert, assertEquals, assertMatch } from "@std/assert";
import postgres from "postgres";
import { createHmac } from "node:crypto";
import { ignore, usePostgres } from "../support/postgres.ts";
import { startServer, type TestServer } from "../support/server.ts";

const cluster = usePostgres();

/** The driver keeps a timer a little longer than a test runs. */
const loose = { ignore, sanitizeOps: false, sanitizeResources: false };

/** Starts two instances, and a role that may only connect to their database. */
async function setUp() {
  const database = await cluster.make();
  const url = cluster.url(database);
  const role = `stranger_${database}`;
  await cluster.run(database, `CREATE ROLE ${role} LOGIN`);
  const settings = { database: url, rate: 0 };
  const [one, two] = [await startServer(settings), await startServer(settings)];
  const stranger = postgres(url.replace("//hubbub@", `//${role}@`), {
    max: 1,
    fetch_types: false,
    onnotice() {},
  });
  return {
    database,
    one,
    two,
    stranger,
    async [Symbol.asyncDispose]() {
      await one.stop();
      await two.stop();
      await stranger.end({ timeout: 1 });
      await cluster.drop(database);
      await cluster.run("postgres", `DROP ROLE ${role}`);
    },
  };
}

/** How many notifications an instance has ignored, by reason. */
async function ignored(server: TestServer): Promise<Record<string, number>> {
  const text = await (await server.request("/metrics")).text();
  const found = text.matchAll(/^hubbub_peer_messages_ignored_total\{reason="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...found].map(([, reason = "", count]) => [reason, Number(count)]));
}

const sum = (counts: Record<string, number>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** Bodies of every kind of peer message, for these account and room numbers. */
function bodies(account: number, room: number): string[] {
  const effects = [
    ..."member_added said typing read level".split(" ").map((type) => ({ type, room, account })),
    { type: "member_removed", room, account, by: account },
    { type: "room_changed", room, locked: true, slowMs: 1_000_000 },
    ..."muted signed_out retired".split(" ").map((type) => ({ type, account, until: 9e15 })),
    { type: "role_changed", account: { id: account, name: "Mallory", role: "owner" } },
    { type: "role_changed", account, role: "owner" },
    { type: "blocked", account, other: account },
    { type: "banned", account, everywhere: true },
    { type: "told", account: { id: account }, frame: { type: "error", code: "forbidden" } },
    { type: "room_told", room, frame: { type: "typing", room: "general", name: "Nobody" } },
    { type: "painted", colour: "teal" },
  ].map((effect) => ({ type: "effect", effect, count: 1 }));
  const others = [
    { type: "presence", account, state: "offline", count: 2 },
    { type: "roster", people: [{ account, state: "online" }], count: 3 },
    { type: "roster_request", of: null, count: 4 },
    { type: "epoch", count: 5 },
    { type: "alive", count: 6 },
    { type: "bye", count: 7 },
    { type: "fashion", count: 8 },
  ];
  const messages = [...effects, ...others].map((notice) => `told 1/1 ${JSON.stringify([notice])}`);
  const advanced = [[room, 1e9], [room, 2], [room, -1], [9_999, 1e9]].map(([room, seq]) =>
    `grown ${JSON.stringify([{ room, seq, low: null, high: null }])}`
  );
  const odd = [
    "told 1/2 [",
    "told 2/2 ]",
    "told 1/99999999 x",
    "told x",
    "grown {",
    "advanced",
    "",
  ];
  return [
    ...messages,
    ...advanced,
    ...odd,
    `grown ${"[".repeat(3_000)}`,
    `told 1/1 ${"x".repeat(7_000)}`,
  ];
}

// Invariant C1.
Deno.test({
  name: "notifications from another database role have no effect, are counted and block nothing",
  ...loose,
  async fn() {
    await using instances = await setUp();
    const { one, two, stranger, database } = instances;
    const token = await two.signIn("Mallory", "correct horse battery staple");
    const [alice, mallory] = [await one.guest("Alice"), await two.member(token)];
    for (const peer of [alice, mallory]) {
      peer.send({ type: "join", room: "general" });
      await peer.take("joined");
    }
    const say = async (message: string) => {
      alice.send({ type: "room_message", room: "general", message });
      assertEquals(await seen(message), message);
    };
    const seen = async (message: string) => {
      const frame = await mallory.next((one) =>
        one.type === "room_message" && one.message === message
      );
      return frame.type === "room_message" ? frame.message : "";
    };
    await say("before");

    // The role can read no key, and write to no table.
    for (const sql of ["SELECT * FROM hubbub.peer_keys", "SELECT hubbub.append('', 1, '[]')"]) {
      const error = await stranger.unsafe(sql).then(() => null, (error) => error);
      assertMatch(String(error), /permission denied/);
    }
    const captured: string[] = [];
    await stranger.listen("hubbub", (payload) => void captured.push(payload));
    await say("listened to");
    const notify = (payload: string) => stranger`SELECT pg_notify('hubbub', ${payload})`;
    const [{ id: account } = { id: 0 }] = await cluster.run(
      database,
      "SELECT id::int FROM hubbub.accounts WHERE name = 'Mallory'",
    );
    const [{ id: room } = { id: 0 }] = await cluster.run(
      database,
      "SELECT id::int FROM hubbub.rooms",
    );
    const genuine = captured.filter((payload) => payload.includes("advanced")).at(-1);
    assert(genuine !== undefined);
    const [, from, count, mac] = /^(\S+) (\d+) (\S+) /.exec(genuine) ?? [];
    const seal = (head: string, body: string) =>
      createHmac("sha256", "guessed").update(`hubbub ${head} ${body}`).digest("hex");
    const before = sum(await ignored(two));
    let sent = 0;
    for (const body of bodies(account, room)) {
      const positions = [`${from} ${Number(count) + 1}`, `${crypto.randomUUID()} 1`];
      // In the form of the previous version, with another message's seal, and with a guessed key.
      const payloads = [
        `${from} ${body}`,
        ...positions.flatMap((
          head,
        ) => [`${head} ${mac} ${body}`, `${head} ${seal(head, body)} ${body}`]),
      ];
      for (const payload of payloads) await notify(payload);
      sent += payloads.length;
    }
    // A replay of genuine messages, unchanged and with another counter.
    for (const payload of captured.filter((each) => each.startsWith(`${from} `)).slice(0, 20)) {
      await notify(payload);
      await notify(payload.replace(/ \d+ /, " 999999 "));
      sent += 2;
    }
    await say("after");
    const after = await ignored(two);
    assert(sum(after) - before >= sent, JSON.stringify({ after, sent }));
    assertEquals(Object.keys(after).toSorted(), ["forged", "malformed", "replayed"]);

    const check = await mallory.ask({ type: "set_room", room: "general", locked: true });
    assertEquals(check.type === "error" && check.code, "forbidden", "no account became an owner");
    const [{ role } = { role: "" }] = await cluster.run(
      database,
      "SELECT role FROM hubbub.accounts WHERE name = 'Mallory'",
    );
    assertEquals(role, "member");
    mallory.send({ type: "room_message", room: "general", message: "still here" });
    assertEquals(await seen("still here"), "still here");
    await say("and heard");
    assertEquals([...one.logged, ...two.logged].filter((line) => line.includes("error")), []);
    await alice.close();
    await mallory.close();
  },
});

Deno.test({
  name: "typing, read marks, levels, roles and presence are sent between instances without names",
  ...loose,
  async fn() {
    await using instances = await setUp();
    const { one, two, stranger } = instances;
    const captured: string[] = [];
    await stranger.listen("hubbub", (payload) => void captured.push(payload));
    const token = await one.signIn("Alice", "correct horse battery staple");
    const [laptop, phone] = [await one.member(token), await two.member(token)];
    const bob = await two.guest("Bob");
    for (const peer of [laptop, phone, bob]) {
      peer.send({ type: "join", room: "general" });
      await peer.take("joined");
    }
    laptop.send({ type: "room_message", room: "general", message: "hello" });
    await bob.take("room_message");
    laptop.send({ type: "typing", room: "general" });
    assertEquals((await bob.take("typing")).name, "Alice");
    laptop.send({ type: "read", room: "general", seq: 1 });
    const read = await phone.take("read");
    assertEquals([read.room, read.seq], ["general", 1]);
    await bob.ask({ type: "room_message", room: "general", message: "a reply", thread: 1 });
    await phone.next((one) => one.type === "room_message" && one.thread === 1);
    laptop.send({ type: "typing", room: "general", thread: 1 });
    assertEquals((await bob.take("typing")).thread, 1);
    laptop.send({ type: "read", room: "general", seq: 2, thread: 1 });
    const threadRead = await phone.take("read");
    assertEquals([threadRead.seq, threadRead.thread], [2, 1]);
    laptop.send({ type: "follow_thread", room: "general", thread: 1, on: false });
    assertEquals((await phone.take("thread_followed")).on, false);
    laptop.send({ type: "set_level", room: "general", level: "none" });
    assertEquals((await phone.take("level")).level, "none");
    laptop.send({ type: "mark_unread", room: "general", seq: 1 });
    const unread = await phone.take("read");
    assertEquals([unread.seq, unread.marked_unread, unread.unread], [0, true, 0]);
    laptop.send({ type: "set_quiet", until: 5_000 });
    assertEquals((await phone.take("quiet")).until, 5_000);
    await cluster.run(
      instances.database,
      "UPDATE hubbub.accounts SET role = 'moderator' WHERE role = 'member'",
    );
    laptop.send({ type: "set_group", group: "Designers", ids: [laptop.id] });
    await laptop.take("group");
    // A message between instances may take longer than this one command.
    for (let mentions: readonly string[] = []; mentions.length === 0;) {
      const sent = await bob.ask({ type: "room_message", room: "general", message: "@designers" });
      mentions = sent.type === "room_message" ? sent.mentions ?? [] : ["refused"];
      if (mentions.length > 0) assertEquals(mentions[1], laptop.id);
    }
    laptop.send({ type: "private_message", receiver: "Bob", message: "psst" });
    await bob.take("private_message");
    bob.send({ type: "typing", room: "@Alice" });
    await laptop.next((one) => one.type === "typing" && one.room === "@Bob" && one.name === "Bob");
    laptop.send({ type: "block", name: "Bob", on: true });
    assertEquals((await phone.take("blocks")).names, ["Bob"]);
    laptop.send({ type: "leave", room: "general" });
    assertEquals((await bob.take("member_left")).name, "Alice");
    assertEquals((await phone.take("left")).room, "general");
    const all = captured.join("\n");
    for (const word of ["Alice", "Bob", "general", "hello", "psst", "Designers"]) {
      assert(!all.includes(word), word);
    }
    for (const peer of [laptop, phone, bob]) await peer.close();
  },
});
