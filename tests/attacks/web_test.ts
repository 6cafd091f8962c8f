import { assert, assertEquals, assertMatch } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { RawSocket } from "../support/raw_socket.ts";
import {
  type Answer,
  call,
  isAlive,
  knock,
  loggedAt,
  startTown,
  type Town,
} from "../support/town.ts";

const permissions = needs("net", "read");

/** Every route that the server has, as its source says. */
async function routes(): Promise<readonly (readonly [method: string, path: string])[]> {
  const found: (readonly [string, string])[] = [];
  for await (const { name } of Deno.readDir(new URL("../../lib/routes/", import.meta.url))) {
    const url = new URL(`../../lib/routes/${name}`, import.meta.url);
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

/** The headers without which a browser would do what the page does not need. */
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
  // A picture that is about to be sent is shown from memory; nothing else comes from there.
  assertEquals(directives.get("img-src"), "'self' blob:", shown);
  assert(!/unsafe|\*|https?:|data:|blob:.*blob:/.test(policy), shown);
  assertEquals(headers.get("x-content-type-options"), "nosniff", shown);
  assertEquals(headers.get("referrer-policy"), "no-referrer", shown);
  assertEquals(headers.get("cross-origin-opener-policy"), "same-origin", shown);
  assertEquals(headers.get("cross-origin-resource-policy"), "same-origin", shown);
  assertEquals(headers.get("access-control-allow-origin"), null, shown);
  assertEquals(headers.get("access-control-allow-credentials"), null, shown);
  assertEquals(headers.get("x-powered-by") ?? headers.get("server"), null, shown);
}

Deno.test({
  name: "every route has the headers, however it answers",
  ...permissions,
  async fn(t) {
    await using town = await startTown({ rate: 0 });
    const json = { "content-type": "application/json" };
    const statuses = new Set<number>();
    for (const [method, path] of await routes()) {
      await t.step(`${method} ${path}`, async () => {
        const at = fill(path);
        const answers = [
          await call(town, at, { method }),
          await call(town, at, { method, token: "wrong" }),
          await call(town, at, {
            method,
            token: town.mo,
            headers: { origin: "https://evil.example" },
          }),
          await call(town, at, { method: "PATCH" }),
          await call(town, at, { method: "OPTIONS", headers: { origin: "https://evil.example" } }),
          ...(method === "GET" ? [await call(town, at, { method: "HEAD" })] : []),
          ...(["POST", "PUT"].includes(method)
            ? [
              await call(town, at, { method, token: town.mo, raw: "{", headers: json }),
              await call(town, at, {
                method,
                token: town.mo,
                raw: "x".repeat(70_000),
                headers: json,
              }),
              await call(town, at, { method, token: town.mo, body: { password: "short" } }),
              await call(town, at, {
                method,
                token: town.olga,
                body: { name: "Robot", message: "x" },
              }),
            ]
            : [await call(town, at, { method, token: town.olga })]),
        ];
        for (const answer of answers) {
          assertSecure(answer, `${method} ${path}`);
          statuses.add(answer.status);
        }
      });
    }
    const files = ["/", "/app.js", "/style.css", "/icon.svg", "/manifest.webmanifest", "/nowhere"];
    for (const path of files) assertSecure(await call(town, path), path);
    const odd = [
      "/ws",
      "/%",
      "/%00",
      "//",
      "/api/",
      "/api/rooms/%ff/messages",
      `/${"a".repeat(5_000)}`,
    ];
    for (const path of odd) assertSecure(await call(town, path), path);
    for (const headers of [{}, { origin: "null" }, { "sec-websocket-version": "8" }]) {
      assertSecure(await knock(town, "/ws", headers), "/ws");
    }
    assertSecure(await knock(town, "/ws?name=%3Cb%3E"), "/ws");
    assertSecure(await knock(town, "/ws?name=Mo"), "/ws");
    for (const status of [200, 201, 400, 401, 403, 405, 413]) {
      assert(statuses.has(status), `${status} was not among the answers`);
    }
    assertEquals(loggedAt(town, "error"), []);
  },
});

/** Origins that are not the server's. */
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
  name: "pages of other sites get nothing, with a session or without",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const { port, host } = new URL(town.url);
    const cookie = `hubbub_session=${town.olga}`;
    for (const origin of foreign(port)) {
      const headers = { origin, cookie };
      assertEquals([origin, (await knock(town, "/ws", headers)).status], [origin, 403]);
      assertEquals([origin, (await knock(town, "/ws?name=Eve", { origin })).status], [origin, 403]);
      for (const [method, path] of await routes()) {
        const body = ["POST", "PUT"].includes(method) ? { body: { name: "Eve" } } : {};
        const answer = await call(town, fill(path), { method, headers, ...body });
        assertEquals([origin, path, answer.code], [origin, path, "foreign_origin"]);
        assertEquals(answer.headers.get("set-cookie"), null);
      }
    }
    // A page whose own name was made to point here (DNS rebinding).
    const rebound = { Host: `evil.example:${port}`, origin: `http://evil.example:${port}` };
    assertEquals((await knock(town, "/ws?name=Eve", rebound)).status, 403);
    assertEquals((await knock(town, "/ws?name=Eve", { origin: `http://${host}` })).status, 101);
  },
});

