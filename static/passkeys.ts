/**
 * Passkeys: the questions of the server, put to the browser.
 *
 * @module
 */
import { type ApiRefusal, call, isRefused, type Session } from "./api.ts";
import { doors } from "./strings/door.ts";

/** A passkey of one's own. */
export interface Passkey {
  readonly id: string;
  readonly label: string;
  readonly created_at: number;
}

/** Whether this browser has passkeys at this address. */
export const hasPasskeys = typeof PublicKeyCredential === "function" &&
  "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** Signs in with a passkey that the person chooses. */
export async function signInByPasskey(): Promise<Session | ApiRefusal> {
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
  return isRefused(credential)
    ? credential
    : await call<Session>("POST", "/api/session/passkey", credential.toJSON());
}

/** Makes a passkey on this device, and has the server keep it. */
export async function addPasskey(): Promise<object | ApiRefusal> {
  const options = await call<PublicKeyCredentialCreationOptionsJSON>(
    "POST",
    "/api/passkeys/options",
  );
  if (isRefused(options)) return options;
  const credential = await answered(() =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
    })
  );
  // What it is called the server takes from the browser: one question less.
  return isRefused(credential)
    ? credential
    : await call("POST", "/api/passkeys", { label: "", credential: credential.toJSON() });
}

/** One's passkeys. */
export function listPasskeys() {
  return call<{ passkeys: readonly Passkey[] }>("GET", "/api/passkeys");
}

/** Forgets a passkey. */
export function removePasskey(id: string) {
  return call("DELETE", `/api/passkeys/${encodeURIComponent(id)}`);
}

/** Puts a question to the browser; a person who turns it down is an expected outcome. */
async function answered(
  ask: () => Promise<Credential | null>,
): Promise<PublicKeyCredential | ApiRefusal> {
  const t = doors.passkey;
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
