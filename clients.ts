/**
 * The connections that there are: made of sockets, counted, and waited for at the end.
 *
 * @module
 */
import { Client, type ClientBounds, type ClientOptions, DEFAULT_BOUNDS } from "./client.ts";
import type { Upgraded } from "./lib/http.ts";

/** What all connections of a server have in common. */
export interface ClientsOptions extends Pick<ClientOptions, "hub" | "handle" | "clock" | "log"> {
  /** How many bytes may wait for one reader. */
  readonly queueBytes: number;
}

/** All connections. */
export class Clients {
  readonly #clients = new Set<Client>();
  readonly #options: ClientsOptions;
  readonly #bounds: ClientBounds;

  constructor(options: ClientsOptions) {
    this.#options = options;
    this.#bounds = { ...DEFAULT_BOUNDS, queueBytes: options.queueBytes };
  }

  /** Takes a socket. */
  add({ onLeft, onEnded, ...upgraded }: Upgraded): void {
    const { hub, handle, clock, log } = this.#options;
    const options = { ...upgraded, hub, handle, clock, log, bounds: this.#bounds };
    const client = new Client(upgraded.socket, options);
    this.#clients.add(client);
    void client.left.then(onLeft);
    void client.ended.then(() => {
      this.#clients.delete(client);
      onEnded();
    });
  }

  /** Bytes that wait for their sockets to take them. */
  get queuedBytes(): number {
    return this.#clients.values().reduce((sum, client) => sum + client.queuedBytes, 0);
  }

  /** Resolves when all of them have ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.ended));
  }
}
