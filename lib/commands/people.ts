/**
 * What changes a user: the name, the role, and whether the user can sign in. The callers have checked
 * the permissions.
 *
 * @module
 */
import { isModerator, LAST_OWNER } from "../auth/permissions.ts";
import { TOMBSTONE } from "../chat/erasure.ts";
import type { ReservedNames } from "../auth/reserved_names.ts";
import type { Effects } from "../chat/effects.ts";
import type { Groups } from "../chat/groups.ts";
import type { Moderation } from "../chat/moderation.ts";
import type { Refusal } from "../protocol/errors.ts";
import type { ModerationAction, Role } from "../protocol/frames.ts";
import type { Revoked } from "../store/people.ts";
import type { Account } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import { skeletonOf } from "../util/confusables.ts";
import { type Rate, RateLimiter } from "../util/rate_limit.ts";

/** What changes of users need. `CommandContext` has it. */
export interface PeopleContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly effects: Effects;
  readonly groups: Groups;
  readonly moderation: Moderation;
  readonly reservedNames: ReservedNames;
  endBots(revoked: Revoked): void;
  record(
    by: Account,
    action: ModerationAction,
    what: { readonly subject: Account; readonly detail?: string },
  ): Promise<void>;
}

/** How often a user can take another name. Each one keeps the last from all others for a while. */
const RENAMES: Rate = { perSecond: 1 / 86_400, burst: 5 };

/** Changes users. */
export class People {
  readonly #context: PeopleContext;
  readonly #renames: RateLimiter<number>;

  constructor(context: PeopleContext) {
    this.#context = context;
    this.#renames = new RateLimiter(RENAMES, context.clock);
  }

  /** Renames a user. The old name leads to the user for a while, and is reserved. */
  async rename(by: Account, person: Account, name: string): Promise<Account | Refusal> {
    const { store, clock, effects, groups, moderation, reservedNames } = this.#context;
    if (name === person.name) return person;
    if (by.role !== "owner") {
      if (reservedNames.has(name)) return { code: "name_reserved" };
      const muted = isModerator(by) ? null : moderation.refusesSpeaking(by);
      if (muted !== null) return muted;
      const wait = this.#renames.take(by.id);
      if (wait > 0) return { code: "rate_limited", retry_after: wait };
    }
    const to = { name, skeleton: skeletonOf(name), at: clock.now() };
    if (await store.renameAccount(person.id, to) === "name_taken") return { code: "name_taken" };
    const account = await store.accountById(person.id) ?? { ...person, name };
    await groups.reloadWith(account);
    effects.emit({ type: "account_changed", account });
    if (by.id !== person.id) {
      await this.#context.record(by, "rename", { subject: person, detail: name });
    }
    return account;
  }

  /** Changes a user's role, and ends what the former role allowed. */
  async setRole(by: Account, person: Account, role: Role): Promise<Account | Refusal> {
    const { store, effects } = this.#context;
    const revoked = await store.setRole(person.id, role);
    if (revoked === "last_owner") return LAST_OWNER;
    this.#context.endBots(revoked);
    const account = { ...person, role };
    effects.emit({ type: "role_changed", account });
    await this.#context.record(by, "set_role", { subject: person, detail: role });
    return account;
  }

  /**
   * Erases a user: at once what the user is, and in the background what they did in rooms.
   *
   * @returns What is left: a tombstone.
   */
  async erase(by: Account, person: Account): Promise<Account | Refusal> {
    const { store, clock, effects, groups } = this.#context;
    const revoked = await store.eraseAccount(person.id, TOMBSTONE, clock.now());
    if (revoked === "last_owner") return LAST_OWNER;
    this.#context.endBots(revoked);
    const account = await store.accountById(person.id) ?? person;
    await groups.reloadWith(account);
    effects.emit({ type: "erased", account });
    if (by.id !== person.id) await this.#context.record(by, "erase", { subject: account });
    return account;
  }

  /** Deactivates a user, who is signed out everywhere, or activates one again. */
  async setActive(by: Account, person: Account, active: boolean): Promise<Account | Refusal> {
    const { store, clock, effects } = this.#context;
    const revoked = await store.setActive(person.id, active, clock.now());
    if (revoked === "last_owner") return LAST_OWNER;
    this.#context.endBots(revoked);
    const account = await store.accountById(person.id) ?? person;
    effects.emit({ type: "account_changed", account });
    if (!active) effects.emit({ type: "signed_out", account });
    await this.#context.record(by, active ? "activate" : "deactivate", { subject: person });
    return account;
  }
}
