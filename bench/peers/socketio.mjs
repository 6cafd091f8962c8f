/**
 * Socket.IO with its own rooms, as in its guide: each message goes to every connection in
 * the sender's room. It stores nothing. Runs on Node.
 */
import { createServer } from "node:http";
import { createRequire } from "node:module";

// The package is installed beside a copy of this file.
const require = createRequire(import.meta.url);
const { Server } = require("socket.io");

const http = createServer();
const io = new Server(http);

io.on("connection", (socket) => {
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on("message", (text) => io.to(room).emit("message", text));
});
http.listen(0, "127.0.0.1", () => console.log(`ready ${http.address().port}`));
