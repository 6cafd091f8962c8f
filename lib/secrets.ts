/**
 * Secrets: made here, stored only as hashes, compared in the store by those.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Bytes of chance in a token. */
const TOKEN_BYTES = 32;

/** Characters of a signed text: ours are much shorter, and reading others takes its time. */
const MAX_SIGNED = 256;

/** A new token: 256 bits in base64url. */
export function createToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/**
 * A token's stand-in in the store: of no use to whoever reads the store. The tokens are random, so
 * that a fast hash does; and looking up a hash tells nothing by the time it takes.
 */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** A text with a signature that only this server can make. */
export function sign(text: string, secret: string): string {
  return `${text}.${mac(text, secret).toString("base64url")}`;
}

/** The text that was signed, or `null` where the signature is not ours. */
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
