/**
 * Fan-out: sends what is published to a channel to all of its subscribers, in the order of
 * publishing, in as few frames as the flush policy allows.
 *
 * @module
 */
import { Batch } from "./outbound_batch.ts";
import type { Cancel, Clock } from "../util/clock.ts";
import type { CloseName } from "../protocol/errors.ts";

/** A connection as channels and the hub see it. */
export interface Subscriber {
  /**
   * Queues a batch to be sent. Never waits.
   *
   * @returns `false` when the queue is full: the connection has to be dropped.
   */
  enqueue(batch: Batch): boolean;
  /** Whether everything that was enqueued is written. */
  readonly drained: boolean;
  /** Closes the connection. */
  close(name: CloseName): void;
}

/** How a channel trades latency for fuller frames. */
export interface FlushPolicy {
  /** A channel with at most this many subscribers flushes without delay. */
  readonly maxImmediate: number;
  /** The delay after a frame is written to all, as a multiple of the time that writing took. */
  readonly delayPerWrite: number;
  /** The longest delay, in ms. */
  readonly maxDelay: number;
  /** The length of a frame, in UTF-16 code units, about; the rest of a burst waits for the next. */
  readonly maxFrameLength: number;
}

/**
 * The flush policy of rooms.
 *
 * What one frame to all subscribers costs is measured each time: it is the kernel's price of a
 * write times the number of subscribers, and differs by a factor of three between machines. After
 * a frame a room delays the next for eight times that time, but not longer than a screen takes to
 * show the next picture. So one busy room of some hundred users takes a ninth of the time, and its
 * frames become fuller; a message in a quiet room is not delayed.
 * The longest frame is one that hardly ever fills: what does not fit costs a second write to every
 * subscriber.
 */
export const ROOM_FLUSH_POLICY: FlushPolicy = {
  maxImmediate: 80,
  delayPerWrite: 8,
  maxDelay: 14,
  maxFrameLength: 131_072,
};

/**
 * The flush policy of a room where a connection's queue holds `queueBytes`. With longer frames a
 * client that reads as fast as it can would exceed its queue within a burst.
 */
export function roomFlushPolicy(queueBytes: number): FlushPolicy {
  const { maxFrameLength } = ROOM_FLUSH_POLICY;
  return { ...ROOM_FLUSH_POLICY, maxFrameLength: Math.min(maxFrameLength, queueBytes / 2) };
}

/**
 * The flush policy of presence: it goes to every connection, but can wait. The frames are short
 * because Deno keeps a buffer as long as the longest frame for each connection.
 */
export const PRESENCE_FLUSH_POLICY: FlushPolicy = {
  maxImmediate: 10,
  delayPerWrite: 10,
  maxDelay: 1_000,
  maxFrameLength: 4_096,
};

/**
 * How often, in ms at least, a channel polls whether its frame is written: sockets have no event
 * for it. It polls only when more is pending, and first after half of the last frame's write time.
 */
const POLL_MS = 2;
const POLLS_PER_WRITE = 8;
const FIRST_POLL = 1 / 2;

/**
 * How many subscribers are sampled. A frame counts as written once three quarters of them have
 * drained, so that a quarter of slow readers does not delay the rest.
 */
const SAMPLE_SIZE = 16;
const DRAINED_SHARE = 3 / 4;

/**
 * How long a frame may count as not written, in ms for each subscriber: more slow readers than a
 * quarter do not delay the rest for longer than that. No machine needs as much.
 */
const MAX_WRITE_PER_SUBSCRIBER = 0.1;

/** Options of a channel. */
export interface ChannelOptions {
  readonly clock: Clock;
  readonly flushPolicy: FlushPolicy;
  /** Called with every subscriber whose queue is full, after it was unsubscribed. */
  readonly onSlow: (subscriber: Subscriber) => void;
  /** Called after a frame was enqueued for all, `ms` after its first message was published. */
  readonly onSent?: (frame: { readonly subscribers: number; readonly ms: number }) => void;
}

