import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { Accounts } from "../../lib/auth/accounts.ts";
import { ConnectionLimiter } from "../../lib/http/connection_limiter.ts";
import { HttpServer } from "../../lib/http/http.ts";
import { createLog } from "../../lib/observability/log.ts";
import type { ErrorFrame } from "../../lib/protocol/frames.ts";
import { Sessions } from "../../lib/auth/sessions.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import {
  bystander,
  call,
  closeCode,
  connect,
  enter,
  PROXIES,
  startServerFixture,
  SteppingClock,
  upgradeRequest,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

function refusals(peer: Peer): ErrorFrame[] {
  return peer.frames.filter((frame) => frame.type === "error");
}

Deno.test({
  name: "one user has one rate limit across all connections and HTTP",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({ rate: 2, burst: 30 }, clock);
    const other = await bystander(fixture);
    const token = await fixture.join("Eve");
    const peers = [
      await fixture.member(token),
      await fixture.member(token),
      await fixture.member(token),
    ];
    for (const peer of peers) for (let i = 0; i < 10; i++) peer.send({ type: "ping", key: `${i}` });
    for (const peer of peers) await peer.next((frame) => "key" in frame && frame.key === "9");
    assertEquals(peers.flatMap(refusals), []);
    for (const peer of peers) {
      const refused = await peer.ask({ type: "ping" });
      assert(refused.type === "error" && refused.code === "rate_limited");
      assertEquals(refused.retry_after, 500);
    }
    const post = { method: "POST", token, body: { message: "x" } };
    for (const path of ["/api/rooms/general/messages", "/api/devices"]) {
      const posted = await call(fixture, path, post);
      assertEquals([posted.status, posted.code], [429, "rate_limited"]);
    }
    const read = await call(fixture, "/api/rooms/general/messages", { token });
    assertEquals([read.status, read.headers.get("retry-after")], [429, "1"]);
    await other.assertUnaffected();
    clock.step(500);
    assertEquals((await peers[0]?.ask({ type: "ping" }))?.type, "pong");
    assertEquals((await peers[1]?.ask({ type: "ping" }))?.type, "error");
    await Promise.all([other.close(), ...peers.map((peer) => peer.close())]);
  },
});

Deno.test({
  name: "any flood of commands ends with 4029, and reconnecting does not reset the limit",
  ...permissions,
  async fn(t) {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({ rate: 1, burst: 20 }, clock);
    const other = await bystander(fixture);
    const floods: Readonly<Record<string, string>> = {
      "commands": '{"type":"ping"}',
      "no JSON": "{",
      "no commands": '{"type":"nothing"}',
      "no objects": "1",
      "forged senders": '{"type":"room_message","room":"general","message":"x","sender":"Olga"}',
    };
    for (const [what, frame] of Object.entries(floods)) {
      await t.step(what, async () => {
        const token = await fixture.join(`Eve and ${what}`);
        const peer = await fixture.member(token);
        for (let i = 0; i < 525; i++) peer.sendRaw(frame);
        assertEquals(await closeCode(peer), 4029);
        const last = refusals(peer).at(-1);
        assertEquals(last?.code, "rate_limited");
        assertGreater(last?.retry_after ?? 0, 0);
        const again = await fixture.member(token);
        again.send({ type: "ping" });
        assertEquals(await closeCode(again), 4029);
        await other.assertUnaffected();
        clock.step(60_000);
      });
    }
    await other.close();
  },
});

Deno.test({
  name: "many frames in one array are counted one by one",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ rate: 1, burst: 100 }, new SteppingClock());
    const other = await bystander(fixture);
    const frames = [
      `[${Array(5_000).fill('{"x":1}').join()}]`,
      `[${Array(32_000).fill("0").join()}]`,
      `[${Array(4_000).fill('{"type":"ping"}').join()}]`,
    ];
    for (const [i, frame] of frames.entries()) {
      const peer = await fixture.member(await fixture.join(`Eve ${i}`));
      peer.sendRaw(frame);
      assertEquals(await closeCode(peer), 4029);
      assertLess(peer.frames.length, 1_000);
      await other.assertUnaffected();
    }
    await other.close();
  },
});

