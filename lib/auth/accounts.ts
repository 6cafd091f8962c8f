/**
 * Signs users up and in, and manages invitations, guests and bots.
 *
 * @module
 */
import * as v from "valibot";
import { costOf } from "./address_cost.ts";
import type { Clock } from "../util/clock.ts";
import { Credentials } from "./credentials.ts";
import { Guesses } from "./guesses.ts";
import { skeletonOf } from "../util/confusables.ts";
import { Passwords, type Requester } from "./passwords.ts";
import { isModerator } from "./permissions.ts";
import { foldName } from "../protocol/names.ts";
import { type Refusal } from "../protocol/errors.ts";
import type { sessionRequest } from "../protocol/schemas/requests.ts";
import { personName } from "../protocol/schemas/fields.ts";
import type { Role } from "../protocol/frames.ts";
import type { Quotas } from "./quotas.ts";
import { ReservedNames } from "./reserved_names.ts";
import { RateLimiter } from "../util/rate_limit.ts";
import { createPublicId, createToken, hashToken } from "../util/secrets.ts";
import type { Identity, Sessions } from "./sessions.ts";
import type { Traces } from "../store/departures.ts";
import type { InviteRecord, NewInvite } from "../store/people.ts";
import type { ProviderAccount, ProviderSession } from "../store/provider_accounts.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";

/** Whether everyone may sign up, or only users with an invitation. */
export type SignUp = "open" | "invite";

/** The sender of a request to sign in. */
export interface Caller {
  readonly address: string;
  /** The kind of device, in words: "Firefox on Linux". */
  readonly label: string;
  /** The identity that the request proves already, if any. */
  readonly identity: Identity | null;
  /** The `SignInOutcome.device` of an earlier sign-in on this device, if any. */
  readonly device: string | undefined;
}

/** By what users sign in: by anything, or by accounts at OpenID providers and nothing else. */
export type SignInBy = "any" | "providers";

/** The outcome of a successful sign-up or sign-in. */
export interface SignInOutcome {
  readonly account: Account;
  /** Proves the session from now on. */
  readonly token: string;
  /** Whether the request created the account. */
  readonly isNew: boolean;
  /** Whether a user who was signed in already gained a role by an invitation. */
  readonly isPromoted: boolean;
  /** The room to which the invitation leads. */
  readonly room: number | null;
  /** Proves later that the account has signed in on this device before. */
  readonly device: string;
}

/** The name of a webhook's bot that was given none. */
const HOOK_NAME = "Webhook";

/** The dependencies of `Accounts`. */
export interface AccountOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly signUp: SignUp;
  /** `any` if omitted. */
  readonly signInBy?: SignInBy;
  /** Called with each session that a change of password ended. */
  readonly onEnded?: (account: Account, session: string) => void;
  /** Limits the accounts created from one address; no limit if omitted. */
  readonly quotas?: Pick<Quotas, "takeAt">;
  /** The names that nobody may take; those without the name of the server if omitted. */
  readonly reservedNames?: ReservedNames;
  /** Hashes and checks passwords; with the usual cost if omitted. */
  readonly passwords?: Passwords;
  /** Lists the rooms in which a leaving guest has written; unknown if omitted. */
  readonly tracesOf?: (guest: Account) => Traces;
}

/** How fast one address can take new names, for accounts and guests together. */
const SIGN_UPS = { perSecond: 1, burst: 100 };

/** How fast one address can look up invitations. */
const PREVIEWS = { perSecond: 1, burst: 60 };

/** The message of a refusal because of a name that nobody may take. */
export const INVALID_NAME = "This is not a valid name.";

const TOO_MANY_NAMES =
  `One address can take ${SIGN_UPS.burst} new names at once, and then ${SIGN_UPS.perSecond} a second.`;

type SessionRequest = v.InferOutput<typeof sessionRequest>;
type NameRequest = Exclude<SessionRequest, { device: string } | { sign_in: string }>;

