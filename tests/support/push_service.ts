/**
 * A browser's side of Web Push, and the push service between: what a server sends to a device is
 * decrypted as the device would do it (RFC 8291), and its signature checked (RFC 8292).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { PushSubscription } from "../../lib/store/people.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const decode = (text: string) => Uint8Array.fromBase64(text, { alphabet: "base64url" });
const encode = (value: Uint8Array) => value.toBase64({ alphabet: "base64url", omitPadding: true });

/** A request that arrived at the push service. */
export interface Arrived {
  readonly path: string;
  readonly headers: Headers;
  /** The decrypted message. */
  readonly note: unknown;
}

/** A subscribed device. */
export interface FakeDevice {
  readonly subscription: PushSubscription;
  /** Decrypts a message for it. */
  read(body: Uint8Array<ArrayBuffer>): Promise<unknown>;
}

/** Creates a device with a given push endpoint. */
export async function createDevice(endpoint: string): Promise<FakeDevice> {
  const curve = { name: "ECDH", namedCurve: "P-256" } as const;
  const pair = await crypto.subtle.generateKey(curve, true, ["deriveBits"]) as CryptoKeyPair;
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const auth = crypto.getRandomValues(new Uint8Array(16));
  return {
    subscription: { endpoint, p256dh: encode(publicKey), auth: encode(auth) },
    async read(body) {
      // RFC 8188 section 2.1: salt, record size, and the sender's public key as the key's id.
      const salt = body.slice(0, 16);
      const length = body[20] ?? 0;
      const senderKey = body.slice(21, 21 + length);
      const sender = await crypto.subtle.importKey("raw", senderKey, curve, false, []);
      const shared = await crypto.subtle.deriveBits(
        { name: "ECDH", public: sender },
        pair.privateKey,
        256,
      );
      // RFC 8291 section 3.4.
      const info = new Uint8Array([...bytes("WebPush: info\0"), ...publicKey, ...senderKey]);
      const ikm = await hkdf(auth, shared, info, 32);
      const key = await hkdf(salt, ikm, bytes("Content-Encoding: aes128gcm\0"), 16);
      const nonce = await hkdf(salt, ikm, bytes("Content-Encoding: nonce\0"), 12);
      const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
      const record = body.slice(21 + length);
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, aes, record);
      // The last record ends with a 2 and zeros (RFC 8188 section 2).
      const end = new Uint8Array(plain).lastIndexOf(2);
      return JSON.parse(new TextDecoder().decode(plain.slice(0, end)));
    },
  };
}

async function hkdf(salt: BufferSource, secret: BufferSource, info: BufferSource, length: number) {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return await crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt, info },
    key,
    length * 8,
  );
}

/** Checks a request's VAPID signature and claims (RFC 8292). */
export async function checkVapid(
  headers: Headers,
  publicKey: string,
  presenceSubscriptions: string,
) {
  const [, token = "", key = ""] = /^vapid t=([^,]+), ?k=(.+)$/
    .exec(headers.get("authorization") ?? "") ?? [];
  assertEquals(key, publicKey);
  const [header = "", claims = "", signature = ""] = token.split(".");
  const verifier = await crypto.subtle.importKey(
    "raw",
    decode(publicKey),
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["verify"],
  );
  const algorithm = { name: "ECDSA", hash: "SHA-256" } as const;
  const signed = bytes(`${header}.${claims}`);
  assert(await crypto.subtle.verify(algorithm, verifier, decode(signature), signed), "signature");
  const { aud, exp, sub } = JSON.parse(new TextDecoder().decode(decode(claims)));
  assertEquals(aud, presenceSubscriptions);
  assert(exp * 1_000 > Date.now() && exp * 1_000 < Date.now() + 86_400_000);
  assert(/^(https:|mailto:)/.test(sub));
}

/** A push service on the loopback address. */
export class FakePushService implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #devices = new Map<string, FakeDevice>();
  readonly #waiting: ((arrived: Arrived) => void)[] = [];
  readonly #arrived: Arrived[] = [];
  /** The status it responds with. */
  status = 201;
  /** The address it redirects to, if any. */
  location: string | undefined;

  constructor() {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      (request) => this.#take(request),
    );
  }

  /** Its origin. */
  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The audience that a server signs for: push services use HTTPS, except this one. */
  get presenceSubscriptions(): string {
    return this.origin.replace("http:", "https:");
  }

  /** Subscribes another device. */
  async subscribe(name: string): Promise<FakeDevice> {
    const device = await createDevice(`${this.origin}/${name}`);
    this.#devices.set(`/${name}`, device);
    return device;
  }

  /** The next request, waiting for it if necessary. */
  next(): Promise<Arrived> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    const { promise, resolve } = Promise.withResolvers<Arrived>();
    this.#waiting.push(resolve);
    return promise;
  }

  /** The number of requests not taken yet. */
  get pending(): number {
    return this.#arrived.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #take(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const body = await request.bytes();
    const note = await this.#devices.get(pathname)?.read(body);
    const arrived = { path: pathname, headers: request.headers, note };
    const taker = this.#waiting.shift();
    if (taker === undefined) this.#arrived.push(arrived);
    else taker(arrived);
    const headers = this.location === undefined ? undefined : { location: this.location };
    return new Response(null, { status: this.status, ...(headers ? { headers } : {}) });
  }
}
