import { randomBytes } from "node:crypto";
import { encodeText } from "./text.ts";

/** Bytes of chance in a secret. */
const SECRET_BYTES = 32;

/** A new secret, in base64url. */
export function makeSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

/** The name under which a secret is kept, apart from whatever else is made once. */
export function secretName(name: string): string {
  return `secret ${encodeText(name)}`;
}
