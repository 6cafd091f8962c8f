/** Long request bodies: the sender's rights are checked once the body has arrived. */
import { assert, assertEquals, assertGreater } from "@std/assert";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { BODY_MS } from "../../lib/util/request_body.ts";
import type { Route } from "../../lib/http/routes/route.ts";
import { HeldClock } from "../support/held_clock.ts";
import { needs } from "../support/permissions.ts";
import { allRoutes } from "../support/routes.ts";
import { RawSocket } from "../support/raw_socket.ts";
import {
  call,
  connect,
  enter,
  isAlive,
  loggedAt,
  PROXIES,
  type ServerFixture,
  startServerFixture,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read", "write");

/** The routes whose senders prove themselves by a token, in the path or in the body. */
const BY_TOKEN = ["/hooks/{token}", "/api/providers/{provider}/logout"];

/** Every other route that reads a body. */
async function routesWithBody(): Promise<readonly Route[]> {
  const routes = await allRoutes();
  return routes.filter(({ body, path }) => body !== undefined && !BY_TOKEN.includes(path));
}

interface Sample {
  readonly body: string;
  readonly type?: string;
  readonly query?: string;
  /** The result if nothing intervenes. */
  readonly outcome: string | number;
}

const PASSKEY = { id: "a", rawId: "a", response: {} };

/** A body for each route. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  "POST /api/session": { body: '{"name":"Newcomer"}', outcome: 201 },
  "POST /api/session/invite": { body: '{"invite":"nonesuch"}', outcome: "bad_invite" },
  "POST /api/session/confirm": {
    body: '{"password":"correct horse battery"}',
    outcome: "wrong_password",
  },
  "POST /api/session/passkey": { body: JSON.stringify(PASSKEY), outcome: "wrong_password" },
  "PUT /api/password": { body: '{"password":"correct horse battery"}', outcome: 204 },
  "POST /api/passkeys": { body: JSON.stringify({ credential: PASSKEY }), outcome: "bad_request" },
  "POST /api/invites": { body: '{"hours":1}', outcome: 201 },
  "POST /api/bots": { body: '{"name":"Robot"}', outcome: 201 },
  "POST /api/rooms/{room}/messages": { body: '{"message":"I am still here"}', outcome: 201 },
  "POST /api/hooks": {
    body: '{"kind":"incoming","name":"Monitor","room":"general"}',
    outcome: 201,
  },
  // The sender is another user.
  "PATCH /api/people/{id}": { body: '{"name":"Somebody"}', outcome: "forbidden" },
  "POST /api/rooms": { body: '{"room":"my-room","kind":"public"}', outcome: 201 },
  // The sender does not host the room.
  "PATCH /api/rooms/{room}": { body: '{"title":"I am still here"}', outcome: "forbidden" },
  "PATCH /api/rooms/{room}/messages/{seq}": {
    body: '{"message":"I am still here"}',
    outcome: "no_such_message",
  },
  "POST /api/rooms/{room}/scheduled": {
    body: `{"message":"I am still here","at":${Date.now() + 3_600_000}}`,
    outcome: 201,
  },
  "PUT /api/rooms/{room}/messages/{seq}/vote": {
    body: '{"options":[0]}',
    outcome: "no_such_message",
  },
  "PUT /api/rooms/{room}/messages/{seq}/reminder": { body: '{"at":1}', outcome: "no_such_message" },
  "PATCH /api/profile": { body: '{"status":{"emoji":"","text":"away"}}', outcome: 200 },
  "POST /api/rooms/{room}/messages/{seq}/report": {
    body: '{"reason":"spam"}',
    outcome: "no_such_message",
  },
  "POST /api/rooms/{room}/delete": { body: '{"seqs":[1]}', outcome: 200 },
  "POST /api/reports/{id}/resolve": { body: "{}", outcome: "forbidden" },
  "PUT /api/rooms/{room}/draft": { body: '{"message":"almost","at":1}', outcome: 200 },
  "PATCH /api/rooms/{room}/preferences": { body: '{"favourite":true}', outcome: 200 },
  "POST /api/rooms/{room}/files": {
    body: "x".repeat(300_000),
    type: "application/octet-stream",
    query: "?name=x",
    outcome: 201,
  },
  // The server knows no provider.
  "POST /api/providers/{provider}/visits": { body: '{"purpose":"sign_in"}', outcome: "not_found" },
  "PUT /api/push": {
    body: JSON.stringify({
      endpoint: "https://push.example.org/1",
      keys: { p256dh: `B${"a".repeat(86)}`, auth: "a".repeat(22) },
    }),
    outcome: 204,
  },
};

const SETTINGS = {
  ...PROXIES,
  ...{ "push-services": ["push.example.org"], "file-rate": 0 },
  ...{ "rooms-per-user": 0, "rooms-per-day": 0 },
};

/** The sender of a body, with every right that the route requires. */
interface Sender {
  readonly name: string;
  readonly token: string;
  readonly from: string;
  /** A private room that the sender is a member of. */
  readonly room: string;
}

/** Events that can befall a sender while the body is under way, and the resulting code. */
interface Mishap {
  readonly name: string;
  readonly fits: (route: Route) => boolean;
  readonly happen: (fixture: BodiesFixture, sender: Sender) => Promise<unknown>;
  readonly code: string;
}

const isForRoom = ({ path }: Route) => path.includes("{room}");
/** Whether every member who may write there may use a route. */
const isForWriters = (route: Route) =>
  isForRoom(route) &&
  !/(?:\{room\}|\/reminder|\/preferences|\/draft|\/report|\/delete)$/.test(route.path);
const isForModerators = ({ access }: Route) =>
  typeof access !== "string" && access.includes("moderator");
const isForMembers = (route: Route) => route.access === "people" || route.access === "accounts";
const isPublic = (route: Route) => route.access === "public" || route.access === "sign_in";

const MISHAPS: readonly Mishap[] = [
  {
    name: "banned",
    fits: (route) => isForMembers(route) || isForModerators(route),
    happen: ({ olga }, { name }) => olga.ask({ type: "ban", name }),
    code: "unauthorized",
  },
  {
    name: "signed out",
    fits: () => true,
    happen: ({ server }, { token }) => call(server, "/api/session", { method: "DELETE", token }),
    code: "unauthorized",
  },
  {
    name: "demoted",
    fits: isForModerators,
    happen: ({ olga }, { name }) => olga.ask({ type: "set_role", name, role: "member" }),
    code: "forbidden",
  },
  {
    name: "kept out by address",
    fits: isForMembers,
    async happen({ server, olga }, { name, from }) {
      const twin = `${name}s twin`;
      const { body: { token } } = await enter(server, { name: twin }, { from });
      const peer = await connect(server, { token, from });
      await olga.ask({ type: "ban", name: twin, address: true });
      await peer.closed;
    },
    code: "banned",
  },
  {
    name: "removed from the room",
    fits: isForRoom,
    happen: ({ olga }, { name, room }) => olga.ask({ type: "kick", room, name }),
    code: "no_such_room",
  },
  {
    name: "muted",
    fits: isForWriters,
    happen: ({ olga }, { name }) => olga.ask({ type: "mute", name, seconds: 60 }),
    code: "muted",
  },
  {
    name: "locked out",
    fits: isForWriters,
    happen: ({ olga }, { room }) => olga.ask({ type: "set_room", room, locked: true }),
    code: "room_locked",
  },
];

/** The server, and its owner. */
interface BodiesFixture {
  readonly server: ServerFixture;
  readonly olga: Awaited<ReturnType<typeof connect>>;
}

async function castSender(
  { server, olga }: BodiesFixture,
  route: Route,
  n: number,
): Promise<Sender> {
  const [name, from, room] = [`Eve ${n}`, `203.0.113.${n}`, `den-${n}`];
  if (!isForMembers(route) && !isForModerators(route) && !isPublic(route)) {
    const { body } = await call(server, "/api/devices", { method: "POST", token: server.olga });
    const { body: { token } } = await enter(server, { device: body.token }, { from });
    return { name: "Olga", token, from, room };
  }
  const { body: { token } } = await enter(server, { name }, { from });
  if (isForModerators(route)) await olga.ask({ type: "set_role", name, role: "moderator" });
  if (isForRoom(route)) {
    const made = await olga.ask({ type: "create_room", room, kind: "private" });
    assert(made.type === "joined");
    await olga.ask({ type: "invite", room, name });
    const peer = await connect(server, { token, from });
    // By name this would be another room, to which the sender was only invited.
    await peer.ask({ type: "join", room_id: made.room_id });
    await peer.close();
  }
  return { name, token, from, room };
}

const pathOf = ({ path }: Route, room: string) =>
  path.replace("{room}", room).replaceAll(/\{\w+\}/g, "1");
const keyOf = ({ method, path }: Route) => `${method} ${path}`;

function sampleOf(route: Route): Sample {
  const sample = SAMPLES[keyOf(route)];
  assert(sample !== undefined, `There is no sample for ${keyOf(route)}`);
  return sample;
}

/** Sends the request head and the first byte, and waits until the server asks for more. */
async function begin(
  server: ServerFixture,
  route: Route,
  { token, from, room }: Sender,
  sample: Omit<Sample, "outcome"> = sampleOf(route),
): Promise<RawSocket> {
  const { body, type = "application/json", query = "" } = sample;
  const socket = await RawSocket.dial(server.url);
  const lines = [
    `${route.method} ${pathOf(route, room)}${query} HTTP/1.1`,
    `Host: ${new URL(server.url).host}`,
    `X-Forwarded-For: ${from}`,
    ...(isPublic(route) ? [] : [`Authorization: Bearer ${token}`]),
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
    "Expect: 100-continue",
  ];
  await socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  assertEquals((await socket.response()).status, 100, keyOf(route));
  await socket.write(body.slice(0, 1));
  return socket;
}

async function outcomeOf(socket: RawSocket): Promise<string | number> {
  const { status, body } = await socket.response();
  return status < 300 ? status : JSON.parse(body).code;
}

/** A hash of each table of a data file; in `meta`, without the write counters. */
function contents(path: string): ReadonlyMap<string, string> {
  using db = new DatabaseSync(path, { readOnly: true });
  // The search index keeps its content in tables of its own, and cannot be read itself.
  const tables = db.prepare(
    `SELECT name FROM sqlite_schema
     WHERE type = 'table' AND name <> 'meta' AND sql NOT LIKE 'CREATE VIRTUAL TABLE%'`,
  ).all();
  assertGreater(tables.length, 10);
  return new Map(tables.map(({ name }) => {
    const hash = createHash("sha256");
    for (const row of db.prepare(`SELECT * FROM "${name}"`).all()) {
      for (const value of Object.values(row)) {
        hash.update(value instanceof Uint8Array ? value : `${value},`);
      }
    }
    return [`${name}`, hash.digest("hex")];
  }));
}

/** Waits until the tables equal a snapshot: parts of files are freed a moment later. */
async function assertUnchanged(path: string, before: ReadonlyMap<string, string>): Promise<void> {
  let changed: string[] = [];
  for (let n = 0; n < 500; n++) {
    changed = [...contents(path)].filter(([name, hash]) => before.get(name) !== hash)
      .map(([name]) => name);
    if (changed.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(changed, []);
}

Deno.test({
  name: "a sender who loses a right while the body is on its way is refused, and nothing is stored",
  ...permissions,
  async fn(t) {
    const directory = await Deno.makeTempDir();
    const data = `${directory}/hubbub.db`;
    {
      await using server = await startServerFixture({ ...SETTINGS, data });
      const olga = await connect(server, { token: server.olga });
      const fixture = { server, olga };
      let n = 0;
      for (const route of await routesWithBody()) {
        if (isPublic(route)) continue;
        const { body, outcome } = sampleOf(route);
        const cases = [null, ...MISHAPS.filter(({ fits }) => fits(route))];
        assertGreater(cases.length, 1);
        for (const mishap of cases) {
          await t.step(`${keyOf(route)}: ${mishap?.name ?? "nothing happens"}`, async () => {
            const sender = await castSender(fixture, route, n += 1);
            // An upload that has begun may leave nothing; the event that befalls the sender may.
            const files = [...contents(data)].filter(([table]) => table.startsWith("file"));
            using socket = await begin(server, route, sender);
            await mishap?.happen(fixture, sender);
            const before = new Map([...contents(data), ...files]);
            await socket.write(body.slice(1));
            assertEquals(await outcomeOf(socket), mishap?.code ?? outcome);
            if (mishap !== null) await assertUnchanged(data, before);
          });
        }
      }
      assert(await isAlive(server));
      assertEquals(loggedAt(server, "error"), []);
      await olga.close();
    }
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "a route that ignores its body still acts only after the body has arrived",
  ...permissions,
  async fn(t) {
    await using server = await startServerFixture(SETTINGS);
    const olga = await connect(server, { token: server.olga });
    const routes = (await allRoutes()).filter((route) =>
      route.method !== "GET" && route.body === undefined && isForMembers(route)
    );
    assertGreater(routes.length, 4);
    let n = 0;
    for (const route of routes) {
      await t.step(keyOf(route), async () => {
        const sender = await castSender({ server, olga }, route, n += 1);
        using socket = await begin(server, route, sender, { body: "{}" });
        await olga.ask({ type: "ban", name: sender.name });
        await socket.write("}");
        assertEquals(await outcomeOf(socket), "unauthorized");
      });
    }
    await olga.close();
  },
});

Deno.test({
  name: "a user whose address is banned during sign-in is refused",
  ...permissions,
  async fn() {
    await using server = await startServerFixture(SETTINGS);
    const olga = await connect(server, { token: server.olga });
    const route = (await routesWithBody()).find((one) => keyOf(one) === "POST /api/session");
    assert(route !== undefined);
    const sender = { name: "Newcomer", token: "", from: "203.0.113.1", room: "general" };
    using socket = await begin(server, route, sender);
    const mishap = MISHAPS.find(({ code }) => code === "banned");
    await mishap?.happen({ server, olga }, sender);
    await socket.write(sampleOf(route).body.slice(1));
    assertEquals(await outcomeOf(socket), "banned");
    const { body } = await enter(server, { name: "Newcomer" }, { from: "203.0.113.2" });
    assertEquals(body.name, "Newcomer");
    await olga.close();
  },
});

Deno.test({
  name: "a body that never ends is refused with 408",
  ...permissions,
  async fn(t) {
    const clock = new HeldClock(BODY_MS - 1_000);
    await using server = await startServerFixture({ ...SETTINGS, "idle-timeout": 20 }, clock);
    const olga = await connect(server, { token: server.olga });
    let n = 100;
    for (const route of await routesWithBody()) {
      await t.step(keyOf(route), async () => {
        const sender = await castSender({ server, olga }, route, n += 1);
        using socket = await begin(server, route, sender);
        while (clock.ring(BODY_MS) === 0) {
          await new Promise((resolve) => clock.soon(() => resolve(0)));
        }
        assertEquals(await outcomeOf(socket), "too_slow");
      });
    }
    await olga.close();
  },
});

Deno.test({
  name: "one address has a limited number of concurrent requests, and others are served",
  ...permissions,
  async fn() {
    await using server = await startServerFixture(SETTINGS);
    const route = (await routesWithBody()).find((one) => keyOf(one) === "POST /api/session");
    assert(route !== undefined);
    const sender = { name: "Eve", token: "", from: "203.0.113.1", room: "general" };
    const sockets: RawSocket[] = [];
    for (let n = 0; n < 200; n++) sockets.push(await begin(server, route, sender));
    const { code } = await call(server, "/api/server", { from: sender.from });
    assertEquals(code, "rate_limited");
    assertEquals((await call(server, "/api/server", { from: "203.0.113.2" })).status, 200);
    for (const socket of sockets) socket[Symbol.dispose]();
    let again = await call(server, "/api/server", { from: sender.from });
    while (again.code === "rate_limited") {
      again = await call(server, "/api/server", { from: sender.from });
    }
    assertEquals(again.status, 200);
  },
});

const UPLOAD_TYPES: readonly (readonly [type: string, outcome: string | number])[] = [
  ["application/octet-stream", 201],
  ["Application/Octet-Stream; charset=binary", 201],
  ["APPLICATION/OCTET-STREAM;x=y;z=w", 201],
  ["application/octet-stream ; a=b", 201],
  ["application/octet-streams", "bad_request"],
  ["text/plain; application/octet-stream", "bad_request"],
];

const JSON_TYPES: readonly (readonly [type: string, outcome: string | number])[] = [
  ["application/json", 201],
  ["Application/JSON; charset=UTF-8", 201],
  ["APPLICATION/JSON ;charset=utf-8; x=y", 201],
  ["application/jsonp", "bad_request"],
  ["text/json", "bad_request"],
];

Deno.test({
  name: "a content type may be written in capitals and have parameters",
  ...permissions,
  async fn() {
    await using server = await startServerFixture({ "file-rate": 0 });
    const send = async (path: string, type: string, raw: string) => {
      const options = { method: "POST", token: server.mo, raw, headers: { "content-type": type } };
      return (await call(server, `/api/rooms/general/${path}`, options)).code;
    };
    for (const [type, outcome] of UPLOAD_TYPES) {
      assertEquals([type, await send("files?name=x", type, "x")], [type, outcome]);
    }
    for (const [type, outcome] of JSON_TYPES) {
      assertEquals([type, await send("messages", type, '{"message":"x"}')], [type, outcome]);
    }
  },
});
