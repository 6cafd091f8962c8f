/**
 * Passkeys: passes the server's challenges to the browser.
 *
 * @module
 */
import { type ApiRefusal, call, isRefused, type Session } from "../net/api.ts";
import { confirmedCall } from "./reauthentication.ts";
import { signInStrings } from "../strings/sign_in.ts";

/** A passkey of the user. */
export interface Passkey {
  readonly id: string;
  readonly label: string;
  readonly created_at: number;
}

/** Whether the browser supports passkeys at this address. */
export const hasPasskeys = typeof PublicKeyCredential === "function" &&
  "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** Says why there are no passkeys: browsers offer them on https and localhost only, and some not at all. */
export function whyNoPasskeys(): string {
  const t = signInStrings.passkey;
  return isSecureContext ? t.unsupported : t.unavailable;
}

/** Signs in with a passkey that the user chooses. */
export async function signInByPasskey(): Promise<Session | ApiRefusal> {
  const proof = await prove();
  return isRefused(proof) ? proof : await call<Session>("POST", "/api/session/passkey", proof);
}

/** Confirms the user's identity with a passkey. */
export async function confirmByPasskey(): Promise<object | ApiRefusal> {
  const credential = await prove();
  return isRefused(credential)
    ? credential
    : await call("POST", "/api/session/confirm", { credential });
}

async function prove(): Promise<object | ApiRefusal> {
  const options = await call<PublicKeyCredentialRequestOptionsJSON>(
    "POST",
    "/api/session/passkey/options",
  );
  if (isRefused(options)) return options;
  const credential = await answered(() =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
    })
  );
  return isRefused(credential) ? credential : credential.toJSON();
}

/** Creates a passkey on this device and stores it at the server. */
export async function addPasskey(): Promise<object | ApiRefusal> {
  const options = await confirmedCall<PublicKeyCredentialCreationOptionsJSON>(
    "POST",
    "/api/passkeys/options",
  );
  if (isRefused(options)) return options;
  const credential = await answered(() =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
    })
  );
  // The server derives the label from the browser, so the user is not asked for one.
  return isRefused(credential)
    ? credential
    : await call("POST", "/api/passkeys", { label: "", credential: credential.toJSON() });
}

/** Lists the user's passkeys. */
export function listPasskeys() {
  return call<{ passkeys: readonly Passkey[] }>("GET", "/api/passkeys");
}

/** Removes a passkey. */
export function removePasskey(id: string) {
  return confirmedCall("DELETE", `/api/passkeys/${encodeURIComponent(id)}`);
}

/** Runs a WebAuthn prompt; a user who declines it is an expected outcome. */
async function answered(
  ask: () => Promise<Credential | null>,
): Promise<PublicKeyCredential | ApiRefusal> {
  const t = signInStrings.passkey;
  try {
    const credential = await ask();
    if (credential instanceof PublicKeyCredential) return credential;
    return { code: "cancelled", detail: t.cancelled };
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "InvalidStateError") return { code: "known", detail: t.known };
    if (name === "SecurityError") return { code: "unavailable", detail: t.unavailable };
    return { code: "cancelled", detail: t.cancelled };
  }
}
