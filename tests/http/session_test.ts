import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import { startServer, type TestServer } from "../support/server.ts";

const permissions = needs("net", "read");

const PASSWORD = "correct horse battery staple";

/** `POST /api/session`. */
async function signIn(server: TestServer, body: unknown) {
  const response = await server.request("/api/session", { method: "POST", body });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** The status and code of a refusal. */
async function refusal(server: TestServer, body: unknown): Promise<[number, string]> {
  const { status, headers, body: { code } } = await signIn(server, body);
  assertEquals(headers.get("content-type"), "application/problem+json");
  assertEquals(headers.get("set-cookie"), null);
  return [status, code];
}

/** The user as the server identifies it. */
async function whoami(server: TestServer, headers: Record<string, string>) {
  const response = await fetch(`${server.url}/api/session`, { headers });
  const { id, name, role, code } = await response.json();
  return response.ok ? { id, name, role } : { status: response.status, code };
}

const UNAUTHORIZED = { status: 401, code: "unauthorized" };

Deno.test({
  name: "signing up returns the user, a token, and a cookie that scripts cannot read",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const { status, headers, body } = await signIn(server, { name: "  Alice " });
    assertEquals(status, 201);
    assertEquals([body.name, body.role], ["Alice", "member"]);
    assertMatch(body.id, /^[\w-]{1,24}$/);
    assertMatch(body.token, /^[\w-]{43}$/);
    assertEquals(headers.get("cache-control"), "no-store");
    const [session = [], device = [], ...more] = headers.getSetCookie().map((cookie) =>
      cookie.split("; ")
    );
    assertEquals(session.shift(), `hubbub_session=${body.token}`);
    // The device cookie proves no identity.
    assertMatch(device.shift() ?? "", /^hubbub_device=\d+\.[\w-]{43}\.[\w-]{43}$/);
    for (const attributes of [session, device]) {
      assertEquals(attributes.sort(), ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax"]);
    }
    assertEquals(more, []);
  },
});

Deno.test({
  name: "cookie and bearer prove the same session; the cookie does not replace a wrong bearer",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const { body: { id, token } } = await signIn(server, { name: "Alice" });
    const cookie = `a=b; hubbub_session=${token}; c=d`;
    const alice = { id, name: "Alice", role: "member" };
    assertEquals(await whoami(server, { cookie }), alice);
    assertEquals(await whoami(server, { authorization: `Bearer ${token}` }), alice);
    assertEquals(await whoami(server, { cookie, authorization: "Bearer wrong" }), UNAUTHORIZED);
    assertEquals(await whoami(server, {}), UNAUTHORIZED);
    assertEquals(await whoami(server, { authorization: `Basic ${token}` }), UNAUTHORIZED);
    assertEquals(await whoami(server, { authorization: `Bearer ${token.slice(1)}` }), UNAUTHORIZED);
  },
});

Deno.test({
  name: "a password signs in on any number of devices",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const first = await signIn(server, { name: "Alice", password: PASSWORD });
    const second = await signIn(server, { name: "ALICE", password: PASSWORD });
    assertEquals([first.status, second.status], [201, 200]);
    assertEquals([second.body.name, second.body.id], ["Alice", first.body.id]);
    assertNotEquals(first.body.token, second.body.token);
    for (const { body: { token } } of [first, second]) {
      const authorization = `Bearer ${token}`;
      const alice = { id: first.body.id, name: "Alice", role: "member" };
      assertEquals(await whoami(server, { authorization }), alice);
    }
  },
});

Deno.test({
  name: "the name of an account is refused without its password",
  ...permissions,
  async fn() {
    await using server = await startServer();
    await server.signIn("Alice", PASSWORD);
    await server.signIn("Bob");
    const guest = await server.guest("Guest");
    for (const name of ["Alice", "alice", "Bob", "Guest", "\uff21lice"]) {
      assertEquals(await refusal(server, { name }), [409, "name_taken"]);
    }
    for (const name of ["Alice", "Bob", "Guest"]) {
      const body = { name, password: `${PASSWORD}r` };
      assertEquals(await refusal(server, body), [401, "wrong_password"]);
    }
    await guest.close();
  },
});

