/**
 * Fetches what links in messages lead to. Anyone who may write a message chooses the address, so
 * every step is bounded, and of this machine's own networks nothing is reached: see `reach.ts`. Each
 * redirect is checked like the first address.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isPublicAddress } from "../util/ip_address.ts";
import {
  addressIn,
  checkedLookup,
  isListed,
  type ResolveHost,
  resolveHost,
} from "../util/reach.ts";

/** The dependencies of `createFetch`. */
export interface FetchOptions {
  /** The networks that are allowed in addition to public addresses, on every port. */
  readonly networks: readonly string[];
  /** The name and version of the server, for the header `User-Agent`. */
  readonly agent: string;
  /** Finds the addresses of a host; by default the system does. */
  readonly resolve?: ResolveHost;
}

/** What was fetched. */
export interface Fetched {
  /** Where it came from in the end. */
  readonly url: URL;
  /** The header `Content-Type`, in lower case. */
  readonly type: string;
  /** As much of it as was asked for at most. */
  readonly bytes: Uint8Array;
  /** Whether this is all of it. */
  readonly isWhole: boolean;
}

/** What is accepted. */
export interface WantedContent {
  /** The beginnings of the accepted media types. */
  readonly types: readonly string[];
  /** How many bytes of the body are read, by its media type. */
  readonly maxBytes: (type: string) => number;
  /** Whether the rest of the body is not needed. Called with each chunk, and what came before. */
  readonly isEnough?: (chunk: Uint8Array, type: string) => boolean;
}

/**
 * Fetches from an address.
 *
 * @param signal Ends it.
 * @returns `null` if there is nothing of the wanted types, or the address may not be reached.
 */
export type Fetch = (
  url: URL,
  wanted: WantedContent,
  signal: AbortSignal,
) => Promise<Fetched | null>;

/** How many redirects are followed. */
const MAX_REDIRECTS = 4;

/** The longest address that is asked for, in UTF-16 code units. */
const MAX_URL = 2_048;

const REFUSED = "the address is not public";

/**
 * Whether a URL may be asked for at an address. Of public machines only the web is asked: nobody may
 * search them for other services.
 */
export function mayAsk(address: string, { port }: URL, networks: readonly string[]): boolean {
  return isListed(address, networks) || port === "" && isPublicAddress(address);
}

/** Creates a function that fetches. It never rejects. */
export function createFetch({ networks, agent, resolve = resolveHost }: FetchOptions): Fetch {
  async function ask(
    url: URL,
    { types }: WantedContent,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const address = addressIn(url);
    if (address !== null && !mayAsk(address, url, networks)) throw new Error(REFUSED);
    const lookup = checkedLookup((one) => mayAsk(one, url, networks), REFUSED, resolve);
    const headers = {
      "accept": types.map((type) => type.endsWith("/") ? `${type}*` : type).join(", "),
      // A compressed body can become any size.
      "accept-encoding": "identity",
      "user-agent": agent,
    };
    const { promise, resolve: answered, reject } = Promise.withResolvers<IncomingMessage>();
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    const sent: ClientRequest = request(
      url,
      { method: "GET", headers, agent: false, lookup },
      answered,
    );
    const end = () => sent.destroy(new Error("it takes too long"));
    signal.addEventListener("abort", end, { once: true });
    sent.on("error", reject);
    sent.on("close", () => signal.removeEventListener("abort", end));
    if (signal.aborted) end();
    else sent.end();
    return await promise;
  }

  async function follow(
    url: URL,
    wanted: WantedContent,
    signal: AbortSignal,
    redirects: number,
  ): Promise<Fetched | null> {
    if (!isWebAddress(url)) return null;
    const response = await ask(url, wanted, signal);
    try {
      const { statusCode = 0, headers } = response;
      if (statusCode >= 300 && statusCode < 400) {
        const next = headers.location === undefined ? null : URL.parse(headers.location, url.href);
        if (next === null || redirects === 0) return null;
        response.destroy();
        return await follow(next, wanted, signal, redirects - 1);
      }
      const type = (headers["content-type"] ?? "").toLowerCase();
      const isWanted = statusCode === 200 && wanted.types.some((one) => type.startsWith(one)) &&
        /^(|identity)$/i.test(headers["content-encoding"] ?? "");
      return isWanted ? { url, type, ...await bodyOf(response, type, wanted, signal) } : null;
    } finally {
      response.destroy();
    }
  }

  return async (url, wanted, signal) => {
    try {
      return await follow(url, wanted, signal, MAX_REDIRECTS);
    } catch {
      // The address leads nowhere, to a machine that may not be reached, or to one that is too slow.
      return null;
    }
  };
}

/** Whether an address is one of the web, and carries no credentials. */
export function isWebAddress({ protocol, username, password, href }: URL): boolean {
  return /^https?:$/.test(protocol) && username === "" && password === "" &&
    href.length <= MAX_URL;
}

async function bodyOf(
  response: IncomingMessage,
  type: string,
  { maxBytes, isEnough }: WantedContent,
  signal: AbortSignal,
): Promise<Pick<Fetched, "bytes" | "isWhole">> {
  const max = maxBytes(type);
  const chunks: Uint8Array[] = [];
  let size = 0;
  let isWhole = true;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    signal.throwIfAborted();
    chunks.push(chunk.subarray(0, max - size));
    isWhole = size + chunk.byteLength <= max;
    size = Math.min(size + chunk.byteLength, max);
    if (!isWhole || isEnough?.(chunk, type)) break;
  }
  return { bytes: Buffer.concat(chunks), isWhole };
}
