/**
 * Reauthentication: the server asks the user to confirm their identity before an act that outlives
 * the session. A view that can ask the user registers itself; the request is then repeated.
 *
 * @module
 */
import { type ApiRefusal, call, isRefused } from "../net/api.ts";

/** Asks the user. @returns Whether they have confirmed their identity. */
export type Asker = () => Promise<boolean>;

let asker: Asker | undefined;

/** Registers the view that asks the user. @returns A function that removes it. */
export function askBy(ask: Asker): () => void {
  asker = ask;
  return () => {
    if (asker === ask) asker = undefined;
  };
}

/**
 * Calls the server as `call` does; if it asks for confirmation, asks the user and repeats the call.
 */
export async function confirmedCall<T extends object>(
  method: "POST" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
): Promise<T | ApiRefusal> {
  const answer = await call<T>(method, path, body);
  const asks = isRefused(answer) && answer.code === "confirm_first" && asker !== undefined;
  return asks && await asker?.() ? await call<T>(method, path, body) : answer;
}

/** Confirms the user's identity with their password. */
export function confirmByPassword(password: string): Promise<object | ApiRefusal> {
  return call("POST", "/api/session/confirm", { password });
}
