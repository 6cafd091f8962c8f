/**
 * Signing in and out: the only things the page does over plain HTTP.
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

/** A sign-in that was refused: the stable code, and a sentence to show. */
export interface SignInRefusal {
  readonly code: string;
  readonly detail: string;
}

/**
 * Asks who one is.
 *
 * @returns The session, `null` when there is none, `undefined` when the server cannot be asked.
 */
export async function currentSession(): Promise<Session | null | undefined> {
  try {
    const response = await fetch("/api/session");
    if (response.status === 401) return null;
    return response.ok ? await response.json() as Session : undefined;
  } catch {
    return undefined;
  }
}

/** Signs up, or in when the name has a password. */
export async function signIn(
  name: string,
  password: string,
  invite?: string,
): Promise<Session | SignInRefusal> {
  try {
    const response = await fetch("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        name,
        ...(password === "" ? {} : { password }),
        ...(invite === undefined ? {} : { invite }),
      }),
    });
    const body = await response.json();
    return response.ok ? body as Session : refusal(body);
  } catch {
    return { code: "unreachable", detail: strings.signIn.unreachable };
  }
}

/** Ends the session, here and on the server. */
export async function signOut(): Promise<void> {
  try {
    await fetch("/api/session", { method: "DELETE" });
  } catch {
    // Nobody to tell; the form is shown all the same.
  }
}

function refusal(body: { code?: string; detail?: string; title?: string }): SignInRefusal {
  return {
    code: body.code ?? "internal",
    detail: body.detail ?? body.title ?? strings.signIn.failed,
  };
}
