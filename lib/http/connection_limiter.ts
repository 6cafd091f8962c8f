/**
 * Limits the connections and requests of one address.
 *
 * @module
 */
import { isLoopback } from "../util/ip_address.ts";
import type { Clock } from "../util/clock.ts";
import { type Rate, RateLimiter } from "../util/rate_limit.ts";

/** How fast one address may open connections. */
const OPEN_RATE: Rate = { perSecond: 20, burst: 200 };

/**
 * Limits how many connections or requests one address may have at the same time. The loopback address
 * has no limit: all clients of a proxy that `--proxies` does not list would share it.
 */
export class ConcurrencyLimiter {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /** @param max How many each address may have. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Counts one more, until `release`. @returns `false` if the address has `max` already. */
  acquire(address: string): boolean {
    if (isLoopback(address)) return true;
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#max) return false;
    this.#counts.set(address, count + 1);
    return true;
  }

  /** Ends what `acquire` has counted. */
  release(address: string): void {
    const count = this.#counts.get(address);
    if (count === undefined) return;
    if (count > 1) this.#counts.set(address, count - 1);
    else this.#counts.delete(address);
  }
}

/** After how many ms a client should try again if its address has all the connections it may have. */
const RETRY_MS = 10_000;

/** Limits how many connections one address may hold, and how fast it may open them. */
export class ConnectionLimiter {
  readonly #rate: RateLimiter<string>;
  readonly #open: ConcurrencyLimiter;

  /** @param maxOpen Connections that one address may hold at once. */
  constructor(maxOpen: number, clock: Clock) {
    this.#open = new ConcurrencyLimiter(maxOpen);
    this.#rate = new RateLimiter(OPEN_RATE, clock);
  }

  /**
   * Counts a new connection, until `release`.
   *
   * @returns 0, or the milliseconds after which the client should try again.
   */
  acquire(address: string): number {
    if (!this.#open.acquire(address)) return RETRY_MS;
    const wait = isLoopback(address) ? 0 : this.#rate.take(address);
    if (wait > 0) this.#open.release(address);
    return wait;
  }

  /** Ends a connection that `acquire` has counted. */
  release(address: string): void {
    this.#open.release(address);
  }
}
