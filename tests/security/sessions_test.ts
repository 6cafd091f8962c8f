import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { Passwords } from "../../lib/auth/passwords.ts";
import { needs } from "../support/permissions.ts";
import {
  call,
  closeCode,
  enter,
  loggedAt,
  PASSWORD,
  person,
  secretOf,
  startServerFixture,
  upgradeRequest,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

const signOut = { method: "DELETE" } as const;

Deno.test({
  name: "tokens have 256 random bits, and are unique",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const tokens = [fixture.olga, fixture.mo, secretOf(fixture.ownerUrl), await fixture.invite()];
    for (let i = 0; i < 20; i++) tokens.push(await fixture.join(`Person ${i}`));
    tokens.push(await fixture.bot("Robot"));
    const device = await call(fixture, "/api/devices", { method: "POST", token: fixture.mo });
    tokens.push(device.body.token);
    for (const token of tokens) {
      assertMatch(token, /^[\w-]{43}$/);
      assertEquals(Uint8Array.fromBase64(token, { alphabet: "base64url" }).length, 32);
    }
    assertEquals(new Set(tokens).size, tokens.length);
    // Every bit varies.
    for (let i = 0; i < 42; i++) assert(new Set(tokens.map((token) => token[i])).size > 1);
  },
});

Deno.test({
  name: "a stolen data file reveals no session, invitation, device link or password",
  ...needs("net", "read", "write"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const secrets: string[] = [];
    {
      await using fixture = await startServerFixture({
        data: `${directory}/h.db`,
        passwords: new Passwords(),
      });
      secrets.push(fixture.olga, fixture.mo, secretOf(fixture.ownerUrl));
      secrets.push(await fixture.join("Alice", PASSWORD), PASSWORD);
      secrets.push(await fixture.invite(), await fixture.bot("Robot"));
      const device = await call(fixture, "/api/devices", { method: "POST", token: fixture.mo });
      secrets.push(device.body.token);
      const peer = await fixture.member(fixture.mo);
      await peer.ask({ type: "room_message", room: "general", message: "a word that is there" });
      await peer.close();
    }
    const files: string[] = [];
    for await (const { name } of Deno.readDir(directory)) {
      const bytes = await Deno.readFile(`${directory}/${name}`);
      files.push(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    }
    const all = files.join("");
    assert(all.includes("a word that is there"));
    assert(all.includes("scrypt$131072$8$1$"));
    const hash = createHash("sha256").update(secrets[0] ?? "").digest("base64url");
    assert(all.includes(hash), "sessions are kept as hashes");
    for (const [i, secret] of secrets.entries()) {
      assert(!all.includes(secret), `secret ${i}`);
      if (secret === PASSWORD) continue;
      const bytes = Uint8Array.fromBase64(secret, { alphabet: "base64url" });
      assert(!all.includes(String.fromCharCode(...bytes)), `secret ${i} as bytes`);
    }
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "cookies are kept from scripts, other sites and, under HTTPS, plain connections",
  ...permissions,
  async fn(t) {
    await t.step("under HTTP", async () => {
      await using fixture = await startServerFixture();
      for (const line of (await enter(fixture, { name: "Alice" })).headers.getSetCookie()) {
        assertMatch(line, /^hubbub_(session|device)=[\w.-]+; /);
        assertMatch(line, /; HttpOnly(;|$)/);
        assertMatch(line, /; SameSite=(Lax|Strict)(;|$)/);
        assertMatch(line, /; Path=\/(;|$)/);
        assert(!/Domain=/i.test(line));
      }
    });
    await t.step("under HTTPS", async () => {
      const url = "https://chat.example.org";
      await using fixture = await startServerFixture({ url });
      assertEquals(fixture.ownerUrl.split("#")[0], `${url}/`);
      const answer = await enter(fixture, { name: "Alice" });
      const lines = answer.headers.getSetCookie();
      assertEquals(lines.length, 2);
      for (const line of lines) {
        // The prefix requires all of these attributes (RFC 6265bis section 4.1.3.2).
        assertMatch(line, /^__Host-hubbub_(session|device)=[\w.-]+; /);
        for (const flag of ["Secure", "HttpOnly", "Path=/"]) {
          assert(line.split("; ").includes(flag), `${flag}: ${line}`);
        }
        assert(!/Domain=/i.test(line));
      }
      const token = answer.body.token;
      const as = (cookie: string) => call(fixture, "/api/session", { headers: { cookie } });
      assertEquals((await as(`__Host-hubbub_session=${token}`)).status, 200);
      // Another host of the domain can set this one.
      assertEquals((await as(`hubbub_session=${token}`)).status, 401);
      assertMatch(answer.headers.get("strict-transport-security") ?? "", /max-age=\d{7}/);
      const out = await call(fixture, "/api/session", { ...signOut, token });
      assertMatch(out.headers.get("set-cookie") ?? "", /^__Host-hubbub_session=; .*Secure/);
    });
  },
});

Deno.test({
  name: "an invalid token grants nothing",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const hash = createHash("sha256").update(fixture.mo).digest("base64url");
    const proofs: readonly Record<string, string>[] = [
      { authorization: "Bearer" },
      { authorization: "Bearer " },
      { authorization: `Bearer ${hash}` },
      { authorization: `Bearer ${fixture.mo}x` },
      { authorization: `Bearer ${fixture.mo.slice(0, -1)}` },
      { authorization: `Bearer ${fixture.mo} ${fixture.mo}` },
      { authorization: `Basic ${btoa(`Mo:${fixture.mo}`)}` },
      { authorization: `Bearer ${"a".repeat(8_000)}` },
      { cookie: `hubbub_session=${hash}` },
      { cookie: `hubbub_session=` },
      { cookie: `hubbub_session="${fixture.mo}` },
      { cookie: `HUBBUB_SESSION=${fixture.mo}` },
      { cookie: `__proto__=${fixture.mo}; constructor=x` },
      { cookie: `hubbub_session=wrong; hubbub_session=${fixture.mo}x` },
    ];
    for (const headers of proofs) {
      assertEquals((await call(fixture, "/api/sessions", { headers })).status, 401);
      assertEquals((await upgradeRequest(fixture, "/ws", headers)).status, 401);
    }
    assertEquals((await call(fixture, `/api/sessions?token=${fixture.mo}`)).status, 401);
    assertEquals((await upgradeRequest(fixture, `/ws?token=${fixture.mo}`)).status, 401);
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

Deno.test({
  name: "users can list and end their own sessions only",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const alice = await fixture.join("Alice", PASSWORD);
    const phone = (await enter(fixture, { name: "Alice", password: PASSWORD })).body.token;
    const bob = await fixture.join("Bob");
    const list = async (token: string) =>
      (await call(fixture, "/api/sessions", { token })).body.sessions as {
        id: number;
        current: boolean;
      }[];
    const theirs = await list(alice);
    assertEquals(theirs.length, 2);
    assertEquals(theirs.filter(({ current }) => current).length, 1);
    const [bobs] = await list(bob);
    assertEquals((await list(bob)).length, 1);
    for (const token of [bob, fixture.olga, fixture.mo]) {
      for (const { id } of theirs) {
        const answer = await call(fixture, `/api/sessions/${id}`, { ...signOut, token });
        assertEquals([answer.status, answer.code], [404, "not_found"]);
      }
    }
    for (
      const id of ["x", "-1", "NaN", "Infinity", "1e999", "%2e%2e", "null", "[]", `${bobs?.id} `]
    ) {
      const path = `/api/sessions/${encodeURIComponent(id)}`;
      assertEquals((await call(fixture, path, { ...signOut, token: alice })).status, 404);
    }
    assertEquals((await list(alice)).length, 2);
    const onPhone = [await fixture.member(phone), await fixture.member(phone)];
    const here = await fixture.member(alice);
    const other = theirs.find(({ current }) => !current);
    const path = `/api/sessions/${other?.id}`;
    assertEquals((await call(fixture, path, { ...signOut, token: alice })).status, 204);
    for (const peer of onPhone) assertEquals(await closeCode(peer), 4501);
    assertEquals((await call(fixture, "/api/session", { token: phone })).status, 401);
    assertEquals(
      (await upgradeRequest(fixture, "/ws", { authorization: `Bearer ${phone}` })).status,
      401,
    );
    await here.sync();
    await call(fixture, "/api/session", { ...signOut, token: alice });
    assertEquals(await closeCode(here), 4501);
    const stranger = await call(fixture, "/api/sessions");
    assertEquals(stranger.status, 401);
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

Deno.test({
  name: "only the owner creates and deletes bots; their tokens end with them",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { token: alice, peer } = await person(fixture, "Alice");
    const first = await fixture.bot("Robot");
    for (const token of [alice, fixture.mo, first]) {
      const post = { method: "POST", token, body: { name: "Mine" } };
      assertEquals((await call(fixture, "/api/bots", post)).code, "forbidden");
      assertEquals((await call(fixture, "/api/bots", { token })).code, "forbidden");
      const end = await call(fixture, "/api/bots/Robot", { ...signOut, token });
      assertEquals(end.code, "forbidden");
    }
    // Not even the owner sees the token again.
    const listed = await call(fixture, "/api/bots", { token: fixture.olga });
    const { body: { id } } = await call(fixture, "/api/session", { token: first });
    assertEquals(listed.body, { bots: [{ name: "Robot", id }] });
    const post = { method: "POST", token: first, body: { message: "beep" } };
    assertEquals((await call(fixture, "/api/rooms/general/messages", post)).status, 201);
    const socket = await fixture.member(first);
    for (
      const name of [
        "Alice",
        "Olga",
        "nobody",
        "%00",
        "..%2f",
        "id:",
        "id:nobody",
        "id:%00",
        `id:${peer.id}`,
      ]
    ) {
      const answer = await call(fixture, `/api/bots/${name}`, { ...signOut, token: fixture.olga });
      assertEquals(answer.status, 404);
    }
    const ended = await call(fixture, "/api/bots/robot", { ...signOut, token: fixture.olga });
    assertEquals(ended.status, 204);
    assertEquals(await closeCode(socket), 4501);
    assertEquals((await call(fixture, "/api/session", { token: first })).status, 401);
    assertEquals((await call(fixture, "/api/rooms/general/messages", post)).status, 401);
    const second = await fixture.bot("Robot");
    assertNotEquals(first, second);
    assertEquals((await call(fixture, "/api/session", { token: first })).status, 401);
    // The id of a deleted bot does not refer to its name's new user.
    const path = (id: string) => `/api/bots/id:${id}`;
    const endedById = await call(fixture, path(id), { ...signOut, token: fixture.olga });
    assertEquals(endedById.status, 404);
    const next = (await call(fixture, "/api/session", { token: second })).body.id;
    assertNotEquals(next, id);
    assertEquals(
      (await call(fixture, path(next), { ...signOut, token: fixture.olga })).status,
      204,
    );
    assertEquals((await call(fixture, "/api/session", { token: second })).status, 401);
    await peer.close();
  },
});

Deno.test({
  name: "changing a password signs the user out everywhere else",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const alice = await fixture.join("Alice", PASSWORD);
    const thief = (await enter(fixture, { name: "Alice", password: PASSWORD })).body.token;
    const there = await fixture.member(thief);
    const here = await fixture.member(alice);
    const put = (body: unknown) =>
      call(fixture, "/api/password", { method: "PUT", token: alice, body });
    assertEquals((await put({ password: "another one", current: "wrong one" })).status, 401);
    assertEquals((await call(fixture, "/api/session", { token: thief })).status, 200);
    assertEquals((await put({ password: "another one", current: PASSWORD })).status, 204);
    assertEquals((await there.closed).code, 4501);
    assertEquals((await call(fixture, "/api/session", { token: thief })).status, 401);
    assertEquals((await call(fixture, "/api/session", { token: alice })).status, 200);
    here.close();
  },
});

Deno.test({
  name: "setting a first password signs nobody out",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const token = await fixture.join("Bob");
    const link = (await call(fixture, "/api/devices", { method: "POST", token })).body.token;
    const phone = (await enter(fixture, { device: link })).body.token;
    const body = { password: PASSWORD };
    assertEquals(
      (await call(fixture, "/api/password", { method: "PUT", token, body })).status,
      204,
    );
    assertEquals((await call(fixture, "/api/session", { token: phone })).status, 200);
  },
});
