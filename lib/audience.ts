/**
 * Who hears of whom. Everybody hears of those who are listed; of anybody else only those
 * connections which have named them, so that who comes or goes costs no more than those who look.
 *
 * @module
 */
import { presence } from "./answers.ts";
import { Batch } from "./batch.ts";
import type { Cancel } from "./clock.ts";
import { Channel, type ChannelOptions, LOBBY_PACE } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { foldName, type PresenceState, type ServerFrame } from "./protocol.ts";
import type { Account } from "./store/store.ts";

/** The rest after some were told, in ms for each of them; a shorter one than a ms is none. */
const REST_PER_WATCHER = 0.1;

/** What an audience is made with. */
export type AudienceOptions = Pick<ChannelOptions, "clock" | "onSlow">;

/** The connections that have been let in. */
export class Audience {
  readonly #options: AudienceOptions;
  readonly #everybody: Channel;
  /** By folded name: somebody can be waited for who is not here. */
  readonly #watchers = new Map<string, Set<Connection>>();
  readonly #watched = new Map<Connection, ReadonlySet<string>>();
  /** What is still to be told, in order. */
  #pending = new Map<Connection, Batch[]>();
  #restUntil = -Infinity;
  #cancelFlush: Cancel | undefined;

  constructor(options: AudienceOptions) {
    this.#options = options;
    this.#everybody = new Channel({ ...options, pace: LOBBY_PACE });
  }

  /** How many people have been named. */
  get size(): number {
    return this.#watchers.size;
  }

  /** From now on a connection hears what everybody does. */
  join({ member }: Connection): void {
    this.#everybody.follow(member);
  }

  /** A connection hears of nobody any more. */
  leave(connection: Connection): void {
    this.#everybody.unfollow(connection.member);
    this.#unwatch(connection);
  }

  /** Tells everybody something. */
  announce(frame: ServerFrame): void {
    this.#everybody.publish(JSON.stringify(frame));
    this.#everybody.flush();
  }

  /**
   * From now on a connection hears of these people, and no more of those whom it named before. What
   * it was still to be told is dropped: it has to be told how they are now.
   */
  watch(connection: Connection, names: readonly string[]): void {
    this.#unwatch(connection);
    // What it sent before it was lost is still carried out.
    if (!connection.open || names.length === 0) return;
    const keys = new Set(names.map(foldName));
    this.#watched.set(connection, keys);
    for (const key of keys) {
      const watchers = this.#watchers.get(key);
      if (watchers === undefined) this.#watchers.set(key, new Set([connection]));
      else watchers.add(connection);
    }
  }

  #unwatch(connection: Connection): void {
    this.#pending.delete(connection);
    for (const key of this.#watched.get(connection) ?? []) {
      const watchers = this.#watchers.get(key);
      watchers?.delete(connection);
      if (watchers?.size === 0) this.#watchers.delete(key);
    }
    this.#watched.delete(connection);
  }

  /** Tells those who want to hear of somebody what has become of them. */
  tell(account: Account, state: PresenceState): void {
    const watchers = this.#watchers.get(foldName(account.name));
    if (watchers === undefined) return;
    const notice = Batch.of({ ...presence(account, state), watched: true });
    for (const connection of watchers) {
      const pending = this.#pending.get(connection);
      if (pending === undefined) this.#pending.set(connection, [notice]);
      else pending.push(notice);
    }
    this.#flush();
  }

  /** Forgets what was planned. */
  close(): void {
    this.#cancelFlush?.();
    this.#watchers.clear();
    this.#pending.clear();
    this.#everybody.close();
  }

  /** Sends what is pending: now, or when the rest after the last time is over. */
  #flush(): void {
    if (this.#cancelFlush !== undefined) return;
    const rest = this.#restUntil - this.#options.clock.elapsed();
    if (rest <= 0) return this.#send();
    this.#cancelFlush = this.#options.clock.after(rest, () => {
      this.#cancelFlush = undefined;
      this.#send();
    });
  }

  #send(): void {
    const pending = this.#pending;
    this.#pending = new Map();
    const rest = Math.min(pending.size * REST_PER_WATCHER, LOBBY_PACE.maxRest);
    this.#restUntil = rest < 1 ? -Infinity : this.#options.clock.elapsed() + rest;
    for (const [{ open, member }, notices] of pending) {
      if (open && !member.offer(Batch.concat(notices))) this.#options.onSlow(member);
    }
  }
}
