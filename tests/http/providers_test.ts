// Signing in by an OpenID provider, against a real one.
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ProviderSettings } from "../../lib/auth/openid.ts";
import { freePort } from "../support/client_swarm.ts";
import { type Claims, startProvider, unsignedToken } from "../support/openid_provider.ts";
import { needs } from "../support/permissions.ts";
import { startServer, type TestServer, type TestSettings } from "../support/server.ts";
import { enter, secretOf } from "../support/server_fixture.ts";

const permissions = needs("env", "net", "read", "sys");

const ANN: Claims = { sub: "1", name: "Ann Müller", preferred_username: "ann", groups: "staff" };

/** A browser: it keeps cookies, and goes where it is sent. */
class Browser {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();

  constructor({ url }: TestServer) {
    this.#url = url;
  }

  async request(path: string, method = "GET", body?: unknown): Promise<Response> {
    const cookie = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(new URL(path, this.#url), {
      method,
      redirect: "manual",
      headers: { cookie, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    for (const set of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /** Begins a visit. @returns Where to go, or the code of the refusal. */
  async begin(body: object = { purpose: "sign_in" }): Promise<string> {
    const response = await this.request("/api/providers/company/visits", "POST", body);
    const { url, code } = await response.json();
    return url ?? code;
  }

  /** Comes back. @returns Where the page goes on. */
  async comeBack(url: URL): Promise<string> {
    const response = await this.request(`${url.pathname}${url.search}`);
    await response.body?.cancel();
    assertEquals(response.status, 303);
    return response.headers.get("location") ?? "";
  }

  async who(): Promise<unknown> {
    const response = await this.request("/api/session");
    const { name, role, code } = await response.json();
    return response.ok ? `${name}, ${role}` : code;
  }
}

async function open(changes: Partial<ProviderSettings> = {}, settings: TestSettings = {}) {
  const port = freePort();
  const provider = await startProvider(`http://localhost:${port}`);
  const company: ProviderSettings = {
    ...{ id: "company", name: "Our company", issuer: provider.issuer, claim: "groups" },
    ...{ client_id: "hubbub", client_secret: "a secret of the client" },
    ...{ scope: "profile email groups", sign_up: true, ...changes },
  };
  const server = await startServer({ ...settings, port, providers: [company] });
  return {
    provider,
    server,
    browser: () => new Browser(server),
    async visit(browser: Browser, claims: Claims, body?: object): Promise<string> {
      return await browser.comeBack(await provider.visit(await browser.begin(body), claims));
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await provider[Symbol.asyncDispose]();
    },
  };
}

/** oidc-provider leaves timers and connections behind. */
const PROVIDED = { ...permissions, sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "a user signs in by a provider, and is the same user afterwards, whatever the name",
  ...PROVIDED,
  async fn() {
    await using at = await open();
    const info = await (await fetch(`${at.server.url}/api/server`)).json();
    assertEquals(info.providers, [{ id: "company", name: "Our company" }]);
    const phone = at.browser();
    assertEquals(await at.visit(phone, ANN), "/");
    assertEquals(await phone.who(), "Ann Müller, member");
    const laptop = at.browser();
    const renamed = { ...ANN, name: "Ann Schmidt" };
    assertEquals(
      await at.visit(laptop, renamed, { purpose: "sign_in", invite: "abc" }),
      "/#invite=abc",
    );
    assertEquals(await laptop.who(), "Ann Müller, member");
    // Another user of the same name is another user.
    const other = at.browser();
    assertEquals(await at.visit(other, { ...ANN, sub: "2" }), "/");
    assertEquals(await other.who(), "ann, member");
    const third = at.browser();
    await at.visit(third, { sub: "3", name: "admin", preferred_username: "ANN", email: "a@b.c" });
    assertEquals(await third.who(), "a, member");
    const fourth = at.browser();
    await at.visit(fourth, { sub: "4" });
    assertEquals(await fourth.who(), "Member, member");
  },
});

Deno.test({
  name: "a visit ends once, in the browser that began it, and only with what the provider said",
  ...PROVIDED,
  async fn() {
    await using at = await open();
    const [mine, foreign] = [at.browser(), at.browser()];
    const back = await at.provider.visit(await mine.begin(), ANN);
    assertEquals(await foreign.comeBack(back), "/#refused=provider_failed");
    const changed = new URL(back);
    changed.searchParams.set("iss", "https://other.example.org");
    const second = await at.provider.visit(await mine.begin(), ANN);
    assertEquals(await mine.comeBack(changed), "/#refused=provider_failed");
    assertEquals(await mine.comeBack(second), "/#refused=provider_failed", "the visit is over");
    assertEquals(await mine.who(), "unauthorized");
    for (const query of ["", "?error=access_denied", "?code=wrong", `?code=${"x".repeat(3_000)}`]) {
      const url = new URL(await mine.begin());
      const state = url.searchParams.get("state") ?? "";
      const returned = new URL(`${at.server.url}/api/providers/company/callback${query}`);
      returned.searchParams.set("state", state);
      returned.searchParams.set("iss", at.provider.issuer);
      assertEquals(await mine.comeBack(returned), "/#refused=provider_failed", query);
    }
    assertEquals(await mine.who(), "unauthorized");
    assertEquals(await at.visit(mine, ANN), "/");
  },
});

Deno.test({
  name: "a claim decides about the role, with each sign-in, but the last owner stays",
  ...PROVIDED,
  async fn() {
    await using at = await open({ roles: { chiefs: "owner", helpers: "moderator" } });
    const browser = at.browser();
    const as = async (sub: string, groups: NonNullable<Claims["groups"]>) => {
      await at.visit(browser, { sub, name: `User ${sub}`, groups });
      return await browser.who();
    };
    assertEquals(await as("1", ["staff", "helpers", "chiefs"]), "User 1, owner");
    assertEquals(await as("2", "helpers"), "User 2, moderator");
    assertEquals(await as("2", ["staff"]), "User 2, member");
    assertEquals(await as("2", ["constructor", "__proto__"]), "User 2, member");
    assertEquals(await as("1", []), "User 1, owner", "the last owner");
    await as("3", "chiefs");
    assertEquals(await as("1", []), "User 1, member");
  },
});

Deno.test({
  name: "a claim decides about groups, with each sign-in, and about no other group",
  ...PROVIDED,
  async fn() {
    const groups = { "eng-fe": "Builders", "eng-be": "Builders", ops: "Ops", chat: "Olga" };
    await using at = await open({ groups });
    const invite = secretOf(at.server.ownerUrl);
    const { body: { token } } = await enter(at.server, { name: "Olga", invite });
    const owner = await at.server.member(token);
    const own = await owner.ask({ type: "set_group", group: "Own", ids: [] });
    assert(own.type === "group");
    const listed = async () => {
      const list = await owner.ask({ type: "list_groups" });
      assert(list.type === "groups");
      return list.groups.map(({ group, member_count }) => `${group}: ${member_count}`);
    };
    const browser = at.browser();
    const as = async (sub: string, groups: NonNullable<Claims["groups"]>) => {
      await at.visit(browser, { sub, name: `User ${sub}`, groups });
      return await listed();
    };
    assertEquals(await as("1", ["eng-be", "unknown", "__proto__"]), ["Builders: 1", "Own: 0"]);
    assertEquals(await as("2", ["eng-fe", "eng-be", "ops"]), ["Builders: 2", "Ops: 1", "Own: 0"]);
    const added = await owner.ask({
      ...{ type: "set_group", group: "Own", group_id: own.group_id, ids: [owner.id] },
    });
    assertEquals(added.type, "group");
    // A user has the name of the group: a name has one meaning.
    assertEquals(await as("2", ["ops", "chat"]), ["Builders: 1", "Ops: 1", "Own: 1"]);
    assertEquals(await as("2", []), ["Builders: 1", "Ops: 0", "Own: 1"]);
    await owner.close();
  },
});

Deno.test({
  name: "a user links an account, confirms by it, and can unlink it while there is another way in",
  ...PROVIDED,
  async fn() {
    await using at = await open({ sign_up: false });
    const alice = at.browser();
    assertEquals(await at.visit(alice, ANN), "/#refused=invite_only");
    await alice.request("/api/session", "POST", { name: "Alice" });
    assertEquals(await at.visit(alice, ANN, { purpose: "link" }), "/");
    const list = async () => (await (await alice.request("/api/providers")).json()).providers;
    assertEquals(await list(), [{ id: "company", name: "Our company", linked: true }]);
    const unlink = async () => (await alice.request("/api/providers/company", "DELETE")).status;
    assertEquals(await unlink(), 403, "it is the only way in");
    const other = at.browser();
    assertEquals(await at.visit(other, ANN), "/");
    assertEquals(await other.who(), "Alice, member");
    const before = at.provider.logins();
    assertEquals(await at.visit(other, ANN, { purpose: "confirm" }), "/");
    assert(at.provider.logins() > before, "the provider asked again");
    const stranger = { ...ANN, sub: "2" };
    assertEquals(
      await at.visit(other, stranger, { purpose: "confirm" }),
      "/#refused=linked_elsewhere",
    );
    const bob = at.browser();
    assertEquals(await bob.begin({ purpose: "link" }), "unauthorized");
    await bob.request("/api/session", "POST", { name: "Bob" });
    assertEquals(await at.visit(bob, ANN, { purpose: "link" }), "/#refused=linked_elsewhere");
    await alice.request("/api/password", "PUT", { password: "correct horse battery staple" });
    assertEquals(await unlink(), 204);
    assertEquals(await unlink(), 404);
  },
});

Deno.test({
  name:
    "a provider ends the sessions that began there, and their sockets; a forged token ends none",
  ...PROVIDED,
  async fn() {
    await using at = await open();
    const browser = at.browser();
    await at.visit(browser, ANN);
    const { token: device } = await (await browser.request("/api/devices", "POST")).json();
    const second = at.browser();
    await second.request("/api/session", "POST", { device });
    assertEquals(await second.who(), "Ann Müller, member");
    const { token } = await (await browser.request("/api/session/renew", "POST")).json();
    const socket = await at.server.member(token);
    const forge = (logout_token: string) =>
      fetch(`${at.server.url}/api/providers/company/logout`, {
        method: "POST",
        body: new URLSearchParams({ logout_token }),
      });
    const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
    const claims = { iss: at.provider.issuer, aud: "hubbub", sub: "1", jti: "1", events };
    const iat = Math.floor(Date.now() / 1_000);
    for (const text of ["", "x", unsignedToken({ ...claims, iat })]) {
      const response = await forge(text);
      assertEquals(response.status, 400);
      await response.body?.cancel();
    }
    const third = at.browser();
    await at.visit(third, ANN);
    await at.provider.logOut("1");
    assertEquals(await third.who(), "unauthorized");
    assertEquals(await browser.who(), "Ann Müller, member", "another session there");
    await at.provider.logOut("1", true);
    assertEquals((await socket.closed).code, 4501);
    assertEquals(await browser.who(), "unauthorized");
    assertEquals(await second.who(), "unauthorized", "what took the session over ends with it");
  },
});

Deno.test({
  name: "with --sign-in providers there is no other way in, and every way in stays linked",
  ...PROVIDED,
  async fn() {
    await using at = await open({}, { "sign-in": "providers" });
    const info = await (await fetch(`${at.server.url}/api/server`)).json();
    assertEquals(info.sign_in, "providers");
    const refused = async (body: object, path = "/api/session") => {
      const response = await at.server.request(path, { method: "POST", body });
      return (await response.json()).code;
    };
    const invite = new URL(at.server.ownerUrl).hash.slice("#invite=".length);
    assertEquals(await refused({ name: "Eve" }), "provider_only");
    assertEquals(
      await refused({ name: "Eve", password: "correct horse battery" }),
      "provider_only",
    );
    assertEquals(await refused({ name: "Eve", invite }), "provider_only");
    assertEquals(await refused({ sign_in: "x".repeat(43) }), "provider_only");
    const credential = { id: "x", rawId: "x", response: {} };
    assertEquals(await refused(credential, "/api/session/passkey"), "provider_only");
    assertEquals((await fetch(`${at.server.url}/ws?name=Guest`)).status, 426);
    const guest = new WebSocket(`${at.server.ws}?name=Guest`);
    await new Promise((resolve) => guest.addEventListener("error", resolve));

    const ann = at.browser();
    await at.visit(ann, ANN);
    const owner = await ann.request("/api/session", "POST", { name: "Ann Müller", invite });
    assertEquals((await owner.json()).role, "owner");
    // Everything ends, and she is still the same user.
    const { id } = await (await ann.request("/api/session")).json();
    const ended = await ann.request(`/api/people/${id}/sessions`, "DELETE");
    assert(ended.ok, await ended.text());
    const again = at.browser();
    await at.visit(again, ANN);
    assertEquals(await again.who(), "Ann Müller, owner");
  },
});

Deno.test({
  name: "a provider that is away is an error that the user can act on, and one for the operator",
  ...PROVIDED,
  async fn() {
    await using at = await open();
    await at.provider[Symbol.asyncDispose]();
    assertEquals(await at.browser().begin(), "provider_failed");
    assertMatch(at.server.logged.join("\n"), /Cannot sign in by company/);
    const unknown = await at.browser().request("/api/providers/other/callback");
    assertEquals(unknown.status, 404);
    await unknown.body?.cancel();
  },
});
