/**
 * Sessions: the token of a session proves the identity of its user with each request.
 *
 * @module
 */
import type { Cancel, Clock } from "../util/clock.ts";
import { createToken, hashToken } from "../util/secrets.ts";
import type { Revoked, SessionRecord } from "../store/people.ts";
import type { ProviderSession } from "../store/provider_accounts.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";

/** An account, and the session that proves it. */
export interface Identity {
  readonly account: Account;
  /** The token that the request carried. */
  readonly token: string;
  /** Identifies the session also after its token changed: the hash of its first token. */
  readonly session: string;
  /** The number by which its owner refers to the session. */
  readonly id: number;
  /** When the user last proved their identity. */
  readonly confirmedAt: number;
  /** The id of the passkey that was the last proof; `null` for other proofs. */
  readonly passkey: string | null;
}

/** How long sessions last, and how many one account may have. */
export interface SessionRules {
  /** Milliseconds without use after which a session ends; `Infinity` for never. */
  readonly idleMs: number;
  /** Sessions of one account. One more ends the session that has been unused for longest. */
  readonly perAccount: number;
  /**
   * Whether an account stays linked to accounts at OpenID providers when every way into it ends: where
   * users sign in by nothing else, these links are who they are.
   */
  readonly keepsLinks: boolean;
  /** Called with each session that these rules ended. */
  readonly onEnded: (account: Account, session: string) => void;
}

const DEFAULT_RULES: SessionRules = {
  idleMs: Infinity,
  perAccount: 100,
  keepsLinks: false,
  onEnded() {},
};

/** How precisely the last use of a session is stored: otherwise each request would be a write. */
const TOUCH_MS = 3_600_000;

/**
 * The longest life of a session, however often it is used: browsers keep cookies for at most 400 days
 * (RFC 6265bis section 5.5).
 */
export const SESSION_MS = 400 * 24 * 3_600_000;

/** How long a device link is valid. */
export const DEVICE_LINK_MS = 5 * 60_000;

/** How long the sign-in link of an owner or a moderator is valid. */
export const SIGN_IN_LINK_MS = 24 * 3_600_000;

/** How long a ticket for a socket is valid. */
export const SOCKET_TICKET_MS = 30_000;

/** How long a proof of identity lasts before the user must confirm it again. */
export const FRESH_MS = 10 * 60_000;

/** Returns the address of a sign-in link. The secret follows the `#`, which browsers do not send. */
export function signInUrl(origin: string, token: string): string {
  return `${origin}/#sign-in=${token}`;
}

/** The proof of identity with which a session begins. */
interface Proof {
  /** When the user gave it; now if omitted. */
  readonly confirmedAt?: number;
  /** The id of the passkey, if the proof was one. */
  readonly passkey?: string | null;
  /** The session at a provider, if the proof was one. */
  readonly provider?: ProviderSession | null;
}

/** Creates, finds and ends sessions. */
export class Sessions {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #rules: SessionRules;

  constructor(store: Store, clock: Clock, rules: Partial<SessionRules> = {}) {
    this.#store = store;
    this.#clock = clock;
    this.#rules = { ...DEFAULT_RULES, ...rules };
  }

  /**
   * Creates a session.
   *
   * @param label The kind of device, in words.
   * @returns Its token. Only the hash is stored, so it cannot be shown again.
   */
  async create(account: Account, label: string, proof: Proof = {}): Promise<string> {
    const token = createToken();
    const at = this.#clock.now();
    const session = { hash: hashToken(token), account: account.id, label, at, ...proof };
    await this.#store.createSession(session);
    const { perAccount, onEnded } = this.#rules;
    for (const ended of await this.#store.trimSessions(account.id, perAccount)) {
      onEnded(account, ended);
    }
    return token;
  }

  /** Returns the identity that a token proves, or `null`. Ends a session that has expired. */
  async authenticate(token: string): Promise<Identity | null> {
    const found = await this.#store.proveSession(hashToken(token));
    if (found === null) return null;
    const now = this.#clock.now();
    const { account, hash: session, id, confirmedAt, passkey } = found;
    if (this.#isExpired(found, now)) {
      await this.#store.endSession(account.id, id);
      this.#rules.onEnded(account, session);
      return null;
    }
    // Ignore a failure to write it, as on a full disk: the identity is proved all the same.
    if (now - found.seenAt > TOUCH_MS) await this.#store.touchSession(session, now).catch(() => {});
    return { account, token, session, id, confirmedAt, passkey };
  }

