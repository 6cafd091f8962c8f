/** A port that is closed and opened again, as for another certificate. */
import { assertEquals } from "@std/assert";
import { HttpListener } from "../../lib/http/listener.ts";
import { createLog } from "../../lib/observability/log.ts";
import { systemClock } from "../../lib/util/clock.ts";
import { needs } from "../support/permissions.ts";

Deno.test({
  name: "a port that is opened again answers what was in flight, and new requests by new rules",
  ...needs("net"),
  async fn() {
    const logged: string[] = [];
    const held = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    let opened = 0;
    const listener = new HttpListener({
      ...{ hostname: "127.0.0.1", port: 0, setting: "port", clock: systemClock },
      log: createLog("debug", (line) => void logged.push(line)),
      serve(where) {
        const server = Deno.serve({ ...where, onListen() {} }, async (request) => {
          if (request.url.endsWith("/slow")) {
            arrived.resolve();
            await held.promise;
          }
          return new Response(`version ${version}`);
        });
        // The port was free.
        const version = ++opened;
        return server;
      },
    });
    const { port } = listener.addr;
    const get = async (path: string) =>
      await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    assertEquals(await get("/"), "version 1");
    const slow = get("/slow");
    await arrived.promise;
    await listener.reopen();
    assertEquals(listener.addr.port, port);
    assertEquals(await get("/"), "version 2");
    await listener.reopen();
    assertEquals(await get("/"), "version 3");
    held.resolve();
    assertEquals(await slow, "version 1");
    await listener.shutdown();
    // It was closed on purpose.
    assertEquals(logged, []);
  },
});

Deno.test({
  name: "a port that is taken meanwhile is opened as soon as it is free",
  ...needs("net"),
  async fn() {
    let taken = true;
    const opened = Promise.withResolvers<void>();
    const logged: string[] = [];
    const listener = new HttpListener({
      ...{ hostname: "127.0.0.1", port: 0, setting: "port" },
      // Time flies.
      clock: { ...systemClock, elapsed: () => performance.now() * 1_000 },
      log: createLog("debug", (line) => void logged.push(JSON.parse(line).message)),
      serve(where) {
        if (where.port !== 0 && taken) throw new Deno.errors.AddrInUse("taken");
        if (where.port !== 0) opened.resolve();
        return Deno.serve({ ...where, onListen() {} }, () => new Response("again"));
      },
    });
    await listener.reopen();
    taken = false;
    await opened.promise;
    const response = await fetch(`http://127.0.0.1:${listener.addr.port}/`);
    assertEquals(await response.text(), "again");
    await listener.shutdown();
    assertEquals(logged, ["cannot accept connections, listening again soon", "listening again"]);
  },
});
