import { assert, assertEquals } from "@std/assert";
import { createSend, type SendResult } from "../../lib/hooks/send.ts";
import { isAllowed, isAllowedUrl } from "../../lib/util/reach.ts";
import { isPublicAddress } from "../../lib/util/ip_address.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { needs } from "../support/permissions.ts";

const permissions = needs("net");
const LOOPBACK = ["127.0.0.0/8", "::1"];
const REFUSED = /hook-networks/;

/** A server on this machine. */
function receive(answer: (request: Request) => Response | Promise<Response>) {
  const seen: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    seen.push(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`);
    return await answer(request);
  });
  const { port } = server.addr;
  return {
    port,
    seen,
    url: `http://127.0.0.1:${port}/in`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Sends a body with the default headers. */
function sendTo(
  url: string,
  networks: readonly string[],
  { clock = new FakeClock(), signal = new AbortController().signal } = {},
): Promise<SendResult> {
  return createSend({ networks, clock })(url, { "content-length": "4" }, "body", signal);
}

Deno.test("send: only public addresses, and the networks of the setting, are allowed", () => {
  const refused = [
    ...["127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255"],
    ...[
      "192.168.1.1",
      "169.254.169.254",
      "100.64.0.1",
      "198.18.0.1",
      "224.0.0.1",
      "255.255.255.255",
    ],
    ...["::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1"],
    ...[
      "::ffff:10.0.0.1",
      "64:ff9b::a00:1",
      "2002:7f00:1::",
      "2001:db8::1",
      "2001::1",
      "::127.0.0.1",
    ],
    ...["nonsense", ""],
  ];
  for (const address of refused) assertEquals(isPublicAddress(address), false, address);
  const open = ["1.1.1.1", "93.184.215.14", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"];
  for (const address of open) assertEquals(isPublicAddress(address), true, address);
  assertEquals(isAllowed("::ffff:10.0.0.1", ["10.0.0.0/24"]), true);
  assertEquals(isAllowed("10.0.1.1", ["10.0.0.0/24"]), false);
  assertEquals(isAllowed("fd12::1", ["fd00::/8"]), true);
});

Deno.test({
  name: "send: every way to write a private address is refused, and so is a name that leads there",
  ...permissions,
  async fn() {
    await using server = receive(() => new Response());
    const { port } = server;
    const hosts = ["127.0.0.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "localhost"];
    for (const host of hosts) {
      const url = `http://${host}:${port}/`;
      assertEquals(await isAllowedUrl(url, []), false, host);
      const sent = await sendTo(url, []);
      assert("error" in sent && REFUSED.test(sent.error), `${host}: ${JSON.stringify(sent)}`);
    }
    assertEquals(server.seen, []);
    assertEquals(await isAllowedUrl(`http://localhost:${port}/`, LOOPBACK), true);
    assertEquals(await sendTo(`http://127.0.0.1:${port}/a`, LOOPBACK), {
      status: 200,
      retryAfter: null,
    });
    assertEquals(server.seen, ["POST /a body"]);
  },
});

Deno.test({
  name: "send: redirects are not followed",
  ...permissions,
  async fn() {
    await using target = receive(() => new Response());
    await using server = receive(() =>
      new Response(null, { status: 307, headers: { location: target.url, "retry-after": "7" } })
    );
    assertEquals(await sendTo(server.url, LOOPBACK), { status: 307, retryAfter: 7_000 });
    assertEquals([server.seen.length, target.seen.length], [1, 0]);
  },
});

Deno.test({
  name: "send: a receiver that does not answer, or never ends its answer, delays nothing for ever",
  ...permissions,
  async fn() {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await using silent = receive(async () => {
      arrived.resolve();
      await release.promise;
      return new Response();
    });
    const clock = new FakeClock();
    const sent = sendTo(silent.url, LOOPBACK, { clock });
    await arrived.promise;
    await clock.advance(10_000);
    assertEquals(await sent, { error: "the receiver does not answer" });
    assertEquals(clock.timers, 0);
    release.resolve();
    const abort = new AbortController();
    abort.abort();
    assertEquals(await sendTo(silent.url, LOOPBACK, { signal: abort.signal }), {
      error: "the server is stopping",
    });
    await using endless = receive(() =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }),
      )
    );
    assertEquals(await sendTo(endless.url, LOOPBACK), { status: 200, retryAfter: null });
  },
});

Deno.test({
  name: "send: a receiver that is not there is an error",
  ...permissions,
  async fn() {
    const gone = await (async () => {
      await using server = receive(() => new Response());
      return server.url;
    })();
    assert("error" in await sendTo(gone, LOOPBACK));
  },
});
