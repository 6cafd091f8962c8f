/**
 * The way to a device: encrypted for it (RFC 8291), signed by this server (VAPID, RFC 8292), and
 * handed to the push service of its browser (RFC 8030).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createECDH } from "node:crypto";
import type { Deliver, Delivery } from "./push.ts";
import { hashToken } from "./secrets.ts";

/** A server's key pair for VAPID, in base64url. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** What the way to devices is made with. */
export interface WebPushOptions {
  readonly keys: VapidKeys;
  /** Whom a push service can turn to: an `https:` or `mailto:` URL (RFC 8292 section 2.1). */
  readonly subject: string;
  /** The push services that may be spoken to: see `isPushService`. */
  readonly services: readonly string[];
}

/** How long a push service keeps a note for a device that is off, in seconds. */
const KEPT_SECONDS = 86_400;

/** How long a push service may take. */
const TIMEOUT_MS = 10_000;

// Loaded when it is first needed: most servers have started long before.
const webPush = () => import("@block65/webcrypto-web-push");

/** The key pair that follows from a secret of 32 bytes in base64url. */
export function vapidKeys(secret: string): VapidKeys {
  const pair = createECDH("prime256v1");
  // As bytes: Deno 2.5 takes no text here.
  pair.setPrivateKey(Buffer.from(secret, "base64url"));
  return { publicKey: pair.getPublicKey("base64url"), privateKey: secret };
}

/**
 * Whether an address is that of a push service. It comes from a browser, and anybody can be one:
 * an address of their own choice would make this server ask around in its own network for them.
 *
 * @param services Origins, or hosts that are spoken to by HTTPS; `*.example.org` is every host
 * below one.
 */
export function isPushService(endpoint: string, services: readonly string[]): boolean {
  const url = URL.parse(endpoint);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return services.some((service) => {
    if (service.includes("://")) return url.origin === service;
    if (url.protocol !== "https:" || url.port !== "") return false;
    return service.startsWith("*.")
      ? url.hostname.endsWith(service.slice(1))
      : url.hostname === service;
  });
}

/** Brings notes to devices by their push services. */
export function createDeliver({ keys, subject, services }: WebPushOptions): Deliver {
  return async ({ endpoint, p256dh, auth }, note): Promise<Delivery> => {
    // The settings may have changed since it was kept.
    if (!isPushService(endpoint, services)) return "gone";
    const { buildPushPayload } = await webPush();
    const { headers, body } = await buildPushPayload(
      {
        data: { ...note },
        options: {
          ttl: KEPT_SECONDS,
          urgency: "high",
          // What a device has not got yet is replaced by what comes after (RFC 8030 section 5.4).
          topic: hashToken(note.room).slice(0, 32),
        },
      },
      // Signed for HTTPS even where a service of one's own, named by its origin, has none.
      {
        endpoint: endpoint.replace(/^http:/, "https:"),
        expirationTime: null,
        keys: { p256dh, auth },
      },
      { subject, ...keys },
    );
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    // A push service that sends one elsewhere is none.
    const response = await fetch(endpoint, {
      method: "POST",
      headers,
      body,
      signal,
      redirect: "manual",
    });
    await response.body?.cancel();
    if (response.status === 404 || response.status === 410) return "gone";
    return response.ok ? "sent" : "failed";
  };
}
