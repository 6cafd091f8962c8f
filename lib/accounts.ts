/**
 * Who is who: signing up and in, invitations, guests, bots.
 *
 * @module
 */
import type { InferOutput } from "valibot";
import { isLoopback } from "./addresses.ts";
import type { Clock } from "./clock.ts";
import { isModerator } from "./moderation.ts";
import { skeletonOf } from "./names.ts";
import { Passwords } from "./passwords.ts";
import { foldName, type Refusal } from "./protocol.ts";
import type { passwordRequest, sessionRequest } from "./schemas/requests.ts";
import { RateLimiter } from "./rate_limit.ts";
import { createToken, hashToken, sign, verify } from "./secrets.ts";
import type { Sessions, SignedIn } from "./sessions.ts";
import type { InviteRecord } from "./store/people.ts";
import type { Account, Store } from "./store/store.ts";

/** Whether anybody may sign up, or who was invited. */
export type SignUp = "open" | "invite";

/** Where a request to sign in comes from. */
export interface Visitor {
  readonly address: string;
  /** What kind of device it is, in words. */
  readonly label: string;
  /** Who they are already, if anybody. */
  readonly who: SignedIn | null;
  /** What `Entry.device` was, if they have been here before. */
  readonly device: string | undefined;
}

/** Somebody who is in. */
export interface Entry {
  readonly account: Account;
  /** Proves the session from now on. */
  readonly token: string;
  readonly isNew: boolean;
  /** Whether they were here already, and have another role from now on. */
  readonly isPromoted: boolean;
  /** The room that an invitation leads to. */
  readonly room: number | null;
  /** Shows later that this device was let in before. */
  readonly device: string;
}

/** What accounts are made with. */
export interface AccountOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly signUp: SignUp;
}

/**
 * How often a password can be tried. By address; and by account, where the device is a stranger:
 * whoever was let in on a device before has their own count there, so that nobody who guesses can
 * lock somebody out of their own device (OWASP, Device Cookies).
 */
const GUESSES_BY_ADDRESS = { perSecond: 10 / 60, burst: 20 };
const GUESSES_BY_ACCOUNT = { perSecond: 5 / 60, burst: 10 };

/** How many new names one address can take. */
const SIGN_UPS = { perSecond: 1, burst: 100 };

type Request = InferOutput<typeof sessionRequest>;
type NameRequest = Exclude<Request, { device: string }>;

/** Finds out who people are. */
export class Accounts {
  readonly #options: AccountOptions;
  readonly #passwords = new Passwords();
  readonly #byAddress: RateLimiter<string>;
  readonly #byAccount: RateLimiter<string>;
  readonly #signUps: RateLimiter<string>;

  constructor(options: AccountOptions) {
    this.#options = options;
    this.#byAddress = new RateLimiter(GUESSES_BY_ADDRESS, options.clock);
    this.#byAccount = new RateLimiter(GUESSES_BY_ACCOUNT, options.clock);
    this.#signUps = new RateLimiter(SIGN_UPS, options.clock);
  }

