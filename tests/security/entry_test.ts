import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { type ServerProcess, spawnServer, startServer } from "../support/server.ts";
import {
  call,
  enter,
  loggedAt,
  secretOf,
  startServerFixture,
  SteppingClock,
  upgradeRequest,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");
const HOUR = 3_600_000;

Deno.test({
  name: "invite-only: no name, guessed token or guest connection gets in",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "sign-up": "invite" });
    assertEquals((await call(fixture, "/api/server")).body.sign_up, "invite");
    const tries: readonly (readonly [body: unknown, code: string])[] = [
      [{ name: "Eve" }, "invite_only"],
      [{ name: "Eve", invite: "" }, "bad_request"],
      [{ name: "Eve", invite: "a".repeat(43) }, "bad_invite"],
      [{ name: "Eve", invite: "' OR 1=1 --" }, "bad_invite"],
      // `null` means no invitation.
      [{ name: "Eve", invite: null }, "invite_only"],
      [{ name: "Eve", invite: ["a"] }, "bad_request"],
      [{ name: "Eve", invite: { toString: 1 } }, "bad_request"],
      [{ name: "Eve", invite: "%" }, "bad_invite"],
      [{ name: "Eve", role: "owner" }, "invite_only"],
      [{ device: "a".repeat(43) }, "bad_invite"],
    ];
    for (const [body, code] of tries) assertEquals((await enter(fixture, body)).code, code);
    const guest = await upgradeRequest(fixture, "/ws?name=Eve");
    assertEquals([guest.status, guest.code], [401, "unauthorized"]);
    assertEquals((await call(fixture, "/api/session", { token: "a".repeat(43) })).status, 401);
    // None of the attempts left anything behind.
    assertEquals(
      (await enter(fixture, { name: "Eve", invite: await fixture.invite() })).status,
      201,
    );
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

Deno.test({
  name: "open sign-up: anyone gets in, and an invalid invitation is still refused",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    assertEquals((await enter(fixture, { name: "Eve" })).body.role, "member");
    const bad = await enter(fixture, { name: "Adam", invite: "a".repeat(43) });
    assertEquals([bad.status, bad.code], [403, "bad_invite"]);
    assertEquals((await enter(fixture, { name: "Adam", role: "owner" })).body.role, "member");
  },
});

Deno.test({
  name: "the owner's link works once, for one of many concurrent attempts",
  ...permissions,
  async fn() {
    await using server = await startServer({ "sign-up": "invite" });
    const invite = secretOf(server.ownerUrl);
    assertMatch(invite, /^[\w-]{43}$/);
    const racers = Array.from({ length: 20 }, (_, i) => enter(server, { name: `R${i}`, invite }));
    const all = await Promise.all(racers);
    assertEquals(all.filter(({ status }) => status === 201).map(({ body }) => body.role), [
      "owner",
    ]);
    assertEquals(all.filter(({ code }) => code === "bad_invite").length, 19);
    assertEquals((await enter(server, { name: "Late", invite })).code, "bad_invite");
  },
});

Deno.test({
  name:
    "who is in already and opens the owner's link owns the server, also where they are connected",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const alice = await server.member(token);
    const invite = secretOf(server.ownerUrl);
    assertEquals((await alice.ask({ type: "list_bans" })).type, "error");
    assertEquals((await enter(server, { name: "x", invite }, { token })).body.role, "owner");
    assertEquals((await alice.ask({ type: "list_bans" })).type, "bans");
    assertEquals((await enter(server, { name: "x", invite }, { token })).code, "bad_invite");
    await alice.close();
  },
});

