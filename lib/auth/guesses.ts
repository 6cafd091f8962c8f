/**
 * Limits how often a password can be guessed.
 *
 * @module
 */
import type { Clock } from "../util/clock.ts";
import { foldName } from "../protocol/names.ts";
import { RateLimiter } from "../util/rate_limit.ts";
import { createToken, sign, verify } from "../util/secrets.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";

/**
 * Guesses are counted by address, and by account for unknown devices. A device on which the account
 * has signed in before has its own count, so that an attacker who guesses cannot lock the user out of
 * it (OWASP, Device Cookies).
 */
const GUESSES_BY_ADDRESS = { perSecond: 10 / 60, burst: 20 };
const GUESSES_BY_ACCOUNT = { perSecond: 5 / 60, burst: 10 };

/** Counts the guesses of passwords. */
export class Guesses {
  readonly #store: Pick<Store, "secret">;
  readonly #byAddress: RateLimiter<string>;
  readonly #byAccount: RateLimiter<string>;

  constructor(store: Pick<Store, "secret">, clock: Clock) {
    this.#store = store;
    this.#byAddress = new RateLimiter(GUESSES_BY_ADDRESS, clock);
    this.#byAccount = new RateLimiter(GUESSES_BY_ACCOUNT, clock);
  }

  /** Returns a signed token by which the device is known at its next sign-in. */
  async deviceOf(account: Account): Promise<string> {
    return sign(`${account.id}.${createToken()}`, await this.#store.secret("device"));
  }

  /**
   * Counts a guess. An unknown name counts like a known one, or the count would reveal which names
   * exist.
   *
   * @returns 0 if the guess is allowed, or the milliseconds to wait.
   */
  async take(
    account: Account | null,
    name: string,
    caller: { readonly address: string; readonly device: string | undefined },
  ): Promise<number> {
    const secret = await this.#store.secret("device");
    const device = verify(caller.device ?? "", secret);
    if (account !== null && device?.startsWith(`${account.id}.`)) {
      return this.#byAccount.take(device);
    }
    const wait = this.#byAddress.take(caller.address);
    return wait > 0 ? wait : this.#byAccount.take(foldName(name));
  }
}
