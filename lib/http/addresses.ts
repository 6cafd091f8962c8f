/**
 * The addresses under which other machines reach a server that listens on all interfaces.
 *
 * @module
 */
import { isLoopback } from "../util/ip_address.ts";
import { isLoopbackName } from "../protocol/loopback.ts";
import type { ListenAddress } from "./listener.ts";

/** A network interface, as `Deno.networkInterfaces` lists it. */
export type NetworkInterface = Pick<
  Deno.NetworkInterfaceInfo,
  "name" | "family" | "address"
>;

/** Interfaces of containers and virtual machines: only this machine is behind them. */
const VIRTUAL = /^(docker|br-|veth|virbr|cni|vmnet)/;

/** Addresses of one link, which need the name of an interface (RFC 3927, RFC 4291 section 2.5.6). */
const LINK_LOCAL = /^(169\.254\.|fe[89ab][0-9a-f]:)/i;

/**
 * Returns the origins under which other machines reach a server, IPv4 first.
 *
 * @param listening Where it listens. Only `0.0.0.0` and `::` mean all interfaces.
 */
export function reachableOrigins(
  { hostname, port }: ListenAddress,
  interfaces: readonly NetworkInterface[],
): readonly string[] {
  if (hostname !== "0.0.0.0" && hostname !== "::") return [];
  const addresses = interfaces
    .filter(({ name, address }) =>
      !VIRTUAL.test(name) && !isLoopback(address) && !LINK_LOCAL.test(address)
    )
    .filter(({ family }) => family === "IPv4" || hostname === "::")
    .toSorted((one, other) => one.family.localeCompare(other.family));
  return addresses.map(({ family, address }) =>
    new URL(`http://${family === "IPv4" ? address : `[${address}]`}:${port}`).origin
  );
}

/** Lists the interfaces; none without the permission to. */
export function networkInterfaces(): readonly NetworkInterface[] {
  const permission = { name: "sys", kind: "networkInterfaces" } as const;
  const { state } = Deno.permissions.querySync(permission);
  return state === "granted" ? Deno.networkInterfaces() : [];
}

/**
 * Returns the origin that a link for another machine begins with.
 *
 * @param origin The origin of the page, as its browser sees it.
 * @param reachable See `reachableOrigins`.
 */
export function originForOthers(origin: string, reachable: readonly string[]): string {
  return isLoopbackName(URL.parse(origin)) ? reachable[0] ?? origin : origin;
}
