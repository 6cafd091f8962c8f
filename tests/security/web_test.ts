import { assert, assertEquals, assertMatch } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { RawSocket } from "../support/raw_socket.ts";
import {
  type Answer,
  call,
  isAlive,
  loggedAt,
  type ServerFixture,
  startServerFixture,
  upgradeRequest,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

/** Every route of the server, read from its source. */
async function routes(): Promise<readonly (readonly [method: string, path: string])[]> {
  const found: (readonly [string, string])[] = [];
  for await (const { name } of Deno.readDir(new URL("../../lib/http/routes/", import.meta.url))) {
    const url = new URL(`../../lib/http/routes/${name}`, import.meta.url);
    const source = await Deno.readTextFile(url);
    const constant = /const PATH = "([^"]+)"/.exec(source)?.[1] ?? "";
    for (
      const [, method = "", path] of source.matchAll(
        /method: "([A-Z]+)",\s*path: (?:"([^"]+)"|PATH)/g,
      )
    ) {
      found.push([method, path ?? constant]);
    }
  }
  assert(found.length > 20, "the routes were not found");
  return found;
}

function fill(path: string): string {
  return path.replace("{room}", "general").replace(/\{\w+\}/, "1");
}

/** The headers that keep a browser from doing more than the page needs. */
function assertSecure({ headers, status }: Answer, what: string): void {
  const policy = headers.get("content-security-policy") ?? "";
  const directives = new Map(
    policy.split("; ").map((part) => {
      const [name = "", ...values] = part.split(" ");
      return [name, values.join(" ")];
    }),
  );
  const shown = `${what}: ${status}`;
  assertEquals(directives.get("default-src"), "'none'", shown);
  assertEquals(directives.get("script-src"), "'self'", shown);
  assertEquals(directives.get("style-src"), "'self'", shown);
  assertEquals(directives.get("base-uri"), "'none'", shown);
  assertEquals(directives.get("frame-ancestors"), "'none'", shown);
  // Files about to be sent are shown and played from memory; nothing else comes from there.
  for (const media of ["img-src", "media-src"]) {
    assertEquals(directives.get(media), "'self' blob:", shown);
  }
  assert(!/unsafe|\*|https?:|data:|blob:.*blob:.*blob:/.test(policy), shown);
  assertEquals(headers.get("x-content-type-options"), "nosniff", shown);
  assertEquals(headers.get("referrer-policy"), "no-referrer", shown);
  assertEquals(headers.get("cross-origin-opener-policy"), "same-origin", shown);
  assertEquals(headers.get("cross-origin-resource-policy"), "same-origin", shown);
  assertEquals(headers.get("access-control-allow-origin"), null, shown);
  assertEquals(headers.get("access-control-allow-credentials"), null, shown);
  assertEquals(headers.get("x-powered-by") ?? headers.get("server"), null, shown);
}

