/**
 * Passkeys (WebAuthn Level 3): the user unlocks the device to sign in. There is nothing to remember
 * and nothing to steal from the server.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import { isLoopback } from "../util/ip_address.ts";
import type { Clock } from "../util/clock.ts";
import { isRefusal, type Refusal } from "../protocol/errors.ts";
import { RateLimiter } from "../util/rate_limit.ts";
import { createToken, hashToken } from "../util/secrets.ts";
import type { Identity } from "./sessions.ts";
import type { PasskeyRecord, Ticket } from "../store/people.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";

/** The site of the page, as browsers see it. */
export interface Site {
  /** The name that the authenticator shows. */
  readonly name: string;
  /** `https://chat.example.org` */
  readonly origin: string;
}

/** How long a user may take to answer a challenge. */
const CHALLENGE_MS = 5 * 60_000;

/** How fast one address may request challenges. Each is stored until it is answered or expires. */
const CHALLENGE_RATE = { perSecond: 1, burst: 100 };

/** Passkeys of one account. */
const MAX_PASSKEYS = 20;

// Load it at first use: it takes longer to load than the rest of the server.
const webauthn = () => import("@simplewebauthn/server");

/** Registers passkeys and checks them. */
export class Passkeys {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #challengeRate: RateLimiter<string>;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#challengeRate = new RateLimiter(CHALLENGE_RATE, clock);
  }

  /** Counts a challenge. @returns 0 if the address may request it, or the milliseconds to wait. */
  wait(address: string): number {
    // All clients of a proxy that `--proxies` does not list come from the loopback address.
    return isLoopback(address) ? 0 : this.#challengeRate.take(address);
  }

  /** Lists the passkeys of an account. */
  list(account: Account): Promise<readonly PasskeyRecord[]> {
    return this.#store.passkeysOf(account.id);
  }

  /** Removes a passkey. @returns `false` if the account has no such passkey. */
  remove(account: Account, id: string): Promise<boolean> {
    return this.#store.removePasskey(account.id, id);
  }

  /**
   * Returns what a browser needs to create a passkey.
   *
   * @returns `null` if the account has `MAX_PASSKEYS` already.
   */
  async creationOptions(
    account: Account,
    site: Site,
  ): Promise<PublicKeyCredentialCreationOptionsJSON | null> {
    const { generateRegistrationOptions } = await webauthn();
    const known = await this.list(account);
    if (known.length >= MAX_PASSKEYS) return null;
    return await generateRegistrationOptions({
      rpName: site.name,
      rpID: hostOf(site),
      userName: account.name,
      userDisplayName: account.name,
      userID: new TextEncoder().encode(`${account.id}`),
      challenge: await this.#challenge("passkey_registration", account.id),
      excludeCredentials: known.map(({ id }) => ({ id })),
      // The browser finds the passkey itself, so that users need not type a name to sign in.
      authenticatorSelection: { residentKey: "required", userVerification: "preferred" },
    });
  }

  /**
   * Verifies and stores the passkey that a browser has created.
   *
   * @param authorize Called after the passkey is verified, which takes a while.
   * @returns `false` if the passkey is not valid.
   */
  async add(
    { account, session }: Identity,
    response: RegistrationResponseJSON,
    label: string,
    site: Site,
    authorize: () => Promise<Identity | Refusal>,
  ): Promise<boolean | Refusal> {
    const { verifyRegistrationResponse } = await webauthn();
    const verified = await orNull(verifyRegistrationResponse({
      response,
      expectedChallenge: (challenge) =>
        this.#takeChallenge(challenge, "passkey_registration", account.id),
      expectedOrigin: site.origin,
      expectedRPID: hostOf(site),
      requireUserVerification: false,
    }));
    if (verified === null || !verified.verified) return false;
    const { id, publicKey, counter, transports = [] } = verified.registrationInfo.credential;
    const identity = await authorize();
    if (isRefusal(identity)) return identity;
    const createdAt = this.#clock.now();
    const passkey = { id, publicKey, counter, transports, label, createdAt, session };
    return await this.#store.addPasskey({ ...passkey, account: account.id });
  }

  /** Returns what a browser needs to sign in with a passkey of any account. */
  async requestOptions(site: Site): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const { generateAuthenticationOptions } = await webauthn();
    return await generateAuthenticationOptions({
      rpID: hostOf(site),
      challenge: await this.#challenge("passkey_sign_in", null),
      userVerification: "preferred",
    });
  }

  /** Returns the account whose passkey a browser has used, or `null` if the passkey is not valid. */
  async check(response: AuthenticationResponseJSON, site: Site): Promise<Account | null> {
    const { verifyAuthenticationResponse } = await webauthn();
    const passkey = await this.#store.findPasskey(response.id);
    if (passkey === null) return null;
    const { id, publicKey, counter } = passkey;
    const transports = passkey.transports as AuthenticatorTransport[];
    const verified = await orNull(verifyAuthenticationResponse({
      response,
      expectedChallenge: (challenge) => this.#takeChallenge(challenge, "passkey_sign_in", null),
      expectedOrigin: site.origin,
      expectedRPID: hostOf(site),
      requireUserVerification: false,
      credential: { id, publicKey, counter, transports },
    }));
    if (verified === null || !verified.verified) return null;
    await this.#store.setPasskeyCounter(id, verified.authenticationInfo.newCounter);
    return passkey.account;
  }

  async #challenge(
    kind: Ticket["kind"],
    account: number | null,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const token = createToken();
    const now = this.#clock.now();
    const ticket = { hash: hashToken(token), kind, account, data: "" };
    await this.#store.putTicket({ ...ticket, expiresAt: now + CHALLENGE_MS }, now);
    return new TextEncoder().encode(token);
  }

  /**
   * Takes back a challenge, so that it cannot be answered twice.
   *
   * @returns Whether this server issued it, for this account, and it has not expired.
   */
  async #takeChallenge(challenge: string, kind: Ticket["kind"], account: number | null) {
    const token = Buffer.from(challenge, "base64url").toString();
    const ticket = await this.#store.takeTicket(hashToken(token), kind, this.#clock.now());
    return ticket !== null && ticket.account === account;
  }
}

function hostOf({ origin }: Site): string {
  return new URL(origin).hostname;
}

/** Returns `null` for a rejection: the library throws for invalid input, which is expected here. */
async function orNull<T>(outcome: Promise<T>): Promise<T | null> {
  try {
    return await outcome;
  } catch {
    return null;
  }
}
