import { assert, assertEquals, assertGreater } from "@std/assert";
import { Accounts } from "../../lib/auth/accounts.ts";
import { Sessions } from "../../lib/auth/sessions.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { ClientFrame, Command, ServerFrame } from "../../lib/protocol/frames.ts";
import { POWERS } from "../../lib/auth/permissions.ts";
import type { Store } from "../../lib/store/store.ts";
import { FakeClock } from "../support/fake_clock.ts";
import type { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import { spawnServer, startServer, type TestServer } from "../support/server.ts";
import {
  call,
  closeCode,
  enter,
  loggedAt,
  person,
  secretOf,
  type ServerFixture,
  startServerFixture,
} from "../support/server_fixture.ts";
import { openHubFixture, settle } from "../support/hub_fixture.ts";

const permissions = needs("net", "read");

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

async function codes(peer: Peer, frames: readonly ClientFrame[]): Promise<string[]> {
  const all: string[] = [];
  for (const frame of frames) all.push(codeOf(await peer.ask(frame)));
  return all;
}

/** Makes another owner: only the server itself can. */
async function secondOwner(fixture: ServerFixture, store: Store, name: string): Promise<string> {
  const token = await fixture.join(name);
  const account = await store.findAccount(name);
  assert(account !== null);
  await store.setRole(account.id, "owner");
  return token;
}

/** Starts a server on a data file, and opens the store beside it as a tool does. */
async function withTool(
  fn: (fixture: ServerFixture, store: Store) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/h.db`;
  try {
    await using fixture = await startServerFixture({ data: path });
    const store = await openSqlite({ path, durability: "process", exclusive: false });
    try {
      await fn(fixture, store);
    } finally {
      await store.close();
    }
    assertEquals(loggedAt(fixture, "error"), []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function invite(fixture: ServerFixture, token: string, body: unknown = {}) {
  const made = await call(fixture, "/api/invites", { method: "POST", token, body });
  assertEquals(made.status, 201);
  return made.body as { id: number; token: string };
}

async function makeBot(fixture: ServerFixture, token: string, name: string): Promise<string> {
  return (await call(fixture, "/api/bots", { method: "POST", token, body: { name } })).body.token;
}

/** Adds Mo to a room, by an invitation that Mo accepts. */
async function bring(fixture: ServerFixture, host: Peer, room: string): Promise<void> {
  const joined = await host.ask({ type: "join", room });
  assert(joined.type === "joined");
  await host.ask({ type: "invite", room, name: "Mo" });
  const mo = await fixture.member(fixture.mo);
  assertEquals(codeOf(await mo.ask({ type: "join", room_id: joined.room_id })), "joined");
  await mo.close();
}

const files = needs("net", "read", "write");

Deno.test({
  name: "owners can ban or demote each other but never the last one; their grants are revoked",
  ...files,
  async fn(t) {
    await withTool(async (fixture, store) => {
      const olga = await fixture.member(fixture.olga);
      await t.step("the last owner keeps the role, even against their own command", async () => {
        assertEquals(
          await codes(olga, [
            { type: "set_role", name: "Olga", role: "member" },
            { type: "set_role", name: "Olga", role: "moderator" },
            { type: "ban", name: "Olga" },
          ]),
          ["forbidden", "forbidden", "forbidden"],
        );
      });
      for (const [name, end] of [["Otto", "set_role"], ["Oda", "ban"]] as const) {
        await t.step(`${end}`, async () => {
          const token = await secondOwner(fixture, store, name);
          const peer = await fixture.member(token);
          const bot = await makeBot(fixture, token, `${name}s bot`);
          const beep = await fixture.member(bot);
          const { token: link } = await invite(fixture, token);
          const device =
            (await call(fixture, "/api/devices", { method: "POST", token })).body.token;
          const order = end === "ban"
            ? { type: "ban", name } as const
            : { type: "set_role", name, role: "member" } as const;
          assertEquals(codeOf(await olga.ask(order)), end === "ban" ? "banned" : "role_changed");
          assertEquals(await closeCode(beep), 4501);
          assertEquals((await call(fixture, "/api/session", { token: bot })).status, 401);
          for (const body of [{ name: `${name} 2`, invite: link }, { device }]) {
            assertEquals((await enter(fixture, body)).code, "bad_invite");
          }
          if (end === "ban") assertEquals(await closeCode(peer), 4503);
          else assertEquals(codeOf(await peer.ask({ type: "list_bans" })), "forbidden");
          assertEquals((await store.findAccount(name))?.role, "member");
          await peer.close();
        });
      }
      await t.step("an owner can step down while another one remains", async () => {
        const token = await secondOwner(fixture, store, "Ole");
        const ole = await fixture.member(token);
        const order = { type: "set_role", name: "Ole", role: "member" } as const;
        assertEquals(codeOf(await ole.ask(order)), "role_changed");
        assertEquals(codeOf(await ole.ask({ type: "list_bans" })), "forbidden");
        await ole.close();
      });
      await olga.close();
    });
  },
});

Deno.test({
  name: "a moderator's invitations end with the role; those to a room also with the membership",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture();
    const olga = await fixture.member(fixture.olga);
    const lasting = await invite(fixture, fixture.olga);
    const isOpen = async (token: string, name: string) =>
      (await enter(fixture, { name, invite: token })).code === 201;
    await t.step("removed from a room", async () => {
      await olga.ask({ type: "create_room", room: "den", kind: "private" });
      await bring(fixture, olga, "den");
      const inside = await invite(fixture, fixture.mo, { room: "den" });
      const anywhere = await invite(fixture, fixture.mo);
      await olga.ask({ type: "kick", room: "den", name: "Mo" });
      assertEquals(await isOpen(inside.token, "A1"), false);
      assertEquals(await isOpen(anywhere.token, "A2"), true);
    });
    await t.step("demoted, and promoted again", async () => {
      const made = await invite(fixture, fixture.mo);
      await olga.ask({ type: "set_role", name: "Mo", role: "member" });
      assertEquals(await isOpen(made.token, "B1"), false);
      await olga.ask({ type: "set_role", name: "Mo", role: "moderator" });
      assertEquals(await isOpen(made.token, "B2"), false);
    });
    await t.step("banned, and unbanned", async () => {
      const made = await invite(fixture, fixture.mo);
      await olga.ask({ type: "ban", name: "Mo" });
      assertEquals(await isOpen(made.token, "C1"), false);
      await olga.ask({ type: "unban", name: "Mo" });
      assertEquals(await isOpen(made.token, "C2"), false);
    });
    assertEquals(await isOpen(lasting.token, "D"), true, "another's stay");
    await olga.close();
  },
});

Deno.test({
  name: "a user cannot see or revoke an invitation that grants more than they could grant",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const link = secretOf(server.ownerUrl);
    await using fixture = await startServerFixture();
    const olga = await fixture.member(fixture.olga);
    await olga.ask({ type: "create_room", room: "den", kind: "private" });
    const den = await invite(fixture, fixture.olga, { room: "den" });
    const open = await invite(fixture, fixture.olga);
    const list = async (token: string) =>
      (await call(fixture, "/api/invites", { token })).body.invites.map(({ id }: { id: number }) =>
        id
      );
    const revoke = (id: number, token: string) =>
      call(fixture, `/api/invites/${id}`, { method: "DELETE", token });
    assertEquals(await list(fixture.mo), [open.id]);
    assertEquals(await list(fixture.olga), [open.id, den.id]);
    assertEquals((await revoke(den.id, fixture.mo)).code, "not_found");
    await bring(fixture, olga, "den");
    assertEquals(await list(fixture.mo), [open.id, den.id]);
    assertEquals((await revoke(den.id, fixture.mo)).status, 204);
    assertEquals((await revoke(open.id, fixture.mo)).status, 204);
    await olga.close();
    await assertOwnersLinkStays(server, link);
  },
});

/** Asserts that moderators cannot touch an owner's link, whatever its number. */
async function assertOwnersLinkStays(server: TestServer, link: string): Promise<void> {
  const token = await server.signIn("Olga");
  assertEquals((await enter(server, { name: "x", invite: link }, { token })).body.role, "owner");
}

Deno.test("an owner's link printed by a command expires after a day", async () => {
  const clock = new FakeClock();
  const store = await openSqlite({ path: ":memory:", durability: "process" });
  const sessions = new Sessions(store, clock);
  const accounts = new Accounts({ store, clock, sessions, signUp: "open" });
  const caller = { address: "192.0.2.1", label: "", identity: null, device: undefined };
  const link = await accounts.inviteOwner(24);
  await clock.advance(24 * 3_600_000 - 1);
  const entry = await accounts.signIn({ name: "Olga", invite: link }, caller);
  assert("account" in entry);
  assertEquals(entry.account.role, "owner");
  const expired = await accounts.inviteOwner(24);
  await clock.advance(24 * 3_600_000);
  assertEquals(await accounts.signIn({ name: "Eve", invite: expired }, caller), {
    code: "bad_invite",
  });
  await store.close();
});

Deno.test({
  name: "moderators cannot reach the owner's link, whatever number they try",
  ...needs("net", "read", "write"),
  async fn() {
    await withTool(async (fixture, store) => {
      const clock = new FakeClock();
      const sessions = new Sessions(store, clock);
      const accounts = new Accounts({ store, clock, sessions, signUp: "invite" });
      const link = await accounts.inviteOwner();
      for (let id = 0; id < 20; id++) {
        const tried = await call(fixture, `/api/invites/${id}`, {
          method: "DELETE",
          token: fixture.mo,
        });
        assertEquals([id, tried.status], [id, 404]);
      }
      assertEquals((await call(fixture, "/api/invites", { token: fixture.mo })).body.invites, []);
      assertEquals((await enter(fixture, { name: "Otto", invite: link })).body.role, "owner");
    });
  },
});

Deno.test({
  name: "without an owner, each start prints a new link; a tool can demote beside a running server",
  ...needs("net", "read", "write", "run"),
  async fn(t) {
    const directory = await Deno.makeTempDir();
    const data = `${directory}/h.db`;
    const links: string[] = [];
    for (let start = 0; start < 2; start++) {
      await using server = await startServer({ data });
      links.push(secretOf(server.ownerUrl));
    }
    const server = await spawnServer([`--data=${data}`]);
    try {
      await t.step("earlier links are void", async () => {
        for (const link of links) {
          assertEquals((await enter(server, { name: "Eve", invite: link })).code, "bad_invite");
        }
      });
      const tool = async (...args: string[]) => {
        const main = new URL("../../main.ts", import.meta.url).pathname;
        const allow = ["--allow-read", "--allow-write", "--allow-env=HUBBUB_*,DATABASE_URL,PG*"];
        const command = new Deno.Command(Deno.execPath(), {
          args: [
            "run",
            ...allow,
            main,
            ...args,
            `--data=${data}`,
            `--port=${new URL(server.url).port}`,
          ],
          env: { DATABASE_URL: "" },
        });
        const { success, stdout, stderr } = await command.output();
        const decoder = new TextDecoder();
        return { success, out: decoder.decode(stdout).trim(), err: decoder.decode(stderr).trim() };
      };
      const own = async (name: string) => {
        const { out } = await tool("owner-link");
        return (await enter(server, { name, invite: secretOf(out) })).body.token as string;
      };
      await own("Olga");
      const otto = await server.member(await own("Otto"));
      assertEquals((await otto.ask({ type: "list_bans" })).type, "bans");
      await t.step("demote", async () => {
        assertEquals(await tool("demote", "otto"), {
          success: true,
          out: "Otto is a member now",
          err: "",
        });
        assertEquals(codeOf(await otto.ask({ type: "list_bans" })), "forbidden");
      });
      await t.step("errors are one sentence", async () => {
        const errors = [];
        for (const args of [[], ["Nobody"], ["Otto"], ["Olga"]]) {
          const { success, err } = await tool("demote", ...args);
          assertEquals(success, false);
          errors.push(err);
        }
        for (const error of errors) assert(/^Cannot demote[^\n]+$/.test(error), error);
      });
      await otto.close();
    } finally {
      await server.kill();
      await server.process.stdout.cancel().catch(() => {});
      await Deno.remove(directory, { recursive: true });
    }
  },
});

/** A command for each permission that a command requires. */
const ORDERS: Readonly<Record<string, Command>> = {
  kick: { type: "kick", room: "hall", name: "Eve" },
  ban: { type: "ban", name: "Eve" },
  unban: { type: "unban", name: "Zed" },
  list_bans: { type: "list_bans" },
  mute: { type: "mute", name: "Eve", seconds: 60 },
  manage_room: { type: "set_room", room: "hall", locked: true },
  delete_room: { type: "delete_room", room: "hall" },
  set_role: { type: "set_role", name: "Eve", role: "moderator" },
  moderation_log: { type: "moderation_log" },
  moderate_reports: { type: "list_reports" },
  delete_message: { type: "delete_message", room: "hall", seq: 1 },
  pin: { type: "pin_message", room: "hall", seq: 1, on: true },
  invite: { type: "invite", room: "hall", name: "Boss" },
  manage_server: { type: "set_server", name: "Designers" },
  manage_emoji: { type: "delete_emoji", emoji: ":party:" },
  manage_groups: { type: "set_group", group: "Designers", ids: [] },
};

/** Commands that change the store. */
const WRITES: ReadonlySet<PropertyKey> = new Set<keyof Store>([
  ...["ban", "unban", "mute", "setRole", "deleteRoom", "removeMember", "addMember"] as const,
  ...[
    "append",
    "recordModeration",
    "putGroup",
    "deleteEmoji",
    "addInvitation",
    "replaceValue",
  ] as const,
]);

/** Runs a command, and a change right after the store's n-th reply to it. */
async function interrupt(power: string, n: number, mishap: "demoted" | "banned" | null) {
  const real = await openSqlite({ path: ":memory:", durability: "process" });
  let calls = 0;
  let reads = -1;
  let armed = false;
  let strike = () => Promise.resolve();
  const writes: PropertyKey[] = [];
  const store = new Proxy(real, {
    get(_, name) {
      const value = Reflect.get(real, name, real);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        if (armed && WRITES.has(name)) {
          if (reads < 0) reads = calls;
          writes.push(name);
        }
        const answer = await Reflect.apply(value, real, args);
        if (armed && calls++ === n) await strike();
        return answer;
      };
    },
  });
  await using fixture = await openHubFixture({ store });
  // The first user creates the room, and is its host.
  const [host, mo, eve] = await fixture.gather("hall", "Host", "Mo", "Eve");
  await eve.say("hall", "mine");
  await host.do({ type: "set_room", room: "hall", may_invite: "hosts" });
  const zed = await fixture.account("Zed");
  await real.ban({ account: zed.id, address: null, reason: "", at: 0 });
  const boss = await fixture.account("Boss");
  await real.setRole(boss.id, "owner");
  const { id } = mo.connection.account;
  const rise = { ...mo.connection.account, role: "owner" } as const;
  await real.setRole(id, "owner");
  fixture.effects.emit({ type: "role_changed", account: rise });
  strike = async () => {
    armed = false;
    if (mishap === null) return;
    if (mishap === "demoted") {
      await real.setRole(id, "member");
      fixture.effects.emit({ type: "role_changed", account: { ...rise, role: "member" } });
    } else {
      await real.ban({ account: id, address: null, reason: "", at: 0 });
      fixture.effects.emit({
        type: "banned",
        account: rise,
        reason: "",
        addresses: [],
        everywhere: null,
      });
    }
    armed = true;
    calls = n + 1;
  };
  mo.forget();
  armed = true;
  const order = ORDERS[power];
  assert(order !== undefined, `There is no order for ${power}`);
  // Commands waiting for their commit are answered as the clock advances.
  const done = mo.start(order);
  await settle(fixture.clock);
  await done;
  armed = false;
  const news = mo.news();
  return {
    reads: reads < 0 ? calls : reads,
    writes: writes.filter((name) => name !== "append" || power !== "delete_message"),
    news: news.map((frame) => frame.type === "error" ? frame.code : frame.type),
  };
}

Deno.test("a permission lost at any point before the action is not used", async (t) => {
  // Those of routes; and those that are asked in the turn of the act, without a read.
  const others = [
    "invite_to_server",
    "make_bot",
    "mention_everyone",
    ...["post", "respond", "retract"],
    "sign_in_link",
    "end_sessions",
    "rename_user",
    "set_active",
    "erase_user",
    "export_user",
  ];
  const powers = Object.keys(POWERS).filter((power) => !others.includes(power));
  assertEquals(powers.toSorted(), Object.keys(ORDERS).toSorted());
  for (const power of powers) {
    await t.step(power, async () => {
      const { reads, news } = await interrupt(power, Infinity, null);
      assert(!news.includes("forbidden") && news.length > 0, `${news}`);
      assertGreater(reads, 0);
      for (let n = 0; n < reads; n++) {
        const demoted = await interrupt(power, n, "demoted");
        assertEquals([n, demoted.writes], [n, []]);
        const refusal = power === "invite" ? "hosts_only" : "forbidden";
        assert(demoted.news.includes(refusal), `${n} ${demoted.news}`);
        const banned = await interrupt(power, n, "banned");
        assertEquals([n, banned.writes], [n, []]);
        const received = banned.news.filter((type) => type !== "banned");
        assertEquals([n, received], [n, []]);
      }
    });
  }
});

Deno.test({
  name: "a message from a user being banned is refused, even if its request is under way",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const { token, peer } = await person(fixture, "Eve");
    const mo = await fixture.member(fixture.mo);
    await mo.ask({ type: "join", room: "general" });
    const post = (i: number) =>
      call(fixture, "/api/rooms/general/messages", {
        method: "POST",
        token,
        body: { message: `${i}` },
      });
    const posts = Array.from({ length: 40 }, (_, i) => post(i));
    await posts[0];
    assertEquals(codeOf(await mo.ask({ type: "ban", name: "Eve" })), "banned");
    const newest = async () => {
      const page = await mo.ask({ type: "history", room: "general", limit: 1 });
      return page.type === "history" ? page.messages[0]?.seq : undefined;
    };
    const last = await newest();
    const after = await Promise.all([...posts, ...Array.from({ length: 5 }, (_, i) => post(i))]);
    assert(after.slice(-5).every(({ status }) => status === 401));
    assertEquals(await newest(), last);
    await peer.closed;
    await mo.close();
  },
});
