/**
 * The client of an OpenID provider: OpenID Connect Core 1.0 with the authorization code flow and PKCE
 * (RFC 7636), discovery, and back-channel logout. `oauth4webapi` does the protocol and `jose` checks
 * the signatures; this module says what Hubbub asks for, and what it believes.
 *
 * @module
 */
import { createRemoteJWKSet, jwtVerify, type JWTVerifyGetKey } from "jose";
import * as oauth from "oauth4webapi";
import * as v from "valibot";
import type { Role } from "../protocol/frames.ts";
import { personName } from "../protocol/schemas/fields.ts";
import { isLoopbackName } from "../protocol/loopback.ts";
import type { Clock } from "../util/clock.ts";

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(2_000));

/** The issuer identifier: https, or http on this machine. */
const issuer = v.pipe(
  text,
  v.check((value) => {
    const url = URL.parse(value);
    if (url === null || url.search !== "" || url.hash !== "") return false;
    return url.protocol === "https:" || url.protocol === "http:" && isLoopbackName(url);
  }, "an https address without ? and #"),
);

/** One provider, as the operator configures it. */
export const providerSettings = v.strictObject({
  /** Part of the addresses of the provider here, such as `company`. */
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,32}$/)),
  /** What the sign-in page calls it. */
  name: v.pipe(text, v.maxLength(64)),
  issuer,
  client_id: text,
  /** Without one the client is public. */
  client_secret: v.optional(text),
  /** What to ask for beside `openid`. */
  scope: v.optional(v.pipe(v.string(), v.maxLength(500)), "profile"),
  /** Whether users of the provider who have no account yet get one. */
  sign_up: v.optional(v.boolean(), true),
  /** The claim whose values decide about the role and the groups: a text or a list of texts. */
  claim: v.optional(text, "groups"),
  /** The roles of those values. A user without any of them is a member. */
  roles: v.optional(v.record(text, v.picklist(["owner", "moderator", "member"]))),
  /** The groups of those values. Who is in them is decided at each sign-in there. */
  groups: v.optional(v.record(text, personName)),
});

/** One provider, as the operator configures it. */
export type ProviderSettings = v.InferOutput<typeof providerSettings>;

/** A visit to a provider: what must come back, and what proves that it is the same browser's. */
export interface Visit {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** What a provider says about a user. */
export interface ProviderUser {
  readonly issuer: string;
  readonly subject: string;
  /** The session there, if it has an id. */
  readonly sid: string | null;
  /** What the user may be called, the best name first. */
  readonly names: readonly string[];
  /** The role that the provider gives the user; `null` if roles are given here. */
  readonly role: Role | null;
  /** The groups about which the provider decides, by name, and whether the user is in each. */
  readonly groups: ReadonlyMap<string, boolean>;
}

/** How long a provider may take to answer, in ms. */
const TIMEOUT_MS = 10_000;

/** How long what a provider says about itself is believed, in ms. */
const DISCOVERY_MS = 3_600_000;

/** The event of a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4). */
const LOGOUT = "http://schemas.openid.net/event/backchannel-logout";

/** How old a logout token may be. */
const LOGOUT_TOKEN_AGE = "10 minutes";

const STRONGEST_FIRST = ["owner", "moderator", "member"] as const;

interface Discovered {
  readonly server: oauth.AuthorizationServer;
  readonly keys: JWTVerifyGetKey;
  readonly at: number;
}

/** An OpenID provider. Its methods reject when it cannot be reached or says something invalid. */
export class OpenIdProvider {
  readonly settings: ProviderSettings;
  readonly #clock: Clock;
  readonly #client: oauth.Client;
  #discovered: Promise<Discovered> | undefined;

  constructor(settings: ProviderSettings, clock: Clock) {
    this.settings = settings;
    this.#clock = clock;
    this.#client = { client_id: settings.client_id };
  }

