/**
 * Signs deliveries as Standard Webhooks describes it
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, randomBytes } from "node:crypto";

/** Bytes of a secret: the length of the hash. */
const SECRET_BYTES = 32;

/** Marks a text as the secret of a webhook. */
const PREFIX = "whsec_";

/** Creates the secret of a webhook: bytes in base64. */
export function createSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64");
}

/** The text of a secret that its receiver is given. */
export function shownSecret(secret: string): string {
  return `${PREFIX}${secret}`;
}

/** What is signed. */
export interface SignedDelivery {
  /** Identifies the event: the same in every attempt. */
  readonly id: string;
  /** The time of the attempt, in seconds since the Unix epoch. */
  readonly seconds: number;
  readonly body: string;
}

/** The headers of a delivery. The signature covers the other two and the body. */
export function signedHeaders(
  { id, seconds, body }: SignedDelivery,
  secret: string,
): Readonly<Record<string, string>> {
  const key = Buffer.from(secret, "base64");
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": `${seconds}`,
    "webhook-signature": `v1,${signature}`,
  };
}