/** What a form, or a script without leave, can send across sites. */
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
  name: "what another site's form can send is not read, whatever is in it",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const cookie = `hubbub_session=${town.olga}`;
    const raw = JSON.stringify({ name: "Eve", password: "long enough", message: "forged" });
    for (const [method, path] of await routes()) {
      const hasBody = !/devices|options/.test(path) && ["POST", "PUT"].includes(method);
      if (!hasBody) continue;
      for (const type of FORM_TYPES) {
        const headers = { cookie, "content-type": type };
        const bytes = new TextEncoder().encode(raw);
        const answer = await call(town, fill(path), { method, headers, raw: bytes });
        assertEquals([path, type, answer.code], [path, type, "bad_request"]);
      }
    }
    for (const override of ["x-http-method-override", "x-method-override", "x-http-method"]) {
      const headers = { cookie, [override]: "DELETE" };
      assertEquals((await call(town, "/api/session?_method=DELETE", { headers })).status, 200);
    }
    const page = await call(town, "/api/rooms/general/messages", { token: town.olga });
    assertEquals(page.body.messages, []);
    assertEquals((await call(town, "/api/session", { token: town.olga })).status, 200);
  },
});

/** One request of exactly these bytes, and its whole answer. */
async function raw(town: Town, target: string, headers: readonly string[] = []): Promise<string> {
  using socket = await RawSocket.dial(town.url);
  const lines = [`GET ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers];
  await socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const { status, headers: got, body } = await socket.response();
  return `${status}\n${[...got].map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${body}`;
}

Deno.test({
  name: "no line break of anybody's gets into a header",
  ...permissions,
  async fn() {
    await using town = await startTown({ proxies: ["127.0.0.1"] });
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
      `Authorization: Bearer ${town.olga}`,
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
        const [head = ""] = (await raw(town, target, headers)).split("\n\n");
        assert(!/^(x-evil|set-cookie):/im.test(head), head);
        assertMatch(head, /^[234]\d\d\n/);
      }
    }
    const body = { name: "A\r\nX-Evil: 1" };
    const answer = await call(town, "/api/session", { method: "POST", body });
    assertEquals([answer.status, answer.headers.get("x-evil")], [400, null]);
    assertEquals(loggedAt(town, "error"), []);
  },
});

/** Ways out of a directory, if there were one. */
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
  name: "no path leads to a file that is not the page's",
  ...permissions,
  async fn() {
    await using town = await startTown();
    for (const way of WAYS) {
      for (const target of TARGETS) {
        for (const end of ["", "%00", "%00.html", "/", "?x=.js"]) {
          const answer = await raw(town, `/${way}${target}${end}`);
          assertMatch(answer, /^(404|400)\n/);
          assert(!/root:|"imports"|import \{|SQLite format/.test(answer), `${way}${target}`);
        }
      }
    }
    for (const room of ["..%2f..%2fdeno.json", "%2e%2e", "..", "a%00b", "a%2fb", "%5c..%5c"]) {
      const answer = await call(town, `/api/rooms/${room}/messages`, { token: town.olga });
      assertEquals([room, answer.status], [room, 404]);
    }
    assert(await isAlive(town));
    assertEquals(loggedAt(town, "error"), []);
  },
});