  /** Whether a session has expired. The token of a bot never expires. */
  #isExpired({ account, createdAt, seenAt }: SessionRecord, now: number): boolean {
    if (account.role === "bot") return false;
    return now - seenAt > this.#rules.idleMs || now - createdAt > SESSION_MS;
  }

  /**
   * Ends expired sessions. A session with an open connection counts as used.
   *
   * @param open The sessions of all open connections.
   */
  async sweep(open: Iterable<string>): Promise<void> {
    const now = this.#clock.now();
    for (const session of new Set(open)) await this.#store.touchSession(session, now);
    const { idleMs, onEnded } = this.#rules;
    const seen = Number.isFinite(idleMs) ? now - idleMs : 0;
    const ended = await this.#store.endSessionsBefore({ seen, created: now - SESSION_MS });
    for (const { account, hash } of ended) onEnded(account, hash);
  }

  /**
   * Sweeps the sessions every hour, until it is cancelled.
   *
   * @param open Returns the sessions of all open connections.
   * @param onError Called when the store has failed; the next sweep runs all the same.
   */
  sweepHourly(open: () => Iterable<string>, onError: (error: unknown) => void): Cancel {
    let cancel: Cancel | undefined;
    let isCancelled = false;
    const schedule = () => {
      if (!isCancelled) cancel = this.#clock.after(TOUCH_MS, () => void run());
    };
    const run = async () => {
      await this.sweep(open()).catch(onError);
      schedule();
    };
    schedule();
    return () => {
      isCancelled = true;
      cancel?.();
    };
  }

  /**
   * Replaces the token of a session; the old one becomes invalid. The session itself, with its
   * connections and push subscriptions, stays.
   *
   * @returns The new token, or `null` if another request has renewed the session already.
   */
  async renew(identity: Identity): Promise<string | null> {
    const token = createToken();
    const renewed = await this.#store.renewSession(hashToken(identity.token), hashToken(token));
    return renewed ? token : null;
  }

  /** Whether the user has proved their identity within `FRESH_MS`. */
  isFresh({ confirmedAt }: Identity): boolean {
    return this.#clock.now() - confirmedAt < FRESH_MS;
  }

  /**
   * Records that the user of a session has proved their identity now.
   *
   * @param passkey The id of the passkey, or `null` for a password.
   */
  confirm({ session }: Identity, passkey: string | null): Promise<void> {
    return this.#store.confirmSession(session, this.#clock.now(), passkey);
  }

  /** Whether a session is the oldest one of its account. */
  async isOldest({ account, id }: Identity): Promise<boolean> {
    const all = await this.list(account);
    return all.every((other) => other.id >= id);
  }

  /** Lists the sessions of an account, the last used first. */
  list(account: Account): Promise<readonly SessionRecord[]> {
    return this.#store.sessionsOf(account.id);
  }

  /**
   * Ends a session of an account.
   *
   * @returns Its hash, or `null` if the account has no such session.
   */
  end(account: Account, id: number): Promise<string | null> {
    return this.#store.endSession(account.id, id);
  }

  /**
   * Creates the secret of a device link: it signs in another device, once, within `DEVICE_LINK_MS`, and
   * only while this session lasts. A thief whose session was ended must not return by such a link.
   */
  createDeviceLink(identity: Identity): Promise<string> {
    return this.#createTicket(identity, "device", DEVICE_LINK_MS);
  }

  /**
   * Creates a ticket: it opens one socket as the user of this session, within `SOCKET_TICKET_MS`. A
   * page of another site has no cookie, and cannot send a header when it opens a socket.
   */
  createSocketTicket(identity: Identity): Promise<string> {
    return this.#createTicket(identity, "socket", SOCKET_TICKET_MS);
  }

  #createTicket(
    { account, session }: Identity,
    kind: "device" | "socket",
    ms: number,
  ): Promise<string> {
    return this.#putTicket(kind, account, session, this.#clock.now() + ms);
  }

  async #putTicket(
    kind: "device" | "socket" | "sign_in",
    account: Account,
    data: string,
    expiresAt: number,
  ): Promise<string> {
    const token = createToken();
    const ticket = { hash: hashToken(token), kind, account: account.id, data, expiresAt };
    await this.#store.putTicket(ticket, this.#clock.now());
    return token;
  }

  /**
   * Creates the secret of a sign-in link: it signs its user in on one device, once. An earlier one that
   * was not used becomes void, and so does this one when everything else that signs the user in ends.
   *
   * @param lastsMs How long it is valid.
   */
  async createSignInLink(
    account: Account,
    lastsMs: number,
  ): Promise<{ readonly token: string; readonly expiresAt: number }> {
    const expiresAt = this.#clock.now() + lastsMs;
    return { token: await this.#putTicket("sign_in", account, "", expiresAt), expiresAt };
  }

  /** Uses up a sign-in link. @returns Its account, or `null` if it is not valid. */
  async takeSignInLink(token: string): Promise<Account | null> {
    const ticket = await this.#store.takeTicket(hashToken(token), "sign_in", this.#clock.now());
    return ticket?.account == null ? null : await this.#store.accountById(ticket.account);
  }

  /**
   * Ends every way into an account, and gives its user one session in place of all others.
   *
   * @returns The token of that session, and the bots whose tokens ended.
   */
  async replaceAll(
    { account, confirmedAt }: Identity,
    label: string,
  ): Promise<Revoked & { readonly token: string }> {
    const revoked = await this.endAccess(account);
    return { ...revoked, token: await this.create(account, label, { confirmedAt }) };
  }

  /** Ends every way into an account. @returns The bots whose tokens ended. */
  endAccess(account: Account): Promise<Revoked> {
    return this.#store.endAccess(account.id, this.#rules.keepsLinks);
  }

  /** Uses up a device link. @returns The session that created it, or `null` if it is not valid. */
  takeDeviceLink(token: string): Promise<SessionRecord | null> {
    return this.#takeTicket(token, "device");
  }

  /** Uses up a ticket for a socket. @returns Its session, or `null` if it is not valid. */
  takeSocketTicket(token: string): Promise<SessionRecord | null> {
    return this.#takeTicket(token, "socket");
  }

  async #takeTicket(token: string, kind: "device" | "socket"): Promise<SessionRecord | null> {
    const ticket = await this.#store.takeTicket(hashToken(token), kind, this.#clock.now());
    return ticket === null ? null : await this.#store.findSession(ticket.data);
  }
}
