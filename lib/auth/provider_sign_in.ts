/**
 * Signs users in by OpenID providers. A user is who the provider says (issuer and subject), never who
 * has the same name or address: whoever can take a name there must not become its user here.
 *
 * @module
 */
import * as v from "valibot";
import type { Accounts, Caller, SignInOutcome } from "./accounts.ts";
import { costOf } from "./address_cost.ts";
import { candidateNames } from "./fitting_names.ts";
import { type OpenIdProvider, type ProviderUser } from "./openid.ts";
import type { Identity, Sessions } from "./sessions.ts";
import type { Role } from "../protocol/frames.ts";
import { isRefusal, type Refusal } from "../protocol/errors.ts";
import type { Revoked } from "../store/people.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";
import type { Clock } from "../util/clock.ts";
import { RateLimiter } from "../util/rate_limit.ts";
import { hashToken } from "../util/secrets.ts";

/** How long a visit to a provider may take. */
export const VISIT_MS = 10 * 60_000;

/** Why a user visits a provider: to sign in, to link the account there, or to prove who they are. */
export const PURPOSES = ["sign_in", "link", "confirm"] as const;

/** Why a user visits a provider. */
export type Purpose = (typeof PURPOSES)[number];

/** How fast one address can begin visits: each is a row in the store. */
const VISITS = { perSecond: 1, burst: 50 };

/** Names that are tried for a new account. More are taken only if somebody takes them on purpose. */
const MAX_NAMES = 100;

/** The data of a ticket. */
const storedVisit = v.object({
  ...{ provider: v.string(), purpose: v.picklist(PURPOSES) },
  ...{ nonce: v.string(), verifier: v.string() },
  /** The session that began it. */
  session: v.nullable(v.string()),
  invite: v.nullable(v.string()),
});

/** The dependencies of `ProviderSignIn`. */
export interface ProviderSignInOptions {
  readonly providers: readonly OpenIdProvider[];
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly store: Store;
  readonly clock: Clock;
  /** Called with an account whose role a provider has changed, and the bots whose tokens ended. */
  readonly onRole: (account: Account, revoked: Revoked) => Promise<void>;
  /** Called with a user who signs in by a provider that decides about groups. */
  readonly onGroups: (account: Account, groups: ProviderUser["groups"]) => Promise<void>;
  /** Called with each session that a provider ended. */
  readonly onEnded: (account: Account, session: string) => void;
  /** Called with what a provider did wrong. */
  readonly onError: (message: string, error: unknown) => void;
}

/** The end of a visit. */
export interface VisitEnd {
  /** The session, if the visit was to sign in. */
  readonly outcome: SignInOutcome | null;
  /** The invitation with which the user came. */
  readonly invite: string | null;
}

/** Signs users in by OpenID providers. */
export class ProviderSignIn {
  readonly #options: ProviderSignInOptions;
  readonly #providers: ReadonlyMap<string, OpenIdProvider>;
  readonly #visits: RateLimiter<string>;

  constructor(options: ProviderSignInOptions) {
    this.#options = options;
    this.#providers = new Map(options.providers.map((one) => [one.settings.id, one]));
    this.#visits = new RateLimiter(VISITS, options.clock);
  }

  /** The providers, in the order of the settings. */
  get providers(): readonly OpenIdProvider[] {
    return this.#options.providers;
  }

  /** The provider with an id. */
  byId(id: string): OpenIdProvider | null {
    return this.#providers.get(id) ?? null;
  }

