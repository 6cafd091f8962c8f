/** Outgoing webhooks of real servers, with a real receiver. */
import { assert, assertEquals } from "@std/assert";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { createToken, hashToken } from "../../lib/util/secrets.ts";
import { needs } from "../support/permissions.ts";
import { ignore as noPostgres, usePostgres } from "../support/postgres.ts";
import { spawnServer, startServer } from "../support/server.ts";
import { call, startServerFixture } from "../support/server_fixture.ts";
import { newAccount } from "../store/contract/fixture.ts";
import { startReceiver } from "./receiver.ts";

const cluster = usePostgres();
const NETWORKS = ["127.0.0.0/8"];

/** Creates an outgoing hook; the answer. */
function create(server: { url: string }, token: string, body: object) {
  const request = { method: "POST", token, body: { kind: "outgoing", ...body } };
  return call(server, "/api/hooks", request);
}

/** Posts a message. */
async function say(server: { url: string }, token: string, message: string, room = "general") {
  const request = { method: "POST", token, body: { message, key: message } };
  const { status } = await call(server, `/api/rooms/${room}/messages`, request);
  assert(status === 201 || status === 200, `${status}`);
}

Deno.test({
  name: "a moderator connects a receiver, which gets every event of the room",
  ...needs("net", "read"),
  async fn() {
    await using receiver = startReceiver();
    await using server = await startServerFixture({ "hook-networks": NETWORKS });
    const { url } = receiver;
    const made = await create(server, server.mo, { url, rooms: ["general"] });
    assertEquals([made.status, made.body.url, made.body.events], [201, url, null]);
    assert(/^whsec_[A-Za-z0-9+/]{43}=$/.test(made.body.secret));
    await say(server, server.mo, "hello");
    await receiver.count(1);
    assertEquals(receiver.events.map(({ text }) => text), ["hello"]);
    const { body } = await call(server, `/api/hooks/${made.body.id}`, { token: server.mo });
    assertEquals([body.secret, body.paused_at, body.room_ids.length], [undefined, null, 1]);
    const path = `/api/hooks/${made.body.id}/resume`;
    assertEquals((await call(server, path, { method: "POST", token: server.mo })).status, 204);
    await say(server, server.mo, "again");
    await receiver.count(2);
    assertEquals(receiver.events.map(({ seq }) => seq), [1, 2]);
  },
});

Deno.test({
  name: "an outgoing webhook to a private network, or to a room of others, is refused",
  ...needs("net", "read"),
  async fn() {
    await using server = await startServerFixture();
    const refused: readonly (readonly [body: object, code: string])[] = [
      [{ url: "http://127.0.0.1:1/" }, "forbidden"],
      [{ url: "http://localhost:1/" }, "forbidden"],
      [{ url: "https://[::1]/" }, "forbidden"],
      [{ url: "http://169.254.169.254/latest/meta-data" }, "forbidden"],
      [{ url: "https://user:password@1.1.1.1/" }, "bad_request"],
      [{ url: "file:///etc/passwd" }, "bad_request"],
      [{ url: "https://1.1.1.1/", rooms: ["nowhere"] }, "no_such_room"],
      [{ url: "https://1.1.1.1/", rooms: [] }, "bad_request"],
      [{ url: "https://1.1.1.1/", rooms: ["@Mo"] }, "no_such_user"],
    ];
    for (const [body, code] of refused) {
      assertEquals((await create(server, server.olga, body)).code, code, JSON.stringify(body));
    }
    assertEquals((await call(server, "/api/hooks", { token: server.olga })).body.hooks, []);
    await using closed = await startServerFixture({ "hook-networks": null });
    assertEquals(
      (await create(closed, closed.olga, { url: "https://1.1.1.1/" })).code,
      "forbidden",
    );
  },
});

