/**
 * Checks under which host names the server answers, and from which origins pages may connect. In a DNS
 * rebinding attack a foreign name is made to point to this server; the request has it in `Host`.
 *
 * @module
 */
import { isLoopbackName } from "../protocol/loopback.ts";

/** The host names of a server, and the origins of the pages that may connect. */
export interface HostRules {
  /** The public URL of the server, if it is set: `https://chat.example.org`. */
  readonly url: string | null;
  /** Other origins whose pages may connect. */
  readonly origins: readonly string[];
  /**
   * Whether the server listens on the loopback interface only. Requests for other names than this
   * machine's own then come through a proxy, which requires `url`, or by DNS rebinding.
   */
  readonly loopbackOnly: boolean;
}

/** The parts of a request that say where it goes and comes from. */
export type RequestHead = Pick<Request, "url" | "headers">;

/**
 * Whether a request is for this server. If `url` is set, or if the server listens on the loopback
 * interface only, it answers under the hosts of `url` and `origins` and under the loopback names.
 * DNS rebinding cannot use the latter: no other site can have them.
 */
export function isOwnHost(request: RequestHead, rules: HostRules): boolean {
  const { url, origins, loopbackOnly } = rules;
  if (url === null && !loopbackOnly) return true;
  const known = url === null ? origins : [url, ...origins];
  return hostsOf(request).every((host) =>
    isLoopbackName(parsed("http:", host)) || known.some((origin) => isAt(origin, host))
  );
}

/**
 * Whether the origin of a request may use the server. Browsers always send `Origin`; a program that
 * sends none does not act on behalf of a foreign page.
 */
export function isOwnOrigin(request: RequestHead, rules: HostRules): boolean {
  const header = request.headers.get("origin");
  if (header === null) return true;
  const [, protocol = "", authority = ""] = /^(https?:)\/\/(.*)$/i.exec(header) ?? [];
  const origin = parsed(protocol, authority);
  if (origin === null) return false;
  const { url, origins, loopbackOnly } = rules;
  const known = url === null ? origins : [url, ...origins];
  if (known.some((own) => new URL(own).protocol === origin.protocol && isAt(own, origin.host))) {
    return true;
  }
  if (url !== null || (loopbackOnly && !isLoopbackName(origin))) return false;
  // A proxy that terminates TLS changes the scheme, so compare the host only.
  return hostsOf(request).every((host) => isAt(origin.origin, host));
}

/**
 * The origin of a request from a page of another site that may use the server: one of `origins`.
 *
 * @returns `null` for the server's own pages, for programs, and for every other site.
 */
export function foreignOrigin(request: RequestHead, { origins }: HostRules): string | null {
  const origin = request.headers.get("origin");
  if (origin === null || !origins.includes(origin)) return null;
  // The server may answer under the host of such an origin as well: then the page is its own.
  return hostsOf(request).every((host) => isAt(origin, host)) ? null : origin;
}

/** Whether a request names a host that only this machine can reach. */
export function isForLoopback(request: RequestHead): boolean {
  return hostsOf(request).every((host) => isLoopbackName(parsed("http:", host)));
}

/** Lists every authority that a request names. HTTP/2 has no `Host`: there only the URL has it. */
function hostsOf({ url, headers }: RequestHead): string[] {
  const inUrl = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
  return [headers.get("host"), inUrl].filter((host) => typeof host === "string");
}

/** Whether a `Host` is that of an origin, in any case, with or without the default port. */
function isAt(origin: string, host: string): boolean {
  const { protocol, host: wanted } = new URL(origin);
  const url = parsed(protocol, host);
  return url !== null && withoutDot(url.host) === withoutDot(wanted);
}

/**
 * The longest authority: a name of at most 253 characters (RFC 1035 section 2.3.4), in Unicode no
 * more than that, and a port. Parsing a longer one takes time quadratic in its length.
 */
const MAX_AUTHORITY = 260;

/** Parses a host and port into a URL. @returns `null` if it is anything else. */
function parsed(protocol: string, authority: string): URL | null {
  if (authority.length > MAX_AUTHORITY) return null;
  return AUTHORITY.test(authority) ? URL.parse(`${protocol}//${authority}`) : null;
}

/** A host and an optional port (RFC 9110 section 7.2), without the other parts of a URL. */
const AUTHORITY = /^(?:\[[0-9a-f:.]+\]|[^\s/\\@?#:[\]]+)(?::\d{0,5})?$/i;

/** Removes the dot that ends a fully qualified name: it is the same name (RFC 1034 section 3.1). */
function withoutDot(host: string): string {
  return host.replace(/\.(?=:\d+$|$)/, "");
}
