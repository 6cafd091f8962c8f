/** What users say about themselves, and reports to the moderators: over the wire, on every store. */
import { assert, assertEquals } from "@std/assert";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { onEveryStore } from "../support/every_store.ts";
import type { Peer } from "../support/peer.ts";
import { png } from "../support/pictures.ts";
import type { TestServer } from "../support/server.ts";

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

async function member(server: TestServer, name: string) {
  const token = await server.signIn(name);
  const peer = await server.member(token);
  await peer.ask({ type: "join", room: "lobby" });
  return { token, peer };
}

async function upload(
  { url }: TestServer,
  token: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const sent = await fetch(`${url}/api/rooms/lobby/files?name=me.png`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
    body: bytes,
  });
  assertEquals(sent.status, 201);
  return (await sent.json()).id;
}

async function profiles(server: TestServer): Promise<void> {
  const { peer: alice, token } = await member(server, "Alice");
  const { peer: bob, token: bobs } = await member(server, "Bob");
  await bob.ask({ type: "watch", names: ["Alice"] });
  const status = { emoji: "🌴", text: "by the sea", until: Date.now() + 3_600_000 };
  const avatar = await upload(server, token, png(64, 64));
  const set = await alice.ask({ type: "set_profile", display_name: "Alice Adams", status, avatar });
  assert(set.type === "profile");
  assertEquals([set.name, set.display_name, set.status, set.avatar], [
    ...["Alice", "Alice Adams", status, avatar],
  ]);
  const news = await bob.next((one) => one.type === "profile");
  assert(news.type === "profile");
  assertEquals([news.display_name, news.avatar], ["Alice Adams", avatar]);
  const watching = await bob.ask({ type: "watch", names: ["alice", "Bob", "Nobody"] });
  assert(watching.type === "watching");
  assertEquals(watching.profiles?.map(({ name, status }) => [name, status?.text]), [
    ["Alice", "by the sea"],
  ]);
  const person = await (await server.request(`/api/people/${set.id}`, { token: bobs })).json();
  assertEquals([person.display_name, person.role, person.online], ["Alice Adams", "member", true]);
  assertEquals(person.use, undefined, "what another user has is not told");
  const self = await (await server.request(`/api/people/${set.id}`, { token })).json();
  const { devices, passkeys, password } = self.use;
  assertEquals([devices, passkeys, password], [1, 0, false]);
  assertEquals(self.muted, undefined);
  const picture = await server.request(`/api/avatars/${avatar}`, { token: bobs });
  assertEquals([picture.status, picture.headers.get("content-type")], [200, "image/png"]);
  assertEquals((await picture.bytes()).length, png(64, 64).length);
  assertEquals((await fetch(`${server.url}/api/avatars/${avatar}`)).status, 401);
  const phone = await server.member(token);
  const [welcome] = phone.frames;
  assert(welcome?.type === "welcome");
  assertEquals(welcome.profile?.display_name, "Alice Adams");
  // What is over is left out, and null removes the rest.
  const over = await alice.ask({ type: "set_profile", status: { ...status, until: 1 } });
  assert(over.type === "profile" && over.status === undefined);
  const none = await alice.ask({ type: "set_profile", display_name: null, avatar: null });
  assert(none.type === "profile" && none.display_name === undefined && none.avatar === undefined);
  assertEquals((await server.request(`/api/avatars/${avatar}`, { token: bobs })).status, 404);
  const refuses = async (peer: Peer, fields: object) =>
    codeOf(await peer.ask({ type: "set_profile", ...fields } as never));
  assertEquals(await refuses(bob, { display_name: "A1ice" }), "name_taken", "it looks like Alice");
  assertEquals(await refuses(bob, { display_name: "Admin" }), "name_reserved");
  assertEquals(await refuses(bob, { display_name: "\u202eBob" }), "bad_request");
  assertEquals(await refuses(bob, { status: { emoji: "x", text: "" } }), "bad_emoji");
  assertEquals(await refuses(bob, { avatar }), "no_such_file", "it is Alice's");
  const wide = await upload(server, bobs, png(300, 20));
  assertEquals(await refuses(bob, { avatar: wide }), "no_such_file");
  const guest = await server.guest("Gus");
  assertEquals(await refuses(guest, { display_name: "Gustav" }), "forbidden");
  await Promise.all([alice, bob, phone, guest].map((peer) => peer.close()));
}

async function reports(server: TestServer): Promise<void> {
  const invite = new URL(server.ownerUrl).hash.replace(/^#\w+=/, "");
  const made = await server.request("/api/session", {
    method: "POST",
    body: { name: "Olga", invite },
  });
  const olga = await server.member((await made.json()).token);
  const { peer: alice } = await member(server, "Alice");
  const { peer: bob } = await member(server, "Bob");
  await alice.ask({ type: "create_room", room: "den", kind: "private" });
  await alice.ask({ type: "invite", room: "den", name: "Bob" });
  const invited = bob.frames.find((one) =>
    one.type === "invitation" || one.type === "member_joined"
  );
  if (invited?.type === "invitation") await bob.ask({ type: "join", room_id: invited.room_id });
  await alice.ask({ type: "room_message", room: "den", message: "fine" });
  await alice.ask({ type: "room_message", room: "den", message: "an insult" });
  const report = { type: "report_message", room: "den", seq: 2, reason: "rude" } as const;
  assertEquals(codeOf(await bob.ask({ ...report, seq: 99 })), "no_such_message");
  assertEquals(codeOf(await bob.ask(report)), "reported");
  assertEquals(codeOf(await bob.ask(report)), "reported", "once more changes nothing");
  const news = await olga.next((one) => one.type === "report");
  assert(news.type === "report");
  assertEquals([news.room, news.by, news.reason, news.about?.message], [
    ...["den", "Bob", "rude", "an insult"],
  ]);
  assertEquals(alice.frames.filter(({ type }) => type === "report"), []);
  assertEquals(codeOf(await alice.ask({ type: "list_reports" })), "forbidden");
  assertEquals(codeOf(await alice.ask({ type: "resolve_report", id: news.id })), "forbidden");
  // The report shows its message, and nothing else of the room.
  assertEquals(codeOf(await olga.ask({ type: "history", room_id: news.room_id })), "no_such_room");
  const list = await olga.ask({ type: "list_reports" });
  assert(list.type === "reports");
  assertEquals(list.reports.map(({ about }) => about?.message), ["an insult"]);
  const resolved = await olga.ask({ type: "resolve_report", id: news.id, delete: true });
  assertEquals(codeOf(resolved), "report_resolved");
  const history = await alice.ask({ type: "history", room: "den" });
  assert(history.type === "history");
  assertEquals(history.messages.map(({ deleted = false }) => deleted), [false, true]);
  const waiting = await olga.ask({ type: "list_reports" });
  assert(waiting.type === "reports" && waiting.reports.length === 0);
  const done = await olga.ask({ type: "list_reports", resolved: true });
  assert(done.type === "reports");
  assertEquals(done.reports.map(({ resolved, about }) => [resolved?.by, about?.message]), [
    ["Olga", ""],
  ]);
  const log = await olga.ask({ type: "moderation_log" });
  assert(log.type === "moderation_log");
  assertEquals(log.entries.slice(0, 2).map(({ action, subject }) => [action, subject]), [
    ["resolve_report", "Bob"],
    ["delete_message", "Alice"],
  ]);
  await Promise.all([olga, alice, bob].map((peer) => peer.close()));
}

onEveryStore("users say who they are and how they are", profiles);
onEveryStore("moderators read and resolve what users report", reports);
