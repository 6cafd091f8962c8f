/**
 * IP addresses: the address of a request's client, and the addresses that count as one network.
 *
 * @module
 */

/**
 * Stands for every client that a proxy does not name by an address: as unknown, or by an identifier
 * of its own (RFC 7239 section 6). All of them count as one client, and not as the proxy.
 */
const UNKNOWN = "unknown";

/**
 * Returns the address of the client that sent a request; for IPv6, its network. Only entries of
 * `X-Forwarded-For` that trusted proxies wrote count: any client can send the header.
 *
 * @param peer The address at the other end of the TCP connection.
 * @param headers The request's headers.
 * @param proxies The addresses or networks of trusted proxies.
 */
export function clientAddress(
  peer: string,
  headers: Headers,
  proxies: readonly string[],
): string {
  // RFC 9110 section 5.6.1: empty list elements are ignored.
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").map((hop) => hop.trim())
    .filter((hop) => hop !== "");
  let address = canonical(peer);
  while (hops.length > 0 && proxies.some((proxy) => isWithin(address, proxy))) {
    const hop = canonical(bareAddress(hops.pop() ?? ""));
    if (bitsOf(hop) === null) return UNKNOWN;
    address = hop;
  }
  return networkOf(address);
}

/**
 * Extracts the address from a proxy's entry. Some proxies add a port, with IPv6 addresses in
 * brackets; some quote the address as `Forwarded` does; some add the zone of a link-local address
 * (RFC 4007 section 11).
 */
function bareAddress(hop: string): string {
  const bare = /^"([^"]*)"$/.exec(hop)?.[1] ?? hop;
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(bare) ?? [];
  const address = bracketed ?? /^([\d.]+):\d+$/.exec(bare)?.[1] ?? bare;
  return address.replace(/%.*$/s, "");
}

/**
 * Whether an address is in a network, or equal to a single address.
 *
 * @param address In canonical form: see `canonical`.
 */
export function isWithin(address: string, network: string): boolean {
  const [base = "", prefix] = network.split("/");
  const [one, other] = [bitsOf(address), bitsOf(canonical(base))];
  if (one === null || other === null || one.length !== other.length) return false;
  const length = prefix === undefined ? one.length : Number(prefix);
  return one.slice(0, length) === other.slice(0, length);
}

/** The bits of an address as text, 32 or 128 digits; `null` for other texts. */
function bitsOf(address: string): string | null {
  const parts = address.split(".");
  if (parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return parts.map((part) => Number(part).toString(2).padStart(8, "0")).join("");
  }
  const groups = groupsOf(address);
  return groups?.map((group) => parseInt(group, 16).toString(2).padStart(16, "0")).join("") ?? null;
}

/** Whether a text is an address or a network such as 10.0.0.0/8. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const bits = isAddress(address) ? bitsOf(canonical(address)) : null;
  if (bits === null || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits.length);
}

/** The canonical text of an address: an IPv4-mapped IPv6 address is IPv4 (RFC 4291 section 2.5.5.2). */
export function canonical(address: string): string {
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed(address)) ?? [];
  if (high === undefined || low === undefined) return compressed(address);
  const bytes = [high, low].map((part) => parseInt(part, 16)).flatMap((n) => [n >> 8, n & 255]);
  return bytes.join(".");
}

/** The canonical text of an IPv6 address (RFC 5952): there are many ways to write each. */
function compressed(address: string): string {
  const url = address.includes(":") ? URL.parse(`http://[${address}]`) : null;
  return url === null ? address.toLowerCase() : url.hostname.slice(1, -1);
}

/**
 * The network that counts as one client. A client with one IPv6 address has all 2^64 addresses of
 * its network, and could use another one each time.
 */
function networkOf(address: string): string {
  const groups = isLoopback(address) ? null : groupsOf(address);
  return groups === null ? address : `${groups.slice(0, 4).join(":")}::/64`;
}

/** The eight groups of an IPv6 address; `null` for other texts. */
function groupsOf(address: string): string[] | null {
  if (!URL.canParse(`http://[${address}]`)) return null;
  const halves = address.split("::").map((half) => half.split(":").filter((part) => part !== ""));
  const [before = [], after = []] = halves;
  const zeros = new Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after];
}

/** Whether a text can be an IP address. Loose: addresses are only compared, never resolved. */
export function isAddress(text: string): boolean {
  return /^[0-9a-f:.]{2,45}$/i.test(text) && /[.:]/.test(text);
}

/**
 * The networks whose addresses are not reachable from everywhere, or belong to no single machine
 * (IANA's registries of special-purpose addresses). IPv6 addresses outside 2000::/3 are neither.
 */
const SPECIAL_NETWORKS = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"],
  ...["172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"],
  ...["198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
  ...["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"],
] as const;

/** Whether an address is one of the public Internet: not of a private network or this machine. */
export function isPublicAddress(address: string): boolean {
  const one = canonical(address);
  if (one.includes(":") && !isWithin(one, "2000::/3")) return false;
  return bitsOf(one) !== null && !SPECIAL_NETWORKS.some((network) => isWithin(one, network));
}

/** Whether an address is this machine's own: a local proxy, or a user at this machine. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
