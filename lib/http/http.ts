/**
 * The HTTP server: responds to each request with a file of the page, a route or the WebSocket. Every
 * refusal is a problem detail. Every response has the headers that forbid the browser what the page
 * does not need.
 *
 * @module
 */
import * as v from "valibot";
import { type Accounts, INVALID_NAME } from "../auth/accounts.ts";
import { ConcurrencyLimiter, type ConnectionLimiter } from "./connection_limiter.ts";
import { clientAddress } from "../util/ip_address.ts";
import { type PageAssets, servePage } from "./assets.ts";
import type { Clock } from "../util/clock.ts";
import { allowOrigin, isPreflight, preflight } from "./cors.ts";
import { checkHandshake, chooseSubprotocol } from "./handshake.ts";
import { foreignOrigin, type HostRules, isOwnHost, isOwnOrigin } from "./hosts.ts";
import type { Log } from "../observability/log.ts";
import { problem } from "./problem.ts";
import { isRefusal, type Refusal } from "../protocol/errors.ts";
import type { Subprotocol } from "../protocol/limits.ts";
import { nameRequest } from "../protocol/schemas/requests.ts";
import { dispatch } from "./routes/dispatch.ts";
import type { Route } from "./routes/route.ts";
import { authenticate } from "./cookies.ts";
import type { Identity, Sessions } from "../auth/sessions.ts";
import { asStorageError, isStoreAway, StoreError } from "../store/error.ts";
import type { Account } from "../store/records.ts";

/** An upgraded socket and its user. */
export interface Upgraded {
  readonly socket: WebSocket;
  readonly account: Account;
  /** The session that proved the user; guests have none. */
  readonly session: string | null;
  readonly address: string;
  /** The negotiated subprotocol; `null` for one JSON object a frame. */
  readonly subprotocol: Subprotocol | null;
  /** Called when the server has finished with the connection. */
  readonly onLeft: () => void;
  /** Called when the socket is closed, which the client can delay. */
  readonly onEnded: () => void;
}

/** A request and its response, without anything that could be a secret. */
export interface AnsweredRequest {
  readonly method: string;
  /** The path of the route, with `{names}` for its parameters; omitted for unknown paths. */
  readonly path?: string;
  readonly status: number;
  /** The time that it took, in ms. */
  readonly ms: number;
}

/** The dependencies of `HttpServer`. */
export interface HttpOptions {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly connectionLimiter: ConnectionLimiter;
  readonly routes: readonly Route[];
  /** The files of the page. Requests for them wait until the page is built. */
  readonly page: Promise<PageAssets>;
  readonly log: Log;
  readonly clock: Clock;
  /** Whether browsers use https, whatever the last proxy uses. */
  readonly secure: boolean;
  /** The host names of the server, and the origins whose pages may connect. */
  readonly hosts: HostRules;
  /** The proxies whose `X-Forwarded-For` is trusted. */
  readonly proxies: readonly string[];
  /** Seconds of silence after which a WebSocket counts as dead. */
  readonly idleTimeout: number;
  /** Counts a request of an account. @returns 0, or the milliseconds to wait. */
  readonly count: (account: Account) => number;
  /** Whether the server accepts new connections now. */
  readonly acceptsConnections: () => boolean;
  /** Called when a guest is retired and its name is free. */
  readonly onGuestLeft: (account: Account) => void;
  /** Called after every response. */
  readonly onAnswered: (request: AnsweredRequest) => void;
  /** Called with every new connection. */
  readonly onSocket: (upgraded: Upgraded) => void;
}

