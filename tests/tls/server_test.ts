/** A server with a domain, as a process of its own: https from a real ACME server. */
import { assertEquals, assertMatch } from "@std/assert";
import { HubbubClient, type OpenSocket } from "@hubbub/client";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Certificate } from "../../lib/tls/certificate.ts";
import { createAuthority } from "../support/certificates.ts";
import { freePort } from "../support/client_swarm.ts";
import { startPebble, type TestAcme } from "../support/pebble.ts";
import { startProxy } from "../support/proxy.ts";
import { spawnServer, START } from "../support/server.ts";
import { needsTools } from "../support/tools.ts";
import { inDirectory } from "../support/temporary_directory.ts";

const DOMAIN = "localhost";

/** A started server, and clients that trust only some authorities. */
interface Started extends AsyncDisposable {
  kill(signal?: Deno.Signal): Promise<void>;
  readonly port: number;
  /** Sends a request without following redirects. */
  fetch(address: string, init?: RequestInit): Promise<Response>;
  readonly openSocket: OpenSocket;
}

interface StartOptions {
  readonly data: string;
  readonly port?: number;
  /** Authorities that clients trust, in PEM. */
  readonly roots?: readonly string[];
}

async function startWithDomain(acme: TestAcme, options: StartOptions): Promise<Started> {
  const { data, port = freePort(), roots = [acme.root] } = options;
  const [run = "", ...rest] = START;
  const caFile = `${data}.ca.pem`;
  await Deno.writeTextFile(caFile, acme.ca);
  const process = await spawnServer(
    [
      ...[`--domain=${DOMAIN}`, `--host=127.0.0.1`, `--port=${port}`, `--data=${data}`],
      ...[`--http-port=${acme.httpPort}`, `--acme-directory=${acme.directory}`],
    ],
    { command: [run, `--cert=${caFile}`, ...rest], address: `https://${DOMAIN}:${port}` },
  );
  const client = Deno.createHttpClient({ caCerts: [...roots] });
  const kill = async (signal: Deno.Signal = "SIGTERM") => {
    client.close();
    await process.kill(signal);
  };
  return {
    port,
    kill,
    fetch: (address, init) =>
      fetch(address, { redirect: "manual", ...init, client } as RequestInit),
    openSocket: (url, protocols, headers) =>
      new WebSocket(url, { protocols, headers, client } as unknown as string[]),
    [Symbol.asyncDispose]: () => kill(),
  };
}

async function signUp({ fetch, port }: Started, name: string) {
  const response = await fetch(`https://${DOMAIN}:${port}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  const { token } = await response.json();
  return { token, cookie: response.headers.get("set-cookie") ?? "" };
}

Deno.test({
  name: "a server with a domain gets its certificate, and has it after kill -9",
  ...needsTools("pebble"),
  fn: () =>
    inDirectory(async (directory) => {
      const data = `${directory}/hubbub.db`;
      const acme = await startPebble();
      const server = await startWithDomain(acme, { data });
      const url = `https://${DOMAIN}:${server.port}`;
      const probe = await server.fetch(`${url}/livez`);
      assertEquals([probe.status, (await probe.json()).status], [200, "ok"]);
      assertEquals(probe.headers.get("strict-transport-security"), "max-age=31536000");
      const plain = `http://${DOMAIN}:${acme.httpPort}`;
      for (const [method, path] of [["GET", "/a?b=c"], ["POST", "/api/session"]] as const) {
        const moved = await server.fetch(plain + path, { method });
        const location = moved.headers.get("location");
        assertEquals([moved.status, location], [308, `https://${DOMAIN}${path}`]);
        assertEquals(await moved.text(), "");
      }
      // What asks for the state of a machine knows an address only.
      const ready = await server.fetch(`http://127.0.0.1:${acme.httpPort}/readyz`);
      assertEquals((await ready.json()).status, "ok");
      const { cookie, token } = await signUp(server, "Alice");
      assertMatch(cookie, /^__Host-hubbub_session=.*; Secure/);
      await server.kill("SIGKILL");
      // No authority answers any more: what the server has, it has in its data.
      await acme[Symbol.asyncDispose]();
      await using again = await startWithDomain(acme, { data });
      const headers = { authorization: `Bearer ${token}` };
      const own = await again.fetch(`https://${DOMAIN}:${again.port}/api/rooms`, { headers });
      assertEquals(own.status, 200);
      await own.body?.cancel();
    }),
});

/** Puts a certificate into a data file. */
async function keep(data: string, acme: TestAcme, certificate: Certificate): Promise<void> {
  const store = await openSqlite({
    ...{ path: data, durability: "process", exclusive: true, onDamage: "refuse" },
    onNotice() {},
    onFault() {},
  });
  const record = JSON.stringify({ certificate, next: 0, failures: 0 });
  await store.replaceValue(`certificate ${DOMAIN} ${acme.directory}`, null, record);
  await store.close();
}

Deno.test({
  name: "a certificate is renewed while people chat: no message is lost, and none comes twice",
  ...needsTools("pebble"),
  fn: () =>
    inDirectory(async (directory) => {
      const data = `${directory}/hubbub.db`;
      await using pebble = await startPebble();
      // The authority answers when both are connected.
      await using proxy = startProxy(pebble.directory);
      proxy.stall();
      const acme = { ...pebble, directory: `https://localhost:${proxy.port}/dir` };
      // 80 of its 90 days are over.
      const { root, issue } = await createAuthority();
      await keep(data, acme, await issue(DOMAIN, { since: 80, left: 10 }));
      await using server = await startWithDomain(acme, { data, roots: [root, acme.root] });
      const url = `https://${DOMAIN}:${server.port}`;
      const { openSocket } = server;
      const clientOf = async (name: string) => {
        const { token } = await signUp(server, name);
        return new HubbubClient({ url, token, openSocket });
      };
      await using alice = await clientOf("Alice");
      await using bob = await clientOf("Bob");
      const received: string[] = [];
      const done = Promise.withResolvers<void>();
      const reading = (async () => {
        for await (const event of bob.events("general", { after: 0 })) {
          if (event.type !== "room_message") continue;
          if (event.message === "the end") return;
          received.push(event.message);
          if (received.length === 1) done.resolve();
        }
      })();
      const sent: string[] = [];
      const send = async () => {
        const message = `message ${sent.length}`;
        sent.push(message);
        await alice.send("general", message);
      };
      await send();
      await done.promise;
      // A client that trusts the new certificate only.
      const renewed = Deno.createHttpClient({ caCerts: [acme.root] });
      const isRenewed = () =>
        fetch(`${url}/livez`, { client: renewed } as RequestInit)
          .then(async (response) => await response.text() !== "", () => false);
      assertEquals(await isRenewed(), false);
      proxy.flow();
      while (!await isRenewed()) await send();
      for (let i = 0; i < 10; i++) await send();
      renewed.close();
      await alice.send("general", "the end");
      await reading;
      assertEquals(received, sent);
    }),
});
