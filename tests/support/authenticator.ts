/** A passkey in software: the responses of a browser and its authenticator (WebAuthn Level 3). */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

const encoder = new TextEncoder();

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

function sha256(data: string | Uint8Array): Uint8Array {
  return createHash("sha256").update(data).digest();
}

function head(major: number, value: number): Uint8Array {
  if (value < 24) return Uint8Array.of(major << 5 | value);
  if (value < 256) return Uint8Array.of(major << 5 | 24, value);
  return Uint8Array.of(major << 5 | 25, value >> 8, value & 255);
}

/** The subset of CBOR (RFC 8949) that a registration needs. */
function cbor(value: number | string | Uint8Array | Map<number | string, unknown>): Uint8Array {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") {
    const bytes = encoder.encode(value);
    return Buffer.concat([head(3, bytes.length), bytes]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  const parts = [...value].flatMap(([key, item]) => [cbor(key), cbor(item as number)]);
  return Buffer.concat([head(5, value.size), ...parts]);
}

/** Converts a raw ECDSA signature to the DER form that WebAuthn uses. */
function derOf(raw: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array) => {
    let start = 0;
    while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
    const trimmed = bytes.slice(start);
    const padded = (trimmed[0] ?? 0) > 127 ? Buffer.concat([Uint8Array.of(0), trimmed]) : trimmed;
    return Buffer.concat([Uint8Array.of(2, padded.length), padded]);
  };
  const body = Buffer.concat([integer(raw.slice(0, 32)), integer(raw.slice(32))]);
  return Buffer.concat([Uint8Array.of(48, body.length), body]);
}

/** A passkey for one server. */
export interface SoftPasskey {
  readonly id: string;
  /** Answers `POST /api/passkeys/options`. */
  register(options: { challenge: string }): Promise<unknown>;
  /** Answers `POST /api/session/passkey/options`. */
  prove(options: { challenge: string }): Promise<unknown>;
}

/** Creates a passkey for a server at an origin. */
export async function makePasskey(origin: string): Promise<SoftPasskey> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", keys.publicKey);
  const rawId = crypto.getRandomValues(new Uint8Array(16));
  const id = base64url(rawId);
  const rp = sha256(new URL(origin).hostname);
  const client = (type: string, challenge: string) =>
    encoder.encode(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  const rest = { id, rawId: id, type: "public-key", clientExtensionResults: {} };
  return {
    id,
    register({ challenge }) {
      const key = cbor(
        new Map<number, unknown>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, "base64url")], [
          -3,
          Buffer.from(y, "base64url"),
        ]]),
      );
      const attested = [new Uint8Array(16), Uint8Array.of(0, rawId.length), rawId, key];
      const authData = Buffer.concat([rp, Uint8Array.of(0x45, 0, 0, 0, 0), ...attested]);
      const attestation = new Map<string, unknown>([["fmt", "none"], ["attStmt", new Map()], [
        "authData",
        new Uint8Array(authData),
      ]]);
      const response = {
        clientDataJSON: base64url(client("webauthn.create", challenge)),
        attestationObject: base64url(cbor(attestation)),
        transports: ["internal"],
      };
      return Promise.resolve({ ...rest, response });
    },
    async prove({ challenge }) {
      const clientData = client("webauthn.get", challenge);
      const authData = Buffer.concat([rp, Uint8Array.of(0x05, 0, 0, 0, 0)]);
      const signed = new Uint8Array(Buffer.concat([authData, sha256(clientData)]));
      const hash = { name: "ECDSA", hash: "SHA-256" };
      const raw = new Uint8Array(await crypto.subtle.sign(hash, keys.privateKey, signed));
      const response = {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(authData),
        signature: base64url(derOf(raw)),
      };
      return { ...rest, response };
    },
  };
}
