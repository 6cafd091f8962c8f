// Proxies between the server and PostgreSQL, and the forms of its address.
import { assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../lib/store/error.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { ignore, usePostgres } from "../support/postgres.ts";

const cluster = usePostgres();

/** PostgreSQL's NotificationResponse, by its first byte. */
const NOTIFICATION = "A".charCodeAt(0);

/** Forwards database messages except notifications, as a pooler in transaction mode does. */
function withoutNotifications(): TransformStream<Uint8Array, Uint8Array> {
  let rest = new Uint8Array();
  return new TransformStream({
    transform(chunk, controller) {
      rest = Uint8Array.from([...rest, ...chunk]);
      while (rest.length >= 5) {
        const length = 1 + new DataView(rest.buffer, rest.byteOffset).getUint32(1);
        if (rest.length < length) return;
        if (rest[0] !== NOTIFICATION) controller.enqueue(rest.slice(0, length));
        rest = rest.slice(length);
      }
    },
  });
}

/** A proxy on its own port that forwards everything to the database, possibly changed. */
function between(
  url: string,
  { hostname = "127.0.0.1", change = () => new TransformStream<Uint8Array, Uint8Array>() } = {},
): { url: string } & AsyncDisposable {
  const database = new URL(url);
  const target = new URL(url);
  const listener = Deno.listen({ hostname, port: 0 });
  const lines: Promise<unknown>[] = [];
  const accepting = (async () => {
    for await (const client of listener) {
      const server = await Deno.connect({
        hostname: database.hostname,
        port: Number(database.port),
      });
      const there = client.readable.pipeTo(server.writable);
      const back = server.readable.pipeThrough(change()).pipeTo(client.writable);
      lines.push(there.catch(() => {}), back.catch(() => {}));
    }
  })();
  target.port = `${listener.addr.port}`;
  target.hostname = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    url: target.href,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(lines);
    },
  };
}

Deno.test({
  name: "postgres: a pooler that drops notifications is detected at start",
  ignore,
  async fn() {
    await using pooler = between(cluster.url(await cluster.make()), {
      change: withoutNotifications,
    });
    const error = await assertRejects(() => openPostgres({ url: pooler.url }), StoreError);
    assertEquals(/pooler in transaction mode/.test(error.message), true, error.message);
  },
});

Deno.test({
  name: "postgres: the address may be IPv6",
  ignore,
  async fn() {
    await using line = between(cluster.url(await cluster.make()), { hostname: "::1" });
    const store = await openPostgres({ url: line.url });
    assertEquals(await store.accountsOf("bot"), []);
    await store.close();
  },
});
