/**
 * The cookies of the session and the device, and the identity that a request proves.
 *
 * @module
 */
import { deleteCookie, getCookies, setCookie } from "@std/http/cookie";
import type { SignInOutcome } from "../auth/accounts.ts";
import { VISIT_MS } from "../auth/provider_sign_in.ts";
import { type Identity, SESSION_MS, type Sessions } from "../auth/sessions.ts";

/** Authenticates the sender of a request by its bearer token, or else by its cookie. */
export async function authenticate(
  sessions: Sessions,
  headers: Headers,
  url: URL,
): Promise<Identity | null> {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  const token = bearer ?? getCookies(headers)[sessionCookie(isSecure(url))];
  return token === undefined ? null : await sessions.authenticate(token);
}

/** Returns the token of the device cookie of a request, if any. */
export function deviceToken(headers: Headers, url: URL): string | undefined {
  return getCookies(headers)[deviceCookie(isSecure(url))];
}

/** Sets the session cookie in the headers of a response. */
export function setSessionCookie(headers: Headers, url: URL, token: string): void {
  const secure = isSecure(url);
  setCookie(headers, { name: sessionCookie(secure), value: token, ...attributes(secure) });
}

/** Adds the session cookie and the device cookie to the headers of a response to a sign-in. */
export function setSignInCookies(
  headers: Headers,
  url: URL,
  { token, device }: Pick<SignInOutcome, "token" | "device">,
): void {
  const secure = isSecure(url);
  setSessionCookie(headers, url, token);
  setCookie(headers, { name: deviceCookie(secure), value: device, ...attributes(secure) });
}

/** Returns the state of the visit to a provider on which the browser is, if any. */
export function visitState(headers: Headers, url: URL): string | undefined {
  return getCookies(headers)[visitCookie(isSecure(url))];
}

/** Remembers in the browser that it is on a visit to a provider, for the time of a ticket. */
export function setVisitCookie(headers: Headers, url: URL, state: string): void {
  const secure = isSecure(url);
  const maxAge = VISIT_MS / 1_000;
  setCookie(headers, { ...attributes(secure), name: visitCookie(secure), value: state, maxAge });
}

/** Deletes what `setVisitCookie` has set. */
export function deleteVisitCookie(headers: Headers, url: URL): void {
  const secure = isSecure(url);
  deleteCookie(headers, visitCookie(secure), { path: "/", secure });
}

/** Deletes the session cookie. The device cookie stays: it only proves an earlier sign-in. */
export function deleteSessionCookie(headers: Headers, url: URL): void {
  const secure = isSecure(url);
  deleteCookie(headers, sessionCookie(secure), { path: "/", secure });
}

/** With https, the prefix keeps other hosts of the domain from setting it (RFC 6265bis 4.1.3.2). */
function sessionCookie(secure: boolean): string {
  return secure ? "__Host-hubbub_session" : "hubbub_session";
}

function deviceCookie(secure: boolean): string {
  return secure ? "__Host-hubbub_device" : "hubbub_device";
}

function visitCookie(secure: boolean): string {
  return secure ? "__Host-hubbub_visit" : "hubbub_visit";
}

function attributes(secure: boolean) {
  return {
    path: "/",
    secure,
    httpOnly: true,
    sameSite: "Lax",
    maxAge: SESSION_MS / 1_000,
  } as const;
}

function isSecure(url: URL): boolean {
  return url.protocol === "https:";
}
