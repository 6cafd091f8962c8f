/**
 * Dispatches requests to routes: reads the body, then authenticates and authorizes the sender, then
 * calls the handler of the route. A sender who was banned, demoted or signed out while the body
 * arrived is refused.
 *
 * @module
 */
import * as v from "valibot";
import type { Accounts } from "../../auth/accounts.ts";
import { isMediaType, noBytes, readAll } from "../../util/request_body.ts";
import type { Clock } from "../../util/clock.ts";
import { isOpen, type OpenAccess, refusesRoute } from "../../auth/permissions.ts";
import { problem } from "../problem.ts";
import { isRefusal, type Refusal } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Identity, Sessions } from "../../auth/sessions.ts";
import type { Account } from "../../store/records.ts";
import type { Route, RouteContext } from "./route.ts";
import { authenticate } from "../cookies.ts";

/** The dependencies of `dispatch`. */
export interface DispatchOptions {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** Counts a request of an account. @returns 0, or the milliseconds to wait. */
  readonly count: (account: Account) => number;
}

/** A request for a route, before its sender is authenticated. */
export type RouteRequest = Omit<RouteContext, "identity"> & { readonly body: Request["body"] };

/** Responds to a request by its route. */
export async function dispatch(
  route: Route,
  request: RouteRequest,
  options: DispatchOptions,
): Promise<Response> {
  const { body, ...rest } = request;
  const schema = route.body === "stream" ? undefined : route.body;
  // Read the body also if the route does not use it: its sender decides when it is complete.
  const bytes = route.body === "stream" ? null : await read(body, options.clock);
  if (bytes !== null && isRefusal(bytes)) return withoutRest(problem(bytes));
  // From here on the sender cannot delay anything, except by the rest of a stream.
  const identity = await identify(route, request, options);
  if (identity !== null && isRefusal(identity)) return withoutRest(problem(identity));
  const wait = identity === null || isOpen(route.access) ? 0 : options.count(identity.account);
  if (wait > 0) return withoutRest(problem({ code: "rate_limited", retry_after: wait }));
  const signedIn = accepted(route, identity);
  if (signedIn !== null && isRefusal(signedIn)) return withoutRest(problem(signedIn));
  const parsed = bytes === null || schema === undefined
    ? null
    : await parse(bytes, request.headers, schema);
  if (parsed !== null && "refused" in parsed) return problem(parsed.refused);
  if (bytes !== null && schema === undefined && isForm(route, request.headers)) {
    return problem(NOT_JSON);
  }
  if (isOpenRoute(route)) {
    return route.body === "stream"
      ? withoutRest(await route.handle({ ...rest, identity }, body ?? noBytes()))
      : await route.handle({ ...rest, identity }, parsed?.value);
  }
  if (signedIn === null) throw new Error("Cannot run route: the sender has no session");
  const context = {
    ...rest,
    identity: signedIn,
    authorize: () => authorize(route, request, options),
  };
  return route.body === "stream"
    ? withoutRest(await route.handle(context, body ?? noBytes()))
    : await route.handle(context, parsed?.value);
}

function read(body: RouteRequest["body"], clock: Clock): Promise<Blob | Refusal> {
  return readAll(body ?? noBytes(), LIMITS.frame_bytes, clock);
}

/** Authenticates the sender of a request. @returns `null` without a session. */
async function identify(
  route: Route,
  { headers, url, address }: RouteRequest,
  { accounts, sessions }: DispatchOptions,
): Promise<Identity | null | Refusal> {
  if (route.isProbe) return null;
  const identity = await authenticate(sessions, headers, url);
  if (identity === null || isOpen(route.access)) return identity;
  return await accounts.isAddressBanned(address, identity.account) ? { code: "banned" } : identity;
}

/** Returns the identity if the route accepts it; `null` for a public route without a session. */
function accepted(route: Route, identity: Identity | null): Identity | null | Refusal {
  return refusesRoute(route.access, identity?.account ?? null) ?? identity;
}

function isOpenRoute(route: Route): route is Extract<Route, { readonly access: OpenAccess }> {
  return isOpen(route.access);
}

async function authorize(
  route: Route,
  request: RouteRequest,
  options: DispatchOptions,
): Promise<Identity | Refusal> {
  const identity = await identify(route, request, options);
  if (identity !== null && isRefusal(identity)) return identity;
  return accepted(route, identity) ?? { code: "unauthorized" };
}

const NOT_JSON: Refusal = { code: "bad_request", message: "Send application/json." };

/** Whether a request without fields may be a form on another site, sent with the user's cookie. */
function isForm({ method }: Route, headers: Headers): boolean {
  const type = headers.get("content-type");
  return method !== "GET" && type !== null && !isMediaType(type, "application/json");
}

/**
 * Parses and validates a JSON body.
 *
 * @returns The output of the schema, or a refusal.
 */
async function parse(
  bytes: Blob,
  headers: Headers,
  schema: v.GenericSchema,
): Promise<{ readonly value: unknown } | { readonly refused: Refusal }> {
  // A form on another site could send other types without a preflight request.
  if (!isMediaType(headers.get("content-type"), "application/json")) {
    return { refused: NOT_JSON };
  }
  let value: unknown;
  try {
    value = JSON.parse(await bytes.text());
  } catch {
    return { refused: { code: "bad_json" } };
  }
  const checked = v.safeParse(schema, value, { abortEarly: true });
  if (checked.success) return { value: checked.output };
  const [issue] = checked.issues;
  if (issue.message === "too_long") return { refused: { code: "too_long" } };
  const field = v.getDotPath(issue);
  const message = field === null ? undefined : `The field "${field}" is missing or malformed.`;
  return { refused: { code: "bad_request", ...(message === undefined ? {} : { message }) } };
}

/**
 * Closes the connection after a refusal. It may be sent before the body was read; the rest of the body
 * would be taken for a request.
 */
function withoutRest(response: Response): Response {
  if (!response.ok) response.headers.set("connection", "close");
  return response;
}
