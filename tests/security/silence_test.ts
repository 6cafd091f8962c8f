import { assert, assertEquals } from "@std/assert";
import type { Peer } from "../support/peer.ts";
import { needs } from "../support/permissions.ts";
import { RawSocket } from "../support/raw_socket.ts";
import { bystander, loggedAt, startServerFixture } from "../support/server_fixture.ts";

const permissions = needs("net", "read");

Deno.test({
  name: "connections that stay silent or stop mid-request lock no other client out",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const other = await bystander(fixture);
    const halves = [
      "",
      "GET /ws?name=Half HTTP/1.1\r\nHost: localhost\r\nUpgrade: webso",
      "POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
      "POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    ];
    const sockets: RawSocket[] = [];
    for (let i = 0; i < 400; i++) {
      const socket = await RawSocket.dial(fixture.url);
      await socket.write(halves[i % halves.length] ?? "");
      sockets.push(socket);
    }
    const silent: RawSocket[] = [];
    for (let i = 0; i < 50; i++) {
      silent.push(await RawSocket.open(fixture.url, `/ws?name=Silent%20${i}`));
    }
    await other.assertUnaffected();
    for (const socket of [...sockets, ...silent]) socket[Symbol.dispose]();
    await other.assertUnaffected();
    await other.close();
  },
});

Deno.test({
  name: "a socket that does not answer pings is closed, and its name is free again",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "idle-timeout": 2 });
    using dead = await RawSocket.open(fixture.url, "/ws?name=Dead");
    // Reads everything, answers nothing, not even a ping.
    await dead.ended();
    let again: Peer | null = null;
    for (let i = 0; i < 100 && again === null; i++) {
      again = await fixture.guest("Dead").catch(() => null);
    }
    assert(again !== null);
    await again.close();
  },
});

Deno.test({
  name: "a name is released if its client disconnects before it is connected",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    for (let i = 0; i < 20; i++) {
      using socket = await RawSocket.dial(fixture.url);
      await socket.shakeHands("/ws?name=Squatter");
    }
    let peer: Peer | null = null;
    for (let i = 0; i < 200 && peer === null; i++) {
      peer = await fixture.guest("Squatter").catch(() => null);
    }
    assert(peer !== null);
    await peer.close();
    assertEquals(loggedAt(fixture, "error"), []);
  },
});
