// A room's log over HTTP: as a page, and as a stream.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { startServer } from "../support/server.ts";
import {
  call,
  person,
  PROXIES,
  type ServerFixture,
  startServerFixture,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

const EVENTS = "/api/rooms/general/events";
const AS_JSON = { accept: "application/json" };

async function say(server: { url: string }, token: string, ...texts: readonly string[]) {
  for (const message of texts) {
    await call(server, "/api/rooms/general/messages", { method: "POST", token, body: { message } });
  }
}

/** A stream, read block by block. */
class Stream implements AsyncDisposable {
  readonly response: Response;
  readonly #reader;
  #text = "";

  constructor(response: Response) {
    this.response = response;
    assert(response.body !== null);
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(
    server: { url: string },
    token: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Stream> {
    const authorization = `Bearer ${token}`;
    return new Stream(
      await fetch(`${server.url}${path}`, { headers: { authorization, ...headers } }),
    );
  }

  /** The next block; `null` at the end. */
  async block(): Promise<string | null> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return block;
      }
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#text += value;
    }
  }

  /** Reads until the event with an id. */
  async until(id: number): Promise<number[]> {
    const ids: number[] = [];
    while (ids.at(-1) !== id) {
      const block = await this.block();
      if (block === null) throw new Error(`The stream ended after ${ids.join()}`);
      const [, found] = /^id: (\d+)\ndata: \{/.exec(block) ?? [];
      if (found !== undefined) ids.push(Number(found));
    }
    return ids;
  }

  async [Symbol.asyncDispose]() {
    await this.#reader.cancel();
  }
}

Deno.test({
  name: "a page of a log has its events in order, and says where it ends",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const token = await fixture.join("Alice");
    await say(fixture, token, "one", "two", "three");
    const page = async (query: string) => {
      const { status, body } = await call(fixture, `${EVENTS}${query}`, {
        token,
        headers: AS_JSON,
      });
      return [status, body.events?.map(({ seq }: { seq: number }) => seq), body.seq, body.more];
    };
    assertEquals(await page(""), [200, [1, 2, 3], 3, false]);
    assertEquals(await page("?after=0&limit=2"), [200, [1, 2], 2, true]);
    assertEquals(await page("?after=2"), [200, [3], 3, false]);
    assertEquals(await page("?after=3"), [200, [], 3, false]);
    assertEquals(await page("?after=end"), [200, [], 3, false]);
    assertEquals(await page("?after=4"), [409, undefined, undefined, undefined]);
    const refused = [["?after=-1", 400], ["?after=x", 400], ["?limit=101", 400], ["?epoch=x", 409]];
    for (const [query, status] of refused) assertEquals((await page(`${query}`))[0], status);
    const outsider = await fixture.join("Eve");
    await call(fixture, "/api/rooms/general/leave", { method: "POST", token: outsider });
    for (const headers of [AS_JSON, {}]) {
      const { code } = await call(fixture, EVENTS, { token: outsider, headers });
      assertEquals(code, "not_a_member");
    }
  },
});

Deno.test({
  name: "a stream resumes after Last-Event-ID, whatever the URL says",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const token = await fixture.join("Alice");
    await say(fixture, token, "one", "two");
    let last: number;
    {
      await using stream = await Stream.open(fixture, token, `${EVENTS}?after=0`);
      const { headers, status } = stream.response;
      assertEquals([status, headers.get("content-type")], [200, "text/event-stream"]);
      assertEquals(headers.get("cache-control"), "no-store");
      assertMatch(await stream.block() ?? "", /^retry: \d+\nevent: open\ndata: \{"room":"general"/);
      assertEquals(await stream.until(2), [1, 2]);
      await say(fixture, token, "three");
      last = (await stream.until(3)).at(-1) ?? 0;
    }
    await say(fixture, token, "four");
    const resume = { "last-event-id": `${last}` };
    await using again = await Stream.open(fixture, token, `${EVENTS}?after=0`, resume);
    assertEquals(await again.until(4), [4]);
    for (const id of ["x", "-1", "1.5"]) {
      const { code } = await call(fixture, EVENTS, { token, headers: { "last-event-id": id } });
      assertEquals(code, "bad_request");
    }
  },
});

async function countConnections(fixture: ServerFixture): Promise<number> {
  const { text } = await call(fixture, "/metrics", { token: fixture.olga });
  return Number(/^hubbub_connections (\d+)$/m.exec(text)?.[1]);
}

/** Waits until the server has noticed that a client is gone. */
async function settled(fixture: ServerFixture, connections: number): Promise<void> {
  while (await countConnections(fixture) !== connections);
}

Deno.test({
  name: "a stream ends with its session, and when its reader leaves it is gone",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const token = await fixture.join("Alice");
    {
      await using _stream = await Stream.open(fixture, token, EVENTS);
      assertEquals(await countConnections(fixture), 1);
    }
    await settled(fixture, 0);
    await using stream = await Stream.open(fixture, token, EVENTS);
    await stream.block();
    await call(fixture, "/api/session", { method: "DELETE", token });
    assertMatch(await stream.block() ?? "", /^event: close\ndata: \{"code":4501,/);
    assertEquals(await stream.block(), null);
    assertEquals(await countConnections(fixture), 0);
    assertEquals(fixture.logged, []);
  },
});

Deno.test({
  name: "streams count as connections of their address, and end when the server stops",
  ...permissions,
  async fn() {
    const fixture = await startServerFixture({ ...PROXIES, connections: 2 });
    const { peer, token } = await person(fixture, "Alice");
    const headers = { "x-forwarded-for": "203.0.113.9" };
    const one = await Stream.open(fixture, token, EVENTS, headers);
    const two = await Stream.open(fixture, token, EVENTS, headers);
    const { code } = await call(fixture, EVENTS, { token, headers });
    assertEquals(code, "rate_limited");
    // A page is no connection.
    const page = await call(fixture, EVENTS, { token, headers: { ...headers, ...AS_JSON } });
    assertEquals(page.status, 200);
    await using _two = two;
    await one[Symbol.asyncDispose]();
    await settled(fixture, 2);
    const three = await Stream.open(fixture, token, EVENTS, headers);
    assertEquals(three.response.status, 200);
    await three.block();
    await fixture.stop();
    assertMatch(await three.block() ?? "", /^event: close\ndata: \{"code":1001,/);
    assertEquals(await three.block(), null);
    await peer.closed;
  },
});

Deno.test({
  name: "a reader that stops reading does not make the server keep what it misses",
  ...permissions,
  async fn() {
    await using server = await startServer({ rate: 0 });
    const token = await server.signIn("Alice");
    const bob = await server.guest("Bob");
    await bob.ask({ type: "join", room: "general" });
    await using stream = await Stream.open(server, token, `${EVENTS}?after=0`);
    await stream.block();
    const text = "x".repeat(9_000);
    for (let n = 1; n <= 600; n++) {
      bob.send({ type: "room_message", room: "general", message: text });
      // The server's inbox for one connection is bounded.
      if (n % 50 === 0) await bob.next((one) => one.type === "room_message" && one.seq === n);
    }
    const ids = await stream.until(600);
    assertEquals(ids, Array.from({ length: 600 }, (_, i) => i + 1));
    await bob.close();
  },
});
