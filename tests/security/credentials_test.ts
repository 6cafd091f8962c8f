import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { Passwords } from "../../lib/auth/passwords.ts";
import { makePasskey, type SoftPasskey } from "../support/authenticator.ts";
import { needs } from "../support/permissions.ts";
import { startServer } from "../support/server.ts";
import {
  type Answer,
  call,
  closeCode,
  enter,
  loggedAt,
  PASSWORD,
  secretOf,
  type ServerFixture,
  startServerFixture,
  SteppingClock,
  upgradeRequest,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const OTHER = "another good password";

function post(
  fixture: ServerFixture,
  path: string,
  token: string,
  body?: unknown,
): Promise<Answer> {
  return call(fixture, path, { method: "POST", token, ...(body === undefined ? {} : { body }) });
}

/** Registers a passkey; returns the result. */
async function add(fixture: ServerFixture, token: string, passkey: SoftPasskey): Promise<Answer> {
  const options = await post(fixture, "/api/passkeys/options", token);
  if (options.status !== 200) return options;
  const credential = await passkey.register(options.body);
  return await post(fixture, "/api/passkeys", token, { credential });
}

async function proofOf(fixture: ServerFixture, passkey: SoftPasskey): Promise<unknown> {
  const { body } = await call(fixture, "/api/session/passkey/options", { method: "POST" });
  return await passkey.prove(body);
}

async function signInBy(fixture: ServerFixture, passkey: SoftPasskey): Promise<Answer> {
  const body = await proofOf(fixture, passkey);
  return await call(fixture, "/api/session/passkey", { method: "POST", body });
}

function setPassword(fixture: ServerFixture, token: string, body: unknown): Promise<Answer> {
  return call(fixture, "/api/password", { method: "PUT", token, body });
}

async function passkeysOf(fixture: ServerFixture, token: string): Promise<string[]> {
  const { body } = await call(fixture, "/api/passkeys", { token });
  return body.passkeys.map(({ id }: { id: string }) => id);
}

async function link(fixture: ServerFixture, token: string): Promise<string> {
  return (await post(fixture, "/api/devices", token)).body.token;
}

/** Every action whose effect outlives the session. */
const LASTING: Readonly<
  Record<string, (fixture: ServerFixture, token: string) => Promise<Answer>>
> = {
  "a link to another device": (fixture, token) => post(fixture, "/api/devices", token),
  "a new passkey": async (fixture, token) => add(fixture, token, await makePasskey(fixture.url)),
  "a passkey without asking for its options": (fixture, token) =>
    post(fixture, "/api/passkeys", token, { credential: { id: "a", rawId: "a", response: {} } }),
  "removing a passkey": (fixture, token) =>
    call(fixture, "/api/passkeys/x", { method: "DELETE", token }),
};

Deno.test({
  name: "an action that outlives the session requires a recent proof of identity",
  ...permissions,
  async fn(t) {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({}, clock);
    const token = await fixture.join("Alice", PASSWORD);
    const passkey = await makePasskey(fixture.url);
    assertEquals((await add(fixture, token, passkey)).status, 204);
    const codes = async () => {
      const all = [];
      for (const make of Object.values(LASTING)) all.push((await make(fixture, token)).code);
      return all;
    };
    const stale = Object.keys(LASTING).map(() => "confirm_first");
    await t.step("just signed in", async () => {
      assertEquals(await codes(), [201, 204, "bad_request", "not_found"]);
    });
    await t.step("ten minutes later", async () => {
      clock.step(10 * MINUTE);
      assertEquals(await codes(), stale);
    });
    await t.step("confirmed by the password", async () => {
      const wrong = await post(fixture, "/api/session/confirm", token, {
        password: "not this one",
      });
      assertEquals([wrong.status, wrong.code], [401, "wrong_password"]);
      assertEquals(await codes(), stale);
      const right = await post(fixture, "/api/session/confirm", token, { password: PASSWORD });
      assertEquals(right.status, 204);
      assertEquals(await codes(), [201, 204, "bad_request", "not_found"]);
      clock.step(10 * MINUTE);
      assertEquals(await codes(), stale);
    });
    await t.step("confirmed by a passkey of this account only", async () => {
      const eve = await fixture.join("Eve");
      const eves = await makePasskey(fixture.url);
      assertEquals((await add(fixture, eve, eves)).status, 204);
      const confirm = async (by: SoftPasskey) =>
        await post(fixture, "/api/session/confirm", token, {
          credential: await proofOf(fixture, by),
        });
      assertEquals((await confirm(eves)).code, "wrong_password");
      assertEquals(await codes(), stale);
      assertEquals((await confirm(passkey)).status, 204);
      assertEquals((await codes())[0], 201);
    });
    await t.step("a device link inherits the age of its session's proof", async () => {
      clock.step(6 * MINUTE);
      const second = (await enter(fixture, { device: await link(fixture, token) })).body.token;
      assertEquals((await post(fixture, "/api/devices", second)).status, 201);
      clock.step(5 * MINUTE);
      assertEquals((await post(fixture, "/api/devices", second)).code, "confirm_first");
    });
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

Deno.test({
  name: "confirming counts as a guess: a session cannot be used to try passwords",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({}, clock);
    const token = await fixture.join("Alice", PASSWORD);
    const tries = Array.from(
      { length: 14 },
      (_, i) => post(fixture, "/api/session/confirm", token, { password: `a wrong one ${i}` }),
    );
    const codes = (await Promise.all(tries)).map(({ code }) => code);
    assertEquals(codes.filter((code) => code === "wrong_password").length, 10);
    assertEquals(codes.filter((code) => code === "rate_limited").length, 4);
  },
});

Deno.test({
  name: "without any credential, the account's oldest session may add the first one",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({}, clock);
    const first = await fixture.join("Alice");
    const second = (await enter(fixture, { device: await link(fixture, first) })).body.token;
    clock.step(10 * MINUTE);
    const body = { password: PASSWORD };
    assertEquals((await setPassword(fixture, second, body)).code, "confirm_first");
    for (const make of Object.values(LASTING)) {
      assertEquals((await make(fixture, second)).code, "confirm_first");
    }
    assertEquals((await setPassword(fixture, first, body)).status, 204);
    // From here on the account has a credential.
    assertEquals((await post(fixture, "/api/devices", first)).code, "confirm_first");
    assertEquals((await setPassword(fixture, second, { password: OTHER })).code, "wrong_password");
    assertEquals((await enter(fixture, { name: "Alice", ...body })).status, 200);
  },
});

Deno.test({
  name: "of several first passwords set concurrently, one is stored",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const token = await fixture.join("Alice");
    const all = await Promise.all(
      Array.from(
        { length: 4 },
        (_, i) => setPassword(fixture, token, { password: `password ${i}` }),
      ),
    );
    assertEquals(all.map(({ code }) => code).toSorted(), [204, ...Array(3).fill("wrong_password")]);
  },
});

Deno.test({
  name:
    "a passkey that a thief added does not survive a change of the password, nor do their links",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture();
    const alice = await fixture.join("Alice", PASSWORD);
    const own = await makePasskey(fixture.url);
    assertEquals((await add(fixture, alice, own)).status, 204);
    const thief = (await enter(fixture, { name: "Alice", password: PASSWORD })).body.token;
    const thiefs = await makePasskey(fixture.url);
    assertEquals((await add(fixture, thief, thiefs)).status, 204);
    const [theirs, hers] = [await link(fixture, thief), await link(fixture, alice)];
    const there = await fixture.member(thief);
    await t.step(
      "signed in by password: all passkeys are removed, and the reply lists them",
      async () => {
        const set = await setPassword(fixture, alice, { password: OTHER, current: PASSWORD });
        assertEquals(set.status, 200);
        assertEquals(set.body.removed_passkeys.length, 2);
        assertEquals(await passkeysOf(fixture, alice), []);
        for (const passkey of [own, thiefs]) {
          assertEquals((await signInBy(fixture, passkey)).code, "wrong_password");
        }
        assertEquals(await closeCode(there), 4501);
        for (const device of [theirs, hers]) {
          assertEquals((await enter(fixture, { device })).code, "bad_invite");
        }
        assertEquals((await enter(fixture, { name: "Alice", password: PASSWORD })).status, 401);
        assertEquals((await call(fixture, "/api/session", { token: alice })).status, 200);
      },
    );
    await t.step("signed in by passkey: that one stays", async () => {
      const [current, other] = [await makePasskey(fixture.url), await makePasskey(fixture.url)];
      for (const passkey of [current, other]) await add(fixture, alice, passkey);
      const { token } = (await signInBy(fixture, current)).body;
      const set = await setPassword(fixture, token, { password: PASSWORD, current: OTHER });
      assertEquals(set.body.removed_passkeys.length, 1);
      assertEquals(await passkeysOf(fixture, token), [current.id]);
      assertEquals((await signInBy(fixture, other)).code, "wrong_password");
      assertEquals((await signInBy(fixture, current)).status, 200);
    });
    await t.step("without passkeys the reply mentions none", async () => {
      const bob = await fixture.join("Bob", PASSWORD);
      const set = await setPassword(fixture, bob, { password: OTHER, current: PASSWORD });
      assertEquals([set.status, set.text], [204, ""]);
    });
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

Deno.test({
  name: "a role increase or a password change renews the session token; sockets stay open",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture();
    const cookieOf = (answer: Answer) =>
      answer.headers.getSetCookie().map((line) => /^hubbub_session=([\w-]{43});/.exec(line)?.[1])
        .find((value) => value !== undefined) ?? "";
    const status = async (token: string) => (await call(fixture, "/api/session", { token })).status;
    await t.step("renewed by the page", async () => {
      const token = await fixture.join("Bob");
      const peer = await fixture.member(token);
      const renewed = await post(fixture, "/api/session/renew", token);
      assertEquals(renewed.status, 200);
      assertMatch(renewed.body.token, /^[\w-]{43}$/);
      assertEquals(cookieOf(renewed), renewed.body.token);
      assertEquals([await status(token), await status(renewed.body.token)], [401, 200]);
      assertEquals(
        (await upgradeRequest(fixture, "/ws", { authorization: `Bearer ${token}` })).status,
        401,
      );
      await peer.sync();
      // It is the same session: ending it closes the earlier socket.
      await call(fixture, "/api/session", { method: "DELETE", token: renewed.body.token });
      assertEquals(await closeCode(peer), 4501);
    });
    await t.step("renewed by cookie", async () => {
      const token = await fixture.join("Carol", PASSWORD);
      const set = await call(fixture, "/api/password", {
        method: "PUT",
        body: { password: OTHER, current: PASSWORD },
        headers: { cookie: `hubbub_session=${token}` },
      });
      assertEquals(set.status, 204);
      assertNotEquals(cookieOf(set), "");
      assertEquals([await status(token), await status(cookieOf(set))], [401, 200]);
    });
    await t.step("of two concurrent renewals, one gets the session", async () => {
      const token = await fixture.join("Dora");
      const all = await Promise.all(
        [1, 2, 3].map(() => post(fixture, "/api/session/renew", token)),
      );
      const tokens = all.flatMap(({ body }) => body.token ?? []);
      assertEquals(all.map(({ code }) => code).toSorted(), [200, "unauthorized", "unauthorized"]);
      assertEquals(await status(tokens[0]), 200);
    });
  },
});

Deno.test({
  name: "redeeming an owner's link while signed in invalidates the old token",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const alice = await server.member(token);
    const owner = await enter(server, { name: "x", invite: secretOf(server.ownerUrl) }, { token });
    assertEquals(owner.body.role, "owner");
    assertNotEquals(owner.body.token, token);
    assertEquals((await call(server, "/api/session", { token })).status, 401);
    const now = await call(server, "/api/session", { token: owner.body.token });
    assertEquals(now.body.role, "owner");
    assertEquals((await alice.ask({ type: "list_bans" })).type, "bans");
    await alice.close();
  },
});

Deno.test({
  name: "a session expires after 30 idle days, and after 400 days in any case; a bot's does not",
  ...permissions,
  async fn(t) {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({ "session-days": 30 }, clock);
    const status = async (token: string) => (await call(fixture, "/api/session", { token })).status;
    const [idle, used, bot] = [
      await fixture.join("Idle"),
      await fixture.join("Used"),
      await fixture.bot("B"),
    ];
    await t.step("after 30 days without use", async () => {
      clock.step(29 * DAY);
      assertEquals(await status(used), 200);
      clock.step(2 * DAY);
      assertEquals([await status(idle), await status(used), await status(bot)], [401, 200, 200]);
    });
    await t.step("after 400 days", async () => {
      for (let days = 31; days < 400; days += 25) {
        assertEquals(await status(used), 200, `${days}`);
        clock.step(25 * DAY);
      }
      assertEquals([await status(used), await status(bot)], [401, 200]);
    });
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

Deno.test({
  name: "past the limit of sessions per user, the least recently used one ends",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ sessions: 3 });
    const first = await fixture.join("Alice", PASSWORD);
    const bob = await fixture.join("Bob");
    const peer = await fixture.member(first);
    const tokens = [first];
    for (let i = 0; i < 3; i++) {
      tokens.push((await enter(fixture, { name: "Alice", password: PASSWORD })).body.token);
    }
    assertEquals(await closeCode(peer), 4501);
    const statuses = [];
    for (const token of [...tokens, bob]) {
      statuses.push((await call(fixture, "/api/session", { token })).status);
    }
    assertEquals(statuses, [401, 200, 200, 200, 200]);
    const { body } = await call(fixture, "/api/sessions", { token: tokens[3] ?? "" });
    assertEquals(body.sessions.length, 3);
  },
});

Deno.test({
  name: "300 concurrent first passwords do not block other users from signing in by password",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ passwords: new Passwords() });
    await fixture.join("Bob", PASSWORD);
    const eve = await fixture.join("Eve");
    let answered = 0;
    const floods = Array.from({ length: 300 }, async (_, i) => {
      const answer = await setPassword(fixture, eve, { password: `password ${i}` });
      answered += 1;
      return answer;
    });
    const refused = await Promise.race(floods.slice(20));
    assertEquals(refused.code, "rate_limited");
    assertMatch(refused.body.detail, /passwords of one account/);
    assert(answered < 300);
    assertEquals((await enter(fixture, { name: "Bob", password: PASSWORD })).status, 200);
    const codes = (await Promise.all(floods)).map(({ code }) => code);
    assertEquals(codes.filter((code) => code === 204).length, 1);
    assert(codes.every((code) => [204, "wrong_password", "rate_limited"].includes(code)));
    assertEquals(loggedAt(fixture, "error"), []);
  },
});
