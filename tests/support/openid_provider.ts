/**
 * A real OpenID provider for tests, `oidc-provider`, on a port of its own. Its users sign in there
 * without a page: the test says who they are.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Buffer } from "node:buffer";

/** A user of the provider: the claims about them. */
export interface Claims {
  readonly sub: string;
  readonly name?: string;
  readonly preferred_username?: string;
  readonly email?: string;
  readonly groups?: string | readonly string[];
}

/** A running provider. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  /** How often it was asked to authenticate a user anew. */
  readonly logins: () => number;
  /**
   * A user visits it, and comes back.
   *
   * @param url Where Hubbub sends the browser.
   * @returns Where the provider sends the browser.
   */
  visit(url: string, claims: Claims): Promise<URL>;
  /** Ends the last session of a user there, or all of them, and tells Hubbub. */
  logOut(sub: string, everywhere?: boolean): Promise<void>;
}

/** Starts a provider whose one client is Hubbub at an address. */
export async function startProvider(hubbub: string, id = "company"): Promise<TestProvider> {
  // Imported lazily: it reads the environment when it loads.
  const { default: Provider } = await import("oidc-provider");
  const users = new Map<string, Claims>();
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = {
    client_id: "hubbub",
    client_secret: "a secret of the client",
    redirect_uris: [`${hubbub}/api/providers/${id}/callback`],
    backchannel_logout_uri: `${hubbub}/api/providers/${id}/logout`,
    backchannel_logout_session_required: true,
  };
  const sids = new Map<string, string>();
  // deno-lint-ignore no-explicit-any -- the package has no types
  const provider: any = new Provider(issuer, {
    clients: [client],
    cookies: { keys: ["a key of the cookies"] },
    claims: { profile: ["name", "preferred_username"], email: ["email"], groups: ["groups"] },
    scopes: ["openid", "profile", "email", "groups"],
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    pkce: { required: () => true },
    findAccount: (_context: unknown, sub: string) => ({
      accountId: sub,
      claims: () => users.get(sub) ?? { sub },
    }),
    interactions: {
      url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}`,
    },
    // deno-lint-ignore no-explicit-any -- the package has no types
    async loadExistingGrant({ oidc }: any) {
      const { clientId } = oidc.client;
      const { accountId } = oidc.session;
      const grant = new oidc.provider.Grant({ clientId, accountId });
      grant.addOIDCScope("openid profile email groups");
      await grant.save();
      return grant;
    },
  });
  let logins = 0;
  const callback = provider.callback();
  handle = (request, response) => {
    if (!request.url?.startsWith("/interaction/")) return callback(request, response);
    logins += 1;
    const login = { accountId: request.headers["x-user"] };
    void provider.interactionFinished(request, response, { login });
  };
  // deno-lint-ignore no-explicit-any -- the package has no types
  provider.on("authorization.success", ({ oidc: { session, client } }: any) => {
    sids.set(session.accountId, session.sidFor(client.clientId));
  });
  // The provider says nothing of errors otherwise.
  provider.on("server_error", (_context: unknown, error: unknown) => console.error(error));

  return {
    issuer,
    logins: () => logins,
    async visit(url, claims) {
      users.set(claims.sub, claims);
      const cookies = new Map<string, string>();
      for (let next = new URL(url);;) {
        const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ");
        const response = await fetch(next, {
          redirect: "manual",
          headers: { cookie, "x-user": claims.sub },
        });
        await response.body?.cancel();
        for (const set of response.headers.getSetCookie()) {
          const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
          cookies.set(name, value);
        }
        const location = response.headers.get("location");
        if (location === null) throw new Error(`The provider answered with ${response.status}`);
        next = new URL(location, next);
        if (next.origin !== issuer) return next;
      }
    },
    async logOut(sub, everywhere = false) {
      const client = await provider.Client.find("hubbub");
      client.backchannelLogoutSessionRequired = !everywhere;
      await client.backchannelLogout(sub, sids.get(sub));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Makes a logout token that nobody signed. */
export function unsignedToken(payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part(payload)}.`;
}