  /**
   * Begins a visit.
   *
   * @param redirectUri Where the provider sends the browser back to.
   * @param again Whether the user has to prove their identity there again.
   * @returns The address at the provider that the browser is sent to.
   */
  async begin(redirectUri: string, again: boolean): Promise<Visit & { readonly url: URL }> {
    const { server } = await this.#discover();
    if (server.authorization_endpoint === undefined) {
      throw new Error("The provider has no authorization endpoint");
    }
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    const verifier = oauth.generateRandomCodeVerifier();
    const url = new URL(server.authorization_endpoint);
    const parameters = {
      client_id: this.settings.client_id,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: `openid ${this.settings.scope}`.trim(),
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...{ state, nonce },
      ...(again ? { prompt: "login", max_age: "0" } : {}),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { url, state, nonce, verifier };
  }

  /**
   * Ends a visit: redeems the code, and checks the ID token (OpenID Connect Core section 3.1.3.7).
   *
   * @param returned The address with which the browser came back.
   * @param withinSeconds How long ago the user may have proved their identity there; as long as the
   * provider likes if omitted.
   */
  async finish(
    returned: URL,
    { state, nonce, verifier }: Visit,
    redirectUri: string,
    withinSeconds?: number,
  ): Promise<ProviderUser> {
    const { server } = await this.#discover();
    const parameters = oauth.validateAuthResponse(server, this.#client, returned, state);
    const { client_secret: secret } = this.settings;
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      this.#client,
      secret === undefined ? oauth.None() : authentication(server, secret),
      parameters,
      redirectUri,
      verifier,
      this.#options(),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, this.#client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
      ...(withinSeconds === undefined ? {} : { maxAge: withinSeconds }),
    });
    await oauth.validateApplicationLevelSignature(server, response, this.#options());
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (claims === undefined) throw new Error("The provider gave no ID token");
    const more = server.userinfo_endpoint === undefined ? {} : await oauth.processUserInfoResponse(
      server,
      this.#client,
      claims.sub,
      await oauth.userInfoRequest(server, this.#client, tokens.access_token, this.#options()),
    );
    return this.#user(claims, { ...claims, ...more });
  }

  /**
   * Reads a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6).
   *
   * @returns Whose sessions end.
   */
  async readLogout(
    token: string,
  ): Promise<{ readonly sid: string } | { readonly subject: string }> {
    const { server, keys } = await this.#discover();
    const { payload } = await jwtVerify(token, keys, {
      issuer: server.issuer,
      audience: this.settings.client_id,
      requiredClaims: ["iat", "jti", "events"],
      maxTokenAge: LOGOUT_TOKEN_AGE,
      clockTolerance: 30,
    });
    const { events, sid, sub, nonce } = payload;
    const isLogout = typeof events === "object" && events !== null && Object.hasOwn(events, LOGOUT);
    if (!isLogout || nonce !== undefined) throw new Error("This is not a logout token");
    if (typeof sid === "string" && sid !== "") return { sid };
    if (sub === undefined) throw new Error("A logout token names a session or a subject");
    return { subject: sub };
  }

  #user(idToken: oauth.IDToken, claims: oauth.JsonObject): ProviderUser {
    const { iss: issuer, sub: subject } = idToken;
    const { preferred_username, nickname, name, email } = claims;
    const local = typeof email === "string" ? email.split("@")[0] : undefined;
    const names = [name, preferred_username, nickname, local];
    return {
      ...{ issuer, subject },
      sid: typeof idToken.sid === "string" ? idToken.sid : null,
      names: names.filter((one) => typeof one === "string"),
      role: this.#roleOf(claims),
      groups: this.#groupsOf(claims),
    };
  }

  #roleOf(claims: oauth.JsonObject): Role | null {
    const { roles } = this.settings;
    if (roles === undefined) return null;
    const values = this.#valuesOf(claims);
    const given = new Set(
      values.map((value) =>
        typeof value === "string" && Object.hasOwn(roles, value) ? roles[value] : undefined
      ),
    );
    return STRONGEST_FIRST.find((role) => given.has(role)) ?? "member";
  }

  #groupsOf(claims: oauth.JsonObject): ReadonlyMap<string, boolean> {
    const values = new Set(this.#valuesOf(claims));
    const groups = new Map<string, boolean>();
    // Several values can stand for one group.
    for (const [value, group] of Object.entries(this.settings.groups ?? {})) {
      groups.set(group, values.has(value) || groups.get(group) === true);
    }
    return groups;
  }

  #valuesOf(claims: oauth.JsonObject): readonly unknown[] {
    return [claims[this.settings.claim] ?? []].flat();
  }

  async #discover(): Promise<Discovered> {
    const known = await this.#discovered?.catch(() => undefined);
    if (known !== undefined && this.#clock.elapsed() - known.at < DISCOVERY_MS) return known;
    this.#discovered = this.#readDiscovery();
    return await this.#discovered;
  }

  async #readDiscovery(): Promise<Discovered> {
    const at = this.#clock.elapsed();
    const issuer = new URL(this.settings.issuer);
    const options = { ...this.#options(), algorithm: "oidc" } as const;
    const response = await oauth.discoveryRequest(issuer, options);
    const server = await oauth.processDiscoveryResponse(issuer, response);
    if (server.jwks_uri === undefined) throw new Error("The provider publishes no keys");
    const keys = createRemoteJWKSet(new URL(server.jwks_uri), { timeoutDuration: TIMEOUT_MS });
    return { server, keys, at };
  }

  #options() {
    return {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      // Only on this machine: the settings accept no other issuer without TLS.
      [oauth.allowInsecureRequests]: this.settings.issuer.startsWith("http:"),
    };
  }
}

/** How the client authenticates: by `Authorization`, if the provider does not say otherwise. */
function authentication(server: oauth.AuthorizationServer, secret: string): oauth.ClientAuth {
  const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return methods.includes("client_secret_basic")
    ? oauth.ClientSecretBasic(secret)
    : oauth.ClientSecretPost(secret);
}
