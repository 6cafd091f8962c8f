import { assert, assertEquals } from "@std/assert";
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { Config } from "../../lib/config.ts";
import { Peer } from "./peer.ts";
import { RawSocket } from "./raw_socket.ts";
import { startServer, type TestServer } from "./server.ts";

/** The address of the proxy whose word counts, where a test speaks from many addresses. */
export const PROXIES = { proxies: ["127.0.0.1"] } as const;

/** A password that nobody guesses. */
export const PASSWORD = "correct horse battery staple";

/** What can be said of a request beside its path. */
export interface Call {
  readonly method?: string;
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where a named proxy says that it comes from. */
  readonly from?: string;
}

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; `null` where it is none. */
  // deno-lint-ignore no-explicit-any -- tests compare what came; nothing else checks its shape
  readonly body: any;
  /** The code of a refusal, or the status of what is none. */
  readonly code: string | number;
}

/** Asks a server for something and reads the answer. */
export async function call(
  server: { url: string },
  path: string,
  { method = "GET", token, body, raw, headers = {}, from }: Call = {},
): Promise<Answer> {
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${server.url}${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(from === undefined ? {} : { "x-forwarded-for": from }),
      ...headers,
    },
    ...(content === undefined ? {} : { body: content }),
  });
  return answer(response.status, response.headers, await response.text());
}

function answer(status: number, headers: Headers, text: string): Answer {
  const isJson = /\bjson\b/.test(headers.get("content-type") ?? "");
  const body = isJson && text !== "" ? JSON.parse(text) : null;
  return { status, headers, text, body, code: body?.code ?? status };
}

/** `POST /api/session`. */
export function enter(server: { url: string }, body: unknown, rest: Call = {}): Promise<Answer> {
  return call(server, "/api/session", { method: "POST", body, ...rest });
}

/** The secret of an invitation's link. */
export function secretOf(url: string): string {
  return /#invite=([\w-]{43})$/.exec(url)?.[1] ?? "";
}

/** Opens a socket, from an address if one is given. */
export function connect(
  server: { ws: string },
  { token, name, from }: { token?: string; name?: string; from?: string },
): Promise<Peer> {
  const query = name === undefined ? "" : `?name=${encodeURIComponent(name)}`;
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(from === undefined ? {} : { "x-forwarded-for": from }),
  };
  return Peer.open(`${server.ws}${query}`, { headers });
}

/** How a socket was closed; waits for it, but not for ever. */
export async function closeCode(peer: Peer): Promise<number> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("The socket was not closed")), 10_000);
  try {
    return (await Promise.race([peer.closed, late])).code;
  } finally {
    clearTimeout(timer);
  }
}

/** What a server says to somebody who wants a socket: a refusal, or status 101. */
export async function knock(
  server: { url: string },
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  using socket = await RawSocket.dial(server.url);
  await socket.shakeHands(path, headers);
  const { status, headers: got, body } = await socket.response();
  return answer(status, got, body);
}

/** A clock that stands still until it is put forward, while timers go on. */
export class SteppingClock implements Clock {
  #elapsed = 0;
  readonly #started = systemClock.now();

  now(): number {
    return this.#started + this.#elapsed;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): () => void {
    return systemClock.after(ms, run);
  }

  soon(run: () => void): void {
    systemClock.soon(run);
  }

  /** Puts it forward; timers that are set are not touched. */
  step(ms: number): void {
    this.#elapsed += ms;
  }
}

/** A server with somebody who owns it, somebody who keeps order, and a way for others to get in. */
export interface Town extends TestServer {
  /** The sessions of the owner, Olga, and the moderator, Mo. */
  readonly olga: string;
  readonly mo: string;
  /** Makes an invitation. */
  invite(what?: { uses?: number; hours?: number; room?: string }, by?: string): Promise<string>;
  /** Brings somebody in, by invitation where that is what it takes; answers their session. */
  join(name: string, password?: string): Promise<string>;
  /** Makes a bot; answers its token. */
  bot(name: string): Promise<string>;
}

/** Starts a server that is owned, with a moderator. */
export async function startTown(settings: Partial<Config> = {}, clock?: Clock): Promise<Town> {
  const server = await startServer(settings, clock);
  const made = await enter(server, { name: "Olga", invite: secretOf(server.ownerUrl) });
  const olga: string = made.body.token;
  const town: Omit<Town, "mo"> = {
    ...server,
    olga,
    async invite(what = {}, by = olga) {
      const { body } = await call(server, "/api/invites", {
        method: "POST",
        token: by,
        body: what,
      });
      return body.token;
    },
    async join(name, password) {
      const invite = settings["sign-up"] === "invite" ? await town.invite({ uses: 1 }) : undefined;
      const { status, body } = await enter(server, { name, password, invite });
      if (status !== 201) throw new Error(`Cannot bring in ${name}: ${body.code}`);
      return body.token;
    },
    async bot(name) {
      const options = { method: "POST", token: olga, body: { name } };
      return (await call(server, "/api/bots", options)).body.token;
    },
  };
  const mo = await town.join("Mo");
  const owner = await server.member(olga);
  const changed = await owner.ask({ type: "set_role", name: "Mo", role: "moderator" });
  await owner.close();
  if (changed.type !== "role_changed") throw new Error("Mo is no moderator");
  return { ...town, mo };
}

/** Somebody with a session and a socket. */
export async function person(town: Town, name: string): Promise<{ token: string; peer: Peer }> {
  const token = await town.join(name);
  return { token, peer: await town.member(token) };
}

/** Whether a server still serves. */
export async function isAlive(server: { url: string }): Promise<boolean> {
  const { status, text } = await call(server, "/healthz");
  return status === 200 && text === '{"status":"ok"}';
}

/** The lines that a server logged at a level. */
export function loggedAt(server: { logged: readonly string[] }, level: string): string[] {
  return server.logged.filter((line) => JSON.parse(line).level === level);
}

/** Somebody who has nothing to do with it, and notices nothing. */
export async function bystander(town: Town) {
  const { peer, token } = await person(town, "Bystander");
  await peer.ask({ type: "join", room: "general" });
  return {
    async assertUnaffected() {
      const said = await peer.ask({ type: "room_message", room: "general", message: "still here" });
      assertEquals(said.type, "room_message");
      assertEquals((await call(town, "/api/session", { token })).status, 200);
      assert(await isAlive(town));
      assertEquals(loggedAt(town, "error"), []);
    },
    close: () => peer.close(),
  };
}
