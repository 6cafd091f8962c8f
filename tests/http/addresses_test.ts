// The addresses under which other machines reach the server.
import { assert, assertEquals } from "@std/assert";
import { networkInterfaces, originForOthers, reachableOrigins } from "../../lib/http/addresses.ts";
import { needs } from "../support/permissions.ts";
import { startServerFixture } from "../support/server_fixture.ts";

const INTERFACES = [
  { name: "lo", family: "IPv4", address: "127.0.0.1" },
  { name: "eth0", family: "IPv6", address: "2001:db8::7" },
  { name: "eth0", family: "IPv6", address: "fe80::1" },
  { name: "docker0", family: "IPv4", address: "172.17.0.1" },
  { name: "wlan0", family: "IPv4", address: "192.168.1.20" },
  { name: "eth1", family: "IPv4", address: "169.254.3.4" },
  { name: "lo", family: "IPv6", address: "::1" },
] as const;

Deno.test("a server on all interfaces is reached by the addresses of its networks", () => {
  const at = (hostname: string, port = 8000) => reachableOrigins({ hostname, port }, INTERFACES);
  assertEquals(at("0.0.0.0"), ["http://192.168.1.20:8000"]);
  assertEquals(at("::"), ["http://192.168.1.20:8000", "http://[2001:db8::7]:8000"]);
  assertEquals(at("0.0.0.0", 80), ["http://192.168.1.20"]);
  assertEquals([...at("127.0.0.1"), ...at("192.168.1.20"), ...at("localhost")], []);
  assertEquals(reachableOrigins({ hostname: "0.0.0.0", port: 1 }, []), []);
});

Deno.test("a link for others begins with an address that they can use", () => {
  const reachable = ["http://192.168.1.20:8000"];
  for (const own of ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"]) {
    assertEquals(originForOthers(own, reachable), reachable[0]);
    assertEquals(originForOthers(own, []), own);
  }
  const named = "https://chat.example.org";
  assertEquals(originForOthers(named, reachable), named);
});

Deno.test({
  name: "an invitation that is made on the server's machine works on others",
  ...needs("net", "read", "sys"),
  async fn() {
    await using server = await startServerFixture({ host: "0.0.0.0" });
    const invite = async () => {
      const init = { method: "POST", token: server.olga, body: {} };
      return new URL((await (await server.request("/api/invites", init)).json()).url);
    };
    const { port } = new URL(server.url);
    const hostname = "0.0.0.0";
    const [other] = reachableOrigins({ hostname, port: Number(port) }, networkInterfaces());
    assertEquals((await invite()).origin, other ?? server.url);
    if (other === undefined) return;
    const health = await fetch(`${other}/healthz`);
    await health.body?.cancel();
    assert(health.ok);
  },
});
