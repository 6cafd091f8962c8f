import { assert, assertEquals } from "@std/assert";
import { type Clock, systemClock } from "../../lib/util/clock.ts";
import { Peer } from "./peer.ts";
import { RawSocket } from "./raw_socket.ts";
import { startServer, type TestServer, type TestSettings } from "./server.ts";

/** The address of the trusted proxy, for tests with many client addresses. */
export const PROXIES = { proxies: ["127.0.0.1"] } as const;

/** A password that no test guesses. */
export const PASSWORD = "correct horse battery staple";

/** The options of a request. */
export interface Call {
  readonly method?: string;
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The client address that the trusted proxy forwards. */
  readonly from?: string;
}

/** A response, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; `null` if it is not JSON. */
  // deno-lint-ignore no-explicit-any -- tests compare what came; nothing else checks its shape
  readonly body: any;
  /** The code of a refusal, or else the status. */
  readonly code: string | number;
}

/** Sends a request and reads the response. */
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

/** The token in an invitation's link. */
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

/** Waits for a socket's close code, with a timeout. */
export async function closeCode(peer: Peer): Promise<number> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("The socket was not closed")), 10_000);
  try {
    return (await Promise.race([peer.closed, timeout])).code;
  } finally {
    clearTimeout(timer);
  }
}

/** The response to an upgrade request: a refusal, or status 101. */
export async function upgradeRequest(
  server: { url: string },
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  using socket = await RawSocket.dial(server.url);
  await socket.shakeHands(path, headers);
  const { status, headers: got, body } = await socket.response();
  return answer(status, got, body);
}

/** A clock that stands still until it is advanced, while timers keep running. */
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

  /** Advances it; pending timers are unaffected. */
  step(ms: number): void {
    this.#elapsed += ms;
  }
}

/** A server with an owner and a moderator, and ways to add users. */
export interface ServerFixture extends TestServer {
  /** The sessions of the owner, Olga, and the moderator, Mo. */
  readonly olga: string;
  readonly mo: string;
  /** Creates an invitation. */
  invite(what?: { uses?: number; hours?: number; room?: string }, by?: string): Promise<string>;
  /** Signs a user up, by an invitation if one is required; returns the session. */
  join(name: string, password?: string): Promise<string>;
  /** Creates a bot; returns its token. */
  bot(name: string): Promise<string>;
}

/** Starts a server with an owner and a moderator. */
export async function startServerFixture(
  settings: TestSettings = {},
  clock?: Clock,
): Promise<ServerFixture> {
  const server = await startServer(settings, clock);
  const made = await enter(server, { name: "Olga", invite: secretOf(server.ownerUrl) });
  const olga: string = made.body.token;
  const fixture: Omit<ServerFixture, "mo"> = {
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
      const invite = settings["sign-up"] === "invite"
        ? await fixture.invite({ uses: 1 })
        : undefined;
      const { status, body } = await enter(server, { name, password, invite });
      if (status !== 201) throw new Error(`Cannot bring in ${name}: ${body.code}`);
      return body.token;
    },
    async bot(name) {
      const options = { method: "POST", token: olga, body: { name } };
      return (await call(server, "/api/bots", options)).body.token;
    },
  };
  const mo = await fixture.join("Mo");
  const owner = await server.member(olga);
  const changed = await owner.ask({ type: "set_role", name: "Mo", role: "moderator" });
  await owner.close();
  if (changed.type !== "role_changed") throw new Error("Mo is no moderator");
  return { ...fixture, mo };
}

/** A user with a session and a socket. */
export async function person(
  fixture: ServerFixture,
  name: string,
): Promise<{ token: string; peer: Peer }> {
  const token = await fixture.join(name);
  return { token, peer: await fixture.member(token) };
}

/** Lets users meet in a public room: from then on they can add each other to rooms directly. */
export async function acquaint(...peers: readonly Peer[]): Promise<void> {
  for (const peer of peers) await peer.ask({ type: "join", room: "lounge" });
}

/** Accepts the next invitation. */
export async function accept(peer: Peer): Promise<void> {
  const { room_id } = await peer.take("invitation");
  await peer.ask({ type: "join", room_id });
}

/** Whether a server still responds. */
export async function isAlive(server: { url: string }): Promise<boolean> {
  const { status, text } = await call(server, "/healthz");
  return status === 200 && text === '{"status":"ok"}';
}

/** The lines that a server logged at a level. */
export function loggedAt(server: { logged: readonly string[] }, level: string): string[] {
  return server.logged.filter((line) => JSON.parse(line).level === level);
}

/** An uninvolved user, who must notice nothing. */
export async function bystander(fixture: ServerFixture) {
  const { peer, token } = await person(fixture, "Bystander");
  await peer.ask({ type: "join", room: "general" });
  return {
    async assertUnaffected() {
      const said = await peer.ask({ type: "room_message", room: "general", message: "still here" });
      assertEquals(said.type, "room_message");
      assertEquals((await call(fixture, "/api/session", { token })).status, 200);
      assert(await isAlive(fixture));
      assertEquals(loggedAt(fixture, "error"), []);
    },
    close: () => peer.close(),
  };
}

/** The timeout for that, in ms: only a failing test waits so long. */
const PATIENCE_MS = 20_000;

/** Connects a guest by name, once the server has released the previous one. */
export async function backAs(fixture: Pick<ServerFixture, "guest">, name: string): Promise<Peer> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
    const peer = await fixture.guest(name).catch(() => null);
    if (peer !== null) return peer;
  }
  throw new Error(`${name} is still taken`);
}
