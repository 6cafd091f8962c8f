// The client of programs, against a real server. Its connections are cut by closing their sockets.
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { ClientFrame, RoomEvent } from "@hubbub/protocol";
import {
  type ClientSocket,
  ClosedError,
  HubbubClient,
  type HubbubClientOptions,
  MemoryStore,
  RefusedError,
} from "@hubbub/client";
import { openWebSocket } from "../../../packages/client/socket.ts";
import { needs } from "../../support/permissions.ts";
import { call, PASSWORD, startServerFixture } from "../../support/server_fixture.ts";

const permissions = needs("net", "read");

/** A client whose connections can be cut. */
function connect(options: HubbubClientOptions) {
  const sockets: WebSocket[] = [];
  const client = new HubbubClient({
    openSocket: (...args) => {
      const socket = openWebSocket(...args);
      sockets.push(socket as WebSocket);
      return socket;
    },
    ...options,
  });
  return { client, sockets, cut: () => sockets.at(-1)!.close(4000) };
}

/** Takes the next texts of an iterator. */
async function texts(events: AsyncIterator<RoomEvent, undefined>, count: number) {
  const found: unknown[] = [];
  while (found.length < count) {
    const { value } = await events.next();
    found.push(value !== undefined && "message" in value ? value.message : value?.type);
  }
  return found;
}

Deno.test({
  name: "a program joins, sends and reads each event once, over lost connections",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    const { url } = server;
    const { client: ann } = connect({ url, token: await server.join("Ann") });
    const { client: ben, sockets, cut } = connect({ url, token: await server.join("Ben") });
    const joined = await ann.join("lobby");
    assertEquals([joined.type, joined.room, joined.seq], ["joined", "lobby", 0]);
    const events = ben.events("lobby", { after: 0 });
    await ben.join("lobby");
    const first = await ann.send("lobby", "one");
    assertEquals(await texts(events, 1), ["one"]);
    cut();
    // Ben is away, or back: both give the same.
    await ann.send("lobby", "two");
    await ann.submit({ type: "edit_message", room: "lobby", seq: first.seq, message: "1" });
    const sent = ben.send("lobby", "three", { key: "k" });
    assertEquals((await sent).key, "k");
    assertEquals((await ben.send("lobby", "three", { key: "k" })).seq, (await sent).seq);
    assertEquals(await texts(events, 3), ["two", "1", "three"]);
    assert(sockets.length > 1);
    for (const client of [ann, ben]) await client.close();
    assertEquals(await events.next(), { done: true, value: undefined });
  },
});

Deno.test({
  name: "a program that starts again goes on where it was, with what it had not sent",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    const { url } = server;
    const token = await server.join("Ann");
    await using other = connect({ url, token: await server.join("Ben") }).client;
    await other.join("lobby");
    const store = new MemoryStore();
    const before = new HubbubClient({ url, token, store });
    const events = before.events("lobby", { after: 0 });
    for (const text of ["one", "two", "three"]) await other.send("lobby", text);
    assertEquals(await texts(events, 3), ["one", "two", "three"]);
    await other.send("lobby", "four");
    await before.close();
    await assertRejects(() => before.send("lobby", "lost"), ClosedError);

    // It has not asked for an event after "three", so that one does not count as processed.
    await store.set(
      "send:000000000001",
      JSON.stringify({
        ...{ type: "room_message", room: "lobby", message: "left over", key: "left" },
      }),
    );
    await using after = new HubbubClient({ url, token, store });
    assertEquals(await texts(after.events("lobby"), 3), ["three", "four", "left over"]);
  },
});

Deno.test({
  name: "the key of an answer follows from the event, in each run of the program",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    const options = { url: server.url, token: await server.join("Ann") };
    const keys: string[] = [];
    for (let run = 0; run < 2; run++) {
      await using client = new HubbubClient(options);
      if (run === 0) await client.send((await client.join("lobby")).room, "hello");
      const { value } = await client.events("lobby", { after: 0 }).next();
      keys.push(client.keyFor(value!), client.keyFor(value!, "again"));
    }
    assertEquals(keys.slice(0, 2), keys.slice(2));
    assert(keys[0] !== keys[1]);
  },
});

Deno.test({
  name: "a refusal is thrown with its code, and the client goes on",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    await using client = new HubbubClient({ url: server.url, token: await server.join("Ann") });
    const error = await assertRejects(() => client.send("nowhere", "hello"), RefusedError);
    assertEquals([error.code, error.isTemporary], ["no_such_room", false]);
    await assertRejects(() => client.ask({ type: "list_bans" }), RefusedError);
    await client.join("lobby");
    assertEquals((await client.send("lobby", "hello")).seq, 1);
  },
});

