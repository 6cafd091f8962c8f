// What owners do for users, and users for themselves: over the wire, on every store.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { unzipSync } from "fflate";
import { onEveryStore } from "../support/every_store.ts";
import { needs } from "../support/permissions.ts";
import { png } from "../support/pictures.ts";
import type { TestServer } from "../support/server.ts";
import { call, closeCode, enter, PASSWORD, secretOf } from "../support/server_fixture.ts";
import { startServerFixture } from "../support/server_fixture.ts";
import { uploaded } from "../support/uploads.ts";

/** A user as these tests need one. */
interface Person {
  readonly id: string;
  readonly token: string;
}

async function signUp(server: TestServer, name: string, rest: object = {}): Promise<Person> {
  const { body } = await enter(server, { name, ...rest });
  return { id: body.id, token: body.token };
}

const owner = (server: TestServer) => signUp(server, "Olga", { invite: secretOf(server.ownerUrl) });

const link = (server: TestServer, by: Person, of: Person) =>
  call(server, `/api/people/${of.id}/sign-in-link`, { method: "POST", token: by.token });

const endSessions = (server: TestServer, by: Person, of: Person) =>
  call(server, `/api/people/${of.id}/sessions`, { method: "DELETE", token: by.token });

/** The actions in the moderation log, newest first. */
async function logged(server: TestServer, { token }: Person) {
  const peer = await server.member(token);
  const log = await peer.ask({ type: "moderation_log" });
  await peer.close();
  assert(log.type === "moderation_log");
  return log.entries.map(({ by, action, subject }) => [by, action, subject]);
}

onEveryStore(
  "who lost the only device comes back by an owner's link",
  async (server) => {
    const olga = await owner(server);
    const alice = await signUp(server, "Alice");
    const lost = await server.member(alice.token);
    const before = Date.now();
    const first = await link(server, olga, alice);
    const second = await link(server, olga, alice);
    assertEquals([first.status, second.status], [201, 201]);
    assert(second.body.expires_at > before);
    const [, old = ""] = /\/#sign-in=([\w-]+)$/.exec(first.body.url) ?? [];
    const [, secret = ""] = /\/#sign-in=([\w-]+)$/.exec(second.body.url) ?? [];
    assertMatch(secret, /^[\w-]{43}$/);
    assertEquals((await enter(server, { sign_in: old })).code, "bad_invite", "replaced");
    const back = await enter(server, { sign_in: secret });
    assertEquals([back.status, back.body.id, back.body.name], [200, alice.id, "Alice"]);
    assertEquals((await enter(server, { sign_in: secret })).code, "bad_invite", "used");
    const now: Person = { id: alice.id, token: back.body.token };
    // The link is a proof: the user can set a password at once. Then the lost device is signed out.
    assertEquals((await lost.ask({ type: "list_blocks" })).type, "blocks");
    const body = { password: PASSWORD };
    const set = await call(server, "/api/password", { method: "PUT", token: now.token, body });
    assertEquals(set.status, 204);
    const replaced = await endSessions(server, now, now);
    assertEquals(replaced.status, 200);
    assertEquals(await closeCode(lost), 4501);
    for (const token of [alice.token, now.token]) {
      assertEquals((await call(server, "/api/session", { token })).status, 401);
    }
    const { token } = replaced.body;
    assertEquals((await call(server, "/api/session", { token })).body.name, "Alice");
    assertEquals((await enter(server, { name: "Alice", ...body })).code, "wrong_password");
    assertEquals(await logged(server, olga), [1, 2].map(() => ["Olga", "sign_in_link", "Alice"]));
  },
);

onEveryStore(
  "an owner ends everything that signs a user in",
  async (server) => {
    const olga = await owner(server);
    const otto = await signUp(server, "Otto", { password: PASSWORD });
    const device = await call(server, "/api/devices", { method: "POST", token: otto.token });
    const open = await server.member(otto.token);
    const { body: { url } } = await link(server, olga, otto);
    assertEquals((await endSessions(server, olga, otto)).status, 204);
    assertEquals(await closeCode(open), 4501);
    assertEquals((await call(server, "/api/session", { token: otto.token })).status, 401);
    const ways = [
      { device: device.body.token },
      { sign_in: url.split("=")[1] },
      { name: "Otto", password: PASSWORD },
    ];
    const codes = [];
    for (const way of ways) codes.push((await enter(server, way)).code);
    assertEquals(codes, ["bad_invite", "bad_invite", "wrong_password"]);
    // The owner can let the user in again.
    const again = await link(server, olga, otto);
    assertEquals((await enter(server, { sign_in: again.body.url.split("=")[1] })).status, 200);
    const [, ended] = await logged(server, olga);
    assertEquals(ended, ["Olga", "end_sessions", "Otto"]);
    const make = { method: "POST", token: olga.token, body: { name: "Robot" } };
    const bot = await server.member((await call(server, "/api/bots", make)).body.token);
    assertEquals((await endSessions(server, olga, olga)).status, 200);
    assertEquals(await closeCode(bot), 4501);
  },
);

