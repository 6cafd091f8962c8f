/**
 * What keeps a conversation bearable: who is silenced, who has blocked whom, which rooms are
 * locked or slowed. Kept in memory, for it is asked with each message.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { Refusal, Role } from "./protocol.ts";
import type { Room } from "./room.ts";
import type { Account, Store } from "./store/store.ts";

const RANKS: Readonly<Record<Role, number>> = {
  owner: 3,
  moderator: 2,
  member: 1,
  bot: 1,
  guest: 0,
};

/** Whether somebody keeps order here. */
export function isModerator(account: Account): boolean {
  return RANKS[account.role] >= RANKS.moderator;
}

/** Whether somebody stands above somebody else: nobody is moderated by their equals. */
export function outranks(account: Account, other: Account): boolean {
  return isModerator(account) && RANKS[account.role] > RANKS[other.role];
}

/** The rules that are asked with each message. */
export class Moderation {
  readonly #clock: Clock;
  /** Until when, by account. */
  readonly #mutes = new Map<number, number>();
  /** Who wants to hear nothing from whom, by the number of the first. */
  readonly #blocks = new Map<number, Map<number, string>>();
  /** How often anything has changed, and when it was last what the store says. */
  #changes = 0;
  #settled = 0;

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Reads what is in force. */
  static async load(store: Store, clock: Clock): Promise<Moderation> {
    const moderation = new Moderation(clock);
    await moderation.reload(store);
    return moderation;
  }

  /**
   * Whether nothing has changed since the store was read. Of two changes at two instances this one
   * may have heard in the wrong order.
   */
  get isCertain(): boolean {
    return this.#changes === this.#settled;
  }

  /** Reads again what is in force, where changes may have been missed. */
  async reload(store: Store): Promise<void> {
    for (;;) {
      const changes = this.#changes;
      const [mutes, blocks] = [await store.mutes(this.#clock.now()), await store.blocks()];
      // What has changed in the meantime may be newer than what was read.
      if (changes !== this.#changes) continue;
      this.#mutes.clear();
      this.#blocks.clear();
      for (const [account, until] of mutes) this.#mutes.set(account, until);
      for (const { account, other } of blocks) this.block(account, other, true);
      this.#settled = this.#changes;
      return;
    }
  }

  /** Silences somebody until then. */
  mute(account: Account, until: number): void {
    this.#changes += 1;
    if (until > this.#clock.now()) this.#mutes.set(account.id, until);
    else this.#mutes.delete(account.id);
  }

  /** One person wants to hear nothing from another any more, or does again. */
  block(account: Account, other: Account, on: boolean): void {
    this.#changes += 1;
    const blocked = this.#blocks.get(account.id) ?? new Map<number, string>();
    if (on) this.#blocks.set(account.id, blocked.set(other.id, other.name));
    else blocked.delete(other.id);
  }

  /** Whom somebody has blocked, by name. */
  blockedBy(account: Account): string[] {
    return [...this.#blocks.get(account.id)?.values() ?? []];
  }

  /** Whether somebody wants to hear nothing from somebody else. */
  isBlocked(by: Account, other: Account): boolean {
    return this.#blocks.get(by.id)?.has(other.id) ?? false;
  }

  /** Why somebody may write nothing in a room now, if so. */
  refusesWriting(account: Account, room: Room): Refusal | null {
    const until = this.#mutes.get(account.id) ?? 0;
    const left = until - this.#clock.now();
    if (left > 0) return { code: "muted", retry_after: left };
    if (until > 0) this.#mutes.delete(account.id);
    if (room.locked && !isModerator(account)) return { code: "room_locked" };
    if (!room.isDirect) return null;
    const blocked = [...room.members()].some((other) => this.isBlocked(other, account));
    return blocked ? { code: "blocked" } : null;
  }

  /** Why somebody may not say another thing in a slowed room yet, if so. */
  refusesHaste(account: Account, room: Room): Refusal | null {
    if (room.slowMs === 0 || isModerator(account)) return null;
    const wait = room.saidAt(account) + room.slowMs - this.#clock.elapsed();
    return wait > 0 ? { code: "rate_limited", retry_after: Math.ceil(wait) } : null;
  }
}
