/** The host names under which the server answers, and the origins that may connect. */
import { assertEquals } from "@std/assert";
import { isOwnHost, isOwnOrigin } from "../../lib/http/hosts.ts";
import { needs } from "../support/permissions.ts";
import { KEY, RawSocket } from "../support/raw_socket.ts";
import { startServer, type TestServer } from "../support/server.ts";

const permissions = needs("env", "net", "read");

/** Sends a request line with some headers. @returns The code of a refusal, or the status. */
async function ask(
  server: TestServer,
  request: string,
  headers: Readonly<Record<string, string>>,
  body = "",
): Promise<string | number> {
  using socket = await RawSocket.dial(server.url);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = `Content-Length: ${body.length}\r\n`;
  const rest = body === "" ? "" : `Content-Type: application/json\r\n${length}`;
  await socket.write(`${request} HTTP/1.1\r\n${lines.join("")}${rest}\r\n${body}`);
  const { status, body: text } = await socket.response();
  return text.startsWith('{"type":"urn:') ? JSON.parse(text).code : status;
}

const HANDSHAKE = {
  "Connection": "Upgrade",
  "Upgrade": "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": KEY,
};

const PUBLIC = { url: "https://chat.example.org", origins: ["https://other.example.org"] };

const OUR_HOSTS = [
  "chat.example.org",
  "CHAT.Example.ORG",
  "chat.example.org:443",
  "chat.example.org.",
  "chat.example.org.:443",
  "other.example.org",
  "localhost",
  "127.0.0.1:8000",
  "[::1]:8000",
];

const FOREIGN_HOSTS = [
  "evil.example",
  "evil.example:443",
  "chat.example.org.evil.example",
  "evil-chat.example.org",
  "chat.example.org:8443",
  "chat.example.org:80",
  "chat.example.org@evil.example",
  "evil.example#chat.example.org",
  "localhost.evil.example",
  "0.0.0.0:8000",
  "192.0.2.1",
  "[::2]",
  "169.254.169.254",
  "",
];