Deno.test({
  name: "a receiver that is gone pauses the webhook, and every moderator gets a message",
  ...needs("net", "read"),
  async fn() {
    await using server = await startServerFixture({ "hook-networks": NETWORKS });
    const gone = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      () => new Response(null, { status: 410 }),
    );
    const owner = await server.member(server.olga);
    const url = `http://127.0.0.1:${gone.addr.port}/`;
    const { body } = await create(server, server.mo, { url, name: "Robot" });
    await say(server, server.mo, "hello");
    const notice = await owner.take("private_message");
    assertEquals([notice.sender, notice.receiver], ["Robot", "Olga"]);
    assert(notice.message.includes(url) && notice.message.includes("410"), notice.message);
    const hook = await call(server, `/api/hooks/${body.id}`, { token: server.mo });
    assert(hook.body.paused_at > 0);
    const log = await owner.ask({ type: "moderation_log" });
    assert(log.type === "moderation_log");
    assertEquals(log.entries[0]?.action, "pause_webhook");
    await owner.close();
    await gone.shutdown();
  },
});

Deno.test({
  name: "a server that is killed while it delivers loses no event, and none changes its place",
  ...needs("net", "read", "write", "run", "env"),
  async fn() {
    await using receiver = startReceiver();
    const directory = await Deno.makeTempDir();
    const data = `${directory}/hubbub.db`;
    const token = createToken();
    const store = await openSqlite({ path: data, durability: "process" });
    const owner = await store.createAccount(newAccount("Olga", { role: "owner" }));
    assert(typeof owner === "object");
    const session = { hash: hashToken(token), account: owner.id, label: "test", at: Date.now() };
    await store.createSession(session);
    await store.close();
    const args = [`--data=${data}`, "--hook-networks=127.0.0.0/8", "--log-level=error"];
    let server = await spawnServer(args);
    assertEquals((await create(server, token, { url: receiver.url })).status, 201);
    const texts = Array.from({ length: 12 }, (_, n) => `message ${n}`);
    for (const text of texts.slice(0, 4)) await say(server, token, text);
    await receiver.count(4);
    receiver.hold();
    for (const text of texts.slice(4, 8)) await say(server, token, text);
    // The fifth has come, and is not acknowledged.
    await receiver.count(5);
    await server.kill();
    receiver.open();
    server = await spawnServer(args);
    for (const text of texts.slice(8)) await say(server, token, text);
    await receiver.until("message 11");
    await server.kill();
    await Deno.remove(directory, { recursive: true });
    const once = new Map(receiver.events.map(({ id, text }) => [id, text]));
    assertEquals([...once.values()], texts);
    assertEquals(receiver.events[4]?.id, receiver.events[5]?.id, "sent again under the same id");
    // Repetitions are of the last one only: the order never goes back.
    const seqs = receiver.events.map(({ seq }) => seq);
    assert(seqs.every((seq, i) => i === 0 || seq >= seqs[i - 1]!), `${seqs}`);
  },
});

Deno.test({
  name: "of two instances one delivers, and the other goes on when it ends",
  ...needs("net", "read", "write", "run", "env"),
  ignore: noPostgres,
  async fn() {
    await using receiver = startReceiver();
    const database = cluster.url(await cluster.make("empty"));
    const settings = { database, "hook-networks": NETWORKS };
    await using one = await startServerFixture(settings);
    await using other = await startServer(settings);
    assertEquals((await create(one, one.mo, { url: receiver.url })).status, 201);
    for (let n = 0; n < 10; n++) await say(n % 2 === 0 ? one : other, one.mo, `message ${n}`);
    await receiver.count(10);
    assertEquals(
      receiver.events.map(({ seq }) => seq),
      Array.from({ length: 10 }, (_, n) => n + 1),
    );
    await one.stop();
    await say(other, one.mo, "last");
    // The stopped instance may not have seen the last answer: then that event comes again.
    await receiver.until("last");
    const ids = receiver.events.map(({ id }) => id);
    assertEquals(new Set(ids).size, 11);
    assert(ids.length <= 12, `${ids}`);
  },
});
