/**
 * A certificate with its key, and how long it is valid.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";

/** A certificate and its private key, both in PEM. */
export interface Certificate {
  /** The certificate, followed by those between it and a root. */
  readonly chain: string;
  readonly key: string;
}

/** From when until when a certificate is valid, in ms since the Unix epoch. */
export interface Validity {
  readonly from: number;
  readonly to: number;
}

/** The share of its time after which a certificate is renewed, as the authorities recommend. */
const RENEWED_AFTER = 2 / 3;

/** Reads how long a certificate is valid. @throws {Error} If it is no certificate. */
export function validityOf({ chain }: Certificate): Validity {
  const { validFrom, validTo } = new X509Certificate(chain);
  return { from: Date.parse(validFrom), to: Date.parse(validTo) };
}

/** When a certificate should be renewed, in ms since the Unix epoch. */
export function renewalOf(certificate: Certificate): number {
  const { from, to } = validityOf(certificate);
  return from + (to - from) * RENEWED_AFTER;
}
