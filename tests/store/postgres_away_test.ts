import { assert, assertEquals, assertExists } from "@std/assert";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Append, AppendResult } from "../../lib/store/records.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { log, makeStoreFixture, message, room, upTo } from "./contract/fixture.ts";

const cluster = usePostgres();

/** Sends messages with a key each, and repeats each until it is known to be stored. */
class Speaker {
  readonly stored: number[] = [];
  rejected = 0;
  /** The longest time until an append succeeded or failed, in ms. */
  slowest = 0;
  ended = false;

  async speak(store: Store, make: (key: string) => Append, name: string): Promise<void> {
    for (let n = 0; !this.ended; n++) {
      for (;;) {
        const result = await this.#say(store, make(`${name} ${n}`));
        if (result === null) continue;
        assert("event" in result);
        this.stored.push(result.event.seq);
        break;
      }
    }
  }

  async #say(store: Store, item: Append): Promise<AppendResult | null> {
    const started = performance.now();
    try {
      const [result] = await store.append([item]);
      assertExists(result);
      return result;
    } catch {
      this.rejected += 1;
      return null;
    } finally {
      this.slowest = Math.max(this.slowest, performance.now() - started);
    }
  }
}

Deno.test({
  name: "postgres: a message sent during an outage of the database is stored once",
  ignore,
  // The database that is stopped here is shared by the tests of this file.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const unhandled: unknown[] = [];
    const note = (event: PromiseRejectionEvent | ErrorEvent) => {
      event.preventDefault();
      unhandled.push("reason" in event ? event.reason : event.error);
    };
    addEventListener("unhandledrejection", note);
    addEventListener("error", note);
    const database = await cluster.make();
    const url = cluster.url(database);
    const stores = [await openPostgres({ url }), await openPostgres({ url })];
    const [store] = stores;
    assertExists(store);
    const { alice, team } = await makeStoreFixture(store);
    const speaker = new Speaker();
    const speaking = stores.flatMap((store, at) =>
      upTo(5).map((n) =>
        speaker.speak(store, (key) => message(team, alice, key, { key }), `${at}.${n}`)
      )
    );

    for (const _ of upTo(3)) {
      const before = speaker.stored.length;
      while (speaker.stored.length < before + 200) await store.hasOwner().catch(() => {});
      await cluster.stop();
      const rejected = speaker.rejected;
      while (speaker.rejected < rejected + 20) await store.hasOwner().catch(() => {});
      await cluster.start();
    }
    const before = speaker.stored.length;
    while (speaker.stored.length < before + 200) await store.hasOwner().catch(() => {});
    // A single connection is cut, as by a firewall or an administrator.
    await cluster.run(
      database,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
    );
    while (speaker.stored.length < before + 400) await store.hasOwner().catch(() => {});
    speaker.ended = true;
    await Promise.all(speaking);

    const events = await log(store, team);
    assertEquals(events.map(({ seq }) => seq), upTo(events.length), "no gaps");
    assertEquals(new Set(events.map(({ key }) => key)).size, events.length, "each key once");
    assertEquals(speaker.stored.toSorted((a, b) => a - b), upTo(events.length), "all of them");
    assert(speaker.slowest < 10_000, `an append took ${speaker.slowest} ms`);
    assertEquals(unhandled, []);
    for (const store of stores) await store.close();
    await cluster.drop(database);
    removeEventListener("unhandledrejection", note);
    removeEventListener("error", note);
  },
});

/** A proxy to the database that can fall silent: it stays open, and passes nothing. */
function silentWay(port: number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const lines: Deno.Conn[] = [];
  let open = Promise.withResolvers<void>();
  open.resolve();
  const forward = async (from: Deno.Conn, to: Deno.Conn) => {
    const buffer = new Uint8Array(65_536);
    try {
      for (let count; (count = await from.read(buffer)) !== null;) {
        await open.promise;
        await to.write(buffer.slice(0, count));
      }
    } catch {
      // The connection has ended.
    }
    for (const line of [from, to]) {
      try {
        line.close();
      } catch {
        // The other direction was connected first.
      }
    }
  };
  const accepting = (async () => {
    const ways: Promise<void>[] = [];
    for await (const here of listener) {
      const there = await Deno.connect({ hostname: "127.0.0.1", port });
      lines.push(here, there);
      ways.push(forward(here, there), forward(there, here));
    }
    await Promise.all(ways);
  })();
  return {
    port: listener.addr.port,
    silence: () => void (open = Promise.withResolvers()),
    speak: () => open.resolve(),
    async [Symbol.asyncDispose]() {
      open.resolve();
      listener.close();
      for (const line of lines) {
        try {
          line.close();
        } catch {
          // It has ended before.
        }
      }
      await accepting;
    },
  };
}

Deno.test({
  name: "postgres: a silent database delays no request for long, and is reconnected",
  ignore,
  async fn() {
    const database = await cluster.make();
    const url = new URL(cluster.url(database));
    await using way = silentWay(Number(url.port));
    url.port = String(way.port);
    const store = await openPostgres({ url: url.href, patienceMs: 300 });
    const { alice, team } = await makeStoreFixture(store);
    const lost = Promise.withResolvers<void>();
    let listened = 0;
    await store.peers?.listen({
      onAdvanced() {},
      onPeerMessage() {},
      onIgnored() {},
      onLost: () => ++listened === 2 && lost.resolve(),
    });
    way.silence();
    const once = message(team, alice, "once", { key: "k" });
    const calls = upTo(50).map(() => store.append([once]).then(() => "stored", () => "rejected"));
    assertEquals(new Set(await Promise.all(calls)), new Set(["rejected"]));
    // A connection that only listens detects the failure by sending a query.
    while (store.peers?.listening) await store.hasOwner().catch(() => {});
    way.speak();
    await lost.promise;
    for (;;) {
      const result = await store.append([once]).catch(() => null);
      if (result !== null) break;
    }
    assertEquals((await log(store, team)).length, 1);
    await store.close();
    await cluster.drop(database);
  },
});

Deno.test({
  name: "postgres: a transaction rolled back to break a deadlock is repeated",
  ignore,
  async fn() {
    const database = await cluster.make();
    const store = await openPostgres({ url: cluster.url(database) });
    const { alice, team } = await makeStoreFixture(store);
    const other = await room(store, "other", alice);
    // Locks the second room until the append, which holds the first, waits for it; then wants the
    // first.
    const inTheWay = cluster.run(
      database,
      `SET deadlock_timeout = '1min';
       SELECT 1 FROM hubbub.rooms WHERE id = ${other.id} FOR UPDATE;
       DO $$ BEGIN
         WHILE NOT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted) LOOP END LOOP;
       END $$;
       SELECT 1 FROM hubbub.rooms WHERE id = ${team.id} FOR UPDATE;`,
    );
    const held = `SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
      WHERE c.relname = 'rooms' AND l.mode = 'RowShareLock'`;
    while ((await cluster.run(database, held)).length === 0) { /* until it is in the way */ }
    const results = await store.append([message(team, alice, "a"), message(other, alice, "b")]);
    assertEquals(results.map((result) => "event" in result && result.event.seq), [1, 1]);
    await inTheWay;
    await store.close();
    await cluster.drop(database);
  },
});
