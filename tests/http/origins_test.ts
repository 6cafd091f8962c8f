// Pages of other sites: CORS, and tickets for sockets.
import { assert, assertEquals } from "@std/assert";
import { COMMAND_ROUTES } from "../../lib/http/routes/commands.ts";
import { SOCKET_TICKET_MS } from "../../lib/auth/sessions.ts";
import { needs } from "../support/permissions.ts";
import { Peer } from "../support/peer.ts";
import {
  call,
  closeCode,
  enter,
  startServerFixture,
  SteppingClock,
  upgradeRequest,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

const SITE = "https://site.example";
const SETTINGS = { origins: [SITE] };

const cors = (headers: Headers) => headers.get("access-control-allow-origin");

Deno.test({
  name: "a page of a listed origin may read responses of the API, and nothing else",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture(SETTINGS);
    const token = await fixture.join("Alice");
    const from = (origin: string) => ({ token, headers: { origin } });
    for (const path of ["/api/rooms", "/api/rooms/nowhere/messages", "/api/nothing"]) {
      const { headers } = await call(fixture, path, from(SITE));
      assertEquals([cors(headers), headers.get("vary")?.includes("origin")], [SITE, true], path);
      assertEquals(headers.get("access-control-allow-credentials"), null);
    }
    assertEquals(cors((await call(fixture, "/", from(SITE))).headers), null);
    assertEquals(cors((await call(fixture, "/healthz", from(SITE))).headers), null);
    const others = ["null", "https://site.example.evil", "http://site.example", `${SITE}:8443`];
    for (const origin of [...others, "https://SITE.example/", "*", ""]) {
      const { headers, code } = await call(fixture, "/api/rooms", from(origin));
      assertEquals([code, cors(headers)], ["foreign_origin", null], origin);
      assertEquals(headers.get("vary"), "origin");
    }
    const own = await call(fixture, "/api/rooms", from(fixture.url));
    assertEquals([own.status, cors(own.headers)], [200, null]);
  },
});

Deno.test({
  name: "a preflight request is answered for every route, and does not need a session",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture(SETTINGS);
    for (const { method, path } of COMMAND_ROUTES) {
      const concrete = path.replace("{room}", "general").replaceAll(/\{\w+\}/g, "1");
      const ask = { "access-control-request-method": method };
      const asked = (origin: string) =>
        call(fixture, concrete, { method: "OPTIONS", headers: { origin, ...ask } });
      const { status, headers } = await asked(SITE);
      assertEquals([status, cors(headers)], [204, SITE], path);
      assert(headers.get("access-control-allow-methods")?.includes(method), path);
      assert(headers.get("access-control-allow-headers")?.includes("authorization"), path);
      assertEquals(headers.get("access-control-allow-credentials"), null);
      const refused = await asked("https://evil.example");
      assertEquals([refused.status >= 400, cors(refused.headers)], [true, null], path);
    }
  },
});

Deno.test({
  name: "a page of another site cannot act by a cookie",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture(SETTINGS);
    const { headers } = await enter(fixture, { name: "Alice" });
    const cookie = headers.getSetCookie().map((one) => one.split(";", 1)[0]).join("; ");
    const session = (origin: string) =>
      call(fixture, "/api/session", { headers: { cookie, origin } });
    assertEquals((await session(fixture.url)).status, 200);
    assertEquals((await session(SITE)).code, "unauthorized");
  },
});

Deno.test({
  name: "a ticket opens one socket as its user, from a listed origin, and ends with the session",
  ...permissions,
  async fn() {
    const clock = new SteppingClock();
    await using fixture = await startServerFixture(SETTINGS, clock);
    const token = await fixture.join("Alice");
    const ticket = async () => {
      const made = await call(fixture, "/api/tickets", { method: "POST", token });
      assertEquals([made.status, made.body.expires_in], [201, SOCKET_TICKET_MS]);
      return `${made.body.ticket}`;
    };
    const open = (one: string, origin: string) =>
      Peer.open(`${fixture.ws}?ticket=${one}`, { headers: { origin } });
    const refused = async (path: string, origin?: string) =>
      (await upgradeRequest(fixture, path, origin === undefined ? {} : { origin })).code;
    const first = await ticket();
    // A foreign page does not even use it up.
    assertEquals(await refused(`/ws?ticket=${first}`, "https://evil.example"), "foreign_origin");
    assertEquals(await refused(`/ws?ticket=${first}`, "null"), "foreign_origin");
    const peer = await open(first, SITE);
    const [welcome] = peer.frames;
    assert(welcome?.type === "welcome" && welcome.you.name === "Alice");
    assertEquals(await refused(`/ws?ticket=${first}`, SITE), "unauthorized");
    assertEquals(await refused(`/ws?ticket=${first}&name=Guest`, SITE), "unauthorized");
    const device = await call(fixture, "/api/devices", { method: "POST", token: fixture.olga });
    for (const wrong of ["", "x", token, device.body.token, "x".repeat(5_000)]) {
      assertEquals(await refused(`/ws?ticket=${wrong}`), "unauthorized", wrong.slice(0, 9));
    }
    // A ticket signs no device in.
    assertEquals((await enter(fixture, { device: await ticket() })).code, "bad_invite");
    const expired = await ticket();
    clock.step(SOCKET_TICKET_MS);
    assertEquals(await refused(`/ws?ticket=${expired}`, SITE), "unauthorized");
    const raced = await ticket();
    const racers = await Promise.allSettled([1, 2, 3, 4, 5].map(() => open(raced, SITE)));
    const won = racers.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
    assertEquals(won.length, 1);
    const unused = await ticket();
    await call(fixture, "/api/session", { method: "DELETE", token });
    assertEquals(await closeCode(peer), 4501);
    for (const one of won) assertEquals(await closeCode(one), 4501);
    assertEquals(await refused(`/ws?ticket=${unused}`, SITE), "unauthorized");
    assertEquals((await call(fixture, "/api/tickets", { method: "POST" })).code, "unauthorized");
  },
});
