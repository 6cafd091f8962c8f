/**
 * Sets, changes and checks the credentials of accounts. Adding or changing a credential, and signing
 * in another device, require a session that was confirmed a moment ago: the thief of a session must
 * not turn it into something that outlives it.
 *
 * @module
 */
import type { InferOutput } from "valibot";
import type { Guesses } from "./guesses.ts";
import type { Passwords, Requester } from "./passwords.ts";
import { isRefusal, type Refusal } from "../protocol/errors.ts";
import { foldName } from "../protocol/names.ts";
import type { passwordRequest } from "../protocol/schemas/requests.ts";
import type { Identity, Sessions } from "./sessions.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";

/** The dependencies of `Credentials`. */
export interface CredentialOptions {
  readonly store: Store;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly guesses: Guesses;
  /** Called with each session that a change of password ended. */
  readonly onEnded: (account: Account, session: string) => void;
}

/** Where a request comes from. */
interface RequestOrigin {
  readonly address: string;
  readonly device: string | undefined;
}

const OLDEST: Refusal = {
  code: "confirm_first",
  message: "Do this on the device you've used longest, then sign in here again.",
};

/** Sets, changes and checks credentials. */
export class Credentials {
  readonly #options: CredentialOptions;

  constructor(options: CredentialOptions) {
    this.#options = options;
  }

  /**
   * Returns why a session may not add credentials or sign in another device, or `null`.
   *
   * An account without credentials can prove no more than its session. There only the oldest session
   * may do it: it is the one that signed up; a device that was added later is not.
   */
  async refusesUnconfirmed(identity: Identity): Promise<Refusal | null> {
    const { store, sessions } = this.#options;
    if (sessions.isFresh(identity)) return null;
    const isProvable = await store.passwordOf(identity.account.id) !== null ||
      (await store.passkeysOf(identity.account.id)).length > 0 ||
      (await store.providerAccountsOf(identity.account.id)).length > 0;
    if (isProvable) return { code: "confirm_first" };
    return await sessions.isOldest(identity) ? null : OLDEST;
  }

  /** Confirms a session by the password of its account. */
  async confirm(
    identity: Identity,
    password: string,
    from: RequestOrigin,
  ): Promise<Refusal | null> {
    const { store, sessions } = this.#options;
    const known = await store.passwordOf(identity.account.id);
    const refusal = await this.#refusesGuess(identity.account, password, known, from);
    if (refusal === null) await sessions.confirm(identity, null);
    return refusal;
  }

  /**
   * Sets or changes the password. A change ends all other sessions and all device links, and removes
   * all passkeys except the one that has just confirmed this session: a user who changes the password
   * may suspect that another person has access to the account.
   *
   * @param authorize Called after the password is hashed, which takes a while.
   * @returns The labels of the removed passkeys, and whether a password was set before.
   */
  async setPassword(
    identity: Identity,
    { password, current }: InferOutput<typeof passwordRequest>,
    from: RequestOrigin,
    authorize: () => Promise<Identity | Refusal>,
  ): Promise<{ readonly passkeys: readonly string[]; readonly changed: boolean } | Refusal> {
    const { store, sessions, passwords, onEnded } = this.#options;
    const { account } = identity;
    const replaces = await store.passwordOf(account.id);
    const refusal = replaces === null
      ? await this.refusesUnconfirmed(identity)
      : await this.#refusesGuess(account, current ?? "", replaces, from);
    if (refusal !== null) return refusal;
    const hash = await passwords.hash(password, requester(account, from));
    if (typeof hash !== "string") return hash;
    const still = await authorize();
    if (isRefusal(still)) return still;
    const keepPasskey = sessions.isFresh(still) ? still.passkey : null;
    const change = { account: account.id, hash, replaces, session: identity.session, keepPasskey };
    const changed = await store.changePassword(change);
    // Another request has set a password in the meantime.
    if (changed === null) return { code: "wrong_password" };
    for (const session of changed.sessions) onEnded(account, session);
    return { passkeys: changed.passkeys, changed: replaces !== null };
  }

  async #refusesGuess(
    account: Account,
    password: string,
    known: string | null,
    from: RequestOrigin,
  ): Promise<Refusal | null> {
    const { passwords, guesses } = this.#options;
    const wait = await guesses.take(account, account.name, from);
    if (wait > 0) return { code: "rate_limited", retry_after: wait };
    const checked = await passwords.check(password, known, requester(account, from));
    if (typeof checked !== "boolean") return checked;
    return checked ? null : { code: "wrong_password" };
  }
}

function requester({ name }: Account, { address }: RequestOrigin): Requester {
  return { account: foldName(name), address };
}
