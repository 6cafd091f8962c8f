/**
 * Makes the keys under which drafts are sent. `crypto.randomUUID` would do, but a browser offers
 * it only on https and localhost, and a chat in a home network has neither.
 *
 * @module
 */

/** A key that nobody else has: 128 random bits in hexadecimal. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