/** Requests in flight of one address. Most of them are waiting for the rest of their body. */
const MAX_REQUESTS = 200;

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(self)",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Responds to HTTP requests. */
export class HttpServer {
  readonly #options: HttpOptions;
  readonly #inFlight = new ConcurrencyLimiter(MAX_REQUESTS);

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /**
   * Responds to a request; never rejects.
   *
   * @param peer The address of the peer of the TCP connection.
   */
  async handle(request: Request, peer: string): Promise<Response> {
    const { clock, onAnswered } = this.#options;
    const started = clock.elapsed();
    // Read these first: after an upgrade the request can no longer be used.
    const { method, url } = request;
    const origin = foreignOrigin(request, this.#options.hosts);
    const response = await this.#respond(request, peer);
    const path = await this.#pathOf(url);
    const ms = clock.elapsed() - started;
    onAnswered({ method, ...(path === null ? {} : { path }), status: response.status, ms });
    // Return the response of an upgrade unchanged, or Deno stops the server.
    if (response.status === 101) return response;
    if (isApi(url)) allowOrigin(response.headers, origin);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      // An uploaded file has a stricter policy of its own.
      if (!response.headers.has(name)) response.headers.set(name, value);
    }
    if (this.#options.secure) {
      response.headers.set("strict-transport-security", "max-age=31536000");
    }
    return response;
  }

  /** Whether a path is that of a probe, which responds under any host name. */
  isProbe({ pathname }: URL): boolean {
    return this.#options.routes.some(({ path, isProbe }) => isProbe === true && path === pathname);
  }