Deno.test({
  name: "an iterator ends with an error when the session ends, with a token or a ticket",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    const { url } = server;
    for (const name of ["Ann", "Ben"]) {
      const token = await server.join(name, PASSWORD);
      const ticket = async () => {
        const { code, body } = await call(server, "/api/tickets", { method: "POST", token });
        if (code === "unauthorized") throw new ClosedError(4501);
        return body.ticket;
      };
      await using client = new HubbubClient(name === "Ann" ? { url, token } : { url, ticket });
      const events = client.events("lobby");
      await client.join("lobby");
      await call(server, "/api/session", { method: "DELETE", token });
      const error = await assertRejects(() => events.next(), ClosedError);
      assertEquals(error.code, 4501);
      // A client that starts without a valid proof learns it too.
      await using next = new HubbubClient(name === "Ann" ? { url, token } : { url, ticket });
      assertEquals((await assertRejects(() => next.ready(), ClosedError)).code, 4501);
      await assertRejects(() => next.events("lobby").next(), ClosedError);
    }
  },
});

Deno.test({
  name: "a guest's iterator ends when the guest is banned, or guests are not let in",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    await using guest = new HubbubClient({ url: server.url, name: "Passer-by" });
    const events = guest.events("lobby");
    await guest.join("lobby");
    const mo = await server.member(server.mo);
    await mo.ask({ type: "ban", name: "Passer-by" });
    await mo.close();
    assertEquals((await assertRejects(() => events.next(), ClosedError)).code, 4503);

    await using closed = await startServerFixture({ "sign-up": "invite" });
    await using other = new HubbubClient({ url: closed.url, name: "Passer-by" });
    assertEquals((await assertRejects(() => other.events("lobby").next(), ClosedError)).code, 4501);
  },
});

Deno.test({
  name: "without credentials, or under a name that is taken, the client says where it stands",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    await using nobody = new HubbubClient({ url: server.url });
    assertEquals((await assertRejects(() => nobody.ready(), ClosedError)).code, 4501);

    const seen = Promise.withResolvers<number>();
    await using taken = new HubbubClient({
      ...{ url: server.url, name: "Mo" },
      onStatus: (status, retryAt) => {
        if (status === "closed" && retryAt !== undefined) seen.resolve(retryAt);
      },
    });
    assert(await seen.promise <= Date.now() + 500);
    assertThrows(() => taken.you, Error, "not connected");
  },
});

Deno.test({
  name: "all rooms of the user are followed, conversations that begin meanwhile too",
  ...permissions,
  async fn() {
    await using server = await startServerFixture();
    const { url } = server;
    await using ann = new HubbubClient({ url, token: await server.join("Ann") });
    await using ben = new HubbubClient({ url, token: await server.join("Ben") });
    await ben.join("lobby");
    await ann.join("lobby");
    const events = ben.events();
    await ben.ask({ type: "list_rooms" });
    await ann.send("lobby", "to all");
    assertEquals(await texts(events, 1), ["to all"]);
    await ann.send("@Ben", "to you");
    assertEquals(await texts(events, 1), ["to you"]);
  },
});

Deno.test("a program in more rooms than welcome lists finds the others in pages, and only its own", async () => {
  const sent: ClientFrame[] = [];
  const socket: ClientSocket = {
    ...{ onopen: null, onmessage: null, onclose: null, onerror: null },
    send: (data) => void sent.push(...JSON.parse(data)),
    close: () => {},
  };
  const receive = (...frames: object[]) =>
    socket.onmessage?.(new MessageEvent("message", { data: JSON.stringify(frames) }));
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  const client = new HubbubClient({
    url: "http://localhost",
    token: "t",
    openSocket: () => (resolve(), socket),
  });
  await opened;
  const events = client.events();
  socket.onopen?.(new Event("open"));
  const room = (room_id: string, kind = "public") => ({ room: room_id, room_id, kind, seq: 1 });
  const you = { id: "me", name: "Ann", role: "bot" };
  receive({ type: "welcome", you, epoch: "e", rooms: [room("a")], more_rooms: true });
  const pages = () => sent.filter(({ type }) => type.startsWith("list_"));
  const joined = () => sent.flatMap((frame) => frame.type === "join" ? [frame.room_id] : []);
  const [first] = pages();
  assertEquals(first, { type: "list_memberships", key: first!.key! });
  const page = { type: "memberships", rooms: [room("a"), room("b", "private")] };
  receive({ ...page, more: true, next: "b", key: first!.key });
  const [, second] = pages();
  assertEquals(second, { type: "list_memberships", after: "b", key: second!.key! });
  // The server delivers conversations without a request for each.
  receive({ ...page, rooms: [room("d", "direct"), room("c")], more: false, key: second!.key });
  assertEquals([joined(), pages().length], [["a", "b", "c"], 2]);
  await client.close();
  assertEquals(await events.next(), { done: true, value: undefined });
});

Deno.test("a runtime without WebSocket needs one in the options", () => {
  const { WebSocket } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, "WebSocket");
    assertThrows(() => new HubbubClient({ url: "http://localhost" }), TypeError, "openSocket");
  } finally {
    globalThis.WebSocket = WebSocket;
  }
});
