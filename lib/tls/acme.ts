/**
 * A client of a certificate authority that speaks ACME (RFC 8555). It proves that a domain leads to
 * this server by HTTP-01 (section 8.3): the authority fetches an address on port 80.
 *
 * TLS-ALPN-01 (RFC 8737) is not possible: it needs another certificate for connections with the
 * protocol `acme-tls/1`, and Deno has one certificate per port.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createECDH } from "node:crypto";
import { calculateJwkThumbprint, FlattenedSign, importJWK, type JWK } from "jose";
import * as v from "valibot";
import type { Clock } from "../util/clock.ts";
import type { Certificate } from "./certificate.ts";

/** The dependencies of `AcmeClient`. */
export interface AcmeOptions {
  /** The address of the authority's directory. */
  readonly directory: string;
  /** Where the authority may write to the operator. */
  readonly email: string | null;
  /** The key of the account: see `accountKey`. */
  readonly key: JWK;
  readonly clock: Clock;
  /** Sends a request. */
  readonly fetch: typeof fetch;
}

/** The authority, or the way to it, has refused. The message is for the operator. */
export class AcmeError extends Error {
  override readonly name = "AcmeError";
  /** The type of the authority's problem (RFC 8555 section 6.7), such as `rateLimited`. */
  readonly type: string | null;
  /** How long the authority wants the next attempt to wait, in ms. */
  readonly retryAfter: number;

  constructor(message: string, type: string | null = null, retryAfter = 0) {
    super(message);
    this.type = type;
    this.retryAfter = retryAfter;
  }
}

/** How long one request may take, in ms. */
const REQUEST_MS = 30_000;

/** How long the authority may take to check the domain, and then to make the certificate, in ms. */
const WAIT_MS = 120_000;

/** How long to wait before asking again, in ms, if the authority does not say. */
const POLL_MS = 2_000;

/** How often a request is sent again because its nonce was not accepted. */
const NONCE_ATTEMPTS = 5;

const NAMESPACE = "urn:ietf:params:acme:error:";

const url = v.pipe(v.string(), v.url());

const problem = v.object({ type: v.string(), detail: v.optional(v.string()) });

const directory = v.object({ newNonce: url, newAccount: url, newOrder: url });

const order = v.object({
  status: v.string(),
  authorizations: v.array(url),
  finalize: url,
  certificate: v.optional(url),
  error: v.optional(problem),
});

const authorization = v.object({
  status: v.string(),
  challenges: v.array(v.looseObject({
    type: v.string(),
    url,
    error: v.optional(problem),
  })),
});

type AcmeOrder = v.InferOutput<typeof order>;
type AcmeAuthorization = v.InferOutput<typeof authorization>;
type AcmeProblem = v.InferOutput<typeof problem>;
type AcmeDirectory = v.InferOutput<typeof directory>;

/** Derives an account's key, ECDSA with P-256, from a secret of 32 bytes in base64url. */
export function accountKey(secret: string): JWK {
  const pair = createECDH("prime256v1");
  pair.setPrivateKey(Buffer.from(secret, "base64url"));
  // Uncompressed: 4, x, y (SEC 1 section 2.3.3).
  const point = pair.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((one) =>
    Buffer.from(one).toString("base64url")
  );
  return { kty: "EC", crv: "P-256", x: `${x}`, y: `${y}`, d: secret };
}

/** The path of a challenge, up to its token (RFC 8555 section 8.3). */
const CHALLENGE_PATH = "/.well-known/acme-challenge/";

/**
 * Answers the authority's request for a challenge: the token and the thumbprint of the account's key.
 * The answer does not depend on an order, so every instance can give it. It is of use only to the
 * holder of the key.
 *
 * @returns `null` if the path is not that of a challenge.
 */
