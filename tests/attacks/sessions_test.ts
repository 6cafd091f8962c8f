import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { needs } from "../support/permissions.ts";
import {
  call,
  closeCode,
  enter,
  knock,
  loggedAt,
  PASSWORD,
  person,
  secretOf,
  startTown,
} from "../support/town.ts";

const permissions = needs("net", "read");

const signOut = { method: "DELETE" } as const;

Deno.test({
  name: "tokens have 256 bits of chance, and no two are the same",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const tokens = [town.olga, town.mo, secretOf(town.ownerUrl), await town.invite()];
    for (let i = 0; i < 20; i++) tokens.push(await town.join(`Person ${i}`));
    tokens.push(await town.bot("Robot"));
    const device = await call(town, "/api/devices", { method: "POST", token: town.mo });
    tokens.push(device.body.token);
    for (const token of tokens) {
      assertMatch(token, /^[\w-]{43}$/);
      assertEquals(Uint8Array.fromBase64(token, { alphabet: "base64url" }).length, 32);
    }
    assertEquals(new Set(tokens).size, tokens.length);
    // No bit is always the same.
    for (let i = 0; i < 42; i++) assert(new Set(tokens.map((token) => token[i])).size > 1);
  },
});

Deno.test({
  name: "who steals the data file has nobody's session, invitation, device link or password",
  ...needs("net", "read", "write"),
  async fn() {
    const directory = await Deno.makeTempDir();
    const secrets: string[] = [];
    {
      await using town = await startTown({ data: `${directory}/h.db` });
      secrets.push(town.olga, town.mo, secretOf(town.ownerUrl));
      secrets.push(await town.join("Alice", PASSWORD), PASSWORD);
      secrets.push(await town.invite(), await town.bot("Robot"));
      const device = await call(town, "/api/devices", { method: "POST", token: town.mo });
      secrets.push(device.body.token);
      const peer = await town.member(town.mo);
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
      await using town = await startTown();
      for (const line of (await enter(town, { name: "Alice" })).headers.getSetCookie()) {
        assertMatch(line, /^hubbub_(session|device)=[\w.-]+; /);
        assertMatch(line, /; HttpOnly(;|$)/);
        assertMatch(line, /; SameSite=(Lax|Strict)(;|$)/);
        assertMatch(line, /; Path=\/(;|$)/);
        assert(!/Domain=/i.test(line));
      }
    });
    await t.step("under HTTPS", async () => {
      const url = "https://chat.example.org";
      await using town = await startTown({ url });
      assertEquals(town.ownerUrl.split("#")[0], `${url}/`);
      const answer = await enter(town, { name: "Alice" });
      const lines = answer.headers.getSetCookie();
      assertEquals(lines.length, 2);
      for (const line of lines) {
        // The prefix is worth something only with all of this (RFC 6265bis section 4.1.3.2).
        assertMatch(line, /^__Host-hubbub_(session|device)=[\w.-]+; /);
        for (const flag of ["Secure", "HttpOnly", "Path=/"]) {
          assert(line.split("; ").includes(flag), `${flag}: ${line}`);
        }
        assert(!/Domain=/i.test(line));
      }
      const token = answer.body.token;
      const as = (cookie: string) => call(town, "/api/session", { headers: { cookie } });
      assertEquals((await as(`__Host-hubbub_session=${token}`)).status, 200);
      // Another host of the domain can set this one.
      assertEquals((await as(`hubbub_session=${token}`)).status, 401);
      assertMatch(answer.headers.get("strict-transport-security") ?? "", /max-age=\d{7}/);
      const out = await call(town, "/api/session", { ...signOut, token });
      assertMatch(out.headers.get("set-cookie") ?? "", /^__Host-hubbub_session=; .*Secure/);
    });
  },
});

Deno.test({
  name: "what proves nothing opens nothing",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const hash = createHash("sha256").update(town.mo).digest("base64url");
    const proofs: readonly Record<string, string>[] = [
      { authorization: "Bearer" },
      { authorization: "Bearer " },
      { authorization: `Bearer ${hash}` },
      { authorization: `Bearer ${town.mo}x` },
      { authorization: `Bearer ${town.mo.slice(0, -1)}` },
      { authorization: `Bearer ${town.mo} ${town.mo}` },
      { authorization: `Basic ${btoa(`Mo:${town.mo}`)}` },
      { authorization: `Bearer ${"a".repeat(8_000)}` },
      { cookie: `hubbub_session=${hash}` },
      { cookie: `hubbub_session=` },
      { cookie: `hubbub_session="${town.mo}` },
      { cookie: `HUBBUB_SESSION=${town.mo}` },
      { cookie: `__proto__=${town.mo}; constructor=x` },
      { cookie: `hubbub_session=wrong; hubbub_session=${town.mo}x` },
    ];
    for (const headers of proofs) {
      assertEquals((await call(town, "/api/sessions", { headers })).status, 401);
      assertEquals((await knock(town, "/ws", headers)).status, 401);
    }
    assertEquals((await call(town, `/api/sessions?token=${town.mo}`)).status, 401);
    assertEquals((await knock(town, `/ws?token=${town.mo}`)).status, 401);
    assertEquals(loggedAt(town, "error"), []);
  },
});

