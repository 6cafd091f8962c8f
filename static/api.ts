/**
 * What the page does over plain HTTP: getting in and out.
 *
 * @module
 */
import type { Role } from "../lib/protocol.ts";
import { strings } from "./strings.ts";

/** Who one is. */
export interface Session {
  readonly name: string;
  readonly role: Role;
}

/** What was refused: the stable code, and a sentence to show. */
export interface ApiRefusal {
  readonly code: string;
  readonly detail: string;
}

/** Whether there is a refusal in place of what was asked for. */
export function isRefused(answer: object): answer is ApiRefusal {
  return "code" in answer && "detail" in answer;
}

/** Asks the server for something. @returns Its answer, or the refusal; never throws. */
export async function call<T extends object>(
  method: "GET" | "POST" | "PUT" | "DELETE",
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
    return response.ok ? answer as T : refusalOf(answer);
  } catch {
    return { code: "unreachable", detail: strings.refused.unreachable };
  }
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly title?: string;
  readonly retry_after?: number;
}

function refusalOf({ code = "internal", detail, title, retry_after }: Problem): ApiRefusal {
  const said = detail ?? title ?? strings.refused.failed;
  const waits = code === "rate_limited" && retry_after !== undefined;
  return { code, detail: waits ? strings.refused.wait(Math.ceil(retry_after / 1_000)) : said };
}

/** What the server is called, whether anybody may sign up, and who one is, if anybody. */
export interface About {
  readonly name: string;
  readonly sign_up: "open" | "invite";
  readonly you: Session | null;
}

/** Asks where one is, and who. */
export function aboutServer() {
  return call<About>("GET", "/api/server");
}

/** Whether the session is over; `false` as well where the server cannot be asked. */
export async function isSignedOut(): Promise<boolean> {
  const about = await aboutServer();
  return !isRefused(about) && about.you === null;
}

/** Signs up, or in when the name has a password. */
export function signIn(name: string, password: string, invite?: string) {
  return call<Session>("POST", "/api/session", {
    name,
    ...(password === "" ? {} : { password }),
    ...(invite === undefined ? {} : { invite }),
  });
}

/** Takes over the session that another device has handed over. */
export function signInByDevice(device: string) {
  return call<Session>("POST", "/api/session", { device });
}

/** Ends the session. @returns Whether the server could be told. */
export async function signOut(): Promise<boolean> {
  return !isRefused(await call("DELETE", "/api/session"));
}
