/**
 * The HTTP side: the page, the session, history and posting for scripts, health and metrics, and
 * the door to the WebSocket. Every refusal is a problem detail; every answer has the headers that
 * keep a browser from doing what the page does not need.
 *
 * @module
 */
import { deleteCookie, getCookies, setCookie } from "@std/http/cookie";
import { STATUS_CODE } from "@std/http/status";
import * as v from "valibot";
import type { Accounts, SignedIn } from "./accounts.ts";
import { pageBounds } from "./answers.ts";
import type { Commands } from "./commands.ts";
import { wireEvent, wireMessage } from "./events.ts";
import { checkHandshake, isOwnOrigin, offersBatches } from "./handshake.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { type Page, servePage } from "./page.ts";
import { isRefusal, problem } from "./problem.ts";
import {
  BATCH_SUBPROTOCOL,
  LIMITS,
  pageRequest,
  postRequest,
  type Refusal,
  roomRequest,
} from "./protocol.ts";
import type { Account, Store } from "./store/store.ts";

/** A socket that was upgraded, and who is behind it. */
export interface Upgraded {
  readonly socket: WebSocket;
  readonly account: Account;
  readonly session: string | null;
  readonly batching: boolean;
  /** Called when the connection has ended. */
  readonly onEnded: () => void;
}

/** What the HTTP side needs. */
export interface HttpOptions {
  readonly accounts: Accounts;
  readonly commands: Commands;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly page: Page;
  readonly log: Log;
  /** Other origins that may connect. */
  readonly origins: readonly string[];
  /** The room for new people; empty for none. */
  readonly defaultRoom: string;
  /** Seconds of silence after which a WebSocket is dead. */
  readonly idleTimeout: number;
  /** Whether the server can serve now. */
  readonly ready: () => boolean;
  /** Takes a new connection. */
  readonly onSocket: (upgraded: Upgraded) => void;
  /** Ends what stands on a session. */
  readonly onSignedOut: (who: SignedIn) => void;
}

const COOKIE = "hubbub_session";
/** Browsers keep cookies for 400 days at most (RFC 6265bis section 5.5). */
const COOKIE_SECONDS = 400 * 24 * 60 * 60;

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
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

type Handler = (request: Request, url: URL, room: string) => Response | Promise<Response>;

/** Answers HTTP requests. */
export class HttpServer {
  readonly #options: HttpOptions;
  readonly #routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
    "/api/session": {
      GET: (request) => this.#session(request),
      POST: (request) => this.#signIn(request),
      DELETE: (request) => this.#signOut(request),
    },
    "/api/rooms/{room}/messages": {
      GET: (request, url, room) => this.#messages(request, url, room),
      POST: (request, _url, room) => this.#post(request, room),
    },
    "/healthz": { GET: () => this.#health() },
    "/metrics": { GET: () => this.#metrics() },
  };

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Answers one request; never rejects. */
  async handle(request: Request): Promise<Response> {
    try {
      const url = new URL(request.url);
      // An upgrade must be returned exactly as it is, or Deno stops the server.
      if (url.pathname === "/ws") return await this.#upgrade(request, url);
      const response = await this.#route(request, url);
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
        response.headers.set(name, value);
      }
      return response;
    } catch (error) {
      this.#options.log.error("request failed", error, { method: request.method });
      return problem({ code: "internal" });
    }
  }

  async #route(request: Request, url: URL): Promise<Response> {
    const { page, origins } = this.#options;
    const method = request.method === "HEAD" ? "GET" : request.method;
    const file = method === "GET" ? servePage(page, request, url.pathname) : null;
    if (file !== null) return file;
    const [, encoded = ""] = /^\/api\/rooms\/([^/]+)\/messages$/.exec(url.pathname) ?? [];
    const room = v.safeParse(roomRequest, decodePath(encoded));
    if (encoded !== "" && !room.success) return problem({ code: "no_such_room" });
    const path = encoded === "" ? url.pathname : "/api/rooms/{room}/messages";
    const handlers = Object.hasOwn(this.#routes, path) ? this.#routes[path] : undefined;
    if (handlers === undefined) return problem({ code: "not_found" });
    const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
    if (handler === undefined) {
      return problem({ code: "method_not_allowed" }, { allow: Object.keys(handlers).join(", ") });
    }
    if (!isOwnOrigin(request, origins)) return problem({ code: "foreign_origin" });
    return await handler(request, url, room.success ? room.output : "");
  }

  // The WebSocket ------------------------------------------------------------------------------

