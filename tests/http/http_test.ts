import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import type { PageFile } from "../../lib/http/assets.ts";
import { systemClock } from "../../lib/util/clock.ts";
import { needs } from "../support/permissions.ts";
import { RawSocket } from "../support/raw_socket.ts";
import { startServer, type TestServer } from "../support/server.ts";

const permissions = needs("net", "read");

const FILES: Readonly<Record<string, string>> = {
  "/": "text/html; charset=utf-8",
  "/app.js": "text/javascript; charset=utf-8",
  "/style.css": "text/css; charset=utf-8",
  "/icon.svg": "image/svg+xml",
  "/manifest.webmanifest": "application/manifest+json",
};

/** Sends a request of exactly these lines. */
async function raw(server: TestServer, lines: readonly string[], body = "") {
  using socket = await RawSocket.dial(server.url);
  await socket.write([...lines, "Host: localhost", "Connection: close", "", body].join("\r\n"));
  return await socket.response();
}

Deno.test({
  name: "the style sheet has every part",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const sheet = await (await fetch(new URL("/style.css", server.url))).text();
    const parts = new URL("../../static/styles/", import.meta.url);
    for await (const { name } of Deno.readDir(parts)) {
      const part = await Deno.readTextFile(new URL(name, parts));
      assert(sheet.includes(part), `${name} is not served`);
    }
  },
});

Deno.test({
  name: "every response has the headers that forbid the browser what the page does not need",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    const requests: readonly (readonly [method: string, path: string])[] = [
      ...Object.keys(FILES).map((path) => ["GET", path] as const),
      ["GET", "/healthz"],
      ["GET", "/metrics"],
      ["GET", "/api/session"],
      ["POST", "/api/session"],
      ["DELETE", "/api/session"],
      ["GET", "/api/rooms/general/messages"],
      ["GET", "/nowhere"],
      ["PUT", "/healthz"],
      ["GET", "/ws"],
      ["POST", "/ws"],
    ];
    for (const [method, path] of requests) {
      await t.step(`${method} ${path}`, async () => {
        const { headers, body } = await fetch(`${server.url}${path}`, { method });
        await body?.cancel();
        const policy = headers.get("content-security-policy") ?? "";
        assertMatch(policy, /^default-src 'none'; script-src 'self';/);
        assertMatch(policy, /frame-ancestors 'none'/);
        assert(!policy.includes("unsafe"));
        assertEquals(headers.get("x-content-type-options"), "nosniff");
        assertEquals(headers.get("referrer-policy"), "no-referrer");
        assertEquals(headers.get("cross-origin-opener-policy"), "same-origin");
        assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
        assertMatch(headers.get("permissions-policy") ?? "", /camera=\(\)/);
        assertEquals(headers.get("access-control-allow-origin"), null);
      });
    }
  },
});

Deno.test({
  name: "the files of the page have a type and a tag, and unchanged ones get 304",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    for (const [path, type] of Object.entries(FILES)) {
      await t.step(path, async () => {
        const first = await fetch(`${server.url}${path}`);
        assertEquals([first.status, first.headers.get("content-type")], [200, type]);
        assertEquals(first.headers.get("cache-control"), "no-cache");
        assertGreater((await first.text()).length, 0);
        const etag = first.headers.get("etag") ?? "";
        assertMatch(etag, /^(W\/)?"[^"]+"$/);
        for (const tag of [etag, `"other", ${etag}`, "*"]) {
          const headers = { "if-none-match": tag };
          const again = await fetch(`${server.url}${path}`, { headers });
          assertEquals([again.status, await again.text()], [304, ""]);
          assertEquals(again.headers.get("etag"), etag);
        }
        const headers = { "if-none-match": '"other"' };
        const changed = await fetch(`${server.url}${path}`, { headers });
        assertEquals(changed.status, 200);
        await changed.body?.cancel();
      });
    }
  },
});

Deno.test({
  name: "clients chat before the page is built; requests for it wait",
  ...permissions,
  async fn() {
    const bundled = Promise.withResolvers<readonly PageFile[]>();
    await using server = await startServer({}, systemClock, undefined, () => bundled.promise);
    const alice = await server.guest("Alice");
    alice.send({ type: "join", room: "general" });
    await alice.take("joined");
    alice.send({ type: "room_message", room: "general", message: "First!" });
    await alice.take("room_message");
    assertEquals((await (await fetch(`${server.url}/healthz`)).json()).status, "ok");
    const page = fetch(server.url);
    const body = new TextEncoder().encode("<!doctype html>");
    bundled.resolve([{ path: "/", type: "text/html", body, immutable: false }]);
    assertEquals(await (await page).text(), "<!doctype html>");
    await alice.close();
  },
});

