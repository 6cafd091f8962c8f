/**
 * What a route of the HTTP API is, and what its handler gets.
 *
 * @module
 */
import * as v from "valibot";
import { isRefusal, problem } from "../problem.ts";
import { LIMITS, type Refusal, type Role } from "../protocol.ts";
import type { SignedIn } from "../sessions.ts";

/** A request, as far as it is understood before its handler runs. */
export interface Context {
  readonly request: Request;
  readonly url: URL;
  /** What stands for the `{names}` of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The client's address. */
  readonly address: string;
  /** Where the page is, as the browser sees it. */
  readonly origin: string;
  readonly who: SignedIn | null;
}

/** A request of somebody who has a session. */
export interface SignedInContext extends Context {
  readonly who: SignedIn;
}

interface RouteBase {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/api/rooms/{room}/messages` */
  readonly path: string;
}

/** A route: for anybody, or for those of some roles. */
export type Route =
  | RouteBase & {
    readonly for: "anybody";
    readonly handle: (context: Context) => Promise<Response> | Response;
  }
  | RouteBase & {
    readonly for: "people" | readonly Role[];
    readonly handle: (context: SignedInContext) => Promise<Response> | Response;
  };

/** Those who keep order. */
export const MODERATORS: readonly Role[] = ["owner", "moderator"];

/** The one or few whose server it is. */
export const OWNERS: readonly Role[] = ["owner"];

/** A response of JSON that nobody keeps. */
export function json(value: unknown, status = 200): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store" } });
}

/** A response without a body. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** The response to a request without a session. */
export function unauthorized(): Response {
  return problem({ code: "unauthorized" }, { "www-authenticate": "Bearer" });
}

/**
 * Reads a body of JSON, of no more bytes than a frame may have, and checks it.
 *
 * @returns What the schema makes of it, or why it cannot be used.
 */
export async function readBody<S extends v.GenericSchema>(
  request: Request,
  schema: S,
): Promise<{ readonly body: v.InferOutput<S> } | { readonly refused: Refusal }> {
  const value = await readJson(request);
  if (isRefused(value)) return value;
  const checked = v.safeParse(schema, value.json, { abortEarly: true });
  if (checked.success) return { body: checked.output };
  const [issue] = checked.issues;
  if (issue.message === "too_long") return { refused: { code: "too_long" } };
  const field = v.getDotPath(issue);
  const message = field === null ? undefined : `The field "${field}" is missing or malformed.`;
  return { refused: { code: "bad_request", ...(message === undefined ? {} : { message }) } };
}

/** Whether there is a refusal in place of what was asked for. */
export function isRefused(value: object): value is { readonly refused: Refusal } {
  return "refused" in value && typeof value.refused === "object" && value.refused !== null &&
    isRefusal(value.refused);
}

async function readJson(
  request: Request,
): Promise<{ readonly json: unknown } | { readonly refused: Refusal }> {
  const type = request.headers.get("content-type") ?? "";
  // A form of another site could send anything else without the browser asking first.
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    return { refused: { code: "bad_request", message: "Send application/json." } };
  }
  const body = await readBytes(request);
  if (isRefused(body)) return body;
  try {
    return { json: JSON.parse(await body.text()) };
  } catch {
    return { refused: { code: "bad_json" } };
  }
}

async function readBytes(request: Request): Promise<Blob | { readonly refused: Refusal }> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > LIMITS.frame_bytes) return { refused: { code: "too_long" } };
      chunks.push(chunk);
    }
  } catch {
    // Whoever sent it went away in the middle: no fault of ours, and nobody is there to be told.
    return { refused: { code: "bad_request", message: "The body ended before it was complete." } };
  }
  return new Blob(chunks);
}
