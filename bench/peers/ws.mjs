/**
 * The broadcast server of the `ws` package's own examples, with rooms: each message goes to
 * every connection in the sender's room. It stores nothing. Runs on Node.
 */
import { createRequire } from "node:module";

// The package is installed beside a copy of this file.
const require = createRequire(import.meta.url);
const { WebSocketServer } = require("ws");

const rooms = new Map();
const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });

server.on("listening", () => console.log(`ready ${server.address().port}`));
server.on("connection", (socket, request) => {
  const name = request.url;
  if (!rooms.has(name)) rooms.set(name, new Set());
  const room = rooms.get(name);
  room.add(socket);
  socket.on("message", (data, isBinary) => {
    for (const member of room) {
      if (member.readyState === member.OPEN) member.send(data, { binary: isBinary });
    }
  });
  socket.on("close", () => room.delete(socket));
  socket.on("error", () => {});
});
