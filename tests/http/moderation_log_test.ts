// What moderators do to users, and how they look it up: over the wire, on every store.
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { onEveryStore } from "../support/every_store.ts";
import type { TestServer } from "../support/server.ts";
import { call, enter, secretOf } from "../support/server_fixture.ts";

async function signUp(server: TestServer, name: string, rest: object = {}) {
  const { body } = await enter(server, { name, ...rest });
  return { id: body.id as string, token: body.token as string };
}

const owner = (server: TestServer) => signUp(server, "Olga", { invite: secretOf(server.ownerUrl) });

function acts(frame: ServerFrame): string[] {
  assert(frame.type === "moderation_log");
  return frame.entries.map(({ action, subject }) => `${action} ${subject ?? "-"}`);
}

onEveryStore("moderators look through their log, and export what they found", async (server) => {
  const { token } = await owner(server);
  const eve = await signUp(server, "Eve");
  const sam = await signUp(server, "Sam");
  const olga = await server.member(token);
  await olga.ask({ type: "create_room", room: "den", kind: "public" });
  await olga.ask({ type: "mute", name: "Eve", seconds: 60 });
  // Moderators and the user see the mute on the user's card; nobody else does.
  const cardFor = async (viewer: string) =>
    (await call(server, `/api/people/${eve.id}`, { token: viewer })).body;
  for (const viewer of [token, eve.token]) {
    const { muted } = await cardFor(viewer);
    assertEquals([muted.by, muted.until > Date.now()], ["Olga", true]);
  }
  assertEquals((await cardFor(sam.token)).muted, undefined);
  await olga.ask({ type: "mute", id: eve.id, seconds: 0 });
  await olga.ask({ type: "set_room", room: "den", title: 'Lions, "tame"' });
  await olga.ask({ type: "ban", name: "Sam", reason: "=SUM(A1)" });
  const log = (query: object) => olga.ask({ type: "moderation_log", ...query });
  assertEquals(acts(await log({ subject: "eve" })), ["mute Eve", "mute Eve"]);
  assertEquals(acts(await log({ subject_id: eve.id, limit: 1 })), ["mute Eve"]);
  assertEquals(acts(await log({ room: "den" })), ["set_room -"]);
  assertEquals(acts(await log({ by: "Olga", action: "ban" })), ["ban Sam"]);
  assertEquals(acts(await log({ by_id: eve.id })), []);
  assertEquals(acts(await log({ until: 1 })), []);
  assertEquals(acts(await log({ since: 1 })).length, 4);
  for (
    const [query, code] of [[{ by: "Nobody" }, "no_such_user"], [
      { room: "x" },
      "no_such_room",
    ]] as const
  ) {
    const refused = await log(query);
    assert(refused.type === "error" && refused.code === code);
  }
  const get = (query: string, by = token) =>
    call(server, `/api/moderation-log?${query}`, { token: by });
  const csv = await get("format=csv&action=ban");
  assertMatch(csv.headers.get("content-type") ?? "", /^text\/csv/);
  const [head = "", row = ""] = csv.text.split("\n");
  assertEquals(head, "id,time,by,by_id,action,subject,subject_id,room,room_id,detail");
  assertMatch(
    row,
    /^\d+,20\d\d-[^,]+Z,Olga,[\w-]+,ban,Sam,[\w-]+,,,'=SUM\(A1\)$/,
    "no formulas",
  );
  const lines = (await get("subject=Eve")).text.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ action, detail }) => [action, detail]), [["mute", "0 s"], [
    "mute",
    "60 s",
  ]]);
  // The export is in the log, and only moderators get it.
  assertEquals(acts(await log({ limit: 2 })), ["export_log -", "export_log -"]);
  assertEquals((await get("", eve.token)).code, "forbidden");
  assertEquals((await get("format=xml")).code, "bad_request");
  await olga.close();
});

onEveryStore("a ban deletes the messages of the last hour, or all", async (server) => {
  const { token } = await owner(server);
  const { token: eves } = await signUp(server, "Eve");
  const [olga, eve] = [await server.member(token), await server.member(eves)];
  for (const peer of [olga, eve]) await peer.ask({ type: "join", room: "den" });
  await eve.ask({ type: "room_message", room: "den", message: "buy xylophones" });
  await olga.ask({ type: "room_message", room: "den", message: "no" });
  await eve.ask({ type: "private_message", receiver: "Olga", message: "buy xylophones" });
  await olga.ask({ type: "ban", name: "Eve", delete_messages: "hour" });
  const gone = [await olga.take("message_deleted"), await olga.take("message_deleted")];
  assertEquals(gone.map(({ target }) => target), [1, 1]);
  const search = await call(server, "/api/search?query=xylophones", { token });
  assertEquals(search.body.messages, []);
  const history = await olga.ask({ type: "history", room: "den" });
  assert(history.type === "history");
  assertEquals(history.messages.map(({ seq, message }) => [seq, message]), [[1, ""], [2, "no"]]);
  assertEquals(acts(await olga.ask({ type: "moderation_log" })), [
    "delete_messages Eve",
    "ban Eve",
  ]);
  await olga.close();
});

onEveryStore("who was removed from a room needs an invitation for a while", async (server) => {
  const { token } = await owner(server);
  const { token: bobs } = await signUp(server, "Bob");
  const { token: eves } = await signUp(server, "Eve");
  const [olga, bob, eve] = [
    await server.member(token),
    await server.member(bobs),
    await server.member(eves),
  ];
  for (const peer of [olga, bob, eve]) await peer.ask({ type: "join", room: "den" });
  await olga.ask({ type: "kick", room: "den", name: "Eve" });
  const refused = await eve.ask({ type: "join", room: "den" });
  assert(refused.type === "error" && refused.code === "forbidden");
  assertMatch(refused.message, /need an invitation/);
  const body = { message: "let me in" };
  const post = { method: "POST", token: eves, body };
  assertEquals((await call(server, "/api/rooms/den/messages", post)).code, "forbidden");
  // Any member can invite; after that the user comes and goes again.
  await bob.ask({ type: "invite", room: "den", name: "Eve" });
  for (let n = 0; n < 2; n++) {
    assertEquals((await eve.ask({ type: "join", room: "den" })).type, "joined");
    await eve.ask({ type: "leave", room: "den" });
  }
  for (const peer of [olga, bob, eve]) await peer.close();
});