const change = (server: TestServer, by: Person, of: Person, body: unknown) =>
  call(server, `/api/people/${of.id}`, { method: "PATCH", token: by.token, body });

onEveryStore("a user who is renamed while others are offline is the same user", async (server) => {
  const olga = await owner(server);
  const alice = await signUp(server, "Alice", { password: PASSWORD });
  const bob = await signUp(server, "Bob");
  const [ann, bo] = [await server.member(alice.token), await server.member(bob.token)];
  for (const peer of [ann, bo]) await peer.ask({ type: "join", room: "den" });
  await ann.ask({ type: "private_message", receiver: "Bob", message: "hi" });
  const said = await bo.ask({ type: "room_message", room: "den", message: "@Alice, hello" });
  assert(said.type === "room_message");
  await ann.take("room_message");
  await bo.close();
  const renamed = await change(server, alice, alice, { name: "Zoë" });
  const { online: _online, ...person } = renamed.body;
  assertEquals(person, { name: "Zoë", id: alice.id, role: "member" });
  const notice = await ann.take("user_changed");
  assertEquals(notice, { type: "user_changed", name: "Zoë", id: alice.id });
  // On the connection that is open, the new name counts at once.
  const next = await ann.ask({ type: "room_message", room: "den", message: "now" });
  assert(next.type === "room_message");
  assertEquals([next.sender, next.sender_id], ["Zoë", alice.id]);
  const again = await server.member(bob.token);
  const joined = await again.ask({ type: "join", room: "den" });
  assert(joined.type === "joined");
  assertEquals(joined.members.toSorted(), ["Bob", "Zoë"]);
  const [hello] = joined.messages.filter(({ seq }) => seq === said.seq);
  assert(hello?.type === "room_message");
  assertEquals([hello.mentions, hello.mention_names], [[alice.id], ["Alice"]]);
  assertEquals(joined.messages.at(-1)?.sender, "Zoë");
  // The conversation is found by the new name, by the old one, and by its id.
  const direct = await again.ask({ type: "join", room: "@zoë" });
  assert(direct.type === "joined");
  assertEquals([direct.room, direct.receiver_id], ["@Zoë", alice.id]);
  for (const receiver of ["Alice", "Zoë"]) {
    const sent = await again.ask({ type: "private_message", receiver, message: "to you" });
    assert(sent.type === "private_message");
    assertEquals([sent.room_id, sent.receiver], [direct.room_id, "Zoë"]);
  }
  assertEquals((await enter(server, { name: "Alice" })).code, "name_taken");
  assertEquals((await enter(server, { name: "Alice", password: PASSWORD })).body.id, alice.id);
  assertEquals((await change(server, bob, bob, { name: "alice" })).code, "name_taken");
  assertEquals((await change(server, bob, alice, { name: "Mallory" })).code, "forbidden");
  assertEquals((await change(server, bob, bob, { name: "admin" })).code, "name_reserved");
  const taken = await change(server, olga, bob, { name: "Robert" });
  assertEquals(taken.body.name, "Robert");
  const [entry] = await logged(server, olga);
  assertEquals(entry, ["Olga", "rename", "Bob"]);
  for (const peer of [ann, again]) await peer.close();
});

