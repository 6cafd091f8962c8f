/**
 * Token buckets, one for each key: each action takes a token; tokens come back at a steady rate.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

/** A rate limit. */
export interface Rate {
  /** Tokens that come back each second; 0 switches the limit off. */
  readonly perSecond: number;
  /** Tokens that a full bucket holds. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** At this number of buckets, full ones are removed: a full bucket limits nothing. */
const SWEEP_SIZE = 4_096;

/** The maximum number of buckets; beyond it each new bucket removes the oldest one. */
const MAX_BUCKETS = 100_000;

/** Limits the rate of actions for each of many keys. */
export class RateLimiter<K> {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #buckets = new Map<K, Bucket>();
  #sweepAt = SWEEP_SIZE;
  #oldest: MapIterator<K> = this.#buckets.keys();

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** The number of buckets. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Whether the limit is switched off. */
  get isOff(): boolean {
    return this.#rate.perSecond === 0;
  }

  /**
   * Takes tokens.
   *
   * @param cost How many; at most as many as a full bucket holds are taken.
   * @returns 0 when the bucket had enough tokens, otherwise the milliseconds until it will.
   */
  take(key: K, cost = 1): number {
    if (this.isOff) return 0;
    const price = Math.min(cost, this.#rate.burst);
    const bucket = this.#bucket(key);
    this.#fill(bucket);
    if (bucket.tokens >= price) {
      bucket.tokens -= price;
      return 0;
    }
    return Math.ceil((price - bucket.tokens) / this.#rate.perSecond * 1_000);
  }

  #bucket(key: K): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= this.#sweepAt) this.#sweep();
    if (this.#buckets.size >= MAX_BUCKETS) this.#removeOldest();
    const bucket = { tokens: this.#rate.burst, filledAt: this.#clock.elapsed() };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #fill(bucket: Bucket): void {
    const now = this.#clock.elapsed();
    const returned = (now - bucket.filledAt) / 1_000 * this.#rate.perSecond;
    bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + returned);
    bucket.filledAt = now;
  }

  #sweep(): void {
    for (const [key, bucket] of this.#buckets) {
      this.#fill(bucket);
      if (bucket.tokens >= this.#rate.burst) this.#buckets.delete(key);
    }
    // Doubling keeps the cost of sweeping constant per key, even when every bucket is in use.
    this.#sweepAt = Math.max(SWEEP_SIZE, this.#buckets.size * 2);
  }

  #removeOldest(): void {
    // One iterator is kept: a new one would step over every removed entry again.
    let next = this.#oldest.next();
    if (next.done) next = (this.#oldest = this.#buckets.keys()).next();
    if (!next.done) this.#buckets.delete(next.value);
  }
}
