/**
 * Defines the routes of the HTTP API and the context of their handlers. A handler never sees the request
 * itself: a route declares its body, and the dispatcher reads the body before it authenticates.
 *
 * @module
 */
import type * as v from "valibot";
import type { BodyChunks } from "../../util/request_body.ts";
import { isOpen, type OpenAccess, type RouteAccess } from "../../auth/permissions.ts";
import type { ErrorCode, Refusal } from "../../protocol/errors.ts";
import type { Avatar } from "../../store/profiles.ts";
import type { Identity } from "../../auth/sessions.ts";

/** A request, as its handler sees it. */
export interface RouteContext {
  readonly headers: Headers;
  readonly url: URL;
  /** The values of the `{names}` in the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The client's address. */
  readonly address: string;
  /** The origin of the page, as the browser sees it. */
  readonly origin: string;
  /** The sender, authenticated after the body was read; `null` without a session. */
  readonly identity: Identity | null;
}

/** A request whose sender has a session. */
export interface SignedInContext extends RouteContext {
  readonly identity: Identity;
  /**
   * Checks again that the sender is signed in, not banned, and in a role that the route accepts. A
   * handler calls it right before a change, after every wait that a client or slow work can prolong.
   */
  readonly authorize: () => Promise<Identity | Refusal>;
}

type RouteResponse = Promise<Response> | Response;

/** A response that is no refusal: the name of a type in the protocol, a media type, or no body. */
export type Answer = string | null;

/** What the description of the API says about a route, beside what its other fields say. */
export interface RouteDescription {
  /** What a request does, in a few words. */
  readonly about: string;
  /** The responses that are no refusals, by status. */
  readonly answers: Readonly<Record<number, Answer | readonly Answer[]>>;
  /** The refusals beyond those that every route of its form has: see `commonRefusals`. */
  readonly refuses?: readonly ErrorCode[];
}

interface RouteBase extends RouteDescription {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The path, with parameters in braces: `/api/rooms/{room}/messages`. */
  readonly path: string;
  /** The schema of the query. The handler checks it: the query decides no more than it asks for. */
  readonly query?: v.GenericSchema;
  /** Whether the header `Idempotency-Key` may stand for the field `key`. */
  readonly takesKey?: true;
  /**
   * Whether it is a health probe. Probes respond under any host name, because load balancers have only
   * an address, and do not use the store.
   */
  readonly isProbe?: boolean;
}

/** A route. `access` says which senders it accepts. */
export type Route =
  | RouteBase & {
    readonly access: OpenAccess;
    /** The schema of its JSON body; without a schema, the body is read and dropped. */
    readonly body?: v.GenericSchema;
    readonly handle: (context: RouteContext, body: unknown) => RouteResponse;
  }
  | RouteBase & {
    readonly access: OpenAccess;
    /** The handler reads the body as a stream. */
    readonly body: "stream";
    readonly handle: (context: RouteContext, body: BodyChunks) => RouteResponse;
  }
  | RouteBase & {
    readonly access: Exclude<RouteAccess, OpenAccess>;
    readonly body?: v.GenericSchema;
    readonly handle: (context: SignedInContext, body: unknown) => RouteResponse;
  }
  | RouteBase & {
    readonly access: Exclude<RouteAccess, OpenAccess>;
    /** The handler reads the body as a stream, then calls `authorize`. */
    readonly body: "stream";
    readonly handle: (context: SignedInContext, body: BodyChunks) => RouteResponse;
  };

/**
 * Returns the `body` and `handle` of a route with a JSON body, so that the handler has the type of the
 * schema's output.
 *
 * @example { method: "POST", path: "/api/bots", access: OWNERS, ...takes(botRequest, createBot) }
 */
export function takes<S extends v.GenericSchema, C extends RouteContext>(
  body: S,
  handle: (context: C, body: v.InferOutput<S>) => RouteResponse,
): { readonly body: S; readonly handle: (context: C, body: unknown) => RouteResponse } {
  // The dispatcher calls the handler with the output of this schema.
  return { body, handle: handle as (context: C, body: unknown) => RouteResponse };
}

/**
 * Returns the refusals that the server gives before the handler of a route, and those of a parameter
 * that names a room.
 */
export function commonRefusals(
  { method, path, access, body, query, isProbe }: Route,
): readonly ErrorCode[] {
  return [
    ...["foreign_origin", "rate_limited", "internal"] as const,
    ...(isProbe ? [] : ["misdirected", "try_again", "storage_full"] as const),
    ...(body === "stream" ? [] : ["too_slow", "too_long"] as const),
    ...(method === "GET" || body === "stream" ? [] : ["bad_request"] as const),
    ...(body === undefined || body === "stream" ? [] : ["bad_json"] as const),
    ...(query === undefined ? [] : ["bad_request"] as const),
    ...(isOpen(access) ? [] : ["unauthorized", "banned"] as const),
    ...(access === "public" || access === "accounts" ? [] : ["forbidden"] as const),
    ...(path.includes("{room}") ? ["no_such_room"] as const : []),
  ];
}

/**
 * Creates a JSON response that is not cached.
 *
 * @example json<BotList>({ bots })
 */
export function json<T extends object = never>(value: NoInfer<T>, status = 200): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store" } });
}

/** Creates a response without a body. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/**
 * A response with a small picture that users chose. Its headers keep a browser from treating it as any
 * other type. Another picture has another id, so that browsers keep it; another user of the same
 * browser must be authorized again.
 */
export function picture({ type, bytes }: Avatar): Response {
  return new Response(bytes, {
    headers: {
      "content-type": type,
      "content-security-policy": "default-src 'none'; sandbox",
      "cache-control": "private, max-age=31536000, immutable",
      "vary": "authorization, cookie",
    },
  });
}
