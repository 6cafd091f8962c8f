import { assertEquals, assertGreater, assertObjectMatch } from "@std/assert";
import { systemClock } from "../../lib/util/clock.ts";
import { needs } from "../support/permissions.ts";
import { startServer, type TestServer } from "../support/server.ts";

const permissions = needs("net", "read");

const ROOM = "/api/rooms/general/messages";

async function post(server: TestServer, token: string, body: unknown, path = ROOM) {
  const response = await server.request(path, { method: "POST", token, body });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function get(server: TestServer, token: string, path: string) {
  const response = await server.request(path, { token });
  return { status: response.status, body: await response.json() };
}

/** Posts `count` messages to a room: "1", "2", … */
async function postMany(server: TestServer, token: string, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await post(server, token, { message: `${i}` });
}

const PAGES: readonly (readonly [query: string, seqs: readonly number[], more: boolean])[] = [
  ["", [1, 2, 3, 4, 5, 6, 7], false],
  ["?limit=3", [5, 6, 7], true],
  ["?limit=100", [1, 2, 3, 4, 5, 6, 7], false],
  ["?before=4", [1, 2, 3], false],
  ["?before=4&limit=2", [2, 3], true],
  ["?before=1", [], false],
  ["?before=100&limit=1", [7], true],
  ["?after=5", [6, 7], false],
  ["?after=0&limit=2", [1, 2], true],
  ["?after=7", [], false],
  ["?after=5&unknown=1", [6, 7], false],
  ["?around=4&limit=4", [2, 3, 4, 5], true],
  ["?around=4&limit=3", [3, 4, 5], true],
  ["?around=4&limit=1", [4], true],
  ["?around=1&limit=4", [1, 2], false],
  ["?around=7&limit=4", [5, 6, 7], true],
  ["?around=4", [1, 2, 3, 4, 5, 6, 7], false],
  ["?around=100&limit=4", [6, 7], true],
];

Deno.test({
  name: "a page can be around the first message of a day, whatever was sent before",
  ...permissions,
  async fn() {
    let now = 1_000;
    await using server = await startServer({}, { ...systemClock, now: () => now });
    const token = await server.signIn("Alice");
    // The thirtieth second has none, and every third has a deleted one.
    for (let i = 1; i <= 40; i++) {
      now = i * 1_000;
      if (i === 30) continue;
      const { body } = await post(server, token, { message: `${i}` });
      const path = `${ROOM}/${body.seq}`;
      if (i % 3 === 0) await server.request(path, { method: "DELETE", token });
    }
    const at = async (moment: number) => {
      const { body } = await get(server, token, `${ROOM}?at=${moment}&limit=2`);
      return body.messages.map(({ at }: { at: number }) => at / 1_000);
    };
    assertEquals(await at(0), [1]);
    assertEquals(await at(20_000), [19, 20]);
    assertEquals(await at(20_001), [20, 21]);
    assertEquals(await at(29_500), [29, 31]);
    assertEquals(await at(50_000), [40]);
    const both = await get(server, token, `${ROOM}?at=1&around=2`);
    assertEquals([both.status, both.body.code], [400, "bad_request"]);
  },
});

Deno.test({
  name: "history is served in pages from any position, newest last",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    await postMany(server, token, 7);
    for (const [query, seqs, more] of PAGES) {
      await t.step(query || "the latest page", async () => {
        const { status, body } = await get(server, token, `${ROOM}${query}`);
        assertEquals([status, body.room, body.more], [200, "general", more]);
        assertEquals(body.messages.map(({ seq }: { seq: number }) => seq), seqs);
        for (const { seq, message } of body.messages) assertEquals(message, `${seq}`);
      });
    }
  },
});

Deno.test({
  name: "an invalid request for history is refused with a reason",
  ...permissions,
  async fn(t) {
    await using server = await startServer({ "open-rooms": false });
    const token = await server.signIn("Alice");
    const bob = await server.member(await server.signIn("Bob"));
    await bob.ask({ type: "create_room", room: "club", kind: "public" });
    await bob.ask({ type: "create_room", room: "secret", kind: "private" });
    const bad = ["before=0", "before=-1", "after=x", "limit=0", "limit=101", "limit=1.5", "after="];
    bad.push("around=0", "before=3&after=1", "after=1&around=2");
    const refused: readonly (readonly [path: string, status: number, code: string])[] = [
      ...bad.map((query) => [`${ROOM}?${query}`, 400, "bad_request"] as const),
      [`${ROOM}?before=${"9".repeat(30)}`, 400, "bad_request"],
      ["/api/rooms/club/messages", 403, "not_a_member"],
      ["/api/rooms/secret/messages", 404, "no_such_room"],
      ["/api/rooms/nowhere/messages", 404, "no_such_room"],
      ["/api/rooms/@Nobody/messages", 404, "no_such_user"],
      ["/api/rooms/a%20b/messages", 404, "no_such_room"],
      ["/api/rooms/%E0%A4%A/messages", 404, "no_such_room"],
      ["/api/rooms/%/messages", 404, "no_such_room"],
      ["/api/rooms/%2e%2e%2fgeneral/messages", 404, "no_such_room"],
      [`/api/rooms/${"a".repeat(65)}/messages`, 404, "no_such_room"],
      ["/api/rooms//messages", 404, "not_found"],
      ["/api/rooms/general/messages/1", 405, "method_not_allowed"],
      ["/api/rooms/general/messages/1/2", 404, "not_found"],
    ];
    for (const [path, status, code] of refused) {
      await t.step(`${path.slice(0, 50)}: ${code}`, async () => {
        const { status: found, body } = await get(server, token, path);
        assertEquals([found, body.code, body.status], [status, code, status]);
      });
    }
    await t.step("without a session: unauthorized", async () => {
      const response = await server.request(ROOM);
      assertEquals([response.status, (await response.json()).code], [401, "unauthorized"]);
      assertEquals(response.headers.get("www-authenticate"), "Bearer");
    });
    await bob.close();
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "a posted message is stored, returned and delivered to subscribers",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Bot");
    const alice = await server.guest("Alice");
    await alice.ask({ type: "join", room: "general" });
    const { status, headers, body } = await post(server, token, { message: "Build 7 is red" });
    assertEquals([status, headers.get("content-type")], [201, "application/json"]);
    const expected = { type: "room_message", room: "general", seq: 1, sender: "Bot" };
    const { id: sender_id } = (await get(server, token, "/api/session")).body;
    const ids = { room_id: alice.roomId("general"), sender_id };
    assertObjectMatch(body, { ...expected, ...ids, message: "Build 7 is red" });
    assertGreater(body.at, 1_700_000_000_000);
    assertEquals(await alice.take("room_message"), body);
    const reply = await post(server, token, { message: "Fixed", reply_to: 1, sender: "Alice" });
    assertObjectMatch(reply.body, { seq: 2, reply_to: 1, sender: "Bot" });
    await alice.close();
  },
});