Deno.test({
  name: "every response has the security headers, on every route and with every status",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture({ rate: 0 });
    const json = { "content-type": "application/json" };
    const statuses = new Set<number>();
    for (const [method, path] of await routes()) {
      await t.step(`${method} ${path}`, async () => {
        const at = fill(path);
        const answers = [
          await call(fixture, at, { method }),
          await call(fixture, at, { method, token: "wrong" }),
          await call(fixture, at, {
            method,
            token: fixture.mo,
            headers: { origin: "https://evil.example" },
          }),
          await call(fixture, at, { method: "PATCH" }),
          await call(fixture, at, {
            method: "OPTIONS",
            headers: { origin: "https://evil.example" },
          }),
          ...(method === "GET" ? [await call(fixture, at, { method: "HEAD" })] : []),
          ...(["POST", "PUT"].includes(method)
            ? [
              await call(fixture, at, { method, token: fixture.mo, raw: "{", headers: json }),
              await call(fixture, at, {
                method,
                token: fixture.mo,
                raw: "x".repeat(70_000),
                headers: json,
              }),
              await call(fixture, at, { method, token: fixture.mo, body: { password: "short" } }),
              await call(fixture, at, {
                method,
                token: fixture.olga,
                body: { name: "Robot", message: "x" },
              }),
            ]
            : [await call(fixture, at, { method, token: fixture.olga })]),
        ];
        for (const answer of answers) {
          assertSecure(answer, `${method} ${path}`);
          statuses.add(answer.status);
        }
      });
    }
    const files = ["/", "/app.js", "/style.css", "/icon.svg", "/manifest.webmanifest", "/nowhere"];
    for (const path of files) assertSecure(await call(fixture, path), path);
    const odd = [
      "/ws",
      "/%",
      "/%00",
      "//",
      "/api/",
      "/api/rooms/%ff/messages",
      `/${"a".repeat(5_000)}`,
    ];
    for (const path of odd) assertSecure(await call(fixture, path), path);
    for (const headers of [{}, { origin: "null" }, { "sec-websocket-version": "8" }]) {
      assertSecure(await upgradeRequest(fixture, "/ws", headers), "/ws");
    }
    assertSecure(await upgradeRequest(fixture, "/ws?name=%3Cb%3E"), "/ws");
    assertSecure(await upgradeRequest(fixture, "/ws?name=Mo"), "/ws");
    for (const status of [200, 201, 400, 401, 403, 405, 413]) {
      assert(statuses.has(status), `${status} was not among the answers`);
    }
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

/** Origins other than the server's. */
function foreign(port: string): readonly string[] {
  return [
    "https://evil.example",
    "null",
    "",
    "file://",
    "about:blank",
    "http://localhost",
    "http://localhost:1",
    `http://localhost.evil.example:${port}`,
    `http://evil.example:${port}`,
    `http://localhost:${port}.evil.example`,
    `http://localhost:${port}@evil.example`,
    `http://evil.example/?http://localhost:${port}`,
    `http://evil.example#http://localhost:${port}`,
    "chrome-extension://abcdefghijklmnop",
    `javascript://localhost:${port}`.replace("localhost", "evil"),
  ];
}

Deno.test({
  name: "other sites get no data, with or without a session",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { port, host } = new URL(fixture.url);
    const cookie = `hubbub_session=${fixture.olga}`;
    for (const origin of foreign(port)) {
      const headers = { origin, cookie };
      assertEquals([origin, (await upgradeRequest(fixture, "/ws", headers)).status], [origin, 403]);
      assertEquals([origin, (await upgradeRequest(fixture, "/ws?name=Eve", { origin })).status], [
        origin,
        403,
      ]);
      for (const [method, path] of await routes()) {
        const body = ["POST", "PUT"].includes(method) ? { body: { name: "Eve" } } : {};
        const answer = await call(fixture, fill(path), { method, headers, ...body });
        assertEquals([origin, path, answer.code], [origin, path, "foreign_origin"]);
        assertEquals(answer.headers.get("set-cookie"), null);
      }
    }
    // A page whose own host name was pointed at this server (DNS rebinding).
    const rebound = { Host: `evil.example:${port}`, origin: `http://evil.example:${port}` };
    assertEquals((await upgradeRequest(fixture, "/ws?name=Eve", rebound)).code, "misdirected");
    assertEquals(
      (await upgradeRequest(fixture, "/ws?name=Eve", { origin: `http://${host}` })).status,
      101,
    );
  },
});

/** Requests that a form, or a script without permission, can send across sites. */
const FORM_TYPES = [
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "text/plain",
  "text/plain; charset=application/json",
  "text/plain;application/json",
  "application/jsonx",
  "application/csp-report",
  "text/html, application/json",
  "",
];

Deno.test({
  name: "a cross-site form request is not read, whatever its content",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const cookie = `hubbub_session=${fixture.olga}`;
    const raw = JSON.stringify({ name: "Eve", password: "long enough", message: "forged" });
    for (const [method, path] of await routes()) {
      // These take forms, and ask for no cookie: a secret in the path or a signed token is the proof.
      const takesForms = path.startsWith("/hooks/") || path === "/api/providers/{provider}/logout";
      const hasBody = !takesForms &&
        ["POST", "PUT"].includes(method);
      if (!hasBody) continue;
      for (const type of FORM_TYPES) {
        const headers = { cookie, "content-type": type };
        const bytes = new TextEncoder().encode(raw);
        const answer = await call(fixture, fill(path), { method, headers, raw: bytes });
        assertEquals([path, type, answer.code], [path, type, "bad_request"]);
      }
    }
    for (const override of ["x-http-method-override", "x-method-override", "x-http-method"]) {
      const headers = { cookie, [override]: "DELETE" };
      assertEquals((await call(fixture, "/api/session?_method=DELETE", { headers })).status, 200);
    }
    const page = await call(fixture, "/api/rooms/general/messages", { token: fixture.olga });
    assertEquals(page.body.messages, []);
    assertEquals((await call(fixture, "/api/session", { token: fixture.olga })).status, 200);
  },
});

