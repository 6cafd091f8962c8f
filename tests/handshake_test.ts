import { assertEquals, assertMatch, assertObjectMatch } from "@std/assert";
import { needs } from "./support/permissions.ts";
import { ACCEPT, RawSocket } from "./support/raw_socket.ts";
import { startServer, type TestServer } from "./support/server.ts";

const permissions = needs("net", "read");

type Headers = Readonly<Record<string, string | null>>;

/** One opening handshake on a connection of its own. */
async function knock(server: TestServer, path: string, headers: Headers = {}, method = "GET") {
  using socket = await RawSocket.dial(server.url);
  await socket.shakeHands(path, headers, method);
  return await socket.response();
}

async function assertAlive(server: TestServer): Promise<void> {
  using socket = await RawSocket.open(server.url, "/ws?name=Witness");
  const { payload } = await socket.frame();
  assertEquals(JSON.parse(new TextDecoder().decode(payload)).type, "welcome");
}

Deno.test({
  name: "a proper handshake is answered with 101 and the accept value of RFC 6455",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const { status, headers } = await knock(server, "/ws?name=Alice");
    assertEquals(status, 101);
    assertEquals(headers.get("sec-websocket-accept"), ACCEPT);
    assertEquals(headers.get("upgrade")?.toLowerCase(), "websocket");
    assertEquals(headers.get("sec-websocket-protocol"), null);
    assertEquals(headers.get("sec-websocket-extensions"), null);
  },
});

interface Refused {
  readonly name: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Headers;
  readonly status: number;
  readonly code: string;
  /** What else must be in the answer's headers. */
  readonly answer?: Readonly<Record<string, string>>;
}

const VERSION = { "sec-websocket-version": "13", "upgrade": "websocket" };

const REFUSED: readonly Refused[] = [
  {
    name: "a request that asks for no upgrade",
    headers: { Upgrade: null, Connection: null },
    status: 426,
    code: "upgrade_required",
    answer: VERSION,
  },
  {
    name: "an upgrade that the Connection header does not name",
    headers: { Connection: "keep-alive" },
    status: 426,
    code: "upgrade_required",
  },
  {
    name: "an upgrade to something else",
    headers: { Upgrade: "h2c" },
    status: 426,
    code: "upgrade_required",
  },
  {
    name: "an old version of the protocol",
    headers: { "Sec-WebSocket-Version": "8" },
    status: 426,
    code: "upgrade_required",
    answer: VERSION,
  },
  {
    name: "no version of the protocol",
    headers: { "Sec-WebSocket-Version": null },
    status: 426,
    code: "upgrade_required",
    answer: VERSION,
  },
  {
    name: "a foreign origin",
    headers: { Origin: "https://evil.example" },
    status: 403,
    code: "foreign_origin",
  },
  {
    name: "our host on another port as origin",
    headers: { Origin: "http://localhost:1" },
    status: 403,
    code: "foreign_origin",
  },
  {
    name: "the origin of a sandboxed frame",
    headers: { Origin: "null" },
    status: 403,
    code: "foreign_origin",
  },
  {
    name: "an origin that is none",
    headers: { Origin: "http://" },
    status: 403,
    code: "foreign_origin",
  },
  { name: "nobody", path: "/ws", status: 401, code: "unauthorized" },
  {
    name: "a session that does not exist",
    path: "/ws",
    headers: { Authorization: "Bearer made-up" },
    status: 401,
    code: "unauthorized",
  },
  {
    name: "a cookie that does not exist",
    path: "/ws",
    headers: { Cookie: "hubbub_session=made-up; other=1" },
    status: 401,
    code: "unauthorized",
  },
  {
    name: "no key",
    headers: { "Sec-WebSocket-Key": null },
    status: 400,
    code: "bad_request",
  },
  {
    name: "a key that is too short",
    headers: { "Sec-WebSocket-Key": "c2hvcnQ=" },
    status: 400,
    code: "bad_request",
  },
  {
    name: "a key that is no base64",
    headers: { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" },
    status: 400,
    code: "bad_request",
  },
  { name: "an empty name", path: "/ws?name=", status: 400, code: "bad_request" },
  { name: "a name of markup", path: "/ws?name=%3Cb%3E", status: 400, code: "bad_request" },
  { name: "a name with a line break", path: "/ws?name=A%0AB", status: 400, code: "bad_request" },
  {
    name: "a name that is too long",
    path: `/ws?name=${"a".repeat(33)}`,
    status: 400,
    code: "bad_request",
  },
  { name: "a malformed name", path: "/ws?name=%FF%FE", status: 400, code: "bad_request" },
  ...["POST", "PUT", "DELETE", "PATCH", "OPTIONS"].map((method) => ({
    name: `the method ${method}`,
    method,
    status: 405,
    code: "method_not_allowed",
    answer: { allow: "GET" },
  })),
];

Deno.test({
  name: "a handshake that is not proper is refused before the upgrade, and the server lives on",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    for (
      const { name, path = "/ws?name=Alice", method, headers, status, code, answer } of REFUSED
    ) {
      await t.step(`${status} for ${name}`, async () => {
        const refused = await knock(server, path, headers, method);
        assertEquals(refused.status, status);
        assertEquals(refused.headers.get("content-type"), "application/problem+json");
        assertObjectMatch(Object.fromEntries(refused.headers), answer ?? {});
        const problem = JSON.parse(refused.body);
        assertEquals({ status: problem.status, code: problem.code }, { status, code });
        assertMatch(problem.detail, /\.$/);
        await assertAlive(server);
      });
    }
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "fetching the address of the WebSocket says that it speaks WebSocket only",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const response = await fetch(`${server.url}/ws?name=Alice`);
    assertEquals(response.status, 426);
    assertEquals(response.headers.get("sec-websocket-version"), "13");
    assertEquals((await response.json()).code, "upgrade_required");
  },
});

