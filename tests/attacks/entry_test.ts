import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { type ServerProcess, spawnServer, startServer } from "../support/server.ts";
import {
  call,
  enter,
  knock,
  loggedAt,
  person,
  secretOf,
  startTown,
  SteppingClock,
  type Town,
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
  const args = ["run", "--no-lock", "--allow-read", "--allow-write", "--allow-env=HUBBUB_*", main];
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args, "owner-link", `--data=${data}`, `--port=${port}`],
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
    for (const name of ["Olga", "OLGA", "Оlga", "Mo", "M0"]) {
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

Deno.test({
  name: "a link to another device works once, for five minutes, and no longer than its session",
  ...permissions,
  async fn(t) {
    const clock = new SteppingClock();
    await using town = await startTown({ "sign-up": "invite" }, clock);
    const token = await town.join("Alice");
    const offer = async (by: string) => {
      const { status, body } = await call(town, "/api/devices", { method: "POST", token: by });
      assertEquals(status, 201);
      return body.token as string;
    };
    await t.step("once, of many at once", async () => {
      const device = await offer(token);
      const all = await Promise.all(Array.from({ length: 20 }, () => enter(town, { device })));
      const codes = all.map(({ code }) => code).sort();
      assertEquals(codes, [200, ...Array(19).fill("bad_invite")]);
      const [{ body } = { body: null }] = all.filter(({ status }) => status === 200);
      assertEquals([body.name, body.role], ["Alice", "member"]);
      assertNotEquals(body.token, token);
    });
    await t.step("five minutes", async () => {
      const [soon, late] = [await offer(token), await offer(token)];
      clock.step(5 * 60_000 - 10_000);
      assertEquals((await enter(town, { device: soon })).status, 200);
      clock.step(10_001);
      assertEquals((await enter(town, { device: late })).code, "bad_invite");
    });
    await t.step("not once its session is over: what was stolen ends with it", async () => {
      const stolen = (await enter(town, { device: await offer(token) })).body.token;
      const device = await offer(stolen);
      await call(town, "/api/session", { method: "DELETE", token: stolen });
      assertEquals((await enter(town, { device })).code, "bad_invite");
    });
    await t.step("not once the bot that made it is no more", async () => {
      const device = await offer(await town.bot("Robot"));
      const gone = await call(town, "/api/bots/Robot", { method: "DELETE", token: town.olga });
      assertEquals(gone.status, 204);
      assertEquals((await enter(town, { device })).code, "bad_invite");
    });
    await t.step("nobody makes one without a session", async () => {
      assertEquals((await call(town, "/api/devices", { method: "POST" })).status, 401);
    });
  },
});

Deno.test({
  name: "an invitation is no device link, a device link no invitation, and neither a session",
  ...permissions,
  async fn() {
    await using town = await startTown({ "sign-up": "invite" });
    const invite = await town.invite();
    const { body } = await call(town, "/api/devices", { method: "POST", token: town.olga });
    assertEquals((await enter(town, { device: invite })).code, "bad_invite");
    assertEquals((await enter(town, { name: "Eve", invite: body.token })).code, "bad_invite");
    for (const token of [invite, body.token]) {
      assertEquals((await call(town, "/api/session", { token })).status, 401);
    }
    assertEquals((await enter(town, { device: body.token })).status, 200);
  },
});

Deno.test({
  name: "a guest bears a number wherever the name shows, and never two guests the same",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const { peer: bob, token } = await person(town, "Bob");
    await bob.ask({ type: "join", room: "general" });
    const numbers: number[] = [];
    for (const message of ["first", "second"]) {
      const ann = await backAs(town, "Ann");
      await ann.ask({ type: "join", room: "general" });
      await ann.ask({ type: "room_message", room: "general", message });
      const online = await bob.next((frame) =>
        frame.type === "presence" && frame.name === "Ann" && frame.state === "online"
      );
      const joined = await bob.take("member_joined");
      const said = await bob.take("room_message");
      assert(online.type === "presence" && said.guest !== undefined);
      assertEquals([online.guest, joined.guest], [said.guest, said.guest]);
      numbers.push(said.guest);
      const other = await town.member(token);
      const [welcome] = other.frames;
      assert(welcome?.type === "welcome");
      assertEquals(welcome.guests, [{ name: "Ann", guest: said.guest }]);
      await Promise.all([ann.close(), other.close()]);
      await bob.next((frame) => frame.type === "presence" && frame.state === "offline");
    }
    assertNotEquals(numbers[0], numbers[1]);
    // A member of that name is no guest, and what the guests said stays theirs.
    const member = await person(town, "Ann");
    await member.peer.ask({ type: "join", room: "general" });
    await member.peer.ask({ type: "room_message", room: "general", message: "third" });
    const history = await bob.ask({ type: "history", room: "general" });
    assert(history.type === "history");
    assertEquals(history.messages.map(({ guest }) => guest), [...numbers, undefined]);
    const found = await bob.ask({ type: "search", query: "first" });
    assert(found.type === "search_results");
    assertEquals(found.messages.map(({ guest }) => guest), [numbers[0]]);
    const edit = { type: "edit_message", room: "general", seq: 1, message: "mine" } as const;
    const edited = await member.peer.ask(edit);
    assertEquals(edited.type === "error" && edited.code, "forbidden");
    await Promise.all([bob.close(), member.peer.close()]);
  },
});

