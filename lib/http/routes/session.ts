/**
 * The routes that sign users up, in and out, and that list and end their sessions.
 *
 * @module
 */
import { STATUS_CODE } from "@std/http/status";
import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import * as v from "valibot";
import type { Accounts, SignInOutcome, SignUp } from "../../auth/accounts.ts";
import type { Passkeys } from "../../auth/passkeys.ts";
import {
  DEVICE_LINK_MS,
  type Identity,
  type Sessions,
  SOCKET_TICKET_MS,
} from "../../auth/sessions.ts";
import { isRefusal, type Refusal } from "../../protocol/errors.ts";
import type {
  DeviceLink,
  InvitePreview,
  ProviderTag,
  ServerInfo,
  SessionList,
  SessionToken,
  SignedIn,
  SocketTicket,
  WebAuthnOptions,
  You,
} from "../../protocol/responses.ts";
import { invitePreviewRequest, sessionRequest } from "../../protocol/schemas/requests.ts";
import type { ServerProfile } from "../../chat/server_profile.ts";
import type { Account } from "../../store/records.ts";
import { deleteSessionCookie, setSessionCookie, setSignInCookies } from "../cookies.ts";
import { problem } from "../problem.ts";
import { callerOf } from "./caller.ts";
import {
  credentialRoutes,
  ifConfirmed,
  INVALID_PASSKEY,
  passkeyCredential,
} from "./credentials.ts";
import {
  json,
  noContent,
  type Route,
  type RouteContext,
  type SignedInContext,
  takes,
} from "./route.ts";

/** The dependencies of `sessionRoutes`. */
export interface SessionRouteOptions {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly passkeys: Passkeys;
  /** The server's name. */
  readonly server: Pick<ServerProfile, "name" | "tag">;
  readonly signUp: SignUp;
  readonly providers: readonly ProviderTag[];
  /** Called after every sign-in: joins a new user to the first rooms. */
  readonly onEntered: (result: SignInOutcome) => Promise<void>;
  /** Called with a session that was ended: its connections must end. */
  readonly onSignedOut: (account: Account, session: string) => void;
}

/** Returns the routes under `/api/session`, and those for the sessions and credentials of a user. */
export function sessionRoutes(options: SessionRouteOptions): readonly Route[] {
  return [
    serverRoute(options),
    ...deviceRoutes(options),
    ...signInRoutes(options),
    ...signOutRoutes(options),
    ...credentialRoutes(options),
  ];
}

/** Returns the route with which the page begins: the server, and the user if there is a session. */
function serverRoute({ server, signUp, providers, accounts }: SessionRouteOptions): Route {
  return {
    method: "GET",
    path: "/api/server",
    about: "What a page needs before anyone has signed in",
    answers: { 200: "ServerInfo" },
    access: "public",
    handle: ({ identity }) =>
      json<ServerInfo>({
        name: server.name,
        ...(server.tag.icon === undefined ? {} : { icon: server.tag.icon }),
        sign_up: signUp,
        sign_in: accounts.onlyProviders ? "providers" : "any",
        providers,
        you: identity === null ? null : wireUser(identity.account),
      }),
  };
}

function signInRoutes(options: SessionRouteOptions): readonly Route[] {
  const { accounts, passkeys } = options;

  async function respond(
    context: RouteContext,
    result: SignInOutcome | Refusal,
  ): Promise<Response> {
    if (isRefusal(result)) return problem(result);
    await options.onEntered(result);
    const { account, token, isNew } = result;
    const status = isNew ? STATUS_CODE.Created : STATUS_CODE.OK;
    const response = json<SignedIn>({ ...wireUser(account), token }, status);
    setSignInCookies(response.headers, context.url, result);
    return response;
  }

  async function signIn(
    context: RouteContext,
    body: v.InferOutput<typeof sessionRequest>,
  ): Promise<Response> {
    return await respond(context, await accounts.signIn(body, callerOf(context)));
  }

  async function previewInvite(
    context: RouteContext,
    { invite: secret }: v.InferOutput<typeof invitePreviewRequest>,
  ): Promise<Response> {
    const found = await accounts.previewInvite(secret, context);
    if (isRefusal(found)) return problem(found);
    const { invite, room } = found;
    return json<InvitePreview>({
      by: invite.creator?.name ?? null,
      ...(room === null ? {} : { room }),
      ...(invite.role === "owner" ? { owner: true as const } : {}),
    });
  }

  async function passkeyOptions({ address, origin }: RouteContext): Promise<Response> {
    const wait = passkeys.wait(address);
    if (wait > 0) return problem({ code: "rate_limited", retry_after: wait });
    return json<WebAuthnOptions>({
      ...await passkeys.requestOptions({ name: options.server.name, origin }),
    });
  }

  async function signInByPasskey(
    context: RouteContext,
    body: v.InferOutput<typeof passkeyCredential>,
  ): Promise<Response> {
    if (accounts.onlyProviders) return problem({ code: "provider_only" });
    const credential = body as unknown as AuthenticationResponseJSON;
    const { origin } = context;
    const account = await passkeys.check(credential, { name: options.server.name, origin });
    if (account === null) return problem({ code: "wrong_password", message: INVALID_PASSKEY });
    const proof = { passkey: credential.id };
    return await respond(context, await accounts.admit(account, callerOf(context), { proof }));
  }

  return [
    {
      method: "POST",
      path: "/api/session",
      about: "Sign up, sign in, or take over what another device handed over",
      answers: { 200: "SignedIn", 201: "SignedIn" },
      refuses: [
        ...["banned", "bad_invite", "deactivated", "invite_only", "limit_reached"] as const,
        ...["name_reserved", "name_taken", "no_such_user", "provider_only"] as const,
        ...["unauthorized", "wrong_password"] as const,
      ],
      access: "sign_in",
      ...takes(sessionRequest, signIn),
    },
    {
      method: "POST",
      path: "/api/session/invite",
      about: "Who made an invitation and where it leads, for its holder",
      answers: { 200: "InvitePreview" },
      refuses: ["bad_invite"],
      access: "sign_in",
      ...takes(invitePreviewRequest, previewInvite),
    },
    {
      method: "POST",
      path: "/api/session/passkey/options",
      about: "Options for signing in with a passkey",
      answers: { 200: "WebAuthnOptions" },
      access: "sign_in",
      handle: passkeyOptions,
    },
    {
      method: "POST",
      path: "/api/session/passkey",
      about: "Sign in with a passkey",
      answers: { 200: "SignedIn" },
      refuses: ["banned", "deactivated", "provider_only", "wrong_password"],
      access: "sign_in",
      ...takes(passkeyCredential, signInByPasskey),
    },
  ];
}

