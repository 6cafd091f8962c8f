/**
 * The page's plain HTTP calls: signing in and out, and the state of the session.
 *
 * @module
 */
import type { Role } from "../../lib/protocol/frames.ts";
import type { Problem, ServerInfo } from "../../lib/protocol/responses.ts";
import { translated, translations } from "../strings/errors.ts";
import { strings } from "../strings/strings.ts";

/** The identity of the signed-in user. */
export interface Session {
  readonly id?: string;
  readonly name: string;
  readonly role: Role;
}

/** A refusal: the stable code, and a sentence to show. */
export interface ApiRefusal {
  readonly code: string;
  readonly detail: string;
}

/** Whether an answer is a refusal. */
export function isRefused(answer: object): answer is ApiRefusal {
  return "code" in answer && "detail" in answer;
}

/**
 * Calls the server. Never throws.
 *
 * @returns The answer, or the refusal.
 */
export async function call<T extends object>(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
): Promise<T | ApiRefusal> {
  try {
    const response = await fetch(path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (response.status === 204) return {} as T;
    const answer = await response.json();
    if (response.ok) return answer as T;
    await translations.load().catch(() => {});
    return refusalOf(answer);
  } catch {
    return { code: "unreachable", detail: strings.refused.unreachable };
  }
}

// A proxy before the server may answer with something else.
function refusalOf(
  { code = "internal", detail, title, retry_after }: Partial<Problem>,
): ApiRefusal {
  const said = translated(detail ?? title ?? strings.refused.failed);
  const waits = code === "rate_limited" && retry_after !== undefined;
  return { code, detail: waits ? waitText(Math.ceil(retry_after / 1_000)) : said };
}

function waitText(seconds: number): string {
  const t = strings.refused;
  return seconds < 90
    ? t.waitSeconds({ count: seconds })
    : t.waitMinutes({ count: Math.ceil(seconds / 60) });
}

/** Fetches the server's name and who the user is. */
export function fetchServerInfo() {
  return call<ServerInfo>("GET", "/api/server");
}

/** Whether the session is over; `false` also if the server cannot be reached. */
export async function isSignedOut(): Promise<boolean> {
  const about = await fetchServerInfo();
  return !isRefused(about) && about.you === null;
}

/** Whether a user who enters a name is new, or has an account. */
export type SignInIntent = "sign_up" | "sign_in";

/** Signs up or in by a name. @param rest Without an intent: for the user who is signed in. */
export function signIn(
  name: string,
  rest: { readonly password?: string; readonly invite?: string; readonly intent?: SignInIntent },
) {
  return call<Session>("POST", "/api/session", { name, ...rest });
}

/** Signs in with the secret of a link from another device, or from an owner. */
export function signInByLink(secret: { device: string } | { sign_in: string }) {
  return call<Session>("POST", "/api/session", secret);
}

/** Ends the session. @returns Whether the server was reached. */
export async function signOut(): Promise<boolean> {
  return !isRefused(await call("DELETE", "/api/session"));
}
