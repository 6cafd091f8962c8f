/**
 * A network that fails silently: data sent over a cut connection is lost, and both ends keep their
 * connection open.
 *
 * @module
 */

/** A TCP proxy in front of a server. */
export interface Proxy extends AsyncDisposable {
  /** The server's address through the proxy. */
  readonly url: string;
  /** The port it listens on. */
  readonly port: number;
  /** Closes the current connections; new ones work. */
  cut(): void;
  /** Closes the current connections and every new one until `flow`: the server seems to be gone. */
  refuse(): void;
  /** Drops all data on the current connections; new ones work. */
  silence(): void;
  /** Delays all data by a number of ms from now on; 0 ends that. */
  delay(ms: number): void;
  /**
   * Holds all data until `flow`, on new connections too; nothing is lost.
   *
   * @param what `requests` holds only what clients send.
   */
  stall(what?: "everything" | "requests"): void;
  /** Ends `stall` and `refuse`. */
  flow(): void;
}

/** Starts a proxy on a free port. @param target The server's address: `http://localhost:8000` */
export function startProxy(target: string): Proxy {
  const { hostname, port } = new URL(target);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<{ silent: boolean; readonly ends: readonly Deno.TcpConn[] }>();
  let delayMs = 0;
  let refuses = false;
  let dam: PromiseWithResolvers<void> | undefined;
  let holdsReplies = true;

  async function forward(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    isSilent: () => boolean,
    areReplies: boolean,
  ) {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const length = await from.read(buffer).catch(() => null);
      if (isSilent()) {
        // Not even a close gets through.
        if (length === null) return;
        continue;
      }
      if (length === null) break;
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      while (dam !== undefined && (holdsReplies || !areReplies)) await dam.promise;
      for (let sent = 0; sent < length;) {
        sent += await to.write(buffer.subarray(sent, length)).catch(() => length);
      }
    }
    for (const end of [from, to]) close(end);
  }

  async function connect(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({ hostname, port: Number(port) });
    const connection = { silent: false, ends: [client, server] };
    connections.add(connection);
    const isSilent = () => connection.silent;
    await Promise.all([
      forward(client, server, isSilent, false),
      forward(server, client, isSilent, true),
    ]);
    if (!connection.silent) connections.delete(connection);
  }

  async function accept(): Promise<void> {
    for await (const client of listener) {
      if (refuses) close(client);
      else void connect(client).catch(() => close(client));
    }
  }

  function cut(): void {
    for (const end of [...connections].flatMap(({ ends }) => ends)) close(end);
  }

  const accepting = accept();
  return {
    url: `http://localhost:${listener.addr.port}`,
    port: listener.addr.port,
    cut,
    refuse() {
      refuses = true;
      cut();
    },
    silence() {
      for (const connection of connections) connection.silent = true;
    },
    delay(ms) {
      delayMs = ms;
    },
    stall(what = "everything") {
      holdsReplies = what === "everything";
      dam ??= Promise.withResolvers();
    },
    flow() {
      refuses = false;
      dam?.resolve();
      dam = undefined;
    },
    async [Symbol.asyncDispose]() {
      this.flow();
      listener.close();
      await accepting;
      cut();
    },
  };
}

function close(end: Deno.TcpConn): void {
  try {
    end.close();
  } catch {
    // It is closed already.
  }
}