Deno.test({
  name: "a new owner's link, created beside a running server, voids the old one",
  ...needs("net", "read", "write", "run"),
  async fn() {
    const data = await Deno.makeTempDir();
    const server = await spawnServer([`--data=${data}/h.db`, "--sign-up=invite"]);
    try {
      const first = await ownerLink(server, `${data}/h.db`);
      const second = await ownerLink(server, `${data}/h.db`);
      assertNotEquals(first, second);
      assertEquals((await enter(server, { name: "Eve", invite: first })).code, "bad_invite");
      const owner = await enter(server, { name: "Olga", invite: second });
      assertEquals(owner.body.role, "owner");
      assertEquals((await enter(server, { name: "Eve", invite: second })).code, "bad_invite");
      // With access to the machine, the server can always be claimed again.
      const third = await ownerLink(server, `${data}/h.db`);
      assertEquals((await enter(server, { name: "Otto", invite: third })).body.role, "owner");
    } finally {
      await server.kill();
      await server.process.stdout.cancel().catch(() => {});
      await Deno.remove(data, { recursive: true });
    }
  },
});

async function ownerLink(server: ServerProcess, data: string): Promise<string> {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const { port } = new URL(server.url);
  const args = [
    "run",
    "--allow-read",
    "--allow-write",
    "--allow-env=HUBBUB_*,DATABASE_URL,PG*",
    main,
  ];
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args, "owner-link", `--data=${data}`, `--port=${port}`],
    env: { DATABASE_URL: "" },
  });
  const { stdout } = await command.output();
  const url = new TextDecoder().decode(stdout).trim();
  assertEquals(url.split("#")[0], `${server.url}/`);
  return secretOf(url);
}

Deno.test({
  name: "an invitation is valid until its expiry, its use limit or its revocation",
  ...permissions,
  async fn(t) {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture({ "sign-up": "invite" }, clock);
    await t.step("expiry", async () => {
      const invite = await fixture.invite({ hours: 2 });
      clock.step(2 * HOUR - 60_000);
      assertEquals((await enter(fixture, { name: "E1", invite })).status, 201);
      clock.step(120_000);
      assertEquals((await enter(fixture, { name: "E2", invite })).code, "bad_invite");
    });
    await t.step("uses", async () => {
      const invite = await fixture.invite({ uses: 2 });
      const codes = [];
      for (const name of ["U1", "U2", "U3"]) {
        codes.push((await enter(fixture, { name, invite })).code);
      }
      assertEquals(codes, [201, 201, "bad_invite"]);
    });
    await t.step("revocation", async () => {
      const made = await call(fixture, "/api/invites", {
        method: "POST",
        token: fixture.mo,
        body: {},
      });
      const path = `/api/invites/${made.body.id}`;
      for (const id of ["0", "-1", "x", "1e0", "0x1", "999999", "9".repeat(30), "%00"]) {
        const gone = await call(fixture, `/api/invites/${id}`, {
          method: "DELETE",
          token: fixture.mo,
        });
        assertEquals([id, gone.status], [id, 404]);
      }
      assertEquals(
        (await call(fixture, path, { method: "DELETE", token: fixture.mo })).status,
        204,
      );
      const body = { name: "V1", invite: made.body.token };
      assertEquals((await enter(fixture, body)).code, "bad_invite");
    });
  },
});

Deno.test({
  name: "of twenty concurrent redemptions of a single-use invitation, one creates an account",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "sign-up": "invite" });
    const invite = await fixture.invite({ uses: 1 });
    const racers = Array.from({ length: 20 }, (_, i) => enter(fixture, { name: `R${i}`, invite }));
    const codes = (await Promise.all(racers)).map(({ code }) => code).sort();
    assertEquals(codes, [201, ...Array(19).fill("bad_invite")]);
  },
});

Deno.test({
  name: "a taken name uses up nothing",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "sign-up": "invite" });
    const invite = await fixture.invite({ uses: 1 });
    for (const name of ["Olga", "OLGA", "O1ga", "Mo", "M0"]) {
      assertEquals((await enter(fixture, { name, invite })).code, "name_taken");
    }
    for (const name of ["", "@x", "a\u202eb"]) {
      assertEquals((await enter(fixture, { name, invite })).code, "bad_request");
    }
    assertEquals((await enter(fixture, { name: "Nina", invite })).status, 201);
  },
});

