/**
 * The routes of the HTTP API, by every role. What is expected is said here once more, in other words
 * than the routes' own: a new route needs a row.
 */
import { assert, assertEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { allRoutes } from "../support/routes.ts";
import { call, type ServerFixture, startServerFixture } from "../support/server_fixture.ts";

const ACTORS = ["nobody", "bot", "member", "moderator", "owner"] as const;
type Actor = (typeof ACTORS)[number];

/** Who may use a route. Those without a session are told to sign in; the others that they may not. */
const WHO = {
  public: ACTORS,
  /** Signing in: a bot has its token. */
  "not bots": ["nobody", "member", "moderator", "owner"],
  accounts: ["bot", "member", "moderator", "owner"],
  /** What belongs to a person, which the token of a bot must not reach. */
  people: ["member", "moderator", "owner"],
  moderators: ["moderator", "owner"],
  owners: ["owner"],
} as const satisfies Readonly<Record<string, readonly Actor[]>>;

/** Every route: of a room of which the actor is a member, with a message of the actor's own. */
const ROUTES: Readonly<Record<string, keyof typeof WHO>> = {
  "GET /api/server": "public",
  "GET /api/openapi.json": "public",
  "GET /api/asyncapi.json": "public",
  "GET /livez": "public",
  "GET /readyz": "public",
  "GET /healthz": "public",
  // From this machine; `operator_test.ts` tries others.
  "GET /metrics": "public",
  "GET /api/figures": "owners",
  "GET /api/moderation-log": "moderators",
  // The token in the path, or in the body, is the proof.
  "POST /hooks/{token}": "public",
  "POST /api/providers/{provider}/logout": "public",
  "POST /api/session": "not bots",
  "POST /api/session/invite": "not bots",
  "POST /api/session/passkey/options": "not bots",
  "POST /api/session/passkey": "not bots",
  "POST /api/providers/{provider}/visits": "not bots",
  "GET /api/providers/{provider}/callback": "not bots",
  "DELETE /api/session": "public",
  "GET /api/session": "accounts",
  "POST /api/tickets": "accounts",
  "POST /api/session/renew": "people",
  "POST /api/session/confirm": "people",
  "GET /api/sessions": "people",
  "DELETE /api/sessions/{id}": "people",
  "POST /api/devices": "people",
  "PUT /api/password": "people",
  "GET /api/passkeys": "people",
  "POST /api/passkeys/options": "people",
  "POST /api/passkeys": "people",
  "DELETE /api/passkeys/{id}": "people",
  "GET /api/providers": "people",
  "DELETE /api/providers/{provider}": "people",
  "GET /api/push": "people",
  "PUT /api/push": "people",
  "DELETE /api/push": "people",
  "GET /api/people": "accounts",
  "GET /api/people/{id}": "accounts",
  // Of the actor's own account; `people_test.ts` tries those of others.
  "PATCH /api/people/{id}": "people",
  "DELETE /api/people/{id}": "people",
  "GET /api/people/{id}/export": "people",
  "DELETE /api/people/{id}/sessions": "people",
  // Unless the setting `moderator-sign-in-links` allows it.
  "POST /api/people/{id}/sign-in-link": "owners",
  "PATCH /api/profile": "accounts",
  "GET /api/avatars/{id}": "accounts",
  "GET /api/emoji/{id}": "accounts",
  "GET /api/invites": "moderators",
  "POST /api/invites": "moderators",
  "DELETE /api/invites/{id}": "moderators",
  "GET /api/bots": "owners",
  "POST /api/bots": "owners",
  "DELETE /api/bots/{name}": "owners",
  "GET /api/hooks": "moderators",
  "POST /api/hooks": "moderators",
  "GET /api/hooks/{id}": "moderators",
  "DELETE /api/hooks/{id}": "moderators",
  "POST /api/hooks/{id}/resume": "moderators",
  "GET /api/reports": "moderators",
  "POST /api/reports/{id}/resolve": "moderators",
  "GET /api/rooms": "accounts",
  "POST /api/rooms": "accounts",
  "PATCH /api/rooms/{room}": "moderators",
  "DELETE /api/rooms/{room}": "moderators",
  "POST /api/rooms/{room}/join": "accounts",
  "POST /api/rooms/{room}/leave": "accounts",
  "GET /api/rooms/{room}/members": "accounts",
  "GET /api/rooms/{room}/pins": "accounts",
  "GET /api/rooms/{room}/files": "accounts",
  "POST /api/rooms/{room}/files": "accounts",
  "GET /api/rooms/{room}/events": "accounts",
  "GET /api/rooms/{room}/messages": "accounts",
  "POST /api/rooms/{room}/messages": "accounts",
  "POST /api/rooms/{room}/delete": "accounts",
  "POST /api/rooms/{room}/scheduled": "accounts",
  "PUT /api/rooms/{room}/draft": "accounts",
  "PATCH /api/rooms/{room}/preferences": "accounts",
  "PUT /api/rooms/{room}/threads/{thread}": "accounts",
  "DELETE /api/rooms/{room}/threads/{thread}": "accounts",
  "PATCH /api/rooms/{room}/messages/{seq}": "accounts",
  "DELETE /api/rooms/{room}/messages/{seq}": "accounts",
  "PUT /api/rooms/{room}/messages/{seq}/pin": "moderators",
  "DELETE /api/rooms/{room}/messages/{seq}/pin": "moderators",
  "PUT /api/rooms/{room}/messages/{seq}/vote": "accounts",
  "GET /api/rooms/{room}/messages/{seq}/votes": "accounts",
  "POST /api/rooms/{room}/messages/{seq}/close-poll": "accounts",
  "DELETE /api/rooms/{room}/messages/{seq}/preview": "accounts",
  "GET /api/rooms/{room}/messages/{seq}/reactions": "accounts",
  "PUT /api/rooms/{room}/messages/{seq}/reactions/{emoji}": "accounts",
  "DELETE /api/rooms/{room}/messages/{seq}/reactions/{emoji}": "accounts",
  "PUT /api/rooms/{room}/messages/{seq}/reminder": "accounts",
  "PUT /api/rooms/{room}/messages/{seq}/saved": "accounts",
  "DELETE /api/rooms/{room}/messages/{seq}/saved": "accounts",
  "POST /api/rooms/{room}/messages/{seq}/report": "accounts",
  "GET /api/files/{id}": "accounts",
  "GET /api/files/{id}/thumbnail": "accounts",
  "GET /api/search": "accounts",
  "GET /api/saved": "accounts",
  "GET /api/scheduled": "accounts",
  "DELETE /api/scheduled/{id}": "accounts",
  "GET /api/reminders": "accounts",
  "GET /api/drafts": "accounts",
  "GET /api/memberships": "accounts",
  "GET /api/threads": "accounts",
};

/** The routes after which the actor, the room or the message is gone, in this order, last. */
const LAST = [
  "DELETE /api/rooms/{room}/messages/{seq}",
  "DELETE /api/rooms/{room}",
  "POST /api/rooms/{room}/leave",
  "DELETE /api/people/{id}/sessions",
  "DELETE /api/people/{id}",
  "DELETE /api/session",
];

/** The session of an actor; none for nobody. */
async function tokenOf(fixture: ServerFixture, actor: Actor): Promise<string | undefined> {
  switch (actor) {
    case "nobody":
      return undefined;
    case "bot":
      return await fixture.bot("Robot");
    case "member":
      return await fixture.join("Ann");
    case "moderator":
      return fixture.mo;
    case "owner": {
      // The last owner could not erase their account.
      const { id } = (await call(fixture, "/api/session", { token: fixture.mo })).body;
      const body = { role: "owner" };
      await call(fixture, `/api/people/${id}`, { method: "PATCH", token: fixture.olga, body });
      return fixture.olga;
    }
    default:
      return actor satisfies never;
  }
}

/** Returns the path of a request, in which every parameter has a value. */
async function pathsFor(fixture: ServerFixture, token: string | undefined) {
  const hanna = await fixture.join("Hanna");
  const as = (token: string) => (path: string, body?: object) =>
    call(fixture, path, {
      method: body === undefined ? "GET" : "POST",
      token,
      ...body && { body },
    });
  await as(hanna)("/api/rooms", { room: "hall", kind: "public" });
  let [seq, me] = ["1", "none"];
  if (token !== undefined) {
    await as(token)("/api/rooms/hall/join", {});
    const said = await as(token)("/api/rooms/hall/messages", { message: "mine" });
    seq = String(said.body.seq);
    me = (await as(token)("/api/session")).body.id;
  }
  const { id: other } = (await as(hanna)("/api/session")).body;
  return (path: string) =>
    path.replace("/api/people/{id}/sign-in-link", `/api/people/${other}/sign-in-link`)
      .replace("/api/people/{id}", `/api/people/${me}`)
      .replace("{room}", "hall").replace("{seq}", seq).replace("{thread}", seq)
      .replace("{emoji}", encodeURIComponent("👍"))
      .replaceAll(/\{\w+\}/g, "999");
}

/** The routes that replace the session. */
const RENEWING = ["POST /api/session/renew", "DELETE /api/people/{id}/sessions"];

const keyOf = ({ method, path }: { readonly method: string; readonly path: string }) =>
  `${method} ${path}`;

for (const actor of ACTORS) {
  Deno.test({
    name: `permissions: every route, by ${actor === "nobody" ? actor : `a session of a ${actor}`}`,
    ...needs("net", "read"),
    async fn() {
      await using fixture = await startServerFixture({ rate: 0 });
      let token = await tokenOf(fixture, actor);
      const pathOf = await pathsFor(fixture, token);
      const routes = new Map((await allRoutes()).map((route) => [keyOf(route), route]));
      assertEquals([...routes.keys()].toSorted(), Object.keys(ROUTES).toSorted());
      const order = [...routes.keys()].toSorted((a, b) => LAST.indexOf(a) - LAST.indexOf(b));
      const ended: Record<string, string> = {};
      const meant: Record<string, string> = {};
      for (const key of order) {
        const { method, path } = routes.get(key)!;
        const body = method === "GET" ? {} : { body: { name: "Zoe", password: "12345678" } };
        // The events come as a page, not as a stream without an end.
        const headers = { accept: "application/json" };
        const session = token === undefined ? {} : { token };
        const { code, body: answer } = await call(fixture, pathOf(path), {
          method,
          headers,
          ...session,
          ...body,
        });
        if (RENEWING.includes(key)) token = answer.token ?? token;
        ended[key] = ["unauthorized", "forbidden"].includes(String(code))
          ? String(code)
          : "accepted";
        const who: readonly Actor[] = WHO[ROUTES[key]!];
        const refusal = actor === "nobody" ? "unauthorized" : "forbidden";
        meant[key] = who.includes(actor) ? "accepted" : refusal;
      }
      assertEquals(ended, meant);
      assert(order.length > 100);
    },
  });
}
