import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { type ServerProcess, spawnServer, startServer } from "../support/server.ts";
import {
  call,
  enter,
  knock,
  loggedAt,
  secretOf,
  startTown,
  SteppingClock,
} from "../support/town.ts";

const permissions = needs("net", "read");
const HOUR = 3_600_000;

Deno.test({
  name: "by invitation: no name, no guess and no guest gets in",
  ...permissions,
  async fn() {
    await using town = await startTown({ "sign-up": "invite" });
    assertEquals((await call(town, "/api/server")).body.sign_up, "invite");
    const tries: readonly (readonly [body: unknown, code: string])[] = [
      [{ name: "Eve" }, "invite_only"],
      [{ name: "Eve", invite: "" }, "bad_request"],
      [{ name: "Eve", invite: "a".repeat(43) }, "bad_invite"],
      [{ name: "Eve", invite: "' OR 1=1 --" }, "bad_invite"],
      [{ name: "Eve", invite: null }, "bad_request"],
      [{ name: "Eve", invite: ["a"] }, "bad_request"],
      [{ name: "Eve", invite: { toString: 1 } }, "bad_request"],
      [{ name: "Eve", invite: "%" }, "bad_invite"],
      [{ name: "Eve", role: "owner" }, "invite_only"],
      [{ device: "a".repeat(43) }, "bad_invite"],
    ];
    for (const [body, code] of tries) assertEquals((await enter(town, body)).code, code);
    const guest = await knock(town, "/ws?name=Eve");
    assertEquals([guest.status, guest.code], [401, "unauthorized"]);
    assertEquals((await call(town, "/api/session", { token: "a".repeat(43) })).status, 401);
    // Nor did any of it leave anything behind.
    assertEquals((await enter(town, { name: "Eve", invite: await town.invite() })).status, 201);
    assertEquals(loggedAt(town, "error"), []);
  },
});

Deno.test({
  name: "open: anybody gets in, and an invitation that is none is still refused",
  ...permissions,
  async fn() {
    await using town = await startTown();
    assertEquals((await enter(town, { name: "Eve" })).body.role, "member");
    const bad = await enter(town, { name: "Adam", invite: "a".repeat(43) });
    assertEquals([bad.status, bad.code], [403, "bad_invite"]);
    assertEquals((await enter(town, { name: "Adam", role: "owner" })).body.role, "member");
  },
});

Deno.test({
  name: "the owner's link works once, for one of many who open it at once",
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
  name: "a new owner's link, made beside a running server, voids the old one",
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
      // Whoever has the machine can always own the server again.
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
  name: "an invitation lasts as long and as often as it says, and not once it is revoked",
  ...permissions,
  async fn(t) {
    const clock = new SteppingClock();
    await using town = await startTown({ "sign-up": "invite" }, clock);
    await t.step("expiry", async () => {
      const invite = await town.invite({ hours: 2 });
      clock.step(2 * HOUR - 60_000);
      assertEquals((await enter(town, { name: "E1", invite })).status, 201);
      clock.step(120_000);
      assertEquals((await enter(town, { name: "E2", invite })).code, "bad_invite");
    });
    await t.step("uses", async () => {
      const invite = await town.invite({ uses: 2 });
      const codes = [];
      for (const name of ["U1", "U2", "U3"]) codes.push((await enter(town, { name, invite })).code);
      assertEquals(codes, [201, 201, "bad_invite"]);
    });
    await t.step("revocation", async () => {
      const made = await call(town, "/api/invites", { method: "POST", token: town.mo, body: {} });
      const path = `/api/invites/${made.body.id}`;
      for (const id of ["0", "-1", "x", "1e0", "0x1", "999999", "9".repeat(30), "%00"]) {
        const gone = await call(town, `/api/invites/${id}`, { method: "DELETE", token: town.mo });
        assertEquals([id, gone.status], [id, 404]);
      }
      assertEquals((await call(town, path, { method: "DELETE", token: town.mo })).status, 204);
      const body = { name: "V1", invite: made.body.token };
      assertEquals((await enter(town, body)).code, "bad_invite");
    });
  },
});

Deno.test({
  name: "of twenty who redeem a link for one at once, one gets an account",
  ...permissions,
  async fn() {
    await using town = await startTown({ "sign-up": "invite" });
    const invite = await town.invite({ uses: 1 });
    const racers = Array.from({ length: 20 }, (_, i) => enter(town, { name: `R${i}`, invite }));
    const codes = (await Promise.all(racers)).map(({ code }) => code).sort();
    assertEquals(codes, [201, ...Array(19).fill("bad_invite")]);
  },
});

Deno.test({
  name: "a name that is taken uses nothing up",
  ...permissions,
  async fn() {
    await using town = await startTown({ "sign-up": "invite" });
    const invite = await town.invite({ uses: 1 });
    for (const name of ["Olga", "OLGA", "O1ga", "Mo", "M0"]) {
      assertEquals((await enter(town, { name, invite })).code, "name_taken");
    }
    for (const name of ["", "@x", "a\u202eb"]) {
      assertEquals((await enter(town, { name, invite })).code, "bad_request");
    }
    assertEquals((await enter(town, { name: "Nina", invite })).status, 201);
  },
});

Deno.test({
  name: "invitations are made, seen and revoked by those who keep order, and nobody else",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const body = (await call(town, "/api/invites", { method: "POST", token: town.mo, body: {} }))
      .body;
    for (const token of [await town.join("Alice"), await town.bot("Robot"), undefined]) {
      const status = token === undefined ? 401 : 403;
      const proof = token === undefined ? {} : { token };
      const path = `/api/invites/${body.id}`;
      const answers = [
        await call(town, "/api/invites", { method: "POST", body: {}, ...proof }),
        await call(town, "/api/invites", proof),
        await call(town, path, { method: "DELETE", ...proof }),
        await call(town, "/api/bots", { method: "POST", body: { name: "B" }, ...proof }),
      ];
      assertEquals(answers.map((answer) => answer.status), [status, status, status, status]);
      for (const { text } of answers) assert(!text.includes(body.token));
    }
    // Not even they see a secret again, nor the owner's link.
    const list = await call(town, "/api/invites", { token: town.mo });
    assertEquals(list.body.invites.map(({ id }: { id: number }) => id), [body.id]);
    assert(!list.text.includes(body.token));
    assertEquals((await enter(town, { name: "Zoe", invite: body.token })).status, 201);
  },
});

Deno.test({
  name: "an invitation into a room takes a member of it to make, and leads there alone",
  ...permissions,
  async fn() {
    await using town = await startTown({ "sign-up": "invite", "default-room": "" });
    const olga = await town.member(town.olga);
    await olga.ask({ type: "create_room", room: "board", kind: "private" });
    const post = { method: "POST", token: town.mo };
    const outside = await call(town, "/api/invites", { ...post, body: { room: "board" } });
    const nowhere = await call(town, "/api/invites", { ...post, body: { room: "nowhere" } });
    assertEquals(outside.text, nowhere.text);
    assertEquals(outside.code, "no_such_room");
    const invite = await town.invite({ room: "board" });
    const { body } = await enter(town, { name: "Alice", invite });
    const alice = await town.member(body.token);
    const [welcome] = alice.frames;
    assert(welcome?.type === "welcome");
    assertEquals(welcome.rooms.map(({ room }) => room), ["board"]);
    await Promise.all([olga.close(), alice.close()]);
  },
});
