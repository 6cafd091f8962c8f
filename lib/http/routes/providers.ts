/**
 * The routes of OpenID providers: a browser visits one and comes back, and a provider ends sessions.
 *
 * @module
 */
import { STATUS_CODE } from "@std/http/status";
import * as v from "valibot";
import type { SignInOutcome } from "../../auth/accounts.ts";
import type { OpenIdProvider } from "../../auth/openid.ts";
import { type ProviderSignIn, PURPOSES } from "../../auth/provider_sign_in.ts";
import { isRefusal } from "../../protocol/errors.ts";
import type { ProviderList, ProviderVisit } from "../../protocol/responses.ts";
import { type BodyChunks, readAll } from "../../util/request_body.ts";
import type { Clock } from "../../util/clock.ts";
import { deleteVisitCookie, setSignInCookies, setVisitCookie, visitState } from "../cookies.ts";
import { problem } from "../problem.ts";
import { callerOf } from "./caller.ts";
import {
  json,
  noContent,
  type Route,
  type RouteContext,
  type SignedInContext,
  takes,
} from "./route.ts";

/** The dependencies of `providerRoutes`. */
export interface ProviderRouteOptions {
  readonly signIn: ProviderSignIn;
  readonly clock: Clock;
  /** Called after every sign-in: joins a new user to the first rooms. */
  readonly onEntered: (result: SignInOutcome) => Promise<void>;
}

/** The body of `POST /api/providers/{provider}/visits`. */
const visitRequest = v.object({
  purpose: v.picklist(PURPOSES),
  /** Comes back with the user. */
  invite: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,128}$/))),
});

/** Bytes of a logout token at most. */
const MAX_LOGOUT_BYTES = 65_536;

/** Returns the routes under `/api/providers`. */
export function providerRoutes(options: ProviderRouteOptions): readonly Route[] {
  const { signIn } = options;

  async function visit(
    context: RouteContext,
    body: v.InferOutput<typeof visitRequest>,
  ): Promise<Response> {
    const provider = providerOf(context);
    if (provider === null) return problem({ code: "not_found" });
    const begun = await signIn.begin(provider, body, callerOf(context), redirectUri(context));
    if (isRefusal(begun)) return problem(begun);
    const response = json<ProviderVisit>({ url: begun.url.href }, STATUS_CODE.Created);
    setVisitCookie(response.headers, context.url, begun.state);
    return response;
  }

  /** The browser comes back. A page shows what went wrong: nothing here is for a program. */
  async function comeBack(context: RouteContext): Promise<Response> {
    const { headers, url } = context;
    const provider = providerOf(context);
    if (provider === null) return problem({ code: "not_found" });
    const state = visitState(headers, url);
    const caller = callerOf(context);
    const end = await signIn.finish(provider, state, url, caller, redirectUri(context));
    const { outcome = null, invite = null } = isRefusal(end) ? {} : end;
    const hash = isRefusal(end)
      ? `#refused=${end.code}`
      : invite === null
      ? ""
      : `#invite=${invite}`;
    const response = new Response(null, {
      status: 303,
      headers: { location: `/${hash}`, "cache-control": "no-store" },
    });
    deleteVisitCookie(response.headers, url);
    if (outcome === null) return response;
    await options.onEntered(outcome);
    setSignInCookies(response.headers, url, outcome);
    return response;
  }

  /** OpenID Connect Back-Channel Logout 1.0, section 2.5: the token comes as a form. */
  async function logOut(context: RouteContext, body: BodyChunks): Promise<Response> {
    const provider = providerOf(context);
    if (provider === null) return problem({ code: "not_found" });
    const bytes = await readAll(body, MAX_LOGOUT_BYTES, options.clock);
    if (isRefusal(bytes)) return problem(bytes);
    const token = new URLSearchParams(await bytes.text()).get("logout_token");
    const valid = token !== null && await signIn.logOut(provider, token);
    return valid ? noContent() : problem({ code: "bad_request" });
  }

  async function list({ identity }: SignedInContext): Promise<Response> {
    const linked = await signIn.linkedTo(identity.account);
    return json<ProviderList>({
      providers: signIn.providers.map((one) => ({
        id: one.settings.id,
        name: one.settings.name,
        linked: linked.includes(one),
      })),
    });
  }

  async function unlink(context: SignedInContext): Promise<Response> {
    const provider = providerOf(context);
    if (provider === null) return problem({ code: "not_found" });
    const refusal = await signIn.unlink(context.identity, provider);
    return refusal === null ? noContent() : problem(refusal);
  }

  function providerOf({ params }: RouteContext): OpenIdProvider | null {
    return signIn.byId(params.provider ?? "");
  }

  return [
    {
      method: "GET",
      path: "/api/providers",
      about: "The OpenID providers of the server, and which of them the user is linked to",
      answers: { 200: "ProviderList" },
      access: "people",
      handle: list,
    },
    {
      method: "POST",
      path: "/api/providers/{provider}/visits",
      about: "Begin a visit to an OpenID provider: send the browser to the address in the answer",
      answers: { 201: "ProviderVisit" },
      refuses: ["confirm_first", "not_found", "provider_failed", "unauthorized"],
      access: "sign_in",
      ...takes(visitRequest, visit),
    },
    {
      method: "GET",
      path: "/api/providers/{provider}/callback",
      about: "Where an OpenID provider sends the browser back to",
      answers: { 303: null },
      refuses: ["not_found"],
      access: "sign_in",
      handle: comeBack,
    },
    {
      method: "POST",
      path: "/api/providers/{provider}/logout",
      about: "An OpenID provider ends sessions (back-channel logout)",
      answers: { 204: null },
      refuses: ["bad_request", "not_found", "too_long", "too_slow"],
      access: "public",
      body: "stream",
      handle: logOut,
    },
    {
      method: "DELETE",
      path: "/api/providers/{provider}",
      about: "Unlink the user from an OpenID provider",
      answers: { 204: null },
      refuses: ["forbidden", "not_found"],
      access: "people",
      handle: unlink,
    },
  ];
}

/** Where the provider sends the browser back to: it has to know this address. */
function redirectUri({ origin, params }: RouteContext): string {
  return `${origin}/api/providers/${params.provider}/callback`;
}