  async #respond(request: Request, peer: string): Promise<Response> {
    const { proxies, secure, hosts, log } = this.#options;
    try {
      const url = URL.parse(request.url);
      if (url === null) {
        return problem({ code: "bad_request", message: "This is not a valid URL." });
      }
      const address = clientAddress(peer, request.headers, proxies);
      if (!isOwnHost(request, hosts) && !this.isProbe(url)) {
        return problem({ code: "misdirected" });
      }
      if (secure) url.protocol = "https:";
      if (url.pathname === "/ws") return await this.#upgrade(request, url, address);
      if (!this.#inFlight.acquire(address)) {
        return problem({ code: "rate_limited", retry_after: 1_000 }, { connection: "close" });
      }
      try {
        return await this.#route(request, url, address);
      } finally {
        this.#inFlight.release(address);
      }
    } catch (error) {
      log.error("request failed", error, { method: request.method });
      return problem(refusalOf(error));
    }
  }

  /** Returns the path of the route or file that a URL names, or `null`. */
  async #pathOf(url: string): Promise<string | null> {
    const { page, routes } = this.#options;
    const pathname = URL.parse(url)?.pathname ?? "";
    if (pathname === "/ws") return pathname;
    const route = routes.find(({ path }) => match(path, pathname) !== null);
    if (route !== undefined) return route.path;
    const isFile = await page.then((files) => files.has(pathname), () => false);
    return isFile ? pathname : null;
  }

  async #route(request: Request, url: URL, address: string): Promise<Response> {
    const { routes, hosts } = this.#options;
    const method = request.method === "HEAD" ? "GET" : request.method;
    const matches = routes.flatMap((route) => {
      const params = match(route.path, url.pathname);
      return params === null ? [] : [{ route, params }];
    });
    if (matches.length === 0) return await this.#file(request, method, url.pathname);
    if (isApi(url.href) && isPreflight(request) && isOwnOrigin(request, hosts)) {
      return preflight(matches.map(({ route }) => route.method));
    }
    const found = matches.find(({ route }) => route.method === method);
    if (found === undefined) {
      const allow = matches.map(({ route }) => route.method).join(", ");
      return problem({ code: "method_not_allowed" }, { allow });
    }
    if (!isOwnOrigin(request, hosts)) return problem({ code: "foreign_origin" });
    const { body } = request;
    const headers = new Headers(request.headers);
    // A page of another site acts for its user by a token only.
    if (foreignOrigin(request, hosts) !== null) headers.delete("cookie");
    const origin = hosts.url ?? `${url.protocol}//${headers.get("host") ?? url.host}`;
    const { route, params } = found;
    return await dispatch(route, { headers, body, url, address, origin, params }, this.#options);
  }

  async #file(request: Request, method: string, pathname: string): Promise<Response> {
    const page = await this.#options.page;
    const file = method === "GET" ? await servePage(page, request, pathname) : null;
    if (file !== null) return file;
    if (!page.has(pathname)) return problem({ code: "not_found" });
    return problem({ code: "method_not_allowed" }, { allow: "GET" });
  }

  async #upgrade(request: Request, url: URL, address: string): Promise<Response> {
    const { accounts, sessions, connectionLimiter, hosts, acceptsConnections } = this.#options;
    const refused = checkHandshake(request);
    if (refused !== null) return refused;
    if (!isOwnOrigin(request, hosts)) return problem({ code: "foreign_origin" });
    if (!acceptsConnections()) return problem({ code: "try_again" });
    const ticket = url.searchParams.get("ticket");
    const identity = ticket === null
      ? await authenticate(sessions, request.headers, url)
      : await this.#redeem(ticket);
    if (ticket !== null && identity === null) return problem({ code: "unauthorized" });
    if (await accounts.isAddressBanned(address, identity?.account ?? null)) {
      return problem({ code: "banned" });
    }
    const name = v.safeParse(nameRequest, url.searchParams.get("name"));
    if (identity === null && !url.searchParams.has("name")) {
      return problem({ code: "unauthorized" });
    }
    if (identity === null && !name.success) {
      return problem({ code: "bad_request", message: INVALID_NAME });
    }
    const wait = connectionLimiter.acquire(address);
    if (wait > 0) return problem({ code: "rate_limited", retry_after: wait });
    let connected = false;
    try {
      const guest = identity === null && name.success
        ? await accounts.admitGuest(name.output, address)
        : null;
      const account = guest ?? identity?.account;
      if (account === undefined || isRefusal(account)) {
        return problem(account ?? { code: "unauthorized" });
      }
      const response = this.#connect(request, account, identity?.session ?? null, address);
      connected = true;
      return response;
    } finally {
      // Release it also if the store has failed.
      if (!connected) connectionLimiter.release(address);
    }
  }

  /** Uses up a ticket for a socket. @returns What it proves, or `null`. */
  async #redeem(ticket: string): Promise<Pick<Identity, "account" | "session"> | null> {
    const session = await this.#options.sessions.takeSocketTicket(ticket);
    return session === null ? null : { account: session.account, session: session.hash };
  }

  #connect(request: Request, account: Account, session: string | null, address: string): Response {
    const { connectionLimiter, idleTimeout, onSocket } = this.#options;
    const subprotocol = chooseSubprotocol(request);
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout,
      ...(subprotocol === null ? {} : { protocol: subprotocol }),
    });
    onSocket({
      socket,
      account,
      session,
      address,
      subprotocol,
      onLeft: () => {
        if (account.role === "guest") void this.#releaseGuest(account);
      },
      onEnded: () => connectionLimiter.release(address),
    });
    return response;
  }

  async #releaseGuest(account: Account): Promise<void> {
    const { accounts, log, onGuestLeft } = this.#options;
    try {
      await accounts.releaseGuest(account);
      onGuestLeft(account);
    } catch (error) {
      log.error("cannot release guest", error);
    }
  }
}

/** Whether a URL is below `/api/`. */
function isApi(url: string): boolean {
  return URL.parse(url)?.pathname.startsWith("/api/") === true;
}

/** Returns the refusal for an error. It names a failure of the store, and nothing else. */
function refusalOf(error: unknown): Refusal {
  const failure = asStorageError(error);
  if (failure instanceof StoreError && failure.code === "storage_full") {
    return { code: "storage_full", message: DISK_FULL };
  }
  return isStoreAway(error) ? { code: "try_again", retry_after: 1_000 } : { code: "internal" };
}

const DISK_FULL = "The server's disk is full: it can store nothing just now.";

/** Returns the values of the `{names}` in the path of a route, or `null` if the path does not match. */
function match(path: string, pathname: string): Record<string, string> | null {
  const wanted = path.split("/");
  const given = pathname.split("/");
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? "";
    if (!part.startsWith("{")) {
      if (part !== value) return null;
      continue;
    }
    if (value === "") return null;
    params[part.slice(1, -1)] = decode(value);
  }
  return params;
}

/** Decodes a part of a path. @returns A malformed part unchanged: nothing has such a name. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
