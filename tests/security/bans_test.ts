import { assert, assertEquals } from "@std/assert";
import { Accounts } from "../../lib/auth/accounts.ts";
import { Sessions } from "../../lib/auth/sessions.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { needs } from "../support/permissions.ts";
import {
  type Answer,
  call,
  closeCode,
  connect,
  enter,
  isAlive,
  loggedAt,
  PASSWORD,
  PROXIES,
  type ServerFixture,
  startServerFixture,
  upgradeRequest,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

/** Every way for a banned user to connect or sign in. */
async function doors(
  fixture: ServerFixture,
  name: string,
  token: string,
  device: string,
  from: string,
): Promise<readonly Answer[]> {
  const proof = { authorization: `Bearer ${token}`, "x-forwarded-for": from };
  return [
    await call(fixture, "/api/session", { token, from }),
    await call(fixture, "/api/rooms/general/messages", { token, from }),
    await call(fixture, "/api/rooms/general/messages", {
      method: "POST",
      body: { message: "still here" },
      token,
      from,
    }),
    await call(fixture, "/api/devices", { method: "POST", token, from }),
    await call(fixture, "/api/sessions", { token, from }),
    await upgradeRequest(fixture, "/ws", proof),
    await enter(fixture, { name, password: PASSWORD }, { from }),
    await enter(fixture, { device }, { from }),
  ];
}

Deno.test({
  name: "a ban closes every socket with 4503, and blocks every way to sign in",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture(PROXIES);
    const from = "203.0.113.66";
    const token = await fixture.join("Eve", PASSWORD);
    const offered = await call(fixture, "/api/devices", { method: "POST", token });
    const second = (await enter(fixture, { name: "Eve", password: PASSWORD })).body.token;
    const sockets = [
      await connect(fixture, { token, from }),
      await connect(fixture, { token: second, from: "203.0.113.67" }),
    ];
    const puppets = [
      await connect(fixture, { name: "Puppet", from }),
      await connect(fixture, { token: await fixture.join("Puppet 2"), from }),
    ];
    const friend = await connect(fixture, { name: "Friend", from: "203.0.113.68" });
    const mo = await fixture.member(fixture.mo);
    await mo.ask({ type: "ban", name: "Eve", address: true, reason: "enough" });
    for (const peer of sockets) assertEquals(await closeCode(peer), 4503);
    await t.step("with a session, a password or a device link, from anywhere", async () => {
      for (const place of [from, "198.51.100.1"]) {
        for (const answer of await doors(fixture, "Eve", token, offered.body.token, place)) {
          assert([401, 403].includes(answer.status), `${answer.status} ${answer.text}`);
        }
      }
      const { status, code } = await enter(fixture, { name: "Eve", password: PASSWORD });
      assertEquals([status, code], [403, "banned"]);
    });
    await t.step("under another name, or as a guest, from that address", async () => {
      for (const name of ["Eve 2", "Innocent"]) {
        assertEquals((await enter(fixture, { name }, { from })).code, "banned");
        const path = `/ws?name=${encodeURIComponent(name)}`;
        assertEquals(
          (await upgradeRequest(fixture, path, { "x-forwarded-for": from })).code,
          "banned",
        );
      }
      for (const spoofed of [`198.51.100.1, ${from}`, `127.0.0.1,${from}`, `::ffff:${from}`]) {
        const { code } = await upgradeRequest(fixture, "/ws?name=Eve2", {
          "x-forwarded-for": spoofed,
        });
        assertEquals(code, "banned");
      }
    });
    await t.step("connections from that address are closed as well", async () => {
      for (const peer of puppets) assertEquals(await closeCode(peer), 4503);
    });
    await t.step("with a session of another account, from that address", async () => {
      const other = await fixture.join("Puppet 3");
      const answers = (await doors(fixture, "x", other, "x", from)).slice(0, 6);
      assertEquals(answers.map(({ code }) => code), Array(6).fill("banned"));
    });
    await t.step(
      "other users are unaffected, and moderators are never locked out by an address",
      async () => {
        await friend.sync();
        assertEquals(
          (await enter(fixture, { name: "Adam" }, { from: "203.0.113.69" })).status,
          201,
        );
        assertEquals(
          (await call(fixture, "/api/session", { token: fixture.mo, from })).status,
          200,
        );
        const again = await connect(fixture, { token: fixture.mo, from });
        await again.close();
      },
    );
    await t.step("until it is lifted", async () => {
      assertEquals((await mo.ask({ type: "unban", name: "EVE" })).type, "unbanned");
      assertEquals(
        (await enter(fixture, { name: "Eve", password: PASSWORD }, { from })).status,
        200,
      );
      // The sessions from before do not come back.
      assertEquals((await call(fixture, "/api/session", { token })).status, 401);
    });
    await Promise.all([mo.close(), friend.close()]);
    assert(await isAlive(fixture));
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

Deno.test({
  name: "a guest banned with their address stays out until the ban is lifted",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture(PROXIES);
    const from = "203.0.113.66";
    const mo = await fixture.member(fixture.mo);
    const guest = await connect(fixture, { name: "Troll", from });
    await mo.ask({ type: "ban", name: "Troll", address: true, reason: "Too loud" });
    // The guest learns why, and nobody else does.
    const notice = await guest.take("banned");
    assertEquals([notice.name, notice.reason], ["Troll", "Too loud"]);
    assertEquals(await closeCode(guest), 4503);
    const upgraded = await upgradeRequest(fixture, "/ws?name=Other", { "x-forwarded-for": from });
    assertEquals(upgraded.code, "banned");
    assertEquals((await mo.ask({ type: "unban", name: "troll" })).type, "unbanned");
    const back = await connect(fixture, { name: "Other", from });
    await Promise.all([mo.close(), back.close()]);
  },
});

Deno.test({
  name: "the loopback address cannot be banned: a proxy's clients may share it",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const mo = await fixture.member(fixture.mo);
    const guest = await fixture.guest("Troll");
    await mo.ask({ type: "ban", name: "Troll", address: true });
    assertEquals(await closeCode(guest), 4503);
    const other = await fixture.guest("Friend");
    await Promise.all([mo.close(), other.close()]);
  },
});

Deno.test("an authenticated user is still banned, whether by passkey or otherwise", async () => {
  const clock = new FakeClock();
  const store = await openSqlite({ path: ":memory:", durability: "process" });
  const sessions = new Sessions(store, clock);
  const accounts = new Accounts({ store, clock, sessions, signUp: "open" });
  const caller = { address: "203.0.113.1", label: "", identity: null, device: undefined };
  const entry = await accounts.signIn({ name: "Eve" }, caller);
  assert("account" in entry);
  const { account } = entry;
  assert("token" in await accounts.admit(account, caller));
  const ban = { account: account.id, address: "203.0.113.1", reason: "", at: 0 };
  await store.ban(ban);
  assertEquals(await accounts.admit(account, caller), { code: "banned" });
  assertEquals(await accounts.admit(account, { ...caller, address: "203.0.113.2" }), {
    code: "banned",
  });
  await store.close();
});
