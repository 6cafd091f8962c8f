// What owners do for users, and users for themselves: over the wire, on every store.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { onEveryStore } from "../support/every_store.ts";
import { needs } from "../support/permissions.ts";
import type { TestServer } from "../support/server.ts";
import { call, closeCode, enter, PASSWORD, secretOf } from "../support/server_fixture.ts";
import { startServerFixture } from "../support/server_fixture.ts";

/** A user as these tests need one. */
interface Person {
  readonly id: string;
  readonly token: string;
}

async function signUp(server: TestServer, name: string, rest: object = {}): Promise<Person> {
  const { body } = await enter(server, { name, ...rest });
  return { id: body.id, token: body.token };
}

const owner = (server: TestServer) => signUp(server, "Olga", { invite: secretOf(server.ownerUrl) });

const link = (server: TestServer, by: Person, of: Person) =>
  call(server, `/api/people/${of.id}/sign-in-link`, { method: "POST", token: by.token });

const endSessions = (server: TestServer, by: Person, of: Person) =>
  call(server, `/api/people/${of.id}/sessions`, { method: "DELETE", token: by.token });

/** The actions in the moderation log, newest first. */
async function logged(server: TestServer, { token }: Person) {
  const peer = await server.member(token);
  const log = await peer.ask({ type: "moderation_log" });
  await peer.close();
  assert(log.type === "moderation_log");
  return log.entries.map(({ by, action, subject }) => [by, action, subject]);
}

onEveryStore(
  "who lost the only device comes back by an owner's link",
  async (server) => {
    const olga = await owner(server);
    const alice = await signUp(server, "Alice");
    const lost = await server.member(alice.token);
    const before = Date.now();
    const first = await link(server, olga, alice);
    const second = await link(server, olga, alice);
    assertEquals([first.status, second.status], [201, 201]);
    assert(second.body.expires_at > before);
    const [, old = ""] = /\/#sign-in=([\w-]+)$/.exec(first.body.url) ?? [];
    const [, secret = ""] = /\/#sign-in=([\w-]+)$/.exec(second.body.url) ?? [];
    assertMatch(secret, /^[\w-]{43}$/);
    assertEquals((await enter(server, { sign_in: old })).code, "bad_invite", "replaced");
    const back = await enter(server, { sign_in: secret });
    assertEquals([back.status, back.body.id, back.body.name], [200, alice.id, "Alice"]);
    assertEquals((await enter(server, { sign_in: secret })).code, "bad_invite", "used");
    const now: Person = { id: alice.id, token: back.body.token };
    // The link is a proof: the user can set a password at once. Then the lost device is signed out.
    assertEquals((await lost.ask({ type: "list_blocks" })).type, "blocks");
    const body = { password: PASSWORD };
    const set = await call(server, "/api/password", { method: "PUT", token: now.token, body });
    assertEquals(set.status, 204);
    const replaced = await endSessions(server, now, now);
    assertEquals(replaced.status, 200);
    assertEquals(await closeCode(lost), 4501);
    for (const token of [alice.token, now.token]) {
      assertEquals((await call(server, "/api/session", { token })).status, 401);
    }
    const { token } = replaced.body;
    assertEquals((await call(server, "/api/session", { token })).body.name, "Alice");
    assertEquals((await enter(server, { name: "Alice", ...body })).code, "wrong_password");
    assertEquals(await logged(server, olga), [1, 2].map(() => ["Olga", "sign_in_link", "Alice"]));
  },
);

onEveryStore(
  "an owner ends everything that signs a user in",
  async (server) => {
    const olga = await owner(server);
    const otto = await signUp(server, "Otto", { password: PASSWORD });
    const device = await call(server, "/api/devices", { method: "POST", token: otto.token });
    const open = await server.member(otto.token);
    const { body: { url } } = await link(server, olga, otto);
    assertEquals((await endSessions(server, olga, otto)).status, 204);
    assertEquals(await closeCode(open), 4501);
    assertEquals((await call(server, "/api/session", { token: otto.token })).status, 401);
    const ways = [
      { device: device.body.token },
      { sign_in: url.split("=")[1] },
      { name: "Otto", password: PASSWORD },
    ];
    const codes = [];
    for (const way of ways) codes.push((await enter(server, way)).code);
    assertEquals(codes, ["bad_invite", "bad_invite", "wrong_password"]);
    // The owner can let the user in again.
    const again = await link(server, olga, otto);
    assertEquals((await enter(server, { sign_in: again.body.url.split("=")[1] })).status, 200);
    const [, ended] = await logged(server, olga);
    assertEquals(ended, ["Olga", "end_sessions", "Otto"]);
    const make = { method: "POST", token: olga.token, body: { name: "Robot" } };
    const bot = await server.member((await call(server, "/api/bots", make)).body.token);
    assertEquals((await endSessions(server, olga, olga)).status, 200);
    assertEquals(await closeCode(bot), 4501);
  },
);

Deno.test({
  name: "nobody makes a link for a user of the same or a higher rank, or for a bot or guest",
  ...needs("net", "read"),
  async fn() {
    const settings = { "moderator-sign-in-links": true };
    for (const [allowed, code] of [[settings, 201], [{}, "forbidden"]] as const) {
      await using fixture = await startServerFixture(allowed);
      const people = await Promise.all(
        [fixture.olga, fixture.mo].map(async (token) =>
          (await call(fixture, "/api/session", { token })).body.id
        ),
      );
      const alice = await signUp(fixture, "Alice");
      await fixture.bot("Robot");
      const guest = await fixture.guest("Gus");
      const listed = await call(fixture, "/api/people", { token: fixture.mo });
      const others = listed.body.people.filter(({ role }: { role: string }) =>
        role === "bot" || role === "guest"
      );
      const mo = { id: people[1], token: fixture.mo };
      assertEquals((await link(fixture, mo, alice)).code, code);
      for (const id of people) {
        assertEquals((await link(fixture, mo, { id, token: "" })).code, "forbidden");
      }
      for (const one of others) {
        const olga = { id: people[0], token: fixture.olga };
        assertEquals((await link(fixture, olga, one)).code, "forbidden", one.name);
      }
      assertEquals((await link(fixture, alice, mo)).code, "forbidden");
      assertEquals((await endSessions(fixture, mo, alice)).code, "forbidden");
      assertEquals((await endSessions(fixture, alice, mo)).code, "forbidden");
      assertEquals(
        (await link(fixture, { id: "", token: fixture.olga }, { id: "x", token: "" })).code,
        "no_such_user",
      );
      await guest.close();
    }
  },
});

Deno.test({
  name: "a session that proves nothing cannot sign its user out everywhere",
  ...needs("net", "read"),
  async fn() {
    await using fixture = await startServerFixture();
    const alice = await signUp(fixture, "Alice");
    const { body } = await call(fixture, "/api/devices", { method: "POST", token: alice.token });
    const second = await enter(fixture, { device: body.token });
    assertEquals(second.status, 200);
    const thief = { id: alice.id, token: second.body.token };
    // The session was confirmed when it was made: the rule for stale ones is in credentials_test.
    assertEquals((await endSessions(fixture, thief, thief)).status, 200);
    assertEquals((await endSessions(fixture, alice, alice)).code, "unauthorized");
  },
});
