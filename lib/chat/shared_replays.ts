/**
 * Reads of the log that clients share who come back at the same time: after a restart or a failure of
 * the network, all members of a room miss the same events.
 *
 * @module
 */
import type { Clock } from "../util/clock.ts";
import type { Bounds, StoredEvent } from "../store/records.ts";
import type { Store } from "../store/store.ts";

/** Bounds of a replay. A client that missed more is better served by the latest page. */
const REPLAY_BOUNDS: Bounds = { limit: 1_000, maxLength: 262_144 };

/**
 * How long a read is shared, in ms. What is read also has what the log does not order, such as the
 * name of a sender: a client may get it as it was so long ago, as if it had come that much earlier.
 */
const SHARED_MS = 1_000;

/** How many events are kept at most. */
const MAX_EVENTS = 20_000;

interface SharedRead {
  readonly at: number;
  readonly events: Promise<readonly StoredEvent[] | null>;
  /** How many events it holds, once it is read. */
  size: number;
}

/** Replays of an instance, each read once for all who ask for it at the same time. */
export class SharedReplays {
  readonly #store: Pick<Store, "replay">;
  readonly #clock: Pick<Clock, "now">;
  /** By room and range, the oldest first. */
  readonly #reads = new Map<string, SharedRead>();
  #size = 0;

  constructor(store: Pick<Store, "replay">, clock: Pick<Clock, "now">) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Reads the events of a room after `after`, up to `upTo`.
   *
   * @returns `null` if they are more than a replay may have.
   * @throws {unknown} The store's error.
   */
  read(room: number, after: number, upTo: number): Promise<readonly StoredEvent[] | null> {
    const key = `${room} ${after} ${upTo}`;
    const now = this.#clock.now();
    this.#dropUntil(now - SHARED_MS);
    const shared = this.#reads.get(key);
    if (shared !== undefined) return shared.events;
    const events = this.#store.replay(room, after, upTo, REPLAY_BOUNDS);
    const read: SharedRead = { at: now, events, size: 0 };
    this.#reads.set(key, read);
    events.then((found) => this.#keep(key, read, found?.length ?? 0), () => this.#drop(key, read));
    return events;
  }

  /** Forgets everything: the log is another one, or what its events show has changed. */
  clear(): void {
    this.#reads.clear();
    this.#size = 0;
  }

  #keep(key: string, read: SharedRead, size: number): void {
    if (this.#reads.get(key) !== read) return;
    read.size = size;
    this.#size += size;
    for (const [oldest, one] of this.#reads) {
      if (this.#size <= MAX_EVENTS) return;
      this.#drop(oldest, one);
    }
  }

  #dropUntil(at: number): void {
    for (const [key, read] of this.#reads) {
      if (read.at > at) return;
      this.#drop(key, read);
    }
  }

  #drop(key: string, read: SharedRead): void {
    if (this.#reads.get(key) !== read) return;
    this.#reads.delete(key);
    this.#size -= read.size;
  }
}
