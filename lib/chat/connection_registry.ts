/**
 * The registry of all connections: by transport from the handshake until the socket is gone, and by
 * subscriber and account from the moment at which the hub knows the connection.
 *
 * @module
 */
import type { Subscriber } from "./channel.ts";
import type { Connection } from "./connection.ts";
import type { Account } from "../store/records.ts";

/** The socket under a connection, as the registry sees it. */
export interface Transport {
  /** Bytes that wait for the socket to take them. */
  readonly queuedBytes: number;
  /** Resolves when the socket is gone. */
  readonly ended: Promise<void>;
}

/** All connections of this instance. */
export class ConnectionRegistry {
  readonly #transports = new Set<Transport>();
  readonly #bySubscriber = new Map<Subscriber, Connection>();
  readonly #byAccount = new Map<number, Set<Connection>>();

  /** The number of connections that the hub knows, including those that are still connecting. */
  get size(): number {
    return this.#bySubscriber.size;
  }

  // Transports: a socket outlives its connection until its peer has closed it too ----------------

  /** Tracks a transport until it has ended. */
  track(transport: Transport): void {
    this.#transports.add(transport);
    void transport.ended.then(() => this.#transports.delete(transport));
  }

  /** Bytes that wait for all sockets together, including those that are still closing. */
  get queuedBytes(): number {
    return this.#transports.values().reduce((sum, { queuedBytes }) => sum + queuedBytes, 0);
  }

  /** Resolves when every transport that is tracked now has ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.#transports].map(({ ended }) => ended));
  }

  // Connections ----------------------------------------------------------------------------------

  /** Adds a connection. */
  add(connection: Connection): void {
    const { id } = connection.account;
    this.#bySubscriber.set(connection.subscriber, connection);
    this.#byAccount.set(id, (this.#byAccount.get(id) ?? new Set()).add(connection));
  }

  /** Removes a connection. @returns The connection, or `undefined` when it was not registered. */
  remove(subscriber: Subscriber): Connection | undefined {
    const connection = this.#bySubscriber.get(subscriber);
    if (connection === undefined) return undefined;
    this.#bySubscriber.delete(subscriber);
    const { id } = connection.account;
    const own = this.#byAccount.get(id);
    own?.delete(connection);
    if (own?.size === 0) this.#byAccount.delete(id);
    return connection;
  }

  /** The connection of a subscriber. */
  get(subscriber: Subscriber): Connection | undefined {
    return this.#bySubscriber.get(subscriber);
  }

  /** Whether an account has a connection. */
  hasAny(account: number): boolean {
    return this.#byAccount.has(account);
  }

  /** What is known of an account now: its connections learn of its changes. */
  current(account: Account): Account {
    const [connection] = this.#byAccount.get(account.id) ?? [];
    return connection?.account ?? account;
  }

  /** A snapshot of all connections: the caller may add and remove while it iterates. */
  all(): readonly Connection[] {
    return [...this.#bySubscriber.values()];
  }

  /** The ids of the accounts that are connected. */
  accounts(): readonly number[] {
    return [...this.#byAccount.keys()];
  }

  /** A snapshot of an account's connections. */
  of(account: number): readonly Connection[] {
    return [...this.#byAccount.get(account) ?? []];
  }
}
