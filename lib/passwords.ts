/**
 * Passwords, by scrypt: slow on purpose, and never on the way of a message.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** OWASP's recommendation (Password Storage Cheat Sheet): 128 MiB for each check. */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const MAX_MEMORY = 256 * 1024 * 1024;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** Checks that run, and wait, at once: memory is what an attacker would run us out of. */
const MAX_RUNNING = 2;
const MAX_WAITING = 16;

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** Hashes passwords and checks them, a few at a time. */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #decoy: Promise<string> | undefined;

  /** Whether so many wait that the next one should come back later. */
  get busy(): boolean {
    return this.#waiting.length >= MAX_WAITING;
  }

  /** @returns The parameters, the salt and the key: older hashes outlive a change of parameters. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const key = await this.#derive(password, salt, COST);
    const { N, r, p } = COST;
    return ["scrypt", N, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
  }

  /**
   * Whether a password is the right one. Takes as long where there is nothing to compare with:
   * nobody learns by the time it takes who has an account or a password.
   *
   * @param hash What `hash` returned, or `null`.
   */
  async check(password: string, hash: string | null): Promise<boolean> {
    // Waited for in either case: else the first check would tell.
    const decoy = await (this.#decoy ??= this.hash(randomBytes(SALT_BYTES).toString("base64url")));
    const [, N, r, p, salt = "", key = ""] = (hash ?? decoy).split("$");
    const cost = { N: Number(N), r: Number(r), p: Number(p) };
    const derived = await this.#derive(password, Buffer.from(salt, "base64url"), cost);
    return timingSafeEqual(derived, Buffer.from(key, "base64url")) && hash !== null;
  }

  async #derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
    if (this.#running < MAX_RUNNING) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await derive(password, salt, cost);
    } finally {
      // Whoever waits takes the place over: it is never free in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
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
