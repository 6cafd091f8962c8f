/**
 * Presence subscriptions: which connections are sent whose presence. Listed users are broadcast to
 * every connection; all other users only to the connections that watch them. So a user who comes or
 * goes costs as much as the number of watchers.
 *
 * @module
 */
import { presence } from "./replies.ts";
import { Batch } from "./outbound_batch.ts";
import type { Cancel } from "../util/clock.ts";
import { Channel, type ChannelOptions, PRESENCE_FLUSH_POLICY } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { type PresenceState, type ServerFrame } from "../protocol/frames.ts";
import { foldName } from "../protocol/names.ts";
import type { Account } from "../store/records.ts";

/** The delay after a flush, in ms for each watcher that was notified. Below 1 ms there is none. */
const DELAY_PER_WATCHER = 0.1;

/** Options of presence subscriptions. */
export type PresenceSubscriptionsOptions = Pick<ChannelOptions, "clock" | "onSlow">;

/** The presence subscriptions of all connections. */
export class PresenceSubscriptions {
  readonly #options: PresenceSubscriptionsOptions;
  readonly #everyone: Channel;
  /** By folded name: a connection may watch a user who is not online, or does not exist. */
  readonly #watchers = new Map<string, Set<Connection>>();
  readonly #watched = new Map<Connection, ReadonlySet<string>>();
  /** The batches for the next flush, in order. */
  #pending = new Map<Connection, Batch[]>();
  #delayedUntil = -Infinity;
  #cancelFlush: Cancel | undefined;

  constructor(options: PresenceSubscriptionsOptions) {
    this.#options = options;
    this.#everyone = new Channel({ ...options, flushPolicy: PRESENCE_FLUSH_POLICY });
  }

  /** The number of names that are watched. */
  get size(): number {
    return this.#watchers.size;
  }

  /** Subscribes a connection to what is broadcast to everyone. */
  join({ subscriber }: Connection): void {
    this.#everyone.subscribe(subscriber);
  }

  /** Ends all presence subscriptions of a connection. */
  leave(connection: Connection): void {
    this.#everyone.unsubscribe(connection.subscriber);
    this.#unwatch(connection);
  }

  /** Broadcasts a frame to every connection. */
  announce(frame: ServerFrame): void {
    this.#everyone.publish(JSON.stringify(frame));
    this.#everyone.flush();
  }

  /**
   * Replaces the names that a connection watches, and drops what is pending for it: the caller
   * sends it the current states.
   */
  watch(connection: Connection, names: readonly string[]): void {
    this.#unwatch(connection);
    // Commands that arrived before the connection was lost are still handled.
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

  /** Sends a user's new state to the connections that watch the user. */
  notify(account: Account, state: PresenceState): void {
    this.tellWatchers(account, { ...presence(account, state), watched: true });
  }

  /** Sends a frame about a user to the connections that watch the user. @param except One that knows. */
  tellWatchers(account: Account, frame: ServerFrame, except?: Connection): void {
    const watchers = this.#watchers.get(foldName(account.name));
    if (watchers === undefined) return;
    const batch = Batch.of(frame);
    for (const connection of watchers) {
      if (connection === except) continue;
      const pending = this.#pending.get(connection);
      if (pending === undefined) this.#pending.set(connection, [batch]);
      else pending.push(batch);
    }
    this.#flush();
  }

  /** Removes all subscriptions and cancels what is scheduled. */
  close(): void {
    this.#cancelFlush?.();
    this.#watchers.clear();
    this.#pending.clear();
    this.#everyone.close();
  }

  /** Sends what is pending: now, or when the delay after the last flush is over. */
  #flush(): void {
    if (this.#cancelFlush !== undefined) return;
    const delay = this.#delayedUntil - this.#options.clock.elapsed();
    if (delay <= 0) return this.#send();
    this.#cancelFlush = this.#options.clock.after(delay, () => {
      this.#cancelFlush = undefined;
      this.#send();
    });
  }

  #send(): void {
    const pending = this.#pending;
    this.#pending = new Map();
    const delay = Math.min(pending.size * DELAY_PER_WATCHER, PRESENCE_FLUSH_POLICY.maxDelay);
    this.#delayedUntil = delay < 1 ? -Infinity : this.#options.clock.elapsed() + delay;
    for (const [{ open, subscriber }, batches] of pending) {
      if (open && !subscriber.enqueue(Batch.concat(batches))) this.#options.onSlow(subscriber);
    }
  }
}
