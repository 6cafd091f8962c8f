/**
 * The part of `Store` for what users say about themselves. The contract of `store.ts` holds here too.
 *
 * @module
 */
import type { Account } from "./records.ts";

/** What a user does or how a user is. */
export interface Status {
  readonly emoji: string;
  readonly text: string;
  /** When it ends, in ms since the Unix epoch; `null` for never. */
  readonly until: number | null;
}

/** What a user says about themselves. */
export interface Profile {
  readonly displayName: string | null;
  readonly status: Status | null;
  /** The id of the user's picture. */
  readonly avatar: string | null;
}

/** A change of a profile: what is left out stays, `null` removes it. */
export interface ProfileChange {
  readonly displayName?: {
    readonly name: string;
    /** What the name looks like. */
    readonly skeleton: string;
  } | null;
  readonly status?: Status | null;
  readonly avatar?: (Avatar & { readonly id: string }) | null;
}

/** A small picture of a user. */
export interface Avatar {
  /** Its media type. */
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Profiles. */
export interface ProfileStore {
  /** The profile of an account; an empty one unless it has any. */
  profileOf(account: number): Promise<Profile>;
  /** Those of some accounts, by their folded names, that have a profile. */
  profilesNamed(
    folded: readonly string[],
  ): Promise<readonly { readonly account: Account; readonly profile: Profile }[]>;
  /**
   * Changes a profile.
   *
   * @returns `false`, without effect, if the display name looks like the name of another account, or
   * like the display name of an owner, a moderator or a bot.
   */
  setProfile(account: number, change: ProfileChange): Promise<boolean>;
  /** Whether a skeleton is that of the display name of an owner, a moderator or a bot. */
  isDisplayNameOfStaff(skeleton: string): Promise<boolean>;
  /** A picture. */
  avatar(id: string): Promise<Avatar | null>;
  /** Whether a file that is complete was uploaded by an account. */
  isUploader(file: string, account: number): Promise<boolean>;
}
