/**
 * Hashes and checks passwords with scrypt: slow on purpose, and never on the path of a message.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { isLoopback } from "../util/ip_address.ts";
import { FairQueue } from "../util/fair_queue.ts";
import type { Refusal } from "../protocol/errors.ts";

/** The recommendation of OWASP (Password Storage Cheat Sheet): 128 MiB for each hash. */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const MAX_MEMORY = 256 * 1024 * 1024;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** Hashes that run and wait at the same time. Without a bound, attackers could exhaust memory. */
const BOUNDS = { running: 2, waiting: 64 };

/** The share of one account: as many as its burst of guesses. One runs, the others wait. */
const PER_ACCOUNT = 10;

/** The share of one address: many users may share it. */
const PER_ADDRESS = 16;

/** After how many ms a client should try again: most of the queue has run by then. */
const RETRY_MS = 2_000;

/** The account and the address that ask for a password to be hashed. */
export interface Requester {
  /** The folded name of the account, whether it exists or not. */
  readonly account: string;
  readonly address: string;
}

/** The parameters of scrypt. */
export interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** Hashes passwords and checks them, a few at a time, and one at a time for each account. */
export class Passwords {
  readonly #queue = new FairQueue(BOUNDS);
  readonly #cost: Cost;
  #decoy: Promise<string> | undefined;

  /** @param cost What a new hash costs. */
  constructor(cost: Cost = COST) {
    this.#cost = cost;
  }

  /**
   * Hashes a password.
   *
   * @returns The parameters, the salt and the key, so that older hashes outlive a change of parameters;
   * or a refusal if too many hashes are waiting.
   */
  hash(password: string, requester: Requester): Promise<string | Refusal> {
    return this.#enqueue(requester, () => hash(password, this.#cost));
  }

  /**
   * Checks a password. It takes the same time if there is nothing to compare with: the time must not
   * reveal which accounts exist or have a password.
   *
   * @param stored What `hash` returned, or `null` if there is no password.
   */
  check(
    password: string,
    stored: string | null,
    requester: Requester,
  ): Promise<boolean | Refusal> {
    return this.#enqueue(requester, async () => {
      // Await it in either case, or the first check would reveal the difference.
      const decoy = await (this.#decoy ??= this.#makeDecoy());
      const [, N, r, p, salt = "", key = ""] = (stored ?? decoy).split("$");
      const cost = { N: Number(N), r: Number(r), p: Number(p) };
      const derived = await derive(password, Buffer.from(salt, "base64url"), cost);
      return timingSafeEqual(derived, Buffer.from(key, "base64url")) && stored !== null;
    });
  }

  #makeDecoy(): Promise<string> {
    return hash(randomBytes(SALT_BYTES).toString("base64url"), this.#cost);
  }

  async #enqueue<T>(
    { account, address }: Requester,
    work: () => Promise<T>,
  ): Promise<T | Refusal> {
    const shares = [{ key: `account ${account}`, limit: PER_ACCOUNT }];
    // All clients of a proxy that `--proxies` does not list come from the loopback address.
    if (!isLoopback(address)) shares.push({ key: `address ${address}`, limit: PER_ADDRESS });
    const done = await this.#queue.run(shares, work);
    if ("value" in done) return done.value;
    if (done.refused === "full") return { code: "try_again", retry_after: RETRY_MS };
    const of = done.refused.limit === PER_ACCOUNT ? "one account" : "one address";
    const message = `Only ${done.refused.limit} passwords of ${of} are checked at once.`;
    return { code: "rate_limited", message, retry_after: RETRY_MS };
  }
}

/** The form of a hash. `isPasswordHash` checks that its cost fits in `MAX_MEMORY`. */
const HASH = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$[\w-]{16,86}\$[\w-]{43}$/;

/** Whether a text is a hash against which a password can be checked. */
export function isPasswordHash(text: string): boolean {
  const [N, r, p] = HASH.exec(text)?.slice(1).map(Number) ?? [];
  if (N === undefined || r === undefined || p === undefined) return false;
  const isPowerOfTwo = N > 1 && (N & (N - 1)) === 0;
  return isPowerOfTwo && r > 0 && p > 0 && 128 * r * (N + p) <= MAX_MEMORY;
}

async function hash(password: string, cost: Cost): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, cost);
  const { N, r, p } = cost;
  return ["scrypt", N, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: MAX_MEMORY };
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
