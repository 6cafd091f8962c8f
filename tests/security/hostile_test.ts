import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { needs } from "../support/permissions.ts";
import {
  call,
  enter,
  isAlive,
  loggedAt,
  person,
  startServerFixture,
  upgradeRequest,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

/** Markup that a browser would execute unless it is treated as text. */
const MARKUP = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '"><svg onload=alert(1)>',
  "javascript:alert(1)",
  "</textarea><iframe src=//evil.example>",
  "{{constructor.constructor('alert(1)')()}}",
  "${alert(1)}",
  "[x](javascript:alert(1))",
  "\\u003cscript\\u003e",
  "&lt;b&gt;",
  "\u2028alert(1)\u2029",
];

Deno.test({
  name: "markup in a message is returned as text everywhere",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: alice, token } = await person(fixture, "Alice");
    const { peer: bob } = await person(fixture, "Bob");
    for (const peer of [alice, bob]) await peer.ask({ type: "join", room: "general" });
    for (const message of MARKUP) {
      await alice.ask({ type: "room_message", room: "general", message: `markup ${message}` });
      assertEquals((await bob.take("room_message")).message, `markup ${message}`);
    }
    const texts = MARKUP.map((message) => `markup ${message}`);
    const history = await bob.ask({ type: "history", room: "general" });
    assert(history.type === "history");
    assertEquals(history.messages.map(({ message }) => message), texts);
    const found = await bob.ask({ type: "search", query: "markup" });
    assert(found.type === "search_results");
    assertEquals(found.messages.map(({ snippet }) => snippet), texts.toReversed());
    const page = await call(fixture, "/api/rooms/general/messages", { token });
    assertEquals(page.headers.get("content-type"), "application/json");
    assertEquals(page.headers.get("x-content-type-options"), "nosniff");
    assertEquals(page.body.messages.map(({ message }: { message: string }) => message), texts);
    await Promise.all([alice.close(), bob.close()]);
  },
});

Deno.test({
  name: "markup in any other field is returned as text, or refused",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: alice, token } = await person(fixture, "Alice");
    const mo = await fixture.member(fixture.mo);
    for (const [i, markup] of MARKUP.entries()) {
      const made = await alice.ask({
        type: "create_room",
        room: `room-${i}`,
        kind: "public",
        title: markup,
      });
      assertEquals(made.type === "joined" && made.title, markup.trim());
      const query = await alice.ask({ type: "search", query: markup });
      assertEquals(query.type === "search_results" && query.query, markup);
      const key = markup.slice(0, LIMITS.key_length);
      assertEquals(await alice.ask({ type: "ping", key }), { type: "pong", key });
      await enter(fixture, { name: `Troll ${i}` });
      await mo.ask({ type: "ban", name: `Troll ${i}`, reason: markup });
      for (
        const frame of [{ room: markup }, { room: "general", emoji: markup }, { type: markup }]
      ) {
        const answer = await alice.ask({ type: "react", seq: 1, on: true, ...frame } as never);
        assertEquals(answer.type, "error");
      }
    }
    const bans = await mo.ask({ type: "list_bans" });
    assert(bans.type === "bans");
    assertEquals(
      bans.bans.map(({ reason }) => reason),
      MARKUP.map((text) => text.trim()).toReversed(),
    );
    const agent = { "user-agent": "<script>alert(1)</script> Firefox/1" };
    const again = await enter(fixture, { name: "Carol" }, { headers: agent });
    const sessions = await call(fixture, "/api/sessions", { token: again.body.token });
    assert(!sessions.text.includes("<script>"));
    assertEquals(
      (await call(fixture, "/api/session", { token })).headers.get("content-type"),
      "application/json",
    );
    for (const path of ["/%3Cscript%3Ealert(1)%3C/script%3E", "/api/rooms/%3Cb%3E/messages"]) {
      const { text, headers } = await call(fixture, path, { token });
      assert(!text.includes("<"));
      assertEquals(headers.get("content-type"), "application/problem+json");
    }
    await Promise.all([alice.close(), mo.close()]);
  },
});