/** Sends one request of exactly these bytes; returns the whole response. */
async function raw(
  fixture: ServerFixture,
  target: string,
  headers: readonly string[] = [],
): Promise<string> {
  using socket = await RawSocket.dial(fixture.url);
  const lines = [`GET ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers];
  await socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const { status, headers: got, body } = await socket.response();
  return `${status}\n${[...got].map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${body}`;
}

Deno.test({
  name: "no user input can inject a line break into a header",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ proxies: ["127.0.0.1"] });
    const evil = "%0d%0aX-Evil:%201%0d%0aSet-Cookie:%20hubbub_session=evil%0d%0a%0d%0a<b>";
    const targets = [
      `/${evil}`,
      `/api/rooms/${evil}/messages`,
      `/api/sessions/${evil}`,
      `/ws?name=A${evil}`,
      `/?${evil}`,
      `/api/server?x=${evil}`,
      `/api/bots/%E5%98%8A%E5%98%8DX-Evil:1`,
    ];
    const tricks = [
      `Authorization: Bearer ${fixture.olga}`,
      `User-Agent: a${evil}`,
      `X-Forwarded-For: 203.0.113.1${evil}`,
      `Cookie: hubbub_session=a${evil}; hubbub_device=${evil}`,
      `Origin: http://localhost${evil}`,
      `Accept-Encoding: gzip${evil}`,
      `If-None-Match: "a${evil}"`,
      `Sec-WebSocket-Protocol: chat.batch.v1${evil}`,
    ];
    for (const target of targets) {
      for (const headers of [[], tricks.slice(0, 1), tricks]) {
        const [head = ""] = (await raw(fixture, target, headers)).split("\n\n");
        assert(!/^(x-evil|set-cookie):/im.test(head), head);
        assertMatch(head, /^[234]\d\d\n/);
      }
    }
    const body = { name: "A\r\nX-Evil: 1" };
    const answer = await call(fixture, "/api/session", { method: "POST", body });
    assertEquals([answer.status, answer.headers.get("x-evil")], [400, null]);
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

/** Path traversal attempts. */
const TARGETS = ["main.ts", "deno.json", ".env", "data/hubbub.db", "etc/passwd", "static/app.tsx"];
const WAYS = [
  "",
  "../",
  "../../../../../../",
  "..%2f",
  "%2e%2e/",
  "%2e%2e%2f",
  "%252e%252e%252f",
  "..%252f",
  "..\\",
  "..%5c",
  "..%255c",
  "%c0%ae%c0%ae/",
  "%c0%ae%c0%ae%c0%af",
  "....//",
  "..;/",
  "./",
  "%00/",
  "app.js/../",
  "app.js%00/../",
  "static/../",
  "static/..%2f",
  "api/rooms/../../",
  "api/rooms/general/messages/../../../../",
  "file:///",
  "/",
];

Deno.test({
  name: "no path leads to a file outside of the page",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    for (const way of WAYS) {
      for (const target of TARGETS) {
        for (const end of ["", "%00", "%00.html", "/", "?x=.js"]) {
          const answer = await raw(fixture, `/${way}${target}${end}`);
          assertMatch(answer, /^(404|400)\n/);
          assert(!/root:|"imports"|import \{|SQLite format/.test(answer), `${way}${target}`);
        }
      }
    }
    for (const room of ["..%2f..%2fdeno.json", "%2e%2e", "..", "a%00b", "a%2fb", "%5c..%5c"]) {
      const answer = await call(fixture, `/api/rooms/${room}/messages`, { token: fixture.olga });
      assertEquals([room, answer.status], [room, 404]);
    }
    assert(await isAlive(fixture));
    assertEquals(loggedAt(fixture, "error"), []);
  },
});
