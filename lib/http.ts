/**
 * The HTTP side: finds who asks and what for, answers with the page, a route or the WebSocket.
 * Every refusal is a problem detail; every answer has the headers that keep a browser from doing
 * what the page does not need.
 *
 * @module
 */
import * as v from "valibot";
import type { Accounts } from "./accounts.ts";
import { clientAddress, type Doorkeeper } from "./addresses.ts";
import { type Page, servePage } from "./assets.ts";
import type { Clock } from "./clock.ts";
import { checkHandshake, chooseSubprotocol, isOwnOrigin, type OriginRules } from "./handshake.ts";
import type { Log } from "./log.ts";
import { isRefusal, problem } from "./problem.ts";
import type { Subprotocol } from "./protocol.ts";
import { nameRequest } from "./schemas/requests.ts";
import type { Context, Route } from "./routes/route.ts";
import { unauthorized } from "./routes/route.ts";
import { authenticate } from "./routes/session.ts";
import type { Sessions } from "./sessions.ts";
import type { Account } from "./store/store.ts";

/** A socket that was upgraded, and who is behind it. */
export interface Upgraded {
  readonly socket: WebSocket;
  readonly account: Account;
  /** The session it stands on; a guest has none. */
  readonly session: string | null;
  readonly address: string;
  /** What it speaks; one object a frame, where it offered nothing that we know. */
  readonly subprotocol: Subprotocol | null;
  /** Called when the server is done with the connection. */
  readonly onLeft: () => void;
  /** Called when the socket is gone, which its peer can put off. */
  readonly onEnded: () => void;
}

/** How a request was answered: nothing of it that could be a secret. */
export interface Answer {
  readonly method: string;
  /** The path, with `{names}` for what stands in it; none where there is no such path. */
  readonly path?: string;
  readonly status: number;
  /** What it took, in ms. */
  readonly ms: number;
}

