/**
 * Who is who: signing up and in, sessions, guests, passwords.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import * as v from "valibot";
import type { Clock } from "./clock.ts";
import { nameRequest, type Refusal, sessionRequest } from "./protocol.ts";
import type { Account, Store } from "./store/store.ts";

/** A person, and the session that proves it: its token's hash. */
export interface SignedIn {
  readonly account: Account;
  readonly session: string;
}

/** Bytes of chance in a session token. */
const TOKEN_BYTES = 32;

/** scrypt as OWASP recommends it (Password Storage Cheat Sheet): 128 MiB for each check. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** A session token's stand-in in the store: of no use to whoever reads the store. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** Finds out who people are. */
export class Accounts {
  readonly #store: Store;
  readonly #clock: Clock;
  /** The guests whose socket lives, by the number of their account. */
  readonly #guests = new Set<number>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Signs somebody up, or in where the name is theirs by password.
   *
   * @param body The body of `POST /api/session`, unchecked.
   * @returns Who they are, the token that proves it from now on, and whether they are new.
   */
  async signIn(
    body: unknown,
  ): Promise<{ account: Account; token: string; isNew: boolean } | Refusal> {
    const request = v.safeParse(sessionRequest, body, { abortEarly: true });
    if (!request.success) return { code: "bad_request", message: "Please send a valid name." };
    const { name, password } = request.output;
    const known = await this.#store.findAccount(name);
    if (known !== null) return await this.#signInAs(known, password);
    const account = await this.#store.createAccount({
      name,
      role: "member",
      password: password === undefined ? null : await hashPassword(password),
      at: this.#clock.now(),
    });
    if (account === null) return { code: "name_taken" };
    return { account, token: await this.#createSession(account), isNew: true };
  }

  /** Who proves to be somebody by a token. */
  async authenticate(token: string): Promise<SignedIn | null> {
    const session = hashToken(token);
    const account = await this.#store.findSession(session);
    return account === null ? null : { account, session };
  }

  /** Ends a session. */
  async signOut(session: string): Promise<void> {
    await this.#store.deleteSession(session);
  }

  /**
   * Lends a name to a guest for as long as a socket lives.
   *
   * @returns The guest, to be given back with `releaseGuest`; or why not.
   */
  async admitGuest(name: string): Promise<Account | Refusal> {
    const request = v.safeParse(nameRequest, name);
    if (!request.success) return { code: "bad_request", message: "This is not a valid name." };
    const at = this.#clock.now();
    const account = await this.#store.findAccount(request.output) ??
      await this.#store.createAccount({ name: request.output, role: "guest", password: null, at });
    if (account === null || account.role !== "guest" || this.#guests.has(account.id)) {
      return { code: "name_taken" };
    }
    this.#guests.add(account.id);
    return account;
  }

  /** A guest's socket is gone: somebody else may have the name. */
  releaseGuest(account: Account): void {
    this.#guests.delete(account.id);
  }

  async #signInAs(
    account: Account,
    password: string | undefined,
  ): Promise<{ account: Account; token: string; isNew: boolean } | Refusal> {
    if (password === undefined) return { code: "name_taken" };
    const hash = await this.#store.passwordOf(account.id);
    if (hash === null || !await isPassword(password, hash)) return { code: "wrong_password" };
    return { account, token: await this.#createSession(account), isNew: false };
  }

  async #createSession(account: Account): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    const at = this.#clock.now();
    await this.#store.createSession({ hash: hashToken(token), account: account.id, at });
    return token;
  }
}

/** @returns The parameters, salt and key, so that older hashes outlive a change of parameters. */
async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await deriveKey(password, salt, SCRYPT);
  const { N, r, p } = SCRYPT;
  return ["scrypt", N, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

async function isPassword(password: string, hash: string): Promise<boolean> {
  const [, N, r, p, salt = "", key = ""] = hash.split("$");
  const expected = Buffer.from(key, "base64url");
  const cost = { N: Number(N), r: Number(r), p: Number(p), maxmem: SCRYPT.maxmem };
  return timingSafeEqual(await deriveKey(password, Buffer.from(salt, "base64url"), cost), expected);
}

function deriveKey(
  password: string,
  salt: Buffer,
  cost: { N: number; r: number; p: number; maxmem: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, cost, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