export async function answerChallenge(pathname: string, key: JWK): Promise<string | null> {
  if (!pathname.startsWith(CHALLENGE_PATH)) return null;
  const token = pathname.slice(CHALLENGE_PATH.length);
  // The answer repeats the token: it must not be able to contain anything else.
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(token)) return null;
  return `${token}.${await calculateJwkThumbprint(key)}`;
}

/** A client of one authority, with one account. */
export class AcmeClient {
  readonly #options: AcmeOptions;
  readonly #closing = new AbortController();
  #nonce: string | null = null;

  constructor(options: AcmeOptions) {
    this.#options = options;
  }

  /** Ends every request that is under way, and every later one. */
  close(): void {
    this.#closing.abort(new AcmeError("The server is stopping"));
  }

  /**
   * Orders a certificate. The account is created if it does not exist.
   *
   * @throws {AcmeError} If the authority refuses or cannot be reached.
   */
  async order(domain: string): Promise<Certificate> {
    const where = await this.#directory();
    const account = await this.#account(where);
    const identifiers = [{ type: "dns", value: domain }];
    const created = await this.#post(where, where.newOrder, account, { identifiers });
    const orderUrl = created.headers.get("location");
    if (orderUrl === null) throw unexpected("an order without an address");
    const { authorizations, finalize } = parse(order, created.body);
    for (const one of authorizations) await this.#authorize(where, account, one, domain);
    // Loaded on demand: few starts order a certificate.
    const { createRequest } = await import("./certificate_request.ts");
    const { request, key } = await createRequest(domain);
    await this.#post(where, finalize, account, { csr: request });
    const done = await this.#poll<AcmeOrder>(where, account, orderUrl, order);
    if (done.status !== "valid" || done.certificate === undefined) {
      throw refused(done.error, `did not make the certificate (${done.status})`);
    }
    const chain = await this.#post(where, done.certificate, account, null, PEM);
    return { chain: chain.body, key };
  }

