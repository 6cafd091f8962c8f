/**
 * Signing up, in and out; one's devices, password and passkeys.
 *
 * @module
 */
import { deleteCookie, getCookies, setCookie } from "@std/http/cookie";
import { STATUS_CODE } from "@std/http/status";
import { UserAgent } from "@std/http/user-agent";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import * as v from "valibot";
import type { Accounts, Entry, SignUp, Visitor } from "../accounts.ts";
import type { Passkeys, Site } from "../passkeys.ts";
import { isRefusal, problem } from "../problem.ts";
import type { Refusal } from "../protocol.ts";
import { passkeyLabel, passwordRequest, sessionRequest } from "../schemas/requests.ts";
import { DEVICE_LINK_MS, type Sessions, type SignedIn } from "../sessions.ts";
import type { Account } from "../store/store.ts";
import {
  type Context,
  isRefused,
  json,
  noContent,
  readBody,
  type Route,
  type SignedInContext,
} from "./route.ts";

/** What these routes need. */
export interface SessionRouteOptions {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly passkeys: Passkeys;
  /** What the server calls itself. */
  readonly name: string;
  readonly signUp: SignUp;
  /** Takes newcomers to the rooms where they belong. */
  readonly onEntered: (entry: Entry) => Promise<void>;
  /** Ends what stands on a session. */
  readonly onSignedOut: (account: Account, session: string) => void;
}

/** Browsers keep cookies for 400 days at most (RFC 6265bis section 5.5). */
const COOKIE_SECONDS = 400 * 24 * 60 * 60;

/** A credential as `PublicKeyCredential.toJSON()` writes it; the library checks what is in it. */
const credential = v.looseObject({
  id: v.string(),
  rawId: v.string(),
  response: v.looseObject({}),
});

/** The routes under `/api/session` and for what a person has. */
export function sessionRoutes(options: SessionRouteOptions): readonly Route[] {
  const { accounts, sessions, passkeys } = options;
  const site = ({ origin }: Context): Site => ({ name: options.name, origin });

  async function enter(context: Context, entry: Entry | Refusal): Promise<Response> {
    if (isRefusal(entry)) return problem(entry);
    await options.onEntered(entry);
    const { account: { name, role }, token, isNew } = entry;
    const status = isNew ? STATUS_CODE.Created : STATUS_CODE.OK;
    const response = json({ name, role, token }, status);
    setCookies(response.headers, context, entry);
    return response;
  }

  async function signIn(context: Context): Promise<Response> {
    const read = await readBody(context.request, sessionRequest);
    if (isRefused(read)) return problem(read.refused);
    return await enter(context, await accounts.signIn(read.body, visitor(context)));
  }

  async function signInByPasskey(context: Context): Promise<Response> {
    const read = await readBody(context.request, credential);
    if (isRefused(read)) return problem(read.refused);
    const response = read.body as unknown as AuthenticationResponseJSON;
    const account = await passkeys.check(response, site(context));
    if (account === null) return problem({ code: "wrong_password", message: WRONG_PASSKEY });
    return await enter(context, await accounts.admit(account, visitor(context)));
  }

  async function signOut({ url, who }: Context): Promise<Response> {
    const response = noContent();
    const secure = isSecure(url);
    deleteCookie(response.headers, sessionCookie(secure), { path: "/", secure });
    if (who === null) return response;
    await sessions.end(who.account, who.id);
    options.onSignedOut(who.account, who.session);
    return response;
  }

  async function endSession({ params, who }: SignedInContext): Promise<Response> {
    const session = await sessions.end(who.account, Number(params.id));
    if (session === null) return problem({ code: "not_found" });
    options.onSignedOut(who.account, session);
    return noContent();
  }

  async function setPassword(context: SignedInContext): Promise<Response> {
    const read = await readBody(context.request, passwordRequest);
    if (isRefused(read)) return problem(read.refused);
    const { who } = context;
    const refusal = await accounts.setPassword(who.account, read.body, visitor(context));
    if (refusal !== null) return problem(refusal);
    // Whoever changes a password may think that somebody else knows it.
    if (read.body.current !== undefined) await endOthers(who);
    return noContent();
  }

  /** Signs somebody out on every device but the one at hand. */
  async function endOthers({ account, id: own }: SignedIn): Promise<void> {
    for (const { id } of await sessions.list(account)) {
      const session = id === own ? null : await sessions.end(account, id);
      if (session !== null) options.onSignedOut(account, session);
    }
  }

  async function addPasskey(context: SignedInContext): Promise<Response> {
    const body = v.object({ label: passkeyLabel, credential });
    const read = await readBody(context.request, body);
    if (isRefused(read)) return problem(read.refused);
    const response = read.body.credential as unknown as RegistrationResponseJSON;
    const { account } = context.who;
    const label = read.body.label || deviceOf(context.request);
    const added = await passkeys.add(account, response, label, site(context));
    return added ? noContent() : problem({ code: "bad_request", message: WRONG_PASSKEY });
  }

  return [
    {
      method: "GET",
      path: "/api/server",
      for: "anybody",
      handle: ({ who }) =>
        json({
          name: options.name,
          sign_up: options.signUp,
          you: who === null ? null : { name: who.account.name, role: who.account.role },
        }),
    },
    {
      method: "GET",
      path: "/api/session",
      for: "people",
      handle: ({ who: { account } }) => json({ name: account.name, role: account.role }),
    },
    { method: "POST", path: "/api/session", for: "anybody", handle: signIn },
    { method: "DELETE", path: "/api/session", for: "anybody", handle: signOut },
    {
      method: "POST",
      path: "/api/session/passkey/options",
      for: "anybody",
      handle: async (context) => {
        const wait = passkeys.wait(context.address);
        if (wait > 0) return problem({ code: "rate_limited", retry_after: wait });
        return json(await passkeys.requestOptions(site(context)));
      },
    },
    { method: "POST", path: "/api/session/passkey", for: "anybody", handle: signInByPasskey },
    {
      method: "GET",
      path: "/api/sessions",
      for: "people",
      handle: async ({ who }) => json({ sessions: await listSessions(sessions, who) }),
    },
    { method: "DELETE", path: "/api/sessions/{id}", for: "people", handle: endSession },
    {
      method: "POST",
      path: "/api/devices",
      for: "people",
      handle: async ({ who }) =>
        json({ token: await sessions.offerDevice(who), expires_in: DEVICE_LINK_MS }, 201),
    },
    { method: "PUT", path: "/api/password", for: "people", handle: setPassword },
    {
      method: "GET",
      path: "/api/passkeys",
      for: "people",
      handle: async ({ who }) => json({ passkeys: await listPasskeys(passkeys, who) }),
    },
    {
      method: "POST",
      path: "/api/passkeys/options",
      for: "people",
      handle: async (context) => {
        const made = await passkeys.creationOptions(context.who.account, site(context));
        return made === null ? problem({ code: "forbidden", message: ENOUGH }) : json(made);
      },
    },
    { method: "POST", path: "/api/passkeys", for: "people", handle: addPasskey },
    {
      method: "DELETE",
      path: "/api/passkeys/{id}",
      for: "people",
      handle: async ({ who, params }) => {
        const removed = await passkeys.remove(who.account, params.id ?? "");
        return removed ? noContent() : problem({ code: "not_found" });
      },
    },
  ];
}