Deno.test({
  name: "a page that cannot be built is logged, and affects nothing else",
  ...permissions,
  async fn() {
    const source = () => Promise.reject(new Error("There is a fault in app.tsx"));
    await using server = await startServer({}, systemClock, undefined, source);
    const response = await fetch(server.url);
    assertEquals([response.status, (await response.json()).code], [500, "internal"]);
    assertMatch(server.logged.join("\n"), /a fault in app\.tsx/);
    assertEquals((await (await fetch(`${server.url}/healthz`)).json()).status, "ok");
  },
});

const ENCODINGS: readonly (readonly [accepted: string | null, encoding: string | null])[] = [
  [null, null],
  ["gzip", "gzip"],
  ["gzip, deflate, br, zstd", "br"],
  ["br;q=1, gzip;q=0.5", "br"],
  ["br;q=0, gzip", "gzip"],
  ["*", "br"],
  ["identity", null],
  ["gzip;q=0", null],
  ["br", "br"],
  ["zstd", null],
];

Deno.test({
  name: "the page is compressed for clients that accept it",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    for (const [accepted, encoding] of ENCODINGS) {
      await t.step(accepted ?? "no word of it", async () => {
        const header = accepted === null ? [] : [`Accept-Encoding: ${accepted}`];
        const { status, headers } = await raw(server, ["GET /app.js HTTP/1.1", ...header]);
        assertEquals([status, headers.get("content-encoding")], [200, encoding]);
        assertMatch(headers.get("vary") ?? "", /accept-encoding/i);
      });
    }
    const plain = await fetch(`${server.url}/app.js`, {
      headers: { "accept-encoding": "identity" },
    });
    const zipped = await fetch(`${server.url}/app.js`, { headers: { "accept-encoding": "gzip" } });
    assertEquals(await zipped.text(), await plain.text());
  },
});

Deno.test({
  name: "HEAD is GET without a body",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    for (const path of ["/", "/app.js", "/healthz", "/api/session", "/nowhere"]) {
      await t.step(path, async () => {
        const get = await fetch(`${server.url}${path}`);
        const head = await fetch(`${server.url}${path}`, { method: "HEAD" });
        await get.body?.cancel();
        assertEquals([head.status, await head.text()], [get.status, ""]);
        for (const name of ["content-type", "etag", "cache-control"]) {
          assertEquals(head.headers.get(name), get.headers.get(name));
        }
      });
    }
  },
});

const REFUSED: readonly (readonly [
  request: string,
  status: number,
  code: string,
  allow?: string,
])[] = [
  ["GET /nowhere", 404, "not_found"],
  ["GET /api", 404, "not_found"],
  ["GET /static/app.tsx", 404, "not_found"],
  ["GET /main.ts", 404, "not_found"],
  ["GET /data/hubbub.db", 404, "not_found"],
  ["GET /../main.ts", 404, "not_found"],
  ["GET /%2e%2e/main.ts", 404, "not_found"],
  ["GET /constructor", 404, "not_found"],
  ["GET /__proto__", 404, "not_found"],
  ["GET //healthz", 404, "not_found"],
  ["POST /", 405, "method_not_allowed", "GET"],
  ["PUT /healthz", 405, "method_not_allowed", "GET"],
  ["POST /metrics", 405, "method_not_allowed", "GET"],
  ["PUT /api/session", 405, "method_not_allowed", "GET, POST, DELETE"],
  ["PATCH /api/rooms/general/messages", 405, "method_not_allowed", "GET, POST"],
  ["OPTIONS /api/session", 405, "method_not_allowed", "GET, POST, DELETE"],
];