Deno.test({
  name: "a repeated key returns the first message with 200, and delivers nothing",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Bot");
    const alice = await server.guest("Alice");
    await alice.ask({ type: "join", room: "general" });
    const first = await post(server, token, { message: "once", key: "k" });
    const again = await post(server, token, { message: "once", key: "k" });
    const other = await post(server, token, { message: "something else", key: "k" });
    assertEquals([first.status, again.status, other.status], [201, 200, 200]);
    assertEquals([again.body, other.body], [first.body, first.body]);
    const racing = await Promise.all(
      Array.from({ length: 10 }, () => post(server, token, { message: "race", key: "r" })),
    );
    assertEquals(racing.map(({ status }) => status).sort(), [...Array(9).fill(200), 201]);
    assertEquals(new Set(racing.map(({ body }) => body.seq)), new Set([2]));
    await post(server, token, { message: "end" });
    await alice.next((frame) => frame.type === "room_message" && frame.message === "end");
    const seen = alice.frames.flatMap((frame) => frame.type === "room_message" ? [frame.seq] : []);
    assertEquals(seen, [1, 2, 3]);
    await alice.close();
  },
});

Deno.test({
  name: "direct conversations, and rooms with non-ASCII names, have a path",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Bot");
    const alice = await server.guest("Alice");
    const direct = await post(server, token, { message: "Psst" }, "/api/rooms/@alice/messages");
    assertObjectMatch(direct.body, { type: "private_message", sender: "Bot", receiver: "Alice" });
    assertEquals(await alice.take("private_message"), direct.body);
    const path = `/api/rooms/${encodeURIComponent("Büro")}/messages`;
    // An unknown room may be a typo: it is not created.
    assertEquals((await post(server, token, { message: "Hallo" }, path)).body.code, "no_such_room");
    await alice.ask({ type: "join", room: "Büro" });
    assertEquals((await post(server, token, { message: "Hallo" }, path)).body.room, "Büro");
    assertEquals((await get(server, token, path)).body.messages.length, 1);
    await alice.close();
  },
});

Deno.test({
  name: "an invalid message is refused with a reason",
  ...permissions,
  async fn(t) {
    await using server = await startServer({ "open-rooms": false });
    const token = await server.signIn("Alice");
    const refused: readonly (readonly [body: unknown, status: number, code: string])[] = [
      [{}, 400, "bad_request"],
      [null, 400, "bad_request"],
      [{ message: "" }, 400, "bad_request"],
      [{ message: " \n" }, 400, "bad_request"],
      [{ message: 1 }, 400, "bad_request"],
      [{ message: "a", key: "" }, 400, "bad_request"],
      [{ message: "a", key: "k".repeat(65) }, 400, "bad_request"],
      [{ message: "a", reply_to: 0 }, 400, "bad_request"],
      [{ message: "a", reply_to: 99 }, 404, "no_such_message"],
      [{ message: "a".repeat(10_001) }, 413, "too_long"],
      [{ message: "a", padding: "a".repeat(66_000) }, 413, "too_long"],
    ];
    for (const [body, status, code] of refused) {
      await t.step(`${JSON.stringify(body).slice(0, 40)}: ${code}`, async () => {
        const answer = await post(server, token, body);
        assertEquals([answer.status, answer.body.code], [status, code]);
      });
    }
    await t.step("to no room: no_such_room", async () => {
      const answer = await post(server, token, { message: "a" }, "/api/rooms/nowhere/messages");
      assertEquals([answer.status, answer.body.code], [404, "no_such_room"]);
    });
    assertEquals((await get(server, token, ROOM)).body.messages, []);
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "a client that posts too fast gets a time to wait",
  ...permissions,
  async fn() {
    await using server = await startServer({ rate: 1, burst: 2 });
    const token = await server.signIn("Bot");
    const all = await Promise.all([1, 2, 3, 4].map(() => post(server, token, { message: "x" })));
    const refused = all.filter(({ status }) => status === 429);
    assertEquals(refused.length, 2);
    for (const { headers, body } of refused) {
      assertEquals([body.code, headers.get("retry-after")], ["rate_limited", "1"]);
      assertGreater(body.retry_after, 0);
    }
  },
});
