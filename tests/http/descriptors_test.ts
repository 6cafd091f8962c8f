// When file descriptors run out, the runtime stops listening for good.
import { assertEquals, assertLess } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { type SpawnOptions, spawnServer, START } from "../support/server.ts";

const permissions = needs("env", "net", "read", "write", "run");

/** Starts a server with few descriptors. */
const FEW: SpawnOptions = {
  deno: "/bin/sh",
  command: ["-c", 'ulimit -n 300; exec "$0" "$@"', Deno.execPath(), ...START],
};

/** Opens idle connections until no more can be opened, then closes them. */
async function exhaust(url: string): Promise<void> {
  const { port } = new URL(url);
  const silent: Deno.TcpConn[] = [];
  // The system accepts more than the server can, until the server has closed its port.
  while (silent.length < 4_000) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) })
      .catch(() => null);
    if (connection === null) break;
    silent.push(connection);
  }
  assertLess(silent.length, 4_000, "the server took every connection");
  for (const connection of silent) connection.close();
}

/** Repeats a request until the server listens. */
async function healthOf(url: string): Promise<number> {
  for (let tries = 0;; tries++) {
    try {
      const response = await fetch(`${url}/readyz`);
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

Deno.test({
  name: "a server that ran out of descriptors listens again when some are free",
  ...permissions,
  ignore: permissions.ignore || Deno.build.os === "windows",
  async fn() {
    const server = await spawnServer(["--data=:memory:", "--log-level=silent"], FEW);
    const peer = await server.guest("Alice");
    await exhaust(server.url);
    assertEquals(await healthOf(server.url), 200);
    // Open connections are not affected.
    assertEquals((await peer.ask({ type: "ping" })).type, "pong");
    await peer.close();
    await server.kill("SIGTERM");
  },
});

Deno.test({
  name: "a server that may not listen again exits, so that a supervisor starts another",
  ...permissions,
  ignore: permissions.ignore || Deno.build.os === "windows",
  async fn() {
    const args = [
      "--data=:memory:",
      "--log-level=silent",
      "--push-services=",
      "--hook-networks=none",
      "--link-previews=none",
    ];
    const server = await spawnServer(args, FEW);
    // Once the page is built, the server drops its last permission.
    await (await fetch(server.url)).body?.cancel();
    await exhaust(server.url);
    assertEquals((await server.process.status).code, 1);
  },
});