Deno.test({
  name: "the page's own origin and those of the settings may connect",
  ...permissions,
  async fn() {
    await using server = await startServer({ origins: ["https://chat.example.org"] });
    for (const Origin of [server.url, "https://chat.example.org"]) {
      assertEquals((await knock(server, "/ws?name=Alice", { Origin })).status, 101);
    }
    const other = await knock(server, "/ws?name=Bob", { Origin: "https://chat.example.org:444" });
    assertEquals(other.status, 403);
  },
});

Deno.test({
  name: "a session opens the door, by cookie or as bearer",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const proofs = [
      { Cookie: `other=1; hubbub_session=${token}` },
      { Authorization: `Bearer ${token}` },
      { Authorization: `bearer ${token}` },
    ];
    for (const proof of proofs) assertEquals((await knock(server, "/ws", proof)).status, 101);
  },
});

Deno.test({
  name: "a name belongs to the guest who is connected, and is free again when the guest is gone",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const witness = await server.guest("Witness");
    const alice = await server.guest("Alice");
    for (const name of ["Alice", "ALICE", "%EF%BC%A1lice"]) {
      const taken = await knock(server, `/ws?name=${name}`);
      assertEquals([taken.status, JSON.parse(taken.body).code], [409, "name_taken"]);
    }
    await alice.close();
    await witness.next((frame) => frame.type === "presence" && frame.state === "offline");
    const again = await server.guest("Alice");
    await again.close();
    await witness.close();
  },
});

Deno.test({
  name: "a name that is somebody's account is not lent to guests",
  ...permissions,
  async fn() {
    await using server = await startServer();
    await server.signIn("Alice");
    const taken = await knock(server, "/ws?name=alice");
    assertEquals([taken.status, JSON.parse(taken.body).code], [409, "name_taken"]);
  },
});

Deno.test({
  name: "of many who come at once under one name one is let in",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const sockets = await Promise.all(Array.from({ length: 20 }, async () => {
      const socket = await RawSocket.dial(server.url);
      await socket.shakeHands("/ws?name=Alice");
      return socket;
    }));
    const answers = await Promise.all(sockets.map((socket) => socket.response()));
    for (const socket of sockets) socket[Symbol.dispose]();
    const statuses = answers.map(({ status }) => status).sort();
    assertEquals(statuses, [101, ...Array(19).fill(409)]);
  },
});

const OFFERS: readonly (readonly [offered: string | null, chosen: string | null])[] = [
  [null, null],
  ["chat.batch.v1", "chat.batch.v1"],
  ["other, chat.batch.v1", "chat.batch.v1"],
  ["chat.batch.v2", "chat.batch.v2"],
  ["chat.batch.v2, chat.batch.v1", "chat.batch.v2"],
  ["chat.batch.v1, chat.batch.v2", "chat.batch.v1"],
  ["other", null],
  ["chat.batch.v10", null],
];

Deno.test({
  name: "a subprotocol is chosen only if it is offered and known",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    for (const [offered, chosen] of OFFERS) {
      await t.step(`of "${offered ?? ""}": "${chosen ?? ""}"`, async () => {
        const path = `/ws?name=${crypto.randomUUID().slice(0, 8)}`;
        const { status, headers } = await knock(server, path, {
          "Sec-WebSocket-Protocol": offered,
        });
        assertEquals([status, headers.get("sec-websocket-protocol")], [101, chosen]);
      });
    }
  },
});

Deno.test({
  name: "while it stops, the server sends newcomers elsewhere: 503",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const stopping = await (async () => {
      // A peer that does not answer the goodbye keeps the server waiting.
      using _silent = await RawSocket.open(server.url, "/ws?name=Silent");
      const stopped = server.stop();
      const refused = await knock(server, "/ws?name=Alice");
      assertEquals([refused.status, JSON.parse(refused.body).code], [503, "try_again"]);
      using health = await RawSocket.dial(server.url);
      await health.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      assertEquals((await health.response()).status, 503);
      return { stopped };
    })();
    await stopping.stopped;
  },
});