onEveryStore("a deactivated user cannot sign in, and comes back as before", async (server) => {
  const olga = await owner(server);
  const bob = await signUp(server, "Bob", { password: PASSWORD });
  const peer = await server.member(bob.token);
  await peer.ask({ type: "room_message", room: "general", message: "I was here" });
  const off = await change(server, olga, bob, { active: false });
  assertEquals([off.status, off.body.deactivated], [200, true]);
  assertEquals(await closeCode(peer), 4501);
  assertEquals((await call(server, "/api/session", { token: bob.token })).status, 401);
  const password = { name: "Bob", password: PASSWORD };
  assertEquals((await enter(server, password)).code, "deactivated");
  const secret = (await link(server, olga, bob)).body.url.split("=")[1];
  assertEquals((await enter(server, { sign_in: secret })).code, "deactivated");
  const page = await call(server, "/api/rooms/general/messages", { token: olga.token });
  assertEquals(page.body.messages.at(-1).sender, "Bob");
  const people = (await call(server, "/api/people", { token: olga.token })).body.people;
  assertEquals(people.find(({ id }: Person) => id === bob.id).deactivated, true);
  const watcher = await server.member(olga.token);
  const marked = async () => {
    const joined = await watcher.ask({ type: "join", room: "general" });
    const listed = await watcher.ask({ type: "list_members", room: "general" });
    assert(joined.type === "joined" && listed.type === "members");
    const card = (await call(server, `/api/people/${bob.id}`, { token: olga.token })).body;
    return [joined.deactivated_ids, listed.deactivated_ids, card.deactivated];
  };
  assertEquals(await marked(), [[bob.id], [bob.id], true]);
  assertEquals((await change(server, olga, bob, { active: true })).body.deactivated, undefined);
  assertEquals(await marked(), [undefined, undefined, undefined]);
  await watcher.close();
  assertEquals((await enter(server, password)).body.id, bob.id);
  const log = await logged(server, olga);
  assertEquals(log.map(([, action]) => action), ["activate", "sign_in_link", "deactivate"]);
});

onEveryStore("owners make and remove owners, but the last one stays", async (server) => {
  const olga = await owner(server);
  const otto = await signUp(server, "Otto");
  for (const body of [{ role: "member" }, { active: false }]) {
    assertEquals((await change(server, olga, olga, body)).code, "forbidden");
  }
  assertEquals((await change(server, otto, otto, { role: "owner" })).code, "forbidden");
  assertEquals((await change(server, olga, otto, { role: "owner" })).body.role, "owner");
  assertEquals((await change(server, otto, olga, { active: false })).body.deactivated, true);
  assertEquals((await change(server, otto, otto, { role: "member" })).code, "forbidden", "last");
  assertEquals((await change(server, otto, olga, { active: true })).status, 200);
  assertEquals((await change(server, otto, olga, { role: "member" })).body.role, "member");
  assertEquals((await change(server, otto, olga, {})).code, "bad_request");
});

onEveryStore("of an erased user only places in the logs are left", async (server) => {
  const olga = await owner(server);
  const eve = await signUp(server, "Eve", { password: PASSWORD });
  const [peer, reader] = [await server.member(eve.token), await server.member(olga.token)];
  for (const one of [reader, peer]) await one.ask({ type: "join", room: "den" });
  const own = await reader.ask({ type: "room_message", room: "den", message: "keep this" });
  assert(own.type === "room_message");
  const upload = await fetch(`${server.url}/api/rooms/den/files?name=eve.txt`, {
    method: "POST",
    headers: { authorization: `Bearer ${eve.token}`, "content-type": "application/octet-stream" },
    body: "my file",
  });
  const { id: file } = await upload.json();
  const said = await peer.ask({
    ...{ type: "room_message", room: "den", message: "xylophone" },
    files: [file],
  });
  assert(said.type === "room_message");
  await peer.ask({ type: "react", room: "den", seq: own.seq, emoji: "👍", on: true });
  await peer.ask({ type: "private_message", receiver: "Olga", message: "xylophone, too" });
  await peer.ask({ type: "leave", room: "den" });
  const path = `/api/people/${eve.id}`;
  const erase = (token: string) => call(server, path, { method: "DELETE", token });
  assertEquals((await erase((await signUp(server, "Mallory")).token)).code, "forbidden");
  assertEquals((await erase(olga.token)).status, 204);
  assertEquals(await closeCode(peer), 4501);
  assertEquals(await reader.take("user_changed"), {
    ...{ type: "user_changed", name: "Deleted user", id: eve.id },
  });
  const gone = await reader.take("message_deleted");
  assertEquals([gone.target, gone.sender, gone.sender_id], [said.seq, "Deleted user", eve.id]);
  const again = await server.member(olga.token);
  for (const found = new Set<string>(); found.size < 2;) {
    const next = await call(server, "/api/rooms/den/messages", { token: olga.token });
    for (const one of next.body.messages) {
      if (one.seq === said.seq && one.deleted && one.message === "") found.add("text");
      if (one.seq === own.seq && one.reactions === undefined) found.add("reaction");
    }
  }
  for (const room of ["den", "@Deleted user"]) {
    const joined = await again.ask({ type: "join", room, after: 0 });
    assert(joined.type === "joined");
    assertEquals(joined.messages.map(({ seq }) => seq), joined.messages.map((_, i) => i + 1));
    assertEquals(JSON.stringify(joined).match(/xylophone|Eve/), null);
  }
  const search = await call(server, "/api/search?query=xylophone", { token: olga.token });
  assertEquals(search.body.messages, []);
  assertEquals((await call(server, `/api/files/${file}`, { token: olga.token })).status, 404);
  assertEquals((await enter(server, { name: "Eve", password: PASSWORD })).status, 201);
  assertEquals((await erase(olga.token)).code, "no_such_user");
  const [entry] = await logged(server, olga);
  assertEquals(entry, ["Olga", "erase", "Deleted user"]);
  for (const one of [reader, again]) await one.close();
});

