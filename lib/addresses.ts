/**
 * Where a request comes from, and how many connections may come from one place.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { type Rate, RateLimiter } from "./rate_limit.ts";

/**
 * The address of whoever made a request, or its network where it is one of IPv6. What
 * `X-Forwarded-For` says counts only as far as it was written by proxies that the settings name:
 * anybody can send the header.
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
  const trusted = proxies.map(canonical);
  let address = canonical(peer);
  while (trusted.includes(address) && hops.length > 0) {
    const hop = hops.pop() ?? "";
    if (!isAddress(hop)) break;
    address = canonical(hop);
  }
  return networkOf(address);
}

/** An IPv4 address that came in IPv6's clothes, as itself (RFC 4291 section 2.5.5.2). */
function canonical(address: string): string {
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed(address)) ?? [];
  if (high === undefined || low === undefined) return compressed(address);
  const bytes = [high, low].map((part) => parseInt(part, 16)).flatMap((n) => [n >> 8, n & 255]);
  return bytes.join(".");
}

/** An IPv6 address as RFC 5952 writes it: there are many ways to write each. */
function compressed(address: string): string {
  const url = address.includes(":") ? URL.parse(`http://[${address}]`) : null;
  return url === null ? address.toLowerCase() : url.hostname.slice(1, -1);
}

/**
 * What counts as one place. Whoever has one IPv6 address has all 2^64 of its network, and could
 * come from another one each time.
 */
function networkOf(address: string): string {
  if (isLoopback(address) || !URL.canParse(`http://[${address}]`)) return address;
  const halves = address.split("::").map((half) => half.split(":").filter((part) => part !== ""));
  const [before = [], after = []] = halves;
  const zeros = new Array<string>(8 - before.length - after.length).fill("0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
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
