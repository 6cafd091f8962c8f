/**
 * Sessions: what proves on each request who somebody is.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { createToken, hashToken } from "./secrets.ts";
import type { SessionRecord } from "./store/people.ts";
import type { Account, Store } from "./store/store.ts";

/** A person, and the session that proves it. */
export interface SignedIn {
  readonly account: Account;
  /** What they proved it with. */
  readonly token: string;
  /** The hash of the session's token. */
  readonly session: string;
  /** What names the session to its owner. */
  readonly id: number;
}

/** When a session was last used is noted to the hour: more would be a write a request. */
const TOUCH_MS = 3_600_000;

/** How long a link to another device can be used. */
export const DEVICE_LINK_MS = 5 * 60_000;

/** Makes, finds and ends sessions. */
export class Sessions {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Begins a session.
   *
   * @param label What kind of device it is on, in words.
   * @returns Its token: it is not kept, and cannot be shown again.
   */
  async create(account: Account, label: string): Promise<string> {
    const token = createToken();
    const at = this.#clock.now();
    await this.#store.createSession({ hash: hashToken(token), account: account.id, label, at });
    return token;
  }

  /** Who a token proves somebody to be. */
  async authenticate(token: string): Promise<SignedIn | null> {
    const session = hashToken(token);
    const found = await this.#store.findSession(session);
    if (found === null) return null;
    const now = this.#clock.now();
    // Where that cannot be written just now, as on a full disk, they are who they are all the same.
    if (now - found.seenAt > TOUCH_MS) await this.#store.touchSession(session, now).catch(() => {});
    return { account: found.account, token, session, id: found.id };
  }

  /** A person's sessions, the last used first. */
  list(account: Account): Promise<readonly SessionRecord[]> {
    return this.#store.sessionsOf(account.id);
  }

  /** Ends one of a person's sessions. @returns Its hash, or `null` where it is not theirs. */
  end(account: Account, id: number): Promise<string | null> {
    return this.#store.endSession(account.id, id);
  }

  /**
   * Makes a secret that lets another device in: once, soon, and only while the session lasts that
   * asked for it. Whoever ends the session of a thief must not find them back by such a link.
   */
  async offerDevice({ account, session }: SignedIn): Promise<string> {
    const token = createToken();
    const now = this.#clock.now();
    await this.#store.putTicket({
      hash: hashToken(token),
      kind: "device",
      account: account.id,
      data: session,
      expiresAt: now + DEVICE_LINK_MS,
    }, now);
    return token;
  }

  /** Whose device link it is; nobody can use it again. */
  async takeDevice(token: string): Promise<Account | null> {
    const ticket = await this.#store.takeTicket(hashToken(token), "device", this.#clock.now());
    if (ticket === null) return null;
    return (await this.#store.findSession(ticket.data))?.account ?? null;
  }
}