Deno.test({
  name: "an unknown path is refused with a problem detail",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    for (const [request, status, code, allow] of REFUSED) {
      await t.step(`${request}: ${status}`, async () => {
        const answer = await raw(server, [`${request} HTTP/1.1`]);
        assertEquals(answer.status, status);
        assertEquals(answer.headers.get("content-type"), "application/problem+json");
        if (allow !== undefined) {
          const allowed = answer.headers.get("allow")?.split(", ") ?? [];
          assertEquals(allowed.filter((method) => method !== "HEAD"), allow.split(", "));
        }
        const { type, title, detail, ...rest } = JSON.parse(answer.body);
        assertEquals(rest, { status, code });
        assertEquals(type, `urn:hubbub:error:${code}`);
        for (const text of [title, detail]) assertMatch(text, /\w/);
      });
    }
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "a request from another site is refused, and changes nothing",
  ...permissions,
  async fn() {
    await using server = await startServer({ origins: ["https://chat.example.org"] });
    const token = await server.signIn("Alice");
    const ask = async (method: string, path: string, origin: string) => {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: {
          origin,
          cookie: `hubbub_session=${token}`,
          ...(method === "POST" ? { "content-type": "application/json" } : {}),
        },
        ...(method === "POST" ? { body: '{"name":"Bob","message":"x"}' } : {}),
      });
      const text = await response.text();
      return [response.status, text === "" ? undefined : JSON.parse(text).code];
    };
    const room = "/api/rooms/general/messages";
    for (const origin of ["https://evil.example", "null", "http://localhost:1"]) {
      assertEquals(await ask("POST", room, origin), [403, "foreign_origin"]);
      assertEquals(await ask("POST", "/api/session", origin), [403, "foreign_origin"]);
      assertEquals(await ask("DELETE", "/api/session", origin), [403, "foreign_origin"]);
    }
    const history = await (await server.request(room, { token })).json();
    assertEquals(history.messages, []);
    assertEquals(await ask("POST", room, server.url), [201, undefined]);
    assertEquals(await ask("DELETE", "/api/session", "https://chat.example.org"), [204, undefined]);
  },
});

const BODIES: readonly (readonly [type: string | null, body: string, answer: unknown])[] = [
  ["application/json", '{"name":"A"}', [201, undefined]],
  ["Application/JSON; charset=utf-8", '{"name":"B"}', [201, undefined]],
  ["text/plain", '{"name":"C"}', [400, "bad_request"]],
  ["application/x-www-form-urlencoded", "name=C", [400, "bad_request"]],
  ["application/jsonp", '{"name":"C"}', [400, "bad_request"]],
  [null, '{"name":"C"}', [400, "bad_request"]],
  ["application/json", "", [400, "bad_json"]],
  ["application/json", "{", [400, "bad_json"]],
  ["application/json", `"${"a".repeat(65_534)}"`, [400, "bad_request"]],
  ["application/json", `"${"a".repeat(65_535)}"`, [413, "too_long"]],
];

Deno.test({
  name: "a body must say that it is JSON, be JSON, and be no longer than a frame",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    for (const [type, body, answer] of BODIES) {
      await t.step(`${type} ${body.slice(0, 20)} (${body.length})`, async () => {
        const lines = [
          "POST /api/session HTTP/1.1",
          `Content-Length: ${body.length}`,
          ...(type === null ? [] : [`Content-Type: ${type}`]),
        ];
        const { status, body: text } = await raw(server, lines, body);
        assertEquals([status, JSON.parse(text).code], answer);
      });
    }
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "health is ok, and metrics have the text format of Prometheus",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const health = await fetch(`${server.url}/healthz`);
    assertEquals([health.status, await health.json()], [200, { status: "ok" }]);
    const alice = await server.guest("Alice");
    await alice.ask({ type: "join", room: "general" });
    await alice.ask({ type: "room_message", room: "general", message: "Hi" });
    const response = await fetch(`${server.url}/metrics`);
    assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    assertMatch(text, /\n$/);
    const typed = new Set<string>();
    const values = new Map<string, number>();
    for (const line of text.trimEnd().split("\n")) {
      const [, about] = /^# TYPE (\w+) (?:counter|gauge|histogram)$/.exec(line) ?? [];
      if (about !== undefined) typed.add(about);
      else if (!/^# HELP \w+ \S.*$/.test(line)) {
        const [, sample, value] = /^(\w+(?:\{\w+="[^"\\\n]*"\})?) (\S+)$/.exec(line) ?? [];
        assert(sample !== undefined, `This is no sample: ${line}`);
        const family = sample.replace(/\{.*/, "").replace(/_(bucket|sum|count)$/, "");
        assert(typed.has(family), `This has no type: ${line}`);
        values.set(sample, Number(value));
      }
    }
    assert([...values.values()].every(Number.isFinite));
    assertEquals(values.get("hubbub_connections"), 1);
    assertEquals(values.get("hubbub_people_online"), 1);
    assertEquals(values.get("hubbub_commit_size_count"), 1);
    assertEquals(values.get('hubbub_commit_size_bucket{le="+Inf"}'), 1);
    await alice.close();
  },
});
