/**
 * The server's certificate: kept in the store, ordered when there is none, renewed in good time. Of
 * instances that share a store one orders, and all use what it got.
 *
 * @module
 */
import * as v from "valibot";
import type { Log } from "../observability/log.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import { Alarm } from "../chat/alarm.ts";
import { AcmeClient, AcmeError, type AcmeOptions } from "./acme.ts";
import { type Certificate, renewalOf, validityOf } from "./certificate.ts";

/** The dependencies of `Certificates`. */
export interface CertificatesOptions extends AcmeOptions {
  readonly domain: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the store has for a domain. */
const record = v.object({
  certificate: v.nullable(v.object({ chain: v.string(), key: v.string() })),
  /** When the next attempt may begin, in ms since the Unix epoch. */
  next: v.number(),
  /** How many attempts have failed since the last certificate. */
  failures: v.number(),
});

type CertificateRecord = v.InferOutput<typeof record>;

/** How long an attempt keeps other instances from another one: longer than it takes. */
const ATTEMPT_MS = 10 * 60_000;

/**
 * The first and the longest delay after an attempt that failed. Authorities count them: Let's Encrypt
 * allows five an hour.
 */
const RETRY_MS = { first: 60_000, longest: 12 * 3_600_000 } as const;

/** Keeps a certificate for a domain. */
export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #client: AcmeClient;
  readonly #alarm: Alarm;
  readonly #first = Promise.withResolvers<void>();
  #current: Certificate | null = null;
  #onRenewed: () => Promise<void> = () => Promise.resolve();

  constructor(options: CertificatesOptions) {
    this.#options = options;
    this.#client = new AcmeClient(options);
    const { clock, log } = options;
    this.#alarm = new Alarm({
      what: "renew the certificate",
      next: () => this.#due(),
      run: () => this.#update(),
      ...{ clock, log },
    });
  }

  /** The certificate in use; `null` before `start` resolves. */
  get current(): Certificate | null {
    return this.#current;
  }

  /** Gets a certificate and keeps it current. Resolves with the first, however long that takes. */
  async start(): Promise<void> {
    this.#alarm.start();
    await this.#first.promise;
  }

  /** Calls a function with every further certificate, once it is `current`. */
  onRenewed(run: () => Promise<void>): void {
    this.#onRenewed = run;
  }

  /** Ends an order that is under way. */
  async close(): Promise<void> {
    this.#client.close();
    await this.#alarm.close();
  }

  /** When `#update` has something to do, in ms since the Unix epoch. */
  async #due(): Promise<number> {
    const { text, certificate, next } = await this.#read();
    if (certificate !== null && certificate.chain !== this.#current?.chain) return 0;
    // Even the first attempt is recorded before it begins.
    if (text === null) return 0;
    return Math.max(next, certificate === null ? 0 : renewalOf(certificate));
  }

  /** Uses the certificate that the store has, or orders one if it is time to. */
  async #update(): Promise<void> {
    const found = await this.#read();
    const { certificate } = found;
    if (certificate !== null && certificate.chain !== this.#current?.chain) {
      const isFirst = this.#current === null;
      this.#current = certificate;
      if (isFirst) return this.#first.resolve();
      return await this.#onRenewed();
    }
    const now = this.#options.clock.now();
    if (now < found.next || certificate !== null && now < renewalOf(certificate)) return;
    const attempt = { certificate, next: now + ATTEMPT_MS, failures: found.failures };
    // Another instance may have begun meanwhile.
    const claimed = await this.#write(found.text, attempt);
    if (claimed !== null) await this.#order(claimed, attempt);
  }

  async #order(claimed: string, attempt: CertificateRecord): Promise<void> {
    const { domain, clock, log } = this.#options;
    log.info(`ordering a certificate for ${domain}`);
    try {
      const certificate = await this.#client.order(domain);
      const { to } = validityOf(certificate);
      await this.#write(claimed, { certificate, next: 0, failures: 0 });
      log.info(`got a certificate for ${domain}`, { until: new Date(to).toISOString() });
    } catch (error) {
      const failures = attempt.failures + 1;
      const asked = error instanceof AcmeError ? error.retryAfter : 0;
      const wait = Math.max(
        asked,
        Math.min(RETRY_MS.first * 2 ** (failures - 1), RETRY_MS.longest),
      );
      const next = clock.now() + wait;
      await this.#write(claimed, { ...attempt, next, failures });
      const fields = { failures, next: new Date(next).toISOString() };
      const problem = `cannot get a certificate for ${domain}`;
      if (!(error instanceof AcmeError)) return log.error(problem, error, fields);
      log.warn(`${problem}. ${error.message}`, fields);
      return;
    }
    await this.#update();
  }

  async #read(): Promise<CertificateRecord & { readonly text: string | null }> {
    const text = await this.#options.store.value(this.#name);
    const found = text === null ? NONE : v.parse(record, JSON.parse(text));
    const { certificate } = found;
    // A server that was stopped for long may find one that has expired.
    const isValid = certificate !== null && validityOf(certificate).to > this.#options.clock.now();
    return { ...found, certificate: isValid ? certificate : null, text };
  }

  /** @returns What was written, or `null` if `before` is no longer there. */
  async #write(before: string | null, after: CertificateRecord): Promise<string | null> {
    const text = JSON.stringify(after);
    return await this.#options.store.replaceValue(this.#name, before, text) ? text : null;
  }

  get #name(): string {
    const { directory, domain } = this.#options;
    return `certificate ${domain} ${directory}`;
  }
}

const NONE: CertificateRecord = { certificate: null, next: 0, failures: 0 };
