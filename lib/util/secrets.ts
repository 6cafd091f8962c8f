/**
 * Secrets: tokens are created here, and stored and looked up only as hashes.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Random bytes in a token. */
const TOKEN_BYTES = 32;

/** The longest signed text that is verified: ours are much shorter, and verifying takes time. */
const MAX_SIGNED = 256;

/** Creates a public id for a room or an account: 48 random bits. */
export function createPublicId(): string {
  return randomBytes(6).toString("hex");
}

/** Creates a token: 256 random bits in base64url. */
export function createToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/**
 * Hashes a token for the store: a reader of the store cannot use the hash. Tokens are random, so a
 * fast hash is enough; and the duration of a lookup by hash reveals nothing about the token.
 */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** Appends a signature that only this server can create. */
export function sign(text: string, secret: string): string {
  return `${text}.${mac(text, secret).toString("base64url")}`;
}

/** Returns the signed text; `null` when the signature is not this server's. */
export function verify(signed: string, secret: string): string | null {
  if (signed.length > MAX_SIGNED) return null;
  const dot = signed.lastIndexOf(".");
  const text = signed.slice(0, Math.max(dot, 0));
  const given = Buffer.from(signed.slice(dot + 1), "base64url");
  const expected = mac(text, secret);
  return given.length === expected.length && timingSafeEqual(given, expected) ? text : null;
}

function mac(text: string, secret: string) {
  return createHmac("sha256", secret).update(text).digest();
}
