/**
 * A network that can fail as networks do: without a word. What is sent over it from then on
 * arrives nowhere, and both ends go on believing that they are connected.
 *
 * @module
 */

/** A TCP proxy in front of a server. */
export interface Proxy extends AsyncDisposable {
  /** Where the server is found through it. */
  readonly url: string;
  /** The port it listens on. */
  readonly port: number;
  /** Ends the connections there are; new ones work. */
  cut(): void;
  /** Lets nothing more through on the connections there are; new ones work. */
  silence(): void;
  /** From now on everything arrives so much later, in ms; 0 ends that. */
  delay(ms: number): void;
  /** Lets nothing through, also on new connections, until `flow`: nothing is lost by it. */
  stall(): void;
  /** Ends `stall`. */
  flow(): void;
}

/** Starts a proxy on a free port. @param target Where the server is: `http://localhost:8000` */
export function startProxy(target: string): Proxy {
  const { hostname, port } = new URL(target);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<{ silent: boolean; readonly ends: readonly Deno.TcpConn[] }>();
  let late = 0;
  let dam: PromiseWithResolvers<void> | undefined;

  async function forward(from: Deno.TcpConn, to: Deno.TcpConn, isSilent: () => boolean) {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const length = await from.read(buffer).catch(() => null);
      if (isSilent()) {
        // Not even that an end was closed gets through.
        if (length === null) return;
        continue;
      }
      if (length === null) break;
      if (late > 0) await new Promise((resolve) => setTimeout(resolve, late));
      while (dam !== undefined) await dam.promise;
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
    await Promise.all([forward(client, server, isSilent), forward(server, client, isSilent)]);
    if (!connection.silent) connections.delete(connection);
  }

  async function accept(): Promise<void> {
    for await (const client of listener) void connect(client).catch(() => close(client));
  }

  const accepting = accept();
  return {
    url: `http://localhost:${listener.addr.port}`,
    port: listener.addr.port,
    cut() {
      for (const end of [...connections].flatMap(({ ends }) => ends)) close(end);
    },
    silence() {
      for (const connection of connections) connection.silent = true;
    },
    delay(ms) {
      late = ms;
    },
    stall() {
      dam ??= Promise.withResolvers();
    },
    flow() {
      dam?.resolve();
      dam = undefined;
    },
    async [Symbol.asyncDispose]() {
      this.flow();
      listener.close();
      await accepting;
      for (const end of [...connections].flatMap(({ ends }) => ends)) close(end);
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