Deno.test({
  name: "with a url, every request for a foreign Host is misdirected, and changes nothing",
  ...permissions,
  async fn(t) {
    await using server = await startServer(PUBLIC);
    const body = '{"name":"Eve"}';
    for (const host of FOREIGN_HOSTS) {
      await t.step(`Host: ${host}`, async () => {
        for (
          const path of ["/", "/app.js", "/metrics", "/api/server", "/nowhere", "/api/figures"]
        ) {
          const headers = { Host: host, "X-Forwarded-Host": "chat.example.org" };
          assertEquals([path, await ask(server, `GET ${path}`, headers)], [path, "misdirected"]);
        }
        const headers = { Host: host, Origin: `http://${host}` };
        assertEquals(await ask(server, "POST /api/session", headers, body), "misdirected");
        const proper = { ...HANDSHAKE, Host: host, Origin: PUBLIC.url };
        assertEquals(await ask(server, "GET /ws?name=Eve", proper), "misdirected");
      });
    }
    for (const probe of ["/livez", "/readyz", "/healthz"]) {
      assertEquals(await ask(server, `GET ${probe}`, { Host: "192.0.2.1:8000" }), 200);
    }
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "with a url, the server answers under every spelling of it, and only to its own pages",
  ...permissions,
  async fn() {
    await using server = await startServer(PUBLIC);
    let n = 0;
    for (const Host of OUR_HOSTS) {
      assertEquals([Host, await ask(server, "GET /", { Host })], [Host, 200]);
      for (const Origin of [PUBLIC.url, PUBLIC.origins[0]!]) {
        const body = `{"name":"Guest ${n += 1}"}`;
        assertEquals(await ask(server, "POST /api/session", { Host, Origin }, body), 201);
      }
      for (const Origin of [`http://${Host}`, "http://chat.example.org", "https://evil.example"]) {
        const headers = { Host, Origin };
        assertEquals(await ask(server, "GET /api/server", headers), "foreign_origin");
        assertEquals(
          await ask(server, "GET /ws?name=Eve", { ...HANDSHAKE, ...headers }),
          "foreign_origin",
        );
      }
    }
  },
});

Deno.test({
  name: "on the loopback without a url, the server answers only under loopback names",
  ...permissions,
  async fn() {
    await using server = await startServer();
    for (
      const Host of ["evil.example", "chat.example.org", "localhost.evil.example", "192.0.2.1", ""]
    ) {
      for (const path of ["/", "/metrics", "/api/server", "/nowhere"]) {
        assertEquals([Host, path, await ask(server, `GET ${path}`, { Host })], [
          Host,
          path,
          "misdirected",
        ]);
      }
    }
    // The absolute form of a request target names a host as well (RFC 9112 section 3.2.2).
    const absolute = "GET http://evil.example/metrics";
    assertEquals(await ask(server, absolute, { Host: "localhost" }), "misdirected");
    for (
      const Host of [
        "localhost",
        "LOCALHOST:8000",
        "127.0.0.1",
        "[::1]:1",
        "chat.localhost",
        "localhost.",
      ]
    ) {
      assertEquals([Host, await ask(server, "GET /metrics", { Host })], [Host, 200]);
    }
  },
});

Deno.test({
  name: "metrics are open to this machine under loopback names only",
  ...permissions,
  async fn() {
    for (const settings of [PUBLIC, { host: "0.0.0.0" }]) {
      await using server = await startServer(settings);
      for (const Host of ["chat.example.org", "CHAT.example.org:443"]) {
        assertEquals([Host, await ask(server, "GET /metrics", { Host })], [Host, "unauthorized"]);
      }
      for (const Host of ["localhost", "127.0.0.1:8000", "[::1]"]) {
        assertEquals([Host, await ask(server, "GET /metrics", { Host })], [Host, 200]);
      }
    }
  },
});

/** Whether a page of an origin may use the server under a host name. */
const PAIRS: readonly (readonly [host: string, origin: string, accepted: boolean])[] = [
  ["localhost:8000", "http://localhost:8000", true],
  ["LOCALHOST:8000", "http://localhost:8000", true],
  ["LocalHost:8000", "http://LOCALHOST:8000", true],
  ["localhost:80", "http://localhost", true],
  ["localhost", "http://localhost:80", true],
  ["localhost:443", "https://localhost", true],
  ["localhost.:8000", "http://localhost:8000", true],
  ["localhost:8000", "http://localhost.:8000", true],
  ["[::1]:8000", "http://[::1]:8000", true],
  ["[0:0::1]:8000", "http://[::1]:8000", true],
  ["127.0.0.1", "http://127.0.0.1", true],
  ["localhost:8000", "http://localhost", false],
  ["localhost", "https://localhost:80", false],
  ["localhost:8000", "http://127.0.0.1:8000", false],
  ["localhost:8000", "http://localhost:8000/path", false],
  ["localhost:8000", "http://user@localhost:8000", false],
  ["localhost:8000", "ws://localhost:8000", false],
  ["localhost:8000", "null", false],
  ["localhost:8000", "", false],
];

Deno.test({
  name: "origin and Host are compared as host names, not as strings",
  ...permissions,
  async fn() {
    await using server = await startServer();
    for (const [Host, Origin, accepted] of PAIRS) {
      const expected = accepted ? [200, 101] : ["foreign_origin", "foreign_origin"];
      const name = encodeURIComponent(`Guest ${PAIRS.findIndex(([, one]) => one === Origin)}`);
      const got = [
        await ask(server, "GET /api/server", { Host, Origin }),
        await ask(server, `GET /ws?name=${name}`, { ...HANDSHAKE, Host, Origin }),
      ];
      if (got[1] === "name_taken") got[1] = 101;
      assertEquals([Host, Origin, ...got], [Host, Origin, ...expected]);
    }
  },
});

Deno.test("a server for other machines accepts every host name, but no foreign origin", () => {
  const rules = { url: null, origins: [], loopbackOnly: false };
  const at = (host: string, origin: string) =>
    new Request("http://x/", { headers: { host, origin } });
  const request = at("laptop.local:8000", "http://laptop.local:8000");
  const inPlace = { url: "http://laptop.local:8000/", headers: request.headers };
  assertEquals([isOwnHost(inPlace, rules), isOwnOrigin(inPlace, rules)], [true, true]);
  const other = at("laptop.local:8000", "http://evil.example:8000");
  assertEquals(isOwnOrigin({ url: inPlace.url, headers: other.headers }, rules), false);
});

Deno.test({
  name: "HTTP/2 has no Host: the URL counts",
  ...permissions,
  async fn() {
    const { connect } = await import("node:http2");
    await using server = await startServer(PUBLIC);
    const session = connect(server.url.replace("localhost", "127.0.0.1"));
    session.on("error", () => {});
    const status = (authority: string) =>
      new Promise<number>((resolve, reject) => {
        const stream = session.request({ ":path": "/api/server", ":authority": authority });
        stream.on("response", (headers) => resolve(Number(headers[":status"])));
        stream.on("error", reject);
        stream.resume();
        stream.end();
      });
    assertEquals(await status("chat.example.org"), 200);
    assertEquals(await status("evil.example"), 421);
    session.close();
  },
});
