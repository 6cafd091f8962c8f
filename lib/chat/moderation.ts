/**
 * Moderation in memory: mutes, blocks, bans, and the rules of rooms. In memory because each message
 * is checked against them.
 *
 * @module
 */
import type { Clock } from "../util/clock.ts";
import { type ActionTarget, moderates, type Power, refuses } from "../auth/permissions.ts";
import type { Refusal } from "../protocol/errors.ts";
import type { Room } from "./room.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";

/** The rules that each message is checked against. */
export class Moderation {
  readonly #clock: Clock;
  /** When each mute ends, by account id. */
  readonly #mutes = new Map<number, number>();
  /** The accounts that each account has blocked, by account id. */
  readonly #blocks = new Map<number, Map<number, Account>>();
  /** The ids of banned accounts. */
  readonly #banned = new Set<number>();
  /** Counts changes of roles and bans. */
  #rightsRevision = 0;
  /** Counts changes; and the count at which memory last agreed with the store. */
  #revision = 0;
  #storedRevision = 0;

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Reads the mutes, blocks and bans that are in force. */
  static async load(store: Store, clock: Clock): Promise<Moderation> {
    const moderation = new Moderation(clock);
    await moderation.reload(store);
    return moderation;
  }

  /**
   * Whether nothing has changed since the store was read. The changes of two other instances may
   * have arrived in the wrong order.
   */
  get isCertain(): boolean {
    return this.#revision === this.#storedRevision;
  }

  /** Reads the store again, after changes may have been missed. */
  async reload(store: Store): Promise<void> {
    for (;;) {
      const revision = this.#revision;
      const [mutes, blocks] = [await store.mutes(this.#clock.now()), await store.blocks()];
      const bans = await store.bans();
      // A change in the meantime may be newer than what was read.
      if (revision !== this.#revision) continue;
      this.#mutes.clear();
      this.#blocks.clear();
      for (const [account, until] of mutes) this.#mutes.set(account, until);
      this.#banned.clear();
      for (const { account, other } of blocks) this.block(account, other, true);
      for (const { account } of bans) if (account !== null) this.#banned.add(account.id);
      this.#storedRevision = this.#revision;
      return;
    }
  }

  /** Bans an account, or lifts its ban. */
  ban(account: Account, on: boolean): void {
    this.#revision += 1;
    this.#rightsRevision += 1;
    if (on) this.#banned.add(account.id);
    else this.#banned.delete(account.id);
  }

  /** Records that an account's role has changed. */
  noteRole(): void {
    this.#rightsRevision += 1;
  }

  /** Replaces what is known of an account, which has changed. */
  setAccount(account: Account): void {
    this.#rightsRevision += 1;
    for (const blocked of this.#blocks.values()) {
      if (blocked.has(account.id)) blocked.set(account.id, account);
    }
  }

  /** Forgets an account that was erased: nobody blocks it or is blocked by it. */
  forget(account: Account): void {
    this.#revision += 1;
    this.#rightsRevision += 1;
    this.#mutes.delete(account.id);
    this.#banned.delete(account.id);
    this.#blocks.delete(account.id);
    for (const blocked of this.#blocks.values()) blocked.delete(account.id);
  }

  /**
   * Reads accounts as they are now; reads again when a role or a ban has changed meanwhile. Call it
   * right before a change that depends on them.
   *
   * @returns `null` for an account that is banned or deactivated, or does not exist.
   */
  async current(store: Store, accounts: readonly Account[]): Promise<readonly (Account | null)[]> {
    for (;;) {
      const revision = this.#rightsRevision;
      const found = await Promise.all(accounts.map(async ({ id }) => {
        const [account, isBanned] = [await store.accountById(id), await store.isBanned(id)];
        return isBanned || account?.deactivated ? null : account;
      }));
      if (revision === this.#rightsRevision) return found;
    }
  }

  /** Whether an account is banned. */
  isBanned(account: Account): boolean {
    return this.#banned.has(account.id);
  }

  /** Refuses a banned account. */
  refusesBanned(account: Account): Refusal | null {
    return this.isBanned(account) ? { code: "banned" } : null;
  }

  /** Mutes an account until a time; unmutes it when the time is past. */
  mute(account: Account, until: number): void {
    this.#revision += 1;
    if (until > this.#clock.now()) this.#mutes.set(account.id, until);
    else this.#mutes.delete(account.id);
  }

  /** Records that an account blocks another one, or no longer does. */
  block(account: Account, other: Account, on: boolean): void {
    this.#revision += 1;
    const blocked = this.#blocks.get(account.id) ?? new Map<number, Account>();
    if (on) this.#blocks.set(account.id, blocked.set(other.id, other));
    else blocked.delete(other.id);
  }

  /** The accounts that an account has blocked. */
  blockedBy(account: Account): readonly Account[] {
    return [...this.#blocks.get(account.id)?.values() ?? []];
  }

  /** Whether `by` has blocked `other`. */
  isBlocked(by: Account, other: Account): boolean {
    return this.#blocks.get(by.id)?.has(other.id) ?? false;
  }

  /** Until when an account is muted; `null` if it is not. */
  mutedUntil(account: Account): number | null {
    const until = this.#mutes.get(account.id) ?? 0;
    return until > this.#clock.now() ? until : null;
  }

  /** Refuses an account that may not show others a text or a name: banned or muted. */
  refusesSpeaking(account: Account): Refusal | null {
    const banned = this.refusesBanned(account);
    if (banned !== null) return banned;
    const left = this.#mutedMs(account);
    return left > 0 ? { code: "muted", retry_after: left } : null;
  }

  /**
   * Refuses an account that may not use a power now, as far as memory knows: for what happens too
   * often to read the store, and after it was read, in the turn of the act.
   */
  refuses(power: Power, account: Account, target: ActionTarget<Room> = {}): Refusal | null {
    const { room } = target;
    return refuses(power, account, target, {
      isBanned: this.isBanned(account),
      mutedMs: this.#mutedMs(account),
      isBlocked: room !== undefined && room.isDirect &&
        [...room.members()].some((other) => this.isBlocked(other, account)),
    });
  }

  /** For how many ms more an account is muted; 0 for not at all. */
  #mutedMs(account: Account): number {
    const until = this.#mutes.get(account.id) ?? 0;
    const left = until - this.#clock.now();
    if (until > 0 && left <= 0) this.#mutes.delete(account.id);
    return Math.max(0, left);
  }

  /** Refuses a message that comes too soon after the last one in slow mode. */
  slowModeDelay(account: Account, room: Room): Refusal | null {
    if (room.slowMs === 0 || moderates(account, room)) return null;
    const wait = room.lastMessageAt(account) + room.slowMs - this.#clock.elapsed();
    return wait > 0 ? { code: "rate_limited", retry_after: Math.ceil(wait) } : null;
  }
}
