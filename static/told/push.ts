/**
 * Being told while the page is closed (Web Push): this device's subscription with its browser's
 * push service, and the server that is told of it.
 *
 * @module
 */
import { type ApiRefusal, call, isRefused } from "../api.ts";

/** Whether this device is told while the page is closed, or why it cannot be. */
export type PushState = "on" | "off" | "unsupported" | "unavailable";

interface Answer {
  /** The server's public key, in base64url. */
  readonly key: string | null;
  readonly subscribed: boolean;
}

/** What this device has. */
export async function pushState(): Promise<PushState> {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) return "unsupported";
  const answer = await call<Answer>("GET", "/api/push");
  if (isRefused(answer) || answer.key === null) return "unavailable";
  const worker = await navigator.serviceWorker.getRegistration();
  if (worker === undefined) return "unsupported";
  return answer.subscribed && await worker.pushManager.getSubscription() !== null ? "on" : "off";
}

/** Subscribes this device. @returns Why that failed, if it did. */
export async function subscribe(): Promise<ApiRefusal | null> {
  const answer = await call<Answer>("GET", "/api/push");
  if (isRefused(answer)) return answer;
  const worker = await navigator.serviceWorker.getRegistration();
  if (worker === undefined || answer.key === null) return null;
  try {
    // One that was made for another key of the server's could never be used.
    await (await worker.pushManager.getSubscription())?.unsubscribe();
    const subscription = await worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: answer.key,
    });
    const told = await call("PUT", "/api/push", subscription.toJSON());
    return isRefused(told) ? told : null;
  } catch (error) {
    return { code: "push", detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Ends this device's subscription. */
export async function unsubscribe(): Promise<void> {
  await call("DELETE", "/api/push");
  const worker = await navigator.serviceWorker?.getRegistration();
  await (await worker?.pushManager?.getSubscription())?.unsubscribe();
}