/** Keys by which a careless merge would pollute prototypes. */
const POLLUTION = [
  '{"__proto__":{"polluted":1}}',
  '{"__proto__":{"type":"ping","role":"owner"},"type":"ping"}',
  '{"constructor":{"prototype":{"polluted":1}},"type":"ping"}',
  '{"type":"__proto__"}',
  '{"type":"constructor"}',
  '{"type":"toString"}',
  '{"type":"hasOwnProperty"}',
  '{"type":["ping"]}',
  '{"type":{"toString":"ping"}}',
  '{"type":"join","room":"__proto__"}',
  '{"type":"create_room","room":"constructor","kind":"__proto__"}',
  '{"type":"create_room","room":"constructor","kind":"public","__proto__":{"kind":"private"}}',
  '{"type":"room_message","room":"__proto__","message":"x","key":"__proto__"}',
  '{"type":"react","room":"__proto__","seq":1,"emoji":"__proto__","on":true}',
  '{"type":"private_message","receiver":"__proto__","message":"x"}',
  '{"type":"private_message","receiver":"constructor","message":"x"}',
  '[{"__proto__":[]},{"length":1e9},[[]],{"type":"ping"}]',
  '{"name":"Eve","__proto__":{"invite":"x","role":"owner"}}',
  '{"name":"Eve 2","constructor":{"prototype":{"role":"owner"}}}',
  '{"message":"x","__proto__":{"sender":"Olga"}}',
  '{"uses":1,"__proto__":{"role":"owner"},"role":"owner"}',
  '{"credential":{"__proto__":{"id":"x"}},"id":"__proto__","rawId":"x","response":{}}',
];

Deno.test({
  name: "no key in a request changes an object's prototype",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { peer: eve, token } = await person(fixture, "Eva");
    const before = shapes();
    for (const raw of POLLUTION) eve.sendRaw(raw);
    await eve.sync();
    const paths = ["/api/session", "/api/invites", "/api/rooms/__proto__/messages", "/api/bots"];
    for (const path of [...paths, "/api/session/passkey", "/api/passkeys"]) {
      for (const raw of POLLUTION) {
        const headers = { "content-type": "application/json" };
        const { status } = await call(fixture, path, { method: "POST", raw, headers, token });
        assert(status < 500, `${path} ${raw}: ${status}`);
      }
    }
    const queries = [
      "__proto__=1",
      "__proto__[x]=1",
      "constructor.prototype.x=1",
      "before=__proto__",
    ];
    for (const query of queries) {
      const path = `/api/rooms/general/messages?${query}`;
      assert([200, 400].includes((await call(fixture, path, { token })).status));
      await upgradeRequest(fixture, `/ws?name=constructor&${query}`);
    }
    await call(fixture, "/api/session", {
      headers: { cookie: "__proto__=x; constructor=y; toString=z" },
    });
    assertEquals(shapes(), before);
    for (const name of ["Eve", "Eve 2"]) {
      const known = await enter(fixture, { name });
      assertEquals(known.code, "name_taken");
    }
    // No user has gained rights.
    assertEquals((await call(fixture, "/api/bots", { token })).code, "forbidden");
    assertEquals((await eve.ask({ type: "list_bans" })).type, "error");
    assert(await isAlive(fixture));
    assertEquals(loggedAt(fixture, "error"), []);
    await eve.close();
  },
});

/** The properties that every object inherits. The server runs in this process. */
function shapes(): unknown {
  const kinds = [Object, Array, Map, String, Number, Function, Promise, Request, Headers];
  return kinds.map((kind) => [
    kind.name,
    Reflect.ownKeys(kind.prototype).map(String),
    Object.keys(kind.prototype),
  ]);
}
