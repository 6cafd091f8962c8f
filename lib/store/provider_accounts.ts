/**
 * The part of `Store` for accounts at OpenID providers, with which users sign in. The contract of
 * `store.ts` holds here too.
 *
 * @module
 */
import type { Account } from "./records.ts";

/** An account at an OpenID provider: an issuer never gives a `sub` to another user. */
export interface ProviderAccount {
  /** The issuer identifier (OpenID Connect Core section 2, `iss`). */
  readonly issuer: string;
  /** The subject identifier (`sub`). */
  readonly subject: string;
}

/** The session at a provider from which a session began. */
export interface ProviderSession {
  readonly issuer: string;
  /** Its id (`sid`), if the provider names its sessions. */
  readonly sid: string | null;
}

/** What a new link is stored with. */
export interface NewProviderAccount extends ProviderAccount {
  readonly account: number;
  /** The hash of the session that links it: if that has ended, nothing is linked. */
  readonly session: string;
  readonly at: number;
}

/** Accounts at OpenID providers. */
export interface ProviderAccountStore {
  /** The account to which one at a provider is linked. */
  findByProviderAccount(linked: ProviderAccount): Promise<Account | null>;
  /** Links an account. @returns `false` if the one at the provider is linked to another account. */
  linkProviderAccount(link: NewProviderAccount): Promise<boolean>;
  /** What an account is linked to, the oldest first. */
  providerAccountsOf(account: number): Promise<readonly ProviderAccount[]>;
  /** Removes the links of an account to an issuer. @returns `false` if there are none. */
  unlinkProviderAccount(account: number, issuer: string): Promise<boolean>;
  /**
   * Ends the sessions that began at a provider.
   *
   * @param ended Those of one session there, or those of one user there.
   */
  endProviderSessions(
    ended: { readonly issuer: string } & ({ readonly sid: string } | { readonly subject: string }),
  ): Promise<readonly { readonly hash: string; readonly account: Account }[]>;
}