  /**
   * Begins a visit.
   *
   * @returns The address at the provider, and the state that the browser has to bring back.
   */
  async begin(
    provider: OpenIdProvider,
    { purpose, invite = null }: { purpose: Purpose; invite?: string | null | undefined },
    { address, identity }: Pick<Caller, "address" | "identity">,
    redirectUri: string,
  ): Promise<{ readonly url: URL; readonly state: string } | Refusal> {
    const { store, clock, accounts } = this.#options;
    if (purpose !== "sign_in" && identity === null) return { code: "unauthorized" };
    const unconfirmed = purpose === "link" && identity !== null
      ? await accounts.credentials.refusesUnconfirmed(identity)
      : null;
    if (unconfirmed !== null) return unconfirmed;
    const wait = this.#visits.take(address, costOf(address));
    if (wait > 0) return { code: "rate_limited", retry_after: wait };
    const visit = await this.#ask(
      provider,
      () => provider.begin(redirectUri, purpose !== "sign_in"),
    );
    if (isRefusal(visit)) return visit;
    const { url, state, nonce, verifier } = visit;
    const session = identity?.session ?? null;
    const data: v.InferInput<typeof storedVisit> = {
      ...{ provider: provider.settings.id, purpose, nonce, verifier, session, invite },
    };
    const now = clock.now();
    await store.putTicket({
      ...{ hash: hashToken(state), kind: "provider", account: null },
      ...{ data: JSON.stringify(data), expiresAt: now + VISIT_MS },
    }, now);
    return { url, state };
  }

  /**
   * Ends a visit.
   *
   * @param state The state that the browser has kept.
   * @param returned The address with which the provider sent the browser back.
   */
  async finish(
    provider: OpenIdProvider,
    state: string | undefined,
    returned: URL,
    caller: Caller,
    redirectUri: string,
  ): Promise<VisitEnd | Refusal> {
    const { store, clock, sessions } = this.#options;
    // Another browser began the visit: its user must not be signed in here.
    if (state === undefined || returned.searchParams.get("state") !== state) return FAILED;
    const ticket = await store.takeTicket(hashToken(state), "provider", clock.now());
    if (ticket === null) return FAILED;
    const visit = v.parse(storedVisit, JSON.parse(ticket.data));
    if (visit.provider !== provider.settings.id) return FAILED;
    const { purpose, nonce, verifier } = visit;
    // A session at the provider proves nothing anew: who is at the browser may be somebody else.
    const within = purpose === "sign_in" ? undefined : VISIT_MS / 1_000;
    const user = await this.#ask(
      provider,
      () => provider.finish(returned, { state, nonce, verifier }, redirectUri, within),
    );
    if (isRefusal(user)) return user;
    if (visit.purpose === "sign_in") {
      const outcome = await this.#signIn(provider, user, caller);
      return isRefusal(outcome) ? outcome : { outcome, invite: visit.invite };
    }
    const { identity } = caller;
    if (identity === null || identity.session !== visit.session) return FAILED;
    if (visit.purpose === "link") {
      const { account: { id: account }, session } = identity;
      const linked = await store.linkProviderAccount({
        ...{ issuer: user.issuer, subject: user.subject, account, session, at: clock.now() },
      });
      return linked ? NOTHING : { code: "linked_elsewhere" };
    }
    const known = await store.findByProviderAccount(user);
    if (known?.id !== identity.account.id) return { code: "linked_elsewhere" };
    await sessions.confirm(identity, null);
    return NOTHING;
  }

  /** Ends the sessions that a provider has ended. @returns Whether the token was valid. */
  async logOut(provider: OpenIdProvider, token: string): Promise<boolean> {
    const { store, onEnded } = this.#options;
    const whose = await this.#ask(provider, () => provider.readLogout(token));
    if (isRefusal(whose)) return false;
    const ended = await store.endProviderSessions({ issuer: provider.settings.issuer, ...whose });
    for (const { account, hash } of ended) onEnded(account, hash);
    return true;
  }

  /** The providers to which an account is linked. */
  async linkedTo(account: Account): Promise<readonly OpenIdProvider[]> {
    const links = await this.#options.store.providerAccountsOf(account.id);
    const issuers = new Set(links.map(({ issuer }) => issuer));
    return this.providers.filter(({ settings }) => issuers.has(settings.issuer));
  }

  /** Removes a link, unless the user would have no way to sign in any more. */
  async unlink({ account }: Identity, provider: OpenIdProvider): Promise<Refusal | null> {
    const { store, accounts } = this.#options;
    const links = await store.providerAccountsOf(account.id);
    const others = links.filter(({ issuer }) => issuer !== provider.settings.issuer);
    const hasOther = others.length > 0 || !accounts.onlyProviders && (
          await store.passwordOf(account.id) !== null ||
          (await store.passkeysOf(account.id)).length > 0
        );
    if (!hasOther) return LAST_WAY;
    const unlinked = await store.unlinkProviderAccount(account.id, provider.settings.issuer);
    return unlinked ? null : { code: "not_found" };
  }

  async #signIn(
    { settings }: OpenIdProvider,
    user: ProviderUser,
    caller: Caller,
  ): Promise<SignInOutcome | Refusal> {
    const { accounts, store, onGroups } = this.#options;
    const proof = { provider: { issuer: user.issuer, sid: user.sid } };
    const known = await store.findByProviderAccount(user);
    if (known !== null) {
      const account = await this.#withRole(known, user.role);
      await onGroups(account, user.groups);
      return await accounts.admit(account, caller, { proof });
    }
    if (!settings.sign_up) return { code: "invite_only" };
    const made = await this.#signUp(user, caller);
    if (isRefusal(made)) return made;
    await onGroups(made, user.groups);
    return await accounts.admit(made, caller, { isNew: true, proof });
  }

  /** Creates an account under the first free name. */
  async #signUp(user: ProviderUser, { address }: Caller): Promise<Account | Refusal> {
    const { accounts } = this.#options;
    const { issuer, subject, role } = user;
    let tried = 0;
    for (const name of candidateNames(user.names, "Member")) {
      if (++tried > MAX_NAMES) break;
      const linked = { issuer, subject };
      const made = await accounts.createLinked(name, role ?? "member", linked, address);
      if (!isRefusal(made)) return made;
      if (made.code !== "name_taken" && made.code !== "name_reserved") return made;
    }
    return { code: "name_taken" };
  }

  /** Gives an account the role that the provider says. The last owner stays one. */
  async #withRole(account: Account, role: Role | null): Promise<Account> {
    const { store, onRole } = this.#options;
    if (role === null || role === account.role) return account;
    const revoked = await store.setRole(account.id, role);
    if (revoked === "last_owner") return account;
    const changed = { ...account, role };
    await onRole(changed, revoked);
    return changed;
  }

  /** Asks a provider. What it does wrong is for the operator; the user can only try again. */
  async #ask<T extends object>(
    { settings }: OpenIdProvider,
    ask: () => Promise<T>,
  ): Promise<T | Refusal> {
    try {
      return await ask();
    } catch (error) {
      this.#options.onError(`Cannot sign in by ${settings.id}`, error);
      return FAILED;
    }
  }
}

const FAILED: Refusal = { code: "provider_failed" };
const NOTHING: VisitEnd = { outcome: null, invite: null };
const LAST_WAY: Refusal = {
  code: "forbidden",
  message: "You couldn't sign in anymore: set a password or add a passkey first.",
};
