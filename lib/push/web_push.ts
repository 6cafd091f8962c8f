/**
 * Delivers notifications to devices: encrypted for the device (RFC 8291), signed by this server (VAPID,
 * RFC 8292), and sent to the push service of the browser (RFC 8030).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createECDH } from "node:crypto";
import type { Deliver, Delivery } from "./notifier.ts";
import { hashToken } from "../util/secrets.ts";

/** The key pair of a server for VAPID, in base64url. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** The settings of Web Push. */
export interface WebPushOptions {
  readonly keys: VapidKeys;
  /** The contact for push services: an `https:` or `mailto:` URL (RFC 8292 section 2.1). */
  readonly subject: string;
  /** The push services to which the server may connect: see `isPushService`. */
  readonly services: readonly string[];
}

/** How long a push service stores a notification for a device that is off, in seconds. */
const TTL_SECONDS = 86_400;

/**
 * The answers of a push service after which it takes no notification for a subscription any more:
 * it has ended (404, 410), or belongs to another key or sender (401, 403).
 */
const GONE: ReadonlySet<number> = new Set([401, 403, 404, 410]);

/** How long a push service may take to respond. */
const TIMEOUT_MS = 10_000;

// Load it at first use, to keep start-up short.
const webPush = () => import("@block65/webcrypto-web-push");

/** Derives the key pair from a secret of 32 bytes in base64url. */
export function vapidKeys(secret: string): VapidKeys {
  const pair = createECDH("prime256v1");
  // Pass bytes: Deno 2.5 does not accept text here.
  pair.setPrivateKey(Buffer.from(secret, "base64url"));
  return { publicKey: pair.getPublicKey("base64url"), privateKey: secret };
}

/**
 * Whether an endpoint is that of an allowed push service. Any client can send an endpoint: with one of
 * its choice, it could make this server send requests into its own network.
 *
 * @param services Origins, or hosts for HTTPS; `*.example.org` allows every host below it.
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

/** Creates a function that delivers notifications by the push services of the devices. */
export function createDeliver({ keys, subject, services }: WebPushOptions): Deliver {
  return async ({ endpoint, p256dh, auth }, note): Promise<Delivery> => {
    // The setting may have changed since the subscription was stored.
    if (!isPushService(endpoint, services)) return "gone";
    const { buildPushPayload } = await webPush();
    const { headers, body } = await buildPushPayload(
      {
        data: { ...note },
        options: {
          ttl: TTL_SECONDS,
          urgency: "high",
          // A newer notification replaces an undelivered one (RFC 8030 section 5.4).
          topic: hashToken(note.room).slice(0, 32),
        },
      },
      // Sign for HTTPS even if a self-hosted service, given by its origin, does not use it.
      {
        endpoint: endpoint.replace(/^http:/, "https:"),
        expirationTime: null,
        keys: { p256dh, auth },
      },
      { subject, ...keys },
    );
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    // Do not follow redirects: a push service does not send any.
    const response = await fetch(endpoint, {
      method: "POST",
      headers,
      body,
      signal,
      redirect: "manual",
    });
    await response.body?.cancel();
    if (GONE.has(response.status)) return "gone";
    return response.ok ? "sent" : "failed";
  };
}
