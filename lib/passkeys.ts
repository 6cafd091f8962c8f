/**
 * Passkeys (WebAuthn Level 3): a name that is kept by a device's own lock, with nothing to
 * remember and nothing to steal from the server.
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
import { isLoopback } from "./addresses.ts";
import type { Clock } from "./clock.ts";
import { RateLimiter } from "./rate_limit.ts";
import { createToken, hashToken } from "./secrets.ts";
import type { PasskeyRecord, Ticket } from "./store/people.ts";
import type { Account, Store } from "./store/store.ts";

/** Where the page is, as browsers see it. */
export interface Site {
  /** What the authenticator shows. */
  readonly name: string;
  /** `https://chat.example.org` */
  readonly origin: string;
}

/** How long somebody may take to answer the browser's question. */
const CHALLENGE_MS = 5 * 60_000;

/** How many challenges one address may ask for: each is kept until it is answered or expires. */
const ASKING = { perSecond: 1, burst: 100 };

/** Passkeys that one person may have. */
const MAX_PASSKEYS = 20;

// Loaded when somebody first needs it: it takes longer to load than the whole rest of the server.
const webauthn = () => import("@simplewebauthn/server");

/** Registers passkeys and checks them. */
export class Passkeys {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #asking: RateLimiter<string>;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#asking = new RateLimiter(ASKING, clock);
  }

  /** @returns 0 where an address may ask for another challenge, or the milliseconds to wait. */
  wait(address: string): number {
    // Everybody who comes through a proxy that the settings do not name comes from this machine.
    return isLoopback(address) ? 0 : this.#asking.take(address);
  }

  /** A person's passkeys. */
  list(account: Account): Promise<readonly PasskeyRecord[]> {
    return this.#store.passkeysOf(account.id);
  }

  /** Forgets a passkey. @returns `false` where it is not theirs. */
  remove(account: Account, id: string): Promise<boolean> {
    return this.#store.removePasskey(account.id, id);
  }

  /** What a browser needs to make a passkey; `null` where there are enough. */
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
      // Found by the browser itself, so that nobody has to type a name to sign in.
      authenticatorSelection: { residentKey: "required", userVerification: "preferred" },
    });
  }

  /** Keeps the passkey that a browser has made. @returns `false` where it is not right. */
  async add(
    account: Account,
    response: RegistrationResponseJSON,
    label: string,
    site: Site,
  ): Promise<boolean> {
    const { verifyRegistrationResponse } = await webauthn();
    const verified = await orNull(verifyRegistrationResponse({
      response,
      expectedChallenge: (challenge) => this.#isOurs(challenge, "passkey_registration", account.id),
      expectedOrigin: site.origin,
      expectedRPID: hostOf(site),
      requireUserVerification: false,
    }));
    if (verified === null || !verified.verified) return false;
    const { id, publicKey, counter, transports = [] } = verified.registrationInfo.credential;
    const createdAt = this.#clock.now();
    const passkey = { id, publicKey, counter, transports, label, createdAt, account: account.id };
    return await this.#store.addPasskey(passkey);
  }

  /** What a browser needs to ask for a passkey, of whomever. */
  async requestOptions(site: Site): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const { generateAuthenticationOptions } = await webauthn();
    return await generateAuthenticationOptions({
      rpID: hostOf(site),
      challenge: await this.#challenge("passkey_sign_in", null),
      userVerification: "preferred",
    });
  }

  /** Whose passkey a browser has used, or `null` where it is not right. */
  async check(response: AuthenticationResponseJSON, site: Site): Promise<Account | null> {
    const { verifyAuthenticationResponse } = await webauthn();
    const passkey = await this.#store.findPasskey(response.id);
    if (passkey === null) return null;
    const { id, publicKey, counter } = passkey;
    const transports = passkey.transports as AuthenticatorTransport[];
    const verified = await orNull(verifyAuthenticationResponse({
      response,
      expectedChallenge: (challenge) => this.#isOurs(challenge, "passkey_sign_in", null),
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

  /** Whether a challenge was given out here, to this person, and not answered yet. */
  async #isOurs(challenge: string, kind: Ticket["kind"], account: number | null) {
    const token = Buffer.from(challenge, "base64url").toString();
    const ticket = await this.#store.takeTicket(hashToken(token), kind, this.#clock.now());
    return ticket !== null && ticket.account === account;
  }
}

function hostOf({ origin }: Site): string {
  return new URL(origin).hostname;
}

/** What is not right makes the library throw; here that is an expected outcome. */
async function orNull<T>(outcome: Promise<T>): Promise<T | null> {
  try {
    return await outcome;
  } catch {
    return null;
  }
}
