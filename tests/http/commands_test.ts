// The routes that carry out commands, over the network.
import { assert, assertEquals, assertNotEquals, assertObjectMatch } from "@std/assert";
import { COMMAND_ROUTES } from "../../lib/http/routes/commands.ts";
import { needs } from "../support/permissions.ts";
import { startServer } from "../support/server.ts";
import {
  type Call,
  call,
  person,
  type ServerFixture,
  startServerFixture,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

const ROOM = "/api/rooms/general";
const THUMB = encodeURIComponent("👍");

/** Alice and Bob in the default room, with a message of each. */
async function setUp(fixture: ServerFixture) {
  const [alice, bob] = [await fixture.join("Alice"), await fixture.join("Bob")];
  const as = (token: string) => (method: string, path: string, rest: Call = {}) =>
    call(fixture, path, { method, token, ...rest });
  const [byAlice, byBob] = [as(alice), as(bob)];
  for (const by of [byAlice, byBob]) {
    await by("POST", `${ROOM}/messages`, { body: { message: "hello" } });
  }
  return { byAlice, byBob, byMo: as(fixture.mo) };
}

Deno.test({
  name: "a program edits, deletes, pins, reacts and searches as on a socket",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { byAlice, byBob, byMo } = await setUp(fixture);
    const { peer: carl } = await person(fixture, "Carl");
    await carl.ask({ type: "join", room: "general" });
    const edited = await byAlice("PATCH", `${ROOM}/messages/1`, { body: { message: "hello you" } });
    assertObjectMatch(edited.body, { type: "message_edited", target: 1, message: "hello you" });
    assertEquals(await carl.take("message_edited"), edited.body);
    const reacted = await byBob("PUT", `${ROOM}/messages/1/reactions/${THUMB}`);
    assertObjectMatch(reacted.body, { type: "reaction", target: 1, emoji: "👍", on: true });
    const withdrawn = await byBob("DELETE", `${ROOM}/messages/1/reactions/${THUMB}`);
    assertObjectMatch(withdrawn.body, { type: "reaction", emoji: "👍", on: false });
    assertEquals((await byAlice("PUT", `${ROOM}/messages/2/pin`)).code, "forbidden");
    assertObjectMatch((await byMo("PUT", `${ROOM}/messages/2/pin`)).body, { target: 2, on: true });
    const pins = (await byAlice("GET", `${ROOM}/pins`)).body;
    assertEquals(pins.messages.map(({ seq }: { seq: number }) => seq), [2]);
    assertObjectMatch((await byMo("DELETE", `${ROOM}/messages/2/pin`)).body, { on: false });
    const { body: found } = await byBob("GET", "/api/search?query=you&limit=1");
    assertEquals([found.type, found.messages.length, found.messages[0].seq], [
      ...["search_results", 1, 1],
    ]);
    const deleted = await byAlice("DELETE", `${ROOM}/messages/1`);
    assertObjectMatch(deleted.body, { type: "message_deleted", target: 1 });
    assertEquals((await byBob("GET", "/api/search?query=you")).body.messages, []);
    assertEquals((await byAlice("DELETE", `${ROOM}/messages/2`)).code, "forbidden");
    assertEquals((await byMo("DELETE", `${ROOM}/messages/2`)).status, 200);
    await byMo("POST", `${ROOM}/messages`, { body: { message: "mine" } });
    await byBob("POST", `${ROOM}/messages`, { body: { message: "again" } });
    const page = (await byBob("GET", `${ROOM}/messages`)).body.messages;
    const seqs = page.slice(-2).map(({ seq }: { seq: number }) => seq);
    const { body: several } = await byBob("POST", `${ROOM}/delete`, { body: { seqs } });
    assertEquals([several.type, several.seqs], ["messages_deleted", [seqs[1]]]);
    assertEquals(several.refused, [{ seq: seqs[0], code: "forbidden" }]);
    assertEquals((await byMo("POST", `${ROOM}/delete`, { body: { seqs } })).body.seqs, [seqs[0]]);
    assertEquals((await byBob("POST", `${ROOM}/delete`, { body: {} })).code, "bad_request");
    await carl.close();
  },
});

Deno.test({
  name: "a program lists, creates, joins and leaves rooms",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { byAlice, byBob } = await setUp(fixture);
    const made = await byAlice("POST", "/api/rooms", { body: { room: "den", kind: "private" } });
    assertEquals([made.status, made.body.type, made.body.members], [201, "joined", ["Alice"]]);
    const names = async (by: typeof byAlice) =>
      (await by("GET", "/api/rooms")).body.rooms.map(({ room }: { room: string }) => room);
    assertEquals(await names(byAlice), ["den", "general"]);
    assertEquals(await names(byBob), ["general"]);
    const at = async (query: string) => (await byAlice("GET", `/api/rooms?${query}`)).body.rooms;
    assertEquals((await at("names=den&names=GENERAL")).length, 2);
    assertEquals((await at(`ids=${made.body.room_id}`)).length, 1);
    assertEquals((await byAlice("GET", "/api/rooms?ids=a%20b")).code, "bad_request");
    assertEquals((await byBob("GET", "/api/rooms/den/members")).code, "no_such_room");
    assertEquals(
      (await byBob("POST", `/api/rooms/id:${made.body.room_id}/join`)).code,
      "no_such_room",
    );
    assertEquals((await byBob("POST", `${ROOM}/leave`)).body.type, "left");
    assertEquals((await byBob("GET", `${ROOM}/messages`)).code, "not_a_member");
    assertEquals((await byBob("POST", `${ROOM}/join`)).body.type, "joined");
    assertEquals((await byBob("GET", `${ROOM}/messages`)).status, 200);
  },
});

