/** The server's name and icon, which its owners give it while it runs. */
import { assert, assertEquals } from "@std/assert";
import { readConfig } from "../../lib/config/config.ts";
import { ServerProfile } from "../../lib/chat/server_profile.ts";
import { ICON_BYTES } from "../../lib/protocol/limits.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { onEveryStore } from "../support/every_store.ts";
import { Peer } from "../support/peer.ts";
import { png } from "../support/pictures.ts";
import { follower, openInstances } from "../support/instances.ts";
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

async function about(server: TestServer): Promise<{ name: string; icon?: string }> {
  return await (await server.request("/api/server")).json();
}

onEveryStore("an owner names the server: everyone sees it, everywhere", async (server) => {
  const { peer: olga, token } = await owner(server);
  const bob = await server.guest("Bob");
  const renamed = await olga.ask({ type: "set_server", name: " The Müllers " });
  assert(renamed.type === "server_changed");
  assertEquals([renamed.name, renamed.icon], ["The Müllers", undefined]);
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

async function upload(server: TestServer, token: string, bytes: Uint8Array<ArrayBuffer>) {
  const sent = await fetch(`${server.url}/api/rooms/${encodeURIComponent("@Olga")}/files?name=i`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
    body: bytes,
  });
  assertEquals(sent.status, 201);
  return (await sent.json()).id;
}

/** A picture that no compression makes small. */
function noise(side: number): Uint8Array<ArrayBuffer> {
  const head = png(side, side);
  const bytes = new Uint8Array(ICON_BYTES + 1);
  bytes.set(head);
  return bytes;
}

/** What is served under a path: its status, type and bytes. */
async function served(server: TestServer, path: string) {
  const response = await server.request(path);
  const bytes = await response.bytes();
  return { status: response.status, type: response.headers.get("content-type"), bytes };
}

onEveryStore("an owner gives the server an icon: it is shown everywhere", async (server) => {
  const { peer: olga, token } = await owner(server);
  const bob = await server.guest("Bob");
  const before = await served(server, "/server-icon");
  assertEquals([before.status, before.type], [200, "image/png"], "the icon of Hubbub");

  const picture = png(512, 512);
  const set = await olga.ask({ type: "set_server", icon: await upload(server, token, picture) });
  assert(set.type === "server_changed" && set.icon !== undefined);
  assertEquals((await bob.take("server_changed")).icon, set.icon);
  const { icon, name } = await about(server);
  assertEquals([icon, name], [set.icon, "Hubbub"]);
  const carol = await server.guest("Carol");
  const welcome = carol.frames.find((frame) => frame.type === "welcome");
  assertEquals(welcome?.server.icon, icon);
  for (const path of ["/server-icon", set.icon]) {
    assertEquals(await served(server, path), { status: 200, type: "image/png", bytes: picture });
  }
  const manifest = await (await server.request("/manifest.webmanifest")).json();
  assertEquals(manifest.icons, [
    { src: set.icon, sizes: "512x512", type: "image/png", purpose: "any" },
  ]);

  // What is no square, too large in pixels or bytes, or no image.
  for (
    const [bytes, code] of [
      [png(64, 32), "no_such_file"],
      [png(513, 513), "no_such_file"],
      [noise(256), "file_too_large"],
      [new TextEncoder().encode("<svg/>"), "no_such_file"],
    ] as const
  ) {
    const answer = await olga.ask({
      type: "set_server",
      icon: await upload(server, token, bytes),
    });
    assertEquals(answer.type === "error" && answer.code, code);
  }
  const refusal = await bob.ask({ type: "set_server", icon: null });
  assertEquals(refusal.type === "error" && refusal.code, "forbidden");
  assertEquals((await about(server)).icon, icon);

  // A name leaves the icon as it is. Without an icon it is the one of Hubbub again.
  await olga.ask({ type: "set_server", name: "Chess" });
  assertEquals((await about(server)).icon, icon);
  const removed = await olga.ask({ type: "set_server", icon: null });
  assert(removed.type === "server_changed");
  assertEquals([removed.name, removed.icon], ["Chess", undefined]);
  assertEquals((await served(server, set.icon)).status, 404);
  assertEquals(await served(server, "/server-icon"), before);
  const log = await server.request("/api/moderation-log?format=jsonl", { token });
  assertEquals((await log.text()).match(/"set_server_icon"/g)?.length, 2);
  for (const peer of [olga, bob, carol]) await peer.close();
});

Deno.test("what an owner says at one instance holds at every other", async () => {
  await using them = await openInstances(["one", "two"]);
  const [one, two] = them.fixtures;
  const bob = await follower(two, "Bob", "lobby");
  const olga = await follower(one, "Olga", "lobby");
  await them.store.setRole(olga.connection.account.id, "owner");
  await olga.do({ type: "set_server", name: "Chess", retention_days: 7 });
  const icon = { type: "image/png", side: 64, bytes: png(64, 64) } as const;
  await one.hub.server.change({ icon });
  one.effects.emit({ type: "server_changed", ...one.hub.server.news });
  await them.settle();
  assertEquals(two.hub.server.news, one.hub.server.news);
  assertEquals(two.hub.server.icon?.bytes, icon.bytes);
  const { name, icon: path, retention_days } = bob.newsOf("server_changed").at(-1)!;
  assertEquals([name, path, retention_days], ["Chess", one.hub.server.icon?.path, 7]);
});

Deno.test("of changes at the same time none is lost", async () => {
  const store = await openSqlite({ path: ":memory:", durability: "process" });
  const given = { name: readConfig([], () => undefined).name, version: "0", retentionDays: 0 };
  const [one, other] = [
    await ServerProfile.load(store, given),
    await ServerProfile.load(store, given),
  ];
  const icon = { type: "image/png", side: 64, bytes: png(64, 64) } as const;
  await Promise.all([one.change({ name: "Chess" }), other.change({ icon })]);
  const profile = await ServerProfile.load(store, given);
  assertEquals([profile.name, profile.icon?.bytes], ["Chess", icon.bytes]);
  await store.close();
});