/** Signs users up and in. */
export class Accounts {
  /** Sets and checks passwords, and asks for confirmation. */
  readonly credentials: Credentials;
  readonly #options: AccountOptions;
  readonly #passwords: Passwords;
  readonly #guesses: Guesses;
  readonly #reservedNames: ReservedNames;
  readonly #signUps: RateLimiter<string>;
  readonly #previews: RateLimiter<string>;

  constructor(options: AccountOptions) {
    this.#options = options;
    this.#passwords = options.passwords ?? new Passwords();
    this.#guesses = new Guesses(options.store, options.clock);
    this.#reservedNames = options.reservedNames ?? new ReservedNames();
    this.#signUps = new RateLimiter(SIGN_UPS, options.clock);
    this.#previews = new RateLimiter(PREVIEWS, options.clock);
    const { store, sessions, onEnded = () => {} } = options;
    const [passwords, guesses] = [this.#passwords, this.#guesses];
    this.credentials = new Credentials({ store, sessions, passwords, guesses, onEnded });
  }

  /** Whether users sign in by accounts at OpenID providers, and by nothing else. */
  get onlyProviders(): boolean {
    return this.#options.signInBy === "providers";
  }

  /**
   * Signs the caller up or in, by what the request contains: a device link, a sign-in link, an
   * invitation, a name with or without a password.
   */
  async signIn(request: SessionRequest, caller: Caller): Promise<SignInOutcome | Refusal> {
    // A bot authenticates by its token alone. It cannot use links that were made for people.
    if (caller.identity?.account.role === "bot") return { code: "forbidden" };
    // A device takes over a session that began at a provider, and ends with it.
    const isAllowed = "device" in request ||
      caller.identity !== null && "invite" in request && request.invite !== undefined;
    if (this.onlyProviders && !isAllowed) return { code: "provider_only" };
    if ("sign_in" in request) return await this.#bySignInLink(request.sign_in, caller);
    if ("device" in request) return await this.#byDevice(request.device, caller);
    if (caller.identity !== null && request.invite !== undefined) {
      return await this.#accept(caller.identity, request.invite);
    }
    // Check this before looking up the name: a caller without an invitation must not learn which
    // names exist.
    const uninvited = await this.#refusesUninvited(request);
    if (uninvited !== null) return uninvited;
    const known = await this.#known(request);
    if (request.intent === "sign_in") return await this.#signInOnly(known, request, caller);
    if (request.intent === "sign_up" && known !== null) return { code: "name_taken" };
    if (request.password !== undefined && (known !== null || !this.#maySignUp(request))) {
      return await this.#byPassword(known, request.name, request.password, caller);
    }
    if (known !== null) return { code: "name_taken" };
    return await this.#signUp(request, caller);
  }

  /**
   * Creates a session for a caller who has proved to own an account.
   *
   * @returns The session; `banned` if the account or the address is banned, `deactivated` if the
   * account is.
   */
  async admit(
    account: Account,
    caller: Caller,
    { isNew = false, room = null, proof }: {
      isNew?: boolean;
      room?: number | null;
      /** When and how the caller proved it; just now, without a passkey, if omitted. */
      proof?: {
        readonly confirmedAt?: number;
        readonly passkey?: string;
        readonly provider?: ProviderSession | null;
      };
    } = {},
  ): Promise<SignInOutcome | Refusal> {
    const { store, sessions } = this.#options;
    if (account.deactivated) return { code: "deactivated" };
    if (await store.isBanned(account.id)) return { code: "banned" };
    if (await this.isAddressBanned(caller.address, account)) return { code: "banned" };
    return {
      account,
      token: await sessions.create(account, caller.label, proof),
      device: await this.#guesses.deviceOf(account),
      isNew,
      isPromoted: false,
      room,
    };
  }

  /** Whether an address is banned for an account. A ban of an address never affects moderators. */
  async isAddressBanned(address: string, account: Account | null): Promise<boolean> {
    if (account !== null && isModerator(account)) return false;
    return await this.#options.store.isBannedAddress(address);
  }

  // Invitations --------------------------------------------------------------------------------

  /**
   * Creates an invitation that makes its user an owner.
   *
   * @param hours How long it is valid; for ever if omitted.
   * @returns Its secret. Only the hash is stored, so it cannot be shown again.
   */
  async inviteOwner(hours?: number): Promise<string> {
    const token = createToken();
    const invite = this.#newInvite(token, { role: "owner", hours, uses: 1 });
    await this.#options.store.createInvite({ ...invite, creator: null });
    return token;
  }

  /**
   * Creates an invitation. The store checks the creator's role in the same transaction.
   *
   * @returns The invitation and its secret. Only the hash is stored, so it cannot be shown again.
   */
  async invite(
    creator: Account,
    options: {
      room?: number | null;
      hours?: number | undefined;
      uses?: number | undefined;
    },
  ): Promise<{ invite: InviteRecord; token: string } | Refusal> {
    const token = createToken();
    const made = this.#newInvite(token, { role: "member", ...options });
    const invite = await this.#options.store.grantInvite({ ...made, creator: creator.id });
    return invite === null ? { code: "forbidden" } : { invite, token };
  }

  /**
   * Finds what an invitation tells its holder. Only who has its secret, and could redeem it, learns
   * who made it and where it leads.
   *
   * @returns `bad_invite` if it cannot be redeemed; `rate_limited` after too many guesses.
   */
  async previewInvite(
    secret: string,
    { address }: Pick<Caller, "address">,
  ): Promise<{ invite: InviteRecord; room: string | null } | Refusal> {
    const { store, clock } = this.#options;
    const wait = this.#previews.take(address, costOf(address));
    if (wait > 0) return { code: "rate_limited", retry_after: wait };
    const invite = await store.findInvite(hashToken(secret), clock.now());
    if (invite === null) return { code: "bad_invite" };
    return { invite, room: invite.room === null ? null : (await store.roomById(invite.room)).name };
  }

  #newInvite(
    token: string,
    { role, room = null, hours, uses = null }: {
      role: "owner" | "member";
      room?: number | null;
      hours?: number | undefined;
      uses?: number | null | undefined;
    },
  ): Omit<NewInvite, "creator"> {
    const at = this.#options.clock.now();
    const expiresAt = hours === undefined ? null : at + hours * 3_600_000;
    return { hash: hashToken(token), role, room, at, expiresAt, uses };
  }

  // Guests and bots ----------------------------------------------------------------------------

  /** Creates a guest, which holds its name until `releaseGuest`. */
  async admitGuest(name: string, address: string): Promise<Account | Refusal> {
    const { store, clock, signUp } = this.#options;
    if (signUp !== "open" || this.onlyProviders) return { code: "unauthorized" };
    if (this.#reservedNames.has(name)) return { code: "name_reserved" };
    const rateLimited = this.#refusesName(address);
    if (rateLimited !== null) return rateLimited;
    const skeleton = skeletonOf(name);
    if (await store.isDisplayNameOfStaff(skeleton)) return { code: "name_taken" };
    const guest = await store.createGuest({ name, skeleton, at: clock.now() });
    return guest === "name_taken" ? { code: "name_taken" } : guest;
  }

  /** Retires a guest that has left for good, and frees its name. */
  async releaseGuest(account: Account): Promise<void> {
    const { store, clock, tracesOf } = this.#options;
    const traces = tracesOf?.(account) ?? null;
    await store.retireGuest(account.id, { at: clock.now(), traces });
  }

  /**
   * Creates a bot.
   *
   * @returns The bot and its token. Only the hash is stored, so it cannot be shown again.
   */
  async createBot(
    creator: Account,
    name: string,
  ): Promise<{ account: Account; token: string } | Refusal> {
    if (this.#reservedNames.has(name)) return { code: "name_reserved" };
    const bot = { role: "bot", password: null, invite: null, creator: creator.id } as const;
    const account = await this.#create(name, bot);
    if (typeof account === "string") return { code: account };
    return { account, token: await this.#options.sessions.create(account, "bot") };
  }

  /** Creates an account that is linked to one at a provider. */
  async createLinked(
    name: string,
    role: Role,
    linked: ProviderAccount,
    address: string,
  ): Promise<Account | Refusal> {
    if (this.#reservedNames.has(name)) return { code: "name_reserved" };
    if (await this.isAddressBanned(address, null)) return { code: "banned" };
    const refusal = this.#options.quotas?.takeAt("accounts_per_day", address) ?? null;
    if (refusal !== null) return refusal;
    const account = await this.#create(name, { role, password: null, invite: null, linked });
    return typeof account === "string" ? { code: account } : account;
  }

  /**
   * Creates a bot without a session, which acts for a webhook.
   *
   * @param name Its name; without one, `Webhook`, or that with a random id if it is taken.
   */
  async createHookBot(name?: string): Promise<Account | Refusal> {
    if (name !== undefined && this.#reservedNames.has(name)) return { code: "name_reserved" };
    const bot = { role: "bot", password: null, invite: null } as const;
    const named = await this.#create(name ?? HOOK_NAME, bot);
    if (typeof named === "object") return named;
    if (name !== undefined) return { code: named };
    // The id is random: two names are never the same.
    const other = await this.#create(`${HOOK_NAME}-${createPublicId()}`, bot);
    return typeof other === "object" ? other : { code: other };
  }

  // --------------------------------------------------------------------------------------------

  /** The link counts as a proof: a user who has lost everything else sets new credentials with it. */
  async #bySignInLink(token: string, caller: Caller): Promise<SignInOutcome | Refusal> {
    const account = await this.#options.sessions.takeSignInLink(token);
    return account === null ? { code: "bad_invite" } : await this.admit(account, caller);
  }

  async #byDevice(token: string, caller: Caller): Promise<SignInOutcome | Refusal> {
    const source = await this.#options.sessions.takeDeviceLink(token);
    if (source === null) return { code: "bad_invite" };
    // A link proves no more than the session that created it. Otherwise a chain of links would stay
    // freshly confirmed for ever.
    const { account, hash: session, confirmedAt, provider } = source;
    const identity = { ...source, token, session };
    const isConfirmed = await this.credentials.refusesUnconfirmed(identity) === null;
    const proof = isConfirmed && !this.#options.sessions.isFresh(identity) ? {} : { confirmedAt };
    return await this.admit(account, caller, { proof: { ...proof, provider } });
  }

  /** Redeems an invitation for a user who is signed in: it can raise the role and lead to a room. */
  async #accept(identity: Identity, secret: string): Promise<SignInOutcome | Refusal> {
    const { store, clock } = this.#options;
    const hash = hashToken(secret);
    const invite = await store.findInvite(hash, clock.now());
    if (invite === null) return { code: "bad_invite" };
    // An invitation that changes nothing for a member is not used up.
    const changesNothing = invite.role === "member" && invite.room === null;
    if (!changesNothing && !await store.redeemInvite(hash, clock.now())) {
      return { code: "bad_invite" };
    }
    if (invite.role === "owner") await store.setRole(identity.account.id, "owner");
    const account = await store.accountById(identity.account.id) ?? identity.account;
    const isPromoted = account.role !== identity.account.role;
    // Renew the token: a stolen copy of the old one must not gain the new role.
    const token = isPromoted ? await this.#options.sessions.renew(identity) : identity.token;
    if (token === null) return { code: "unauthorized" };
    const device = await this.#guesses.deviceOf(account);
    return { account, token, device, isNew: false, isPromoted, room: invite.room };
  }

  /**
   * Signs in under a name that exists, and creates nothing. Only who may sign up learns that a name
   * does not exist: they learn it by signing up too.
   */
  async #signInOnly(
    account: Account | null,
    { name, password, ...request }: NameRequest,
    caller: Caller,
  ): Promise<SignInOutcome | Refusal> {
    if (account === null && this.#maySignUp({ name, ...request })) {
      const wait = await this.#guesses.take(account, name, caller);
      return wait > 0 ? { code: "rate_limited", retry_after: wait } : { code: "no_such_user" };
    }
    if (password === undefined) return { code: "wrong_password" };
    return await this.#byPassword(account, name, password, caller);
  }

  async #byPassword(
    account: Account | null,
    name: string,
    password: string,
    caller: Caller,
  ): Promise<SignInOutcome | Refusal> {
    const wait = await this.#guesses.take(account, name, caller);
    if (wait > 0) return { code: "rate_limited", retry_after: wait };
    const hash = account === null ? null : await this.#options.store.passwordOf(account.id);
    const isRight = await this.#passwords.check(password, hash, requester(name, caller));
    if (typeof isRight !== "boolean") return isRight;
    if (account === null || !isRight) return { code: "wrong_password" };
    return await this.admit(account, caller);
  }

  async #signUp(request: NameRequest, caller: Caller): Promise<SignInOutcome | Refusal> {
    const { store, clock } = this.#options;
    if (!v.is(personName, request.name)) return { code: "bad_request", message: INVALID_NAME };
    if (await this.isAddressBanned(caller.address, null)) return { code: "banned" };
    const rateLimited = this.#refusesName(caller.address);
    if (rateLimited !== null) return rateLimited;
    const hash = request.invite === undefined ? null : hashToken(request.invite);
    const invite = hash === null ? null : await store.findInvite(hash, clock.now());
    if (hash !== null && invite === null) return { code: "bad_invite" };
    // Whoever holds the owner's link is the server's team.
    if (invite?.role !== "owner" && this.#reservedNames.has(request.name)) {
      return { code: "name_reserved" };
    }
    const password = request.password === undefined
      ? null
      : await this.#passwords.hash(request.password, requester(request.name, caller));
    if (password !== null && typeof password !== "string") return password;
    // Check again: hashing takes a while.
    if (await this.isAddressBanned(caller.address, null)) return { code: "banned" };
    const refusal = this.#options.quotas?.takeAt("accounts_per_day", caller.address) ?? null;
    if (refusal !== null) return refusal;
    const role = invite?.role ?? "member";
    const account = await this.#create(request.name, { role, password, invite: hash });
    if (typeof account === "string") return { code: account };
    return await this.admit(account, caller, { isNew: true, room: invite?.room ?? null });
  }

