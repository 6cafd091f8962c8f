/**
 * Makes certificate signing requests.
 *
 * @module
 */
import "reflect-metadata";
import { Buffer } from "node:buffer";
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/**
 * Makes a new key and a request for its certificate (PKCS #10, RFC 2986).
 *
 * @returns The request in DER as base64url, and the private key in PEM.
 */
export async function createRequest(
  domain: string,
): Promise<{ readonly request: string; readonly key: string }> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const names = new SubjectAlternativeNameExtension([{ type: "dns", value: domain }]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [names],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = pkcs8.toString("base64").replace(/.{64}(?!$)/g, "$&\n");
  return {
    request: Buffer.from(request.rawData).toString("base64url"),
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  };
}
