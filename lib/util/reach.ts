/**
 * Which machines the server connects to at the wish of users. It must not become a way into its own
 * network: an address is checked after the name was resolved, and the connection is made to the
 * address that was checked.
 *
 * @module
 */
import { lookup as lookUp, type LookupAddress } from "node:dns";
import { canonical, isAddress, isPublicAddress, isWithin } from "./ip_address.ts";

/** Whether an address is public, or in one of the networks that the operator allows as well. */
export function isAllowed(address: string, networks: readonly string[]): boolean {
  return isPublicAddress(canonical(address)) || isListed(address, networks);
}

/** Whether an address is in one of some networks. */
export function isListed(address: string, networks: readonly string[]): boolean {
  const one = canonical(address);
  return networks.some((network) => isWithin(one, network));
}

/** The address in a URL, if its host is one. The URL parser has made all ways to write it one. */
export function addressIn({ hostname }: URL): string | null {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return isAddress(bare) && (bare.includes(":") || /^[\d.]+$/.test(bare)) ? bare : null;
}

/** Finds all addresses of a host, none if there is no such host. */
export type ResolveHost = (host: string) => Promise<readonly LookupAddress[]>;

/** Asks the system for the addresses of a host. */
export const resolveHost: ResolveHost = (host) => {
  const { promise, resolve } = Promise.withResolvers<readonly LookupAddress[]>();
  lookUp(host, { all: true }, (error, found) => resolve(error ? [] : found));
  return promise;
};

/**
 * Whether a URL leads to an allowed address as far as is known now. A name that cannot be resolved
 * may be resolved later: it is checked again with every request.
 */
export async function isAllowedUrl(href: string, networks: readonly string[]): Promise<boolean> {
  const url = new URL(href);
  const address = addressIn(url);
  if (address !== null) return isAllowed(address, networks);
  const found = await resolveHost(url.hostname);
  return found.every(({ address }) => isAllowed(address, networks));
}

/** How the sockets of requests find the address of a host. */
export type Lookup = (
  host: string,
  options: object,
  callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
) => void;

/**
 * Makes a look-up that fails if any of the addresses of a host is not allowed. Sockets do not call
 * it for a host that is an address: see `addressIn`.
 *
 * @param refusal The message of the error.
 */
export function checkedLookup(
  allows: (address: string) => boolean,
  refusal: string,
  resolve: ResolveHost = resolveHost,
): Lookup {
  return (host, options, callback) =>
    void resolve(host).then((found) => {
      const [first] = found;
      if (first === undefined) return callback(new Error(`there is no host ${host}`), []);
      if (!found.every(({ address }) => allows(address))) return callback(new Error(refusal), []);
      if ("all" in options && options.all === true) return callback(null, [...found]);
      callback(null, first.address, first.family);
    });
}
