/**
 * Groups whose members an OpenID provider decides about: a user comes into them and out of them with
 * each sign-in there.
 *
 * @module
 */
import type { ReservedNames } from "../auth/reserved_names.ts";
import { LIMITS } from "../protocol/limits.ts";
import { foldName } from "../protocol/names.ts";
import type { Account } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import type { Groups } from "./groups.ts";

/** What `followClaim` needs. */
export interface ClaimedGroupsOptions {
  readonly store: Pick<Store, "groups" | "putGroup" | "setGroupMember" | "findAccount">;
  readonly groups: Groups;
  readonly reservedNames: ReservedNames;
  readonly clock: Clock;
  /** Called with the name of each group that has changed. */
  readonly onChanged: (group: string) => Promise<void>;
  /** Called with the name of a group that the user cannot come into, and why. */
  readonly onRefused: (group: string, reason: string) => void;
}

/**
 * Makes the memberships of an account what a provider says. A group that is missing is created.
 *
 * @param claimed Each group about which the provider decides, by name, and whether the account is in it.
 */
export async function followClaim(
  { store, groups, reservedNames, clock, onChanged, onRefused }: ClaimedGroupsOptions,
  account: Account,
  claimed: ReadonlyMap<string, boolean>,
): Promise<void> {
  /** Why the account cannot come into a group; `null` if it came, or is in it. */
  async function join(name: string): Promise<string | null> {
    const group = groups.named(foldName(name));
    if (group === undefined) {
      if (reservedNames.has(name)) return "the name is reserved";
      // A name has one meaning in a message.
      if (await store.findAccount(name) !== null) return "a user has the name";
      if (groups.all().length >= LIMITS.groups) return "there are too many groups";
      const made = { publicId: null, name, members: [account.id], at: clock.now() };
      return await store.putGroup(made) === null ? "the name is taken" : null;
    }
    if (group.members.length >= LIMITS.group_members) return "it is full";
    await store.setGroupMember(group.publicId, account.id, true);
    return null;
  }

  for (const [name, isIn] of claimed) {
    const group = groups.named(foldName(name));
    const wasIn = group?.members.some(({ id }) => id === account.id) ?? false;
    if (wasIn === isIn) continue;
    const refused = isIn ? await join(name) : null;
    if (refused !== null) {
      onRefused(name, refused);
      continue;
    }
    if (!isIn && group !== undefined) {
      await store.setGroupMember(group.publicId, account.id, false);
    }
    await groups.reload();
    await onChanged(name);
  }
}