function signOutRoutes({ sessions, onSignedOut }: SessionRouteOptions): readonly Route[] {
  async function signOut({ url, identity }: RouteContext): Promise<Response> {
    const response = noContent();
    deleteSessionCookie(response.headers, url);
    if (identity === null) return response;
    await sessions.end(identity.account, identity.id);
    onSignedOut(identity.account, identity.session);
    return response;
  }

  async function endSession({ params, identity }: SignedInContext): Promise<Response> {
    const session = await sessions.end(identity.account, Number(params.id));
    if (session === null) return problem({ code: "not_found" });
    onSignedOut(identity.account, session);
    return noContent();
  }

  return [
    {
      method: "DELETE",
      path: "/api/session",
      about: "Sign out",
      answers: { 204: null },
      access: "public",
      handle: signOut,
    },
    {
      method: "DELETE",
      path: "/api/sessions/{id}",
      about: "End a session of the user",
      answers: { 204: null },
      refuses: ["not_found"],
      access: "people",
      handle: endSession,
    },
  ];
}

/** Returns the routes for the session of the sender, all sessions of the user, and device links. */
function deviceRoutes({ accounts, sessions }: SessionRouteOptions): readonly Route[] {
  /** Renews the token: a stolen copy of the old one must not gain a role that was raised. */
  async function renew({ identity, url }: SignedInContext): Promise<Response> {
    const token = await sessions.renew(identity);
    if (token === null) return problem({ code: "unauthorized" });
    const response = json<SessionToken>({ token });
    setSessionCookie(response.headers, url, token);
    return response;
  }

  async function createDeviceLink({ identity }: SignedInContext): Promise<Response> {
    const token = await sessions.createDeviceLink(identity);
    return json<DeviceLink>({ token, expires_in: DEVICE_LINK_MS }, STATUS_CODE.Created);
  }

  async function createTicket({ identity }: SignedInContext): Promise<Response> {
    const ticket = await sessions.createSocketTicket(identity);
    return json<SocketTicket>({ ticket, expires_in: SOCKET_TICKET_MS }, STATUS_CODE.Created);
  }

  return [
    {
      method: "POST",
      path: "/api/tickets",
      about: "A ticket that opens one WebSocket",
      answers: { 201: "SocketTicket" },
      access: "accounts",
      handle: createTicket,
    },
    {
      method: "GET",
      path: "/api/session",
      about: "The user of the session",
      answers: { 200: "You" },
      access: "accounts",
      handle: ({ identity }) => json<You>(wireUser(identity.account)),
    },
    {
      method: "POST",
      path: "/api/session/renew",
      about: "Another token for the session",
      answers: { 200: "SessionToken" },
      access: "people",
      handle: renew,
    },
    {
      method: "GET",
      path: "/api/sessions",
      about: "The sessions of the user",
      answers: { 200: "SessionList" },
      access: "people",
      handle: async ({ identity }) =>
        json<SessionList>({ sessions: await listSessions(sessions, identity) }),
    },
    {
      method: "POST",
      path: "/api/devices",
      about: "A link with which another device of the user signs in",
      answers: { 201: "DeviceLink" },
      refuses: ["confirm_first"],
      access: "people",
      handle: ifConfirmed(accounts, createDeviceLink),
    },
  ];
}

function wireUser({ publicId: id, name, role }: Account) {
  return { id, name, role };
}

async function listSessions(sessions: Sessions, identity: Identity) {
  const records = await sessions.list(identity.account);
  return records.map(({ id, label, createdAt, seenAt }) => ({
    id,
    label,
    created_at: createdAt,
    seen_at: seenAt,
    current: id === identity.id,
  }));
}