onEveryStore("users erase themselves, but not the last owner", async (server) => {
  const olga = await owner(server);
  const eve = await signUp(server, "Eve");
  const erase = ({ id, token }: Person) =>
    call(server, `/api/people/${id}`, { method: "DELETE", token });
  assertEquals((await erase(olga)).code, "forbidden");
  const erased = await erase(eve);
  assertEquals(erased.status, 204);
  assertMatch(erased.headers.get("set-cookie") ?? "", /^hubbub_session=;/);
  assertEquals((await call(server, "/api/session", { token: eve.token })).status, 401);
  assertEquals(await logged(server, olga), []);
});

onEveryStore("a user's data is an archive of lines of JSON, and files", async (server) => {
  const olga = await owner(server);
  const eve = await signUp(server, "Eve");
  const peer = await server.member(eve.token);
  await peer.ask({ type: "join", room: "den" });
  const upload = await fetch(`${server.url}/api/rooms/den/files?name=a%3Ab.txt`, {
    method: "POST",
    headers: { authorization: `Bearer ${eve.token}`, "content-type": "application/octet-stream" },
    body: "my file",
  });
  const { id: file } = await upload.json();
  const said = { type: "room_message", room: "den", message: "mine 👍", files: [file] } as const;
  await peer.ask(said);
  await peer.ask({ type: "private_message", receiver: "Olga", message: "psst" });
  await peer.ask({ type: "set_draft", room: "general", message: "not sent yet", at: 1 });
  const poll = { question: "When?", options: ["Today", "Later"], multiple: true };
  const asked = await peer.ask({ type: "room_message", room: "den", message: "", poll } as never);
  assert(asked.type === "room_message", JSON.stringify(asked));
  await peer.ask({ type: "vote", room: "den", seq: asked.seq, options: [1] });
  const [thread, at] = [asked.seq, Date.now() + 3_600_000];
  const waiting = await uploaded(server, eve.token, "den", "for later", "c.txt");
  const later = { type: "schedule_message", room: "den", message: "later", thread, at } as const;
  await peer.ask({ ...later, files: [waiting.id] });
  await peer.ask({ type: "leave", room: "den" });
  const reader = await server.member(olga.token);
  await reader.ask({ type: "room_message", room: "den", message: "not hers" });
  await reader.ask({ type: "room_message", room: "general", message: "not hers either" });
  await peer.ask({ type: "save_message", room: "general", seq: 1, on: true });
  await peer.ask({ type: "set_reminder", room: "general", seq: 1, at });
  const ask = (by: Person, id = eve.id) =>
    fetch(`${server.url}/api/people/${id}/export`, {
      headers: { authorization: `Bearer ${by.token}` },
    });
  for (const by of [eve, olga]) {
    const response = await ask(by);
    assertEquals([response.status, response.headers.get("content-type")], [200, "application/zip"]);
    const files = unzipSync(await response.bytes());
    const lines = (name: string) =>
      new TextDecoder().decode(files[`${name}.jsonl`]).split("\n").filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    assertEquals(lines("profile"), [{ id: eve.id, name: "Eve", role: "member", quiet: {} }]);
    assertEquals(lines("messages").map(({ message }) => message), ["mine 👍", "When?", "psst"]);
    assertEquals(lines("votes").map(({ room, seq, chosen }) => [room, seq, chosen]), [
      ["den", asked.seq, ["Later"]],
    ]);
    assertEquals(lines("rooms").map(({ room }) => room).toSorted(), ["@Olga", "general"]);
    assertEquals(new TextDecoder().decode(files[`files/${file}-a_b.txt`]), "my file");
    assertEquals(lines("devices").length, 1);
    assertEquals(lines("drafts").map(({ message }) => message), ["not sent yet"]);
    assertEquals(lines("scheduled").map(({ message, thread }) => [message, thread]), [
      ["later", asked.seq],
    ]);
    assertEquals(new TextDecoder().decode(files[`files/${waiting.id}-c.txt`]), "for later");
    assertEquals(lines("saved").map(({ seq }) => seq), [1]);
    assertEquals(lines("reminders").map(({ seq, at: due }) => [seq, due]), [[1, at]]);
    assertEquals(lines("emoji"), []);
  }
  // What a moderator has added to the server's emoji is the moderator's.
  const picture = await uploaded(server, olga.token, "general", png(8, 8), "p.png");
  await reader.ask({ type: "set_emoji", emoji: ":party:", file: picture.id });
  const hers = unzipSync(await (await ask(olga, olga.id)).bytes());
  const [emoji] = new TextDecoder().decode(hers["emoji.jsonl"]).split("\n").map((line) =>
    line === "" ? {} : JSON.parse(line)
  );
  assertEquals(emoji.emoji, ":party:");
  assertEquals(hers[`emoji/${emoji.picture}`], png(8, 8));
  assertEquals((await ask(await signUp(server, "Mallory"))).status, 403);
  assertEquals((await ask(olga, "nobody")).status, 404);
  assertEquals(await logged(server, olga), [
    ["Olga", "set_emoji", undefined],
    ["Olga", "export", "Eve"],
  ]);
  for (const one of [peer, reader]) await one.close();
});

