import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { Peer } from "./support/peer.ts";
import { needs } from "./support/permissions.ts";
import { startServer, type TestServer } from "./support/server.ts";

const permissions = needs("net", "read");

const PASSWORD = "correct horse battery staple";

/** `POST /api/session`. */
async function signIn(server: TestServer, body: unknown) {
  const response = await server.request("/api/session", { method: "POST", body });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** What a refusal comes down to. */
async function refusal(server: TestServer, body: unknown): Promise<[number, string]> {
  const { status, headers, body: { code } } = await signIn(server, body);
  assertEquals(headers.get("content-type"), "application/problem+json");
  assertEquals(headers.get("set-cookie"), null);
  return [status, code];
}

/** Who the server says one is. */
async function whoami(server: TestServer, headers: Record<string, string>) {
  const response = await fetch(`${server.url}/api/session`, { headers });
  const { name, role, code } = await response.json();
  return response.ok ? { name, role } : { status: response.status, code };
}

const NOBODY = { status: 401, code: "unauthorized" };

Deno.test({
  name: "signing up answers who one is, with a token and a cookie that scripts cannot read",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const { status, headers, body } = await signIn(server, { name: "  Alice " });
    assertEquals(status, 201);
    assertEquals([body.name, body.role], ["Alice", "member"]);
    assertMatch(body.token, /^[\w-]{43}$/);
    assertEquals(headers.get("cache-control"), "no-store");
    const [session = [], device = [], ...more] = headers.getSetCookie().map((cookie) =>
      cookie.split("; ")
    );
    assertEquals(session.shift(), `hubbub_session=${body.token}`);
    // What shows that the device was let in before proves nothing else.
    assertMatch(device.shift() ?? "", /^hubbub_device=\d+\.[\w-]{43}\.[\w-]{43}$/);
    for (const attributes of [session, device]) {
      assertEquals(attributes.sort(), ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax"]);
    }
    assertEquals(more, []);
  },
});

Deno.test({
  name: "cookie and bearer prove the same session; a bearer that is wrong is not made good",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const cookie = `a=b; hubbub_session=${token}; c=d`;
    const alice = { name: "Alice", role: "member" };
    assertEquals(await whoami(server, { cookie }), alice);
    assertEquals(await whoami(server, { authorization: `Bearer ${token}` }), alice);
    assertEquals(await whoami(server, { cookie, authorization: "Bearer wrong" }), NOBODY);
    assertEquals(await whoami(server, {}), NOBODY);
    assertEquals(await whoami(server, { authorization: `Basic ${token}` }), NOBODY);
    assertEquals(await whoami(server, { authorization: `Bearer ${token.slice(1)}` }), NOBODY);
  },
});

Deno.test({
  name: "with a password one comes back, on as many devices as one likes",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const first = await signIn(server, { name: "Alice", password: PASSWORD });
    const second = await signIn(server, { name: "ALICE", password: PASSWORD });
    assertEquals([first.status, second.status], [201, 200]);
    assertEquals(second.body.name, "Alice");
    assertNotEquals(first.body.token, second.body.token);
    for (const { body: { token } } of [first, second]) {
      const authorization = `Bearer ${token}`;
      assertEquals(await whoami(server, { authorization }), { name: "Alice", role: "member" });
    }
  },
});

Deno.test({
  name: "a name that is somebody's is refused: without a password, or with a wrong one",
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
  name: "of many who sign up at once under one name one gets it",
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
  name: "a sign-up that is not well formed is refused with 400",
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
    assertEquals(await whoami(server, { authorization: `Bearer ${phone}` }), NOBODY);
    await onLaptop.sync();
    await bob.sync();
    // She is still here with her laptop.
    assertEquals(bob.frames.filter(({ type }) => type === "presence"), []);
    await Promise.all([onLaptop.close(), bob.close()]);
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "a socket that is on its way in while its session ends is refused or ended: none stays",
  ...permissions,
  async fn() {
    await using server = await startServer();
    for (let round = 0; round < 20; round++) {
      const token = await server.signIn(`Alice ${round}`);
      const headers = { authorization: `Bearer ${token}` };
      const peers = Array.from({ length: 5 }, () => new Peer(server.ws, { headers }));
      // Some rounds later than others: each at another point of the way in.
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
  name: "signing out without a session, or twice, does no harm",
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
  name: "new people find themselves in the default room, where there is one",
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