Deno.test({
  name: "of several concurrent sign-ups with one name, one succeeds",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const all = await Promise.all(Array.from({ length: 20 }, () => signIn(server, { name: "A" })));
    const statuses = all.map(({ status }) => status).sort();
    assertEquals(statuses, [201, ...Array(19).fill(409)]);
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "a malformed sign-up is refused with 400",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    const bodies: readonly unknown[] = [
      null,
      [],
      "Alice",
      {},
      { name: "" },
      { name: " " },
      { name: 7 },
      { name: "@Alice" },
      { name: "<b>" },
      { name: "a".repeat(33) },
      { name: "A\u0000" },
      { name: "A\u202eB" },
      { name: "A", password: "short" },
      { name: "A", password: 12345678 },
      { name: "A", password: "p".repeat(257) },
    ];
    for (const body of bodies) {
      await t.step(JSON.stringify(body).slice(0, 40), async () => {
        assertEquals(await refusal(server, body), [400, "bad_request"]);
      });
    }
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "signing out ends the session, its cookie and its sockets with 4501, and no other",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const [phone, laptop] = [
      await server.signIn("Alice", PASSWORD),
      await server.signIn("Alice", PASSWORD),
    ];
    const onPhone = [await server.member(phone), await server.member(phone)];
    const onLaptop = await server.member(laptop);
    const bob = await server.guest("Bob");
    const out = await server.request("/api/session", { method: "DELETE", token: phone });
    assertEquals([out.status, await out.text()], [204, ""]);
    assertMatch(out.headers.get("set-cookie") ?? "", /^hubbub_session=; .*Path=\//);
    for (const socket of onPhone) {
      assertEquals(await socket.closed, { code: 4501, reason: "signed out" });
    }
    assertEquals(await whoami(server, { authorization: `Bearer ${phone}` }), UNAUTHORIZED);
    await onLaptop.sync();
    await bob.sync();
    // Her laptop is still connected.
    assertEquals(bob.frames.filter(({ type }) => type === "presence"), []);
    await Promise.all([onLaptop.close(), bob.close()]);
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "a socket that connects while its session ends is refused or closed",
  ...permissions,
  async fn() {
    await using server = await startServer();
    for (let round = 0; round < 20; round++) {
      const token = await server.signIn(`Alice ${round}`);
      const headers = { authorization: `Bearer ${token}` };
      const peers = Array.from({ length: 5 }, () => new Peer(server.ws, { headers }));
      // Each round ends the session at another point of the handshake.
      for (let wait = 0; wait < round; wait++) {
        await fetch(`${server.url}/healthz`, { method: "HEAD" });
      }
      await server.request("/api/session", { method: "DELETE", token });
      for (const peer of peers) {
        const { code } = await peer.closed;
        // A refused handshake has no code.
        assert(code === 4501 || code === 0, `It was closed with ${code}`);
      }
    }
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "signing out without a session, or twice, succeeds",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    for (const proof of [{}, { token: "wrong" }, { token }, { token }]) {
      const response = await server.request("/api/session", { method: "DELETE", ...proof });
      assertEquals([response.status, await response.text()], [204, ""]);
    }
  },
});

Deno.test({
  name: "a new user joins the default room, if there is one",
  ...permissions,
  async fn() {
    for (const room of ["general", "Lobby", ""]) {
      await using server = await startServer({ "default-room": room });
      const alice = await server.member(await server.signIn("Alice"));
      const [welcome] = alice.frames;
      assert(welcome?.type === "welcome");
      assertEquals(welcome.rooms.map(({ room }) => room), room === "" ? [] : [room]);
      await alice.close();
    }
  },
});