onEveryStore("owners see in the list what users have", async (server) => {
  const olga = await owner(server);
  const eve = await signUp(server, "Eve", { password: PASSWORD });
  await enter(server, { name: "Eve", password: PASSWORD });
  const uses = async ({ token }: Person) => {
    const { body } = await call(server, "/api/people?query=e", { token });
    return body.people.map(({ use }: { use?: unknown }) => use);
  };
  const [use] = await uses(olga);
  assert(typeof use.seen_at === "number");
  const { seen_at: _seen, ...rest } = use;
  assertEquals(rest, { devices: 2, passkeys: 0, password: true, file_bytes: 0 });
  assertEquals(await uses(eve), [undefined]);
});

Deno.test({
  name: "nobody makes a link for a user of the same or a higher rank, or for a bot or guest",
  ...needs("net", "read"),
  async fn() {
    const settings = { "moderator-sign-in-links": true };
    for (const [allowed, code] of [[settings, 201], [{}, "forbidden"]] as const) {
      await using fixture = await startServerFixture(allowed);
      const people = await Promise.all(
        [fixture.olga, fixture.mo].map(async (token) =>
          (await call(fixture, "/api/session", { token })).body.id
        ),
      );
      const alice = await signUp(fixture, "Alice");
      await fixture.bot("Robot");
      const guest = await fixture.guest("Gus");
      const listed = await call(fixture, "/api/people", { token: fixture.mo });
      const others = listed.body.people.filter(({ role }: { role: string }) =>
        role === "bot" || role === "guest"
      );
      const mo = { id: people[1], token: fixture.mo };
      assertEquals((await link(fixture, mo, alice)).code, code);
      for (const id of people) {
        assertEquals((await link(fixture, mo, { id, token: "" })).code, "forbidden");
      }
      for (const one of others) {
        const olga = { id: people[0], token: fixture.olga };
        assertEquals((await link(fixture, olga, one)).code, "forbidden", one.name);
      }
      assertEquals((await link(fixture, alice, mo)).code, "forbidden");
      assertEquals((await endSessions(fixture, mo, alice)).code, "forbidden");
      assertEquals((await endSessions(fixture, alice, mo)).code, "forbidden");
      assertEquals(
        (await link(fixture, { id: "", token: fixture.olga }, { id: "x", token: "" })).code,
        "no_such_user",
      );
      await guest.close();
    }
  },
});

Deno.test({
  name: "a session that proves nothing cannot sign its user out everywhere",
  ...needs("net", "read"),
  async fn() {
    await using fixture = await startServerFixture();
    const alice = await signUp(fixture, "Alice");
    const { body } = await call(fixture, "/api/devices", { method: "POST", token: alice.token });
    const second = await enter(fixture, { device: body.token });
    assertEquals(second.status, 200);
    const thief = { id: alice.id, token: second.body.token };
    // The session was confirmed when it was made: the rule for stale ones is in credentials_test.
    assertEquals((await endSessions(fixture, thief, thief)).status, 200);
    assertEquals((await endSessions(fixture, alice, alice)).code, "unauthorized");
  },
});
