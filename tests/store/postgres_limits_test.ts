// A database that has no more: no connection, or no room on its disk.
import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../lib/store/error.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { inCi } from "../support/permissions.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { log, makeStoreFixture, message, ROOMY, upTo } from "./contract/fixture.ts";

const cluster = usePostgres();

/** The driver keeps a timer a little longer than a test runs. */
const loose = { ignore, sanitizeOps: false, sanitizeResources: false };

/** A database of a role that may have a number of connections. */
async function limited(connections: number) {
  const database = await cluster.make("empty");
  const role = `limited_${database}`;
  await cluster.run(database, `CREATE ROLE ${role} LOGIN CONNECTION LIMIT ${connections}`);
  await cluster.run(database, `GRANT CREATE ON DATABASE ${database} TO ${role}`);
  return {
    url: cluster.url(database).replace("//hubbub@", `//${role}@`),
    async [Symbol.asyncDispose]() {
      await cluster.drop(database);
      await cluster.run("postgres", `DROP ROLE ${role}`);
    },
  };
}

Deno.test({
  name: "postgres: a server for which the database has no connection says so, and does not start",
  ...loose,
  async fn() {
    await using database = await limited(0);
    await assertRejects(
      () => openPostgres({ url: database.url }),
      StoreError,
      "it has no connection left. Raise its max_connections, or end other clients",
    );
  },
});

Deno.test({
  name: "postgres: with fewer connections than it would use a server works, and says so once",
  ...loose,
  async fn() {
    await using database = await limited(4);
    const server = await startServer({ database: database.url, rate: 0 });
    const people = await Promise.all(upTo(8).map((n) => server.guest(`Guest ${n}`)));
    for (const peer of people) await peer.ask({ type: "join", room: "general" });
    await Promise.all(people.map(async (peer, n) => {
      for (const i of upTo(5)) {
        peer.send({ type: "list_members", room: "general" }, { type: "list_rooms" });
        const message = `${n} ${i}`;
        assertEquals(
          (await peer.ask({ type: "room_message", room: "general", message })).type,
          "room_message",
        );
      }
    }));
    const said = server.logged.filter((line) => line.includes("no connection left"));
    assertEquals(said.length, 1, server.logged.join("\n"));
    assertEquals(server.logged.filter((line) => line.includes('"error"')), []);
    for (const peer of people) await peer.close();
    await server.stop();
  },
});

/** A small file system for a tablespace; `null` if it cannot be mounted. */
async function smallDisk() {
  const path = await Deno.makeTempDir();
  const run = async (program: string, ...args: string[]) =>
    (await new Deno.Command(program, { args, stderr: "null" }).output()).success;
  if (!await run("mount", "-t", "tmpfs", "-o", "size=40m,mode=777", "tmpfs", path)) {
    await Deno.remove(path);
    return null;
  }
  await Deno.mkdir(`${path}/space`);
  await Deno.chmod(`${path}/space`, 0o777);
  await run("chown", "65534:65534", `${path}/space`);
  const ballast = `${path}/ballast`;
  return {
    path: `${path}/space`,
    async fill() {
      using file = await Deno.open(ballast, { create: true, append: true });
      const chunk = new Uint8Array(4_096);
      while (await file.write(chunk).catch(() => 0) > 0);
    },
    free: () => Deno.remove(ballast),
    async [Symbol.asyncDispose]() {
      await run("umount", "-l", path);
      await Deno.remove(path);
    },
  };
}

Deno.test({
  name: "postgres: a full disk refuses messages and says so; history is served; then it goes on",
  ...loose,
  async fn() {
    await using disk = await smallDisk();
    if (disk === null) {
      assert(!inCi(), "this test has to mount a small file system");
      return console.log("Ignored: this test needs root, to mount a small file system");
    }
    const database = await cluster.make("hubbub");
    await cluster.run("postgres", `CREATE TABLESPACE small LOCATION '${disk.path}'`);
    await cluster.run("postgres", `ALTER DATABASE ${database} SET TABLESPACE small`);
    const store = await openPostgres({ url: cluster.url(database) });
    const { alice, team } = await makeStoreFixture(store);
    const text = "many words ".repeat(500);
    const say = (n: number) =>
      store.append([message(team, alice, `${n} ${text}`, { key: `${n}` })]);
    await say(1);
    await disk.fill();
    let said = 1;
    const error = await assertRejects(async () => {
      for (;;) {
        await say(said + 1);
        said += 1;
      }
    }, StoreError);
    assertEquals(error.code, "storage_full");
    assertEquals(error.message, "Cannot store: the disk is full. Make room on it.");
    assertEquals((await store.pageBefore(team.id, 1e9, ROOMY)).messages.length, said);
    await disk.free();
    await say(said + 1);
    assertEquals((await log(store, team)).map(({ seq }) => seq), upTo(said + 1));
    await store.close();
    await cluster.drop(database);
    await cluster.run("postgres", "DROP TABLESPACE small");
  },
});
