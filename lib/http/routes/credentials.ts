/**
 * The routes that set passwords, add and remove passkeys, and confirm a session by one of them.
 *
 * @module
 */
import type { ServerProfile } from "../../chat/server_profile.ts";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import * as v from "valibot";
import type { Accounts } from "../../auth/accounts.ts";
import type { Passkeys, Site } from "../../auth/passkeys.ts";
import type { Identity, Sessions } from "../../auth/sessions.ts";
import { isRefusal } from "../../protocol/errors.ts";
import type { PasskeyList, PasswordResult, WebAuthnOptions } from "../../protocol/responses.ts";
import { passkeyLabel, password, passwordRequest } from "../../protocol/schemas/requests.ts";
import { setSessionCookie } from "../cookies.ts";
import { problem } from "../problem.ts";
import { callerOf, deviceLabel } from "./caller.ts";
import {
  json,
  noContent,
  type Route,
  type RouteContext,
  type SignedInContext,
  takes,
} from "./route.ts";

/** The dependencies of `credentialRoutes`. */
export interface CredentialRouteOptions {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly passkeys: Passkeys;
  /** The server's name. */
  readonly server: Pick<ServerProfile, "name">;
}

/** A credential in the form of `PublicKeyCredential.toJSON()`; the library checks its content. */
export const passkeyCredential = v.looseObject({
  id: v.string(),
  rawId: v.string(),
  response: v.looseObject({}),
});

const passkeyRequest = v.object({ label: passkeyLabel, credential: passkeyCredential });

/** The body of `POST /api/session/confirm`: the password, or a passkey that was used just now. */
const confirmRequest = v.union([
  v.object({ password }),
  v.object({ credential: passkeyCredential }),
]);

/** The message of a refusal because of a passkey that is not valid. */
export const INVALID_PASSKEY = "This passkey is not valid.";
const TOO_MANY_PASSKEYS = "You have the maximum number of passkeys: remove one first.";

type Handler = (context: SignedInContext) => Promise<Response>;

/** Wraps a handler: it runs only if the user has confirmed their identity a moment ago. */
export function ifConfirmed(accounts: Accounts, handle: Handler): Handler {
  return async (context) => {
    const refusal = await accounts.credentials.refusesUnconfirmed(context.identity);
    return refusal === null ? await handle(context) : problem(refusal);
  };
}

/** Returns the routes for the password and the passkeys of a user. */
export function credentialRoutes(options: CredentialRouteOptions): readonly Route[] {
  return [...passwordRoutes(options), ...passkeyRoutes(options)];
}

function passwordRoutes(options: CredentialRouteOptions): readonly Route[] {
  const { accounts, sessions, passkeys } = options;

  async function setPassword(
    context: SignedInContext,
    body: v.InferOutput<typeof passwordRequest>,
  ): Promise<Response> {
    const { identity, authorize, headers, url } = context;
    const caller = callerOf(context);
    const set = await accounts.credentials.setPassword(identity, body, caller, authorize);
    if (isRefusal(set)) return problem(set);
    const response = set.passkeys.length === 0
      ? noContent()
      : json<PasswordResult>({ removed_passkeys: set.passkeys });
    // A program that authenticates by a bearer token would not notice a new one in a cookie.
    if (set.changed && !headers.has("authorization")) {
      const token = await sessions.renew(identity);
      if (token !== null) setSessionCookie(response.headers, url, token);
    }
    return response;
  }

  /** Confirms the session by the password or a passkey. */
  async function confirm(
    context: SignedInContext,
    body: v.InferOutput<typeof confirmRequest>,
  ): Promise<Response> {
    const { identity } = context;
    if ("password" in body) {
      const caller = callerOf(context);
      const refusal = await accounts.credentials.confirm(identity, body.password, caller);
      return refusal === null ? noContent() : problem(refusal);
    }
    const credential = body.credential as unknown as AuthenticationResponseJSON;
    const account = await passkeys.check(credential, siteOf(options, context));
    if (account?.id !== identity.account.id) {
      return problem({ code: "wrong_password", message: INVALID_PASSKEY });
    }
    await sessions.confirm(identity, credential.id);
    return noContent();
  }

  return [
    {
      method: "PUT",
      path: "/api/password",
      about: "Set or change the password",
      answers: { 200: "PasswordResult", 204: null },
      refuses: ["confirm_first", "wrong_password"],
      access: "people",
      ...takes(passwordRequest, setPassword),
    },
    {
      method: "POST",
      path: "/api/session/confirm",
      about: "Prove again who the user is",
      answers: { 204: null },
      refuses: ["wrong_password"],
      access: "people",
      ...takes(confirmRequest, confirm),
    },
  ];
}

function passkeyRoutes(options: CredentialRouteOptions): readonly Route[] {
  const { accounts, passkeys } = options;

  async function creationOptions(context: SignedInContext): Promise<Response> {
    const { account } = context.identity;
    const made = await passkeys.creationOptions(account, siteOf(options, context));
    return made === null
      ? problem({ code: "forbidden", message: TOO_MANY_PASSKEYS })
      : json<WebAuthnOptions>({ ...made });
  }

  async function add(
    context: SignedInContext,
    body: v.InferOutput<typeof passkeyRequest>,
  ): Promise<Response> {
    const { identity, headers, authorize } = context;
    const refusal = await accounts.credentials.refusesUnconfirmed(identity);
    if (refusal !== null) return problem(refusal);
    const credential = body.credential as unknown as RegistrationResponseJSON;
    const label = body.label || deviceLabel(headers);
    const site = siteOf(options, context);
    const added = await passkeys.add(identity, credential, label, site, authorize);
    if (added === true) return noContent();
    return problem(added === false ? { code: "bad_request", message: INVALID_PASSKEY } : added);
  }

  async function remove({ identity, params }: SignedInContext): Promise<Response> {
    const removed = await passkeys.remove(identity.account, params.id ?? "");
    return removed ? noContent() : problem({ code: "not_found" });
  }

  return [
    {
      method: "GET",
      path: "/api/passkeys",
      about: "The passkeys of the user",
      answers: { 200: "PasskeyList" },
      access: "people",
      handle: async ({ identity }) =>
        json<PasskeyList>({ passkeys: await listPasskeys(passkeys, identity) }),
    },
    {
      method: "POST",
      path: "/api/passkeys/options",
      about: "Options for creating a passkey",
      answers: { 200: "WebAuthnOptions" },
      refuses: ["confirm_first"],
      access: "people",
      handle: ifConfirmed(accounts, creationOptions),
    },
    {
      method: "POST",
      path: "/api/passkeys",
      about: "Add a passkey",
      answers: { 204: null },
      refuses: ["confirm_first"],
      access: "people",
      ...takes(passkeyRequest, add),
    },
    {
      method: "DELETE",
      path: "/api/passkeys/{id}",
      about: "Remove a passkey",
      answers: { 204: null },
      refuses: ["confirm_first", "not_found"],
      access: "people",
      handle: ifConfirmed(accounts, remove),
    },
  ];
}

function siteOf({ server }: CredentialRouteOptions, { origin }: RouteContext): Site {
  return { name: server.name, origin };
}

async function listPasskeys(passkeys: Passkeys, { account }: Identity) {
  const records = await passkeys.list(account);
  return records.map(({ id, label, createdAt }) => ({ id, label, created_at: createdAt }));
}
