/**
 * Sends requests to addresses that moderators chose. The server must not become a way into its own
 * network: addresses are checked after the name was resolved, on the connection that is used, and
 * redirects are not followed.
 *
 * @module
 */
import { type ClientRequest, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Clock } from "../util/clock.ts";
import { addressIn, checkedLookup, isAllowed } from "../util/reach.ts";

/** The outcome of a request. */
export type SendResult =
  /** The receiver has answered; `retryAfter` is what it asks for, in ms. */
  | { readonly status: number; readonly retryAfter: number | null }
  /** It has not, in words for an operator. */
  | { readonly error: string };

/** Sends a body by POST. Never rejects. */
export type Send = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  /** Aborts the request. */
  signal: AbortSignal,
) => Promise<SendResult>;

/** The dependencies of `createSend`. */
export interface HookSendOptions {
  /** The networks that are allowed in addition to public addresses. */
  readonly networks: readonly string[];
  readonly clock: Clock;
  /** How long a receiver may take to answer, in ms. */
  readonly timeoutMs?: number;
}

/** How long a receiver may take by default, in ms. */
const TIMEOUT_MS = 10_000;

/** The longest wait that a receiver may ask for, in seconds. */
const MAX_RETRY_AFTER = 3_600;

const REFUSED = "the address is in a network that the setting hook-networks does not list";

/** Creates a function that sends requests. */
export function createSend({ networks, clock, timeoutMs = TIMEOUT_MS }: HookSendOptions): Send {
  const lookup = checkedLookup((address) => isAllowed(address, networks), REFUSED);
  return (href, headers, body, signal) => {
    const url = new URL(href);
    const address = addressIn(url);
    if (address !== null && !isAllowed(address, networks)) {
      return Promise.resolve({ error: REFUSED });
    }
    const { promise, resolve: settle } = Promise.withResolvers<SendResult>();
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    const options = { method: "POST", headers: { ...headers }, agent: false, lookup } as const;
    let sent: ClientRequest;
    try {
      sent = request(url, options, (response) => {
        const status = response.statusCode ?? 0;
        settle({ status, retryAfter: waitIn(response.headers["retry-after"]) });
        // The body is not read: it could be endless.
        response.destroy();
      });
    } catch (error) {
      // With NODE_EXTRA_CA_CERTS, Deno asks for a permission that the server does not have.
      return Promise.resolve({ error: (error as Error).message });
    }
    const end = (error: string) => {
      settle({ error });
      sent.destroy();
    };
    const cancel = clock.after(timeoutMs, () => end("the receiver does not answer"));
    const abort = () => end("the server is stopping");
    signal.addEventListener("abort", abort, { once: true });
    sent.on("error", (error) => settle({ error: error.message }));
    if (signal.aborted) abort();
    else sent.end(body);
    return promise.finally(() => {
      cancel();
      signal.removeEventListener("abort", abort);
    });
  };
}

function waitIn(header: string | undefined): number | null {
  if (header === undefined || !/^\d{1,9}$/.test(header)) return null;
  return Math.min(Number(header), MAX_RETRY_AFTER) * 1_000;
}