  async #directory(): Promise<AcmeDirectory> {
    const response = await this.#fetch(this.#options.directory, {});
    if (!response.ok) throw await this.#refusal(response);
    return parse(directory, await response.text());
  }

  /** Finds the account of the key, or creates it. @returns Its address. */
  async #account(where: AcmeDirectory): Promise<string> {
    const { email } = this.#options;
    const contact = email === null ? {} : { contact: [`mailto:${email}`] };
    const payload = { termsOfServiceAgreed: true, ...contact };
    const { headers } = await this.#post(where, where.newAccount, null, payload);
    return headers.get("location") ?? fail("an account without an address");
  }

  /** Lets the authority check the domain. */
  async #authorize(
    where: AcmeDirectory,
    account: string,
    address: string,
    domain: string,
  ): Promise<void> {
    const { body } = await this.#post(where, address, account, null);
    const { status, challenges } = parse(authorization, body);
    // The authority remembers an earlier check for a while.
    if (status === "valid") return;
    const challenge = challenges.find(({ type }) => type === "http-01");
    if (challenge === undefined) throw unexpected("no challenge over HTTP");
    await this.#post(where, challenge.url, account, {});
    const checked = await this.#poll<AcmeAuthorization>(where, account, address, authorization);
    if (checked.status === "valid") return;
    const error = checked.challenges.find((one) => one.error !== undefined)?.error;
    throw refused(
      error,
      `could not see that ${domain} leads to this server. Let its A and AAAA records have the ` +
        "addresses of this machine, and let port 80 be open to everyone",
    );
  }

  /** Asks for an order or an authorization until it is decided. */
  async #poll<T extends { readonly status: string }>(
    where: AcmeDirectory,
    account: string,
    address: string,
    schema: v.GenericSchema<unknown, T>,
  ): Promise<T> {
    const { clock } = this.#options;
    for (const started = clock.elapsed();;) {
      const { headers, body } = await this.#post(where, address, account, null);
      const state = parse(schema, body);
      if (!["pending", "processing", "ready"].includes(state.status)) return state;
      if (clock.elapsed() - started > WAIT_MS) {
        throw new AcmeError(`The certificate authority did not decide within ${WAIT_MS / 1_000} s`);
      }
      await this.#sleep(Math.min(retryAfter(headers, clock) ?? POLL_MS, WAIT_MS));
    }
  }

  #sleep(ms: number): Promise<void> {
    const { signal } = this.#closing;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const stop = () => {
        cancel();
        reject(signal.reason);
      };
      const cancel = this.#options.clock.after(ms, () => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
      signal.addEventListener("abort", stop, { once: true });
    });
  }

  /**
   * Sends a signed request (RFC 8555 section 6.2).
   *
   * @param account The address of the account; `null` to name it by its key.
   * @param payload `null` for "POST-as-GET".
   */
  async #post(
    { newNonce }: AcmeDirectory,
    address: string,
    account: string | null,
    payload: unknown,
    accept = "application/json",
  ): Promise<{ readonly headers: Headers; readonly body: string }> {
    const { key } = this.#options;
    const { d: _, ...jwk } = key;
    const signer = await importJWK(key, "ES256");
    const bytes = new TextEncoder().encode(payload === null ? "" : JSON.stringify(payload));
    for (let attempt = 1;; attempt++) {
      const nonce = this.#nonce ?? await this.#newNonce(newNonce);
      this.#nonce = null;
      const header = { alg: "ES256", nonce, url: address };
      const signed = await new FlattenedSign(bytes)
        .setProtectedHeader(account === null ? { ...header, jwk } : { ...header, kid: account })
        .sign(signer);
      const response = await this.#fetch(address, {
        method: "POST",
        headers: { "content-type": "application/jose+json", accept },
        body: JSON.stringify(signed),
      });
      this.#nonce = response.headers.get("replay-nonce");
      if (response.ok) return { headers: response.headers, body: await response.text() };
      const refusal = await this.#refusal(response);
      if (refusal.type !== "badNonce" || attempt === NONCE_ATTEMPTS) throw refusal;
    }
  }

  async #newNonce(address: string): Promise<string> {
    const { headers } = await this.#fetch(address, { method: "HEAD" });
    return headers.get("replay-nonce") ?? fail("no nonce");
  }

  async #fetch(address: string, init: RequestInit): Promise<Response> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(REQUEST_MS)]);
    try {
      return await this.#options.fetch(address, { ...init, signal });
    } catch (error) {
      if (error instanceof AcmeError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new AcmeError(`Cannot reach the certificate authority: ${reason}`);
    }
  }

  async #refusal(response: Response): Promise<AcmeError> {
    const text = await response.text();
    const found = v.safeParse(problem, parsed(text));
    const wait = retryAfter(response.headers, this.#options.clock) ?? 0;
    const error = refused(
      found.success ? found.output : undefined,
      `answered with ${response.status}`,
    );
    return new AcmeError(error.message, error.type, wait);
  }
}

const PEM = "application/pem-certificate-chain";

function refused(error: AcmeProblem | undefined, what: string): AcmeError {
  const type = error?.type.startsWith(NAMESPACE) ? error.type.slice(NAMESPACE.length) : null;
  const detail = error === undefined ? "" : `: ${error.detail ?? error.type}`;
  return new AcmeError(`The certificate authority ${what}${detail}`, type);
}

function unexpected(what: string): AcmeError {
  return new AcmeError(`The certificate authority sent ${what}`);
}

function fail(what: string): never {
  throw unexpected(what);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function parse<T>(schema: v.GenericSchema<unknown, T>, text: string): T {
  const result = v.safeParse(schema, parsed(text));
  return result.success ? result.output : fail("something else than ACME");
}

/** The time of `Retry-After`, seconds or a date (RFC 9110 section 10.2.3), in ms. */
function retryAfter(headers: Headers, clock: Clock): number | null {
  const value = headers.get("retry-after");
  if (value === null) return null;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - clock.now();
  return Number.isNaN(ms) ? null : Math.max(ms, 0);
}
