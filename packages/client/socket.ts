/**
 * How a client opens its sockets, and proves who it is.
 *
 * @module
 */
import type { ClientSocket } from "./connection.ts";
import { ClosedError } from "./errors.ts";

/** Opens a socket with request headers. */
export type OpenSocket = (
  url: string,
  protocols: string[],
  headers: Readonly<Record<string, string>>,
) => ClientSocket;

/** Who connects: one of these, or none for a browser with the session's cookie. */
export interface ClientCredentials {
  /** The token of a session or a bot. Browsers cannot send it: use `ticket` there. */
  readonly token?: string;
  /** The name of a guest, where the server lets guests in. */
  readonly name?: string;
  /**
   * Fetches a ticket for one socket. Called for every connection, and again later when it throws. A
   * `ClosedError` ends the client: throw one when the session has ended.
   */
  readonly ticket?: () => Promise<string>;
}

/** A constructor of sockets with request headers: Deno, Node and Bun have it. */
type SocketWithHeaders = new (
  url: string,
  options: { protocols: string[]; headers: Readonly<Record<string, string>> },
) => ClientSocket;

/** Opens a socket with the `WebSocket` of the runtime. */
export function openWebSocket(
  url: string,
  protocols: string[],
  headers: Readonly<Record<string, string>>,
): ClientSocket {
  // Browsers accept no headers, and no object in this place.
  if (Object.keys(headers).length === 0) return new WebSocket(url, protocols);
  return new (WebSocket as unknown as SocketWithHeaders)(url, { protocols, headers });
}

/** Opens sockets that prove who the client is. */
export function opener(
  { token, name, ticket }: ClientCredentials,
  open: OpenSocket,
): (url: string, protocols: string[]) => ClientSocket {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return (url, protocols) => {
    if (ticket === undefined) return open(withParam(url, "name", name), protocols, headers);
    return new TicketSocket(
      ticket().then((text) => open(withParam(url, "ticket", text), protocols, {})),
    );
  };
}

function withParam(url: string, name: string, value: string | undefined): string {
  if (value === undefined) return url;
  const result = new URL(url);
  result.searchParams.set(name, value);
  return result.href;
}

/** A socket that opens once its ticket has arrived. */
class TicketSocket implements ClientSocket {
  onopen: ClientSocket["onopen"] = null;
  onmessage: ClientSocket["onmessage"] = null;
  onclose: ClientSocket["onclose"] = null;
  onerror: ClientSocket["onerror"] = null;
  #socket: ClientSocket | undefined;
  #isClosed = false;

  constructor(socket: Promise<ClientSocket>) {
    socket.then((socket) => this.#use(socket), (error) => {
      const code = error instanceof ClosedError ? error.code : 1006;
      this.onclose?.({ code } as CloseEvent);
    });
  }

  send(data: string): void {
    this.#socket?.send(data);
  }

  close(code?: number): void {
    this.#isClosed = true;
    this.#socket?.close(code);
  }

  #use(socket: ClientSocket): void {
    this.#socket = socket;
    socket.onopen = (event) => this.onopen?.(event);
    socket.onmessage = (event) => this.onmessage?.(event);
    socket.onclose = (event) => this.onclose?.(event);
    socket.onerror = (event) => this.onerror?.(event);
    if (this.#isClosed) socket.close(1000);
  }
}
