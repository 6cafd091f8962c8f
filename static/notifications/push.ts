/**
 * Web Push: notifications while the page is closed. Manages this device's subscription with the
 * browser's push service, and registers it with the server.
 *
 * @module
 */
import { type ApiRefusal, call, isRefused } from "../net/api.ts";

/** Whether this device is subscribed, or why it cannot be. */
export type PushState = "on" | "off" | "unsupported" | "unavailable";

interface PushStatus {
  /** The server's public key, in base64url. */
  readonly key: string | null;
  readonly subscribed: boolean;
}

/** Returns the state of this device's subscription. */
export async function pushState(): Promise<PushState> {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) return "unsupported";
  const answer = await call<PushStatus>("GET", "/api/push");
  if (isRefused(answer) || answer.key === null) return "unavailable";
  const worker = await navigator.serviceWorker.getRegistration();
  if (worker === undefined) return "unsupported";
  return answer.subscribed && await worker.pushManager.getSubscription() !== null ? "on" : "off";
}

/** Subscribes this device. @returns The refusal, if it failed. */
export async function subscribe(): Promise<ApiRefusal | null> {
  const answer = await call<PushStatus>("GET", "/api/push");
  if (isRefused(answer)) return answer;
  const worker = await navigator.serviceWorker.getRegistration();
  if (worker === undefined || answer.key === null) return null;
  try {
    // A subscription for another key of the server could never be used.
    await (await worker.pushManager.getSubscription())?.unsubscribe();
    const subscription = await worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: answer.key,
    });
    const result = await call("PUT", "/api/push", subscription.toJSON());
    return isRefused(result) ? result : null;
  } catch (error) {
    return { code: "push", detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Unsubscribes this device. */
export async function unsubscribe(): Promise<void> {
  await call("DELETE", "/api/push");
  const worker = await navigator.serviceWorker?.getRegistration();
  await (await worker?.pushManager?.getSubscription())?.unsubscribe();
}
