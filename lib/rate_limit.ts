/**
 * Token buckets, one a key: each action takes a token; tokens come back at a steady rate.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

/** How much is allowed. */
export interface Rate {
  /** Tokens that come back in a second; 0 switches the limit off. */
  readonly perSecond: number;
  /** Tokens that a rested bucket holds. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Buckets are looked through for full ones, which say nothing, whenever this many are held. */
const SWEEP_SIZE = 4_096;

/** Limits how often something happens for each of many keys. */
export class RateLimiter<K> {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #buckets = new Map<K, Bucket>();
  #sweepAt = SWEEP_SIZE;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /**
   * Takes a token.
   *
   * @returns 0 where one was there, else the milliseconds until there is one.
   */
  take(key: K): number {
    if (this.#rate.perSecond === 0) return 0;
    const bucket = this.#bucket(key);
    this.#fill(bucket);
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return Math.ceil((1 - bucket.tokens) / this.#rate.perSecond * 1_000);
  }

  #bucket(key: K): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= this.#sweepAt) this.#sweep();
    const bucket = { tokens: this.#rate.burst, filledAt: this.#clock.elapsed() };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #fill(bucket: Bucket): void {
    const now = this.#clock.elapsed();
    const back = (now - bucket.filledAt) / 1_000 * this.#rate.perSecond;
    bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + back);
    bucket.filledAt = now;
  }

  #sweep(): void {
    for (const [key, bucket] of this.#buckets) {
      this.#fill(bucket);
      if (bucket.tokens >= this.#rate.burst) this.#buckets.delete(key);
    }
    // Doubling keeps the cost of sweeping constant a key, even when every bucket is in use.
    this.#sweepAt = Math.max(SWEEP_SIZE, this.#buckets.size * 2);
  }
}