  async #upgrade(request: Request, url: URL): Promise<Response> {
    const { accounts, origins, idleTimeout, onSocket, ready } = this.#options;
    const refused = checkHandshake(request);
    if (refused !== null) return refused;
    if (!isOwnOrigin(request, origins)) return problem({ code: "foreign_origin" });
    if (!ready()) return problem({ code: "try_again" });
    const who = await this.#authenticate(request);
    const name = url.searchParams.get("name");
    if (who === null && name === null) return unauthorized();
    const guest = who === null ? await accounts.admitGuest(name ?? "") : null;
    if (guest !== null && isRefusal(guest)) return problem(guest);
    const batching = offersBatches(request);
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout,
      ...(batching ? { protocol: BATCH_SUBPROTOCOL } : {}),
    });
    const account = guest ?? who?.account;
    if (account === undefined) throw new Error("Cannot upgrade: nobody is behind the request");
    onSocket({
      socket,
      account,
      session: who?.session ?? null,
      batching,
      onEnded: () => guest === null || accounts.releaseGuest(guest),
    });
    return response;
  }

  // The session --------------------------------------------------------------------------------

  async #authenticate(request: Request): Promise<SignedIn | null> {
    const [, bearer] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    const token = bearer ?? getCookies(request.headers)[COOKIE];
    return token === undefined ? null : await this.#options.accounts.authenticate(token);
  }

  async #session(request: Request): Promise<Response> {
    const who = await this.#authenticate(request);
    if (who === null) return unauthorized();
    return json({ name: who.account.name, role: who.account.role });
  }

  async #signIn(request: Request): Promise<Response> {
    const { accounts, commands, defaultRoom } = this.#options;
    const body = await readJson(request);
    if (isBodyRefusal(body)) return problem(body.refusal);
    const result = await accounts.signIn(body.value);
    if (isRefusal(result)) return problem(result);
    const { account, token, isNew } = result;
    if (isNew && defaultRoom !== "") await commands.admit(account, defaultRoom);
    const status = isNew ? STATUS_CODE.Created : STATUS_CODE.OK;
    const response = json({ name: account.name, role: account.role, token }, status);
    setCookie(response.headers, {
      ...cookie(request),
      value: token,
      maxAge: COOKIE_SECONDS,
      httpOnly: true,
      sameSite: "Lax",
    });
    return response;
  }

  async #signOut(request: Request): Promise<Response> {
    const { accounts, onSignedOut } = this.#options;
    const who = await this.#authenticate(request);
    const response = new Response(null, { status: STATUS_CODE.NoContent as number });
    deleteCookie(response.headers, COOKIE, { path: "/" });
    if (who === null) return response;
    await accounts.signOut(who.session);
    onSignedOut(who);
    return response;
  }

  // Messages -----------------------------------------------------------------------------------

  async #messages(request: Request, url: URL, name: string): Promise<Response> {
    const { commands, store } = this.#options;
    const who = await this.#authenticate(request);
    if (who === null) return unauthorized();
    const query = v.safeParse(pageRequest, Object.fromEntries(url.searchParams));
    if (!query.success) {
      const message =
        `before, after and limit are whole numbers; limit at most ${LIMITS.page_size}.`;
      return problem({ code: "bad_request", message });
    }
    const room = await commands.memberRoom(who.account, name);
    if ("code" in room) return problem(room);
    const { before = Number.MAX_SAFE_INTEGER, after, limit } = query.output;
    const { messages, more } = after === undefined
      ? await store.pageBefore(room.id, before, pageBounds(limit))
      : await store.pageAfter(room.id, after, pageBounds(limit));
    return json({
      room: room.nameFor(who.account),
      epoch: store.epoch,
      messages: messages.map((message) => wireMessage(room.record, message)),
      more,
    });
  }

  async #post(request: Request, name: string): Promise<Response> {
    const who = await this.#authenticate(request);
    if (who === null) return unauthorized();
    const body = await readJson(request);
    if (isBodyRefusal(body)) return problem(body.refusal);
    const checked = v.safeParse(postRequest, body.value, { abortEarly: true });
    if (!checked.success) {
      const tooLong = checked.issues[0].message === "too_long";
      return problem({ code: tooLong ? "too_long" : "bad_request" });
    }
    const { message, reply_to = null, key = null } = checked.output;
    const said = { kind: "message", text: message, replyTo: reply_to, key } as const;
    const result = await this.#options.commands.post(who.account, name, said);
    if ("code" in result) return problem(result);
    const { room, outcome } = result;
    if ("refused" in outcome) return problem({ code: outcome.refused });
    const status = outcome.repeated ? STATUS_CODE.OK : STATUS_CODE.Created;
    return json(wireEvent(room.record, outcome.event), status);
  }

  // The operator -------------------------------------------------------------------------------

  #health(): Response {
    return this.#options.ready() ? json({ status: "ok" }) : problem({ code: "try_again" });
  }

  #metrics(): Response {
    return new Response(this.#options.metrics.render(), {
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    });
  }
}

function unauthorized(): Response {
  return problem({ code: "unauthorized" }, { "www-authenticate": "Bearer" });
}

function json(value: unknown, status = 200): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store" } });
}

function cookie(request: Request) {
  return { name: COOKIE, path: "/", secure: request.url.startsWith("https:") };
}

/** @returns The decoded part, or an empty text where it is malformed. */
function decodePath(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

type Body = { readonly value: unknown } | { readonly refusal: Refusal };

function isBodyRefusal(body: Body): body is { readonly refusal: Refusal } {
  return "refusal" in body;
}

/** Reads a body of JSON, of no more bytes than a frame may have. */
async function readJson(request: Request): Promise<Body> {
  const type = request.headers.get("content-type") ?? "";
  // A form of another site could send anything else without the browser asking first.
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    return { refusal: { code: "bad_request", message: "Send application/json." } };
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > LIMITS.frame_bytes) return { refusal: { code: "too_long" } };
    chunks.push(chunk);
  }
  try {
    return { value: JSON.parse(await new Blob(chunks).text()) };
  } catch {
    return { refusal: { code: "bad_json" } };
  }
}
