import { assertEquals, assertMatch, assertObjectMatch } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { ACCEPT, RawSocket } from "../support/raw_socket.ts";
import { startServer, type TestServer } from "../support/server.ts";

const permissions = needs("net", "read");

type Headers = Readonly<Record<string, string | null>>;

/** Sends an opening handshake on a new connection. */
async function upgradeRequest(
  server: TestServer,
  path: string,
  headers: Headers = {},
  method = "GET",
) {
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
  name: "a valid handshake gets 101 and the accept value of RFC 6455",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const { status, headers } = await upgradeRequest(server, "/ws?name=Alice");
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
  /** Other headers that the response must have. */
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
    name: "the server's own host on another port as origin",
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
    name: "a malformed origin",
    headers: { Origin: "http://" },
    status: 403,
    code: "foreign_origin",
  },
  { name: "no session", path: "/ws", status: 401, code: "unauthorized" },
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
  name: "an invalid handshake is refused before the upgrade, and the server keeps running",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    for (
      const { name, path = "/ws?name=Alice", method, headers, status, code, answer } of REFUSED
    ) {
      await t.step(`${status} for ${name}`, async () => {
        const refused = await upgradeRequest(server, path, headers, method);
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
  name: "a plain request for the WebSocket path gets 426",
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
  name: "the page's own origin and the configured ones may connect",
  ...permissions,
  async fn() {
    await using server = await startServer({ origins: ["https://chat.example.org"] });
    for (const Origin of [server.url, "https://chat.example.org"]) {
      assertEquals((await upgradeRequest(server, "/ws?name=Alice", { Origin })).status, 101);
    }
    const other = await upgradeRequest(server, "/ws?name=Bob", {
      Origin: "https://chat.example.org:444",
    });
    assertEquals(other.status, 403);
  },
});

Deno.test({
  name: "a session connects by its cookie or a bearer token",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const proofs = [
      { Cookie: `other=1; hubbub_session=${token}` },
      { Authorization: `Bearer ${token}` },
      { Authorization: `bearer ${token}` },
    ];
    for (const proof of proofs) {
      assertEquals((await upgradeRequest(server, "/ws", proof)).status, 101);
    }
  },
});

Deno.test({
  name: "a connected guest holds its name, which is free again when the guest has left",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const observer = await server.guest("Observer");
    const alice = await server.guest("Alice");
    for (const name of ["Alice", "ALICE", "%EF%BC%A1lice"]) {
      const taken = await upgradeRequest(server, `/ws?name=${name}`);
      assertEquals([taken.status, JSON.parse(taken.body).code], [409, "name_taken"]);
    }
    await alice.close();
    await observer.next((frame) => frame.type === "presence" && frame.state === "offline");
    const again = await server.guest("Alice");
    await again.close();
    await observer.close();
  },
});

Deno.test({
  name: "guests cannot take the name of an account",
  ...permissions,
  async fn() {
    await using server = await startServer();
    await server.signIn("Alice");
    const taken = await upgradeRequest(server, "/ws?name=alice");
    assertEquals([taken.status, JSON.parse(taken.body).code], [409, "name_taken"]);
  },
});

Deno.test({
  name: "of several concurrent guests with one name, one connects",
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
        const { status, headers } = await upgradeRequest(server, path, {
          "Sec-WebSocket-Protocol": offered,
        });
        assertEquals([status, headers.get("sec-websocket-protocol")], [101, chosen]);
      });
    }
  },
});

Deno.test({
  name: "while it stops, the server refuses new connections with 503",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const stopping = await (async () => {
      // A client that does not answer the close frame keeps the server waiting.
      using _silent = await RawSocket.open(server.url, "/ws?name=Silent");
      const stopped = server.stop();
      const refused = await upgradeRequest(server, "/ws?name=Alice");
      assertEquals([refused.status, JSON.parse(refused.body).code], [503, "try_again"]);
      for (const [path, status] of [["/healthz", 503], ["/readyz", 503], ["/livez", 200]]) {
        using probe = await RawSocket.dial(server.url);
        await probe.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        assertEquals((await probe.response()).status, status);
      }
      return { stopped };
    })();
    await stopping.stopped;
  },
});
