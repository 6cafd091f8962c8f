import { assert, assertEquals } from "@std/assert";
import { Accounts } from "../../lib/accounts.ts";
import { Sessions } from "../../lib/sessions.ts";
import { openSqlite } from "../../lib/store/sqlite.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { needs } from "../support/permissions.ts";
import {
  type Answer,
  call,
  closeCode,
  connect,
  enter,
  isAlive,
  knock,
  loggedAt,
  PASSWORD,
  PROXIES,
  startTown,
  type Town,
} from "../support/town.ts";

const permissions = needs("net", "read");

/** Every way in that a person could have. */
async function doors(
  town: Town,
  name: string,
  token: string,
  device: string,
  from: string,
): Promise<readonly Answer[]> {
  const proof = { authorization: `Bearer ${token}`, "x-forwarded-for": from };
  return [
    await call(town, "/api/session", { token, from }),
    await call(town, "/api/rooms/general/messages", { token, from }),
    await call(town, "/api/rooms/general/messages", {
      method: "POST",
      body: { message: "still here" },
      token,
      from,
    }),
    await call(town, "/api/devices", { method: "POST", token, from }),
    await call(town, "/api/sessions", { token, from }),
    await knock(town, "/ws", proof),
    await enter(town, { name, password: PASSWORD }, { from }),
    await enter(town, { device }, { from }),
  ];
}

Deno.test({
  name: "a ban closes every socket at once with 4503, and every door stays shut",
  ...permissions,
  async fn(t) {
    await using town = await startTown(PROXIES);
    const from = "203.0.113.66";
    const token = await town.join("Eve", PASSWORD);
    const offered = await call(town, "/api/devices", { method: "POST", token });
    const second = (await enter(town, { name: "Eve", password: PASSWORD })).body.token;
    const sockets = [
      await connect(town, { token, from }),
      await connect(town, { token: second, from: "203.0.113.67" }),
    ];
    const puppets = [
      await connect(town, { name: "Puppet", from }),
      await connect(town, { token: await town.join("Puppet 2"), from }),
    ];
    const friend = await connect(town, { name: "Friend", from: "203.0.113.68" });
    const mo = await town.member(town.mo);
    await mo.ask({ type: "ban", name: "Eve", address: true, reason: "enough" });
    for (const peer of sockets) assertEquals(await closeCode(peer), 4503);
    await t.step("with a session, a password or a device link, from anywhere", async () => {
      for (const place of [from, "198.51.100.1"]) {
        for (const answer of await doors(town, "Eve", token, offered.body.token, place)) {
          assert([401, 403].includes(answer.status), `${answer.status} ${answer.text}`);
        }
      }
      const { status, code } = await enter(town, { name: "Eve", password: PASSWORD });
      assertEquals([status, code], [403, "banned"]);
    });
    await t.step("under another name, or as a guest, from that address", async () => {
      for (const name of ["Eve 2", "Innocent"]) {
        assertEquals((await enter(town, { name }, { from })).code, "banned");
        const path = `/ws?name=${encodeURIComponent(name)}`;
        assertEquals((await knock(town, path, { "x-forwarded-for": from })).code, "banned");
      }
      for (const spoofed of [`198.51.100.1, ${from}`, `127.0.0.1,${from}`, `::ffff:${from}`]) {
        const { code } = await knock(town, "/ws?name=Eve2", { "x-forwarded-for": spoofed });
        assertEquals(code, "banned");
      }
    });
    await t.step("nor does anybody stay who came from there", async () => {
      for (const peer of puppets) assertEquals(await closeCode(peer), 4503);
    });
    await t.step("with a session of another account, from that address", async () => {
      const other = await town.join("Puppet 3");
      const answers = (await doors(town, "x", other, "x", from)).slice(0, 6);
      assertEquals(answers.map(({ code }) => code), Array(6).fill("banned"));
    });
    await t.step(
      "nobody else is touched, and those who keep order are locked out nowhere",
      async () => {
        await friend.sync();
        assertEquals((await enter(town, { name: "Adam" }, { from: "203.0.113.69" })).status, 201);
        assertEquals((await call(town, "/api/session", { token: town.mo, from })).status, 200);
        const again = await connect(town, { token: town.mo, from });
        await again.close();
      },
    );
    await t.step("until it is lifted", async () => {
      assertEquals((await mo.ask({ type: "unban", name: "EVE" })).type, "unbanned");
      assertEquals((await enter(town, { name: "Eve", password: PASSWORD }, { from })).status, 200);
      // The sessions from before do not come back.
      assertEquals((await call(town, "/api/session", { token })).status, 401);
    });
    await Promise.all([mo.close(), friend.close()]);
    assert(await isAlive(town));
    assertEquals(loggedAt(town, "error"), []);
  },
});

Deno.test({
  name: "a guest who is banned with their address stays out, and can be let in again",
  ...permissions,
  async fn() {
    await using town = await startTown(PROXIES);
    const from = "203.0.113.66";
    const mo = await town.member(town.mo);
    const guest = await connect(town, { name: "Troll", from });
    await mo.ask({ type: "ban", name: "Troll", address: true });
    assertEquals(await closeCode(guest), 4503);
    const knocked = await knock(town, "/ws?name=Other", { "x-forwarded-for": from });
    assertEquals(knocked.code, "banned");
    assertEquals((await mo.ask({ type: "unban", name: "troll" })).type, "unbanned");
    const back = await connect(town, { name: "Other", from });
    await Promise.all([mo.close(), back.close()]);
  },
});

Deno.test({
  name: "this machine's own address cannot be banned: everybody may be coming through it",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const mo = await town.member(town.mo);
    const guest = await town.guest("Troll");
    await mo.ask({ type: "ban", name: "Troll", address: true });
    assertEquals(await closeCode(guest), 4503);
    const other = await town.guest("Friend");
    await Promise.all([mo.close(), other.close()]);
  },
});

Deno.test("whoever proves who they are, by a passkey or otherwise, is still banned", async () => {
  const clock = new FakeClock();
  const store = await openSqlite({ path: ":memory:", durability: "process" });
  const sessions = new Sessions(store, clock);
  const accounts = new Accounts({ store, clock, sessions, signUp: "open" });
  const visitor = { address: "203.0.113.1", label: "", who: null, device: undefined };
  const entry = await accounts.signIn({ name: "Eve" }, visitor);
  assert("account" in entry);
  const { account } = entry;
  assert("token" in await accounts.admit(account, visitor));
  const ban = { account: account.id, address: "203.0.113.1", reason: "", at: 0 };
  await store.ban(ban);
  assertEquals(await accounts.admit(account, visitor), { code: "banned" });
  assertEquals(await accounts.admit(account, { ...visitor, address: "203.0.113.2" }), {
    code: "banned",
  });
  await store.close();
});