  async #create(
    name: string,
    rest: Pick<
      Parameters<Store["createAccount"]>[0],
      "role" | "password" | "invite" | "creator" | "linked"
    >,
  ): ReturnType<Store["createAccount"]> {
    const { store, clock } = this.#options;
    const skeleton = skeletonOf(name);
    if (await store.isDisplayNameOfStaff(skeleton)) return "name_taken";
    return await store.createAccount({ name, skeleton, at: clock.now(), ...rest });
  }

  #maySignUp(request: NameRequest): boolean {
    return this.#options.signUp === "open" || request.invite !== undefined;
  }

  /** Finds the account of a name; of one who was renamed, also by the earlier name and a password. */
  async #known({ name, password }: NameRequest): Promise<Account | null> {
    const { store, clock } = this.#options;
    const found = await store.findAccount(name);
    if (found !== null || password === undefined) return found;
    return await store.accountThatHad(name, clock.now());
  }

  /** Returns why a request is refused whatever its name is, or `null`. */
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

  /** Returns why an address may not take another name yet, or `null`. */
  #refusesName(address: string): Refusal | null {
    const wait = this.#signUps.take(address, costOf(address));
    return wait === 0 ? null : { code: "rate_limited", message: TOO_MANY_NAMES, retry_after: wait };
  }
}

function requester(name: string, { address }: Caller): Requester {
  return { account: foldName(name), address };
}