  /** Signs somebody up or in, by whatever the request brings. */
  async signIn(request: Request, visitor: Visitor): Promise<Entry | Refusal> {
    if ("device" in request) return await this.#byDevice(request.device, visitor);
    if (visitor.who !== null && request.invite !== undefined) {
      return await this.#accept(visitor.who, request.invite);
    }
    // Before the name is looked up: without an invitation nobody finds out who is here.
    const uninvited = await this.#refusesUninvited(request);
    if (uninvited !== null) return uninvited;
    const known = await this.#options.store.findAccount(request.name);
    if (request.password !== undefined && (known !== null || !this.#maySignUp(request))) {
      return await this.#byPassword(known, request.name, request.password, visitor);
    }
    if (known !== null) return { code: "name_taken" };
    return await this.#signUp(request, visitor);
  }

  /** Lets somebody in who has proved to be an account's owner. */
  async admit(
    account: Account,
    visitor: Visitor,
    what: { isNew?: boolean; room?: number | null } = {},
  ): Promise<Entry | Refusal> {
    const { store, sessions } = this.#options;
    if (await store.isBanned(account.id)) return { code: "banned" };
    if (await this.isKeptOut(visitor.address, account)) return { code: "banned" };
    return {
      account,
      token: await sessions.create(account, visitor.label),
      device: await this.#deviceOf(account),
      isNew: what.isNew ?? false,
      isPromoted: false,
      room: what.room ?? null,
    };
  }

  /** Whether an address is banned for somebody; those who keep order are never locked out by it. */
  async isKeptOut(address: string, account: Account | null): Promise<boolean> {
    if (account !== null && isModerator(account)) return false;
    return await this.#options.store.isBannedAddress(address);
  }

  /** Sets or changes somebody's password. */
  async setPassword(
    account: Account,
    { password, current }: InferOutput<typeof passwordRequest>,
    visitor: Visitor,
  ): Promise<Refusal | null> {
    const { store } = this.#options;
    const known = await store.passwordOf(account.id);
    if (known !== null) {
      const wait = await this.#guess(account, account.name, visitor);
      if (wait > 0) return { code: "rate_limited", retry_after: wait };
      if (this.#passwords.busy) return { code: "try_again", retry_after: 2_000 };
      if (!await this.#passwords.check(current ?? "", known)) return { code: "wrong_password" };
    }
    await store.setPassword(account.id, await this.#passwords.hash(password));
    return null;
  }

  // Invitations --------------------------------------------------------------------------------

  /** Makes an invitation. @returns It, and its secret, which cannot be shown again. */
  async invite(
    what: { creator: Account | null; role: "owner" | "member"; room?: number | null } & {
      hours?: number | undefined;
      uses?: number | undefined;
    },
  ): Promise<{ invite: InviteRecord; token: string }> {
    const { store, clock } = this.#options;
    const token = createToken();
    const at = clock.now();
    const invite = await store.createInvite({
      hash: hashToken(token),
      role: what.role,
      room: what.room ?? null,
      creator: what.creator?.id ?? null,
      at,
      expiresAt: what.hours === undefined ? null : at + what.hours * 3_600_000,
      uses: what.uses ?? null,
    });
    return { invite, token };
  }

  // Guests and bots ----------------------------------------------------------------------------

  /** Lends a name to a guest until `releaseGuest`. */
  async admitGuest(name: string, address: string): Promise<Account | Refusal> {
    const { store, clock, signUp } = this.#options;
    if (signUp !== "open") return { code: "unauthorized" };
    const wait = this.#newName(address);
    if (wait > 0) return { code: "rate_limited", retry_after: wait };
    const guest = await store.createGuest({ name, skeleton: skeletonOf(name), at: clock.now() });
    return guest === "name_taken" ? { code: "name_taken" } : guest;
  }

  /** A guest is gone for good. */
  async releaseGuest(account: Account): Promise<void> {
    await this.#options.store.retireGuest(account.id);
  }

  /** Makes a bot. @returns It, and its token, which cannot be shown again. */
  async createBot(name: string): Promise<{ account: Account; token: string } | Refusal> {
    const account = await this.#create(name, { role: "bot", password: null, invite: null });
    if (typeof account === "string") return { code: account };
    return { account, token: await this.#options.sessions.create(account, "bot") };
  }

  // --------------------------------------------------------------------------------------------

  async #byDevice(token: string, visitor: Visitor): Promise<Entry | Refusal> {
    const account = await this.#options.sessions.takeDevice(token);
    return account === null ? { code: "bad_invite" } : await this.admit(account, visitor);
  }

  /** Somebody who is in already opens an invitation: it makes them what it says. */
  async #accept(who: SignedIn, token: string): Promise<Entry | Refusal> {
    const { store, clock } = this.#options;
    const hash = hashToken(token);
    const invite = await store.findInvite(hash, clock.now());
    if (invite === null) return { code: "bad_invite" };
    // It lets them in where they are already: that uses nothing up.
    const isVain = invite.role === "member" && invite.room === null;
    if (!isVain && !await store.redeemInvite(hash, clock.now())) return { code: "bad_invite" };
    if (invite.role === "owner") await store.setRole(who.account.id, "owner");
    const account = await store.accountById(who.account.id) ?? who.account;
    const isPromoted = account.role !== who.account.role;
    // The session they have stays as it is.
    const device = await this.#deviceOf(account);
    return { account, token: who.token, device, isNew: false, isPromoted, room: invite.room };
  }

  async #byPassword(
    account: Account | null,
    name: string,
    password: string,
    visitor: Visitor,
  ): Promise<Entry | Refusal> {
    const wait = await this.#guess(account, name, visitor);
    if (wait > 0) return { code: "rate_limited", retry_after: wait };
    if (this.#passwords.busy) return { code: "try_again", retry_after: 2_000 };
    const hash = account === null ? null : await this.#options.store.passwordOf(account.id);
    const isRight = await this.#passwords.check(password, hash);
    if (account === null || !isRight) return { code: "wrong_password" };
    return await this.admit(account, visitor);
  }

  async #signUp(request: NameRequest, visitor: Visitor): Promise<Entry | Refusal> {
    const { store, clock } = this.#options;
    if (await this.isKeptOut(visitor.address, null)) return { code: "banned" };
    const wait = this.#newName(visitor.address);
    if (wait > 0) return { code: "rate_limited", retry_after: wait };
    const hash = request.invite === undefined ? null : hashToken(request.invite);
    const invite = hash === null ? null : await store.findInvite(hash, clock.now());
    if (hash !== null && invite === null) return { code: "bad_invite" };
    if (request.password !== undefined && this.#passwords.busy) return { code: "try_again" };
    const password = request.password === undefined
      ? null
      : await this.#passwords.hash(request.password);
    const role = invite?.role ?? "member";
    const account = await this.#create(request.name, { role, password, invite: hash });
    if (typeof account === "string") return { code: account };
    return await this.admit(account, visitor, { isNew: true, room: invite?.room ?? null });
  }

  #create(
    name: string,
    rest: Pick<Parameters<Store["createAccount"]>[0], "role" | "password" | "invite">,
  ): ReturnType<Store["createAccount"]> {
    const { store, clock } = this.#options;
    return store.createAccount({ name, skeleton: skeletonOf(name), at: clock.now(), ...rest });
  }

  async #deviceOf(account: Account): Promise<string> {
    return sign(`${account.id}.${createToken()}`, await this.#options.store.secret("device"));
  }

  #maySignUp(request: NameRequest): boolean {
    return this.#options.signUp === "open" || request.invite !== undefined;
  }

  /** Why a request gets nobody in, whatever the name, if so. */
  async #refusesUninvited(
    { password, invite }: NameRequest,
  ): Promise<Refusal | null> {
    const { store, clock, signUp } = this.#options;
    if (invite !== undefined) {
      const found = await store.findInvite(hashToken(invite), clock.now());
      return found === null ? { code: "bad_invite" } : null;
    }
    return signUp === "invite" && password === undefined ? { code: "invite_only" } : null;
  }

  /**
   * Counts a guess. A name that nobody has is counted like any other, or the count would tell.
   *
   * @returns 0 where another guess is allowed, or the milliseconds to wait.
   */
  async #guess(account: Account | null, name: string, visitor: Visitor): Promise<number> {
    const secret = await this.#options.store.secret("device");
    const device = verify(visitor.device ?? "", secret);
    if (account !== null && device?.startsWith(`${account.id}.`)) {
      return this.#byAccount.take(device);
    }
    const wait = this.#byAddress.take(visitor.address);
    return wait > 0 ? wait : this.#byAccount.take(foldName(name));
  }

  /** @returns 0 where another name may be taken, or the milliseconds to wait. */
  #newName(address: string): number {
    // Everybody who comes through a proxy that the settings do not name comes from this machine.
    return isLoopback(address) ? 0 : this.#signUps.take(address);
  }
}