Deno.test({
  name: "nothing that a request adds changes what its path says",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { byAlice } = await setUp(fixture);
    const made = await byAlice("POST", "/api/rooms", { body: { room: "den", kind: "private" } });
    const { room_id } = made.body;
    const den = `/api/rooms/id:${room_id}`;
    await byAlice("POST", `${den}/messages`, { body: { message: "in the den" } });
    const body = { message: "changed", room_id, room: "den", seq: 7, type: "delete_message" };
    const edited = await byAlice("PATCH", `${ROOM}/messages/1?room_id=${room_id}`, { body });
    assertObjectMatch(edited.body, { type: "message_edited", room: "general", target: 1 });
    const pins = await byAlice("GET", `${ROOM}/pins?room_id=${room_id}&room=den&type=list_rooms`);
    assertObjectMatch(pins.body, { type: "pins", room: "general" });
    const reacted = await byAlice("PUT", `${ROOM}/messages/1/reactions/${THUMB}?on=false&emoji=x`);
    assertObjectMatch(reacted.body, { emoji: "👍", on: true });
    const { body: page } = await byAlice("GET", `${den}/messages`);
    assertEquals(page.messages[0].message, "in the den");
    for (
      const path of ["__proto__", "constructor", "id:__proto__", "id:", "@", "%2f", "id:a%2fb"]
    ) {
      const { status } = await byAlice("GET", `/api/rooms/${path}/pins`);
      assert(status === 404, path);
    }
  },
});

Deno.test({
  name: "a malformed request is refused with a reason",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture();
    const { byAlice } = await setUp(fixture);
    const refused:
      readonly (readonly [method: string, path: string, status: number, code: string])[] = [
        ["PATCH", `${ROOM}/messages/x`, 400, "bad_request"],
        ["DELETE", `${ROOM}/messages/0`, 400, "bad_request"],
        ["DELETE", `${ROOM}/messages/1e3`, 400, "bad_request"],
        ["DELETE", `${ROOM}/messages/${"9".repeat(40)}`, 400, "bad_request"],
        ["DELETE", `${ROOM}/messages/99`, 404, "no_such_message"],
        ["PUT", `${ROOM}/messages/1/reactions/a%20b`, 400, "bad_request"],
        ["PUT", `${ROOM}/messages/1/reactions/${"x".repeat(33)}`, 400, "bad_request"],
        ["PUT", `${ROOM}/messages/1/reactions/hello`, 400, "bad_emoji"],
        ["GET", "/api/search", 400, "bad_request"],
        ["GET", `/api/search?query=${"a".repeat(201)}`, 400, "bad_request"],
        ["GET", "/api/search?query=a&limit=1000", 400, "bad_request"],
        ["GET", "/api/search?query=a&limit=x", 400, "bad_request"],
        ["DELETE", `${ROOM}/messages/1?epoch=another`, 409, "stale_epoch"],
        ["GET", "/api/rooms/nowhere/pins", 404, "no_such_room"],
        ["POST", "/api/rooms/@Nobody/join", 404, "no_such_user"],
      ];
    for (const [method, path, status, code] of refused) {
      await t.step(`${method} ${path.slice(0, 50)}: ${code}`, async () => {
        const body = method === "PATCH" ? { body: { message: "x" } } : {};
        const answer = await byAlice(method, path, body);
        assertEquals([answer.status, answer.code], [status, code]);
        assertEquals(answer.headers.get("content-type"), "application/problem+json");
      });
    }
    const { body: page } = await byAlice("GET", `${ROOM}/messages`);
    assertEquals(page.messages.map(({ message }: { message: string }) => message), [
      ...["hello", "hello"],
    ]);
  },
});

Deno.test({
  name: "a repeated key, in the body or in Idempotency-Key, changes nothing",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { byAlice } = await setUp(fixture);
    const post = (headers: Record<string, string>, key?: string) =>
      byAlice("POST", `${ROOM}/messages`, { headers, body: { message: "once", key } });
    const quoted = await post({ "idempotency-key": '"build-7"' });
    const plain = await post({ "idempotency-key": "build-7" });
    const inBody = await post({ "idempotency-key": "another" }, "build-7");
    assertEquals([quoted.status, plain.status, inBody.status], [201, 200, 200]);
    assertEquals([plain.body, inBody.body], [quoted.body, quoted.body]);
    assertEquals((await post({ "idempotency-key": "" })).code, "bad_request");
    assertEquals((await post({ "idempotency-key": "k".repeat(65) })).code, "bad_request");
    const path = `${ROOM}/messages/1/reactions/${THUMB}`;
    const reactions = await Promise.all(
      [1, 2, 3].map(() => byAlice("PUT", path, { headers: { "idempotency-key": "thumb" } })),
    );
    assertEquals(new Set(reactions.map(({ body }) => body.seq)).size, 1);
  },
});

Deno.test({
  name: "every route of a command asks for a session and counts against the sender's rate",
  ...permissions,
  async fn() {
    await using server = await startServer({ rate: 1, burst: 2 });
    const token = await server.signIn("Alice");
    for (const { method, path } of COMMAND_ROUTES) {
      const concrete = path.replace("{room}", "general").replaceAll(/\{\w+\}/g, "1");
      assertEquals((await call(server, concrete, { method })).code, "unauthorized", path);
    }
    const codes: unknown[] = [];
    for (const { method, path } of COMMAND_ROUTES) {
      const concrete = path.replace("{room}", "nowhere").replaceAll(/\{\w+\}/g, "1");
      codes.push((await call(server, concrete, { method, token })).code);
    }
    assertNotEquals(codes[0], "rate_limited");
    assertEquals(codes.filter((code) => code === "rate_limited").length > 8, true, codes.join());
  },
});
