import { assertEquals } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { RawSocket } from "../support/raw_socket.ts";
import { startServer, type TestServer } from "../support/server.ts";

const permissions = needs("net", "read");

async function assertAlive({ url }: TestServer): Promise<void> {
  const response = await fetch(`${url}/healthz`);
  assertEquals([response.status, await response.json()], [200, { status: "ok" }]);
}

const GARBAGE: Readonly<Record<string, string | Uint8Array>> = {
  "bytes that are not HTTP": new Uint8Array([0, 255, 1, 254, 13, 10, 13, 10]),
  "a TLS greeting": new Uint8Array([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]),
  "an endless request line": `GET /${"a".repeat(500_000)}`,
  "endless headers": `GET / HTTP/1.1\r\n${"X-A: b\r\n".repeat(5_000)}\r\n`,
  "two lengths": "POST /api/session HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n" +
    "Content-Length: 2\r\n\r\n{}",
};

Deno.test({
  name: "the server survives whatever is sent instead of HTTP",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    for (const [name, garbage] of Object.entries(GARBAGE)) {
      await t.step(name, async () => {
        using socket = await RawSocket.dial(server.url);
        await socket.write(garbage);
        // A client that stops in the middle of a request blocks nothing either.
        using half = await RawSocket.dial(server.url);
        await half.write("GET /ws HTTP/1.1\r\nHost:");
        await assertAlive(server);
      });
    }
    assertEquals(server.logged, []);
  },
});

const NOWHERE: Readonly<Record<string, string>> = {
  "an invalid target": "GET http://[::::1/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "an invalid host": "GET / HTTP/1.1\r\nHost: a b c\r\n\r\n",
};

Deno.test({
  name: "a request without a readable URL is refused with 400, and not logged",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    for (const [name, request] of Object.entries(NOWHERE)) {
      await t.step(name, async () => {
        using socket = await RawSocket.dial(server.url);
        await socket.write(request);
        assertEquals((await socket.response()).status, 400);
        await assertAlive(server);
      });
    }
    assertEquals(server.logged, []);
  },
});
