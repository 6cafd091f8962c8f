// The client that the whole design starts from, line for line: no subprotocol, no library, and no
// knowledge about this server.
import { assertEquals, assertObjectMatch } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { startServer } from "../support/server.ts";

const permissions = needs("net", "read");

// deno-lint-ignore no-explicit-any -- a script in a page has no types
type Json = any;

/** Runs until `done` returns true for a received frame. */
function chat(
  url: string,
  onOpen: (socket: WebSocket) => void,
  onData: (data: Json, socket: WebSocket) => boolean,
): Promise<Json[]> {
  const socket = new WebSocket(url);
  const seen: Json[] = [];
  socket.onopen = () => onOpen(socket);
  return new Promise((resolve, reject) => {
    socket.onmessage = (event) => {
      const data = JSON.parse(event.data);
      seen.push(data);
      if (onData(data, socket)) socket.close();
    };
    socket.onerror = () => reject(new Error("The connection failed"));
    socket.onclose = () => resolve(seen);
  });
}

Deno.test({
  name: "two pages that know only WebSocket and JSON send each other private messages",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const url = (name: string) => `${server.ws}?name=${name}`;
    const bobIsHere = Promise.withResolvers<void>();
    const bob = chat(url("Bob"), () => {}, (data, socket) => {
      if (data.type === "welcome") bobIsHere.resolve();
      if (data.type !== "private_message" || data.sender !== "Alice") return false;
      socket.send(JSON.stringify({
        type: "private_message",
        sender: "Bob",
        receiver: "Alice",
        message: "Hey Alice, fine!",
      }));
      return true;
    });
    await bobIsHere.promise;
    const alice = chat(url("Alice"), (socket) => {
      socket.send(
        JSON.stringify({
          type: "private_message",
          sender: "Alice",
          receiver: "Bob",
          message: "Hey Bob, how are you?",
        }),
      );
    }, (data) => data.type === "private_message" && data.sender === "Bob");
    const [ofAlice, ofBob] = await Promise.all([alice, bob]);
    assertEquals(ofAlice[0].type, "welcome");
    assertEquals(ofBob[0].type, "welcome");
    const received = ofAlice.filter(({ type }) => type === "private_message");
    assertEquals(received.map(({ seq }) => seq), [1, 2]);
    assertObjectMatch(received[0], {
      type: "private_message",
      sender: "Alice",
      receiver: "Bob",
      message: "Hey Bob, how are you?",
    });
    assertObjectMatch(received[1], {
      sender: "Bob",
      receiver: "Alice",
      message: "Hey Alice, fine!",
    });
    assertEquals(ofBob.filter(({ type }) => type === "private_message")[0], received[0]);
    assertEquals(server.logged, []);
  },
});

Deno.test({
  name: "under load a page without a subprotocol still gets one object per frame",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const count = 300;
    const seen = await chat(`${server.ws}?name=Alice`, (socket) => {
      socket.send(JSON.stringify({ type: "join", room: "general" }));
      for (let i = 1; i <= count; i++) {
        socket.send(JSON.stringify({ type: "room_message", room: "general", message: `${i}` }));
      }
    }, (data) => data.type === "room_message" && data.message === `${count}`);
    assertEquals(seen.filter(Array.isArray), []);
    const texts = seen.filter(({ type }) => type === "room_message").map(({ message }) => message);
    assertEquals(texts, Array.from({ length: count }, (_, i) => `${i + 1}`));
  },
});
