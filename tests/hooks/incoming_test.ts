import { assert, assertEquals, assertMatch } from "@std/assert";
import { needs } from "../support/permissions.ts";
import {
  call,
  person,
  type ServerFixture,
  startServerFixture,
  SteppingClock,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

/** Creates a hook; the answer. */
function create(server: ServerFixture, body: unknown, token = server.mo) {
  return call(server, "/api/hooks", { method: "POST", token, body });
}

/** Posts to a hook's address. */
function post(server: ServerFixture, url: string, body: unknown, rest = {}) {
  return call(server, new URL(url).pathname, { method: "POST", body, ...rest });
}

/** The messages of a room. */
async function said(server: ServerFixture, room: string, token = server.mo) {
  const { body } = await call(server, `/api/rooms/${room}/messages`, { token });
  return body.messages.map((one: { sender: string; message: string }) =>
    `${one.sender}: ${one.message}`
  );
}

Deno.test({
  name: "a program posts to an incoming webhook, as its bot",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    const { status, body } = await create(server, { kind: "incoming", room: "general" });
    assertEquals([status, body.kind, body.room, body.name], [
      201,
      "incoming",
      "general",
      "Webhook",
    ]);
    assertMatch(body.url, /^http:\/\/localhost:\d+\/hooks\/[\w-]{43}$/);
    const answer = await post(server, body.url, { text: "*Disk* full", username: "Olga" });
    assertEquals([answer.status, answer.text], [200, "ok"]);
    const raw = { raw: "plain", headers: { "content-type": "text/plain" } };
    assertEquals((await post(server, body.url, undefined, raw)).text, "ok");
    assertEquals(await said(server, "general"), [
      "Webhook: **Olga**\n**Disk** full",
      "Webhook: plain",
    ]);
    // A moderator need not be in a public room.
    await call(server, "/api/rooms/general/leave", { method: "POST", token: server.mo });
    const named = await create(server, { kind: "incoming", room: "general", name: "Deploys" });
    assertEquals(named.body.name, "Deploys");
    assertEquals(
      (await create(server, { kind: "incoming", room: "general", name: "Olga" })).code,
      "name_taken",
    );
    assertMatch(
      (await create(server, { kind: "incoming", room: "general" })).body.name,
      /^Webhook-/,
    );
  },
});

Deno.test({
  name: "a delivery that is repeated is posted once",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    const { body: { url } } = await create(server, { kind: "incoming", room: "general" });
    const headers = { "x-github-event": "ping", "x-github-delivery": "72d3162e-cc78" };
    for (let n = 0; n < 3; n++) {
      assertEquals((await post(server, url, { zen: "Once." }, { headers })).status, 200);
    }
    assertEquals((await said(server, "general")).length, 1);
  },
});

Deno.test({
  name: "a wrong token, a removed hook and a hook without its room or creator answer 404",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    assertEquals((await post(server, "http://x/hooks/wrong", { text: "a" })).status, 404);
    const hooks = await Promise.all(["one", "two", "three", "four"].map(async (name) => {
      const made = await create(server, { kind: "incoming", room: "general", name });
      return made.body;
    }));
    const [one, two, three, four] = hooks;
    assertEquals((await post(server, one.url, {})).code, "bad_request");
    // Removed.
    const path = `/api/hooks/${one.id}`;
    assertEquals((await call(server, path, { token: server.mo, method: "DELETE" })).status, 204);
    // Its bot was removed from the room.
    const owner = await server.member(server.olga);
    await owner.ask({ type: "kick", room: "general", name: "two" });
    // Its bot was retired.
    await call(server, `/api/bots/three`, { token: server.olga, method: "DELETE" });
    for (const { url } of [one, two, three]) {
      assertEquals((await post(server, url, { text: "a" })).code, "not_found");
    }
    assertEquals((await post(server, four.url, { text: "a" })).text, "ok");
    // Its creator is no moderator any more.
    await owner.ask({ type: "set_role", name: "Mo", role: "member" });
    assertEquals((await post(server, four.url, { text: "b" })).code, "not_found");
    await owner.close();
    assertEquals(await said(server, "general", server.olga), ["four: a"]);
    const { body: rooms } = await call(server, "/api/rooms/wrong/messages", { token: server.olga });
    assertEquals(rooms.code, "no_such_room");
  },
});

Deno.test({
  name: "only moderators manage webhooks, and private rooms stay private",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    const { token, peer } = await person(server, "Ann");
    const incoming = { kind: "incoming", room: "general" };
    assertEquals((await create(server, incoming, token)).code, "forbidden");
    assertEquals((await call(server, "/api/hooks")).code, "unauthorized");
    assertEquals((await create(server, { ...incoming, room: "@Olga" })).code, "no_such_user");
    assertEquals((await create(server, { ...incoming, room: "nowhere" })).code, "no_such_room");
    assertEquals((await create(server, { kind: "other" })).code, "bad_request");
    const mo = await server.member(server.mo);
    await mo.ask({ type: "create_room", room: "den", kind: "private" });
    const { body: hook } = await create(server, { kind: "incoming", room: "den" });
    assertEquals((await post(server, hook.url, { text: "psst" })).text, "ok");
    const list = async (token: string) =>
      (await call(server, "/api/hooks", { token })).body.hooks.map(({ id }: { id: string }) => id);
    assertEquals([await list(server.mo), await list(server.olga)], [[hook.id], []]);
    const path = `/api/hooks/${hook.id}`;
    for (const method of ["GET", "DELETE"]) {
      assertEquals((await call(server, path, { token: server.olga, method })).code, "not_found");
    }
    const { body } = await call(server, path, { token: server.mo });
    assertEquals([body.room, body.created_by, body.url], ["den", "Mo", undefined]);
    await mo.close();
    await peer.close();
  },
});

Deno.test({
  name: "webhooks obey a room's lock, and the limits on rate and size",
  ...permissions,
  async fn() {
    await using server = await startServerFixture({ rate: 1, burst: 20 }, new SteppingClock());
    const { body: { url } } = await create(server, { kind: "incoming", room: "general" });
    const mo = await server.member(server.mo);
    await mo.ask({ type: "set_room", room: "general", locked: true });
    assertEquals((await post(server, url, { text: "a" })).code, "room_locked");
    await mo.ask({ type: "set_room", room: "general", locked: false });
    const large = { raw: "x".repeat(1_048_577), headers: { "content-type": "text/plain" } };
    assertEquals((await post(server, url, undefined, large)).code, "too_long");
    const codes: (string | number)[] = [];
    for (let n = 0; n < 30; n++) codes.push((await post(server, url, { text: `${n}` })).code);
    assert(codes.includes("rate_limited") && codes.includes(200), codes.join());
    await mo.close();
  },
});