/** Inputs that break naive parsers. */
const HOSTILE: readonly string[] = [
  "[".repeat(65_536),
  `${"[".repeat(32_768)}${"]".repeat(32_768)}`,
  '{"a":'.repeat(13_000),
  `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`,
  `{"type":"ping","x":${"[".repeat(30_000)}${"]".repeat(30_000)}}`,
  `{"type":"join","room":"general","after":${"9".repeat(60_000)}}`,
  '{"type":"join","room":"general","after":1e999}',
  '{"type":"join","room":"general","after":-1}',
  '{"type":"join","room":"general","after":9007199254740993}',
  '{"type":"history","room":"general","before":1e308,"limit":1e308}',
  '{"type":"read","room":"general","seq":9007199254740991}',
  '{"type":"edit_message","room":"general","seq":-0,"message":"x"}',
  '{"type":"mute","name":"Mo","seconds":1e400}',
  `{"type":"${"a".repeat(65_000)}"}`,
  `{"type":"ping","key":"${"k".repeat(65_000)}"}`,
  `"${"a".repeat(65_000)}"`,
  `{${Array.from({ length: 5_000 }, (_, i) => `"k${i}":1`).join()}}`,
  `{"type":"search","query":"${"a ".repeat(100)}"}`,
  "",
  " ",
  "\u0000",
  "null",
  "NaN",
  "-",
  '"\\ud800"',
  '{"type":"room_message","room":"general","message":"\\ud800"}',
  '{"type":"create_room","room":"x","kind":"public","title":"\\udc00"}',
  '{"type":"join","room":"@\\ud800"}',
  '{"type":"join","room":"@\\u0000"}',
  '{"type":"search","query":"\\u0000 \\ud800"}',
  '{"type":"ban","name":"\\ud800","reason":"\\udc00"}',
];

Deno.test({
  name: "nested, long and numerous inputs are refused or processed in time",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const other = await bystander(fixture);
    for (const [i, text] of HOSTILE.entries()) {
      const peer = await fixture.member(i % 2 === 0 ? fixture.mo : fixture.olga);
      peer.sendRaw(text);
      await peer.sync();
      await peer.close();
    }
    const headers = { "content-type": "application/json" };
    for (const raw of HOSTILE) {
      for (const path of ["/api/session", "/api/rooms/general/messages", "/api/invites"]) {
        const answer = await call(fixture, path, {
          method: "POST",
          token: fixture.olga,
          raw,
          headers,
        });
        assertLess(answer.status, 500, `${path} ${raw.slice(0, 60)}: ${answer.text}`);
      }
    }
    await other.assertUnaffected();
    await other.close();
  },
});

Deno.test("one address has a limited number of connections, and opens a limited number per minute", () => {
  const clock = new FakeClock();
  const limiter = new ConnectionLimiter(3, clock);
  for (let i = 0; i < 3; i++) assertEquals(limiter.acquire("203.0.113.1"), 0);
  assertGreater(limiter.acquire("203.0.113.1"), 0);
  assertEquals(limiter.acquire("203.0.113.2"), 0);
  limiter.release("203.0.113.1");
  assertEquals(limiter.acquire("203.0.113.1"), 0);
  assertGreater(limiter.acquire("203.0.113.1"), 0);
  // Releasing what was never acquired has no effect.
  for (let i = 0; i < 9; i++) limiter.release("203.0.113.9");
  for (let i = 0; i < 3; i++) assertEquals(limiter.acquire("203.0.113.9"), 0);
  assertGreater(limiter.acquire("203.0.113.9"), 0);
  const fast = new ConnectionLimiter(1_000_000, clock);
  let opened = 0;
  while (fast.acquire("203.0.113.1") === 0) opened += 1;
  assertLess(opened, 1_000);
  assertEquals(fast.acquire("203.0.113.2"), 0);
  // The loopback address has no limit: clients of an unlisted proxy share it.
  for (let i = 0; i < 2_000; i++) assertEquals(fast.acquire("127.0.0.1"), 0);
});

