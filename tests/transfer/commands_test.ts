import { assert, assertEquals, assertMatch } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { spawnServer } from "../support/server.ts";

const permissions = needs("net", "read", "run", "write");
const root = new URL("../../", import.meta.url);

/** Runs one of the tools, as its task in `deno.json` does. */
async function run(...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-read", "--allow-write", "--allow-net"],
      ...["--allow-env=HUBBUB_*,DATABASE_URL,PG*", new URL("main.ts", root).pathname, ...args],
    ],
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test({
  name: "a user gets a link to sign in beside a running server, and only the last one works, once",
  ...permissions,
  async fn() {
    const directory = await Deno.makeTempDir();
    const data = ["--data", `${directory}/one.db`];
    const server = await spawnServer(data);
    await server.signIn("Alice");
    const tool = async (...name: readonly string[]) => {
      const { code, stdout, stderr } = await run("sign-in-link", ...name, ...data);
      return code === 0 ? stdout.trim() : stderr.trim();
    };
    const enter = async (link: string) => {
      const [, secret = ""] = /#sign-in=(.+)$/.exec(link) ?? [];
      const body = { sign_in: secret };
      return await (await server.request("/api/session", { method: "POST", body })).json();
    };
    const [first, second] = [await tool("alice"), await tool("Alice")];
    assertEquals((await enter(first)).code, "bad_invite");
    assertEquals((await enter(second)).name, "Alice");
    assertEquals((await enter(second)).code, "bad_invite");
    assertMatch(await tool("Bob"), /there is no account "Bob"/);
    assertMatch(await tool(), /name a user/);
    await server.kill();
    const { openSqlite } = await import("../../lib/store/sqlite/store.ts");
    const store = await openSqlite({ path: data[1]!, durability: "process" });
    const entries = await store.moderationLog({ before: null, limit: 9 });
    const links = entries.map(({ action, subject, by }) => [action, subject, by]);
    assertEquals(links, [1, 2].map(() => ["sign_in_link", "Alice", "deno task sign-in-link"]));
    await store.close();
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "a running server is exported and backed up, and its data works elsewhere",
  ...permissions,
  async fn() {
    const directory = await Deno.makeTempDir();
    const file = (name: string) => `${directory}/${name}`;
    const server = await spawnServer(["--data", file("one.db")]);
    const token = await server.signIn("Alice");
    const path = "/api/rooms/general/messages";
    const post = async (message: string) => {
      const body = { message };
      const response = await server.request(path, { method: "POST", token, body });
      assertEquals(response.status, 201);
      await response.body?.cancel();
    };
    await post("before");
    const data = ["--data", file("one.db")];
    assertEquals((await run("export", file("all.jsonl"), ...data)).code, 0);
    const piped = await run("export", ...data);
    assertEquals(piped.stdout, await Deno.readTextFile(file("all.jsonl")));
    assertEquals((await Deno.stat(file("all.jsonl"))).mode! & 0o777, 0o600);
    assertEquals((await run("backup", file("copy.db"), ...data)).code, 0);
    await post("after");

    const again = await run("export", file("all.jsonl"), ...data);
    assertEquals(again.code, 1);
    assertMatch(again.stderr, /it exists already/);
    const busy = await run("import", file("all.jsonl"), ...data);
    assertEquals(busy.code, 1);
    assertMatch(busy.stderr, /another server has it open/);
    await server.kill();

    const imported = await run("import", file("all.jsonl"), "--data", file("two.db"));
    assertEquals(imported.code, 0, imported.stderr);
    assertMatch(imported.stderr, /Imported \d+ records/);
    for (const name of ["two.db", "copy.db"]) {
      const moved = await spawnServer(["--data", file(name)]);
      const page = await (await moved.request(path, { token })).json();
      assertEquals(page.messages.map(({ message }: { message: string }) => message), ["before"]);
      await moved.kill();
    }
    const unknown = await run("backup", ...data);
    assertMatch(unknown.stderr, /give the path of the copy/);
    assert(!/\s+at /.test(again.stderr + busy.stderr + unknown.stderr), "no stack");
    await Deno.remove(directory, { recursive: true });
  },
});
