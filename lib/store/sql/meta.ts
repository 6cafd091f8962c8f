import { randomBytes } from "node:crypto";
import { encodeText } from "./text.ts";

/** The random bytes in a secret. */
const SECRET_BYTES = 32;

/** A new secret, in base64url. */
export function makeSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

/** The key of a secret in `meta`, distinct from other rows. */
export function secretName(name: string): string {
  return `secret ${encodeText(name)}`;
}

/** The key of one of the server's own values in `meta`, distinct from other rows. */
export function valueName(name: string): string {
  return `value ${encodeText(name)}`;
}

/**
 * The condition for the rows of the server's certificates, which belong to a machine: another one gets
 * its own.
 */
export const IS_CERTIFICATE = "name LIKE 'value certificate %'";

/**
 * The row that marks a log as possibly rolled back: the store was restored or imported. The next
 * server that opens it renews the epoch and deletes the row.
 */
export const RESTORED = "restored";