/** Messages on their way to a set of subscribers. */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #subscribers = new Set<Subscriber>();
  #pending: { readonly json: string; readonly seq: number }[] = [];
  #delivered: number;
  #pendingSince = 0;
  #sentAt = 0;
  /** Subscribers that had drained before the last frame; `null` when nothing is to be polled. */
  #sampled: readonly Subscriber[] | null = null;
  /** How long the last frame took to be written, in ms. */
  #writeMs = 0;
  /** Cancels the current delay or poll; nothing is sent while it is set. */
  #cancelDelay: Cancel | undefined;

  /** @param delivered The position at which the channel starts: the newest `seq` so far. */
  constructor(options: ChannelOptions, delivered = 0) {
    this.#options = options;
    this.#delivered = delivered;
  }

  /** The newest `seq` that was enqueued for the subscribers. */
  get delivered(): number {
    return this.#delivered;
  }

  /** The subscribers, in the order in which they came. */
  subscribers(): IteratorObject<Subscriber, undefined> {
    return this.#subscribers.values();
  }

  /** The number of subscribers. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** Adds a subscriber: it gets everything that is not delivered yet. */
  subscribe(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
  }

  /** Removes a subscriber: it gets nothing more. */
  unsubscribe(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  /** Whether `subscriber` is subscribed. */
  has(subscriber: Subscriber): boolean {
    return this.#subscribers.has(subscriber);
  }

  /**
   * Adds a message to what the next `flush` sends.
   *
   * @param json The message as JSON.
   * @param seq Its position in the log; 0 for a message that is not in the log.
   */
  publish(json: string, seq = 0): void {
    if (this.#pending.length === 0) this.#pendingSince = this.#options.clock.elapsed();
    this.#pending.push({ json, seq });
  }

  /** Sends what is pending: now, or when the delay after the last flush is over. */
  flush(): void {
    if (this.#cancelDelay !== undefined || this.#pending.length === 0) return;
    if (this.#sampled === null) this.#send();
    else this.#poll();
  }

  /** Sends everything that is pending without delay. */
  drain(): void {
    while (this.#pending.length > 0) {
      this.#endDelay();
      this.#send();
    }
  }

  /** Continues from a later position and drops what is pending. Call it without subscribers only. */
  skipTo(seq: number): void {
    this.#endDelay();
    this.#pending = [];
    this.#delivered = seq;
  }

  /** Removes all subscribers and cancels what is scheduled. */
  close(): void {
    this.#endDelay();
    this.#subscribers.clear();
  }

  #send(): void {
    const batch = this.#take();
    this.#sampled = this.#sampleSubscribers();
    const slow: Subscriber[] = [];
    for (const subscriber of this.#subscribers) {
      if (!subscriber.enqueue(batch)) slow.push(subscriber);
    }
    this.#sentAt = this.#options.clock.elapsed();
    const ms = this.#sentAt - this.#pendingSince;
    this.#options.onSent?.({ subscribers: this.#subscribers.size, ms });
    for (const subscriber of slow) this.#subscribers.delete(subscriber);
    if (this.#pending.length > 0) this.#delay(0);
    // Last: the callback may publish, and that must not overtake this batch.
    for (const subscriber of slow) this.#options.onSlow(subscriber);
  }

  /** Subscribers spread over a large channel that have drained and could take a frame at once. */
  #sampleSubscribers(): readonly Subscriber[] | null {
    if (this.#subscribers.size <= this.#options.flushPolicy.maxImmediate) return null;
    const step = Math.ceil(this.#subscribers.size / SAMPLE_SIZE);
    return this.#subscribers.values()
      .filter((subscriber, n) => n % step === 0 && subscriber.drained).toArray();
  }

  /** Sends once the sampled subscribers have drained and the delay is over. */
  #poll(isFirst = true): void {
    const { delayPerWrite, maxDelay } = this.#options.flushPolicy;
    const elapsed = this.#options.clock.elapsed() - this.#sentAt;
    const early = this.#writeMs * FIRST_POLL - elapsed;
    if (isFirst && early > 0) return this.#delay(early, () => this.#poll());
    const isWritten = this.#isWritten();
    const longest = this.#subscribers.size * MAX_WRITE_PER_SUBSCRIBER;
    if (!isWritten && elapsed < longest) {
      const interval = Math.max(POLL_MS, this.#writeMs / POLLS_PER_WRITE);
      return this.#delay(interval, () => this.#poll(false));
    }
    this.#sampled = null;
    let delay = maxDelay;
    if (isWritten) {
      // At the first poll the frame may have been written long ago; and a timer can be late.
      this.#writeMs = Math.min(elapsed, isFirst ? this.#writeMs : longest);
      delay = Math.min(this.#writeMs * delayPerWrite, maxDelay) - (elapsed - this.#writeMs);
    }
    if (delay > 0) this.#delay(delay);
    else this.#send();
  }

  #isWritten(): boolean {
    const sampled = this.#sampled ?? [];
    const count = sampled.filter(({ drained }) => drained).length;
    return count > 0 && count >= sampled.length * DRAINED_SHARE;
  }

  #delay(ms: number, then = () => this.flush()): void {
    this.#cancelDelay = this.#options.clock.after(ms, () => {
      this.#cancelDelay = undefined;
      then();
    });
  }

  #endDelay(): void {
    this.#cancelDelay?.();
    this.#cancelDelay = undefined;
    this.#sampled = null;
  }

  /** Takes the messages of the next frame, at least one. */
  #take(): Batch {
    let length = 0;
    let count = 0;
    for (const { json } of this.#pending) {
      length += json.length;
      if (count > 0 && length > this.#options.flushPolicy.maxFrameLength) break;
      count++;
    }
    const taken = count === this.#pending.length ? this.#pending : this.#pending.slice(0, count);
    this.#pending = count === this.#pending.length ? [] : this.#pending.slice(count);
    // A message that is not in the log (typing, say) does not move the position.
    for (const { seq } of taken) if (seq > this.#delivered) this.#delivered = seq;
    return new Batch(taken.map(({ json }) => json));
  }
}