/** What the HTTP side needs. */
export interface HttpOptions {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly doorkeeper: Doorkeeper;
  readonly routes: readonly Route[];
  /** Whoever asks for the page waits until it is there. */
  readonly page: Promise<Page>;
  readonly log: Log;
  readonly clock: Clock;
  /** Where people find the server, if the settings say so: `https://chat.example.org`. */
  readonly publicOrigin: string | null;
  /** Whether browsers come by https, whatever the last proxy speaks to the server. */
  readonly secure: boolean;
  /** Which pages may talk to the server. */
  readonly origins: OriginRules;
  /** Proxies whose word counts. */
  readonly proxies: readonly string[];
  /** Seconds of silence after which a WebSocket is dead. */
  readonly idleTimeout: number;
  /** Counts what somebody asks for. @returns 0, or the milliseconds to wait. */
  readonly count: (account: Account) => number;
  /** Whether the server takes newcomers now. */
  readonly welcoming: () => boolean;
  /** A guest is gone, and their name is free. */
  readonly onGuestLeft: (account: Account) => void;
  /** Called with every answer. @param ms What it took. */
  readonly onAnswered: (answer: Answer) => void;
  /** Takes a new connection. */
  readonly onSocket: (upgraded: Upgraded) => void;
}

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Answers HTTP requests. */
export class HttpServer {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /**
   * Answers one request; never rejects.
   *
   * @param peer The address at the other end of the TCP connection.
   */
  async handle(request: Request, peer: string): Promise<Response> {
    const { clock, onAnswered } = this.#options;
    const started = clock.elapsed();
    // Read before the request may be upgraded: it can be used no more then.
    const { method, url } = request;
    const response = await this.#answer(request, peer);
    const path = await this.#pathOf(url);
    const ms = clock.elapsed() - started;
    onAnswered({ method, ...(path === null ? {} : { path }), status: response.status, ms });
    // An upgrade must be returned exactly as it is, or Deno stops the server.
    if (response.status === 101) return response;
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      // What people uploaded is allowed even less than the page.
      if (!response.headers.has(name)) response.headers.set(name, value);
    }
    if (this.#options.secure) {
      response.headers.set("strict-transport-security", "max-age=31536000");
    }
    return response;
  }

  async #answer(request: Request, peer: string): Promise<Response> {
    const { proxies, secure, log } = this.#options;
    try {
      const url = URL.parse(request.url);
      if (url === null) return problem({ code: "bad_request", message: "This is no address." });
      const address = clientAddress(peer, request.headers, proxies);
      if (secure) url.protocol = "https:";
      if (url.pathname === "/ws") return await this.#upgrade(request, url, address);
      return await this.#route(request, url, address);
    } catch (error) {
      log.error("request failed", error, { method: request.method });
      return problem({ code: "internal" });
    }
  }

  /** A path as the routes have it, without what stands in it. */
  async #pathOf(address: string): Promise<string | null> {
    const { page, routes } = this.#options;
    const pathname = URL.parse(address)?.pathname ?? "";
    if (pathname === "/ws") return pathname;
    const route = routes.find(({ path }) => match(path, pathname) !== null);
    if (route !== undefined) return route.path;
    const isFile = await page.then((files) => files.has(pathname), () => false);
    return isFile ? pathname : null;
  }

  async #route(request: Request, url: URL, address: string): Promise<Response> {
    const { accounts, routes, sessions, origins, publicOrigin } = this.#options;
    const method = request.method === "HEAD" ? "GET" : request.method;
    const matches = routes.flatMap((route) => {
      const params = match(route.path, url.pathname);
      return params === null ? [] : [{ route, params }];
    });
    if (matches.length === 0) return await this.#file(request, method, url.pathname);
    const found = matches.find(({ route }) => route.method === method);
    if (found === undefined) {
      const allow = matches.map(({ route }) => route.method).join(", ");
      return problem({ code: "method_not_allowed" }, { allow });
    }
    if (!isOwnOrigin(request, origins)) return problem({ code: "foreign_origin" });
    const who = await authenticate(sessions, request, url);
    if (found.route.for !== "anybody" && who !== null) {
      if (await accounts.isKeptOut(address, who.account)) return problem({ code: "banned" });
      const wait = this.#options.count(who.account);
      if (wait > 0) return problem({ code: "rate_limited", retry_after: wait });
    }
    const origin = publicOrigin ?? `${url.protocol}//${request.headers.get("host") ?? url.host}`;
    return await run(found.route, { request, url, address, origin, who, params: found.params });
  }

  async #file(request: Request, method: string, pathname: string): Promise<Response> {
    const page = await this.#options.page;
    const file = method === "GET" ? await servePage(page, request, pathname) : null;
    if (file !== null) return file;
    if (!page.has(pathname)) return problem({ code: "not_found" });
    return problem({ code: "method_not_allowed" }, { allow: "GET" });
  }

  async #upgrade(request: Request, url: URL, address: string): Promise<Response> {
    const { accounts, sessions, doorkeeper, origins, welcoming } = this.#options;
    const refused = checkHandshake(request);
    if (refused !== null) return refused;
    if (!isOwnOrigin(request, origins)) return problem({ code: "foreign_origin" });
    if (!welcoming()) return problem({ code: "try_again" });
    const who = await authenticate(sessions, request, url);
    if (await accounts.isKeptOut(address, who?.account ?? null)) return problem({ code: "banned" });
    const name = v.safeParse(nameRequest, url.searchParams.get("name"));
    if (who === null && !url.searchParams.has("name")) return unauthorized();
    if (who === null && !name.success) {
      return problem({ code: "bad_request", message: "This is not a valid name." });
    }
    const wait = doorkeeper.enter(address);
    if (wait > 0) return problem({ code: "rate_limited", retry_after: wait });
    let connected = false;
    try {
      const guest = who === null && name.success
        ? await accounts.admitGuest(name.output, address)
        : null;
      const account = guest ?? who?.account;
      if (account === undefined || isRefusal(account)) {
        return problem(account ?? { code: "unauthorized" });
      }
      const response = this.#connect(request, account, who?.session ?? null, address);
      connected = true;
      return response;
    } finally {
      // Also where the store has failed: nobody's place may stay taken.
      if (!connected) doorkeeper.leave(address);
    }
  }

  #connect(request: Request, account: Account, session: string | null, address: string): Response {
    const { doorkeeper, idleTimeout, onSocket } = this.#options;
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
      onEnded: () => doorkeeper.leave(address),
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

async function run(route: Route, context: Context): Promise<Response> {
  if (route.for === "anybody") return await route.handle(context);
  const { who } = context;
  if (who === null) return unauthorized();
  if (route.for !== "people" && !route.for.includes(who.account.role)) {
    return problem({ code: "forbidden" });
  }
  return await route.handle({ ...context, who });
}

/** What stands for the `{names}` of a path, or `null` where it is another path. */
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

/** @returns The part decoded; as it is where it is malformed, which is the name of nothing. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
