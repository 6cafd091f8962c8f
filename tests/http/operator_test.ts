/** Health, metrics and statistics, and access to them. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { createLog } from "../../lib/observability/log.ts";
import type { Statistic } from "../../lib/observability/metrics.ts";
import { needs } from "../support/permissions.ts";
import { startServer, type TestServer } from "../support/server.ts";

const permissions = needs("env", "net", "read", "write");

const TOKEN = "a-token-for-prometheus";

/** Redeems the owner's link. @returns The token of the owner's session. */
async function own(server: TestServer): Promise<string> {
  const [, invite] = /#invite=(.+)$/.exec(server.ownerUrl) ?? [];
  const response = await server.request("/api/session", {
    method: "POST",
    body: { name: "Olga", invite },
  });
  return (await response.json()).token;
}

const READERS: readonly (readonly [
  who: string,
  headers: (tokens: { owner: string; member: string }) => Record<string, string>,
  status: number,
])[] = [
  ["a client on this machine", () => ({}), 200],
  ["a client behind a proxy", () => ({ "x-forwarded-for": "192.0.2.7" }), 401],
  ["a proxy's own check, forwarded", () => ({ "x-forwarded-for": "127.0.0.1" }), 401],
  ["a client behind a proxy that sends Forwarded", () => ({ forwarded: "for=192.0.2.7" }), 401],
  ["the token", () => ({ "x-forwarded-for": "192.0.2.7", authorization: `Bearer ${TOKEN}` }), 200],
  [
    "another token",
    () => ({ "x-forwarded-for": "192.0.2.7", authorization: `Bearer ${TOKEN}x` }),
    401,
  ],
  [
    "the owner",
    ({ owner }) => ({ "x-forwarded-for": "192.0.2.7", authorization: `Bearer ${owner}` }),
    200,
  ],
  [
    "a member",
    ({ member }) => ({ "x-forwarded-for": "192.0.2.7", authorization: `Bearer ${member}` }),
    401,
  ],
];

Deno.test({
  name: "metrics are open to this machine, owners, and programs with the token",
  ...permissions,
  async fn(t) {
    await using server = await startServer({ "metrics-token": TOKEN });
    const tokens = { owner: await own(server), member: await server.signIn("Max") };
    for (const [who, headers, status] of READERS) {
      await t.step(who, async () => {
        const response = await fetch(`${server.url}/metrics`, { headers: headers(tokens) });
        await response.body?.cancel();
        assertEquals(response.status, status);
      });
    }
  },
});

Deno.test({
  name: "without a configured token, an empty token gives no access",
  ...permissions,
  async fn() {
    await using server = await startServer();
    for (const authorization of ["Bearer ", "Bearer", "Bearer undefined"]) {
      const response = await fetch(`${server.url}/metrics`, {
        headers: { authorization, "x-forwarded-for": "192.0.2.7" },
      });
      await response.body?.cancel();
      assertEquals(response.status, 401, authorization);
    }
  },
});

Deno.test({
  name: "the statistics are for owners, and count events",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await own(server);
    const alice = await server.guest("Alice");
    await alice.ask({ type: "join", room: "general" });
    await alice.ask({ type: "room_message", room: "general", message: "This is a secret" });
    await alice.ask({ type: "room_message", room: "nowhere else", message: "x" });

    const member = await server.signIn("Max");
    const refused = await server.request("/api/figures", { token: member });
    assertEquals([refused.status, (await refused.json()).code], [403, "forbidden"]);
    const response = await server.request("/api/figures", { token });
    const answer: { version: string; statistics: Statistic[] } = await response.json();
    assertMatch(answer.version, /^\d+\.\d+\.\d+/);
    const values = (name: string) => {
      const found = answer.statistics.find((figure) => figure.name === name);
      assert(found !== undefined, name);
      return found.type === "histogram" ? found.counts.reduce((a, b) => a + b) : found.values;
    };
    assertEquals(values("hubbub_connections"), { "": 1 });
    assertEquals(values("hubbub_queue_bytes"), { "": 0 });
    assertEquals(values("hubbub_events_total"), { message: 1 });
    assertEquals(values("hubbub_commit_seconds"), 1);
    // The join of the room was delivered as well.
    const frames = values("hubbub_fan_out_seconds");
    assert(typeof frames === "number" && frames > 1);
    assertEquals(values("hubbub_frames_total"), { "": frames });
    assertEquals(values("hubbub_refusals_total"), { bad_request: 1 });
    const memory = values("process_resident_memory_bytes");
    assert(typeof memory === "object" && (memory[""] ?? 0) > 1_000_000);
    assert(!JSON.stringify(answer).includes("secret"));
    await alice.close();
  },
});

Deno.test({
  name: "at debug the log has a line for each request and refusal, and no secret",
  ...permissions,
  async fn() {
    const lines: string[] = [];
    await using server = await startServer(
      {},
      undefined,
      createLog("debug", (line) => lines.push(line)),
    );
    const token = await server.signIn("Max", "correct horse battery");
    await (await server.request("/api/invites/not-a-secret-really", { token, method: "DELETE" }))
      .body
      ?.cancel();
    const max = await server.member(token);
    await max.ask({ type: "room_message", room: "private-thoughts", message: "My text" });
    await max.close();
    const said = lines.map((line) => {
      assert(!line.includes("\n"));
      return JSON.parse(line);
    });
    assert(said.every(({ time, level, message }) => Date.parse(time) > 0 && level && message));
    const answered = said.filter(({ message }) => message === "answered");
    assertEquals(answered.map(({ method, path, status }) => `${method} ${path} ${status}`), [
      "POST /api/session 201",
      "DELETE /api/invites/{id} 403",
      "GET /ws 101",
    ]);
    assert(said.some(({ message, type }) => message === "refused" && type === "room_message"));
    for (const secret of [token, "horse", "not-a-secret", "private-thoughts", "My text", "Max"]) {
      assertEquals(lines.filter((line) => line.includes(secret)), [], secret);
    }
  },
});

Deno.test({
  name: "the guide lists every metric and no other",
  ...permissions,
  async fn() {
    const guide = await Deno.readTextFile(new URL("../../docs/deploy.md", import.meta.url));
    const named = guide.matchAll(/^\| (`(?:hubbub|process)_[^|]*)\|/gm).flatMap(([, names = ""]) =>
      names.matchAll(/`(\w+)(?:\{\w+\})?`/g).map(([, name = ""]) => name)
    );
    await using server = await startServer();
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const measured = text.matchAll(/^# TYPE (\w+)/gm).map(([, name = ""]) => name);
    assertEquals([...named].sort(), [...measured].sort());
  },
});
