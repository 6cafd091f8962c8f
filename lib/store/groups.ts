/**
 * The part of `Store` for groups of users, which a message can mention: `@designers`. The contract of
 * `store.ts` holds here too.
 *
 * @module
 */
import type { Account } from "./records.ts";

/** A group of users. */
export interface GroupRecord {
  /** The id that clients know. */
  readonly publicId: string;
  readonly name: string;
  /** Its members, by name; without guests and bots that are gone. */
  readonly members: readonly Account[];
}

/** What a group is created with, or changed to. */
export interface NewGroup {
  /** The group to change; `null` for a new one. */
  readonly publicId: string | null;
  readonly name: string;
  /** The accounts of its members, in place of those before. */
  readonly members: readonly number[];
  readonly at: number;
}

/** Groups. There are few, so that every instance holds all of them in memory. */
export interface GroupStore {
  /** All groups, by name. */
  groups(): Promise<readonly GroupRecord[]>;
  /**
   * Creates or changes a group.
   *
   * @returns Its `publicId`; `null` if another group has the name, or there is none to change.
   */
  putGroup(group: NewGroup): Promise<string | null>;
  /** Brings an account into a group, or out of it. Without effect if it is there already. */
  setGroupMember(publicId: string, account: number, on: boolean): Promise<void>;
  /** Deletes a group. @returns `false` if there is none. */
  deleteGroup(publicId: string): Promise<boolean>;
}