const WRONG_PASSKEY = "This passkey does not fit.";
const ENOUGH = "You have as many passkeys as there can be: remove one first.";

/** Who a request comes from, by cookie or bearer token. */
export async function authenticate(
  sessions: Sessions,
  request: Request,
  url: URL,
): Promise<SignedIn | null> {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  const token = bearer ?? getCookies(request.headers)[sessionCookie(isSecure(url))];
  return token === undefined ? null : await sessions.authenticate(token);
}

/** Under HTTPS the prefix keeps other hosts of the domain from setting it (RFC 6265bis 4.1.3.2). */
function sessionCookie(secure: boolean): string {
  return secure ? "__Host-hubbub_session" : "hubbub_session";
}

function deviceCookie(secure: boolean): string {
  return secure ? "__Host-hubbub_device" : "hubbub_device";
}

function setCookies(headers: Headers, { url }: Context, { token, device }: Entry): void {
  const secure = isSecure(url);
  const rest = {
    path: "/",
    secure,
    httpOnly: true,
    sameSite: "Lax",
    maxAge: COOKIE_SECONDS,
  } as const;
  setCookie(headers, { name: sessionCookie(secure), value: token, ...rest });
  setCookie(headers, { name: deviceCookie(secure), value: device, ...rest });
}

function isSecure(url: URL): boolean {
  return url.protocol === "https:";
}

function visitor({ request, url, address, who }: Context): Visitor {
  const device = getCookies(request.headers)[deviceCookie(isSecure(url))];
  return { address, who, device, label: deviceOf(request) };
}

/** Characters of `User-Agent` that are looked at. */
const MAX_AGENT = 512;

/** A device in words: "Firefox on Linux". */
function deviceOf(request: Request): string {
  // Browsers are brief. Looking for their names in a long text can take long.
  const agent = request.headers.get("user-agent")?.slice(0, MAX_AGENT) ?? null;
  const { browser, os } = new UserAgent(agent);
  return [browser.name ?? "A program", os.name].filter((part) => part).join(" on ").slice(0, 64);
}

async function listSessions(sessions: Sessions, who: SignedIn) {
  const records = await sessions.list(who.account);
  return records.map(({ id, label, createdAt, seenAt }) => ({
    id,
    label,
    created_at: createdAt,
    seen_at: seenAt,
    current: id === who.id,
  }));
}

async function listPasskeys(passkeys: Passkeys, who: SignedIn) {
  const records = await passkeys.list(who.account);
  return records.map(({ id, label, createdAt }) => ({ id, label, created_at: createdAt }));
}