Deno.test({
  name: "only moderators create, list and revoke invitations",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const body =
      (await call(fixture, "/api/invites", { method: "POST", token: fixture.mo, body: {} }))
        .body;
    for (const token of [await fixture.join("Alice"), await fixture.bot("Robot"), undefined]) {
      const status = token === undefined ? 401 : 403;
      const proof = token === undefined ? {} : { token };
      const path = `/api/invites/${body.id}`;
      const answers = [
        await call(fixture, "/api/invites", { method: "POST", body: {}, ...proof }),
        await call(fixture, "/api/invites", proof),
        await call(fixture, path, { method: "DELETE", ...proof }),
        await call(fixture, "/api/bots", { method: "POST", body: { name: "B" }, ...proof }),
      ];
      assertEquals(answers.map((answer) => answer.status), [status, status, status, status]);
      for (const { text } of answers) assert(!text.includes(body.token));
    }
    // Not even moderators see a token again, nor the owner's link.
    const list = await call(fixture, "/api/invites", { token: fixture.mo });
    assertEquals(list.body.invites.map(({ id }: { id: number }) => id), [body.id]);
    assert(!list.text.includes(body.token));
    assertEquals((await enter(fixture, { name: "Zoe", invite: body.token })).status, 201);
  },
});

Deno.test({
  name: "only a member can create an invitation to a room, and it leads to that room only",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "sign-up": "invite", "default-room": "" });
    const olga = await fixture.member(fixture.olga);
    await olga.ask({ type: "create_room", room: "board", kind: "private" });
    const post = { method: "POST", token: fixture.mo };
    const outside = await call(fixture, "/api/invites", { ...post, body: { room: "board" } });
    const nowhere = await call(fixture, "/api/invites", { ...post, body: { room: "nowhere" } });
    assertEquals(outside.text, nowhere.text);
    assertEquals(outside.code, "no_such_room");
    const invite = await fixture.invite({ room: "board" });
    const { body } = await enter(fixture, { name: "Alice", invite });
    const alice = await fixture.member(body.token);
    const [welcome] = alice.frames;
    assert(welcome?.type === "welcome");
    assertEquals(welcome.rooms.map(({ room }) => room), ["board"]);
    await Promise.all([olga.close(), alice.close()]);
  },
});

Deno.test({
  name: "a typo creates no account: signing in and signing up are told apart",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const password = "correct horse battery";
    const first = await enter(fixture, { name: "Ada", password, intent: "sign_up" });
    assertEquals(first.status, 201);
    const tries: readonly (readonly [body: object, code: string | number])[] = [
      [{ name: "Adda", password, intent: "sign_in" }, "no_such_user"],
      [{ name: "Ada", password: "wrong horse battery", intent: "sign_in" }, "wrong_password"],
      [{ name: "Ada", intent: "sign_in" }, "wrong_password"],
      // Not even with its password.
      [{ name: "Ada", password, intent: "sign_up" }, "name_taken"],
      [{ name: "Ada", password, intent: "sign_in" }, 200],
      // The typo has taken no name.
      [{ name: "Adda", intent: "sign_up" }, 201],
      [{ name: "Ada", intent: "other" }, "bad_request"],
    ];
    for (const [body, code] of tries) assertEquals((await enter(fixture, body)).code, code);
  },
});

Deno.test({
  name: "without an invitation nobody learns which names exist; its holder learns where it leads",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "sign-up": "invite" });
    const body = { password: "correct horse battery", intent: "sign_in" };
    for (const name of ["Olga", "Nobody"]) {
      assertEquals((await enter(fixture, { ...body, name })).code, "wrong_password");
    }
    const path = "/api/session/invite";
    const preview = async (invite: string) =>
      await call(fixture, path, { method: "POST", body: { invite } });
    const [room, token] = ["garden", fixture.olga];
    await call(fixture, "/api/rooms", { method: "POST", token, body: { room, kind: "private" } });
    const made = await call(fixture, "/api/invites", { method: "POST", token, body: { room } });
    assertEquals((await preview(made.body.token)).body, { by: "Olga", room });
    assertEquals((await preview("a".repeat(43))).code, "bad_invite");
    await call(fixture, `/api/invites/${made.body.id}`, { method: "DELETE", token });
    assertEquals((await preview(made.body.token)).code, "bad_invite");
  },
});
