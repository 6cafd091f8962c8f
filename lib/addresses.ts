/**
 * Where a request comes from, and how many connections may come from one place.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { type Rate, RateLimiter } from "./rate_limit.ts";

/**
 * The address of whoever made a request. What `X-Forwarded-For` says counts only as far as it was
 * written by proxies that the settings name: anybody can send the header.
 *
 * @param peer The address at the other end of the TCP connection.
 * @param headers The request's headers.
 * @param proxies The addresses of trusted proxies.
 */
export function clientAddress(
  peer: string,
  headers: Headers,
  proxies: readonly string[],
): string {
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").map((hop) => hop.trim());
  let address = canonical(peer);
  while (proxies.includes(address) && hops.length > 0) {
    const hop = hops.pop() ?? "";
    if (!isAddress(hop)) break;
    address = canonical(hop);
  }
  return address;
}

/** An IPv4 address that came in IPv6's clothes, as itself (RFC 4291 section 2.5.5.2). */
function canonical(address: string): string {
  return address.toLowerCase().replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, "");
}

/** Whether a text can be an IP address: what follows compares it, nothing resolves it. */
export function isAddress(text: string): boolean {
  return /^[0-9a-f:.]{2,45}$/i.test(text) && /[.:]/.test(text);
}

/** Whether an address is this machine's own: a proxy beside the server, or a person at it. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** How fast one address may open connections. */
const OPENING: Rate = { perSecond: 20, burst: 200 };

/** Bounds the connections that come from one address. */
export class Doorkeeper {
  readonly #maxOpen: number;
  readonly #opening: RateLimiter<string>;
  readonly #open = new Map<string, number>();

  /** @param maxOpen Connections that one address may hold at once. */
  constructor(maxOpen: number, clock: Clock) {
    this.#maxOpen = maxOpen;
    this.#opening = new RateLimiter(OPENING, clock);
  }

  /**
   * Lets a connection in, to be given back with `leave`. This machine itself is not bounded: all
   * who come through a proxy that the settings do not name would share the bound.
   *
   * @returns 0, or the milliseconds after which trying again makes sense.
   */
  enter(address: string): number {
    if (isLoopback(address)) return 0;
    const open = this.#open.get(address) ?? 0;
    if (open >= this.#maxOpen) return 10_000;
    const wait = this.#opening.take(address);
    if (wait === 0) this.#open.set(address, open + 1);
    return wait;
  }

  /** A connection that was let in has ended. */
  leave(address: string): void {
    const open = this.#open.get(address);
    if (open === undefined) return;
    if (open > 1) this.#open.set(address, open - 1);
    else this.#open.delete(address);
  }
}
