/**
 * Listens on the port, and again after the operating system has closed it.
 *
 * @module
 */
import { type Cancel, type Clock, nextTurn } from "../util/clock.ts";
import { ConfigError, environmentName } from "../config/config.ts";
import type { Log } from "../observability/log.ts";

/** Where to listen. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

/** The dependencies of `HttpListener`. */
export interface HttpListenerOptions extends ListenAddress {
  /** The setting that the port comes from, for error messages. */
  readonly setting: "port" | "http-port";
  /** Listens and handles requests. @throws {Error} If it cannot listen. */
  readonly serve: (address: ListenAddress) => Deno.HttpServer<Deno.NetAddr>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The first and the longest delay before the server listens again. */
const RETRY_MS = { first: 100, longest: 5_000 } as const;

/**
 * Listens on a port. The runtime stops for good when it cannot accept a connection, as when file
 * descriptors run out; the listener then listens again as soon as that is possible.
 */
export class HttpListener {
  readonly #options: HttpListenerOptions;
  readonly #broken = Promise.withResolvers<Error>();
  #port: number;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #since = 0;
  #delay: number = RETRY_MS.first;
  #retry: Cancel | undefined;
  #closed = false;
  /** The servers whose port was closed on purpose. */
  readonly #left = new WeakSet<Deno.HttpServer<Deno.NetAddr>>();
  /** What the ports that were closed still answer. */
  #draining: Promise<unknown> = Promise.resolve();

  /** @throws {ConfigError} If it cannot listen; the message says what to do. */
  constructor(options: HttpListenerOptions) {
    this.#options = options;
    this.#port = options.port;
    try {
      this.#server = this.#listen();
    } catch (error) {
      throw asConfigError(error, options);
    }
    // Keep the port if the system has chosen it.
    this.#port = this.#server.addr.port;
  }

  /** The address on which it listens. */
  get addr(): Deno.NetAddr {
    return this.#server.addr;
  }

  /** Resolves with the reason when the port is closed and the process may not open it again. */
  get broken(): Promise<Error> {
    return this.#broken.promise;
  }

  /** Stops accepting requests. Resolves when the requests in flight are answered. */
  async shutdown(): Promise<void> {
    this.#closed = true;
    this.#retry?.();
    await Promise.all([this.#server.shutdown(), this.#draining]);
  }

  /**
   * Closes the port and opens it again: `serve` may use another certificate from now on. The runtime
   * cannot change the one of an open port. Requests in flight are answered; WebSockets are cut off, so
   * close them before. The port is closed for a few milliseconds.
   */
  async reopen(): Promise<void> {
    const { clock } = this.#options;
    const before = this.#server;
    const started = clock.elapsed();
    this.#left.add(before);
    this.#draining = Promise.all([this.#draining, before.shutdown()]);
    while (!this.#closed) {
      try {
        this.#server = this.#listen();
        return;
      } catch (error) {
        // The runtime frees the port in one of the next turns of the event loop.
        const isSoon = clock.elapsed() - started < RETRY_MS.first;
        if (!isSoon) return this.#listenAgain(error);
        await nextTurn(clock);
      }
    }
  }

  #listen(): Deno.HttpServer<Deno.NetAddr> {
    const { serve, hostname, clock } = this.#options;
    const server = serve({ hostname, port: this.#port });
    this.#since = clock.elapsed();
    const ended = (error?: unknown) => {
      if (!this.#left.has(server)) this.#listenAgain(error ?? "the port was closed");
    };
    server.finished.then(() => ended(), ended);
    return server;
  }

  #listenAgain(error: unknown): void {
    if (this.#closed) return;
    const { clock, log } = this.#options;
    const wasStable = clock.elapsed() - this.#since > 2 * RETRY_MS.longest;
    this.#delay = wasStable ? RETRY_MS.first : Math.min(this.#delay * 2, RETRY_MS.longest);
    log.error("cannot accept connections, listening again soon", error, { ms: this.#delay });
    this.#retry = clock.after(this.#delay, () => {
      try {
        this.#server = this.#listen();
        log.info("listening again");
      } catch (again) {
        // A process that has dropped its permissions cannot listen again.
        if (again instanceof Deno.errors.NotCapable) return this.#broken.resolve(again);
        this.#listenAgain(again);
      }
    });
  }
}

/**
 * Checks that a port can be opened, before work that would be in vain without it.
 *
 * @throws {ConfigError} If it cannot; the message says what to do.
 */
export function checkPort(
  options: Pick<HttpListenerOptions, "hostname" | "port" | "setting">,
): void {
  try {
    Deno.listen({ hostname: options.hostname, port: options.port }).close();
  } catch (error) {
    throw asConfigError(error, options);
  }
}

/** Converts an error of `serve` into a `ConfigError` that says what to do. */
function asConfigError(
  error: unknown,
  { hostname, port, setting }: Pick<HttpListenerOptions, "hostname" | "port" | "setting">,
): unknown {
  const choose = `with --${setting} or ${environmentName(setting)}`;
  if (error instanceof Deno.errors.AddrInUse) {
    return new ConfigError(
      `Port ${port} is in use: choose another ${choose}, or stop what uses it`,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new ConfigError(
      `Cannot listen on port ${port}: the system keeps ports below 1024 for root. Choose another ` +
        `${choose}, with a proxy or the system's port forwarding in front of it; or allow it, as ` +
        "docs/deploy.md describes",
    );
  }
  if (error instanceof Deno.errors.NotCapable) {
    return new ConfigError(`Cannot listen on ${hostname}: start the server with --allow-net`);
  }
  if (!(error instanceof Error)) return error;
  return new ConfigError(
    `Cannot listen on "${hostname}": it is no address of this machine. Use 127.0.0.1, 0.0.0.0 or ` +
      `one of its addresses for --host or HUBBUB_HOST (${error.message})`,
  );
}
