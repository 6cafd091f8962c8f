/** The server's name, which its owners give it while it runs. */
import { assert, assertEquals } from "@std/assert";
import { readConfig } from "../../lib/config/config.ts";
import { ServerProfile } from "../../lib/chat/server_profile.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { onEveryStore } from "../support/every_store.ts";
import { Peer } from "../support/peer.ts";
import type { TestServer } from "../support/server.ts";

async function owner(server: TestServer): Promise<{ peer: Peer; token: string }> {
  const invite = new URL(server.ownerUrl).hash.split("=")[1];
  const response = await server.request("/api/session", {
    method: "POST",
    body: { name: "Olga", invite },
  });
  const { token } = await response.json();
  return { peer: await server.member(token), token };
}

async function about(server: TestServer): Promise<{ name: string }> {
  return await (await server.request("/api/server")).json();
}

onEveryStore("an owner names the server: everyone sees it, everywhere", async (server) => {
  const { peer: olga, token } = await owner(server);
  const bob = await server.guest("Bob");
  const renamed = await olga.ask({ type: "set_server", name: " The Müllers " });
  assert(renamed.type === "server_changed");
  assertEquals([renamed.name, renamed.set_up], ["The Müllers", undefined]);
  assertEquals((await bob.take("server_changed")).name, "The Müllers");
  assertEquals((await about(server)).name, "The Müllers");
  const manifest = await (await server.request("/manifest.webmanifest")).json();
  assertEquals([manifest.name, manifest.short_name], ["The Müllers", "The Müllers"]);
  const carol = await server.guest("Carol");
  const welcome = carol.frames.find((frame) => frame.type === "welcome");
  assertEquals(welcome?.server.name, "The Müllers");
  // The name of the server is reserved, the default one no longer by that.
  const response = await server.request("/api/session", {
    method: "POST",
    body: { name: "The Mullers" },
  });
  assertEquals((await response.json()).code, "name_reserved");
  // The other field stays.
  await olga.ask({ type: "set_server", set_up: true });
  assertEquals(await bob.take("server_changed").then(({ name, set_up }) => [name, set_up]), [
    "The Müllers",
    true,
  ]);
  const refusal = await bob.ask({ type: "set_server", name: "Mine" });
  assertEquals(refusal.type === "error" && refusal.code, "forbidden");
  for (const name of ["", "  ", "a\nb", "a\u2028b", "x".repeat(65), "\u200b"]) {
    const answer = await olga.ask({ type: "set_server", name });
    assertEquals(answer.type === "error" && answer.code, "bad_request", name);
  }
  const log = await server.request("/api/moderation-log?format=jsonl", { token });
  const lines = (await log.text()).trim().split("\n").map((line) => JSON.parse(line));
  assert(
    lines.some(({ action, detail }) => action === "rename_server" && detail === "The Müllers"),
  );
  for (const peer of [olga, bob, carol]) await peer.close();
});

Deno.test("of changes at the same time none is lost", async () => {
  const store = await openSqlite({ path: ":memory:", durability: "process" });
  const given = { name: readConfig([], () => undefined).name, version: "0" };
  const [one, other] = [
    await ServerProfile.load(store, given),
    await ServerProfile.load(store, given),
  ];
  await Promise.all([one.change({ name: "Chess" }), other.change({ set_up: true })]);
  const { tag } = await ServerProfile.load(store, given);
  assertEquals(tag, { name: "Chess", version: "0", set_up: true });
  await store.close();
});
