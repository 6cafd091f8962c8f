/**
 * A real ACME server for tests: Pebble, of Let's Encrypt. `.ci/run` installs it.
 *
 * @module
 */
import { createAuthority } from "./certificates.ts";
import { freePort } from "./client_swarm.ts";

/** A running authority. */
export interface TestAcme extends AsyncDisposable {
  /** The address of its directory. */
  readonly directory: string;
  /** The certificate that its own https is proved by, in PEM. */
  readonly ca: string;
  /** The root of the certificates that it issues, in PEM. */
  readonly root: string;
  /** The port on which it asks for a challenge. */
  readonly httpPort: number;
  /** Sends a request to it. */
  readonly fetch: typeof fetch;
}

/** Starts an authority. @param rejectedNonces The share of requests whose nonce it rejects, in percent. */
export async function startPebble(rejectedNonces = 0): Promise<TestAcme> {
  const directory = await Deno.makeTempDir();
  const { root: ca, issue } = await createAuthority();
  const own = await issue("localhost");
  const [port, managementPort, httpPort] = [freePort(), freePort(), freePort()];
  const names = startNameServer();
  const files = { "ca.pem": own.chain, "key.pem": own.key };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${directory}/${name}`, text);
  }
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: `${directory}/ca.pem`,
    privateKey: `${directory}/key.pem`,
    httpPort,
    tlsPort: httpPort,
    externalAccountBindingRequired: false,
    retryAfter: { authz: 1, order: 1 },
    keyAlgorithm: "ecdsa",
    profiles: { default: { description: "90 days", validityPeriod: 7_776_000 } },
  };
  await Deno.writeTextFile(`${directory}/config.json`, JSON.stringify({ pebble: config }));
  const process = new Deno.Command("pebble", {
    args: ["-config", `${directory}/config.json`, "-dnsserver", `127.0.0.1:${names.port}`],
    env: {
      PEBBLE_VA_NOSLEEP: "1",
      PEBBLE_WFE_NONCEREJECT: `${rejectedNonces}`,
      PEBBLE_AUTHZREUSE: "0",
    },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream());
  const ready = Promise.withResolvers<void>();
  const read = (async () => {
    let text = "";
    for await (const chunk of lines) {
      text += chunk;
      if (/ACME directory available/.test(text)) ready.resolve();
    }
    ready.reject(new Error(`Pebble did not start: ${text}`));
  })();
  await ready.promise;
  const client = Deno.createHttpClient({ caCerts: [ca] });
  const send: typeof fetch = (input, init) => fetch(input, { ...init, client } as RequestInit);
  const root = await retried(() => send(`https://localhost:${managementPort}/roots/0`));
  return {
    directory: `https://localhost:${port}/dir`,
    ...{ ca, root, httpPort, fetch: send },
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.status;
      await read;
      client.close();
      await names.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Pebble says that it listens shortly before it does. */
async function retried(send: () => Promise<Response>): Promise<string> {
  for (let attempt = 1;; attempt++) {
    try {
      return await (await send()).text();
    } catch (error) {
      if (attempt === 1_000) throw error;
    }
  }
}

/** A name server (RFC 1035, over TCP) for which every name leads to this machine. */
function startNameServer() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

  async function serve(connection: Deno.TcpConn): Promise<void> {
    try {
      const query = new Uint8Array(514);
      const length = await connection.read(query);
      if (length === null) return;
      // The question ends with the type and the class, 4 bytes after the root label.
      const end = query.indexOf(0, 14) + 5;
      const isA = query[end - 3] === 1;
      const answer = isA ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1] : [];
      const head = [...query.slice(2, 4), 0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0];
      const message = [...head, ...query.slice(14, end), ...answer];
      await connection.write(new Uint8Array([0, message.length, ...message]));
    } finally {
      connection.close();
    }
  }

  const serving = (async () => {
    const connections: Promise<void>[] = [];
    for await (const connection of listener) connections.push(serve(connection));
    await Promise.allSettled(connections);
  })();

  return {
    port: listener.addr.port,
    async close() {
      listener.close();
      await serving;
    },
  };
}