Deno.test({
  name: "a second guest of a name has nothing of the first one's, but what they repeat in public",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const { peer: bob } = await person(town, "Bob");
    await bob.ask({ type: "create_room", room: "den", kind: "private" });
    const first = await town.guest("Ann");
    await bob.ask({ type: "invite", room: "den", name: "Ann" });
    await bob.ask({ type: "room_message", room: "den", message: "denword" });
    await bob.ask({ type: "private_message", receiver: "Ann", message: "secretword" });
    await first.ask({ type: "join", room: "general" });
    const hello = { type: "room_message", room: "general", message: "hello", key: "k1" } as const;
    const once = await first.ask(hello);
    await first.close();
    const second = await backAs(town, "Ann");
    const [welcome] = second.frames;
    assert(welcome?.type === "welcome");
    assertEquals(welcome.rooms, []);
    for (const room of ["den", "@Bob"]) {
      const history = await second.ask({ type: "history", room });
      if (room === "den") assertEquals(history.type === "error" && history.code, "no_such_room");
      else assert(history.type === "history" && history.messages.length === 0);
    }
    for (const query of ["denword", "secretword"]) {
      const found = await second.ask({ type: "search", query });
      assert(found.type === "search_results" && found.messages.length === 0);
    }
    await second.ask({ type: "join", room: "general" });
    assertEquals(await second.ask(hello), once);
    // What is said to the name now reaches the one who has it now.
    await bob.ask({ type: "private_message", receiver: "Ann", message: "to the second" });
    const got = await second.take("private_message");
    assertEquals([got.message, got.seq], ["to the second", 1]);
    await bob.ask({ type: "room_message", room: "den", message: "still private" });
    await second.sync();
    assert(!JSON.stringify(second.frames).includes("still private"));
    await Promise.all([bob.close(), second.close()]);
  },
});

Deno.test({
  name: "what is written to a guest's name goes to the guest who has it, not to one who left",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const { peer: bob } = await person(town, "Bob");
    const first = await town.guest("Ann");
    await bob.ask({ type: "private_message", receiver: "Ann", message: "to the first" });
    await first.close();
    await bob.next((frame) => frame.type === "presence" && frame.state === "offline");
    const nobody = await bob.ask({ type: "private_message", receiver: "Ann", message: "gone?" });
    assertEquals(nobody.type === "error" && nobody.code, "no_such_user");
    const second = await backAs(town, "Ann");
    const said = { type: "private_message", receiver: "Ann", message: "to the second" } as const;
    const sent = await bob.ask(said);
    assert(sent.type === "private_message");
    assertEquals([sent.message, sent.seq], ["to the second", 1]);
    assertEquals((await second.take("private_message")).message, "to the second");
    const history = await bob.ask({ type: "history", room: "@Ann" });
    assert(history.type === "history");
    assertEquals(history.messages.map(({ message }) => message), ["to the second"]);
    await Promise.all([bob.close(), second.close()]);
  },
});

Deno.test({
  name: "what is written to a bot's name goes to the bot that has it, not to one that is no more",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const { peer: bob } = await person(town, "Bob");
    const ask = (message: string) =>
      bob.ask({ type: "private_message", receiver: "Robot", message });
    await town.bot("Robot");
    assertEquals((await ask("to the first")).type, "private_message");
    await call(town, "/api/bots/Robot", { method: "DELETE", token: town.olga });
    const nobody = await ask("gone?");
    assertEquals(nobody.type === "error" && nobody.code, "no_such_user");
    const second = await town.member(await town.bot("Robot"));
    const sent = await ask("to the second");
    assertEquals(sent.type === "private_message" && sent.seq, 1);
    assertEquals((await second.take("private_message")).message, "to the second");
    await Promise.all([bob.close(), second.close()]);
  },
});

/** A name is free again once the server has seen its guest go. */
async function backAs(town: Town, name: string) {
  for (let i = 0; i < 100; i++) {
    const peer = await town.guest(name).catch(() => null);
    if (peer !== null) return peer;
  }
  throw new Error(`${name} is still taken`);
}

Deno.test({
  name: "a guest makes no device link, no password, no private room and no session",
  ...permissions,
  async fn() {
    await using town = await startTown();
    const ann = await town.guest("Ann");
    const answer = await ann.ask({ type: "create_room", room: "den", kind: "private" });
    assertEquals(answer.type === "error" && answer.code, "forbidden");
    assertEquals((await enter(town, { name: "Ann" })).code, "name_taken");
    const login = await enter(town, { name: "Ann", password: "long enough" });
    assertEquals([login.status, login.code], [401, "wrong_password"]);
    await ann.close();
  },
});
