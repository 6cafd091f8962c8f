/**
 * Certificates for tests, from an authority that one test trusts.
 *
 * @module
 */
import "reflect-metadata";
import { Buffer } from "node:buffer";
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { Certificate } from "../../lib/tls/certificate.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

const DAY_MS = 86_400_000;

/** An authority. */
export interface TestAuthority {
  /** Its certificate, in PEM. */
  readonly root: string;
  /** Issues a certificate, valid since some days and for some more. */
  issue(domain: string, days?: { since?: number; left?: number }): Promise<Certificate>;
}

const generateKeys = () => crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

/** Makes an authority. */
export async function createAuthority(): Promise<TestAuthority> {
  const keys = await generateKeys();
  const name = "CN=An authority of a test";
  const root = await X509CertificateGenerator.createSelfSigned({
    ...{ name, keys, signingAlgorithm: ALGORITHM, serialNumber: "01" },
    notBefore: new Date(Date.now() - 400 * DAY_MS),
    notAfter: new Date(Date.now() + 400 * DAY_MS),
    extensions: [new BasicConstraintsExtension(true)],
  });
  return {
    root: root.toString("pem"),
    async issue(domain, { since = 1, left = 1 } = {}) {
      const own = await generateKeys();
      const certificate = await X509CertificateGenerator.create({
        ...{ subject: `CN=${domain}`, issuer: name, publicKey: own.publicKey },
        ...{ signingKey: keys.privateKey, signingAlgorithm: ALGORITHM, serialNumber: "02" },
        notBefore: new Date(Date.now() - since * DAY_MS),
        notAfter: new Date(Date.now() + left * DAY_MS),
        extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: domain }])],
      });
      const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", own.privateKey));
      return {
        chain: certificate.toString("pem"),
        key: `-----BEGIN PRIVATE KEY-----\n${key.toString("base64")}\n-----END PRIVATE KEY-----\n`,
      };
    },
  };
}
