/**
 * What a request costs by its address, where addresses share a limit.
 *
 * @module
 */
import { isLoopback } from "../util/ip_address.ts";

/**
 * The cost of a request from the loopback address. All clients of a proxy that `--proxies` does not
 * list share that address.
 */
const LOOPBACK_COST = 0.01;

/** Returns the tokens that a request from an address takes: see `RateLimiter.take`. */
export function costOf(address: string): number {
  return isLoopback(address) ? LOOPBACK_COST : 1;
}