Deno.test({
  name: "one sees and ends one's own sessions, and nobody else's",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const alice = await town.join("Alice", PASSWORD);
    const phone = (await enter(town, { name: "Alice", password: PASSWORD })).body.token;
    const bob = await town.join("Bob");
    const list = async (token: string) =>
      (await call(town, "/api/sessions", { token })).body.sessions as {
        id: number;
        current: boolean;
      }[];
    const theirs = await list(alice);
    assertEquals(theirs.length, 2);
    assertEquals(theirs.filter(({ current }) => current).length, 1);
    const [bobs] = await list(bob);
    assertEquals((await list(bob)).length, 1);
    for (const token of [bob, town.olga, town.mo]) {
      for (const { id } of theirs) {
        const answer = await call(town, `/api/sessions/${id}`, { ...signOut, token });
        assertEquals([answer.status, answer.code], [404, "not_found"]);
      }
    }
    for (
      const id of ["x", "-1", "NaN", "Infinity", "1e999", "%2e%2e", "null", "[]", `${bobs?.id} `]
    ) {
      const path = `/api/sessions/${encodeURIComponent(id)}`;
      assertEquals((await call(town, path, { ...signOut, token: alice })).status, 404);
    }
    assertEquals((await list(alice)).length, 2);
    const onPhone = [await town.member(phone), await town.member(phone)];
    const here = await town.member(alice);
    const other = theirs.find(({ current }) => !current);
    const path = `/api/sessions/${other?.id}`;
    assertEquals((await call(town, path, { ...signOut, token: alice })).status, 204);
    for (const peer of onPhone) assertEquals(await closeCode(peer), 4501);
    assertEquals((await call(town, "/api/session", { token: phone })).status, 401);
    assertEquals((await knock(town, "/ws", { authorization: `Bearer ${phone}` })).status, 401);
    await here.sync();
    await call(town, "/api/session", { ...signOut, token: alice });
    assertEquals(await closeCode(here), 4501);
    const stranger = await call(town, "/api/sessions");
    assertEquals(stranger.status, 401);
    assertEquals(loggedAt(town, "error"), []);
  },
});

Deno.test({
  name: "bots are the owner's to make and to end; their tokens end with them",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const { token: alice, peer } = await person(town, "Alice");
    const first = await town.bot("Robot");
    for (const token of [alice, town.mo, first]) {
      const post = { method: "POST", token, body: { name: "Mine" } };
      assertEquals((await call(town, "/api/bots", post)).code, "forbidden");
      assertEquals((await call(town, "/api/bots", { token })).code, "forbidden");
      const end = await call(town, "/api/bots/Robot", { ...signOut, token });
      assertEquals(end.code, "forbidden");
    }
    // Not even the owner sees the token again.
    const listed = await call(town, "/api/bots", { token: town.olga });
    assertEquals(listed.body, { bots: [{ name: "Robot" }] });
    const post = { method: "POST", token: first, body: { message: "beep" } };
    assertEquals((await call(town, "/api/rooms/general/messages", post)).status, 201);
    const socket = await town.member(first);
    for (const name of ["Alice", "Olga", "nobody", "%00", "..%2f"]) {
      const answer = await call(town, `/api/bots/${name}`, { ...signOut, token: town.olga });
      assertEquals(answer.status, 404);
    }
    const ended = await call(town, "/api/bots/robot", { ...signOut, token: town.olga });
    assertEquals(ended.status, 204);
    assertEquals(await closeCode(socket), 4501);
    assertEquals((await call(town, "/api/session", { token: first })).status, 401);
    assertEquals((await call(town, "/api/rooms/general/messages", post)).status, 401);
    const second = await town.bot("Robot");
    assertNotEquals(first, second);
    assertEquals((await call(town, "/api/session", { token: first })).status, 401);
    await peer.close();
  },
});

Deno.test({
  name: "whoever changes their password is signed out everywhere else",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const alice = await town.join("Alice", PASSWORD);
    const thief = (await enter(town, { name: "Alice", password: PASSWORD })).body.token;
    const there = await town.member(thief);
    const here = await town.member(alice);
    const put = (body: unknown) =>
      call(town, "/api/password", { method: "PUT", token: alice, body });
    assertEquals((await put({ password: "another one", current: "wrong one" })).status, 401);
    assertEquals((await call(town, "/api/session", { token: thief })).status, 200);
    assertEquals((await put({ password: "another one", current: PASSWORD })).status, 204);
    assertEquals((await there.closed).code, 4501);
    assertEquals((await call(town, "/api/session", { token: thief })).status, 401);
    assertEquals((await call(town, "/api/session", { token: alice })).status, 200);
    here.close();
  },
});

Deno.test({
  name: "a first password signs nobody out",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const token = await town.join("Bob");
    const link = (await call(town, "/api/devices", { method: "POST", token })).body.token;
    const phone = (await enter(town, { device: link })).body.token;
    const body = { password: PASSWORD };
    assertEquals((await call(town, "/api/password", { method: "PUT", token, body })).status, 204);
    assertEquals((await call(town, "/api/session", { token: phone })).status, 200);
  },
});