Deno.test("a connection's place is released if the store fails while it connects", async () => {
  const clock = new FakeClock();
  const real = await openSqlite({ path: ":memory:", durability: "process" });
  const store = { ...real, createGuest: () => Promise.reject(new Error("away")) };
  const sessions = new Sessions(store, clock);
  const connectionLimiter = new ConnectionLimiter(1, clock);
  const logged: string[] = [];
  const http = new HttpServer({
    accounts: new Accounts({ store, clock, sessions, signUp: "open" }),
    sessions,
    connectionLimiter,
    routes: [],
    page: Promise.resolve(new Map()),
    log: createLog("error", (line) => logged.push(line)),
    clock,
    secure: false,
    hosts: { url: null, origins: [], loopbackOnly: false },
    proxies: [],
    idleTimeout: 30,
    count: () => 0,
    acceptsConnections: () => true,
    onGuestLeft: () => {},
    onAnswered: () => {},
    onSocket: () => {},
  });
  const headers = {
    "connection": "upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  for (let i = 0; i < 3; i++) {
    const request = new Request("http://localhost/ws?name=Alice", { headers });
    const response = await http.handle(request, "203.0.113.1");
    assertEquals((await response.json()).code, "internal");
  }
  assertEquals(logged.length, 3);
  assertEquals(connectionLimiter.acquire("203.0.113.1"), 0);
  await real.close();
});

Deno.test({
  name: "over the wire: a connection past the limit is refused, and a released place is free again",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ ...PROXIES, connections: 5 });
    const from = "203.0.113.1";
    const peers: Peer[] = [];
    for (let i = 0; i < 5; i++) peers.push(await connect(fixture, { name: `Guest ${i}`, from }));
    for (const spoofed of [from, `198.51.100.1, ${from}`, `::ffff:${from}`]) {
      const refused = await upgradeRequest(fixture, "/ws?name=More", {
        "x-forwarded-for": spoofed,
      });
      assertEquals([refused.status, refused.code], [429, "rate_limited"]);
      assertGreater(Number(refused.headers.get("retry-after")), 0);
    }
    const elsewhere = await connect(fixture, { name: "Elsewhere", from: "203.0.113.2" });
    await peers.pop()?.close();
    let back: Peer | null = null;
    // The place is free once the server has noticed the close.
    for (let i = 0; i < 100 && back === null; i++) {
      const answer = await upgradeRequest(fixture, "/ws", { "x-forwarded-for": from });
      assertEquals(answer.status, 401);
      back = await connect(fixture, { token: fixture.mo, from }).catch(() => null);
    }
    assert(back !== null);
    // A refused connection takes no place.
    for (let i = 0; i < 10; i++) {
      await upgradeRequest(fixture, "/ws?name=Mo", { "x-forwarded-for": "203.0.113.3" });
    }
    const third = await connect(fixture, { name: "Third", from: "203.0.113.3" });
    await Promise.all([...peers, elsewhere, back, third].map((peer) => peer.close()));
  },
});

Deno.test({
  name: "one address creates a limited number of accounts and guests",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture(PROXIES, clock);
    const from = "203.0.113.1";
    let made = 0;
    let last = await enter(fixture, { name: "Bot net" }, { from });
    while (last.status === 201 && made < 500) {
      made += 1;
      last = await enter(fixture, { name: `Bot net ${made}` }, { from });
    }
    assertLess(made, 500);
    assertEquals([last.status, last.code], [429, "rate_limited"]);
    const guest = await upgradeRequest(fixture, "/ws?name=Gus", { "x-forwarded-for": from });
    assertEquals(guest.code, "rate_limited");
    assertEquals((await enter(fixture, { name: "Adam" }, { from: "203.0.113.2" })).status, 201);
    clock.step(last.body.retry_after);
    assertEquals((await enter(fixture, { name: "Later" }, { from })).status, 201);
  },
});

Deno.test({
  name: "one address requests a limited number of challenges, since each is stored for a while",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture(PROXIES, new SteppingClock());
    const ask = (from: string) =>
      call(fixture, "/api/session/passkey/options", { method: "POST", from });
    let given = 0;
    while ((await ask("203.0.113.1")).status === 200 && given < 1_000) given += 1;
    assertLess(given, 1_000);
    assertEquals((await ask("203.0.113.1")).code, "rate_limited");
    assertEquals((await ask("203.0.113.2")).status, 200);
  },
});
